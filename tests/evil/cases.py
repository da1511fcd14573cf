"""The table of cases.

A case is a function that gets the options of the run and returns a tar as
bytes, or a File, or a dict of these: then each key is a suffix of the file's
name, such as "-esc", for tricks of one kind of which each must be caught on
its own.

expected is what extract and check have to say:
  ok       the tree comes out
  refuse   valid for some reader, against the rules of this one
  corrupt  damaged or cut short
  limit    larger than the default limits allow
layer is the part of a reader that has to notice: xz, tar (headers), name,
policy (types and attributes), limit.

SPDX-License-Identifier: BSD-2-Clause
"""
import hashlib

OK, REFUSE, CORRUPT, LIMIT = "ok", "refuse", "corrupt", "limit"
CASES = []


class Case:
    def __init__(self, ident, layer, expected, reason, source, make):
        self.ident, self.layer, self.expected = ident, layer, expected
        self.reason, self.source, self.make = reason, source, make


def case(ident, layer, expected, reason, source="-"):
    def add(make):
        CASES.append(Case(ident, layer, expected, reason, source, make))
        return make
    return add


class Options:
    """victim: an absolute directory that archives aim at, as bytes; small:
    leave the large ones small."""

    def __init__(self, victim, small):
        self.victim, self.small = victim, small


class Exec(bytes):
    """The data of a file with exec bits."""


class Sum(str):
    """The SHA-256 of data that is too large to hold."""


class File:
    """The bytes of a file and, if expected to be extracted, what comes out:
    {name: data}, None for a directory."""

    def __init__(self, data, tree=None):
        self.data, self.tree = data, tree

    def expect(self):
        """Return the lines of NAME.expect: mode, SHA-256 or -, name."""
        lines = set()
        for name, data in self.tree.items():
            parts = name.split("/")
            for i in range(1, len(parts)):
                lines.add("0755\t-\t%s\n" % "/".join(parts[:i]))
            if data is None:
                lines.add("0755\t-\t%s\n" % name)
                continue
            digest = data if isinstance(data, Sum) else \
                hashlib.sha256(data).hexdigest()
            mode = "0755" if isinstance(data, Exec) else "0644"
            lines.add("%s\t%s\t%s\n" % (mode, digest, name))
        return "".join(sorted(lines, key=lambda s: s.split("\t")[2]))


class Tar(File):
    """A tar, to be put into an .xz, and what comes out of it."""
