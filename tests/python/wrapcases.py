"""Scripts whose wrapped form has to run as they do, for wrapped.py.

A case is a name, the bytes of a script, and how it is run: the interpreter's
options, the script's arguments, its standard input.  The scripts end, fail and
look at themselves in all the ways that a loader could spoil.

SPDX-License-Identifier: BSD-2-Clause
"""


class Case:
    """One script, and one way to run it with some or all Pythons."""

    def __init__(self, name, source, args=(), options=(), stdin=b"",
                 least=(3, 8), runs=(3, 8), environ=None, loose=None,
                 loader=False):
        self.name = name
        self.source = source if isinstance(source, bytes) else source.encode()
        self.args = list(args)
        self.options = list(options)
        self.stdin = stdin
        self.least = least      # the first version that compiles it
        self.runs = runs        # the first one to run it with
        self.environ = environ or {}
        self.loose = loose      # a function (text, version) -> text, or None
        self.loader = loader    # its calls may be in the script's tracebacks


# What a script can see of itself.  It prints, so that one process is many
# checks; wrapped.py runs it in all the modes.
ABOUT = b'''#!/usr/bin/env python3
"""The text that __doc__ has."""
from __future__ import annotations

import inspect
import linecache
import os
import sys

NAMES = sorted(globals())
ORDER = list(globals())


def annotated(x: not_defined_anywhere) -> list[int]:
    """Its own text."""
    assert x > 0
    return [x]


class Kept:
    """A class."""
    number: int = 1

    def method(self):
        return (self.number +
                1)


print(__name__, os.path.basename(__file__), os.path.isabs(__file__))
print(sys.argv, len(sys.path), __doc__, __debug__)
print(NAMES, ORDER)
print(__package__, type(__loader__), __spec__ and __spec__.name)
print(annotated.__annotations__, annotated.__doc__, Kept.__annotations__)
print(annotated.__module__, Kept.__module__, Kept.__qualname__)
print(annotated.__code__.co_filename == __file__,
      annotated.__code__.co_firstlineno, annotated.__code__.co_flags)
print(inspect.getsource(annotated))
print(inspect.getsourcelines(Kept.method))
if __name__ in sys.modules:
    print(inspect.getsourcelines(Kept))
    print(inspect.getsource(sys.modules[__name__]))
    print(inspect.getsourcefile(Kept) == __file__)
print([linecache.getline(__file__, i) for i in range(60)])
print(inspect.getmodule(annotated))
try:
    print(annotated(0))
except AssertionError as e:
    print("assert", e.__traceback__.tb_lineno)
print(sys.flags, sys.excepthook.__call__ is not None, sys.gettrace())
print(sys.getrecursionlimit(), sys.warnoptions, sys.dont_write_bytecode)
print(locals() is globals())
print(eval("1 if True else x"), eval(compile("__name__", "x", "eval")))
exec("def inner(y: also_not_defined): pass")
print(inner.__annotations__)
'''

# What prints on stderr while the script goes on.
SPEAKS = b'''import logging
import sys
import traceback
import warnings


def inner(n):
    return 1 / (
        n
    )


def outer(n):
    try:
        return inner(n)
    except ZeroDivisionError as e:
        raise ValueError("outer") from e


try:
    outer(0)
except ValueError:
    traceback.print_exc()
    logging.exception("logged")
    logging.getLogger("x").error("with", exc_info=True)
    print(traceback.format_exc())
try:
    outer(0)
except ValueError as e:
    sys.excepthook(type(e), e, e.__traceback__)
    e.__traceback__ = e.__cause__ = e.__context__ = None
    sys.excepthook(type(e), e, None)
warnings.warn("of the module")
def warns():
    warnings.warn("of a function", DeprecationWarning, stacklevel=2)
warnings.simplefilter("always")
warns()
with warnings.catch_warnings(record=True) as w:
    warns()
    print(w[0].filename == __file__, w[0].lineno, w[0].category)
try:
    compile("x = = 1", "<made>", "exec")
except SyntaxError:
    traceback.print_exc()
traceback.print_tb(None)
def stack():
    traceback.print_stack(limit=2)
    print(traceback.extract_stack()[-1])
def caller():
    stack()
caller()
print(sys._getframe().f_lineno, sys._getframe().f_code.co_name)
'''

