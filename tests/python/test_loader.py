"""Tests of contrib/python/xzbundle.py, and of contrib/python/loader.

usage: test_loader.py [-v] [CLASS[.TEST]...]

What they read, packer.py writes, which shares no code with them.  Everything
random is seeded.

SPDX-License-Identifier: BSD-2-Clause
"""
import contextlib
import io
import itertools
import json
import lzma
import os
import random
import struct
import subprocess
import sys
import tarfile
import tempfile
import types
import unittest
import zlib

import numpy as np

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
PYTHON = os.path.join(HERE, "..", "..", "contrib", "python")
sys.path[:0] = [HERE, PYTHON]

import packer  # noqa: E402 (after the path)
import xzbundle  # noqa: E402

CODES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "C64": "<c8", "I64": "<i8",
         "I32": "<i4", "I16": "<i2", "I8": "i1", "U64": "<u8", "U32": "<u4",
         "U16": "<u2", "U8": "u1", "BOOL": "?"}
PACKINGS = ["bits", "base3", "bitmask", "rans", "planes"]
LIMIT_ALL, LIMIT_SIMPLE = 1300, 600


def fragments(packings):
    """The source of a loader for these packings."""
    names = ["base"] + [p for p in PACKINGS if p in packings] + ["end"]
    if "rans" in packings or "planes" in packings:
        names.append("field")
    text = b""
    for name in names:
        with open(os.path.join(PYTHON, "loader", name + ".py"), "rb") as f:
            text += f.read()
    return text


def loader(packings=tuple(PACKINGS)):
    """A module of these fragments."""
    module = types.ModuleType("loader")
    exec(compile(fragments(packings), "loader", "exec"), module.__dict__)
    return module


MINI = loader()


def array_of(dtype, shape, raw):
    """What a tensor is as an array."""
    if dtype == "BF16":
        words = np.frombuffer(raw, "<u2").astype("<u4")
        return (words << np.uint32(16)).view("<f4").reshape(shape)
    if dtype in packer.PARTS:
        return np.frombuffer(raw, "u1")
    return np.frombuffer(raw, CODES.get(dtype, "u1")).reshape(shape)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, name, data=None):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if data is not None:
            with open(path, "wb") as f:
                f.write(data)
        return path

    def same(self, got, want, text=""):
        self.assertEqual((got.dtype, got.shape), (want.dtype, want.shape), text)
        self.assertTrue(got.tobytes() == want.tobytes(), text)

    def check(self, packed, original, text=""):
        """Both loaders read `packed`, which `original` became."""
        path = self.path("t.safetensors", packed)
        with xzbundle.open(path) as bundle:
            self.assertEqual(bundle.names(), ["t.safetensors"])
            self.assertTrue(bundle.read("t.safetensors", True) == packed)
            self.assertTrue(bundle.read("t.safetensors") == original, text)
            tensors = bundle.tensors()
            _, header, parts = packer.split(original)
            header.pop("__metadata__", None)
            self.assertEqual(list(tensors), list(header))
            for name, about in header.items():
                self.same(tensors[name], array_of(
                    about["dtype"], about["shape"], parts[name]), (text, name))
                self.assertTrue(bundle.tensor_bytes(name) == parts[name])
                self.assertTrue(tensors[name].flags.writeable)
                self.assertEqual(tensors.about(name)[:2], (
                    about["dtype"], tuple(about["shape"])))
            self.mini(path, tensors)

    def mini(self, path, tensors, module=MINI):
        """The fragments give what the loader gives."""
        kinds = {tensors.about(name)[0] for name in tensors}
        if kinds & set(packer.PARTS):
            with self.assertRaises(KeyError):
                module.load(path)
            return
        got = module.load(path)
        self.assertEqual(list(got), list(tensors))
        for name in tensors:
            self.same(got[name], tensors[name], name)

    def refused(self, packed, *words):
        """An Error, and no other exception, that says these words."""
        path = self.path("t.safetensors", packed)
        with self.assertRaises(xzbundle.Error) as caught:
            with xzbundle.open(path) as bundle:
                for array in bundle.tensors().values():
                    array.tobytes()
                bundle.read("t.safetensors")
        for word in (path,) + words:
            self.assertIn(word, str(caught.exception))


# --- round trips ---

class RoundTrip(Case):
    def test_dtypes(self):
        for way in list(packer.WAYS) + ["mixed"]:
            rng = random.Random(way)
            for tensors in packer.all_dtypes(rng), packer.extreme():
                original = packer.plain(tensors, {"a": "b"})
                packed = packer.pack(original, way, 1)
                self.assertTrue(b"crc32" in packed or "half" in tensors, way)
                self.check(packed, original, way)

    def test_numpy_dtypes_alone(self):
        """What the small loader refuses is left out."""
        for seed in range(10):
            rng = random.Random(seed)
            tensors = {k: v for k, v in packer.all_dtypes(rng).items()
                       if v[0] in packer.WORDS}
            original = packer.plain(tensors)
            self.check(original, original)
            self.check(packer.pack(original, "mixed", seed), original, seed)

    def test_shapes(self):
        for seed in range(60):
            rng = random.Random(seed)
            tensors = {}
            for i in range(rng.randint(1, 6)):
                dtype = rng.choice(list(packer.WORDS))
                shape = packer.some_shape(rng, 5000)
                raw = packer.some_words(rng, packer.WORDS[dtype],
                                        int(np.prod(shape))).tobytes()
                tensors["t%d" % i] = (dtype, shape, raw)
            original = packer.plain(tensors)
            self.check(packer.pack(original, rng.choice(
                list(packer.WAYS) + ["mixed"] * 5), seed), original, seed)

    def test_sizes(self):
        """All remainders, for what packs several values in a byte."""
        for n in range(1, 40):
            rng = random.Random(n)
            tensors = {way: ("I8", [n], bytes(rng.choice((0, 1, 255))
                                              for _ in range(n)))
                       for way in packer.WAYS}
            packed = packer.plain(tensors)
            for way in packer.WAYS:
                packed_one = packer.pack(packed, way, n,
                                         lambda name, way=way: name == way)
                self.check(packed_one, packed, n)

    def test_one_level(self):
        """Zero bits a value, no ones in a mask, one symbol."""
        for way in packer.WAYS:
            for n in (1, 8, 100):
                original = packer.plain({"w": ("I16", [n], b"\xfe\xff" * n)})
                self.check(packer.pack(original, way), original, way)

    def test_odd(self):
        for name, (packed, original) in packer.odd_files(1).items():
            if not name.startswith("array"):
                self.check(packed, original, name)

    def test_array(self):
        raw = bytes([0, 1, 255, 1] * 20)
        for way in (None, "bits", "rans", "planes"):
            packed = packer.pack_array(raw, "I8", [8, 10], way)
            path = self.path("w.safetensors", packed)
            with xzbundle.open(path) as bundle:
                self.assertEqual(bundle.read("w.safetensors"), raw)
                self.same(bundle.tensors()["array"],
                          array_of("I8", [8, 10], raw))
                self.mini(path, bundle.tensors())

    def test_many_dimensions(self):
        """As many as numpy has, and no more."""
        packed = packer.plain({"deep": ("U8", [1] * 31 + [3], b"abc")})
        with xzbundle.open(self.path("t.safetensors", packed)) as bundle:
            self.assertEqual(bundle.tensors()["deep"].tobytes(), b"abc")
        packed = packer.plain({"deep": ("U8", [1] * 32 + [3], b"abc")})
        self.refused(packed, "'deep'", "no shape")


