"""The same archives to other programs, for comparison.

They run in a neighbourhood of their own, as nobody if we are root, with
limits that make bombs harmless.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import re
import resource
import shutil

import neighbourhood as around
import running

TIMEOUT = 20
SKIP = re.compile(r"b01|b02|b03|b14")  # much to write or to remove
PYTHON = ("import sys, tarfile\n"
          "with tarfile.open(sys.argv[1]) as t:\n"
          "    t.extractall('.', filter='data')\n")


def find(ids):
    """Return {name: command}; the file's name is to be added."""
    found = {}
    if shutil.which("tar"):
        found["GNU tar"] = [shutil.which("tar"), "-xf"]
    if shutil.which("bsdtar"):
        found["bsdtar"] = [shutil.which("bsdtar"), "-xf"]
    for python in filter(None, ("/usr/bin/python3",
                                shutil.which("python3"))):
        probe = [python, "-c", "import tarfile; tarfile.data_filter"]
        try:
            if running.run(probe, "/", TIMEOUT, ids).status == 0:
                found["Python, data filter"] = [python, "-c", PYTHON]
                break
        except OSError:  # not for this user
            pass
    return found


def limits():
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 << 20, 256 << 20))
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def one(job):
    """Run one program on one file; return the set of what can be said."""
    command, row, args, ids = job
    victim = args.victim if row.aims else None
    said = set()
    with around.locked(args.work if row.aims else None):
        place = around.fresh(args.work)
        around.make(place, victim, ids, False)
        out = os.path.join(place, "out")
        os.mkdir(out)
        around.give(out, ids)
        before = around.state(place, victim, False)
        result = running.run(command + [row.path], out, TIMEOUT, ids, limits)
        after = around.state(place, victim, False)
        if result.timed_out:
            said.add("hang")
        if row.expected == "ok":
            said.add("honest")
            if result.status == 0:
                said.add("honest accepted")
        elif row.expected != "xz-ok" and result.status == 0:
            said.add("accepted")
        if result.status != 0 and os.listdir(out):
            said.add("left")
        if around.compare(before, after):
            said.add("outside")
        around.remove(place)
    return said


def table(pool, rows, args):
    """Print a line for each program."""
    rows = [r for r in rows if not SKIP.match(r.file)]
    ids = args.ids
    if os.geteuid() == 0 and ids is None:
        ids = running.user_ids("nobody")
    print("program | should be refused and was accepted | failed but left "
          "files behind | changed something outside | accepted honest ones "
          "| hangs")
    commands = find(ids)
    if len(commands) < 3:
        print("not here, or not for this user: %d of 3" %
              (3 - len(commands)))
    for name, command in commands.items():
        said = pool.map(one, [(command, r, args, ids) for r in rows], 1)
        count = {w: [r.file for r, s in zip(rows, said) if w in s]
                 for w in ("accepted", "left", "outside", "honest",
                           "honest accepted", "hang")}
        bad = sum(r.expected not in ("ok", "xz-ok") for r in rows)
        print("%s | %d of %d | %d | %d | %d of %d | %d" % (
            name, len(count["accepted"]), bad, len(count["left"]),
            len(count["outside"]), len(count["honest accepted"]),
            len(count["honest"]), len(count["hang"])))
        for word in ("outside", "hang"):
            if count[word]:
                print("  %s: %s" % (word, " ".join(
                    re.sub(r"\.tar\.xz$", "", f) for f in count[word])))
