"""Tests of contrib/python/capsule.

usage: XZBUNDLE=PROGRAM test_capsule.py [-v] [CLASS[.TEST]...]

Capsules are put together here from the fragments, of bundles that the program
makes, and run by each Python that is found.  XZBUNDLE_TEST_BIG=1 tries more.

SPDX-License-Identifier: BSD-2-Clause
"""
import builtins
import functools
import glob
import json
import lzma
import os
import random
import re
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import unittest
import warnings
import zipimport
import zlib

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
FRAGMENTS = os.path.join(HERE, "..", "..", "contrib", "python", "capsule")
PROGRAM = os.environ["XZBUNDLE"]
BIG = os.environ.get("XZBUNDLE_TEST_BIG") == "1"
PACKINGS = ["bits", "base3", "bitmask", "planes", "rans"]
LIMIT_PLAIN, LIMIT_PACKED = 550, 1400


def pythons():
    """This one, and one of each version from 3.8 on."""
    found = {sys.version_info[:2]: sys.executable}
    folders = sorted(glob.glob(os.path.expanduser(
        "~/.pyenv/versions/*/bin"))) + os.environ["PATH"].split(":")
    for folder in folders:
        for path in glob.glob(os.path.join(folder, "python3.*")):
            version = re.fullmatch(r"python3\.(\d+)", os.path.basename(path))
            if version and int(version[1]) >= 8 and \
                    (3, int(version[1])) not in found and subprocess.call(
                        [path, "-c", "import lzma"],
                        stderr=subprocess.DEVNULL) == 0:
                found[3, int(version[1])] = path
    return [found[version] for version in sorted(found)]


PYTHONS = pythons()
FEW = PYTHONS if BIG else sorted({PYTHONS[0], PYTHONS[-1]})


# --- putting capsules together ---

def fragment(name):
    with open(os.path.join(FRAGMENTS, name + ".py")) as f:
        return f.read()


def unpacker(packings, numpy=False):
    coded = ["field"] if set(packings) & {"rans", "planes"} else []
    names = ["n" + p if numpy else p for p in PACKINGS if p in packings]
    if numpy:
        names = ["nunpack"] + names + ["nwords", "original"]
        coded = ["../loader/field"] * len(coded)
        return "".join(fragment(name) for name in coded + names)
    string = ["string"] if set(packings) - {"base3"} else []
    names = ["packed"] + string + coded + ["unpack"] + names + [
        "words", "original"]
    return "".join(fragment(name) for name in names)


class How:
    """What a capsule is to be like."""
    def __init__(self, main="main.py", top="", text=False, memory=False,
                 folder=None, keep=False, signals=True, packed=(),
                 packings=PACKINGS, numpy=False):
        self.main, self.top, self.text, self.memory = main, top, text, memory
        self.folder, self.keep, self.signals = folder, keep, signals
        self.packed, self.packings, self.numpy = packed, packings, numpy

    def names(self):
        if self.memory:
            names = ["memory"]
        else:
            names = ["base"] + ["signal"] * self.signals + ["files"]
        names += ["close"] * (not self.text)
        if self.memory:
            return names + ["inside"] * bool(self.top) + ["member"]
        return (names + ["keep"] * self.keep + ["top"] * bool(self.top) +
                ["run"])

    def loader(self):
        source = "".join(fragment(name) for name in self.names())
        if self.packed:
            source = unpacker(self.packings, self.numpy) + source
        out = "__file__"
        if not self.text:
            out = "__file__[:-12]" if self.memory else "f.name"
        for key, value in (
                ("DIR", self.folder and "dir=%r" % self.folder), ("OUT", out),
                ("UNPACK", self.packed and "[bytes,u][n in%r]" % (
                    self.packed,)),
                ("MAIN", repr(self.main)),
                ("PREFIX", self.top and "%r+" % (self.top + "/")),
                ("TOP", repr("/" * self.memory + self.top)),
                ("FRAMES", ".tb_next" * (2 if self.text else 4))):
            source = source.replace("@%s@" % key, value or "")
        return source.rstrip("\n")


