"""Sends MESSAGE to an echo server, finishes sending, reads to the end and says whether the echo is equal."""
import socket
import sys

message = sys.argv[2].encode()
with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60) as server:
    server.sendall(message)
    server.shutdown(socket.SHUT_WR)
    echo = b""
    while piece := server.recv(65536):
        echo += piece
print("equal" if echo == message else f"different: {echo!r}")
