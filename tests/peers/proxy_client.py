"""Connects as a proxy for 203.0.113.7:4711 would, says a line, and prints the answer: PORT v1|v2|local|unknown"""

import socket
import struct
import sys

port, form = int(sys.argv[1]), sys.argv[2]
v2 = bytes.fromhex("0d0a0d0a000d0a515549540a")
addresses = socket.inet_aton("203.0.113.7") + socket.inet_aton("203.0.113.8") + struct.pack("!HH", 4711, 80)
# An authority (0x02) and padding (0x04) behind the addresses.
more = struct.pack("!BH", 2, 11) + b"example.com" + struct.pack("!BH", 4, 2) + bytes(2)
header = {
    "v1": b"PROXY TCP4 203.0.113.7 203.0.113.8 4711 80\r\n",
    "v2": v2 + struct.pack("!BBH", 0x21, 0x11, len(addresses + more)) + addresses + more,
    "local": v2 + struct.pack("!BBH", 0x20, 0, 0),
    "unknown": b"PROXY UNKNOWN\r\n",
}[form]
with socket.create_connection(("127.0.0.1", port)) as peer:
    own = "%s:%d" % peer.getsockname()
    peer.sendall(header + b"hello\n")
    peer.shutdown(socket.SHUT_WR)
    answer = b"".join(iter(lambda: peer.recv(4096), b""))
sys.stdout.write(answer.decode().replace(own, "ITSELF"))