@functools.lru_cache(None)
def deflate(data):
    """The smallest zlib stream of it."""
    return min((c.compress(data) + c.flush() for c in (
        zlib.compressobj(9, 8, 15, memory, strategy)
        for memory in range(1, 10) for strategy in (0, 1, 4))), key=len)


def zipped(stub):
    """A zip with a __main__.py, which is alone in it.  That is one block with
    fixed codes: with others, or if it were stored, one wrong byte can make it
    empty or end it early, so that nothing runs and nobody tells."""
    c = zlib.compressobj(9, 8, -15, 9, zlib.Z_FIXED)
    data, name = c.compress(stub) + c.flush(), b"__main__.py"
    common = struct.pack("<HHHHHIIIHH", 20, 0, 8, 0, 33, zlib.crc32(stub),
                         len(data), len(stub), len(name), 0)
    local = b"PK\3\4" + common + name + data
    return local, b"PK\1\2" + struct.pack("<H", 20) + common + struct.pack(
        "<HHHII", 0, 0, 0, 0, 0) + name


def literal(data):
    """A string literal of Latin-1."""
    special = {0: "\\0", 10: "\\n", 13: "\\r", 92: "\\\\", 39: "\\'"}
    text = "".join(special.get(byte, chr(byte)) for byte in data)
    return "'" + re.sub(r"\\0(?=[0-7])", r"\\x00", text) + "'"


def capsule(bundle, how):
    """(the file, how many bytes of it are the bundle and the loader)"""
    loader = deflate(how.loader().encode())
    decode = "\n [exec(__import__('zlib').decompress(%s[-%d:]))]\n"
    if how.text:
        text = "#coding:l1\nfor p in[%s.encode('l1')]:" % literal(
            bundle + loader) + decode % ("p", len(loader))
        return text.encode("latin1"), 0
    # The stub has the size of what it is in.  If none has its own, there are
    # bytes more before the zip, which nothing reads.
    for size in range(150, 1000):
        stub = "with open(__file__[:-12],'rb')as f:" + decode.rstrip() % (
            "(p:=f.read())", len(loader) + size)
        local, central = zipped(stub.encode())
        end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, 1, 1, len(central),
                                      len(local), 0)
        rest = local + central + end
        if len(rest) <= size:
            break
    return bundle + loader + bytes(size - len(rest)) + rest, len(
        bundle + loader)


# --- what is wrapped ---

REPORT = '''# A main script that tells what it sees.
from __future__ import annotations
"""no doc"""
import sys
NAMES = sorted(globals())
import atexit, dataclasses, glob, inspect, json, os, pickle, stat
import helper, pkg.sub, space.mod

class Thing:
    pass

@dataclasses.dataclass
class Data:
    x: int = 1

def double(x):
    return 2 * x

class Late:
    def __call__(self):
        open("left", "w").close()
        pickle.dumps(Thing())

def modes():
    all = {}
    for folder, folders, files in os.walk("."):
        for name in folders + files:
            path = os.path.join(folder, name)
            if "__pycache__" not in path:
                all[path] = oct(os.stat(path).st_mode), os.path.isfile(
                    path) and open(path, "rb").read().hex()
    return all

def main():
    module = sys.modules["__main__"]
    report = {
        "names": NAMES, "name": __name__, "spec": __spec__,
        "package": __package__, "doc": __doc__,
        "builtins": type(__builtins__).__name__, "main": vars(module) is
        globals(), "file": os.path.relpath(__file__),
        "absolute": os.path.isabs(__file__), "argv": sys.argv,
        "path": os.path.relpath(sys.path[0]), "stdin": sys.stdin.read(),
        "pickle": type(pickle.loads(pickle.dumps(Thing()))) is Thing,
        "data": repr(Data()), "source": inspect.getsource(double),
        "helper": inspect.getsource(helper), "sub": pkg.sub.WHO,
        "space": space.mod.WHO, "umask": os.umask(18), "flags":
        [sys.flags.optimize, sys.flags.isolated], "modes": modes(),
        "cwd": os.path.basename(os.getcwd()) if len(sys.argv) > 9 else 0,
        "fds": len(os.listdir("/proc/self/fd")), "asserts": __debug__}
    atexit.register(Late())
    if "spawn" in sys.argv:
        import multiprocessing
        for kind in sys.argv[sys.argv.index("spawn"):]:
            with multiprocessing.get_context(kind).Pool(1) as pool:
                report[kind] = pool.map(double, [1, 2])
    if os.fork() == 0:
        sys.exit(0)
    os.wait()
    report["still"] = os.path.exists(__file__)
    print(json.dumps(report, indent=1))
    sys.exit(3)

if __name__ == "__main__":
    main()
'''

