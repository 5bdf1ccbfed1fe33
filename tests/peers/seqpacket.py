"""A peer of sequenced packets: seqpacket.py client|server PATH

client: sends `one`, an empty packet and `three`, prints the list of what came for them and at the end.
server: tells when it is ready, answers one packet in angle brackets, and leaves.
"""
import socket
import sys

how, path = sys.argv[1:]
peer = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
if how == "client":
    peer.connect(path)
    came = []
    for packet in (b"one", b"", b"three"):
        peer.send(packet)
        came.append(peer.recv(1000))
    peer.shutdown(socket.SHUT_WR)
    came.append(peer.recv(1000))
    print(came)
else:
    peer.bind(path)
    peer.listen()
    print("ready")
    client, _ = peer.accept()
    client.send(b"<" + client.recv(1000) + b">")