# What uses the module __main__ or its file.
USES = b'''"""Doctests of the module.

>>> half(4)
2.0
"""
import atexit
import dataclasses
import enum
import pickle
import sys
import threading
import typing
import unittest


@dataclasses.dataclass(order=True)
class Point:
    x: int
    y: "typing.List[int]" = dataclasses.field(default_factory=list)


class Colour(enum.Enum):
    RED = 1


class Tuple(typing.NamedTuple):
    a: int


def half(n):
    """
    >>> half(3)
    1.5
    >>> half("x")
    Traceback (most recent call last):
    TypeError: unsupported operand type(s) for /: 'str' and 'int'
    """
    return n / 2


def wrong(n):
    """
    >>> wrong(1)
    2
    """
    return n


class Tests(unittest.TestCase):
    def test_good(self):
        self.assertEqual(half(2), 1)

    def test_bad(self):
        self.assertEqual(half(2),
                         2, "deliberate")

    def test_error(self):
        with self.subTest(n=1):
            raise KeyError("deliberate")


if __name__ == "__main__":
    import doctest
    for o in Point(1), Colour.RED, half, Tests, Tuple(1):
        again = pickle.loads(pickle.dumps(o))
        print(again == o, pickle.dumps(o, 0))
    print(typing.get_type_hints(Point), Point(1) < Point(2))
    print(doctest.testmod(), doctest.testmod().attempted)
    seen = []
    threads = [threading.Thread(target=seen.append, args=(half(i),))
               for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    print(sorted(seen))
    atexit.register(print, "at exit", flush=True)
    print(sys.stdin.read().upper())
    print(sys.modules["__main__"].half is half, "half" in vars(
        __import__("__main__")))
    unittest.main(argv=["tests", "-v"])
'''

PROCESSES = b'''import multiprocessing
import os
import sys


class Item:
    def __init__(self, n):
        self.n = n


def work(item):
    return Item(item.n * 2), __name__, os.path.basename(__file__)


def fails(n):
    raise ValueError(n)


print("loaded as", __name__, flush=True)
if __name__ == "__main__":
    for method in "fork", "spawn":
        with multiprocessing.get_context(method).Pool(1) as pool:
            print(method, [(i.n, a, b) for i, a, b in
                           pool.map(work, [Item(1), Item(2)])], flush=True)
            try:
                pool.apply(fails, (3,))
            except ValueError as e:
                print(str(e.__cause__).replace(sys.prefix, ""))
'''


HOOK_THREAD = '''import _thread
import sys
import time


def inner(n):
    return 1 / n


def middle(n):
    return inner(n)


def hands_over(n):
    try:
        middle(n)
    except ZeroDivisionError as e:
        sys.excepthook(type(e), e, e.__traceback__)
    done.append(1)


done = []
_thread.start_new_thread(hands_over, (0,))
while not done:
    time.sleep(0.01)


def generates():
    try:
        middle(0)
    except ZeroDivisionError as e:
        kept.append(e)
    yield


kept = []
list(generates())
for e in kept:
    sys.excepthook(type(e), e, e.__traceback__)
'''


