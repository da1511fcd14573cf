"""What the stress tests share: trees, bundles, runs, and the last line.

Each of them is called as NAME.py [--some] [--seed N] XZBUNDLE.  It prints one
line of figures, and before that a line for each violation; its status is 1 if
there was one, 77 if it cannot run here.  --some is what takes seconds.

SPDX-License-Identifier: BSD-2-Clause
"""
import argparse
import atexit
import hashlib
import io
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tarfile
import tempfile
import time

STAGE = ".xzbundle-stage."
HANG = 120              # seconds after which a run hangs
SHOWN = 20              # violations that are printed


class Stress:
    """The arguments, a directory to work in, and what went wrong."""

    def __init__(self, name, tmpfs=False, more=None):
        parser = argparse.ArgumentParser()
        parser.add_argument("--some", action="store_true")
        parser.add_argument("--seed", type=int)
        if more is not None:
            more(parser)
        parser.add_argument("xzbundle")
        self.args = parser.parse_args()
        self.some = self.args.some
        self.name = name
        self.bad = 0
        self.begin = time.monotonic()
        self.seed = self.args.seed
        if self.seed is None:
            self.seed = int(time.time()) & 0xffff
        self.random = random.Random(self.seed)
        # The leak checker of a sanitizer wants threads and no tracer.
        os.environ["ASAN_OPTIONS"] = ":".join(filter(None, (
            os.environ.get("ASAN_OPTIONS"), "detect_leaks=0")))
        where = os.environ.get("TMPDIR") or "/tmp"
        if tmpfs and os.access("/dev/shm", os.W_OK):
            where = "/dev/shm"
        self.dir = tempfile.mkdtemp(prefix="xzbundle-stress.", dir=where)
        atexit.register(self.clean)
        # A copy, which another user may run and which nobody rebuilds.
        self.x = os.path.join(self.dir, "xzbundle")
        shutil.copy(self.args.xzbundle, self.x)

    def path(self, *names):
        return os.path.join(self.dir, *names)

    def violation(self, text):
        self.bad += 1
        if self.bad <= SHOWN:
            print("%s: VIOLATION: %s" % (self.name, text), flush=True)

    def clean(self):
        remove(self.dir)

    def skip(self, why):
        self.clean()
        print("%s: skip: %s" % (self.name, why))
        sys.exit(77)

    def end(self, figures):
        self.clean()
        print("%s: %s, %d violations (%.0f s)" % (self.name, figures,
              self.bad, time.monotonic() - self.begin), flush=True)
        sys.exit(1 if self.bad else 0)


def remove(path):
    """A file or a tree, or nothing; a symlink is not followed."""
    if os.path.isdir(path) and not os.path.islink(path):
        shutil.rmtree(path)
    elif os.path.lexists(path):
        os.unlink(path)


def tree(path):
    """A hash of all names, kinds, exec bits and data; None: not there."""
    if not os.path.lexists(path):
        return None
    h = hashlib.sha256()
    _add(h, path, b".")
    return h.hexdigest()


def _add(h, path, name):
    st = os.lstat(path)
    h.update(b"%d %s %d\0" % (len(name), name, stat.S_IFMT(st.st_mode)))
    if stat.S_ISLNK(st.st_mode):
        h.update(os.fsencode(os.readlink(path)) + b"\0")
    elif stat.S_ISREG(st.st_mode):
        with open(path, "rb") as f:
            data = f.read()
        h.update(b"%d %d\0" % (st.st_mode & 0o111, len(data)))
        h.update(data)
    elif stat.S_ISDIR(st.st_mode):
        for n in sorted(os.listdir(path)):
            _add(h, os.path.join(path, n), os.fsencode(n))
        h.update(b"/")


def fill(path, rng, files, dirs, size):
    """Files of about `size` bytes, half of them noise, over `dirs`."""
    for i in range(files):
        folder = os.path.join(path, "d%03d" % (i % dirs))
        os.makedirs(folder, exist_ok=True)
        n = rng.randrange(size // 2, size + size // 2)
        data = rng.getrandbits(8 * (n // 2 + 1)).to_bytes(n // 2 + 1, "big")
        with open(os.path.join(folder, "f%d" % i), "wb") as f:
            f.write(data + b"x" * (n // 2))


def plain_bundle(path, names, data=b"data\n"):
    """A .tar.xz of small files with these names, in this order."""
    with tarfile.open(path, "w:xz", preset=0,
                      format=tarfile.USTAR_FORMAT) as tar:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o644
            tar.addfile(info, io.BytesIO(data))


def run(args, preexec=None, timeout=HANG, **more):
    """The status (negative: a signal; None: it hung) and what it said."""
    p = subprocess.Popen(args, stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                         preexec_fn=preexec, **more)
    try:
        said = p.communicate(timeout=timeout)[1]
    except subprocess.TimeoutExpired:
        p.kill()
        p.wait()
        return None, ""
    return p.returncode, said.decode("utf-8", "replace").strip()


def must(args):
    """A run that has to succeed, or the test itself is broken."""
    status, said = run(args)
    if status != 0:
        sys.exit("status %s from %s: %s" % (status, args, said))


def ours(mark):
    """The processes, apart from this one, with mark in their arguments."""
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open("/proc/%s/cmdline" % pid, "rb") as f:
                line = f.read()
            with open("/proc/%s/stat" % pid) as f:
                state = f.read().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if os.fsencode(mark) in line and state not in "ZX" and \
                int(pid) != os.getpid():
            found.append(int(pid))
    return found


def gone(mark, seconds=1.0):
    """Wait for them to end; those that do not are killed and returned."""
    end = time.monotonic() + seconds
    left = ours(mark)
    while left and time.monotonic() < end:
        time.sleep(0.01)
        left = ours(mark)
    for pid in left:
        try:
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return left
