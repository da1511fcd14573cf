"""Scripts and modules of the standard library, for wrapped.py.

SPDX-License-Identifier: BSD-2-Clause
"""

# Scripts: a file of the library, and the arguments of each of its runs.  They
# run in a directory that has what make_inputs() of wrapped.py makes.
SCRIPTS = [
    ("json/tool.py", ["in.json"], ["--help"]),
    ("zipfile.py", ["-l", "in.zip"]),
    ("tarfile.py", ["-v", "-l", "in.tar"], ["--help"]),
    ("timeit.py", ["-h"], ["-n", "1", "-r", "1", "1/0"]),
    ("trace.py", ["--help"], ["--listfuncs", "plain.py"]),
    ("pdb.py", ["--help"]),
    ("cProfile.py", ["--help"]),
    ("profile.py", ["--help"]),
    ("pstats.py", []),
    ("calendar.py", ["2024"], ["--type", "html", "2024"]),
    ("ast.py", ["sample.py"]),
    ("dis.py", ["sample.py"]),
    ("tokenize.py", ["-e", "sample.py"], ["missing.py"]),
    ("py_compile.py", ["sample.py"], ["wrong.py"]),
    ("compileall.py", ["-f", "-l", "folder"], ["--help"]),
    ("base64.py", ["-e", "in.txt"], ["-t"]),
    ("quopri.py", ["in.txt"]),
    ("uu.py", ["in.txt"]),
    ("gzip.py", ["--help"], ["-d", "in.txt"]),
    ("webbrowser.py", ["-h"]),
    ("http/server.py", ["--help"]),
    ("ensurepip/__main__.py", ["--help"]),
    ("venv/__main__.py", ["--help"]),
    ("doctest.py", ["sample.txt"], ["-v", "sample.py"]),
    ("inspect.py", ["--details", "textwrap"], ["textwrap:dedent"]),
    ("pyclbr.py", ["sample.py"]),
    ("site.py", ["--user-site"], ["--wrong"]),
    ("sysconfig.py", []),
    ("platform.py", []),
    ("locale.py", []),
    ("mimetypes.py", ["a.tar.gz", "b.unknown"], ["--help"]),
    ("filecmp.py", ["folder", "other"]),
    ("fileinput.py", ["in.txt"]),
    ("ftplib.py", []),
    ("getopt.py", ["-a", "1", "x"], ["--alpha=1"]),
    ("netrc.py", []),
    ("nntplib.py", ["--help"]),
    ("pickle.py", ["in.pickle"]),
    ("pickletools.py", ["in.pickle"], ["missing"]),
    ("random.py", ["--seed", "1", "--integer", "9"]),
    ("shlex.py", []),
    ("this.py", []),
    ("tabnanny.py", ["-v", "sample.py", "wrong.py"]),
    ("zipapp.py", ["--help"], ["folder", "-o", "out.pyz"]),
    ("textwrap.py", []),
    ("heapq.py", []),
    ("bisect.py", []),
    ("imghdr.py", ["in.txt"]),
    ("sndhdr.py", ["in.txt"]),
    ("code.py", []),
    ("modulefinder.py", ["sample.py"]),
    ("telnetlib.py", ["-d", "-d"]),
    ("poplib.py", []),
    ("imaplib.py", ["-x"]),
    ("mailcap.py", []),
    ("sqlite3/__main__.py", ["--help"]),
    ("uuid.py", ["--help"]),
    ("pydoc.py", ["textwrap"], []),
    ("lib2to3/__main__.py", ["--help"]),
    ("encodings/rot_13.py", []),
    ("ctypes/util.py", []),
    ("symtable.py", ["sample.py"]),
    ("formatter.py", ["in.txt"]),
    ("smtpd.py", ["--help"]),
    ("keyword.py", []),
    ("zipfile/__main__.py", ["-l", "in.zip"]),
    ("sysconfig/__main__.py", []),
    ("optparse.py", []),
    ("__hello__.py", []),
    ("__phello__/spam.py", []),
    ("ensurepip/_uninstall.py", ["--help"]),
    ("lib2to3/pgen2/literals.py", []),
    ("asyncio/__main__.py", []),
    ("unittest/__main__.py", ["--help"]),
    ("dbm/__init__.py", ["in.txt", "missing"]),
    ("cmd.py", []),
]
# Those that are not wrapped with --effort fast.
DEFAULT = {"bisect.py", "json/tool.py", "encodings/rot_13.py", "this.py",
           "keyword.py"}
# For other standard input than the rest.  code.py asks whether sys.excepthook
# is sys.__excepthook__, which it is not.
STDIN = {"code.py": b"print(1 + 1)\nquit()\n"}
# Their output has times or what depends on the machine's load.
TIMES = {"timeit.py", "profile.py", "cProfile.py"}
# Before these versions, symtable.py reads the file that sys.argv[0] names, and
# random.py prints times.
SINCE = {"symtable.py": (3, 13), "random.py": (3, 13)}
# They warn of themselves with stacklevel=2 or so: for a script that is nobody,
# and the warning is not shown; but under a loader it is the loader.
DEPRECATED = {"uu.py", "nntplib.py", "imghdr.py", "sndhdr.py", "telnetlib.py",
              "mailcap.py", "smtpd.py", "lib2to3/__main__.py"}

# Modules, which are imported under another name.
MODULES = """
    _pydecimal argparse ast base64 bisect calendar cmd code codeop colorsys
    configparser contextlib copy csv dataclasses datetime difflib dis enum
    filecmp fnmatch fractions functools getopt gettext glob graphlib gzip
    hashlib heapq hmac inspect ipaddress keyword linecache mimetypes numbers
    optparse pickletools pprint queue quopri random reprlib rlcompleter sched
    secrets selectors shelve shlex shutil socketserver stat statistics string
    stringprep struct subprocess symtable tabnanny tempfile textwrap timeit
    token tokenize traceback types typing urllib/parse uuid weakref
    xml/etree/ElementTree xml/sax/saxutils zipapp email/quoprimime
    html/entities json/scanner wsgiref/headers logging/handlers
    concurrent/futures/_base unittest/mock collections/__init__
""".split()

# Imports them all, and prints what each has.
IMPORTS = r'''
import hashlib, importlib, inspect, os, pickle, sys, types, warnings
warnings.simplefilter("ignore")
def show(x):
    x = ascii(x)
    return x if len(x) < 2000 else hashlib.sha256(x.encode()).hexdigest()
def source(o):
    try:
        return inspect.getsource(o)
    except (OSError, TypeError) as e:
        return repr(e)
for name in sys.argv[1:]:
    try:
        m = importlib.import_module(name)
    except Exception as e:
        print(name, type(e), str(e))
        continue
    print(name, sorted(vars(m)), show(m.__doc__))
    for k, v in sorted(vars(m).items()):
        if k.startswith("__"):
            continue
        if isinstance(v, (bool, int, float, str, bytes)):
            print(k, show(v))
        elif isinstance(v, (tuple, list)) and "0x" not in repr(v):
            print(k, show(v))
        elif isinstance(v, (dict, set, frozenset)):
            print(k, len(v))
        elif isinstance(v, types.FunctionType):
            print(k, v.__module__, v.__doc__ and len(v.__doc__),
                  show(source(v)), v.__code__.co_firstlineno)
        elif isinstance(v, type) and v.__module__ == name:
            text = source(v)
            print(k, v.__mro__, show(text))
            try:
                print(pickle.loads(pickle.dumps(v)) is v)
            except Exception as e:
                print(type(e))
'''
