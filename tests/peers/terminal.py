"""Runs a command in a terminal of its own: `terminal.py STEPS COMMAND…`.

STEPS is a text of lines: `wait TEXT` waits until the terminal shows TEXT, `type TEXT` types it (\\n, \\x1d understood),
`end` types Ctrl-D, `signal N` sends signal N to the command. Prints all that the terminal showed, then a line with
the exit code and whether the terminal's modes are what they were, and whether standard input blocks as before.
"""
import fcntl
import os
import select
import signal
import sys
import termios
import time

steps, command = sys.argv[1].splitlines(), sys.argv[2:]
master, slave = os.openpty()
before = termios.tcgetattr(slave)
flags = fcntl.fcntl(slave, fcntl.F_GETFL)

child = os.fork()
if child == 0:
    os.setsid()
    fcntl.ioctl(slave, termios.TIOCSCTTY, 0)
    for descriptor in range(3):
        os.dup2(slave, descriptor)
    os.close(master)
    os.execvp(command[0], command)

shown, seen, deadline, status = b"", 0, time.monotonic() + 60, None


def look(seconds):
    global shown
    if select.select([master], [], [], seconds)[0]:
        shown += os.read(master, 65536)


def ended():
    global status
    if status is None:
        pid, found = os.waitpid(child, os.WNOHANG)
        if pid:
            status = os.waitstatus_to_exitcode(found)
    return status is not None


for step in steps:
    word, _, rest = step.strip().partition(" ")
    text = rest.encode().decode("unicode_escape").encode("latin-1")
    if word == "wait":
        while text not in shown[seen:]:
            look(0.05)
            if time.monotonic() > deadline or (ended() and text not in shown[seen:]):
                look(0)
                if text in shown[seen:]:
                    break
                os.write(1, shown)
                sys.exit(f"the terminal never shows {rest!r}")
        seen = shown.index(text, seen) + len(text)
    elif word == "type":
        os.write(master, text)
    elif word == "end":
        os.write(master, b"\x04")
    elif word == "signal":
        os.kill(child, int(rest))

while not ended():
    look(0.05)
    if time.monotonic() > deadline:
        os.kill(child, signal.SIGKILL)
        os.write(1, shown)
        sys.exit("the command does not end")
while select.select([master], [], [], 0)[0]:
    shown += os.read(master, 65536)

os.write(1, shown)
after = termios.tcgetattr(slave)
same = "same" if after == before else f"different: {before} {after}"
blocks = "same" if fcntl.fcntl(slave, fcntl.F_GETFL) == flags else "different"
print(f"\n[exit {status}] [modes {same}] [blocking {blocks}]")