# --- what is wrong ---

def small_files():
    """{name: packed file}, all of whose tensors are packed."""
    rng = random.Random(5)
    some = bytes(rng.choice((0, 1, 1, 255)) for _ in range(40))
    # packer's choice of a way to code depends on the seed: here, several
    # tables, and several stages.
    files = {way: packer.pack(packer.plain({"wé": ("I8", [5, 8], some)}), way,
                              3) for way in packer.WAYS}
    files["metadata"] = packer.pack(packer.plain(
        {"w": ("F16", [4, 5], some)}, {"format": "pt"}), "planes", 2)
    files["array"] = packer.pack_array(some, "I8", [40], "base3")
    files["stages"] = packer.hand_made(
        list(some), 8, packer.Rans(lanes=8, r=1, p=9, labels=(
            [0] * 5, [0, 1] * 4), coded_labels=True), [5, 8])[0]
    text = packer.split(packer.plain({"w": ("I8", [40], some)}))[0]
    files["header"] = packer.pack(packer.file_of(text + " " * 16, some), "low")
    return files


# Of bits that are flipped; all of them in contrib/check --full.
STEP = 1 if os.environ.get("XZBUNDLE_TEST_BIG") else 3


class Broken(Case):
    def arrays(self, packed):
        path = self.path("t.safetensors", packed)
        with xzbundle.open(path) as bundle:
            bundle.read("t.safetensors")
            return {name: (array.dtype, array.shape, array.tobytes())
                    for name, array in bundle.tensors().items()}

    def harmless(self, mutant, want):
        """An Error, or the same arrays; other exceptions fail the test."""
        try:
            got = self.arrays(mutant)
        except xzbundle.Error as e:
            self.assertIn("t.safetensors: ", str(e))
            return 0
        self.assertEqual(got, want)
        return 1

    def test_cut(self):
        for name, packed in small_files().items():
            want = self.arrays(packed)
            for size in range(len(packed)):
                self.assertEqual(self.harmless(packed[:size], want), 0, name)
            self.refused(packed + b"\0", "tensor")

    def test_flips(self):
        for name in "bits", "bitmask", "planes", "stages", "header", "array":
            packed = small_files()[name]
            want = self.arrays(packed)
            same = 0
            # Under another name, the recipe means nothing.
            key = packed.index(b'"xzbundle"')
            for bit in itertools.chain(range(0, 8 * key, STEP), range(
                    8 * key + 80, 8 * len(packed), STEP)):
                mutant = bytearray(packed)
                mutant[bit >> 3] ^= 1 << (bit & 7)
                same += self.harmless(bytes(mutant), want)
            self.assertLess(same, 2 * len(packed), name)

    def test_flips_mini(self):
        """In what is packed: the same, or the tensor's name."""
        for name, packed in small_files().items():
            path = self.path("t.safetensors", packed)
            with xzbundle.open(path) as bundle:
                tensors = dict(bundle.tensors())
            tensor, = tensors
            # Words and levels, not the numbers in front of them.
            for bit in range(8 * len(packed) - 64, 8 * len(packed)):
                mutant = bytearray(packed)
                mutant[bit >> 3] ^= 1 << (bit & 7)
                self.path("t.safetensors", mutant)
                try:
                    got = MINI.load(path)
                except KeyError as e:
                    self.assertEqual(e.args, (tensor,))
                else:
                    self.same(got[tensor], tensors[tensor], name)

    def test_random(self):
        rng = random.Random(9)
        for name, packed in small_files().items():
            want = self.arrays(packed)
            for _ in range(300):
                mutant = bytearray(packed)
                for _ in range(rng.randint(1, 4)):
                    at = rng.randrange(len(mutant))
                    piece = rng.choice([b"\xff", b"\0", b"", b"\xff\xff",
                                        bytes(mutant[at:at + 3])])
                    mutant[at:at + rng.randint(0, 2)] = piece
                try:
                    self.arrays(bytes(mutant))
                except xzbundle.Error:
                    continue
                self.harmless(bytes(mutant), want)


def altered(packed, change):
    """The packed file with its recipe, or its header, changed by a function of
    (header, recipe)."""
    text, header, _ = packer.split(packed)
    data = packed[8 + len(text.encode()):]
    recipe = json.loads(header["__metadata__"]["xzbundle"])
    change(header, recipe)
    if "__metadata__" in header and "xzbundle" in header["__metadata__"]:
        if header["__metadata__"]["xzbundle"] is not None:
            header["__metadata__"]["xzbundle"] = packer.dump(recipe)
    return packer.file_of(header, data)


