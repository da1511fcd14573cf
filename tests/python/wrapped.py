"""The wrapped form of scripts against the scripts, with every Python there is.

usage: wrapped.py PROGRAM [GROUP...]

Works in the current directory.  A script is run at some path, and then its
wrapped form at the very same path: what they print, on either stream, and
their status have to be the same.  The groups are the functions of GROUPS;
without one, all.  With XZBUNDLE_TEST_BIG=1 every script is run by every Python,
not by one of them in turn, what is listed of the library of each Python is
tried, not what is small of the first one's, every byte is spoilt, and times are
printed.

SPDX-License-Identifier: BSD-2-Clause
"""
import concurrent.futures
import glob
import hashlib
import itertools
import os
import pathlib
import pickle
import re
import resource
import shutil
import signal
import subprocess
import sys
import tarfile
import threading
import time
import zipfile

import wrapcases
import wrapfigures
import wraplibrary

BIG = os.environ.get("XZBUNDLE_TEST_BIG") == "1"
TOP = pathlib.Path.cwd()
OLDEST = (3, 8)
TIMEOUT = 120 if not BIG else 900
SCRIPTS = 32            # of the library, to be quick
MODULES = 12
DEFAULT = ("--effort", "default")
program = os.path.abspath(sys.argv[1])
jobs = concurrent.futures.ThreadPoolExecutor(max(2, os.cpu_count() or 1))
numbers = itertools.count()
NOTE = re.compile(rb": is \d+ bytes, no more than|seems to read the script's own")
newest = None           # of the Pythons; it compiles what is wrapped
lock = threading.Lock()
failures = 0
runs = 0


def fail(what):
    global failures
    with lock:
        failures += 1
        print("wrapped: " + what, flush=True)


class Python:
    """An interpreter, its version and the directory of its library."""

    def __init__(self, path, version, library, text):
        self.path = path
        self.version = version
        self.library = pathlib.Path(library)
        self.text = text
        self.name = "%d.%d.%d" % version


def is_text(path):
    with open(path, "rb") as f:
        return f.read(2) == b"#!"


def pythons():
    """Those of this machine, each once; the one that runs this is first."""
    names = [sys.executable] + sorted(glob.glob("/usr/bin/python3*"))
    for folder in os.environ.get("PATH", "").split(":"):
        names += sorted(glob.glob(os.path.join(folder, "python3*")))
    names += sorted(glob.glob(os.path.expanduser(
        "~/.pyenv/versions/*/bin/python3")))
    asks = ("import sys, sysconfig; print(repr((sys.executable, tuple("
            "sys.version_info[:3]), sysconfig.get_path('stdlib'), "
            "sys.version)))")
    found, seen = [], set()
    for name in names:
        real = os.path.realpath(name)
        if real in seen or not re.fullmatch(r"python3(\.\d+)?",
                                            os.path.basename(name)):
            continue
        seen.add(real)
        if is_text(real):       # it would start one that is found anyway
            continue
        answer = subprocess.run([name, "-I", "-c", asks], text=True,
                                stdout=subprocess.PIPE,
                                stderr=subprocess.DEVNULL)
        if answer.returncode == 0:
            one = Python(*eval(answer.stdout))
            same = [p for p in found if p.text == one.text]
            if one.version >= OLDEST and not same:
                found.append(one)
    return found[:1] + sorted(found[1:], key=lambda p: p.version)