def simple():
    """Scripts that end in some way; each is run by every Python."""
    yield Case("uses", USES, stdin="text \u00e9\n".encode())
    yield Case("speaks", SPEAKS)
    yield Case("exit_number", "import sys\nprint(1)\nsys.exit(3)\n")
    yield Case("exit_text", "import sys\nsys.exit('text \u00e9')\n")
    yield Case("os_exit", "import os\nprint(1, flush=True)\nos._exit(7)\n")
    yield Case("interrupt", "import os, signal, time\n"
               "print('first', flush=True)\n"
               "os.kill(os.getpid(), signal.SIGINT)\ntime.sleep(5)\n")
    yield Case("terminate", "import os, signal, time\n"
               "os.kill(os.getpid(), signal.SIGTERM)\ntime.sleep(5)\n")
    yield Case("system_exit", "raise SystemExit\n")
    yield Case("division", "'''A docstring'''\n"
               "from __future__ import division, annotations\n"
               "def f(x: y): pass\n"
               "print(1/2, f.__annotations__, __doc__)\n")
    yield Case("no_docstring", "x = 1\nprint(__doc__, sorted(globals()))\n"
               "print([k for k in globals() if k[0] != '_'])\n")
    yield Case("annotation", "x: int = 1\nprint(__annotations__)\n"
               "print(list(globals()))\n")


def failing():
    """Scripts that end with an exception which nothing has caught."""
    yield Case("plain", "def a():\n    b()\n\ndef b():\n    1/0\n\n\na()\n")
    yield Case("first_line", "1/0")
    yield Case("own_class", "class E(Exception):\n    class Inner(Exception):"
               "\n        pass\n\ndef f():\n    try:\n        raise E('a', 1)\n"
               "    except E:\n        raise E.Inner('b\\nc')\nf()\n", loose=older_hook)
    yield Case("chained", "# Not on the loader's lines.\n\n\n\n\ndef f(n):\n"
               "    try:\n        {}[n]\n"
               "    except KeyError as e:\n"
               "        raise ValueError(\n            n) from e\n\n\n"
               "try:\n    f(1)\nexcept ValueError:\n"
               "    raise RuntimeError('last')\n")
    yield Case("suggested", "import sys\nnumber = 1\n"
               "def f():\n    counter = 1\n    return conuter\n"
               "try:\n    f()\nexcept NameError as e:\n"
               "    sys.excepthook(type(e), e, e.__traceback__)\nnumbre\n",
               loose=older_hook)
    yield Case("multi_line", "def f(*a):\n    raise ValueError(\n"
               "        'x',\n        a,\n    )\n\n\n"
               "x = [1,\n     2,\n     f(1,\n       2)]\n")
    yield Case("recursion", "def f(n):\n    return f(n + 1) + 1\n\n\nf(0)\n",
               loose=depth)
    yield Case("deep", "def f(n):\n    if n == 0:\n"
               "        raise KeyError(n)\n    f(n - 1)\nf(20)\n")
    yield Case("compiled", "text = 'x = 1\\nif x\\n    y\\n'\n"
               "compile(text, 'other.py', 'exec')\n")
    yield Case("executed", "exec('def g():\\n  1/0\\n')\ng()\n")
    yield Case("imports", "import no_such_module_anywhere\n")
    yield Case("text_fails", "class E(Exception):\n"
               "    def __str__(self):\n        raise KeyError\nraise E\n",
               loose=older_hook)
    yield Case("wide", "# \u00e9\nx = '\u4e2d\u6587'; y = '\u00e9'; "
               "raise ValueError(x + y)\n")
    yield Case("tabbed", "if 1:\n\tif 1:\n\t\tx = 1; 1/0\n")
    yield Case("feeds", "x = 1\n\x0c\ndef f():\n    1/0  # here\n\x0c\n"
               "y = '\x1c \x1d \x1e \x85 \u2028 \x0b'\nf()  # there\n")
    yield Case("group", "def f():\n    raise ExceptionGroup('g', [\n"
               "        ValueError(1), KeyError(2)])\ntry:\n    f()\n"
               "except Exception as e:\n    e.add_note('noted')\n    raise\n",
               runs=(3, 11))
    # A hook of the script's own is given the calls of the loader as well.
    yield Case("own_hook", "import sys\n"
               "def hook(t, e, tb):\n    print('hook', t, e)\n"
               "    while tb.tb_next:\n        tb = tb.tb_next\n"
               "    print(tb.tb_lineno, sys.__excepthook__ is not hook)\n"
               "sys.excepthook = hook\n\n1/0\n")
    yield Case("hook_twice", "import sys\nold = sys.excepthook\n"
               "def hook(t, e, tb):\n    print('hook', flush=True)\n"
               "    old(t, e, tb)\nsys.excepthook = hook\n"
               "def f():\n    1/0\nf()\n")
    yield Case("hook_reset", "import sys\nsys.excepthook = "
               "sys.__excepthook__\n\n\ndef f():\n    1/0\n\n\nf()\n",
               loader=True)
    # (With another traceback than the exception's, C code shows the latter.)
    yield Case("hook_none", "import sys\n"
               "sys.excepthook(ValueError, ValueError(1), None)\n"
               "print('on')\n")
    yield Case("hook_thread", HOOK_THREAD)
    yield Case("in_thread", "import threading, time\n\n\n"
               "def f():\n    time.sleep(0)\n    raise ValueError(1)\n\n\n"
               "t = threading.Thread(target=f, name='T')\n"
               "t.start()\nt.join()\nprint('on')\n", loose=without_lines)
    yield Case("in_del", "class A:\n    def __del__(self):\n"
               "        self.missing\n\n\na = A()\ndel a\nprint('on')\n",
               loose=without_lines)
    yield Case("at_exit", "import atexit\n\n\n@atexit.register\n"
               "def f():\n    raise ValueError(1)\n\n\nprint('on')\n",
               loose=without_lines)
    # Python's traceback prints on standard output then.
    yield Case("no_stderr", "import sys\nsys.stderr = None\n1/0\n",
               loose=lambda text, version: "")
    yield Case("syntax_warning", "def f(x):\n    y = 1\n"
               "    return x is 1\n\n\nprint(f(1))\n", loose=without_lines)
    yield Case("warning_error", "def f(x):\n    y = 1\n"
               "    return x is 1\n\n\nprint(f(1))\n",
               options=["-W", "error"], loose=without_lines, loader=True)
    yield Case("newer_syntax", "def f(x):\n    match x:\n"
               "        case 1:\n            return type[x]\n\n\n"
               "print(f(1))\n", least=(3, 10), runs=(3, 8),
               loose=without_lines, loader=True)


