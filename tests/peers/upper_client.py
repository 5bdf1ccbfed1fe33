"""Asks an upper-case server for each MESSAGE, one after another on one connection, and prints the answers."""
import socket
import sys

with socket.create_connection(("127.0.0.1", int(sys.argv[1])), timeout=60) as server:
    for message in sys.argv[2:]:
        sent = message.encode()
        server.sendall(sent)
        answer = b""
        while len(answer) < len(sent):
            piece = server.recv(65536)
            assert piece, "the server ended early"
            answer += piece
        print(answer.decode())
