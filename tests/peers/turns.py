"""A person of the two-machine conversation: `listen WORD…` hears first, `connect PORT WORD…` speaks first.

Says its words in turn, a line each, and prints what it hears between them; `exit` on either side ends it.
"""
import socket
import sys

if sys.argv[1] == "listen":
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1])
    words, speaks = sys.argv[2:], False
    connection, _ = listener.accept()
else:
    words, speaks = sys.argv[3:], True
    connection = socket.create_connection(("127.0.0.1", int(sys.argv[2])), timeout=60)

lines = connection.makefile("rw", encoding="utf-8", newline="\n")
while True:
    if speaks:
        word = words.pop(0)
        lines.write(word + "\n")
        lines.flush()
        if word == "exit":
            break
    else:
        line = lines.readline().rstrip("\r\n")
        print("heard", line)
        if line in ("exit", ""):
            break
    speaks = not speaks