class Recipe(Case):
    def setUp(self):
        super().setUp()
        self.raw = bytes([0, 1, 255, 1] * 10)

    def made(self, way, tensors=None, metadata=None):
        return packer.pack(packer.plain(tensors or {
            "wt": ("I8", [4, 10], self.raw)}, metadata), way, 1)

    def wrong(self, way, text, **members):
        """The tensor's recipe with these members, None taking one out."""
        def change(_header, recipe):
            recipe["tensors"]["wt"].update(members)
            for name in [k for k, v in members.items() if v is None]:
                del recipe["tensors"]["wt"][name]
        self.refused(altered(self.made(way), change), "tensor 'wt': ", text)

    def test_members(self):
        for way in packer.WAYS:
            self.wrong(way, "not known", more=1)
            self.wrong(way, "packing", packing="none")
            self.wrong(way, "packing", packing=None)
            self.wrong(way, "packing", packing=7)
            self.wrong(way, "dtype", dtype="F4")
            self.wrong(way, "dtype", dtype="I7")
            self.wrong(way, "dtype", dtype=["I8"])
            self.wrong(way, "shape", shape=40)
            self.wrong(way, "shape", shape=[-4, -10])
            self.wrong(way, "shape", shape=[40.0])
            self.wrong(way, "shape", shape=[True, 40])
            self.wrong(way, "no shape", shape=[1] * 32 + [40])
            self.wrong(way, "0 values", shape=[40, 0])
            self.wrong(way, "values", shape=[1 << 32])
            self.wrong(way, "values", shape=[1 << 31, 1 << 31, 4])
            self.wrong(way, "values", shape=[1 << 62, 1 << 62, 1 << 62])
            self.wrong(way, "", shape=[4, 11])
            self.wrong(way, "", shape=[39])
            self.wrong(way, "CRC32", crc32=1)
            self.wrong(way, "crc32", crc32=None)
            self.wrong(way, "crc32", crc32=1 << 32)
            self.wrong(way, "crc32", crc32="1")

    def test_bits(self):
        self.wrong("bits", "wrong bits", bits=17)
        self.wrong("bits", "wrong bits", bits=-1)
        self.wrong("bits", "wrong bits", bits=None)
        self.wrong("bits", "wrong bits", bits=True)
        self.wrong("bits", "", bits=3)
        self.wrong("bits", "levels and low", low=1)
        self.wrong("bits", "levels and low", levels=None)
        self.wrong("bits", "wrong levels", levels=[])
        self.wrong("bits", "wrong levels", levels=[0, 1, 2, 3, 4])
        self.wrong("bits", "wrong levels", levels=[0, 1, 128])
        self.wrong("bits", "wrong levels", levels=[0, 1, -129])
        self.wrong("bits", "wrong levels", levels=[0, 1, "2"])
        self.wrong("bits", "wrong levels", levels=[0, 1, -1, 0])
        self.wrong("bits", "no level", levels=[0, 1])
        self.wrong("low", "a wrong low", low=128)
        self.wrong("low", "a wrong low", low=-129)
        self.wrong("low", "a wrong low", low=1.5)
        self.wrong("low", "CRC32", low=3)

    def test_levels(self):
        for way in ("base3", "bitmask"):
            self.wrong(way, "wrong levels", levels=None)
            self.wrong(way, "wrong levels", levels=[0, 1])
            self.wrong(way, "wrong levels", levels=[0, 1, 2, 3])
            self.wrong(way, "wrong levels", levels=[0, 1, 255])
            self.wrong(way, "wrong levels", levels=[0, 1, 0])
            self.wrong(way, "not known", bits=2)
        self.wrong("rans", "not known", levels=[0])

    def test_planes(self):
        self.wrong("planes", "wrong fields", fields=None)
        self.wrong("planes", "wrong fields", fields=[8, 0])
        self.wrong("planes", "wrong fields", fields=[4, 3])
        self.wrong("planes", "wrong fields", fields=[17, -9])
        self.wrong("planes", "wrong fields", fields=8)
        self.wrong("planes", "a wrong rotate", rotate=2)
        self.wrong("planes", "a wrong rotate", rotate=False)
        packed = self.made("rans")

        def wide(_header, recipe):
            recipe["tensors"]["wt"].update(dtype="I32", shape=[10])
        self.refused(altered(packed, wide), "'wt'", "words of 4 bytes")

    def test_whole(self):
        packed = self.made("bits", metadata={"x": "y"})
        for text, members in (
                ("version", {"version": 2}), ("version", {"version": True}),
                ("version", {"version": 1.0}), ("members", {"bare": 1}),
                ("members", {"header": 0}), ("members", {"tensors": []}),
                ("members", {"more": 0}), ("members", {"array": None}),
                ("bare array", {"array": True}),
                ("the original has not", {"bare": True}),
                ("original header: not one", {"header": "x"}),
                ("original header: not JSON", {"header": "{"})):
            self.refused(altered(packed, lambda _, r, m=members: r.update(m)),
                         text)

        def extra(_header, recipe):
            recipe["tensors"]["no"] = recipe["tensors"]["wt"]
        self.refused(altered(packed, extra), "tensor 'no': only in the recipe")

        self.refused(altered(packed, lambda _, r: r["tensors"].update(wt=5)),
                     "'wt': its recipe")

        def wrong_text(header, _recipe):
            header["__metadata__"]["xzbundle"] = None
        self.refused(altered(packed, wrong_text), "strings")
        for text in ("{", "[]", "nul", '{"version":1,"version":1}',
                     '{"version":NaN}', "[" * 100000,
                     '{"version":1,"tensors":{"\\ud800":1}}'):
            header = {"__metadata__": {"xzbundle": text}}
            self.refused(packer.file_of(header, b""))
        self.refused(packer.file_of({"__metadata__": {
            "xzbundle": '{"version":' + "1" * 3000 + "}"}}, b""),
            "3000 digits")

    def test_array(self):
        packed = packer.pack_array(self.raw, "I8", [40], "bits")
        for members in ({"bare": False}, {"header": "{}"}):
            self.refused(altered(packed, lambda _, r, m=members: r.update(m)),
                         "bare array")

        def other(header, recipe):
            header["b"] = header.pop("array")
            recipe["tensors"]["b"] = recipe["tensors"].pop("array")
        self.refused(altered(packed, other), "bare array")

    def test_original_header(self):
        original = packer.plain({"a": ("I8", [4, 10], self.raw),
                                 "b": ("U8", [2], b"xy")})
        text, header, _ = packer.split(original)
        # With spaces, so that it is in the recipe.
        packed = packer.pack(packer.file_of(text + " " * 8, self.raw + b"xy"),
                             "bits")
        self.check(packed, packer.file_of(text + " " * 8, self.raw + b"xy"))

        def swap(key, value, name="a"):
            changed = json.loads(text)
            changed[name][key] = value
            return packer.dump(changed)
        two = dict(header)
        del two["b"]
        for other in (swap("dtype", "U8"), swap("shape", [10, 4]),
                      swap("dtype", "F16"), swap("data_offsets", [2, 42]),
                      swap("shape", [3], "b"), packer.dump(two),
                      packer.dump(dict(header, c=header["a"])),
                      packer.dump(dict(reversed(list(header.items())))),
                      packer.dump(dict(header, __metadata__={
                          "xzbundle": ""})),
                      swap("more", 1 << 63),
                      swap("more", 1).replace('"more":1', '"more":1e999'),
                      packer.dump(dict(header, c={
                          "dtype": "I8", "shape": [0],
                          "data_offsets": [0, 0]}))):
            self.refused(altered(packed, lambda _, r, o=other: r.update(
                header=o)), "original header")

    def test_header(self):
        packed = self.made("bits", {"wt": ("I8", [4, 10], self.raw),
                                    "z": ("I8", [], b"z"),
                                    "f": ("F32", [0, 3], b"")})

        def change(name, key, value):
            return altered(packed, lambda h, _: h[name].update({key: value}))
        self.check(packed, packer.plain({"wt": ("I8", [4, 10], self.raw),
                                         "z": ("I8", [], b"z"),
                                         "f": ("F32", [0, 3], b"")}))
        self.refused(change("wt", "dtype", "I8"), "'wt'", "dimension of U8")
        self.refused(change("wt", "shape", [2, 5]), "'wt'", "dimension of U8")
        self.refused(change("wt", "shape", [9]), "'wt'", "instead of")
        self.refused(change("wt", "data_offsets", [0, 9]), "'wt'")
        self.refused(change("wt", "data_offsets", [1, 11]), "'wt'", "begins")
        self.refused(change("wt", "data_offsets", [10, 0]), "'wt'", "an end")
        self.refused(change("wt", "data_offsets", [0]), "'wt'", "no offsets")
        self.refused(change("wt", "data_offsets", [-5, 5]), "'wt'")
        self.refused(change("z", "data_offsets", [9, 10]), "'z'", "begins")
        self.refused(change("z", "data_offsets", [11, 12]), "begins")
        self.refused(change("z", "dtype", "I16"), "'z'", "instead of")
        self.refused(change("z", "dtype", 3), "'z'", "no dtype")
        self.refused(change("z", "more", 3), "'z'", "not known")
        self.refused(change("f", "shape", [1 << 62, 1 << 62]), "'f'")
        self.refused(change("f", "shape", [1e3]), "'f'", "no shape")
        self.refused(change("f", "data_offsets", [3, 3]), "'f'")
        self.refused(altered(packed, lambda h, _: h.update(z=1)), "'z'")
        self.refused(altered(packed, lambda h, _: h["z"].update(
            dtype="F4", shape=[3])), "'z'", "a wrong size")
        self.refused(altered(packed, lambda h, _: h["__metadata__"].update(
            x=1)), "strings")
        self.refused(packed[:-1] + b"zz", "the tensors end at")
        spaces = packer.split(packed)[0] + " " * xzbundle.HEADER_MAX
        self.refused(packer.file_of(spaces, b""), "16 MiB")
        for name, dtype, shape in (("a\0", "U8", [0]), ("a", "U\0", [0]),
                                   ("a", "X" * 16, [0]),
                                   ("a", "U8", [0] * 33),
                                   ("a", "X", [1 << 32, 1 << 32]),
                                   ("a", "U8", [1 << 32, 1 << 32, 0])):
            self.refused(altered(packed, lambda h, _, n=name, about={
                "dtype": dtype, "shape": shape, "data_offsets": [0, 0]}:
                h.update({n: about})), "tensor 'a")
        text, _, _ = packer.split(packed)
        self.refused(packer.file_of(text.replace(
            '"xzbundle"', '"xzbundl\\u0065"'), packed[8 + len(text):]),
            "another name")
        self.refused(packer.file_of({"__metadata__": None}, b""), "strings")
        # Quick, though a product of so many numbers is not.
        many = {"dtype": "U8", "shape": [xzbundle.SIZE_MAX] * 700000,
                "data_offsets": [0, 0]}
        self.refused(packer.file_of({"a": many}, b""), "no shape")
        self.refused(packed.replace(b'"wt"', b'"w\xff"'), "UTF-8")
        self.refused(packed.replace(b'"z":', b'"wt":'), "twice")

    def test_names_in_errors(self):
        """Nothing in a message controls a terminal."""
        packed = self.made("bits", {"a\x1b[31m": ("I8", [40], self.raw)})
        self.refused(packed[:-1] + b"\xff", "'a\\x1b[31m'")


