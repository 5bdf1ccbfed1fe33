"""The upper-case server of the course: prints its port, answers each piece in upper case, many clients at once."""
import socket
import sys
import threading

HOST = sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1"


def serve(connection):
    with connection:
        while data := connection.recv(65536):
            connection.sendall(data.upper())


listener = socket.create_server((HOST, 0), family=socket.AF_INET6 if ":" in HOST else socket.AF_INET)
print(listener.getsockname()[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
