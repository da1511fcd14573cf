"""What is around a destination, for hostile archives to hit.

A neighbourhood has the file victim, the directory outside with files, one of
them a hard link of victim, a symlink and a FIFO.  Absolute names aim at a
directory elsewhere that is the same; only one process at a time may use it.

SPDX-License-Identifier: BSD-2-Clause
"""
import contextlib
import fcntl
import hashlib
import lzma
import os
import stat
import subprocess
import tempfile
import unicodedata

MARK = ".xzbundle-evil"  # in a directory that we may remove
AIM_LOOK = 1 << 20  # bytes of an archive that are searched for the path


def victim_of(corpus):
    """Return the path in the file VICTIM of a corpus, or None."""
    try:
        with open(os.path.join(corpus, "VICTIM"), encoding="utf-8") as f:
            return f.read().rstrip("\n")
    except FileNotFoundError:
        return None


def aims_at(path, victim):
    """Does the archive name the absolute path?"""
    if victim is None:
        return False
    with open(path, "rb") as f:
        packed = f.read(AIM_LOOK)
    try:
        data = lzma.LZMADecompressor(memlimit=1 << 28).decompress(
            packed, AIM_LOOK)
    except (lzma.LZMAError, EOFError):
        data = packed
    return os.fsencode(victim) in data


@contextlib.contextmanager
def locked(work):
    """Hold the lock of the absolute victim, if work is not None."""
    if work is None:
        yield
        return
    with open(os.path.join(work, "lock"), "w") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        yield


def fresh(work):
    place = tempfile.mkdtemp(dir=work)
    os.chmod(place, 0o755)
    return place


def put(path, data, mode):
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)


def fill(place):
    """Make what hostile archives aim at."""
    put(os.path.join(place, "victim"), b"untouched\n", 0o640)
    outside = os.path.join(place, "outside")
    os.mkdir(outside)
    put(os.path.join(outside, "victim"), b"untouched too\n", 0o600)
    put(os.path.join(outside, "keep"), b"", 0o444)
    os.link(os.path.join(place, "victim"), os.path.join(outside, "link"))
    os.symlink("victim", os.path.join(outside, "symlink"))
    os.mkfifo(os.path.join(outside, "fifo"), 0o600)
    for path in (outside, os.path.join(outside, "keep"),
                 os.path.join(place, "victim"),
                 os.path.join(outside, "victim")):
        os.utime(path, (1000000000, 1000000000))
    os.chmod(outside, 0o750)


def give(place, ids):
    """Give all of it to a user, so that the user could change it."""
    if ids is None:
        return
    for path, folders, files in os.walk(place):
        for name in [path] + [os.path.join(path, n) for n in folders + files]:
            os.chown(name, *ids, follow_symlinks=False)


def make(place, victim, ids, existing):
    """Make a neighbourhood, and the absolute one if it is needed.

    existing: the destination is there too, with a file that is a hard link
    to the victim."""
    fill(place)
    if existing:
        out = os.path.join(place, "out")
        os.mkdir(out, 0o755)
        os.link(os.path.join(place, "victim"), os.path.join(out, "preexist"))
        put(os.path.join(out, "mine"), b"mine\n", 0o600)
    give(place, ids)
    if victim is not None:
        remove_victim(victim)
        os.mkdir(victim, 0o755)
        put(os.path.join(victim, MARK), b"", 0o644)
        fill(victim)
        give(victim, ids)


def remove(place):
    """Remove a directory of any depth."""
    if os.geteuid() != 0:
        subprocess.run(["chmod", "-R", "u+rwx", "--", place], check=False,
                       stderr=subprocess.DEVNULL)
    subprocess.run(["rm", "-rf", "--", place], check=True)


def remove_victim(victim):
    """Remove the absolute victim if it was made by us."""
    if victim is None or not os.path.lexists(victim):
        return
    if not os.path.lexists(os.path.join(victim, MARK)):
        raise SystemExit("%s is there and not ours" % victim)
    remove(victim)


def digest(path):
    sha = hashlib.sha256()
    with open(path, "rb") as f:
        while True:
            data = f.read(1 << 20)
            if not data:
                return sha.hexdigest()
            sha.update(data)


def content(path, mode):
    """Return the link text or the hash of the data."""
    if stat.S_ISLNK(mode):
        return os.readlink(path)
    if stat.S_ISREG(mode):
        try:
            return digest(path)
        except OSError as e:
            return "unreadable: %s" % e.strerror
    return None


def look(top, found, skip):
    """Add the state of everything below top to found."""
    for name in sorted(os.listdir(top)):
        path = os.path.join(top, name)
        if path == skip:
            continue
        st = os.lstat(path)
        found[path] = (st.st_ino, oct(st.st_mode), st.st_uid, st.st_gid,
                       st.st_nlink, st.st_size if not stat.S_ISDIR(st.st_mode)
                       else 0, st.st_mtime_ns, content(path, st.st_mode))
        if stat.S_ISDIR(st.st_mode):
            look(path, found, skip)


def state(place, victim, existing):
    """Return {path: state} of a neighbourhood and its absolute victim: of
    the destination only if it is an existing one that has to stay.  Its own
    time may change, as a staging directory comes and goes in it."""
    found = {}
    out = os.path.join(place, "out")
    look(place, found, None if existing else out)
    if out in found:
        found[out] = found[out][:-2]
    if victim is not None:
        look(victim, found, None)
        found[victim] = oct(os.lstat(victim).st_mode)
    return found


def compare(before, after):
    """Return what is different, in words."""
    words = []
    for path in set(before) | set(after):
        if before.get(path) == after.get(path):
            continue
        if path not in before:
            words.append("new: %s" % ascii(path))
        else:
            words.append("%s: %s: %s, was %s" % (
                "changed" if path in after else "gone", ascii(path),
                after.get(path), before[path]))
    return sorted(words)


def tree(out):
    """Return {name: (mode, digest or "-")} of what came out, and a list of
    what is not a directory of 0755 or a file of 0644 or 0755."""
    found, strange = {}, []
    mode = os.lstat(out).st_mode
    if stat.S_IMODE(mode) != 0o755:
        strange.append("the destination itself with mode %o" % mode)
    pending = [""]
    while pending:
        below = pending.pop()
        for name in os.listdir(os.path.join(out, below)):
            name = os.path.join(below, name)
            path = os.path.join(out, name)
            st = os.lstat(path)
            bits = stat.S_IMODE(st.st_mode)
            if stat.S_ISDIR(st.st_mode) and bits == 0o755:
                pending.append(name)
                found[name] = (bits, "-")
            elif stat.S_ISREG(st.st_mode) and bits in (0o644, 0o755) and \
                    st.st_nlink == 1:
                found[name] = (bits, digest(path))
            else:
                strange.append("%s with mode %o and %d links" % (
                    ascii(name), st.st_mode, st.st_nlink))
    return found, strange


# Some of what is invisible and has another category.
HIDDEN = "\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\ufe0f\uffa0" \
         "\U000e0100\u00a0\u2003\u202f\u3000"


def controls(text):
    """Return the characters that control a terminal or hide, in words."""
    bad = {c for c in text if c != "\n" and unicodedata.category(c) in
           ("Cc", "Cf", "Zl", "Zp") or c in HIDDEN}
    return " ".join("U+%04X" % ord(c) for c in sorted(bad))
