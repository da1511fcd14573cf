#!/usr/bin/env python3
"""Press the tab key in a shell, and say what becomes of the line.

usage: tab.py SCRIPT SHELL [ARGUMENT...] <LINES

SHELL runs at a terminal of its own and reads SCRIPT first, which has it print
"READY", and bind Control-T to a command that writes the line, and what was
offered for it, to descriptor 3, each ended by a NUL.  For each line of the
input the line and a tab are typed, and a line is printed: the line that there
is then, a tab, and what was offered, with blanks between.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import pty
import select
import signal
import sys
import time

SECONDS = 60


def start(script, command):
    """The shell's process, its terminal, and the pipe that it answers on."""
    answers, theirs = os.pipe()
    pid, terminal = pty.fork()
    if pid == 0:
        os.dup2(theirs, 3)
        os.environ["TERM"] = "vt100"
        os.execvp(command[0], command)
    os.close(theirs)
    os.write(terminal, b". " + os.fsencode(script) + b"\n")
    return pid, terminal, answers


def wait(terminal, answers, done):
    """Read both until done() of what has come over each."""
    shown, said = b"", b""
    end = time.monotonic() + SECONDS
    while not done(shown, said):
        ready, _, _ = select.select([terminal, answers], [], [],
                                    max(0, end - time.monotonic()))
        if not ready:
            sys.exit("tab.py: no answer; the terminal has: %r" % shown)
        try:
            if terminal in ready:
                shown += os.read(terminal, 65536)
            if answers in ready:
                said += os.read(answers, 65536)
        except OSError:
            sys.exit("tab.py: the shell ended: %r" % shown)
    return said


def main():
    pid, terminal, answers = start(sys.argv[1], sys.argv[2:])
    # The line typed is echoed, and has no such word.
    wait(terminal, answers, lambda shown, said: b"READY" in shown)
    for line in sys.stdin.buffer.read().splitlines():
        # Control-U empties the line.
        os.write(terminal, b"\x15" + line + b"\t\x14")
        said = wait(terminal, answers,
                    lambda shown, said: said.count(b"\0") >= 2)
        after, offered = said.split(b"\0")[:2]
        sys.stdout.buffer.write(after + b"\t" + b" ".join(
            sorted(set(offered.splitlines()))) + b"\n")
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


main()
