"""A TLS server for one client: tls_server.py CERTIFICATE KEY half-close|truncate|count

Tells its port first. half-close: reads until the client has finished, answers `got:` and all of it, ends in order.
truncate: sends `abc` and closes the socket without close_notify. count: tells how many bytes the client sent.
"""
import socket
import ssl
import sys

certificate, key, mode = sys.argv[1:]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1])
plain, _ = listener.accept()


def read_all(stream):
    """Everything until the client's close_notify."""
    pieces = []
    while piece := stream.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


try:
    stream = context.wrap_socket(plain, server_side=True)
    if mode == "half-close":
        stream.sendall(b"got:" + read_all(stream))
        stream.unwrap()
    elif mode == "truncate":
        stream.sendall(b"abc")
        stream.close()
    else:
        print("bytes", len(read_all(stream)))
        stream.unwrap()
except (ssl.SSLError, ConnectionError) as error:
    print("bytes 0:", type(error).__name__)
