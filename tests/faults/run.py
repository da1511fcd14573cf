"""run.py: every call that can fail does, once; what then?

usage: python3 tests/faults/run.py [--some] [-j N] [SCENARIO...]

XZBUNDLE and FAULTS (the environment) are the program, and the one whose calls
fail when told to (tests/faults/wrap.c).  A scenario is a command and the
directory that it runs in.  It is run once to count its calls, and then for
each kind of failure and each call that can fail so.  Always either

  - status 0, and all is there, or
  - another documented status, a message, and nothing has changed.

Exceptions, which are counted: status 1 with all in place, where a message
says that the directory could not be synced, that what was replaced could not
be removed, or that standard output failed.  A cleanup whose own calls fail
(the disk is broken, there is no memory) may leave a staging directory, which
the next run must remove, a temporary file, a manifest, one of the files of a
report, or the empty directory or the link that claims a name.

--some takes every few calls.  The last line is "N runs, N failures"; the
exit status is 1 if there were failures.

SPDX-License-Identifier: BSD-2-Clause
"""

import argparse
import collections
import concurrent.futures
import json
import os
import shutil
import signal
import stat
import struct
import subprocess
import sys
import tarfile
import tempfile
import zlib

TIMEOUT = 10  # seconds
KINDS = ["ENOSPC", "EDQUOT", "EIO", "EINTR", "EMFILE", "ENOMEM", "short",
         "exit"]
LASTING = ["ENOSPC", "EDQUOT", "EIO", "EMFILE", "ENOMEM"]
STEP = {"AT": 61, "FROM": 139}  # of --some
if os.environ.get("XZBUNDLE_TEST_SANITIZERS"):
    STEP = {"AT": 97, "FROM": 199}
    KINDS = ["EIO", "ENOMEM"]
    LASTING = ["ENOMEM"]

# After these calls failed for want of a disk, all cannot be well.
TELLING = ["fsync", "syncfs", "write", "close written", "ftruncate",
           "futimens", "symlinkat"]
DISK = ["ENOSPC", "EDQUOT", "EIO"]

EXCEPTIONS = [
    ("sync", "cannot write its directory"),
    ("sync", "cannot write the directory"),
    ("old tree", "was replaced, but what was there cannot be removed"),
    ("output", "the report on what was extracted: "),
    ("output", "standard output"),
]

MANIFESTS = ["m.json", "sums", "page", "map"]  # files placed beside others

Scenario = collections.namedtuple("Scenario", "name args setup step env")
Case = collections.namedtuple("Case", "scenario kind mode n")


# --- what is in a directory ---

def snapshot(top, times):
    """{path: what it is}: types, modes, data, texts of links, which names are
    of one file, and with times those of files in out."""
    tree = {}
    first = {}
    for folder, dirs, files in os.walk(top):
        dirs.sort()
        for name in sorted(dirs + files):
            path = os.path.join(folder, name)
            st = os.lstat(path)
            data = None
            if stat.S_ISLNK(st.st_mode):
                data = os.readlink(path)
            elif stat.S_ISREG(st.st_mode):
                with open(path, "rb") as f:
                    data = f.read()
            rel = os.path.relpath(path, top)
            same = rel if is_temporary(rel) else \
                first.setdefault(st.st_ino, rel)
            mtime = int(st.st_mtime) if times and stat.S_ISREG(
                st.st_mode) and rel.startswith("out/") else 0
            tree[rel] = (st.st_mode, data, same, mtime)
    return tree


def is_temporary(path):
    name = os.path.basename(path)
    return name.startswith(".xzbundle-stage.") or (
        name.startswith(".") and name.count(".") >= 3)


def without_leftovers(tree):
    """The tree, and the names at its top that a cleanup has left."""
    left = {p for p in tree if any(is_temporary(part)
                                   for part in p.split("/"))}
    return {p: v for p, v in tree.items() if p not in left}, left


def differences(a, b):
    names = [p for p in sorted(set(a) | set(b)) if a.get(p) != b.get(p)]
    return " ".join(names[:6])


# --- scenarios ---

