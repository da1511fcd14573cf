#!/usr/bin/python3
"""Extract while a process of the same user swaps directories for symlinks.

usage: races.py [--some] [--seed N] [--attacker PROGRAM] XZBUNDLE

Nothing may be created, changed or deleted outside of the stage and the
destination; the extraction itself may fail.  The same attacker is first let
loose on tar and bsdtar, which shows that it does win races.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import shutil
import signal
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
from common import STAGE, HANG, Stress, gone, plain_bundle, remove, run, tree

FULL = (100, 20000)     # rounds, members
SOME = (3, 4000)
PAUSES = (0, 50, 500, 5000, 50000)      # microseconds, of the attacker
DIRS = 40
VICTIMS = 50            # files outside that must not change


def more(parser):
    parser.add_argument("--attacker")


def build_attacker(s):
    source = os.path.join(os.path.dirname(os.path.abspath(__file__)),
                          "attacker.c")
    out = s.path("attacker")
    try:
        status = subprocess.call(["cc", "-O1", "-D_GNU_SOURCE", "-o", out,
                                  source])
    except OSError:
        status = 1
    if status != 0:
        s.skip("no attacker, and no cc to build it")
    return out


def names(members):
    """Each file in another directory than the one before, so that an
    extractor has to walk to each of them anew."""
    return ["d%02d/s%d/f%d" % (i % DIRS, i // DIRS % 3, i)
            for i in range(members)]


class Arena:
    """Where an extraction is attacked: a place, and what is outside."""

    def __init__(self, s):
        self.dir = tempfile.mkdtemp(dir=s.dir)
        self.place = os.path.join(self.dir, "place")
        self.park = os.path.join(self.dir, "park")
        self.outside = os.path.join(self.dir, "outside")
        for path in (self.place, self.park, self.outside):
            os.mkdir(path)
        # What is outside has names that members have too.
        for i in range(VICTIMS):
            folder = os.path.join(self.outside, "s%d" % (i % 3))
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "f%d" % i), "w") as f:
                f.write("victim %d\n" % i)
        self.before = tree(self.outside)
        self.files = self.count()

    def count(self):
        return sum(len(files) for _, _, files in os.walk(self.outside))

    def changed(self):
        return tree(self.outside) != self.before

    def attack(self, attacker, prefix, pause, args):
        """The status of args, and the attacker's own counts."""
        a = subprocess.Popen([attacker, self.place, prefix, self.park,
                              self.outside, str(pause)], stdout=subprocess.PIPE)
        status, said = run(args)
        a.send_signal(signal.SIGTERM)
        try:
            counts = [int(n) for n in a.communicate(timeout=HANG)[0].split()]
        except subprocess.TimeoutExpired:
            a.kill()
            counts = []
        if len(counts) != 3:
            sys.exit("the attacker failed")
        return status, said, counts

    def close(self):
        remove(self.dir)


def naive(s, attacker, bundle, tool):
    """Files that escaped from a common extractor."""
    arena = Arena(s)
    dest = os.path.join(arena.place, "dest")
    os.mkdir(dest)
    arena.attack(attacker, "dest", 0, [tool, "-xf", bundle, "-C", dest])
    # Those that were replaced count too, so both are looked at.
    escaped = max(arena.count() - arena.files, int(arena.changed()))
    arena.close()
    return escaped


def once(s, attacker, bundle, pause, what, counts):
    arena = Arena(s)
    dest = os.path.join(arena.place, "dest")
    status, said, n = arena.attack(attacker, STAGE, pause,
                                   [s.x, "extract", bundle, "-C", dest])
    for i in range(3):
        counts[i] += n[i]
    if status is None:
        s.violation("%s: hangs" % what)
    elif status < 0:
        s.violation("%s: ended by signal %d" % (what, -status))
    if arena.changed():
        s.violation("%s: %d files more outside, or others changed: %s" %
                    (what, arena.count() - arena.files, said))
    if n[2] > 0:
        s.violation("%s: directories grew outside %d times" % (what, n[2]))
    # All that the attacker put in its park is of the stage.
    strange = [f for f in os.listdir(arena.place)
               if f != "dest" and not f.startswith(STAGE)]
    if strange:
        s.violation("%s: leaves %s" % (what, strange))
    # An exchange within the rename that publishes is seen after it.
    if status != 0 and os.path.lexists(dest) and \
            "is not what was extracted" not in said:
        s.violation("%s: status %s, and a destination" % (what, status))
    escaped = arena.count() - arena.files
    arena.close()
    return status, escaped


def main():
    s = Stress("races", tmpfs=True, more=more)
    rounds, members = SOME if s.some else FULL
    attacker = s.args.attacker or build_attacker(s)
    bundle = s.path("b.tar.xz")
    plain_bundle(bundle, names(members))
    others = []
    for tool in ("tar", "bsdtar"):
        if shutil.which(tool):
            tries = 0
            escaped = 0
            while escaped == 0 and tries < 5:
                tries += 1
                escaped = naive(s, attacker, bundle, tool)
            others.append((tool, escaped, tries))
    if others and all(n == 0 for _, n, _ in others) and not s.some:
        s.violation("the attacker wins against nobody")
    done = escaped = 0
    counts = [0, 0, 0]
    for i in range(rounds):
        status, n = once(s, attacker, bundle, PAUSES[i % len(PAUSES)],
                         "round %d" % i, counts)
        done += status == 0
        escaped += n
    left = gone(s.dir)
    if left:
        s.violation("processes %s are left" % left)
    s.end("%d rounds of %d members, %d exchanges, %d moves, %d of the "
          "rounds extracted all; %d files escaped, %d directories grew "
          "outside; of others: %s" % (
              rounds, members, counts[0], counts[1], done, escaped,
              counts[2], ", ".join("%s %d in %d tries" % o for o in others)
              or "none here"))


main()