def shown():
    """(mode, script) that let CPython up to 3.12 show what is on a line of the
    file instead of the script's, not only where the script has few lines."""
    many = "".join("x = %d\n" % i for i in range(80))
    for name, mode, source in [
        ("thread", "script", "import threading\ndef f():\n"
         "    raise ValueError(1)\nt = threading.Thread(target=f)\n"
         "t.start()\nt.join()\nprint('on')\n"),
        ("del", "script", "class A:\n    def __del__(self):\n"
         "        self.missing\nA()\nprint('on')\n"),
        ("import", "import", "x = 1\ny = 2\n1/0\n"),
        ("call", "import", "def f():\n    if 1:\n        1/0\nf()\n"),
        ("over", "import", "x = (\n    1 +\n    1/0 +\n    1)\n"),
        ("reset", "script", "import sys\n"
         "sys.excepthook = sys.__excepthook__\n1/0\n"),
    ]:
        yield mode, Case("shown_" + name, source, loose=without_lines,
                         loader=True)
        yield mode, Case("shown_%s_many" % name, source + many,
                         loose=without_lines, loader=True)


def depth(text, version):
    """The loader's frames count for the limit of the recursion."""
    import re
    return re.sub(r"repeated \d+ more times", "repeated N more times", text)


def older_hook(text, version):
    """The loader's hook is Python's traceback, not the interpreter's C code.

    Up to 3.10 it names classes of __main__ without their module, where C code
    does, and has other words for an exception that has no text; in 3.10 and
    3.11 only C code has suggestions.
    """
    import re
    if version < (3, 11):
        text = re.sub(r"^__main__\.", "", text, flags=re.M)
        text = text.replace("<unprintable E object>",
                            "<exception str() failed>")
    if (3, 10) <= version < (3, 12):
        text = re.sub(r"\. Did you mean: .*\?$", "", text, flags=re.M)
    return text


