"""Damage small bundles in every small way, and have them extracted.

usage: mutants.py PROGRAM WORKDIR [--all | --some] [--jobs N] [--only NAME]

Five bundles of 100 bytes to 1 KB are made: four by PROGRAM, one by
liblzma through Python.  Each bit of them is flipped, each byte is deleted,
0x00, 0xff and a copy of the neighbour are inserted everywhere, and they are
cut short everywhere.  PROGRAM extract has to refuse a mutant, with status 3
to 7 and nothing left behind, or the tree must be the same: names, data and
exec bits.  --all is the default; --some is a hundredth, always the same.
--only takes one of the bundles: tiny, blocks, sha256, chain, python.

The last line is "N mutants, N refused, N identical, N wrong".  Exit status:
1 if some are wrong, or there are too few mutants.

SPDX-License-Identifier: BSD-2-Clause
"""
import argparse
import collections
import functools
import multiprocessing
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True

import tarbits  # noqa: E402 (after the line above)
import xzbits  # noqa: E402

TIMEOUT = 60
REFUSED = range(3, 8)
AT_LEAST = 10000
SHOWN = 20

Bundle = collections.namedtuple("Bundle", "name data tree")


def tree(top):
    """Return {name: (kind, exec bit, data or link text)}."""
    found = {}
    for folder, folders, files in os.walk(top):
        for name in folders + files:
            path = os.path.join(folder, name)
            if os.path.islink(path):
                what = ("link", False, os.readlink(path))
            elif os.path.isdir(path):
                what = ("dir", False, None)
            else:
                with open(path, "rb") as f:
                    what = ("file", os.stat(path).st_mode & 0o111 != 0,
                            f.read())
            found[os.path.relpath(path, top)] = what
    return found


def noise(size, seed):
    return random.Random(seed).getrandbits(8 * size).to_bytes(size, "big")


def write_tree(top, files):
    for name, data in files.items():
        path = os.path.join(top, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(data)
        os.chmod(path, 0o755 if name.endswith("run") else 0o644)


FILES = {"t/config.json": b'{"layers": 2, "width": 64}\n',
         "t/bin/run": b"#!/bin/sh\nexec python3 -m t\n",
         "t/empty": b"", "t/w/a.bin": noise(80, 1),
         "t/w/b.bin": noise(60, 2)}
MADE = {
    "tiny": ({"t": b"tiny\n"}, ["--chain", "*=1", "--check", "crc32"]),
    "blocks": (FILES, ["--random-access", "--check", "crc64"]),
    "sha256": (FILES, ["--check", "sha256"]),
    "chain": (FILES, ["--chain", "*=delta:dist=4 x86 lzma2:preset=6",
                      "--check", "crc32"]),
}


def bundles(program, work):
    """Make the bundles; return a list of them."""
    made = []
    for name, (files, options) in MADE.items():
        folder = os.path.join(work, name)
        os.mkdir(folder)
        write_tree(folder, files)
        path = os.path.join(work, name + ".tar.xz")
        subprocess.run([program, "create", "-C", folder, "-o", path] +
                       options + ["t"], check=True)
        with open(path, "rb") as f:
            made.append(Bundle(name, f.read(), tree(folder)))
    files = {"t/a.bin": noise(200, 3), "t/b.txt": b"text\n" * 100}
    folder = os.path.join(work, "python")
    write_tree(folder, files)
    data = xzbits.pack(tarbits.tar(tarbits.folder("t/"), *(
        tarbits.file(name, data) for name, data in files.items())))
    made.append(Bundle("python", data, tree(folder)))
    return made


def mutations(size):
    """Return the list of (what, position, value) for so many bytes."""
    todo = [("flip", i, 1 << bit) for i in range(size) for bit in range(8)]
    todo += [("cut", i, 0) for i in range(size)]
    todo += [("delete", i, 0) for i in range(size)]
    todo += [("insert", i, value) for i in range(size + 1)
             for value in (0x00, 0xff, None)]
    return todo


def mutate(data, what, at, value):
    if what == "flip":
        return data[:at] + bytes([data[at] ^ value]) + data[at + 1:]
    if what == "cut":
        return data[:at]
    if what == "delete":
        return data[:at] + data[at + 1:]
    if value is None:
        value = data[min(at, len(data) - 1)]
    return data[:at] + bytes([value]) + data[at:]


def try_one(program, made, work, job):
    """Extract one mutant; return "refused", "identical" or what is wrong."""
    which, mutation = job
    bundle = made[which]
    place = os.path.join(work, "p%d" % os.getpid())
    os.makedirs(place, exist_ok=True)
    path = os.path.join(work, "m%d.tar.xz" % os.getpid())
    with open(path, "wb") as f:
        f.write(mutate(bundle.data, *mutation))
    out = os.path.join(place, "out")
    try:
        status = subprocess.run(
            [program, "extract", path, "-C", "out"], cwd=place, check=False,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, timeout=TIMEOUT).returncode
    except subprocess.TimeoutExpired:
        status = "none after %d s" % TIMEOUT
    verdict = "refused"
    if status == 0:
        verdict = "identical" if os.path.isdir(out) and \
            tree(out) == bundle.tree else "extracted, and different"
        shutil.rmtree(out, ignore_errors=True)
    elif status not in REFUSED:
        verdict = "status %s" % status
    if os.listdir(place):
        verdict = "status %s, and left %s behind" % (status,
                                                     os.listdir(place))
        shutil.rmtree(place)
    return verdict


def run(program, work, some, only, jobs):
    """Try the mutants; return the exit status."""
    made = [b for b in bundles(program, work) if only in (None, b.name)]
    todo = [(i, m) for i, b in enumerate(made)
            for m in mutations(len(b.data))]
    print("bundles: " + ", ".join("%s %d bytes" % (b.name, len(b.data))
                                  for b in made))
    enough = only is not None or len(todo) >= AT_LEAST
    # The bundle itself has to come out, or refusing means nothing.
    for i in range(len(made)):
        if try_one(program, made, work, (i, ("cut", len(made[i].data), 0))) \
                != "identical":
            print("%s: the bundle itself does not come out" % made[i].name)
            return 1
    if some:
        todo = random.Random(1).sample(todo, len(todo) // 100)
    with multiprocessing.Pool(jobs) as pool:
        verdicts = pool.map(functools.partial(try_one, program, made, work),
                            todo, 64)
    wrong = [(made[i].name, m, v) for (i, m), v in zip(todo, verdicts)
             if v not in ("refused", "identical")]
    for name, (what, at, value), verdict in wrong[:SHOWN]:
        print("%s: %s at %d (%s): %s" % (name, what, at, value, verdict))
    print("%d mutants, %d refused, %d identical, %d wrong" % (
        len(todo), verdicts.count("refused"), verdicts.count("identical"),
        len(wrong)))
    return 0 if enough and not wrong else 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("workdir")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--all", action="store_true")
    size.add_argument("--some", action="store_true")
    parser.add_argument("--only", choices=[*MADE, "python"])
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    os.makedirs(args.workdir, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=args.workdir) as work:
        return run(os.path.abspath(args.program), os.path.abspath(work),
                   args.some, args.only, args.jobs)


if __name__ == "__main__":
    sys.exit(main())
