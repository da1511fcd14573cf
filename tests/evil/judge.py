"""Run an extractor over archives that mean harm, and look what it did.

usage: judge.py --program PATH --corpus DIR --manifest MANIFEST.tsv [options]

  --user NAME      run the program as that user (needs root)
  --jobs N         so many at a time; default: as many as processors
  --only REGEX     only the files whose names match
  --existing       extract once more, into a directory that has files
  --victim PATH    what absolute names aim at; default: DIR/VICTIM says it
  --xz-layer PROG  for xz-ok: PROG FILE has status 0 if the xz layer of FILE
                   is acceptable
  --others         also the other tar programs that are here, in a table

The manifest has the columns file, source, layer, expected, reason; more may
follow, and a header line may be there.  file is relative to DIR.  expected is
ok, refuse, corrupt or limit (several with "|" between), or xz-ok: anything
but corrupt.  Each file is given to `PROGRAM extract FILE -C out` and `PROGRAM
check FILE` in a directory of its own that has things to hit beside out: the
neighbourhood.  Wanted are
  - the expected class, by the status: 0 ok, 4 or 6 refuse, 5 corrupt, 3 or 7
    limit; anything else, a signal or 60 s is an error;
  - on failure a message, each line with "xzbundle: " in front and nothing in
    it that controls a terminal, and nothing left in the directory;
  - on success only directories of mode 0755 and files of mode 0644 or 0755,
    and what NAME.expect lists if there is one;
  - all around as it was: inode, mode, owner, size, time, data, link text.

The last line is "N judged, M misjudged, ...".  Exit status: 0 if M is 0, 1
otherwise, 2 usage.

SPDX-License-Identifier: BSD-2-Clause
"""
import argparse
import collections
import multiprocessing
import os
import re
import sys
import tempfile

sys.dont_write_bytecode = True

import neighbourhood as around  # noqa: E402 (after the line above)
import others  # noqa: E402
import running  # noqa: E402

CLASSES = {0: "ok", 4: "refuse", 6: "refuse", 5: "corrupt", 3: "limit",
           7: "limit"}
TIMEOUT = 60
NOTE_RSS = 96 << 10  # KiB
NOTE_TIME = 5  # seconds
FRESH = 16  # rows that a process judges

Row = collections.namedtuple("Row", "file source layer expected reason path "
                             "aims")
Verdict = collections.namedtuple("Verdict", "file wrongs notes rss seconds")