def without_lines(text, version):
    """Where C code reads the source file by itself it finds no script.

    Those are SyntaxErrors, and up to 3.12 warnings of the compiler and
    exceptions of threads; lines of the source may be absent there.  wrapped.py
    sees to it that no other lines are shown.
    """
    return "".join(line for line in text.splitlines(True)
                   if not line.startswith("    ") and
                   line not in ("  \n", "  return x is 1\n"))


def encodings(big=False):
    """Sources whose bytes matter; one process runs them all, see RUNS."""
    body = ("text = '\u00e9\u00fc'\n"
            "print(ascii(text), ascii('''\u00e9\n\u00fc'''))\n"
            "def f():\n    return '\u00e9'\n")
    yield "latin1", ("# -*- coding: latin-1 -*-\n" + body).encode("latin-1")
    yield "second_line", ("#!/usr/bin/python\n# vim: set fileencoding=cp1252 "
                          ":\ntext = '\u20ac\u201c'\n"
                          "def f():\n    return '\u20ac'\n").encode("cp1252")
    yield "signature", body.encode("utf-8-sig")
    yield "signature_cookie", ("# coding: utf-8\n" + body).encode("utf-8-sig")
    yield "koi8", ("# coding=koi8-r\ntext = '\u043f\u0440\u0438'\n"
                   "def f():\n    return '\u0432'\n").encode("koi8-r")
    yield "japanese", ("# coding: shift_jis\ntext = '\u8868\u30bd\u65e5'\n"
                       "def f():\n    return '\u80fd'\n").encode("shift_jis")
    yield "utf8", ("text = '\u4e2d\U0001f600\u00e9\ufeff'\n"
                   "def f():\n    return '\U0001f600'\n").encode()
    yield "crlf", (b"text = '''a\r\nb\r\n'''\r\nx = 'a\\\r\nb'\r\n"
                   b"def f():\r\n\treturn 1\r\n")
    yield "cr", b"text = '''a\rb\r'''\rdef f():\r    return 1\r"
    yield "newlines", b"text = '''a\r\rb\r\n\n\r'''\r\ndef f():\r\treturn 1\n"
    yield "tabs", b"def f():\n\tif 1:\n\t        return 1\ntext = '\t\t'\n"
    yield "feeds", (b"text = '\x0c'\n\x0c\ndef f():\n    x = 1\n\x0c\n"
                    b"    return '''\x0c\n'''\n")
    yield "no_newline", b"def f():\n    return 1\ntext = 'a'"
    yield "comment_end", b"text = 'a'\ndef f():\n    return 1\n# end \\"
    yield "separators", ("def f():\n    return '\x1c\x1d\x1e'\n"
                         "text = '\x85 \u2028 \u2029 \x0b \x1c \xa0'\n"
                         "x = [1, 2]\n").encode()
    yield "controls", (b"def f():\n    return 1\ntext = '''" + bytes(
        i for i in range(1, 128) if i not in b"\\'\r") + b"'''\n" +
        b"x = 'a\x01\x02\x03\x04\x01\x02\x03\x04\x7f'\n" * 9)
    yield "few_controls", (b"def f():\n    return '\x01\x0b\x0e\x1f'\n"
                           b"text = '\x7f\x02'\n" + b"text += 'ab'\n" * 99)
    yield "latin1_all", (
        "# coding: latin-1\ntext = '%s'\ndef f():\n    return 1\n" % "".join(
            chr(i) for i in range(160, 256))).encode("latin-1")
    yield "separator_signs", (b"text = '~`|$?!@^&%;:<>*+ ~~ || $$ \\~'\n"
                              b"def f():\n    return '~'\n")
    yield "long_line", (b"text = [" + b"'0123456789abcdef', " * (
        6000 if big else 600) +
                        b"]\ndef f():\n    return 1\n")
    yield "long_string", (b"text = '" + b"na" * 5000 +
                          b"'\ndef f():\n    return 1\n")
    yield "quotes", (b"text = '''a\"\"\"b'''; x = \"\"\"a'''b\"\"\"\n"
                     b"def f():\n    r'\\''\n    return \"'''\\\"\"\n"
                     b"y = '\\'\\'\\'' + \"\\\"\\\"\\\"\"\n")
    yield "quotes_end", (b"def f():\n    return 1\ntext = 'a'\n"
                         b"x = '''b\"\"\"'''")
    yield "quotes_one", (b"def f():\n    return 1\ntext = 'a'\n"
                         b"x = '''b'''")
    yield "backslashes", (b"def f():\n    return r'\\\\' + '\\x41\\n\\\\n'\n"
                          b"text = r'\\d\\N\\u\\'' + '\\N{BULLET}' + b'\\xff'"
                          b".hex() + '\\\\'\n")
    yield "backslash_end", b"def f():\n    return 1\ntext = 'a'\n#\\"
    yield "format", (b"x = 7\ntext = f'{x!r:>{x}} {{}} {x:\\x3e5}'\n"
                     b"def f():\n    return '%s %% {}' % x\n")
    yield "names", ("\u00e9t\u00e9 = 1\n\u4e2d = \u00e9t\u00e9\ntext = "
                    "\ufb01 = [\u4e2d]\ndef f():\n    return fi\n").encode()
    yield "empty", b""
    yield "newline_only", b"\n"
    yield "spaces_only", b"  \n\t\n"
    yield "comment_only", b"# only a comment"
    yield "docstring_only", b"'''only a docstring'''"
    yield "one_line", b"text = 1"
    yield "loader_names", (
        b"w = f = s = c = h = a = b = l = r = sys = e = t = io = 1\n"
        b"text = [w, s, c, h, sys]\ndef f():\n    return w\n")
    yield "dunder_names", (b"text = __name__\n__doc__ = 'x'\n"
                           b"__all__ = ['f']\ndef f():\n    return 1\n")
    yield "exports", (b"global g\ng = 1\ntext = g\ndef f():\n    global z\n"
                      b"    z = 1\n    return z\n")
    yield "future", (b"# first\n\n'''doc'''\n# then\nfrom __future__ import ("
                     b"annotations,\n    generator_stop)\nclass text: x: y\n"
                     b"def f(a: b = 1): return eval('1')\n")
    yield "repeats", b"def f():\n    return 1\n" + b"".join(
        b"text_%d = print_something(%d) if 0 else 'value number %d'\n" % (
            i % 7, i, i % 10) for i in range(400))
    if not big:
        return
    large = ["def f():\n    return function_9()\n", "text = 0\n"]
    large += ["def function_%d(argument=%d):\n    '''Number %d \u00e9.'''\n"
            "    return argument * %d + len('%s')\n" % (
                i, i * i, i, i % 13, "x" * (i % 40)) for i in range(2700)]
    yield "large", "".join(large).encode()


