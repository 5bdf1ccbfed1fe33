"""A burst of connections, each of which asks once, reads the answer to the end and closes: PORT COUNT AT_ONCE"""

import resource
import selectors
import socket
import sys

port, count, at_once = (int(word) for word in sys.argv[1:4])
_, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

selector = selectors.DefaultSelector()
opened = served = 0


def begin(number):
    peer = socket.socket()
    peer.setblocking(False)
    peer.connect_ex(("127.0.0.1", port))
    selector.register(peer, selectors.EVENT_WRITE, (b"connection %d" % number, bytearray()))


while served < count:
    while opened < count and opened - served < at_once:
        begin(opened)
        opened += 1
    ready = selector.select(60)
    if not ready:
        sys.exit("%d of %d were served, then nobody for a minute" % (served, count))
    for key, events in ready:
        question, answer = key.data
        if events & selectors.EVENT_WRITE:
            key.fileobj.sendall(question)
            key.fileobj.shutdown(socket.SHUT_WR)
            selector.modify(key.fileobj, selectors.EVENT_READ, key.data)
            continue
        piece = key.fileobj.recv(4096)
        answer += piece
        if not piece:
            if bytes(answer) != question:
                sys.exit("%r was answered by %r" % (question, bytes(answer)))
            selector.unregister(key.fileobj)
            key.fileobj.close()
            served += 1
print("%d connections served" % served)
