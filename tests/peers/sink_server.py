"""Takes CONNECTIONS connections, one after another, and copies what they send to its output after its port.

With a second argument it closes each one after so many bytes, as a server that dies half way.
"""
import socket
import sys

CONNECTIONS = int(sys.argv[1]) if len(sys.argv) > 1 else 1
MOST = int(sys.argv[2]) if len(sys.argv) > 2 else None

listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1])
for _ in range(CONNECTIONS):
    connection, _ = listener.accept()
    with connection:
        left = MOST
        while left != 0 and (data := connection.recv(min(65536, left or 65536))):
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            left = left - len(data) if left else left