def field_file(data, n, bits=8, dtype="U8"):
    """A file whose tensor "wt" is packed as `data` say."""
    recipe = {"version": 1, "bare": True, "tensors": {"wt": {
        "dtype": dtype, "shape": [n], "packing": "rans", "crc32": 0}}}
    if bits not in (8, 16):
        recipe["tensors"]["wt"].update(packing="planes",
                                       fields=[bits, 8 - bits])
    return packer.assemble({"wt": {"dtype": dtype, "shape": [n]}}, ["wt"],
                           {"wt": bytes(data)}, recipe)


class Fields(Case):
    """Coded fields, each of whose numbers is wrong in turn."""
    HEAD = "<6B3HI"

    def setUp(self):
        super().setUp()
        rng = random.Random(4)
        self.values = [rng.choice((3, 3, 3, 4, 5, 9)) for _ in range(60)]
        self.how = packer.Rans(p=6, m=2, r=1, plan=[(20, 2), (5, 4)])
        self.good = packer.put_field(self.values, 8, self.how)

    def wrong(self, data, *text, n=60):
        self.refused(field_file(data, n), "tensor 'wt': ", *text)

    def changed(self, index, value, data=None):
        data = bytearray(data or self.good)
        head = list(struct.unpack_from(self.HEAD, data))
        head[index] = value
        struct.pack_into(self.HEAD, data, 0, *head)
        return data

    def test_good(self):
        """What all tests here begin with is right but for the CRC32."""
        self.wrong(self.good, "CRC32")

    def test_kind(self):
        self.wrong(self.changed(0, 2), "kind 2")
        self.wrong(b"", "too early")

    def test_ranges(self):
        for index, value in ((1, 16), (2, 9), (3, 9), (4, 0), (4, 17), (5, 9),
                             (6, 256), (7, 0), (7, 4097), (7, 257)):
            self.wrong(self.changed(index, value), "out of range")

    def test_alphabet(self):
        self.wrong(self.changed(1, 1), "4 symbols")
        empty = bytearray(self.good)
        empty[16] = 0
        self.wrong(empty, "0 symbols")
        empty[16] = self.good[16] | 1
        self.wrong(empty, "padding")

    def test_tables(self):
        size = struct.unpack_from(self.HEAD, self.good)[8]
        self.wrong(self.changed(8, size - 1), "differences")
        self.wrong(self.changed(8, 0), "too early")
        self.wrong(self.changed(8, size + 1))
        self.wrong(self.changed(4, 2))
        longer = self.changed(8, size + 1)
        longer[17 + size:17 + size] = b"\0"
        self.wrong(longer, "differences")
        longer[17 + size] = 1
        self.wrong(longer, "differences")

    def test_weights(self):
        def tables(codes, m, p):
            data = packer.put_tables([codes], 0)
            return struct.pack(self.HEAD, 1, p, m, 0, 1, 1, 0, len(codes),
                               len(data), 0) + np.packbits(
                [1] * len(codes)).tobytes() + data + b"\1\0\1\0"
        self.wrong(tables([100, 0], 2, 4), "weight", n=1)  # 25 << 2
        self.wrong(tables([-1, 3], 2, 4), "weight", n=1)
        self.wrong(tables([99, 0], 2, 4), "fewer words", n=1)
        # The large one leaves room for one symbol, but two need it.
        self.wrong(tables([0] * 4, 2, 2), "fewer words", n=1)
        self.wrong(tables([25] + [0] * 9, 0, 4), "weight", n=1)
        self.wrong(tables([20] + [0] * 8, 0, 3), "9 symbols", n=1)
        self.wrong(tables([24, 24, 24] + [0] * 5, 0, 3), "no room", n=1)

    def test_stages(self):
        at = len(self.good) - 2 * struct.unpack_from(self.HEAD, self.good)[9]
        for stages in ((20, 2, 5, 3), (20, 3, 5, 4), (0, 2, 60, 1),
                       (30, 2, 5, 0)):
            bad = bytearray(self.good)
            struct.pack_into("<4H", bad, at - 8, *stages)
            self.wrong(bad, "stage")
        bad = bytearray(self.good)
        struct.pack_into("<4H", bad, at - 8, 5, 8, 20, 1)
        self.wrong(bad)
        bad = self.changed(5, 0)
        del bad[at - 8:at]
        self.wrong(bad, "4 symbols, but no stages")

    def test_words(self):
        words = struct.unpack_from(self.HEAD, self.good)[9]
        self.wrong(self.changed(9, words + 1), "too early")
        self.wrong(self.changed(9, 30), "fewer words than states")
        few = packer.put_field(self.values, 8, packer.Rans(
            p=6, m=2, plan=[(4, 15)]))
        self.wrong(few, "CRC32")
        self.wrong(self.changed(9, struct.unpack_from(self.HEAD, few)[9] - 1,
                                few)[:-2], "too few words")
        self.wrong(self.changed(9, words + 1) + b"\0\0", "left over")
        self.wrong(self.good + b"\0", "too many")
        for at in range(len(self.good) - 2 * words, len(self.good)):
            for bit in (1, 128):
                bad = bytearray(self.good)
                bad[at] ^= bit
                self.wrong(bad)

    def test_no_stages(self):
        one = packer.put_field([7] * 60, 8, packer.Rans())
        self.wrong(one, "CRC32")
        self.wrong(self.changed(9, 1, one) + b"\0\0", "words, but no stages")

    def test_final_state(self):
        """An encoder that begins with other states."""
        def encode(freq, start, p, payload, lanes=20):
            return packer.encode_stage(freq, start, p, lanes, payload)
        counts = np.unique(self.values, return_counts=True)
        codes = packer.table_codes(counts[1], 2)
        freqs = np.array(packer.frequencies(codes, 6, 2))
        symbols = np.searchsorted(counts[0], self.values)
        f, s = freqs[symbols], (np.cumsum(freqs) - freqs)[symbols]
        tables = packer.put_tables([codes], 0)
        present = np.zeros(7, np.uint8)
        present[counts[0] - 3] = 1
        # One that is too small: 64 of its 64 slots give it back, and 0 follows.
        one = struct.pack(self.HEAD, 1, 6, 0, 0, 1, 1, 7, 1, 1, 3) + \
            b"\x80\x80" + struct.pack("<5H", 1, 1, 1, 0, 0)
        self.wrong(one, "at the start", n=1)
        for payload, text in (([0] * 20, "CRC32"), ([0, 1], "at the end"),
                              ([0] * 19 + [9], "at the end"),
                              ([1 << 16], "end of a stage")):
            words = encode(f, s, 6, payload)
            self.wrong(struct.pack(
                self.HEAD, 1, 6, 2, 0, 1, 1, 3, 7, len(tables), len(words)) +
                np.packbits(present).tobytes() + tables +
                struct.pack("<HH", 20, 3) + words.astype("<u2").tobytes(), text)

    def test_classes(self):
        labels = ([0, 1, 0, 1, 2, 0], [0, 1, 1, 0, 1, 0, 0, 0, 1, 2])
        how = packer.Rans(p=6, m=2, lanes=10, labels=labels)
        good = packer.put_field(self.values, 8, how)
        self.wrong(good, "CRC32")
        at = good.index(struct.pack("<II", 6, 10))

        def numbers(rows, cols):
            bad = bytearray(good)
            struct.pack_into("<II", bad, at, rows, cols)
            return bad
        self.wrong(numbers(6, 0), "columns")
        self.wrong(numbers(16, 0), "columns")
        self.wrong(numbers(5, 11), "rows")
        self.wrong(numbers(1, 15), "rows")
        self.wrong(numbers(1 << 31, 1 << 31), "rows")
        self.wrong(numbers(61, 1), "rows")
        self.wrong(numbers(0, 61), "columns")
        self.wrong(numbers(7, 10), "rows")
        self.wrong(numbers(6, 60), "rows")
        self.wrong(numbers(1, 60))
        bad = bytearray(good)
        bad[at + 9] = 0xf0
        self.wrong(bad, "a table that is not there")
        bad[at + 8] = 9
        self.wrong(bad, "kind 9")
        # Classes that have classes.
        inner = packer.Rans(p=6, m=2, lanes=8, labels=([], [0, 1]))
        nested = good[:at + 8] + packer.put_field(
            labels[0] + labels[1], 4, inner) + good[at + 17:]
        self.wrong(nested, "classes")

    def test_raw(self):
        self.wrong(b"\0" + bytes(59), "too early")
        self.wrong(b"\0" + bytes(61), "too many")
        self.refused(field_file(b"\0" + bytes(22) + b"\1" + b"\0" + bytes(38),
                                60, 3), "'wt'", "padding")

    def test_other_packings(self):
        raw = bytes([0, 1, 255] * 4)
        for way, at, value, text in (
                ("base3", -1, 243, "above 242"), ("base3", -1, 9, "padding"),
                ("bitmask", 1, 0x61, "padding"), ("bitmask", 2, 0x56,
                                                  "CRC32"),
                ("bits", -1, 0xff, "no level")):
            packed = bytearray(packer.pack(packer.plain(
                {"wt": ("I8", [12], raw)}), way))
            _, header, parts = packer.split(bytes(packed))
            size = len(parts["wt"])
            packed[len(packed) - size + at % size] = value
            self.refused(bytes(packed), "tensor 'wt': ", text)