def put(path, data, mode=0o644):
    os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
    with open(path, "wb") as f:
        f.write(data)
    os.chmod(path, mode)
    os.utime(path, (1000000000, 1000000000))


def make_tree(top, links):
    put(top + "/README", b"a bundle\n" * 50)
    put(top + "/bin/run.sh", b"#!/bin/sh\nexit 0\n", 0o755)
    put(top + "/bin/tool", bytes(i * i % 251 for i in range(40000)), 0o755)
    put(top + "/data/zeros", bytes(200000))
    put(top + "/data/text", b"".join(b"line %d\n" % (i * 7919 % 1000)
                                     for i in range(5000)))
    put(top + "/data/deep/noise", bytes((i * 7919 >> 3) & 255
                                        for i in range(70000)))
    put(top + "/data/deep/empty", b"")
    put(top + "/end", b"end\n")
    if links:
        os.link(top + "/bin/tool", top + "/data/same")
        os.symlink("../end", top + "/bin/link")


def make_packed():
    """A packed safetensors file, see xzbundle-packed(5)."""
    codes = bytes(i * 7919 >> 3 & 255 for i in range(100000))
    values = bytes(v for c in codes for v in (c >> 4, c & 15))
    recipe = {"version": 1, "tensors": {"w": {
        "dtype": "I8", "shape": [200000], "packing": "bits", "bits": 4,
        "low": 0, "crc32": zlib.crc32(values)}}}
    header = json.dumps({
        "__metadata__": {"xzbundle": json.dumps(recipe)},
        "w": {"dtype": "U8", "shape": [100000], "data_offsets": [0, 100000]},
        "v": {"dtype": "I8", "shape": [7], "data_offsets": [100000, 100007]},
    }).encode()
    return struct.pack("<Q", len(header)) + header + codes + b"7 bytes"


def old_tree(folder):
    put(folder + "/out/old/file", b"old\n")
    put(folder + "/out/old/deep/file", b"old\n", 0o600)
    put(folder + "/out/older", b"older\n")


def empty_tree(folder):
    os.mkdir(folder + "/out")


def only_sums(folder):
    put(folder + "/sums", b"old sums\n")


def old_sums(folder):
    old_tree(folder)
    only_sums(folder)


def old_file(folder):
    put(folder + "/out", b"old\n")


def old_page(folder):
    put(folder + "/page", b"old\n")


def create_setup(folder):
    make_tree(folder + "/tree", False)
    put(folder + "/new.tar.xz", b"old")


def put_weights(path):
    data = bytes((i * 7919 >> 3 & 15) + (i * 104729 >> 5 & 15)
                 for i in range(4000)) + bytes(range(200)) * 2
    header = json.dumps({
        "a": {"dtype": "I8", "shape": [40, 100], "data_offsets": [0, 4000]},
        "b": {"dtype": "U8", "shape": [400], "data_offsets": [4000, 4400]},
    }).encode()
    put(path, struct.pack("<Q", len(header)) + header + data)


def pack_setup(folder):
    put_weights(folder + "/in")
    put(folder + "/new.tar.xz", b"old")


def create_pack_setup(folder):
    put_weights(folder + "/tree/in")
    put(folder + "/tree/other", b"other")
    put(folder + "/new.tar.xz", b"old")


def old_bundle(folder):
    put(folder + "/new.tar.xz", b"old")


def nothing(folder):
    pass


