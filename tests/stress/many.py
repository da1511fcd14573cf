#!/usr/bin/python3
"""How long extracting takes, against what others do with the same files.

usage: many.py [--some] [--seed N] [--bundle FILE] XZBUNDLE

Tiny files against bsdtar, and a bundle (FILE, or one that is made) against
"xz -dc | tar x", on one file system; each the median of alternating runs.
Extract syncs what it writes and the others do not, so that a slow disk counts
against it; TMPDIR chooses the file system.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import shutil
import sys
import time

sys.dont_write_bytecode = True
from common import Stress, fill, must, plain_bundle, remove

TINY = 20000
RUNS = 5
TINY_TARGET = 1.5       # times bsdtar's time
BUNDLE_TARGET = 0.75    # times that of xz and tar


def more(parser):
    parser.add_argument("--bundle")


def timed(s, args):
    """Seconds of a run into a directory that is made for it."""
    dest = s.path("out")
    remove(dest)
    os.sync()
    args = [a.replace("DEST", dest) for a in args]
    if args[0] != s.x:
        os.mkdir(dest)
    begin = time.monotonic()
    must(args)
    return time.monotonic() - begin


def compare(s, args, others, runs):
    """The medians, of runs in turn."""
    a, b = [], []
    for _ in range(runs):
        a.append(timed(s, args))
        b.append(timed(s, others))
    return sorted(a)[runs // 2], sorted(b)[runs // 2]


def judge(s, what, ours, theirs, target):
    ratio = ours / theirs
    missed = ratio > target and not s.some
    return "%s %.3f s to %.3f s: %.2f (target %.2f%s)" % (
        what, ours, theirs, ratio, target, ", MISSED" if missed else "")


def main():
    s = Stress("many", more=more)
    runs = 3 if s.some else RUNS
    tiny = 1000 if s.some else TINY
    figures = []
    bundle = s.path("tiny.tar.xz")
    plain_bundle(bundle, ["d%02d/f%d" % (i % 40, i) for i in range(tiny)])
    if shutil.which("bsdtar"):
        a, b = compare(s, [s.x, "extract", bundle, "-C", "DEST"],
                       ["bsdtar", "-xf", bundle, "-C", "DEST"], runs)
        figures.append(judge(s, "%d tiny files, extract to bsdtar" % tiny,
                             a, b, TINY_TARGET))
    bundle = s.args.bundle
    if bundle is None:
        bundle = s.path("b.tar.xz")
        fill(s.path("in"), s.random, 60, 6, 200000)
        must([s.x, "create", "--effort", "fast", "-o", bundle, "-C", s.dir,
              "in"])
    if shutil.which("xz") and shutil.which("tar"):
        a, b = compare(s, [s.x, "extract", bundle, "-C", "DEST"],
                       ["sh", "-c", 'xz -dc "$0" | tar -x -C "$1"', bundle,
                        "DEST"], runs)
        figures.append(judge(s, "%d kB bundle, extract to xz | tar" %
                             (os.path.getsize(bundle) // 1000), a, b,
                             BUNDLE_TARGET))
    if not figures:
        s.skip("neither bsdtar nor xz and tar")
    s.end("; ".join(figures))


main()