# --- bundles ---

def tar_of(members, **options):
    """A tar of (name, data, type)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", **options) as tar:
        for name, data, kind in members:
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, "code.py"
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


class Bundles(Case):
    def setUp(self):
        super().setUp()
        rng = random.Random(8)
        self.files = {}
        for name in ("a", "b"):
            raw = bytes(rng.choice((0, 1, 1, 2)) for _ in range(300))
            half = packer.some_words(rng, 2, 200).tobytes()
            original = packer.plain({
                name + ".rotated": ("BF16", [200], half),
                name + ".q": ("I8", [30, 10], raw)})
            self.files["m/%s.safetensors" % name] = original
        self.packed = {
            name: packer.pack(original, way, 1) for (name, original), way in
            zip(self.files.items(), ("planes", "classes"))}
        self.members = [(n, d, tarfile.REGTYPE) for n, d in self.packed.items()]
        self.members[1:1] = [
            ("m", b"", tarfile.DIRTYPE), ("d.safetensors", b"",
                                          tarfile.DIRTYPE),
            ("code.py", b"print()\n", tarfile.REGTYPE),
            ("link.safetensors", b"", tarfile.SYMTYPE),
            ("hard.safetensors", b"", tarfile.LNKTYPE),
            ("x" * 300 + ".json", b"{}", tarfile.REGTYPE),
            ("m/a.safetensors.index.json", b"[]", tarfile.REGTYPE)]

    def whole(self, path):
        with xzbundle.open(path) as bundle:
            names = sorted(bundle.names())
            self.assertEqual(names, sorted(
                list(self.files) + ["code.py", "x" * 200 + ".json" if
                                    os.path.isdir(path) else "x" * 300 +
                                    ".json", "m/a.safetensors.index.json"]))
            self.assertEqual(bundle.read("code.py"), b"print()\n")
            for name, original in self.files.items():
                self.assertEqual(bundle.read(name), original)
                self.assertEqual(bundle.read(name, packed=True),
                                 self.packed[name])
                _, header, parts = packer.split(original)
                self.assertEqual(list(bundle.tensors(name)), list(header))
                for tensor, about in header.items():
                    want = array_of(about["dtype"], about["shape"],
                                    parts[tensor])
                    self.same(bundle.tensors()[tensor], want)
                    self.same(bundle.tensors(name)[tensor], want)
                    self.assertEqual(bundle.tensor_bytes(tensor, name),
                                     parts[tensor])
            self.assertEqual(len(bundle.tensors()), 4)
            self.assertNotIn("none", bundle.tensors())
            with self.assertRaises(KeyError):
                bundle.tensors()["none"].tobytes()
            for wrong in (lambda: bundle.read("none"),
                          lambda: bundle.tensors("none"),
                          lambda: bundle.tensors("code.py"),
                          lambda: bundle.tensor_bytes("none")):
                with self.assertRaisesRegex(xzbundle.Error,
                                            "none|not a safetensors"):
                    wrong()
            if not os.path.isdir(path):
                self.mini(path, bundle.tensors())

    def test_tar(self):
        for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
            tar = tar_of(self.members, format=form)
            self.whole(self.path("b.tar", tar))
            self.whole(self.path("b.tar.xz", lzma.compress(tar)))
            half = len(tar) // 1024 * 512
            self.whole(self.path("two.tar.xz", lzma.compress(tar[:half]) +
                                 lzma.compress(tar[half:])))

    def test_folder(self):
        for name, data, kind in self.members:
            if kind == tarfile.REGTYPE:
                self.path(os.path.join("f", name.replace("x" * 300,
                                                         "x" * 200)), data)
        os.symlink("code.py", self.path("f/link.safetensors"))
        os.mkfifo(self.path("f/fifo.safetensors"))
        self.whole(self.path("f"))

    def test_collision(self):
        twice = self.members + [("z.safetensors", self.members[0][1],
                                 tarfile.REGTYPE)]
        path = self.path("b.tar.xz", lzma.compress(tar_of(twice)))
        with xzbundle.open(path) as bundle:
            with self.assertRaisesRegex(
                    xzbundle.Error, "tar.xz: tensor 'a.rotated': in "
                    "'m/a.safetensors' and in 'z.safetensors'"):
                bundle.tensors()
            self.assertEqual(len(bundle.tensors("z.safetensors")), 2)

    def test_none(self):
        path = self.path("b.tar", tar_of([("a", b"x", tarfile.REGTYPE)]))
        with xzbundle.open(path) as bundle:
            with self.assertRaisesRegex(xzbundle.Error, "no .safetensors"):
                bundle.tensors()
        path = self.path("empty.tar", bytes(10240))
        with xzbundle.open(path) as bundle:
            self.assertEqual(bundle.names(), [])
        self.assertEqual(MINI.load(path), {})
        with self.assertRaises(FileNotFoundError):
            xzbundle.open(self.path("none"))

    def test_plain_members(self):
        """What is no packed file is read as it is, whatever is in it."""
        members = {"a.safetensors": b"", "b.safetensors": b"no",
                   "c.safetensors": struct.pack("<Q", 2) + b"{}",
                   "d.safetensors": struct.pack("<Q", 2) + b"{]",
                   "e.bin": self.packed["m/a.safetensors"],
                   "f.safetensors": packer.file_of({"__metadata__": {
                       "a": "by xzbundle", "b": 1}}, b"")}
        path = self.path("b.tar", tar_of([
            (n, d, tarfile.REGTYPE) for n, d in members.items()]))
        with xzbundle.open(path) as bundle:
            for name, data in members.items():
                self.assertEqual(bundle.read(name), self.files[
                    "m/a.safetensors"] if name == "e.bin" else data)
            self.assertFalse(bundle.is_packed("d.safetensors"))
            self.assertFalse(bundle.is_packed("f.safetensors"))
            self.assertEqual(len(bundle.tensors("e.bin")), 2)
            self.assertEqual(len(bundle.tensors("c.safetensors")), 0)
            with self.assertRaisesRegex(xzbundle.Error, "a.safetensors.: not"):
                bundle.tensors()

    def test_broken(self):
        tar = tar_of(self.members)
        packed = lzma.compress(tar, preset=0)
        negative = bytearray(tar_of([("a", b"x", tarfile.REGTYPE)]))
        negative[124:136] = b"\xff" * 10 + b"\xfe\0"  # -512
        negative[148:156] = b" " * 8
        negative[148:156] = b"%06o\0 " % sum(negative[:512])
        for name, data in (
                ("empty", b""), ("negative", negative),
                ("text", b"hello\n" * 200),
                ("cut.xz", packed[:len(packed) // 2]),
                ("tail.xz", packed[:-10]), ("cut.tar", tar[:len(tar) // 3]),
                ("end.tar", tar[:tar.rindex(b"ustar") - 257]),
                ("bad.tar", tar[:520] + b"x" + tar[521:600] + tar[1:9999]),
                ("in.xz", lzma.compress(b"hello")),
                ("flip.xz", packed[:200] + b"\xff\0\xff" + packed[203:])):
            path = self.path(name, data)
            with self.assertRaises(xzbundle.Error, msg=name) as caught:
                xzbundle.open(path)
            self.assertIn(path, str(caught.exception))

    def test_tar_mutants(self):
        """Whatever becomes of a tar's headers, it is an Error or is read."""
        rng = random.Random(3)
        tar = tar_of([("a", b"x", tarfile.REGTYPE), ("y" * 200, b"z",
                                                     tarfile.REGTYPE)])
        for _ in range(500):
            mutant = bytearray(tar)
            at = 512 * rng.randrange(4)
            for _ in range(rng.randint(1, 3)):
                mutant[at + rng.randrange(512)] = rng.choice(
                    [0, 255, 128, 0x31, rng.randrange(256)])
            block = mutant[at:at + 512]
            block[148:156] = b" " * 8
            mutant[at + 148:at + 156] = b"%06o\0 " % sum(block)
            path = self.path("m.tar", mutant)
            with contextlib.suppress(xzbundle.Error):
                with xzbundle.open(path) as bundle:
                    for name in bundle.names():
                        bundle.read(name)

    def test_safetensors_xz(self):
        name, packed = next(iter(self.packed.items()))
        path = self.path("m.safetensors.xz", lzma.compress(packed))
        with xzbundle.open(path) as bundle:
            self.assertEqual(bundle.read(bundle.names()[0]), self.files[name])
            self.assertEqual(len(bundle.tensors()), 2)


