"""How large wrapped scripts are, and how long they take to start, for wrapped.py.

SPDX-License-Identifier: BSD-2-Clause
"""
import base64
import lzma
import statistics
import subprocess
import time

RAW = [{"id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME}]
# The pattern that this is to be smaller than.
PATTERN = ('import lzma,base64;exec(lzma.decompress(base64.b85decode("%s"),'
           'format=lzma.FORMAT_RAW,filters=[{"id":lzma.FILTER_LZMA2}]))')
LEAST = 20000           # bytes of scripts for which it is
MOST_RAW = 1.03         # of the raw LZMA2 data
MOST_PATTERN = 0.83     # of the pattern
# To be quick: a script, the effort, and then what it may be at most.
QUICK = [
    ("gzip.py", "default", MOST_RAW, MOST_PATTERN),
    ("calendar.py", "fast", 1.06, 0.84),
    ("base64.py", "fast", 1.06, 0.84),
]


def scripts(library):
    """(name, bytes) of all that are large enough, but tests."""
    for path in sorted(library.rglob("*.py")):
        name = str(path.relative_to(library))
        if set(path.parts) & {"test", "tests", "idle_test", "site-packages",
                              "dist-packages"}:
            continue
        source = path.read_bytes()
        if len(source) >= LEAST:
            yield name, source


def ratios(source, made):
    raw = lzma.compress(source, format=lzma.FORMAT_RAW, filters=RAW)
    pattern = len(PATTERN % base64.b85encode(raw).decode())
    return len(raw), pattern, len(made) / len(raw), len(made) / pattern


def sizes(python, wrap, jobs, big, fail):
    entries = [(name, (python.library / name).read_bytes(), *rest)
               for name, *rest in QUICK if (python.library / name).is_file()]
    if big:
        entries = [(name, source, "default", MOST_RAW, MOST_PATTERN)
                   for name, source in scripts(python.library)]
    forms = list(jobs.map(lambda e: wrap(e[1], "--effort", e[2]), entries))
    rows = []
    for (name, source, _, most_raw, most_pattern), made in zip(entries,
                                                               forms):
        if made is None:
            continue
        raw, pattern, of_raw, of_pattern = ratios(source, made)
        rows.append((of_raw, of_pattern))
        over = of_raw > most_raw or of_pattern > most_pattern
        if big:
            print("%8d %8d %8d %8d  %.4f %.4f  %s%s" % (
                len(source), raw, pattern, len(made), of_raw, of_pattern,
                name, "  over" * over))
        if over:
            fail("%s is %.4f of raw LZMA2, %.4f of base 85" % (
                name, of_raw, of_pattern))
    if rows:
        print("sizes: %d scripts, at most %.4f of raw LZMA2 and %.4f of base "
              "85" % (len(rows), max(r[0] for r in rows),
                      max(r[1] for r in rows)))


# --- times ---

RUNS = 20


def median(run):
    """Of the milliseconds that it takes."""
    taken = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        taken.append(1000 * (time.perf_counter() - start))
    return statistics.median(taken)


def times(python, wrap, folder):
    """To the first line of scripts, which ends them.

    Beside it: Python that does nothing, what decompression takes, and the
    script as it was, which Python has to compile as well.
    """
    print("startup: median of %d, ms: nothing, decompress, script, wrapped; "
          "wrapped above nothing and decompress" % RUNS)
    path = folder / "startup.py"
    for name in "mimetypes.py", "http/server.py", "tarfile.py":
        source = b"raise SystemExit\n" + (python.library / name).read_bytes()
        made = wrap(source, "--effort", "default")
        raw = lzma.compress(source, format=lzma.FORMAT_RAW, filters=RAW)

        def execute(*argv):
            subprocess.run([python.path, *argv], check=True)

        nothing = median(lambda: execute("-c", "pass"))
        decompress = median(lambda: lzma.decompress(
            raw, format=lzma.FORMAT_RAW, filters=RAW))
        path.write_bytes(source)
        script = median(lambda: execute(path))
        path.write_bytes(made)
        wrapped = median(lambda: execute(path))
        print("  %6d bytes: %5.1f %5.1f %5.1f %5.1f; %5.1f" % (
            len(source), nothing, decompress, script, wrapped,
            wrapped - nothing - decompress))
