#!/usr/bin/python3
"""Disks that are full at many points, and limits that are too small.

usage: full.py [--some] [--seed N] XZBUNDLE

A small tmpfs is given less and less room, in bytes and in inodes; then each
of RLIMIT_AS, _FSIZE, _NOFILE, _CPU and _NPROC goes through values that are
too small.  Whatever happens, the status is a documented one with a message,
the destination is what it was, and nothing is left.

It needs mount(8), as root or in a user namespace; without, only the limits
are tried.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import resource
import shutil
import subprocess
import sys

sys.dont_write_bytecode = True
from common import Stress, fill, gone, must, remove, run, tree

INSIDE = "XZBUNDLE_STRESS_MOUNTS"       # set once there is a namespace
NOBODY = 65534
PAGE = 4096
MIB = 1 << 20
# What a process limit may end in: a failure, a bundle over its own limit, no
# sandbox, no memory.  It is no fault of the command line or the bundle's.
TOO_LITTLE = (1, 3, 6, 7)


def namespace():
    """Go on in a mount namespace of our own, if there can be one."""
    if os.environ.get(INSIDE):
        return
    options = ["-m"] if os.getuid() == 0 else ["-Urm"]
    try:
        status = subprocess.call(["unshare", *options, "true"],
                                 stderr=subprocess.DEVNULL)
    except OSError:
        status = 1
    if status == 0:
        os.environ[INSIDE] = "yes"
        os.execvp("unshare", ["unshare", *options, sys.executable,
                              *sys.argv])
    os.environ[INSIDE] = ""


class Place:
    """A directory with something in it, or without, that runs happen in."""

    def __init__(self, s, name):
        self.s = s
        self.dir = s.path(name)
        self.dest = os.path.join(self.dir, "out")
        os.mkdir(self.dir)
        self.counts = {}

    def reset(self, old):
        for name in os.listdir(self.dir):
            remove(os.path.join(self.dir, name))
        os.chmod(self.dir, 0o777)
        if old is not None and os.path.isdir(old):
            shutil.copytree(old, self.dest)
        elif old is not None:
            shutil.copy(old, self.dest)

    def judge(self, what, status, said, before, new, statuses):
        """new: the hash of the destination after a success."""
        self.counts[status] = self.counts.get(status, 0) + 1
        after = tree(self.dest)
        if status is None:
            self.s.violation("%s: hangs" % what)
        elif status == 0:
            if after != new:
                self.s.violation("%s: status 0, but not all is there" % what)
        else:
            if status not in statuses:
                self.s.violation("%s: status %s: %s" % (what, status, said))
            if not said.startswith("xzbundle: "):
                self.s.violation("%s: status %s says '%s'" %
                                 (what, status, said))
            if after != before:
                self.s.violation("%s: status %s, but the destination "
                                 "changed: %s" % (what, status, said))
        strays = [n for n in os.listdir(self.dir) if n != "out"]
        if os.path.isdir(self.dest):
            strays += [n for n in os.listdir(self.dest)
                       if n.startswith(".xzbundle")]
        if strays:
            self.s.violation("%s: status %s leaves %s" %
                             (what, status, strays))


class Job:
    """A run, what is there before it, and what after a success."""

    def __init__(self, s, name, args, old):
        self.name = name
        self.args = args
        self.old = old
        self.new = None
        self.s = s

    def at(self, dest):
        return [self.s.x] + [a.replace("DEST", dest) for a in self.args]


def jobs(s):
    fill(s.path("in"), s.random, 60, 6, 20000)
    fill(s.path("former", "kept"), s.random, 6, 2, 3000)
    fast = ["--chain", "*=lzma2:preset=0,dict=64KiB", "-T", "2"]
    bundle = s.path("b.tar.xz")
    must([s.x, "create", *fast, "-C", s.dir, "-o", bundle, "in"])
    must([s.x, "create", *fast, "-C", s.path("former"), "-o",
          s.path("former.tar.xz"), "kept"])
    extract = ["extract", bundle, "-T", "2", "-C", "DEST"]
    create = ["create", *fast, "-o", "DEST", "-C", s.dir, "in"]
    all_jobs = [Job(s, "extract", extract, None),
                Job(s, "extract --into", extract + ["--into"],
                    s.path("former")),
                Job(s, "extract --replace", extract + ["--replace"],
                    s.path("former")),
                Job(s, "create", create, None),
                Job(s, "create over", create, s.path("former.tar.xz"))]
    place = Place(s, "measure")
    for j in all_jobs:
        place.reset(j.old)
        must(j.at(place.dest))
        j.new = tree(place.dest)
    return all_jobs


# --- a small disk ---

def mounted(place, options):
    return subprocess.call(["mount", "-t", "tmpfs", "-o", options, "tmpfs",
                            place.dir], stderr=subprocess.DEVNULL) == 0


def disk_steps(s, job, steps):
    """Sizes and numbers of inodes, from hardly any to enough."""
    pages = 500 if job.name.startswith("extract") else 250
    for i in range(steps):
        yield "size=%d" % (PAGE * (2 + pages * i // steps)), "bytes"
    if job.name.startswith("extract"):
        for i in range(steps):
            yield "size=8m,nr_inodes=%d" % (2 + 84 * i // steps), "inodes"
    else:
        for i in range(2, 6):
            yield "size=8m,nr_inodes=%d" % i, "inodes"


def disks(s, place, all_jobs):
    runs = 0
    for job in all_jobs:
        for options, _ in disk_steps(s, job, 3 if s.some else 80):
            if not mounted(place, options):
                return None
            try:
                place.reset(job.old)
            except OSError:     # no room for what is there before
                subprocess.call(["umount", place.dir])
                continue
            before = tree(place.dest)
            status, said = run(job.at(place.dest))
            place.judge("%s, %s" % (job.name, options), status, said, before,
                        job.new, (1,))
            runs += 1
            subprocess.call(["umount", place.dir])
    return runs


# --- limits ---

def limit_values(s):
    n = 1 if s.some else 4
    yield "AS", resource.RLIMIT_AS, [
        m * MIB // n for m in range(4 * n, 420 * n, 200 if s.some else 12)]
    yield "FSIZE", resource.RLIMIT_FSIZE, [
        0, 1, 511, 4096, 10000, 20000, 29000, 100000, 400000]
    yield "NOFILE", resource.RLIMIT_NOFILE, list(range(0, 24, 5 if s.some else 1))
    yield "NPROC", resource.RLIMIT_NPROC, [0, 1, 2, 3]


def limited(what, value, hard=None):
    """For the child: the limit, as another user if we are root, since root
    may have any number of processes."""
    def preexec():
        if os.getuid() == 0:
            try:
                os.setgroups([])
                os.setgid(NOBODY)
                os.setuid(NOBODY)
            except OSError:
                pass
        resource.setrlimit(what, (value, value if hard is None else hard))
    return preexec


def starts(s, preexec):
    """Can the program itself be loaded with so little?"""
    try:
        return run([s.x, "--version"], preexec)[0] == 0
    except (OSError, subprocess.SubprocessError):
        return False


def limits(s, place, all_jobs):
    runs = 0
    for word, what, values in limit_values(s):
        for value in values:
            preexec = limited(what, value)
            if not starts(s, preexec):
                continue
            for job in all_jobs:
                place.reset(job.old)
                own(place)
                before = tree(place.dest)
                status, said = run(job.at(place.dest), preexec)
                place.judge("%s, RLIMIT_%s %d" % (job.name, word, value),
                            status, said, before, job.new, TOO_LITTLE)
                runs += 1
    return runs + cpu(s, place)


def own(place):
    """The one who runs it owns what it replaces."""
    if os.getuid() != 0:
        return
    for folder, _, files in os.walk(place.dir):
        for path in [folder] + [os.path.join(folder, f) for f in files]:
            try:
                os.chown(path, NOBODY, NOBODY)
            except OSError:
                pass


def cpu(s, place):
    """A second of processor time, where several are needed."""
    cases = [("create", ["create", "--chain", "*=9e", "-o", "DEST", "-C",
                         s.dir, "long"])]
    with open(s.path("long"), "wb") as f:
        for _ in range(6 if s.some else 24):
            f.write(s.random.getrandbits(8 * MIB).to_bytes(MIB, "little"))
    if not s.some:
        bundle = s.path("zeros.tar.xz")
        with open(s.path("zeros"), "wb") as f:
            f.truncate(3000 * MIB)
        must([s.x, "create", "--chain", "*=0", "-C", s.dir, "-o", bundle,
              "zeros"])
        cases.append(("extract", ["extract", bundle, "-C", "DEST"]))
    for name, args in cases:
        job = Job(s, name, args, None)
        place.reset(None)
        status, said = run(job.at(place.dest),
                           limited(resource.RLIMIT_CPU, 1, 60))
        place.judge("%s, RLIMIT_CPU 1" % name, status, said, None,
                    tree(place.dest), TOO_LITTLE)
    return len(cases)


def show(counts):
    return ", ".join("%s: %d" % (k, counts[k])
                     for k in sorted(counts, key=str))


def main():
    namespace()
    s = Stress("full", tmpfs=True)
    os.chmod(s.dir, 0o755)
    all_jobs = jobs(s)
    small = Place(s, "small")
    n_disks = None
    if os.environ.get(INSIDE):
        n_disks = disks(s, small, all_jobs)
    place = Place(s, "place")
    n_limits = limits(s, place, all_jobs)
    left = gone(s.dir)
    if left:
        s.violation("processes %s are left" % left)
    first = "no small disks, since nothing can be mounted" \
        if n_disks is None else "%d full disks (status %s)" % (
            n_disks, show(small.counts))
    s.end("%s, %d limits (status %s)" % (first, n_limits,
                                         show(place.counts)))


main()
