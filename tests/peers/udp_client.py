"""Sends datagrams to a port: each argument is a text, or a number after `#` for so many bytes. Prints its own port."""
import socket
import sys

client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
client.bind(("127.0.0.1", 0))
client.connect(("127.0.0.1", int(sys.argv[1])))
print(client.getsockname()[1])
for word in sys.argv[2:]:
    client.send(b"x" * int(word[1:]) if word.startswith("#") else word.encode())
