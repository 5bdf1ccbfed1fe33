"""Connects once for each MESSAGE, sends it, reads to the end; prints the port it came from and what came back."""
import socket
import sys

for message in sys.argv[2:]:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60) as server:
        server.sendall(message.encode())
        answer = b""
        while piece := server.recv(65536):
            answer += piece
        print(server.getsockname()[1], answer.decode())
