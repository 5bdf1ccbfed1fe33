"""MANY people in a chat room: each says a line once all are in; each must hear every other once, and not itself.

All are known to be in because each says `here N` again and again until number 0 has heard it.
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


def listen_until(enough, what, meanwhile=lambda: None):
    deadline = time.monotonic() + 60
    while not enough():
        meanwhile()
        if time.monotonic() > deadline:
            counts = sorted({len(person.heard) for person in people})
            sys.exit(f"not everybody heard {what}: {counts} lines")
        for key, _ in selector.select(0.2):
            key.data.listen()


def heard(person, word):
    return [line for line in person.heard if word in line]


def missing():
    """Those whom number 0 has not heard."""
    said = {line[line.index("here"):] for line in heard(people[0], "here")}
    return [person for person in people[1:] if f"here {person.number} é." not in said]


def say_again():
    """A person who was let in but is not in the room yet is not heard: says it once more, twice a second."""
    global again
    if time.monotonic() >= again:
        again = time.monotonic() + 0.5
        for person in missing():
            person.socket.sendall(f"here {person.number} é.\n".encode())


again = 0
listen_until(lambda: not missing(), "that all are in", say_again)

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
