"""Are the archives what they claim to be?  Other programs tell.

SPDX-License-Identifier: BSD-2-Clause
"""
import lzma
import os
import re
import shutil
import subprocess
import sys
import tempfile

import neighbourhood as around
import running
import tarbits

# Against the rules of a strict reader, not of the format.
XZ_FINE = re.compile(r"x14|x17|x18|x19")
# GNU tar lists these with an error: for it hard links have no data.
TAR_FAILS = re.compile(r"l13|l16|l20|l31")
PYTHON = ("import sys, tarfile\n"
          "with tarfile.open(sys.argv[1]) as t:\n"
          "    if hasattr(tarfile, 'data_filter'):\n"
          "        t.extraction_filter = tarfile.data_filter\n"
          "    t.extractall('.')\n")
TIMEOUT = 60


def unpacked(path):
    """Return what can be decoded of a file, and of what follows it."""
    with open(path, "rb") as f:
        packed = f.read()
    out = b""
    while packed:
        coder = lzma.LZMADecompressor()
        try:
            for i in range(0, len(packed), 64):
                out += coder.decompress(packed[i:i + 64])
                if coder.eof:
                    break
        except lzma.LZMAError as e:
            print("(%s after %d bytes)" % (e, len(out)))
            return out
        if not coder.eof:
            print("(cut short after %d bytes)" % len(out))
            return out
        packed = coder.unused_data + packed[i + 64:]
        packed = packed.lstrip(b"\0")
    return out


def dump(path):
    """Print each block of 512 bytes, fields of headers apart."""
    data = unpacked(path)
    for at in range(0, len(data), tarbits.BLOCK):
        head = data[at:at + tarbits.BLOCK]
        if not any(head):
            print("%6d zero" % at)
        elif head[148:154].strip(b"\0 ").isdigit() or \
                head[257:262] == b"ustar":
            print("%6d name %r mode %r uid %r gid %r size %r mtime %r "
                  "sum %r type %r link %r magic %r prefix %r" % ((at,) + tuple(
                      head[a:b].rstrip(b"\0") if b > a + 1 else head[a:b]
                      for a, b in ((0, 100), (100, 108), (108, 116),
                                   (116, 124), (124, 136), (136, 148),
                                   (148, 156), (156, 157), (157, 257),
                                   (257, 265), (345, 500)))))
        else:
            print("%6d %r" % (at, head.rstrip(b"\0")[:200]))
    return 0


def command(*words):
    return subprocess.run(words, stdin=subprocess.DEVNULL,
                          stdout=subprocess.DEVNULL, check=False,
                          stderr=subprocess.DEVNULL).returncode


def xz_layer(name, path, layer, expected):
    """xz -t accepts all that is not wrong in its layer, and no more."""
    fine = layer != "xz" or expected == "ok" or XZ_FINE.match(name)
    if (command("xz", "--format=xz", "-qt", path) == 0) != bool(fine):
        return ["xz -t %s it" % ("refuses" if fine else "accepts")]
    return []


def extracted(path, command_line, expected, ids):
    """Extract an honest archive; return what is wrong with it."""
    with tempfile.TemporaryDirectory() as work:
        os.chmod(work, 0o755)
        out = os.path.join(work, "out")
        os.mkdir(out)
        around.give(out, ids)
        result = running.run(command_line + [path], out, TIMEOUT, ids)
        command("chmod", "-R", "u+rwX", out)
        if result.status != 0:
            return ["%s: status %d: %s" % (
                command_line[0], result.status, result.err[-200:])]
        found = {}
        for top, folders, files in os.walk(out):
            for name in folders:
                found[os.path.relpath(os.path.join(top, name), out)] = "-"
            for name in files:
                file = os.path.join(top, name)
                found[os.path.relpath(file, out)] = around.digest(file)
    if found != expected:
        return ["%s: it has %s" % (command_line[0], sorted(
            set(found.items()) ^ set(expected.items()))[:4])]
    return []


def honest(path, ids):
    with open(path.replace(".tar.xz", ".expect"), encoding="utf-8") as f:
        lines = [line.rstrip("\n").split("\t", 2) for line in f]
    expected = {name: digest for _, digest, name in lines}
    wrongs = []
    for words in (["tar", "-xf"], ["bsdtar", "-xf"],
                  ["/usr/bin/python3", "-c", PYTHON]):
        if shutil.which(words[0]):
            wrongs += extracted(path, words, expected, ids)
    return wrongs


def corpus(folder):
    """Look at all archives of a corpus; return the exit status."""
    ids = running.user_ids("nobody") if os.geteuid() == 0 else None
    bad = 0
    with open(os.path.join(folder, "MANIFEST.tsv"), encoding="utf-8") as f:
        rows = [line.split("\t") for line in f][1:]
    for name, _, layer, expected, _ in rows:
        path = os.path.abspath(os.path.join(folder, name))
        wrongs = xz_layer(name, path, layer, expected)
        if expected == "ok":
            wrongs += honest(path, ids)
        elif layer in ("name", "policy"):
            if (command("tar", "-tf", path) == 0) == bool(
                    TAR_FAILS.match(name)):
                wrongs.append("tar -t lists it, or not, unlike said here")
        bad += bool(wrongs)
        for wrong in wrongs:
            print("%s: %s" % (name, wrong))
    print("%d verified, %d not what they claim" % (len(rows), bad))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(corpus(sys.argv[1]))