BOOM = '''import helper
def inner():
    helper.fail("inner")
try:
    inner()
except ValueError:
    raise KeyError("outer")
'''

MEMORY = '''import sys, os, inspect, pickle, pkgutil, importlib
import helper, pkg.sub, space.mod
class Thing:
    pass
def double(x):
    return 2 * x
assert __file__.endswith("/OUT.py/sub/memory.py"), __file__
assert sys.argv == [__file__, "a"] and __spec__ is None
assert sys.modules["__main__"].__dict__ is globals()
assert type(pickle.loads(pickle.dumps(Thing()))) is Thing
assert inspect.getsource(double).startswith("def double")
assert inspect.getsource(helper).startswith("# help"), "helper"
assert inspect.getsource(pkg.sub.who).startswith("def who")
assert pkg.sub.WHO == "pkg.sub" and space.mod.WHO == "space.mod"
assert pkgutil.get_data("pkg", "data.txt") == b"text\\n"
assert pkg.__path__ == [os.path.join(sys.path[0], "pkg")], pkg.__path__
assert {m.name for m in pkgutil.iter_modules(pkg.__path__)} <= {"sub"}
import wave, colorsys
assert "/OUT.py" not in wave.__file__  # there is a folder without modules
assert colorsys.__file__ == os.path.join(sys.path[0], "colorsys.py")
sys.path.append(os.path.join(os.path.dirname(__file__), "..", "lib"))
import far
assert far.__file__.endswith("/OUT.py/lib/far.py")
for name in "none", "pkg.none", "space.none":
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as e:
        assert e.name == name
    else:
        raise AssertionError(name)
with open_member("sub/pkg/data.txt") as f:
    assert f.seek(2) == 2 and f.read() == b"xt\\n"
with open_member(os.path.join(os.path.dirname(__file__), "helper.py")) as f:
    assert f.read(6) == b"# help"
try:
    open_member("sub/none")
except FileNotFoundError as e:
    assert "sub/none" in str(e)
else:
    raise AssertionError
assert open_member("big").read() == bytes(100000)
print("fine", os.getcwd())
helper.fail("at last")
'''

HELPER = '''# help
import __main__


def fail(text):
    raise ValueError(text)
'''


