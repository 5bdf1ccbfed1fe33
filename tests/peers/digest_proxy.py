"""An HTTP proxy for `me` and `secret` that takes Digest alone: digest_proxy.py keep|close CHALLENGE…

Tells its port. Each CHALLENGE is a `Proxy-Authenticate` field. A client that proves the password is told the scheme,
algorithm and quality that it chose; then the proxy echoes. Anybody else gets 407 and may (keep) or may not (close) ask
again on the same connection.
"""
import hashlib
import re
import socket
import sys

how, challenges = sys.argv[1], [challenge.replace("~", " ") for challenge in sys.argv[2:]]
listener = socket.create_server(("127.0.0.1", 0))
print("port", listener.getsockname()[1])


def proves(field, target):
    """Whether the field proves the password (RFC 7616, 3.4)."""
    scheme, _, rest = field.partition(" ")
    said = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^",\s]+))', rest)}
    if scheme != "Digest" or said["uri"] != target or said["username"] != "me":
        return None
    algorithm = said.get("algorithm", "MD5")
    name = algorithm.removesuffix("-sess")

    def digest(*parts):
        return hashlib.new(name.replace("-", "").lower(), ":".join(parts).encode()).hexdigest()

    secret = digest("me", said["realm"], "secret")
    if algorithm.endswith("-sess"):
        secret = digest(secret, said["nonce"], said["cnonce"])
    middle = [said["nc"], said["cnonce"], said["qop"]] if "qop" in said else []
    request = ["CONNECT", target] + ([digest("")] if said.get("qop") == "auth-int" else [])
    right = digest(secret, said["nonce"], *middle, digest(*request))
    sent_back = all(f'{key}="{said[key]}"' in "".join(challenges) for key in ("realm", "nonce", "opaque") if key in said)
    return (algorithm, said.get("qop", "-")) if right == said["response"] and sent_back else None


def serve(stream):
    lines = stream.makefile("rb")
    while first := lines.readline().decode():
        fields = {}
        while (line := lines.readline().decode().strip()) != "":
            name, _, value = line.partition(": ")
            fields[name.lower()] = value
        target = first.split()[1]
        if proof := proves(fields.get("proxy-authorization", ""), target):
            stream.sendall(f"HTTP/1.1 200 ok\r\n\r\n{proof[0]} {proof[1]}\n".encode())
            while line := lines.readline():
                stream.sendall(line)
            return
        answer = "HTTP/1.1 407 who?\r\n" + "".join(f"Proxy-Authenticate: {field}\r\n" for field in challenges)
        body = "who are you?\n"
        if how == "close":
            stream.sendall(f"{answer}Connection: close\r\n\r\n{body}".encode())
            return
        stream.sendall(f"{answer}Content-Length: {len(body)}\r\n\r\n{body}".encode())


while True:
    stream, _ = listener.accept()
    with stream:
        serve(stream)
