"""What Python itself knows of a script: xzbundle wrap runs this.

usage: python3 -I -X utf8 -c TEXT read NAME <SCRIPT
       python3 -I -X utf8 -c TEXT verify NAME ORIGINAL <OUT

read: that SCRIPT compiles.  Prints two numbers and a line end: of the line that
reads the script's own file, 0 if there seems to be none, and of the first line
from 3 on that no traceback shows; then the script's text in UTF-8 with "\\n" as
line ends and no byte order mark.

verify: that the loader of OUT, which xzbundle made of the script with the text
in the file ORIGINAL, gets to compile the very same.  Nothing of the script
runs.

What is wrong is one line on standard error, and the status is 1.

SPDX-License-Identifier: BSD-2-Clause
"""
import ast
import builtins
import importlib.util
import linecache
import sys
import types


def fail(text):
    sys.exit(ascii(text)[1:-1] if not text.isprintable() else text)


def compiled(source, name):
    """The code of a source, or its error as one line."""
    try:
        return compile(source, name, "exec", dont_inherit=True)
    except SyntaxError as e:
        where = "line %d: " % e.lineno if e.lineno else ""
        fail("%s%s: %s" % (where, type(e).__name__, e.msg))
    except (ValueError, OverflowError, MemoryError, RecursionError) as e:
        fail("%s: %s" % (type(e).__name__, e))


if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)  # constants are not from strangers


def same(a, b):
    """Are two code objects alike, to the line numbers?"""
    if type(a) is not type(b):
        return False
    if isinstance(a, int):
        return a == b
    if isinstance(a, frozenset):  # in no order
        return sorted(map(repr, a)) == sorted(map(repr, b))
    if isinstance(a, tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if not isinstance(a, types.CodeType):
        return repr(a) == repr(b)
    for name in dir(a):
        if name.startswith("co_"):
            x, y = getattr(a, name), getattr(b, name)
            if callable(x):
                x, y = tuple(x()), tuple(y())
            if not same(x, y):
                return False
    return True


def text_of(source):
    try:
        return importlib.util.decode_source(source)
    except (SyntaxError, UnicodeError, LookupError) as e:
        fail("%s: %s" % (type(e).__name__, e))


READERS = {"open", "read_text", "read_bytes", "getsource", "FileInput"}


def reads_itself(tree):
    """The first line with a call that seems to read the script's own file."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "attr", getattr(node.func, "id", None))
        if name not in READERS:
            continue
        if any(isinstance(n, ast.Name) and n.id == "__file__" or
               isinstance(n, ast.Subscript) and
               isinstance(n.value, ast.Attribute) and n.value.attr == "argv" and
               isinstance(n.slice, ast.Constant) and n.slice.value == 0
               for n in ast.walk(node)):
            return node.lineno
    return 0


LINES = 64  # more line ends are not worth it
HARMLESS = (ast.Constant, ast.FunctionDef, ast.AsyncFunctionDef, ast.arg,
            ast.Pass, ast.Global, ast.Nonlocal, ast.Break, ast.Continue,
            ast.Return, ast.Assign, ast.Name)
WORTH = (0, 12, 24, 60)  # bytes, to be on a line that is less busy
IMPORTS = (ast.Import, ast.ImportFrom) + (
    (ast.alias,) if sys.version_info >= (3, 10) else ())


def quiet_line(tree):
    """Where CPython before 3.13 displays an exception itself, such as that of a
    thread, it takes the line from the file instead of linecache.  So the line
    that holds the payload has to be one on which nothing of the script is; or
    if there is none, as in what was minified, only what raises no exception."""
    busy = [0] * LINES
    for node in ast.walk(tree):
        if hasattr(node, "lineno"):
            level = 1 if isinstance(node, HARMLESS) else \
                2 if isinstance(node, IMPORTS) else 3
            if isinstance(getattr(node, "ctx", None), ast.Load):
                level = 3
            for n in node.lineno, node.end_lineno:
                if n < LINES:
                    busy[n] = max(busy[n], level)
    # Each line further down is a byte.
    return min(range(3, LINES), key=lambda n: n + WORTH[busy[n]])


def read(name):
    source = sys.stdin.buffer.read()
    code = compiled(source, name)
    text = text_of(source)
    if text[:1] == "\ufeff":
        text = text[1:]
    if text[-1:] != "\n":
        text += "\n"
    if not same(compiled(text, name), code):
        fail("its text compiles to something else than its bytes do")
    tree = ast.parse(text)
    numbers = b"%d %d\n" % (reads_itself(tree), quiet_line(tree))
    sys.stdout.buffer.write(numbers + text.encode())


class Compiled(Exception):
    pass


def verify(name, original):
    with open(original, "rb") as f:
        text = f.read().decode()
    found = []

    def see(source, *_):
        """In place of exec(): first the loader's program, then the script."""
        if not isinstance(source, (str, bytes)):
            found.append(source)
            raise Compiled
        exec(source, names)

    names = {"exec": see, "__file__": name, "__name__": "wrapped",
             "__builtins__": builtins}
    try:
        exec(compile(sys.stdin.buffer.read(), name, "exec"), names)
    except Compiled:
        pass
    except Exception as e:  # whatever it is, the result is wrong
        fail("the result does not decode: %s: %s" % (type(e).__name__, e))
    code = compile(text, name, "exec", dont_inherit=True)
    if len(found) != 1 or not same(found[0], code):
        fail("the result compiles to something else")
    if set(names) - {"exec", "__file__", "__name__", "__builtins__"}:
        fail("the loader leaves names behind")
    lines = linecache.getlines(name)
    if "".join(lines) != text or any("\n" in line[:-1] for line in lines):
        fail("the result has other lines")


if sys.argv[1] == "read":
    read(sys.argv[2])
else:
    verify(sys.argv[2], sys.argv[3])
