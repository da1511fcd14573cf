"""The program against the Python loaders, on files that either has written.

usage: both_ways.py PROGRAM

Works in the current directory.  What packer.py writes, the program unpacks;
what the program packs, in every way it can, contrib/python/xzbundle.py and
the small loader read, from files and from a bundle.

SPDX-License-Identifier: BSD-2-Clause
"""
import os
import pathlib
import subprocess
import sys

import numpy as np

import packer

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent.parent / "contrib" / "python"))
import xzbundle  # noqa: E402

PACKINGS = ["bits", "base3", "bitmask", "rans", "planes"]
program = sys.argv[1]
failures = 0


def fail(what):
    global failures
    failures += 1
    print("both_ways: " + what)


def run(*args):
    """Its status; what it writes goes nowhere."""
    return subprocess.run((program,) + args, stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL).returncode


def by_program(odd):
    """The program unpacks what Python has packed."""
    for name, (packed, original) in odd.items():
        pathlib.Path("in").write_bytes(packed)
        if run("unpack", "in", "-o", "out") != 0:
            fail("%s: not unpacked" % name)
        elif pathlib.Path("out").read_bytes() != original:
            fail("%s: unpacked to something else" % name)


def small_loader(*args):
    """The loader that the program prints."""
    text = subprocess.run((program, "loader") + args, check=True,
                          stdout=subprocess.PIPE).stdout
    module = {}
    exec(compile(text, "loader", "exec"), module)
    return module["load"]


def same(a, b):
    return (a.dtype == b.dtype and a.shape == b.shape and
            a.tobytes() == b.tobytes())


def compare(name, path, original):
    """Do both loaders read path, packed, as the original?"""
    plain = name + ".plain"
    pathlib.Path(plain).write_bytes(original)
    with xzbundle.open(path) as bundle, xzbundle.open(plain) as true:
        member = bundle.names()[0]
        if bundle.read(member) != original:
            fail("%s: read() gives something else" % name)
        arrays = dict(true.tensors().items())
        for tensor, array in bundle.tensors(member).items():
            if not same(array, arrays[tensor]):
                fail("%s: %s is something else" % (name, tensor))
    if any("F4" in k or "F6" in k for k in map(str, arrays)):
        return len(arrays)
    for tensor, array in small_loader("--for", path)(path).items():
        if not same(np.asarray(array), arrays[tensor]):
            fail("%s: %s is something else to the small loader" %
                 (name, tensor))
    return len(arrays)


def by_python(originals):
    """Python reads what the program has packed, however it can."""
    n = 0
    for name, original in originals.items():
        pathlib.Path("in").write_bytes(original)
        for way in [None] + PACKINGS:
            rule = ["--packing", "*=" + way] if way else []
            status = run("pack", "in", "-o", "out", *rule)
            if status == 2 and way:
                continue        # it cannot hold these values
            if status != 0:
                fail("%s: status %d for %s" % (name, status, way))
            elif b'"xzbundle"' in pathlib.Path("out").read_bytes()[:1 << 16]:
                n += compare("%s-%s" % (name, way), "out", original)
    return n


def one_tensor_each(odd):
    """{name: file with one tensor}: a packing holds it or not."""
    out = {}
    for name in ("dtypes-bits", "extreme-bits"):
        text, header, parts = packer.split(odd[name][1])
        for tensor, part in parts.items():
            entry = header[tensor]
            if entry["dtype"] in packer.WORDS and len(part) >= 64:
                out["%s-%s" % (name, tensor)] = packer.plain(
                    {tensor: (entry["dtype"], entry["shape"], part)})
    return out


def in_bundle(original):
    folder = pathlib.Path("sub")
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(original)
    (folder / "a.txt").write_text("text\n")
    if run("create", "--pack", "-o", "b.tar.xz", "sub") != 0:
        fail("create --pack")
        return
    with xzbundle.open("b.tar.xz") as bundle:
        for name in ("sub/model.safetensors", "sub/a.txt"):
            if bundle.read(name) != pathlib.Path(name).read_bytes():
                fail("%s in the bundle is something else" % name)
    load = small_loader("--for", "b.tar.xz")
    with xzbundle.open("sub/model.safetensors") as true:
        for tensor, array in load("b.tar.xz").items():
            if not same(np.asarray(array), true.tensors()[tensor]):
                fail("%s in the bundle is something else" % tensor)


def matrices():
    """Weights of every form that a packing is for."""
    rng = np.random.default_rng(7)
    width = np.exp(rng.normal(0, .5, 96))
    wide = rng.normal(0, 1, (128, 96)) * width
    bf16 = (wide.astype("<f4").view("<u4") >> 16).astype("<u2")
    tensors = {
        "int6": ("I8", np.clip(np.rint(wide * 4), -32, 31).astype("i1")),
        "ternary": ("I8", np.clip(np.rint(wide), -1, 1).astype("i1")),
        "binary": ("I8", np.where(wide > 0, 1, -1).astype("i1")),
        "i16": ("I16", np.rint(wide * 300).astype("<i2")),
        "f16": ("F16", wide.astype("<f2")), "bf16": ("BF16", bf16),
        "f32": ("F32", wide.astype("<f4")), "f64": ("F64", wide)}
    return packer.plain({k: (d, list(a.shape), a.tobytes())
                         for k, (d, a) in tensors.items()})


def main():
    # Sanitizers make a run of the program take ten times as long.
    step = 5 if os.environ.get("XZBUNDLE_TEST_SANITIZERS") else 1
    odd = packer.odd_files(3)
    by_program(dict(list(odd.items())[::step]))
    originals = dict(list(one_tensor_each(odd).items())[::step])
    originals["matrices"] = matrices()
    n = by_python(originals)
    if n < 100 // step:
        fail("only %d tensors were packed by the program" % n)
    in_bundle(originals["matrices"])
    print("both ways: %d files by the program, %d tensors by the loaders" %
          (len(odd), n))
    return failures != 0


if __name__ == "__main__":
    os.environ["PYTHONDONTWRITEBYTECODE"] = "1"
    sys.exit(main())
