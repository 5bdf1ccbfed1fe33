"""The Bonjour client of the course: `tcp PORT MESSAGE…` or `udp PORT MESSAGE…`; prints each answer."""
import socket
import sys

kind, port, messages = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
if kind == "udp":
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.settimeout(60)
    server.connect(("127.0.0.1", port))
    for message in messages:
        server.send(message.encode())
        if message != "quit":
            print(server.recv(70000).decode())
else:
    server = socket.create_connection(("127.0.0.1", port), timeout=60)
    lines = server.makefile("rw", encoding="utf-8", newline="\n")
    for message in messages:
        lines.write(message + "\n")
        lines.flush()
        if message != "quit":
            print(lines.readline().rstrip("\n"))