# Runs every file of a directory, and prints what it can see of each.
RUNS = r'''
import glob, hashlib, inspect, linecache, os, runpy, sys, types, warnings
warnings.simplefilter("ignore")
def show(x):
    x = ascii(x)
    return x if len(x) < 3000 else hashlib.sha256(x.encode()).hexdigest()
def plain(v):
    if isinstance(v, types.FunctionType):
        return v.__code__.co_code.hex(), v.__code__.co_firstlineno
    return v.__dict__.get("__annotations__") if isinstance(v, type) else v
for path in sorted(glob.glob(os.path.join(sys.argv[1], "*.py"))):
    name = os.path.basename(path)[:-3]
    linecache.clearcache()
    if sys.argv[2] == "import":
        sys.path.insert(0, sys.argv[1])
        d = vars(__import__(name))
        sys.path.pop(0)
    else:
        d = runpy.run_path(path, run_name="__main__"
                           if sys.argv[2] == "main" else None)
    print(name, show([(k, plain(d[k])) for k in sorted(d) if k not in (
        "__builtins__", "__loader__", "__spec__")]))
    print(show(linecache.getlines(path) or ["\n"]))
    f = d.get("f")
    if f:
        # The loader's own lines are not of the script.
        for attempt in (inspect.getsource, inspect.getsourcelines):
            try:
                print(show(attempt(f)))
            except (OSError, SyntaxError, IndentationError) as e:
                print(show(e))
        print(show(f() if callable(f) else f))
'''