def tree(folder):
    """A folder with a bit of all."""
    for name, text in (
            ("main.py", REPORT), ("boom.py", BOOM), ("helper.py", HELPER),
            ("pkg/__init__.py", "WHO = __name__\n"), ("space/mod.py",
            "WHO = __name__\n"), ("pkg/sub.py", "WHO = __name__\ndef who():\n"
            "    return WHO\n"), ("pkg/data.txt", "text\n"), ("tool", "#!x\n"),
            ("sub/memory.py", MEMORY), ("sub/wave/x", "x"),
            ("sub/colorsys.py", ""), ("lib/far.py", "1\n"),
            ("a/b/c/\u00e9" + 110 * "x", "long"), ("empty", "")):
        path = os.path.join(folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as f:
            f.write(text)
    for name in "helper.py", "pkg", "space":
        (shutil.copytree if name != "helper.py" else shutil.copy)(
            os.path.join(folder, name), os.path.join(folder, "sub", name))
    with open(os.path.join(folder, "big"), "wb") as f:
        f.write(bytes(100000))
    os.mkdir(os.path.join(folder, "void"))
    os.chmod(os.path.join(folder, "tool"), 0o755)


def bundle_of(folder, name="bundle", options=(), paths=(".",)):
    path = os.path.join(folder, "..", name + ".tar.xz")
    subprocess.run([PROGRAM, "create", "--chain", "*=1", "-C", folder, "-o",
                    path, *options, *paths], check=True)
    with open(path, "rb") as f:
        return f.read()


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = os.path.realpath(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.tree = os.path.join(cls.folder, "tree")
        os.mkdir(cls.tree)
        tree(cls.tree)
        cls.bundle = bundle_of(cls.tree)

    def setUp(self):
        self.temporary = tempfile.mkdtemp(dir=self.folder)
        self.out = os.path.join(self.folder, "OUT.py")

    def env(self):
        env = dict(os.environ, TMPDIR=self.temporary)
        for name in list(env):
            if name.startswith("PYTHON"):
                del env[name]
        return dict(env, PYTHONDONTWRITEBYTECODE="1")

    def run_it(self, python, args, cwd, text=""):
        return subprocess.run(
            [python, *args], cwd=cwd, env=self.env(), input=text.encode(),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def plain(self, python, args, flags=()):
        """The script in a folder, extracted."""
        folder = os.path.join(self.folder, "plain")
        if os.path.exists(folder):
            shutil.rmtree(folder)
        subprocess.run([PROGRAM, "extract", os.path.join(
            self.folder, "bundle.tar.xz"), "-C", folder], check=True)
        return self.run_it(python, [*flags, *args], folder, "input")

    def wrapped(self, python, how, args=(), flags=(), text="input"):
        with open(self.out, "wb") as f:
            f.write(capsule(self.bundle, how)[0])
        result = self.run_it(python, [*flags, "OUT.py", *args], self.folder,
                             text)
        if not how.keep:
            self.assertEqual(os.listdir(self.temporary), [])
        return result

    def each(self):
        for python in FEW:
            for text in False, True:
                yield python, text


class Layout(Case):
    def same(self, got, want, text):
        self.assertEqual(got.stderr, want.stderr, text)
        self.assertEqual(got.returncode, want.returncode, text)
        got, want = json.loads(got.stdout), json.loads(want.stdout)
        # What nobody needs, and what a folder that was made by others has.
        for name in "__annotations__", "__cached__":
            for report in got, want:
                if name in report["names"]:
                    report["names"].remove(name)
        want["absolute"] = True
        if got["flags"][1]:
            want["path"] = "."
        for key in want:
            self.assertEqual(got[key], want[key], key)

    def test_same(self):
        for number, python in enumerate(PYTHONS):
            args = ["a b", "-x"] + (
                ["spawn", "fork", "forkserver"] if BIG else ["spawn"] *
                (python == sys.executable))
            flags = ["-O"] * (number % 2)
            want = self.plain(python, ["main.py", *args], flags)
            for text in [False, True] if python in FEW else [False]:
                self.same(self.wrapped(python, How(text=text), args, flags),
                          want, (python, text))

    def test_isolated(self):
        for python in FEW[-1:]:
            for text in False, True:
                got = self.wrapped(python, How(text=text), flags=["-I"])
                self.assertEqual(got.returncode, 3, got.stderr)
                self.assertEqual(json.loads(got.stdout)["path"], ".")

    def test_traceback(self):
        want = {}
        for python, text in self.each():
            got = self.wrapped(python, How(main="boom.py", text=text))
            self.assertEqual(got.returncode, 1)
            if python not in want:
                want[python] = self.plain(python, ["boom.py"])
            text = want[python].stderr.decode().replace(
                self.folder + "/plain/", "")
            got = re.sub(re.escape(self.temporary) + "/[^/]*/", "",
                         got.stderr.decode())
            self.assertEqual(got, text)
            self.assertIn("helper.fail", got)

    def script(self, source, how=None, args=(), **more):
        """Run one script that is a bundle of its own."""
        folder = tempfile.mkdtemp(dir=self.folder)
        with open(os.path.join(folder, "main.py"), "w") as f:
            f.write(source)
        before = self.bundle
        self.bundle = bundle_of(folder, os.path.basename(folder))
        try:
            return self.wrapped(sys.executable, how or How(), args, **more)
        finally:
            self.bundle = before

    def test_interrupt(self):
        for text in False, True:
            got = self.script("import os, signal\nos.kill(os.getpid(), 2)\n"
                              "import time; time.sleep(9)\n", How(text=text))
            self.assertEqual(got.returncode, -signal.SIGINT)
            self.assertTrue(got.stderr.endswith(b"KeyboardInterrupt\n"))

    def test_signal(self):
        for number in 1, 15:
            for text in False, True:
                got = self.script(
                    "import os, time\nos.kill(os.getpid(), %d)\n"
                    "time.sleep(9)\n" % number, How(text=text))
                self.assertEqual((got.returncode, got.stderr), (-number, b""))
        # In a child it ends the child alone.
        got = self.script(
            "import os, time\npid = os.fork()\nif pid == 0:\n"
            "    os.kill(os.getpid(), 15)\n    time.sleep(9)\n"
            "print(os.waitpid(pid, 0)[1], os.path.exists(__file__))\n")
        self.assertEqual(got.stdout, b"15 True\n")

    def test_syntax(self):
        got = self.script("x = = 1\n")
        self.assertEqual(got.returncode, 1)
        self.assertNotIn(b"Traceback", got.stderr)
        self.assertIn(b"main.py\", line 1", got.stderr)

    def test_old_folder(self):
        got = self.script("import os; print(os.environ['OLDPWD'])")
        self.assertEqual(got.stdout.decode(), self.folder + "\n")

    def test_coding(self):
        folder = tempfile.mkdtemp(dir=self.folder)
        with open(os.path.join(folder, "main.py"), "wb") as f:
            f.write(b"# coding: latin1\r\nprint(len('\xe9'))\r\n")
        self.bundle = bundle_of(folder, "coding")
        self.assertEqual(self.wrapped(sys.executable, How()).stdout, b"1\n")

    def test_top(self):
        self.bundle = bundle_of(self.folder, "top", paths=("tree",))
        for text in False, True:
            got = self.wrapped(sys.executable, How(top="tree", text=text))
            self.assertEqual(got.returncode, 3, got.stderr)
            got = json.loads(got.stdout)
            self.assertEqual((got["file"], got["path"], got["argv"]), (
                "main.py", ".", ["main.py"]))
            self.assertIn("./pkg/sub.py", got["modes"])
        got = self.wrapped(sys.executable, How(main="tree/main.py"))
        got = json.loads(got.stdout)
        self.assertEqual((got["file"], got["path"], got["argv"]), (
            "tree/main.py", "tree", ["tree/main.py"]))

    def test_parents(self):
        """Folders that are no members."""
        self.bundle = bundle_of(self.tree, "parts", paths=(
            "main.py", "helper.py", "pkg/__init__.py", "pkg/sub.py",
            "space/mod.py"))
        old = os.umask(0o77)
        try:
            got = self.wrapped(sys.executable, How())
        finally:
            os.umask(old)
        got = json.loads(got.stdout)
        self.assertEqual(got["modes"]["./pkg"], ["0o40755", False])
        self.assertEqual(got["umask"], 0o77)

    def test_keep_and_folder(self):
        for text in False, True:
            place = tempfile.mkdtemp(dir=self.folder)
            name = os.path.relpath(place, self.folder)
            got = self.wrapped(sys.executable, How(text=text, folder=name,
                                                   keep=True))
            self.assertEqual(got.returncode, 3, got.stderr)
            self.assertEqual(len(os.listdir(place)), 1)
            with open(os.path.join(place, os.listdir(place)[0],
                                   "main.py")) as f:
                self.assertEqual(f.read(), REPORT)
            place = tempfile.mkdtemp(dir=self.folder)
            self.wrapped(sys.executable, How(text=text, folder=place))
            self.assertEqual(os.listdir(place), [])

    def failed(self, got, *words):
        self.assertEqual(got.returncode, 1)
        text = got.stderr.decode()
        self.assertRegex(text, r"\A(\S*/)?OUT\.py: [^\n]*\n\Z")
        self.assertEqual(got.stdout, b"")
        for word in words:
            self.assertIn(word, text)

    def test_errors(self):
        for text in False, True:
            for keep in False, True:
                self.failed(self.wrapped(sys.executable, How(
                    text=text, keep=keep, folder="missing/dir")),
                    "missing/dir/", "No such file")
                with open(self.out, "wb") as f:
                    f.write(capsule(self.bundle, How(text=text, keep=keep))[0])
                got = subprocess.run(
                    ["bash", "-c", 'ulimit -f 50; exec "$@"', "x",
                     sys.executable, "OUT.py"], cwd=self.folder,
                    env=self.env(), stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE, stderr=subprocess.PIPE)
                self.failed(got, ": big:", "File too large")
                self.assertEqual(os.listdir(self.temporary), [])

    def test_runpy(self):
        """Run by another script, as a path."""
        with open(self.out, "wb") as f:
            f.write(capsule(self.bundle, How())[0])
        code = "import runpy; runpy.run_path('OUT.py', run_name='__main__')"
        for python in FEW:
            got = self.run_it(python, ["-c", code], self.folder)
            self.assertEqual(got.returncode, 3, got.stderr)
            self.assertEqual(json.loads(got.stdout)["argv"], ["main.py"])
            self.assertEqual(os.listdir(self.temporary), [])

    def test_other_folder(self):
        with open(self.out, "wb") as f:
            f.write(capsule(self.bundle, How())[0])
        got = self.run_it(sys.executable, ["../OUT.py"], self.temporary)
        self.assertEqual(got.returncode, 3, got.stderr)


class Memory(Case):
    def test_memory(self):
        for python, text in self.each():
            got = self.wrapped(python, How(main="sub/memory.py", text=text,
                                           memory=True), ["a"])
            self.assertEqual(got.stdout.decode(), "fine %s\n" % self.folder,
                             got.stderr.decode())
            self.assertEqual(got.returncode, 1)
            lines = got.stderr.decode().splitlines()
            self.assertEqual(lines[0], "Traceback (most recent call last):")
            self.assertIn('OUT.py/sub/memory.py", line', lines[1])
            self.assertIn('    helper.fail("at last")', lines)
            self.assertIn("    raise ValueError(text)", lines)
            self.assertEqual(lines[-1], "ValueError: at last")

    def test_top(self):
        self.bundle = bundle_of(self.folder, "top", paths=("tree",))
        source = MEMORY.replace("/OUT.py/", "/OUT.py/tree/")
        with open(os.path.join(self.tree, "sub", "memory.py"), "w") as f:
            f.write(source)
        self.bundle = bundle_of(self.folder, "top", paths=("tree",))
        tree(tempfile.mkdtemp(dir=self.folder))
        got = self.wrapped(sys.executable, How(
            main="sub/memory.py", top="tree", memory=True), ["a"])
        self.assertIn(b"fine", got.stdout, got.stderr.decode())
        with open(os.path.join(self.tree, "sub", "memory.py"), "w") as f:
            f.write(MEMORY)


class Flips(Case):
    """One byte is another one."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = os.path.join(cls.folder, "small")
        os.mkdir(folder)
        with open(os.path.join(folder, "main.py"), "w") as f:
            f.write("print('ran')\n")
        cls.bundle = bundle_of(folder, "small")

    def check(self, data):
        """An error, or all is as it was."""
        with open(self.out, "wb") as f:
            f.write(data)
        got = self.run_it(sys.executable, ["-S", "-E", "OUT.py"], self.folder)
        self.assertEqual(os.listdir(self.temporary), [])
        if got.returncode == 0:
            self.assertEqual((got.stdout, got.stderr), (b"ran\n", b""))
        else:
            self.assertEqual((got.returncode, got.stdout), (1, b""))
            self.assertTrue(got.stderr)
        return got

    def test_payload(self):
        rng = random.Random(1)
        data = capsule(self.bundle, How())[0]
        for _ in range(1000 if BIG else 8):
            at = rng.randrange(len(self.bundle))
            got = self.check(data[:at] + bytes([
                data[at] ^ 1 << rng.randrange(8)]) + data[at + 1:])
            if got.returncode:
                self.assertRegex(got.stderr, br"\A\S*OUT.py: unpacking: .*\n\Z")

    def test_bits_of_the_rest(self):
        for text in False, True:
            data, at = capsule(self.bundle, How(text=text))
            places = range(8 * at, 8 * len(data))
            if not BIG:
                places = random.Random(2).sample(places, 8)
            for place in places:
                changed = bytearray(data)
                changed[place >> 3] ^= 1 << (place & 7)
                self.check(bytes(changed))

    def changes(self, data, places):
        """All other bytes, or those with one other bit."""
        for place in places:
            for byte in range(256):
                flipped = bin(byte ^ data[place]).count("1")
                if flipped == 1 or (flipped > 1 and BIG):
                    yield place, (data[:place] + bytes([byte]) +
                                  data[place + 1:])

    def runs(self, source, path):
        """The loaders that a stub gets to run, or None if it fails."""
        def only(name, mode):
            if not isinstance(name, str):
                raise OSError("a descriptor")
            return open(name, mode)

        ran = []
        names = dict(vars(builtins), open=only, exec=ran.append)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(compile(source, "stub", "exec"), {
                    "__file__": path, "__builtins__": names})
        except Exception:
            return None
        return ran

    def stub_of(self, data):
        """What Python runs of a zip."""
        path = os.path.join(self.folder, "stub.py")
        with open(path, "wb") as f:
            f.write(data)
        zipimport._zip_directory_cache.clear()
        return zipimport.zipimporter(path).get_data(path + "/__main__.py")

    def zip(self, data):
        """All bytes behind the loader, by zipimport alone.  If the stub is
        another one, it fails, or runs the same loader."""
        path = os.path.join(self.folder, "stub.py", "__main__.py")
        want = self.runs(self.stub_of(data), path)
        self.assertEqual(len(want), 1)
        fine = 0
        at = data.rindex(b"PK\3\4")
        for place, changed in self.changes(data, range(at, len(data))):
            try:
                source = self.stub_of(changed)
            except Exception:
                continue  # and as a text it is none
            ran = self.runs(source, path)
            if ran is not None:
                self.assertEqual(ran, want, (place, source))
                fine += 1
        self.assertGreater(fine, 0)

    def text(self, data):
        """The same of all bytes but some of the literal."""
        want = self.runs(data, "x")
        self.assertEqual(len(want), 1)
        first, last = data.index(b"["), data.rindex(b"]:")
        places = [*range(first + 9), *range(last - 60, len(data))]
        for place, changed in self.changes(data, places):
            ran = self.runs(changed, "x")
            if ran is not None:
                self.assertEqual(ran, want, (place, changed))

    def test_stub(self):
        self.zip(capsule(self.bundle, How())[0])
        self.text(capsule(self.bundle, How(text=True))[0])

    def test_program(self):
        """What the program makes."""
        for name in "zip", "latin1", "ascii", "b85":
            for folder in ["small", "tree"] if BIG else ["small"]:
                subprocess.run([
                    PROGRAM, "wrap", "--bundle", os.path.join(
                        self.folder, folder, "..", {"tree": "bundle"}.get(
                            folder, folder) + ".tar.xz"), "--main", "main.py",
                    "--encoding", name, "-o", self.out], check=True,
                    stdout=subprocess.DEVNULL)
                with open(self.out, "rb") as f:
                    data = f.read()
                with self.subTest(encoding=name):
                    (self.zip if name == "zip" else self.text)(data)
                    if name == "zip":
                        self.says_where(data)
                os.unlink(self.out)

    def says_where(self, data):
        """Those who read bundles are told which part of it is one."""
        for command in "check", "list":
            ran = subprocess.run([PROGRAM, command, self.out],
                                 stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
            self.assertEqual(ran.returncode, 4)
            found = re.search(rb"first (\d+) bytes are the bundle",
                              ran.stderr)
            self.assertTrue(found, ran.stderr)
            lzma.decompress(data[:int(found[1])])


class Packed(Case):
    def test_program(self):
        """What the program packs, and how it is unpacked in a capsule."""
        folder = os.path.join(self.folder, "weights")
        os.mkdir(folder)
        rng = random.Random(3)
        raw = {"a": ("I8", [90, 100], bytes(
            int(rng.gauss(0, 5)) & 255 for _ in range(9000))), "b": (
            "BF16", [4000], struct.pack("<4000f", *(
                rng.gauss(0, 1) for _ in range(4000)))[:8000]),
            "c": ("I8", [4444], bytes(rng.choice((0, 1, 255))
                                      for _ in range(4444)))}
        header, at = {"__metadata__": {"x": "\u00e9\n"}}, 0
        for name, (dtype, shape, data) in raw.items():
            header[name] = {"dtype": dtype, "shape": shape,
                            "data_offsets": [at, at + len(data)]}
            at += len(data)
        text = json.dumps(header, separators=(",", ":"),
                          ensure_ascii=False).encode()
        text += b" " * (-len(text) % 8)
        path = os.path.join(folder, "m.safetensors")
        with open(path, "wb") as f:
            f.write(struct.pack("<Q", len(text)) + text +
                    b"".join(data for _, _, data in raw.values()))
        with open(path, "rb") as f:
            crc = zlib.crc32(f.read())
        with open(os.path.join(folder, "main.py"), "w") as f:
            f.write("import zlib\ntry:\n f = open_member('m.safetensors')\n"
                    "except NameError:\n f = open('m.safetensors', 'rb')\n"
                    "with f:\n print(zlib.crc32(f.read()))\n")
        self.bundle = bundle_of(folder, "weights", ["--pack"])
        for python in FEW:
            for memory in False, True:
                got = self.wrapped(python, How(packed=("m.safetensors",),
                                               memory=memory))
                self.assertEqual(got.stdout.decode(), "%d\n" % crc,
                                 got.stderr.decode())

    @unittest.skipUnless(BIG, "takes ten seconds")
    def test_packer(self):
        """Odd files."""
        try:
            import packer
        except ImportError:
            self.skipTest("numpy")
        for seed in range(20 if BIG else 1):
            folder = tempfile.mkdtemp(dir=self.folder)
            subprocess.run([sys.executable, packer.__file__, "--odd", folder,
                            "--seed", str(seed)], check=True,
                           stdout=subprocess.DEVNULL)
            end = "\nimport glob, sys\n" \
                "for n in glob.glob(sys.argv[1] + '/*.safetensors'):\n" \
                " a = open(n, 'rb').read()\n" \
                " b = open(n[:-11] + 'original', 'rb').read()\n" \
                " print(n) if u(a) != b else 0\n"
            self.assertTrue(glob.glob(folder + "/*.safetensors"))
            for python, numpy in [(sys.executable, True)] + [
                    (python, False) for python in (FEW if BIG else FEW[1:])]:
                source = unpacker(PACKINGS, numpy) + end
                got = self.run_it(python, ["-c", source, folder], folder)
                self.assertEqual((got.stderr.decode(), got.stdout.decode()),
                                 ("", ""))


class Size(unittest.TestCase):
    def test_size(self):
        def size(**how):
            return len(deflate(How(**how).loader().encode()))

        plain = size(main="train_gpt.py", signals=False)
        packed = size(main="train_gpt.py", packed=("model.safetensors",),
                      packings=PACKINGS) - size(main="train_gpt.py")
        print("capsule: loader %d, with signals %d, in memory %d, packed %d "
              "more (%s)" % (plain, size(main="train_gpt.py"), size(
                  main="train_gpt.py", memory=True), packed, ", ".join(
                      "%s %d" % (p, size(
                          main="train_gpt.py", packed=("model.safetensors",),
                          packings=[p]) - size(main="train_gpt.py"))
                      for p in PACKINGS)))
        data, _ = capsule(b"", How(main="train_gpt.py"))
        print("capsule: zip %d in all" % len(data))
        self.assertLessEqual(plain, LIMIT_PLAIN)
        self.assertLessEqual(packed, LIMIT_PACKED)


if __name__ == "__main__":
    sys.path.insert(0, HERE)
    unittest.main()
