"""Write archives that mean harm, and some that only look like it.

usage: make.py DIR [--small | --all] [--victim PATH] [--verify]
       make.py --dump FILE

DIR gets ID.tar.xz for each case, with ID-SUFFIX.tar.xz for its variants,
ID.expect for those that are to be extracted (lines: mode, SHA-256 or "-" for
a directory, name), VICTIM (the path that absolute names aim at) and
MANIFEST.tsv: file, source, layer, expected, reason.  See cases.py for what
the words mean.  The same bytes every time.

--all (the default) makes bombs as large as they say.  --small makes those
that take long smaller but still over every default limit, and honest ones
(b01) small: b01 b02 b03 b04 b05 b08 b11 b12 b13 b14 e10.
--verify then looks at the archives with other programs, see verify.py.
--dump prints the headers in FILE as they are.

SPDX-License-Identifier: BSD-2-Clause
"""
import argparse
import os
import sys
import time

sys.dont_write_bytecode = True

import cases  # noqa: E402 (after the line above)
import case_names  # noqa: E402,F401
import case_links  # noqa: E402,F401
import case_types  # noqa: E402,F401
import case_numbers  # noqa: E402,F401
import case_ends  # noqa: E402,F401
import case_streams  # noqa: E402,F401
import case_bombs  # noqa: E402,F401
import verify  # noqa: E402
import xzbits  # noqa: E402

VICTIM = "/tmp/xzbundle-evil-victim"
VICTIM_MAX = 80  # so that it fits into a ustar name with what follows


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def write_case(folder, case, options):
    """Write the archives of a case; return their lines of the manifest."""
    made = case.make(options)
    lines = []
    for suffix, one in (made if isinstance(made, dict) else
                        {"": made}).items():
        if not isinstance(one, cases.File):
            one = cases.Tar(one)
        name = case.ident + suffix
        data = one.data
        if isinstance(one, cases.Tar):
            data = xzbits.pack(data)
        write(os.path.join(folder, name + ".tar.xz"), data)
        if (one.tree is not None) != (case.expected == cases.OK):
            raise ValueError(name + ": a tree if and only if it is ok")
        if one.tree is not None:
            write(os.path.join(folder, name + ".expect"),
                  one.expect().encode())
        lines.append("\t".join((name + ".tar.xz", case.source, case.layer,
                                case.expected, case.reason)) + "\n")
    return lines


def make(folder, options):
    """Write everything; return the number of cases and of archives."""
    lines = ["file\tsource\tlayer\texpected\treason\n"]
    os.makedirs(folder, exist_ok=True)
    for case in cases.CASES:
        lines += write_case(folder, case, options)
    write(os.path.join(folder, "VICTIM"), options.victim + b"\n")
    write(os.path.join(folder, "MANIFEST.tsv"), "".join(lines).encode())
    return len(cases.CASES), len(lines) - 1


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("dir", nargs="?")
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true")
    size.add_argument("--all", action="store_true")
    parser.add_argument("--victim", default=VICTIM)
    parser.add_argument("--verify", action="store_true")
    parser.add_argument("--dump", metavar="FILE")
    args = parser.parse_args()
    if args.dump is not None:
        return verify.dump(args.dump)
    if args.dir is None:
        parser.error("no directory")
    victim = os.fsencode(args.victim)
    if not victim.startswith(b"/") or len(victim) > VICTIM_MAX:
        parser.error("--victim: an absolute path of at most %d bytes" %
                     VICTIM_MAX)
    begin = time.monotonic()
    done = make(args.dir, cases.Options(victim, args.small))
    print("%d cases, %d archives, %.1f s" % (
        done + (time.monotonic() - begin,)))
    return verify.corpus(args.dir) if args.verify else 0


if __name__ == "__main__":
    sys.exit(main())
