#!/usr/bin/python3
"""Is all on the disk before it gets its name, and the name before the end?

usage: order.py [--some] [--seed N] XZBUNDLE

Looks at the system calls with strace(1): whatever was made or written is
synced before the rename that publishes it, the directory of the new name is
synced after it, and what was replaced is removed only then.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import re
import shutil
import sys

sys.dont_write_bytecode = True
from common import STAGE, Stress, fill, must, remove, run

CALLS = ("openat,mkdirat,linkat,symlinkat,write,pwrite64,ftruncate,"
         "fchmod,utimensat,fsync,fdatasync,syncfs,renameat,"
         "renameat2,rename,unlinkat,rmdir,unlink")
MAKES = ("mkdirat", "symlinkat", "write", "pwrite64", "ftruncate", "fchmod",
         "utimensat")
LINE = re.compile(r"^(\d+) +(\w+)\((.*)\) += +(-?\d+)(?:<(.*?)>)?")
FDS = re.compile(r"(?:\d+|AT_FDCWD)<(.*?)>")
FD = re.compile(r"^(\d+|AT_FDCWD)<(.*?)>")


class Call:
    """A call that succeeded: what it did, and to which path."""

    def __init__(self, name, args, opened):
        self.name = name
        self.args = args
        self.opened = opened        # by openat
        m = FD.match(args)
        self.path = m.group(2).replace(" (deleted)", "") if m else ""

    def makes(self):
        return self.name in MAKES or (
            self.opened is not None and "O_CREAT" in self.args)

    def publishes(self):
        """A rename to somewhere else than into a stage."""
        return self.name in ("renameat", "renameat2") and \
            STAGE not in FDS.findall(self.args)[-1]

    def target(self):
        return self.opened if self.opened is not None else self.path

    def __str__(self):
        return "%s(%s)" % (self.name, self.args)


def traced(s, args):
    """The calls in the order in which they ended."""
    log = s.path("trace")
    status, said = run(["strace", "-f", "-y", "-s", "64", "-e",
                        "trace=" + CALLS, "-o", log, *args])
    if status != 0:
        s.violation("status %s under strace: %s" % (status, said))
    calls, begun = [], {}
    with open(log, errors="replace") as f:
        for line in f:
            line = whole(line.rstrip("\n"), begun)
            m = LINE.match(line)
            if m and int(m.group(4)) >= 0:
                opened = m.group(5) if m.group(2).startswith("open") else None
                calls.append(Call(m.group(2), m.group(3), opened))
    return calls


def whole(line, begun):
    """Join a call's line that another thread's has cut."""
    pid = line.split(" ", 1)[0]
    if line.endswith("<unfinished ...>"):
        begun[pid] = line[:-len("<unfinished ...>")].rstrip()
        return ""
    m = re.match(r"^\d+ +<\.\.\. \w+ resumed>,? ?(.*)$", line)
    if m and pid in begun:
        return begun.pop(pid) + m.group(1)
    return line


def index(calls, test, first=0):
    for i in range(first, len(calls)):
        if test(calls[i]):
            return i
    return None


def check_after(s, what, calls, at, holder):
    """The directory that holds the new name is synced, and before what was
    replaced goes."""
    sync = index(calls, lambda c: c.name == "fsync" and c.path == holder, at)
    if sync is None:
        s.violation("%s: no fsync of the directory after the rename" % what)
        return
    gone = index(calls, lambda c: c.name == "unlinkat" and
                 "AT_REMOVEDIR" not in c.args, at)
    if gone is not None and gone < sync:
        s.violation("%s: %s before the directory is synced" %
                    (what, calls[gone]))


def extract(s, what, args, holder):
    """All in the stage, a syncfs, the renames, an fsync."""
    calls = traced(s, args)
    renames = [i for i, c in enumerate(calls) if c.publishes()]
    syncs = [i for i, c in enumerate(calls)
             if c.name == "syncfs" and STAGE in c.path]
    made = [i for i, c in enumerate(calls)
            if c.makes() and STAGE in c.target()]
    # After an exchange the stage's name is that of what was replaced.
    made = [i for i in made if not renames or i < renames[-1]]
    if not renames or not syncs or len(made) < 10:
        s.violation("%s: %d renames, %d syncfs, %d calls in the stage" %
                    (what, len(renames), len(syncs), len(made)))
        return 0
    late = [i for i in made if i > syncs[0] and not settled(calls, i,
                                                            renames[0])]
    if late:
        s.violation("%s: not synced before the rename: %s" %
                    (what, calls[late[0]]))
    if syncs[0] > renames[0]:
        s.violation("%s: a rename before syncfs" % what)
    if "--manifest" in args:
        manifest = [i for i in renames if '"sums"' in calls[i].args]
        if not manifest or manifest[0] > renames[-1] or len(renames) < 2:
            s.violation("%s: the manifest is not renamed before the tree" %
                        what)
    check_after(s, what, calls, renames[-1], holder)
    return len(made)


def settled(calls, i, rename):
    """A later call that is followed by an fsync of its own."""
    return index(calls[:rename], lambda c: c.name == "fsync" and
                 c.path == calls[i].path, i) is not None


def create(s, what, args, holder):
    """The unnamed file: all written, an fsync, a name."""
    calls = traced(s, args)
    out = [i for i, c in enumerate(calls) if c.name in ("write", "pwrite64")
           and os.path.dirname(c.path) == holder]
    names = [i for i, c in enumerate(calls) if c.name in
             ("linkat", "renameat", "renameat2")]
    if not out or not names:
        s.violation("%s: %d writes, %d names" % (what, len(out), len(names)))
        return 0
    path = calls[out[0]].path
    sync = index(calls, lambda c: c.name == "fsync" and c.path == path,
                 out[-1])
    if sync is None or sync > names[0]:
        s.violation("%s: no fsync between the last write and the name" % what)
    check_after(s, what, calls, names[-1], holder)
    return len(out)


def main():
    s = Stress("order")
    if not shutil.which("strace"):
        s.skip("no strace")
    if run(["strace", "-o", s.path("trace"), "true"])[0] != 0:
        s.skip("strace may not trace here")
    fill(s.path("in"), s.random, 60, 6, 20000)
    bundle, place = s.path("b.tar.xz"), s.path("place")
    dest = s.path("place", "out")
    fast = ["--chain", "*=lzma2:preset=0,dict=64KiB", "-C", s.path("in")]
    must([s.x, "create", *fast, "-o", bundle,
          *sorted(os.listdir(s.path("in")))])
    counts = []
    sums = ["--manifest", s.path("place", "sums")]
    for mode in ([], ["--into"], ["--replace"], ["--mtime"], ["-T", "4"],
                 sums, ["--replace", *sums]):
        remove(place)
        os.mkdir(place)
        if "--manifest" in mode and "--replace" in mode:
            with open(sums[1], "w") as f:
                f.write("an old one\n")
        if mode and mode[0] in ("--into", "--replace"):
            fill(os.path.join(dest, "kept"), s.random, 6, 2, 3000)
        counts.append(("extract " + " ".join(
            m for m in mode if m != sums[1])).strip())
        n = extract(s, counts[-1], [s.x, "extract", bundle, "-C", dest,
                                    *mode],
                    dest if mode == ["--into"] else place)
        counts[-1] += " %d" % n
    for what in ("create", "create over"):
        n = create(s, what, [s.x, "create", *fast, "-o", dest + ".tar.xz",
                             "."], place)
        counts.append("%s %d" % (what, n))
    s.end("calls that had to be synced: " + ", ".join(counts))


main()
