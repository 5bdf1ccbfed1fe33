"""MANY people in a chat room: each says a line once all are in; each must hear every other once, and not itself.

All are known to be in because each says `here N` until number 0 has heard everybody.
"""
import selectors
import socket
import sys
import time

port, many = int(sys.argv[1]), int(sys.argv[2])


class Person:
    def __init__(self, number):
        self.number = number
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self.pending = b""
        self.heard = []

    def listen(self):
        data = self.socket.recv(65536)
        if not data:
            sys.exit(f"person {self.number} was thrown out")
        *lines, self.pending = (self.pending + data).split(b"\n")
        self.heard += [line.decode() for line in lines]


people = [Person(number) for number in range(many)]
selector = selectors.DefaultSelector()
for person in people:
    selector.register(person.socket, selectors.EVENT_READ, person)


def listen_until(enough, what):
    deadline = time.monotonic() + 60
    while not enough():
        if time.monotonic() > deadline:
            counts = sorted({len(person.heard) for person in people})
            sys.exit(f"not everybody heard {what}: {counts} lines")
        for key, _ in selector.select(1):
            key.data.listen()


def heard(person, word):
    return [line for line in person.heard if word in line]


# Everybody is let in before anybody counts: the last one in says so, and all others hear it.
for person in people[1:]:
    person.socket.sendall(f"here {person.number} é.\n".encode())
listen_until(lambda: len(heard(people[0], "here")) == many - 1, "that all are in")

for person in people:
    person.socket.sendall(f"line of {person.number}.\n".encode())
listen_until(lambda: all(len(heard(person, "line of")) >= many - 1 for person in people), "every line")

for person in people:
    lines = heard(person, "line of")
    expected = sorted(f"line of {other}." for other in range(many) if other != person.number)
    got = sorted(line[line.index("line of"):] for line in lines)
    if got != expected:
        sys.exit(f"person {person.number} heard {got[:5]}…, {len(got)} lines")
print(f"{many} people heard each other")