def scenarios(fixtures):
    a = fixtures + "/a.tar.xz"
    b = fixtures + "/b.tar.xz"
    two = fixtures + "/two.tar.xz"
    links = fixtures + "/links.tar.xz"
    packed = fixtures + "/packed"
    extract = ["extract", "-T", "1"]
    create = ["create", "-T", "1", "--chain", "*=1", "-o", "new.tar.xz"]
    lacks = {"FAULT_LACKS": "1"}

    def one(name, args, setup=nothing, step=1, env=None):
        return Scenario(name, args, setup, step, env or {})
    return [
        one("new", extract + [a, "-C", "out"]),
        one("some", extract + [a, "tree/data", "-C", "out"]),
        one("empty", extract + [a, "-C", "out"], empty_tree),
        one("into", extract + ["--into", a, "-C", "out"], old_tree),
        one("replace", extract + ["--replace", a, "-C", "out"], old_tree),
        one("manifest", extract + ["--manifest", "m.json", a, "-C", "out"]),
        one("sums", extract + ["--replace", "--manifest", "sums", a, "-C",
                               "out"], old_sums),
        one("links", extract + ["--links", "in-tree", "--mtime",
                                "--manifest", "sums", links, "-C", "out"]),
        one("lacks", extract + ["--replace", "--manifest", "sums", a, "-C",
                                "out"], only_sums, env=lacks),
        one("into-lacks", extract + ["--into", two, "-C", "out"], old_tree,
            env=lacks),
        one("each", extract + ["--each", "out", a, b]),
        one("originals", extract + ["--unpack", "--manifest", "sums",
                                    packed + ".tar.xz", "-C", "out"]),
        one("unpack", ["unpack", packed, "-o", "out"]),
        one("over", ["unpack", packed, "-o", "out"], old_file, env=lacks),
        one("report", ["report", "-T", "1", "--html", "page", "--svg", "map",
                       a], old_page),
        one("create", create + ["tree"], create_setup),
        one("named", create + ["tree"], create_setup, env=lacks),
        one("stdout", create[:-1] + ["-", "tree"], create_setup),
        one("pack", ["pack", "-T", "1", "--packing", "a=bits", "in", "-o",
                     "new.tar.xz"], pack_setup),
        one("repack", ["repack"] + create[1:] + [fixtures + "/tree.tar.gz"],
            old_bundle),
        one("compare", ["compare", "-T", "1", "--codec", "xz-0", "--codec",
                        "packed", "--tsv", "in", fixtures + "/tree.tar.gz"],
            pack_setup),
        one("create-pack", create + ["--packing", "a=rans", "tree"],
            create_pack_setup),
    ]


# --- one run ---

