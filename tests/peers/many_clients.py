"""MANY clients at once, each with a payload of its own of SIZE bytes; what comes back is compared byte for byte.

All of them are connected before the first one sends. A client finishes sending, then reads to the end.
With a PREFIX, the answer must be that prefix and then the payload, and a client reads so many bytes and closes.
"""
import errno
import random
import resource
import selectors
import socket
import sys

port, many, size = (int(word) for word in sys.argv[1:4])
prefix = sys.argv[4].encode() if len(sys.argv) > 4 else None

soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


class Client:
    def __init__(self, number):
        self.payload = random.Random(number).randbytes(size)
        self.expected = (prefix or b"") + self.payload
        self.sent = 0
        self.answer = bytearray()
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)

    def done(self):
        return prefix is not None and len(self.answer) >= len(self.expected)


clients = [Client(number) for number in range(many)]
selector = selectors.DefaultSelector()
for client in clients:
    client.socket.setblocking(False)
    selector.register(client.socket, selectors.EVENT_READ | selectors.EVENT_WRITE, client)

left = many
while left:
    ready = selector.select(60)
    if not ready:
        sys.exit(f"{left} clients heard nothing for a minute")
    for key, events in ready:
        client = key.data
        if events & selectors.EVENT_WRITE:
            try:
                client.sent += client.socket.send(client.payload[client.sent:client.sent + 65536])
            except BlockingIOError:
                pass
            if client.sent == size:
                if prefix is None:
                    client.socket.shutdown(socket.SHUT_WR)
                selector.modify(client.socket, selectors.EVENT_READ, client)
        if events & selectors.EVENT_READ:
            try:
                data = client.socket.recv(65536)
            except BlockingIOError:
                continue
            client.answer += data
            if not data or client.done():
                selector.unregister(client.socket)
                client.socket.close()
                left -= 1

wrong = [number for number, client in enumerate(clients) if client.answer != client.expected]
if wrong:
    first = clients[wrong[0]]
    sys.exit(f"{len(wrong)} of {many} differ; client {wrong[0]}: {len(first.answer)} of {len(first.expected)} bytes")
print(f"{many} clients, every byte equal")