def some(found, turn, n=1):
    """All of them, or to be quick n, by turns."""
    if BIG or len(found) <= n:
        return found
    return [found[(turn + i * len(found) // n) % len(found)]
            for i in range(n)]


def scratch(name=""):
    """A new empty directory."""
    path = TOP / ("%s%d" % (name, next(numbers)))
    path.mkdir()
    return path


def environment(**more):
    kept = {k: v for k, v in os.environ.items()
            if not k.startswith(("PYTHON", "XZBUNDLE"))}
    kept.update(HOME=str(TOP), TERM="dumb", COLUMNS="80", BROWSER="false",
                PYTHONHASHSEED="0")
    kept.update(more)
    return kept


def run(argv, stdin=b"", cwd=None, **environ):
    """What it prints on both streams, and its status."""
    global runs
    with lock:
        runs += 1
    try:
        done = subprocess.run(
            [str(a) for a in argv], input=stdin, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, cwd=cwd and str(cwd), timeout=TIMEOUT,
            env=environment(**environ))
    except subprocess.TimeoutExpired:
        return b"", b"no end after %d s" % TIMEOUT, "timeout"
    return done.stdout, done.stderr, done.returncode


# --- what the program makes ---

forms = {}


def wrap(source, *options):
    """The wrapped form of a script, made once.

    Any Python will do for it that knows the script's syntax; the search for
    what is smallest takes long and is short where it does not matter.
    """
    if "--effort" not in options:
        options += ("--effort", "fast")
    if "--python" not in options:
        options += ("--python", newest.path)
    key = hashlib.sha256(source).digest(), options
    with lock:
        if key in forms:
            return forms[key]
    folder = scratch("wrap")
    (folder / "in.py").write_bytes(source)
    out, err, status = run([program, "wrap", folder / "in.py", "-o",
                            folder / "out.py", "-T1", *options])
    # That it became no smaller, or reads its own file.
    err = b"".join(line for line in err.splitlines(True)
                   if not NOTE.search(line))
    made = None
    if status != 0 or err:
        fail("wrap: status %s, %s: %s" % (
            status, err.decode(errors="replace").strip(), source[:60]))
    else:
        made = (folder / "out.py").read_bytes()
        (folder / "out.py").unlink()
    with lock:
        forms[key] = made
    return made


def wrap_all(sources):
    """Wraps them side by side; with equal ones once."""
    list(jobs.map(wrap, {hashlib.sha256(s).digest(): s
                         for s in sources}.values()))


def first_difference(a, b):
    a, b = a.splitlines(), b.splitlines()
    for i, (x, y) in enumerate(itertools.zip_longest(a, b, fillvalue="")):
        if x != y:
            return "line %d: %.300s\n    instead of: %.300s" % (i + 1, y, x)
    return "line ends"


def compare(what, original, wrapped, change=None, allowed=frozenset()):
    """Two results of run() have to be the same, or a test fails."""
    for name, x, y in zip(("stdout", "stderr"), original, wrapped):
        x, y = (re.sub(r"0x[0-9a-f]{6,}|(?<=tests in )[0-9.]+", "N",
                       t.decode(errors="replace")) for t in (x, y))
        if change:
            other = {line for line in y.splitlines()
                     if line.startswith("    ")} - set(x.splitlines())
            other = {line for line in other - allowed
                     if line.strip(" ^~")}
            if other:
                fail("%s: not of the script: %.300r" % (what, sorted(other)))
                return
            x, y = change(x), change(y)
        if x != y:
            fail("%s: %s: %s" % (what, name, first_difference(x, y)))
            return
    if original[2] != wrapped[2]:
        fail("%s: status %s instead of %s" % (what, wrapped[2], original[2]))


def payload_pieces(wrapped):
    """The beginning, the middle and the end of what no one wants to see."""
    line = max(wrapped.decode("latin-1").split("\n"), key=len).strip()
    return [line[i:i + 12] for i in (1, 12, len(line) // 2, len(line) - 40)]


def both(what, path, source, wrapped, execute, change=None, allowed=set()):
    """Run the two forms at one path and compare them."""
    if wrapped is None:
        return
    results = []
    for form in source, wrapped:
        shutil.rmtree(path.parent / "__pycache__", ignore_errors=True)
        path.write_bytes(form)
        results.append(execute())
    seen = b"".join(results[1][:2]).decode(errors="replace")
    if any(piece in seen for piece in payload_pieces(wrapped)):
        fail("%s: the payload is shown" % what)
    compare(what, *results, change, allowed)


def parallel(tasks):
    """Each task is a function and its arguments."""
    for done in [jobs.submit(*task) for task in tasks]:
        done.result()


# --- scripts that are run ---

def one_mode(python, case, mode):
    name, argv, environ, cwd = mode
    folder = scratch("run")
    path = folder / (case.name + ".py")

    def place(text):
        return (text.replace("DIRNAME", folder.name).replace(
            "DIR", str(folder)).replace("FILE", str(path)).replace(
            "NAME", case.name))

    environ = {k: place(v) for k, v in environ.items()}
    environ.update(case.environ)
    command = [python.path] + case.options + [place(a) for a in argv] + \
        case.args
    loose = case.loose and (lambda text: case.loose(text, python.version))
    # What is not text would be worse than a line too many.
    allowed = {"    " + line.strip() for line in (
        case.source + b"\n" + (wrap(case.source) or b"")).decode(
            "latin-1").split("\n") if line.isascii() and line.isprintable()}
    if case.loader or name in wrapcases.LOADER_SHOWS:
        loose = without_loader(loose)
    both("%s, %s, %s" % (python.name, case.name, name), path, case.source,
         wrap(case.source),
         lambda: run(command, case.stdin, place(cwd) if cwd else TOP,
                     **environ), loose, allowed)
    shutil.rmtree(folder)


def without_loader(loose):
    """Where a traceback does not begin with the script, the loader's calls
    show, or those of what runs the script do not.

    No hook is set in a program that only imports the module.  The lines of
    the script have their numbers, and the type and the text are there.
    """
    def change(text):
        text = loose(text) if loose else text
        lines = [line for line in text.splitlines(True)
                 if not line.startswith("    ")]
        loader = re.compile(r'Traceback \(most recent call last\):\n|'
                            r'  File "(.*runpy(\.py|>)", line \d+, in .*|'
                            r'.*\.py", line [1-3], in <module>|'
                            r'<string>", line \d+, in (<module>|f))\n')
        return "".join(line for line in lines if not loader.match(line))
    return change


def behaviour(found):
    """Scripts that do all kinds of things, each with every Python."""
    cases = list(wrapcases.simple()) + list(wrapcases.failing())
    cases = [case for case in cases if newest.version >= case.least]
    wrap_all([case.source for case in cases])
    parallel((one_mode, python, case, wrapcases.MODES[0])
             for i, case in enumerate(cases)
             for python in some([p for p in found
                                 if p.version >= case.runs], i))
    print("behaviour: %d scripts" % len(cases))


def hidden(found):
    """No byte of the payload is ever shown as a line of the script."""
    modes = {mode[0]: mode for mode in wrapcases.MODES}
    cases = list(wrapcases.shown())
    wrap_all([case.source for _, case in cases])
    # Newer ones have their lines from linecache wherever they show some.
    older = [p for p in found if BIG or p.version < (3, 13)]
    parallel((one_mode, python, case, modes[mode])
             for i, (mode, case) in enumerate(cases)
             for python in some(older, i))
    print("hidden: %d scripts" % len(cases))


def modes(found):
    """One script that looks at itself, and others, run in all ways."""
    about = wrapcases.Case("about_mode", wrapcases.ABOUT)
    cases = {c.name: c for c in wrapcases.failing()}
    failing = [cases["chained"]] + ([cases["plain"], cases["own_class"],
                                     cases["feeds"]] if BIG else [])
    wrap_all([about.source] + [c.source for c in failing])
    tasks = []
    for i, mode in enumerate(wrapcases.MODES):
        of_mode = [about] + (failing if mode[0] in wrapcases.FAILING_MODES
                             else [])
        tasks += [(one_mode, python, case, mode)
                  for python in some(found, i)
                  for case in of_mode]
    processes = wrapcases.Case("processes", wrapcases.PROCESSES)
    tasks += [(one_mode, python, processes, wrapcases.MODES[0])
              for python in some(found, 0)]
    parallel(tasks)
    print("modes: %d" % len(wrapcases.MODES))


# --- sources whose bytes matter ---

def many(python, sources, how, options=()):
    """All in one process, by a script that prints what each has."""
    folder = scratch("many")
    results = []
    for form in (lambda s: s), (lambda s: wrap(s, *options)):
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        for name, source in sources:
            made = form(source)
            if made is not None:
                (folder / ("s_%s.py" % name)).write_bytes(made)
        results.append(run([python.path, "-c", wrapcases.RUNS, folder, how]))
    compare("%s, sources, %s %s" % (python.name, how, " ".join(options)),
            *results)
    # A script of the check that fails compares nothing.
    if results[0][2] != 0:
        fail("%s: %s" % (python.name, results[0][1].decode()[-300:]))
    shutil.rmtree(folder)


def sources(found):
    """Encodings, newlines, quotes, and what else a text can have."""
    all_sources = list(wrapcases.encodings(BIG))
    wrap_all([source for _, source in all_sources])
    ways = ["import", "main", "path"]
    parallel((many, python, all_sources, how)
             for i, python in enumerate(some(found, 0, 3))
             for how in (ways if BIG else [ways[i]]))
    if BIG:
        parallel((one_mode, python, wrapcases.Case("s_" + name, source),
                  wrapcases.MODES[0])
                 for name, source in all_sources for python in found)
    print("sources: %d" % len(all_sources))


def encodings(found):
    """Every way to write the payload."""
    names = ["latin1", "crlf", "controls", "quotes", "backslashes", "empty",
             "separator_signs", "utf8", "repeats"]
    if not BIG:
        names = ["controls", "quotes", "utf8"]
    chosen = [(n, s) for n, s in wrapcases.encodings(BIG) if n in names]
    ways = [("--encoding", e) for e in ("latin1", "b85", "ascii")] + [
        ("--check", "crc32"), ("--encoding", "ascii", "--check", "sha256")]
    list(jobs.map(lambda a: wrap(a[0][1], *a[1]),
                  itertools.product(chosen, ways)))
    parallel((many, python, chosen, "main", way)
             for i, way in enumerate(ways) for python in some(found, i))
    for _, source in chosen:
        default = wrap(source)
        for way in ways[:3]:
            made = wrap(source, *way)
            if made and way[1] != "latin1" and not made.isascii():
                fail("--encoding %s is not ASCII" % way[1])
            if made and default and len(made) < len(default):
                fail("%s is smaller, by %d, than the default" % (
                    " ".join(way), len(default) - len(made)))
    print("encodings: %d ways" % len(ways))


# What a wrapped form has decompressed, on standard output.
PAYLOAD = r"""
import bz2, lzma, sys, zlib
class Seen(BaseException):
    pass
def see(data, *more):
    sys.stdout.buffer.write(data)
    raise Seen
bz2.decompress = lzma.decompress = zlib.decompress = see
try:
    exec(compile(sys.stdin.buffer.read(), "wrapped", "exec"), {})
except Seen:
    pass
"""
# The flags of a Stream, see the .xz file format.
CHECKS = {"none": None, "crc32": 1, "crc64": 4, "sha256": 10}


def checks(found):
    """The payload has the check that was asked for."""
    for name, flag in CHECKS.items():
        made = wrap(wrapcases.ABOUT, "--check", name)
        if made is None:
            continue
        out, err, status = run([newest.path, "-c", PAYLOAD], made)
        head = out[:8]
        if status != 0 or len(out) < 100 or (
                head[:6] == b"\xfd7zXZ\0" if flag is None else
                head != b"\xfd7zXZ\0\0" + bytes([flag])):
            fail("--check %s: %r" % (name, head + err))
    print("checks: %d" % len(CHECKS))


def compilers(found):
    """Whichever Python compiles it, the result is the same."""
    for source in [wrapcases.ABOUT] + [wrapcases.USES] * BIG:
        forms = {wrap(source, "--python", python.path) for python in found}
        if len(forms) != 1:
            fail("%d results by %d Pythons" % (len(forms), len(found)))
    print("compilers: %d" % len(found))


# --- the standard library ---

def make_inputs(folder):
    """What the scripts of the library are run with."""
    sample = ('"""A sample.\n\n>>> f(1)\n2\n"""\nimport textwrap\n\n\n'
              'class C:\n    def m(self): pass\n\n\ndef f(x):\n'
              '    """\n    >>> f(2)\n    4\n    """\n    return x + 1\n')
    (folder / "sample.py").write_text(sample)
    (folder / "sample.txt").write_text(">>> 1 + 1\n2\n>>> 2\n3\n")
    (folder / "wrong.py").write_text("if 1:\n\tx = 1\n        y = (\n")
    (folder / "in.txt").write_bytes("caf\u00e9 = ab\nline\n".encode())
    (folder / "in.json").write_text('{"b": [1, 2.5, null], "a": "\u00e9"}')
    (folder / "in.pickle").write_bytes(pickle.dumps([1, {"a": (2, None)}], 2))
    (folder / ".netrc").write_text("machine a login b password c\n")
    (folder / ".netrc").chmod(0o600)
    for name in "folder", "other":
        (folder / name).mkdir()
        (folder / name / "__main__.py").write_text("print('%s')\n" % name)
        (folder / name / "same").write_text("same\n")
    for path in folder.rglob("*"):
        os.utime(path, (10 ** 9, 10 ** 9))
    with tarfile.open(folder / "in.tar", "w") as tar:
        tar.add(folder / "in.txt", "in.txt")
    with zipfile.ZipFile(folder / "in.zip", "w") as z:
        z.write(folder / "in.txt", "in.txt")


def no_times(text):
    return re.sub(r"\d+(\.\d+)?(e-\d+)? (n|u|m)?sec", "N sec", text)


def effort(name):
    return DEFAULT if name in wraplibrary.DEFAULT else ()


def library_script(python, name, source, args):
    folder = scratch("library")
    path = folder / ("lib_" + re.sub(r"\W", "_", name[:-3]) + ".py")

    def execute():
        inside = folder / "w"
        shutil.rmtree(inside, ignore_errors=True)
        inside.mkdir()
        make_inputs(inside)
        quiet = ["-Wignore::DeprecationWarning"] * (
            name in wraplibrary.DEPRECATED)
        return run([python.path] + quiet + [path] + args,
                   wraplibrary.STDIN.get(name, b"1 + 'a'\nquit\n"), inside,
                   HOME=str(inside))

    both("%s, %s %s" % (python.name, name, " ".join(args)), path, source,
         wrap(source, *effort(name)), execute,
         no_times if name in wraplibrary.TIMES else None)
    shutil.rmtree(folder)


def chosen_files(found, names, most):
    """(Python, name, bytes) of files of the library.

    To be quick, the smallest of the first Python, which are wrapped fast; and
    of some of them another's, by turns, if it is the same there.
    """
    first = found[0]
    sizes = {name: (first.library / name).stat().st_size for name in names
             if (first.library / name).is_file()}
    chosen = []
    for turn, name in enumerate(sorted(sizes, key=sizes.get)[:most]):
        source = (first.library / name).read_bytes()
        chosen.append((first, name, source))
        # Every other one in some other Python, each of these in its turn.
        for other in found[1 + turn // 2 % len(found):][:turn % 2]:
            path = other.library / name
            if path.is_file() and path.read_bytes() == source:
                chosen.append((other, name, source))
    return chosen


def all_files(found, names, _):
    return [(python, name, (python.library / name).read_bytes())
            for name in names for python in found
            if (python.library / name).is_file()]


def library(found):
    """Scripts of the standard library."""
    table = {entry[0]: entry[1:] for entry in wraplibrary.SCRIPTS}
    chosen = (all_files if BIG else chosen_files)(found, table, SCRIPTS)
    list(jobs.map(lambda a: wrap(a[0], *a[1]), sorted(
        {(source, effort(name)) for _, name, source in chosen},
        key=lambda a: (len(a[1]), len(a[0])), reverse=True)))
    parallel((library_script, python, name, source, args)
             for python, name, source in chosen
             if python.version >= wraplibrary.SINCE.get(name, OLDEST)
             for args in (table[name] if BIG else table[name][:1]))
    used = {name for python, name, _ in chosen if python is found[0]}
    print("library: %d scripts of %s, %d runs" % (
        len(used), found[0].name, len(chosen)))
    if len(used) < 30:
        fail("fewer than 30 scripts of the library of " + found[0].name)


def library_imports(python, files):
    """Modules under other names, in one process."""
    folder = scratch("modules")
    names, results = [], []
    for wrapped in False, True:
        shutil.rmtree(folder / "__pycache__", ignore_errors=True)
        for name, source in files:
            module = "m_" + re.sub(r"\W", "_", name[:-3])
            form = wrap(source) if wrapped else source
            if form is not None:
                (folder / (module + ".py")).write_bytes(form)
                names.append(module)
        for _ in range(2):      # from the source, from the cache
            results.append(run([python.path, "-c", wraplibrary.IMPORTS] +
                               sorted(set(names)), PYTHONPATH=str(folder)))
    for i in range(2):
        compare("%s, modules" % python.name, results[i], results[i + 2])
    if results[0][2] != 0:
        fail("%s: %s" % (python.name, results[0][1].decode()[-300:]))
    shutil.rmtree(folder)


def modules(found):
    """Modules of the standard library."""
    names = ["%s.py" % name for name in wraplibrary.MODULES]
    chosen = (all_files if BIG else chosen_files)(found, names, MODULES)
    wrap_all([source for _, _, source in chosen])
    parallel((library_imports, python,
              [(n, s) for p, n, s in chosen if p is python])
             for python in found)
    print("modules: %d, %d different" % (
        len(chosen), len({source for _, _, source in chosen})))


# --- what is spoilt ---

FLIPPED = b"""import sys
sys.stdout.write("the first line\\n")
def middle(n):
    sys.stdout.write("line %d of the middle\\n" % n)
for i in range(3):
    middle(i)
sys.stdout.write("the last line\\n")
"""
# Runs each of many spoilt forms; prints those that went wrong.  They run in one
# process, since what is spoilt ends with an exception or runs as it should.
SPOILER = r'''
import io, linecache, os, pickle, signal, sys, warnings
good, expected, changes = pickle.load(open(sys.argv[1], "rb"))
hooks = sys.excepthook, sys.__excepthook__, sys.unraisablehook
real = sys.stdout
class Late(BaseException):
    pass
def late(*_):
    raise Late
signal.signal(signal.SIGALRM, late)
def one(source):
    sys.stdout = sys.stderr = io.StringIO()
    signal.alarm(10)
    try:
        exec(compile(source, sys.argv[1], "exec"),
             {"__name__": "__main__", "__file__": sys.argv[1]})
        status = 0
    except SystemExit as e:
        status = e.code or 0
    except BaseException as e:
        status = type(e)
    signal.alarm(0)
    out, sys.stdout, sys.stderr = sys.stdout.getvalue(), real, sys.__stderr__
    sys.excepthook, sys.__excepthook__, sys.unraisablehook = hooks
    linecache.clearcache()
    return out, status
warnings.simplefilter("ignore")
if one(good) != (expected, 0):
    print("the original does not run", one(good))
same = 0
for at, value in changes:
    source = bytearray(good)
    source[at] = value
    out, status = one(bytes(source))
    if (out, status) == (expected, 0):
        same += 1
    elif out or status in (0, Late, MemoryError):
        print("byte %d, value %d: status %s, %r" % (at, value, status, out))
print(len(changes), same)
'''


def spoil(python, way, changes):
    folder = scratch("spoilt")
    made = wrap(FLIPPED, *way)
    if made is None:
        return
    expected = run([python.path, "-c", FLIPPED.decode()])[0].decode()
    parts = []
    for part in range(2):
        path = folder / str(part)
        path.write_bytes(pickle.dumps(
            (made, expected, changes(made)[part::2]), 4))
        parts.append(jobs.submit(run, [python.path, "-c", SPOILER, path]))
    for part in parts:
        out, err, status = part.result()
        lines = out.decode(errors="replace").splitlines() or ["nothing"]
        if status != 0 or not re.fullmatch(r"\d+ \d+", "\n".join(lines)):
            fail("%s, flipped, %s: %s %s" % (
                python.name, " ".join(way), "\n".join(lines[:-1][:5]),
                err.decode(errors="replace")[-300:]))


def flips(data):
    """Every bit, or one of each byte."""
    return [(i, data[i] ^ 1 << bit) for i in range(len(data))
            for bit in (range(8) if BIG else [(i * 5 + i // 8) % 8])]


def values(data):
    """Every value of the bytes that are not of the payload."""
    text = [i for i in range(len(data)) if i < 90 or i > len(data) - 30]
    return [(i, v) for i in text for v in range(256) if v != data[i]]


def spoilt(found):
    """With --check crc32 a script runs as it is, or not at all."""
    ways = [("--check", "crc32", "--encoding", "latin1"),
            ("--check", "crc32", "--encoding", "b85")]
    for python in found if BIG else found[:1]:
        for way in ways:
            spoil(python, way, flips)
            if BIG:
                spoil(python, way, values)


# --- what is refused ---

def refused(found):
    """Scripts that cannot be wrapped, and what is said of them."""
    folder = scratch("refused")

    def check(what, expected, *argv, status=1):
        out, err, have = run([program, "wrap", "--python", newest.path, *argv],
                             cwd=folder)
        text = err.decode(errors="replace")
        if have != status or out or not re.search(expected, text):
            fail("%s: status %s, %r" % (what, have, text))
        if any(not line.startswith("xzbundle: ")
               for line in text.splitlines()):
            fail("%s: a message without the program's name: %r" % (what,
                                                                   text))
        if (folder / "out.py").exists():
            fail("%s: a file was made" % what)
            (folder / "out.py").unlink()

    bad = {
        "syntax": (b"x = 1\nif x\n    y = 1\n", "bad.py: line 2"),
        "indent": (b"def f():\n    a\n  b\n", "bad.py: line 3"),
        "last": (b"x = 1\n\n\ny = (\n", "bad.py: line 4"),
        "crlf": (b"x = 1\r\n\r\nif\r\n", "bad.py: line 3"),
        "future": (b"x = 1\nfrom __future__ import annotations\n",
                   "bad.py: line 2"),
        "return": (b"x = 1\n\nreturn x\n", "bad.py: line 3"),
        "nul": (b"x = 1\ny = '\0'\n", "bad.py.*(NUL|null)"),
        "cookie": (b"# coding: no-such-code\nx = 1\n", "bad.py.*no-such-code"),
        "not_utf8": (b"x = 1\ny = '\xe9'\n", "bad.py"),
        "binary": (bytes(range(256)) * 9, "bad.py"),
        "bom_cookie": (b"\xef\xbb\xbf# coding: latin-1\nx = 1\n", "bad.py"),
        "ascii": (b"# coding: ascii\nx = '\xc3\xa9'\n", "bad.py"),
    }
    for name, (source, expected) in bad.items():
        (folder / "bad.py").write_bytes(source)
        check(name, expected, "bad.py", "-o", "out.py", status=5)
    (folder / "good.py").write_bytes(b"print(1)\n")
    check("missing", "missing.py.*No such file", "missing.py", "-o", "out.py")
    check("directory", "folder", "folder", "-o", "out.py")
    (folder / "folder").mkdir()
    check("directory", "folder.*[Dd]irectory|folder.*regular", "folder", "-o",
          "out.py")
    check("no folder", "none/out.py.*No such file|none.*No such file",
          "good.py", "-o", "none/out.py")
    check("encoding", "encoding.*no-such|no-such.*encoding", "good.py",
          "--encoding", "no-such", "-o", "out.py", status=2)
    check("nothing", ".", status=2)
    if os.geteuid() != 0:
        (folder / "good.py").chmod(0)
        check("unreadable", "good.py.*Permission", "good.py", "-o", "out.py")
        (folder / "good.py").chmod(0o644)
    # A script that is refused leaves what was there.
    (folder / "bad.py").write_bytes(bad["syntax"][0])
    (folder / "old.py").write_bytes(b"print(2)\n")
    check("kept", "bad.py: line 2", "bad.py", "-o", "old.py", status=5)
    if (folder / "old.py").read_bytes() != b"print(2)\n":
        fail("a script that is refused has replaced another file")
    print("refused: %d" % len(bad))


def figures(found):
    """The sizes that are promised."""
    wrapfigures.sizes(found[0], wrap, jobs, BIG, fail)


def startup(found):
    """How long it takes to the first line; only where that is asked for."""
    wrapfigures.times(found[0], wrap, scratch("startup"))


GROUPS = [figures, behaviour, hidden, modes, encodings, checks, compilers,
          library, spoilt, refused]
SLOW = [sources, modules, startup]      # by name, or if there is time


def processor_time():
    return sum(sum(resource.getrusage(who)[:2]) for who in (
        resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))


def main():
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    global newest
    found = pythons()
    newest = max(found, key=lambda p: p.version)
    wanted = sys.argv[2:]
    groups = GROUPS + [group for group in SLOW
                       if BIG or group.__name__ in wanted]
    for group in groups:
        if not wanted or group.__name__ in wanted:
            start = time.monotonic(), processor_time()
            group(found)
            print("  %.1f s, %.1f of a processor" % (
                time.monotonic() - start[0], processor_time() - start[1]),
                flush=True)
    print("pythons: %d (%s), %d runs" % (
        len(found), ", ".join(p.name for p in found), runs))
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
