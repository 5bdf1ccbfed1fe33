"""The Bonjour server of the course: confirms every line (or, with `udp`, every datagram); `quit` ends it."""
import socket
import sys

CONFIRMATION = "Bonjour client, j'ai bien reçu ton message : "

if "udp" in sys.argv[1:]:
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))
    print(server.getsockname()[1])
    while True:
        data, sender = server.recvfrom(70000)
        if data == b"quit":
            break
        server.sendto((CONFIRMATION + data.decode()).encode(), sender)
else:
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1])
    connection, _ = listener.accept()
    with connection, connection.makefile("rw", encoding="utf-8", newline="\n") as lines:
        for line in lines:
            line = line.rstrip("\r\n")
            if line == "quit":
                break
            lines.write(CONFIRMATION + line + "\n")
            lines.flush()
