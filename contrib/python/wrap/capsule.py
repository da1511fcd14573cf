"""That a capsule of xzbundle gets to run the loader that it was made with.

usage: python3 -I -X utf8 -c TEXT KIND OUT LOADER BUNDLE

KIND: zip or source.  Runs what is before the loader in OUT, nothing of the
loader itself, and compares what that gives: the loader's text is that of the
file LOADER, and the bytes p begin with those of the file BUNDLE.

What is wrong is one line on standard error, and the status is 1.

SPDX-License-Identifier: BSD-2-Clause
"""
import builtins
import sys
import zipfile

MAIN = "__main__.py"


class Found(Exception):
    pass


def stub(kind, out):
    """The source that Python runs first, and its __file__."""
    if kind == "zip":
        with zipfile.ZipFile(out) as z:
            return z.read(MAIN), out + "/" + MAIN
    with open(out, "rb") as f:
        return f.read(), out


def loaded(kind, out):
    """The loader and the bytes p that it gets."""
    def see(source):
        found.append(source)
        raise Found

    source, path = stub(kind, out)
    found = []
    names = {"exec": see, "__file__": path, "__name__": "__main__",
             "__builtins__": builtins}
    try:
        exec(compile(source, path, "exec"), names)
    except Found:
        pass
    return found[0], names["p"]


def main(kind, out, loader, bundle):
    try:
        source, p = loaded(kind, out)
    except Exception as e:  # whatever it is, the result is wrong
        sys.exit("the result does not decode: %s: %s" % (type(e).__name__, e))
    with open(loader, "rb") as f:
        if f.read() != source:
            sys.exit("the result runs another loader")
    compile(source, "loader", "exec")
    with open(bundle, "rb") as f:
        data = f.read()
        if p[:len(data)] != data:
            sys.exit("the result has another bundle")


main(*sys.argv[1:])