# Modes: the interpreter's options, what it runs, and from where.  DIR, FILE
# and NAME stand for those of the script.
EXEC = ("import sys; f = sys.argv[1]; exec(compile(open(f, 'rb').read(), f, "
        "'exec'), {'__file__': f, '__name__': %r})")
MODES = [
    ("script", ["FILE"], {}, None),
    ("O", ["-O", "FILE", "a", "-b"], {}, None),
    ("OO", ["-OO", "FILE"], {}, None),
    ("I", ["-I", "FILE"], {}, None),
    ("B", ["-B", "-E", "-s", "FILE"], {}, None),
    ("W", ["-W", "error", "-X", "dev", "FILE"], {}, None),
    ("u", ["-u", "-q", "-b", "FILE"], {"PYTHONHASHSEED": "1"}, None),
    ("relative", ["NAME.py", "1"], {}, "DIR"),
    ("elsewhere", ["FILE"], {}, "/"),
    ("dotted", ["../DIRNAME/./NAME.py"], {}, "DIR"),
    ("import", ["-c", "import NAME"], {"PYTHONPATH": "DIR"}, None),
    ("import_O", ["-O", "-c", "import NAME"], {"PYTHONPATH": "DIR"}, None),
    ("cached", ["-c", "import NAME, sys; del sys.modules['NAME']; "
                "import linecache; linecache.clearcache(); import NAME; "
                "print(NAME.__cached__ and __import__('os').path.exists("
                "NAME.__cached__))"], {"PYTHONPATH": "DIR"}, None),
    ("reload", ["-c", "import NAME, importlib; importlib.reload(NAME)"],
     {"PYTHONPATH": "DIR"}, None),
    ("run_path", ["-c", "import runpy, sys; print(sorted(runpy.run_path("
                  "sys.argv[1])))", "FILE"], {}, None),
    ("run_path_main", ["-c", "import runpy, sys; runpy.run_path(sys.argv[1],"
                       " {'x': 1}, '__main__')", "FILE"], {}, None),
    ("run_module", ["-c", "import runpy; print(sorted(runpy.run_module("
                    "'NAME')))"], {"PYTHONPATH": "DIR"}, None),
    ("run_module_main", ["-c", "import runpy; runpy.run_module('NAME', None,"
                         " '__main__', True)"], {"PYTHONPATH": "DIR"}, None),
    ("m", ["-m", "NAME", "x"], {"PYTHONPATH": "DIR"}, "/"),
    ("m_here", ["-m", "NAME"], {}, "DIR"),
    ("exec", ["-c", EXEC % "__main__", "FILE"], {}, None),
    ("exec_named", ["-c", EXEC % "other", "FILE"], {}, None),
]
# Those in which a script that fails is run as well.
FAILING_MODES = ["relative", "elsewhere", "O", "I", "m", "run_path_main",
                 "run_module_main", "exec", "import"]
# Those in which the script is not what a traceback begins with.
LOADER_SHOWS = ["import", "run_path_main", "run_module_main", "m", "exec"]
