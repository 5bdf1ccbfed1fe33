"""An echo server that prints its port. MODE: equal, different (one byte is changed), short (half comes back)."""
import socket
import sys
import threading

MODE = sys.argv[1] if len(sys.argv) > 1 else "equal"


def serve(connection):
    with connection:
        data = connection.recv(65536)
        if MODE == "equal":
            while data:
                connection.sendall(data)
                data = connection.recv(65536)
        elif MODE == "different":
            middle = len(data) // 2
            connection.sendall(data[:middle] + bytes([data[middle] ^ 0x20]) + data[middle + 1:])
            connection.recv(1)
        else:
            connection.sendall(data[:len(data) // 2])


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1])
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