class Program(Case):
    def run_it(self, status, *args):
        done = subprocess.run(
            [sys.executable, "-B", os.path.join(PYTHON, "xzbundle.py"), *args],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertNotIn(b"Traceback", done.stderr)
        return done.stdout.decode(), done.stderr.decode()

    def test_list(self):
        packed = packer.pack(packer.plain({
            "w": ("I8", [2, 5], bytes([0, 1] * 5)),
            "v": ("F32", [], b"\0\1\2\3")}), "bits")
        path = self.path("t.safetensors", packed)
        out, err = self.run_it(0, path)
        self.assertEqual(err, "")
        self.assertRegex(out, r"\A +\d+  t.safetensors\n"
                         r" +2    w I8 \[2, 5\] bits\n"
                         r" +4    v F32 \[\]\n\Z")
        path = self.path("t.safetensors", packer.file_of({"w": {
            "dtype": "X\x1b[31m", "shape": [1], "data_offsets": [0, 1]}},
            b"x"))
        self.assertIn(" w X\\x1b[31m [1]", self.run_it(0, path)[0])
        self.run_it(1, self.path("broken", b"x"))
        self.run_it(1, self.path("none"))
        self.run_it(2)

    def test_unpack(self):
        original = packer.plain({"w": ("I8", [2, 5], bytes([0, 1] * 5))})
        packed = packer.pack(original, "base3")
        path, out = self.path("t.safetensors", packed), self.path("out")
        self.run_it(0, "--unpack", path, out)
        with open(out, "rb") as f:
            self.assertEqual(f.read(), original)
        os.unlink(out)
        _, err = self.run_it(1, "--unpack", self.path("t", original), out)
        self.assertIn("not a packed", err)
        _, err = self.run_it(1, "--unpack", self.path(
            "t", packed[:-1] + b"\xff"), out)
        self.assertIn("tensor 'w'", err)
        self.assertFalse(os.path.exists(out))

    def test_packer(self):
        """The program that other tests use."""
        original = packer.plain({"w": ("I8", [2, 50], bytes([0, 1] * 50))})
        source, target = self.path("in", original), self.path("out")
        for way in packer.WAYS:
            subprocess.run([sys.executable, "-B", os.path.join(
                HERE, "packer.py"), source, target, "--packing", way],
                check=True)
            with open(target, "rb") as f:
                self.check(f.read(), original)
        subprocess.run([sys.executable, "-B", os.path.join(HERE, "packer.py"),
                        "--odd", self.path("odd")], check=True)
        names = os.listdir(self.path("odd"))
        self.assertGreater(len(names), 100)
        for name in names:
            base, ending = os.path.splitext(name)
            if ending == ".safetensors":
                with open(self.path("odd/" + base + ".original"), "rb") as f, \
                        xzbundle.open(self.path("odd/" + name)) as bundle:
                    self.assertEqual(bundle.read(name), f.read())


# --- the fragments ---

def raw_lzma2(data):
    """The bytes that it takes as LZMA2, with the best lc."""
    return min(len(lzma.compress(data, format=lzma.FORMAT_RAW, filters=[{
        "id": lzma.FILTER_LZMA2, "preset": 9 | lzma.PRESET_EXTREME, "lc": lc,
        "lp": 0, "pb": 0}])) for lc in range(5))


class Fragments(Case):
    def test_size(self):
        everything = raw_lzma2(fragments(PACKINGS))
        simple = raw_lzma2(fragments(PACKINGS[:3]))
        print("loader: %d bytes with all packings (at most %d), %d with bits, "
              "base3 and bitmask (at most %d)" % (
                  everything, LIMIT_ALL, simple, LIMIT_SIMPLE))
        self.assertLessEqual(everything, LIMIT_ALL)
        self.assertLessEqual(simple, LIMIT_SIMPLE)

    def test_combinations(self):
        rng = random.Random(6)
        raws = {way: bytes(rng.choice((0, 1, 1, 255)) for _ in range(200))
                for way in PACKINGS}
        for count in range(len(PACKINGS) + 1):
            for chosen in itertools.combinations(PACKINGS, count):
                tensors = {way: ("I8", [10, 20], raws[way]) for way in chosen}
                tensors["plain"] = ("BF16", [3], b"\x80\x3f\x00\xc0\x7f\x7f")
                packed = original = packer.plain(tensors)
                header, recipes, parts = {}, {}, {}
                for name, (dtype, shape, raw) in tensors.items():
                    header[name] = {"dtype": dtype, "shape": shape}
                    parts[name] = raw
                    if name in chosen:
                        parts[name], recipes[name] = packer.packed_tensor(
                            dtype, shape, raw, name, rng)
                packed = packer.assemble(header, list(tensors), parts, {
                    "version": 1, "bare": True, "tensors": recipes})
                path = self.path("t.safetensors", packed)
                with xzbundle.open(path) as bundle:
                    self.assertEqual(bundle.read("t.safetensors"), original)
                    self.mini(path, bundle.tensors(), loader(chosen))
                for missing in chosen:
                    # What it has no fragment for, it does not get wrong.
                    module = loader([c for c in chosen if c != missing])
                    with self.assertRaises(KeyError) as caught:
                        module.load(path)
                    self.assertEqual(caught.exception.args, (missing,))

    def test_crc(self):
        raw = bytes([0, 1, 1, 0] * 5)
        packed = packer.pack(packer.plain({
            "u": ("I8", [20], raw), "v": ("I8", [20], raw)}), "bits")
        crc = str(zlib.crc32(raw)).encode()
        at = packed.rindex(crc)
        path = self.path("t.safetensors", packed[:at] + crc[::-1] +
                         packed[at + len(crc):])
        with self.assertRaises(KeyError) as caught:
            MINI.load(path)
        self.assertEqual(caught.exception.args, ("v",))


if __name__ == "__main__":
    unittest.main(warnings="ignore")  # fragments close no files