class Runner:
    def __init__(self, program, top):
        self.program = program
        self.top = top
        self.before = {}
        self.after = {}
        self.out = {}

    def command(self, s, folder, env):
        """Status, standard output and error, what the wrapper counted."""
        count = folder + ".count"
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith("FAULT_")}
        clean.update(s.env, FAULT_COUNT=count, TMPDIR=folder, **env)
        p = subprocess.Popen([self.program] + s.args, cwd=folder, env=clean,
                             stdin=subprocess.DEVNULL,
                             stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            out, err = p.communicate(timeout=TIMEOUT)
            status = p.returncode
        except subprocess.TimeoutExpired:
            p.kill()
            out, err = p.communicate()
            status = "hang"
        counts = {}
        if os.path.exists(count):
            with open(count, encoding="ascii") as f:
                for line in f:
                    key, value = line.rstrip("\n").split(" ", 1)
                    counts[key] = value
            os.remove(count)
        return status, out, err.decode("utf-8", "replace"), counts

    def fresh(self, s, name):
        folder = os.path.join(self.top, name)
        os.mkdir(folder)
        s.setup(folder)
        return folder

    def learn(self, s):
        """What is there before and after, and how many calls can fail."""
        folder = self.fresh(s, s.name)
        times = "--mtime" in s.args
        self.before[s.name] = snapshot(folder, times)
        status, out, err, counts = self.command(s, folder, {})
        if status != 0:
            sys.exit("%s: status %s without a fault: %s" %
                     (s.name, status, err))
        self.after[s.name] = snapshot(folder, times)
        self.out[s.name] = out
        shutil.rmtree(folder)
        return {k: int(counts.get(k, 0)) for k in KINDS}

    def run(self, case):
        """What is wrong, the call that failed, the exception taken."""
        s = case.scenario
        folder = self.fresh(s, "%s-%s-%s-%d" % (s.name, case.kind, case.mode,
                                                case.n))
        env = {"FAULT_KIND": case.kind, "FAULT_" + case.mode: str(case.n)}
        status, out, err, counts = self.command(s, folder, env)
        call = counts.get("hit", "none")
        try:
            tree = snapshot(folder, "--mtime" in s.args)
            wrong, taken = judge(self, case, call, status, out, err, tree)
            if wrong is None and taken in ("leftover", "manifest"):
                wrong = self.next_run(s, folder)
        finally:
            shutil.rmtree(folder)
        return wrong, call, taken

    def next_run(self, s, folder):
        """The next run removes stages that were left."""
        self.command(s, folder, {})
        _, left = without_leftovers(snapshot(folder, False))
        stages = [p for p in left if ".xzbundle-stage." in p]
        return "the next run leaves " + " ".join(stages) if stages else None


def judge_message(status, err):
    if status == "hang":
        return "no end after %d seconds" % TIMEOUT
    if status not in range(8):
        return "status %s; %s" % (status, err[-2000:])
    if "Sanitizer" in err or "runtime error" in err:
        return err[-2000:]
    lines = err.splitlines()
    if any(not x.startswith("xzbundle: ") for x in lines):
        return "a message without the program's name: " + err
    if status != 0 and not lines:
        return "status %d without a message" % status
    return None


def judge_each(runner, case, status, out, err, tree):
    """Each bundle for itself; status and table tell which is there."""
    after = runner.after["each"]
    for name in ("out/a", "out/b"):
        want = {p: v for p, v in after.items() if (p + "/").startswith(
            name + "/")}
        have = {p: v for p, v in tree.items() if (p + "/").startswith(
            name + "/")}
        if have and have != want:
            return name + " is not complete: " + differences(have, want), None
        row = [x.split() for x in out.decode().splitlines()
               if x.endswith(name[4:] + ".tar.xz")]
        if row and row[0][0] == "0" and not have:
            return name + " is missing, but the table has status 0", None
        if row and row[0][0] != "0" and have:
            taken = exception(err)
            if taken is None:
                return name + " is there, with status " + row[0][0], None
    rest = [p for p in tree if p not in after]
    if rest:
        return "is left: " + " ".join(rest), None
    if status == 0 and tree != after:
        return "status 0, but: " + differences(tree, after), None
    if status != 0 and tree == after:
        taken = exception(err)
        return (None, taken) if taken else (
            "status %d, but all is there: %s" % (status, err), None)
    return None, None


def exception(err):
    for name, words in EXCEPTIONS:
        if words in err:
            return name
    return None


def drop_claim(tree, before, after):
    """Without rename flags: the name that an empty directory or a link has
    claimed."""
    new = [p for p in tree if p not in before and p not in MANIFESTS]
    if len(new) != 1 or new[0] not in after:
        return False
    mode, data = tree[new[0]][:2]
    if not stat.S_ISDIR(mode) and data != after[new[0]][1]:
        return False
    del tree[new[0]]
    return True


def judge(runner, case, call, status, out, err, tree):
    s = case.scenario
    wrong = judge_message(status, err)
    if wrong is not None:
        return wrong, None
    # What create copies to standard output, and the temporary files of pack,
    # repack and compare, have been read when they are closed.
    if status == 0 and case.kind in DISK and call in TELLING and \
            not (call == "close written" and s.args[0] in (
                "create", "pack", "repack", "compare")):
        return "status 0 although this call failed", None
    if status == 0 and s.name == "stdout" and out != runner.out[s.name]:
        return "status 0, but other output", None
    before, after = runner.before[s.name], runner.after[s.name]
    tree, left = without_leftovers(tree)
    # Where the cleanup could not work.
    lasting = case.mode == "FROM" and case.kind in ("EIO", "ENOMEM", "EMFILE")
    taken = None
    if left and exception(err) == "old tree":
        taken = "old tree"
    elif left and lasting:
        taken = "leftover"
    elif left:
        return "is left: %s; status %s: %s" % (
            " ".join(sorted(left)[:4]), status, err), None
    if lasting and s.env and status != 0 and tree != after and \
            drop_claim(tree, before, after):
        taken = "leftover"
    if lasting and status != 0 and tree != after:
        for name in MANIFESTS:
            if name in tree and tree[name] == after.get(name) and \
                    tree[name] != before.get(name):
                taken = "manifest"
                tree.pop(name)
                if name in before:
                    tree[name] = before[name]
    if s.name == "each":
        wrong, other = judge_each(runner, case, status, out, err, tree)
        return wrong, taken or other
    if status == 0:
        if tree != after:
            return "status 0, but: " + differences(tree, after), None
        return None, taken
    if tree == before:
        return None, taken
    if tree == after and exception(err) is not None:
        return None, exception(err)
    return "status %d, but changed: %s; %s" % (
        status, differences(tree, before), err), None


# --- all of them ---

def cases(runner, s, some):
    counts = runner.learn(s)
    for mode, kinds in (("AT", KINDS), ("FROM", LASTING)):
        step = STEP[mode] if some else s.step
        for k, kind in enumerate(kinds):
            # Begin elsewhere for each, so that more calls have a turn.
            begin = 1 + (k * 5 + len(s.name)) % step
            for n in range(begin, counts[kind] + 1, step):
                yield Case(s, kind, mode, n)


def fixtures(program, top):
    folder = os.path.join(top, "fixtures")
    os.mkdir(folder)
    make_tree(folder + "/tree", False)
    make_tree(folder + "/linked", True)
    for name, source, more in (("a", "tree", []), ("b", "tree", []),
                               ("links", "linked", ["--keep-mtime"])):
        subprocess.run([program, "create", "-T", "1", "--chain",
                        "*=1", "-o", "%s/%s.tar.xz" % (folder, name)] + more +
                       [source], cwd=folder, check=True,
                       stdout=subprocess.DEVNULL)
    with tarfile.open(folder + "/tree.tar.gz", "w:gz") as tar:
        tar.add(folder + "/tree", "tree")
    put(folder + "/packed", make_packed())
    subprocess.run([program, "create", "-T", "1", "--chain", "*=1", "-o",
                    "packed.tar.xz", "packed"], cwd=folder, check=True,
                   stdout=subprocess.DEVNULL)
    # Names of each kind at the top.
    subprocess.run([program, "create", "-T", "1", "--chain", "*=1", "-o",
                    folder + "/two.tar.xz", "README", "bin", "end"],
                   cwd=folder + "/tree", check=True,
                   stdout=subprocess.DEVNULL)
    return folder


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--some", action="store_true")
    parser.add_argument("-j", type=int, default=2)
    parser.add_argument("scenario", nargs="*")
    args = parser.parse_args()
    os.umask(0o022)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    # Syncs cost nothing there.
    where = None if os.environ.get("TMPDIR") or \
        not os.access("/dev/shm", os.W_OK) else "/dev/shm"
    top = tempfile.mkdtemp(prefix="xzbundle-faults.", dir=where)
    runs = failures = 0
    taken_of = collections.Counter()
    try:
        runner = Runner(os.path.realpath(os.environ["FAULTS"]), top)
        made = fixtures(os.path.realpath(os.environ["XZBUNDLE"]), top)
        with concurrent.futures.ThreadPoolExecutor(args.j) as pool:
            for s in scenarios(made):
                if args.scenario and s.name not in args.scenario:
                    continue
                todo = list(cases(runner, s, args.some))
                bad = 0
                for case, (wrong, call, taken) in zip(
                        todo, pool.map(runner.run, todo)):
                    if taken is not None:
                        taken_of[taken] += 1
                    if wrong is not None:
                        bad += 1
                        print("%s: %s of %s %s %d: %s" % (
                            s.name, case.kind, call, case.mode.lower(),
                            case.n, wrong.strip()), flush=True)
                print("%-10s %5d runs, %d failures" % (s.name, len(todo),
                                                       bad), flush=True)
                runs += len(todo)
                failures += bad
    finally:
        shutil.rmtree(top, ignore_errors=True)
    for name, n in sorted(taken_of.items()):
        print("exception: %s, %d times" % (name, n))
    print("%d runs, %d failures" % (runs, failures))
    return 1 if failures or runs == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