def read_manifest(args):
    """Return the rows of the manifest that are to be judged."""
    rows = []
    with open(args.manifest, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            cells = line.rstrip("\n").split("\t")
            if cells == [""] or number == 1 and cells[0] == "file":
                continue
            if len(cells) < 5:
                sys.exit("%s:%d: fewer than 5 columns" % (args.manifest,
                                                          number))
            path = os.path.join(args.corpus, cells[0])
            if not os.path.isfile(path):
                sys.exit("%s:%d: no file %s" % (args.manifest, number, path))
            if args.only is None or re.search(args.only, cells[0]):
                rows.append(Row(*cells[:5], os.path.abspath(path),
                                around.aims_at(path, args.victim)))
    return rows


def complain_messages(result, wrongs, what):
    """stderr: there if something failed, and fit for a terminal."""
    if result.status != 0 and result.err == b"":
        wrongs.append(what + ": no message")
    text = result.err.decode("utf-8", "replace")
    if "\ufffd" in text:
        wrongs.append(what + ": a message that is not UTF-8")
    bad = around.controls(text)
    if bad:
        wrongs.append("%s: a message with %s in it" % (what, bad))
    for line in text.split("\n"):
        if line != "" and not line.startswith("xzbundle: "):
            wrongs.append("%s: a message without the program's name: %s" %
                          (what, ascii(line[:200])))
            break
    complain_output(result, wrongs, what)


def complain_output(result, wrongs, what):
    """stdout: of check, a line for each rule that was broken."""
    if result.out and (what != "check" or result.status == 0):
        wrongs.append(what + ": output: " + ascii(result.out[:80]))
    bad = around.controls(result.out.decode("utf-8", "replace"))
    if bad:
        wrongs.append("%s: output with %s in it" % (what, bad))
    # What is over the size that is read ends in the middle of a line.
    for line in result.out.split(b"\n")[:-1]:
        if len(line.split(b"  ")) < 3:
            wrongs.append("%s: no rule, member and text: %s" %
                          (what, ascii(line[:80])))
            break


def verdict_of(result):
    if result.timed_out:
        return "error (over %d s)" % TIMEOUT
    if result.status < 0:
        return "error (signal %d)" % -result.status
    return CLASSES.get(result.status, "error (status %d)" % result.status)


def classed(row, result, args):
    """Return what is said instead of the expected class, or None."""
    got = verdict_of(result)
    if row.expected == "xz-ok":
        if not got.startswith(("error", "corrupt")):
            return None
        if got == "corrupt" and args.xz_layer is not None:
            probe = running.run([args.xz_layer, row.path], None, TIMEOUT)
            if probe.status == 0:
                return None
    elif got in row.expected.split("|"):
        return None
    message = result.err.decode("utf-8", "replace").strip()
    return "expected %s, got %s: %s" % (
        row.expected, got, ascii(message[:200])[1:-1] or "no message")


def expected_tree(row):
    """Return {name: (mode, digest)} of NAME.expect, or None."""
    path = re.sub(r"\.tar\.xz$", "", row.path) + ".expect"
    if not os.path.isfile(path):
        return None
    with open(path, encoding="utf-8") as f:
        cells = [line.rstrip("\n").split("\t", 2) for line in f]
    return {name: (int(mode, 8), digest) for mode, digest, name in cells}


def look_at_tree(row, out, wrongs):
    """What came out: types and modes, and the names if they are known."""
    if not os.path.isdir(out):
        wrongs.append("status 0, and there is no directory")
        return
    tree, strange = around.tree(out)
    wrongs.extend("came out: " + s for s in strange[:5])
    expected = expected_tree(row)
    if expected is not None and tree != expected:
        different = sorted(ascii(name) for name in set(tree) | set(expected)
                           if tree.get(name) != expected.get(name))
        wrongs.append("came out otherwise than expected: " +
                      " ".join(different[:5]))


def extract(row, place, args, existing):
    """Run extract in a new neighbourhood; return (result, wrongs).

    Into an existing directory it is about what failures leave alone."""
    wrongs = []
    victim = args.victim if row.aims else None
    what = "extract into a directory" if existing else "extract"
    around.make(place, victim, args.ids, existing)
    before = around.state(place, victim, existing)
    result = running.run([args.program, "extract", row.path, "-C", "out"],
                         place, TIMEOUT, args.ids)
    after = around.state(place, victim, existing and result.status != 0)
    if existing and result.status == 0:
        out = os.path.join(place, "out")
        before = {p: s for p, s in before.items() if p != out and
                  not p.startswith(out + "/")}
    wrongs.extend("%s: outside: %s" % (what, o)
                  for o in around.compare(before, after)[:5])
    if existing:
        return result, wrongs
    complain_messages(result, wrongs, what)
    out = os.path.join(place, "out")
    if result.status == 0 and row.expected == "ok":
        look_at_tree(row, out, wrongs)
    if result.status != 0 and os.path.lexists(out):
        wrongs.append("failed, and left the destination behind")
    return result, wrongs


def check(row, place, args):
    """Run check, which has to leave everything alone."""
    wrongs = []
    around.make(place, None, args.ids, False)
    before = around.state(place, None, True)
    result = running.run([args.program, "check", row.path], place, TIMEOUT,
                         args.ids)
    complain_messages(result, wrongs, "check")
    wrongs += ["check: changed: " + o for o in around.compare(
        before, around.state(place, None, True))[:5]]
    return result, wrongs


def judge(job):
    """Judge one row."""
    row, args = job
    results, wrongs = [], []
    runs = [lambda place: extract(row, place, args, False),
            lambda place: check(row, place, args)]
    if args.existing:
        runs.append(lambda place: extract(row, place, args, True))
    with around.locked(args.work if row.aims else None):
        for run in runs:
            place = around.fresh(args.work)
            result, bad = run(place)
            around.remove(place)
            results.append(result)
            wrongs += bad
    said = [classed(row, r, args) for r in results[:2]]
    if said[0] == said[1] is not None:
        wrongs.insert(0, said[0])
    else:
        wrongs[:0] = ["%s: %s" % pair for pair in
                      zip(("extract", "check"), said) if pair[1] is not None]
    rss = max(r.rss for r in results)
    seconds = max(r.seconds for r in results)
    notes = []
    if rss > NOTE_RSS:
        notes.append("%d MiB" % (rss >> 10))
    if seconds > NOTE_TIME:
        notes.append("%.1f s" % seconds)
    return Verdict(row.file, wrongs, notes, rss, seconds)


def report(verdicts):
    """Print what is wrong, and the summary; return the exit status."""
    misjudged = 0
    for v in verdicts:
        name = re.sub(r"\.tar\.xz$", "", v.file)
        if v.notes:
            print("note: %s: %s" % (name, ", ".join(v.notes)))
        misjudged += bool(v.wrongs)
        for wrong in v.wrongs:
            print("%s: %s" % (name, wrong))
    if not verdicts:
        print("0 judged: nothing to judge")
        return 1
    most = max(verdicts, key=lambda v: v.rss)
    slow = max(verdicts, key=lambda v: v.seconds)
    print("%d judged, %d misjudged, peak memory %d MiB (%s), slowest %.1f s "
          "(%s)" % (len(verdicts), misjudged, most.rss >> 10, most.file,
                    slow.seconds, slow.file))
    return 1 if misjudged else 0


def arguments():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--corpus", required=True)
    parser.add_argument("--manifest", required=True)
    parser.add_argument("--user")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--only")
    parser.add_argument("--existing", action="store_true")
    parser.add_argument("--victim")
    parser.add_argument("--xz-layer")
    parser.add_argument("--others", action="store_true")
    args = parser.parse_args()
    args.program = os.path.abspath(args.program)
    if not os.access(args.program, os.X_OK):
        parser.error("%s cannot be run" % args.program)
    if args.victim is None:
        args.victim = around.victim_of(args.corpus)
    args.ids = running.user_ids(args.user)
    return args


def main():
    args = arguments()
    rows = read_manifest(args)
    with tempfile.TemporaryDirectory(prefix="xzbundle-judge.") as work:
        os.chmod(work, 0o755)
        args.work = work
        try:
            # New processes often: their memory is the least that is measured.
            with multiprocessing.Pool(args.jobs, None, (), FRESH) as pool:
                verdicts = pool.map(judge, [(r, args) for r in rows], 1)
                status = report(verdicts)
                if args.others:
                    others.table(pool, rows, args)
        finally:
            around.remove_victim(args.victim)
    return status


if __name__ == "__main__":
    sys.exit(main())
