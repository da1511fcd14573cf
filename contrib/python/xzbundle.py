"""Read .tar.xz bundles, and the weights in them, packed or not.

    import xzbundle
    with xzbundle.open("bundle.tar.xz") as bundle:
        bundle.names()                   # the regular files in it
        bundle.read("code/train.py")     # the bytes of one
        weights = bundle.tensors()       # name -> numpy array
        weights["embed.weight"]

open() takes a .tar.xz (or .tar), a folder, or one safetensors file.  Nothing is
written to the disk; a bundle is held in memory as a whole.

A tensor is unpacked when it is asked for, each time anew.  Arrays have the
dtype that numpy has for it, but BF16 gives float32, which is exact, and all
kinds of F8 give uint8, their bits.  F4, F6 and what is not known here give a
flat array of bytes.  tensor_bytes() gives the exact bytes of any of them.

Neither memory nor time is limited: a small file may say that it holds tensors
of 32 GiB, or values that take minutes.  Of strangers' bundles, let xzbundle(1)
check and extract them first, which has limits.

What a packed file is, xzbundle-packed(5) says.  All that it demands is checked,
and Error, a ValueError, tells what is wrong, of which tensor of which file.

As a program:

    python3 xzbundle.py FILE                 list members and tensors
    python3 xzbundle.py --unpack IN OUT      the original of a packed file

Needs Python 3.8 and numpy, and no other file.

SPDX-License-Identifier: BSD-2-Clause
"""
import argparse
import collections.abc
import contextlib
import io
import json
import lzma
import os
import struct
import sys
import tarfile
import zlib

import numpy as np

HEADER_MAX = 16 << 20
VALUES_MAX = (1 << 32) - 1
SIZE_MAX = (1 << 63) - 1
DIMS_MAX = 32
KEY = "xzbundle"  # in __metadata__
ENDING = ".safetensors"
BLOCK = 1 << 16  # values decoded between two looks into the alphabet

# Bits, and numpy's name; None: it has none.
DTYPES = {
    "F64": (64, "<f8"), "F32": (32, "<f4"), "F16": (16, "<f2"),
    "BF16": (16, "<u2"), "C64": (64, "<c8"), "I64": (64, "<i8"),
    "I32": (32, "<i4"), "I16": (16, "<i2"), "I8": (8, "i1"),
    "U64": (64, "<u8"), "U32": (32, "<u4"), "U16": (16, "<u2"),
    "U8": (8, "u1"), "BOOL": (8, "?"), "F8_E4M3": (8, "u1"),
    "F8_E5M2": (8, "u1"), "F8_E8M0": (8, "u1"), "F8_E4M3FNUZ": (8, "u1"),
    "F8_E5M2FNUZ": (8, "u1"), "F6_E2M3": (6, None), "F6_E3M2": (6, None),
    "F4": (4, None)}


class Error(ValueError):
    """What is wrong with a file."""


def _need(condition, text, *values):
    if not condition:
        raise Error(text % values if values else text)


def _show(name):
    """A name from a file, with nothing in it that controls a terminal."""
    return "'%s'" % name if name.isprintable() else ascii(name)


@contextlib.contextmanager
def _within(text):
    """Say where it was that an error happened."""
    try:
        yield
    except Error as e:
        raise Error("%s: %s" % (text, e)) from None
    except MemoryError:
        raise Error("%s: too large for the memory" % text) from None


# --- JSON, of which nothing is believed ---

def _object(pairs):
    members = dict(pairs)
    _need(len(members) == len(pairs), "a name that is there twice in the JSON")
    return members


def _integer(text):
    _need(len(text) <= 20, "a number of %d digits", len(text))
    _need(-SIZE_MAX <= int(text) + 1 <= SIZE_MAX + 1, "a number that is too "
          "large")
    return int(text)


def _real(text):
    _need(abs(float(text)) < float("inf"), "a number that is too large")
    return float(text)


def _constant(text):
    raise Error("%s in the JSON" % text)


def _load(text):
    try:
        value = json.loads(text, object_pairs_hook=_object,
                           parse_int=_integer, parse_float=_real,
                           parse_constant=_constant)
        if "\\u" in text:  # half of a pair is no character
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except Error:
        raise
    except (ValueError, RecursionError) as e:
        raise Error("not JSON: %s" % e) from None


def _dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def _is_number(value, least, most):
    return type(value) is int and least <= value <= most


def _is_list(value, least, most):
    return isinstance(value, list) and all(_is_number(v, least, most)
                                           for v in value)


# --- bits and fields ---

class _Bytes:
    """Bytes that are taken one piece after the other."""
    def __init__(self, data):
        self.data = np.frombuffer(data, np.uint8)
        self.at = 0

    def take(self, size):
        _need(size <= len(self.data) - self.at, "its bytes end too early")
        self.at += size
        return self.data[self.at - size:self.at]

    def unpack(self, form):
        return struct.unpack(form, self.take(struct.calcsize(form)).tobytes())

    def bits(self, n, k):
        """n values of k bits, 0 to 16, as they are in a string of bits."""
        size = n * k + 7 >> 3
        data = self.take(size)
        _need(size == 0 or int(data[-1]) & (1 << 8 * size - n * k) - 1 == 0,
              "padding that is not zero")
        if k == 0:
            return np.broadcast_to(np.uint16(0), n)
        if k == 1:
            return np.unpackbits(data, count=n)
        if k == 8:
            return data
        # 8 values at a time, which are k bytes.
        rows = np.zeros((-(-n // 8), k), np.uint8)
        rows.reshape(-1)[:size] = data
        out = np.empty((len(rows), 8), np.uint16)
        for i in range(8):
            first, end = i * k, i * k + k
            value = np.zeros(len(rows), np.uint32)
            for j in range(first >> 3, end + 7 >> 3):
                value = value << np.uint32(8) | rows[:, j]
            out[:, i] = value >> np.uint32(-end & 7) & np.uint32((1 << k) - 1)
        return out.reshape(-1)[:n]

    def end(self):
        left = len(self.data) - self.at
        _need(left == 0, "%d bytes too many", left)


def _field(data, n, bits, depth=0):
    """A field of n values: a new array, or a view of one that repeats."""
    kind, = data.unpack("B")
    _need(kind <= 1, "a field of kind %d", kind)
    if kind == 0:
        return data.bits(n, bits)
    p, m, r, tables, n_stages, first, k, size, n_words = data.unpack("<5B3HI")
    _need(p <= 15 and m <= 8 and r <= 8 and 1 <= tables <= 16 and
          n_stages <= 8 and 1 <= k <= min(4096, 1 << bits) and
          first < 1 << bits,
          "a coded field with numbers that are out of range")
    alphabet = ((first + np.flatnonzero(data.bits(k, 1))) %
                (1 << bits)).astype(np.uint16)
    _need(1 <= len(alphabet) <= 1 << p, "an alphabet of %d symbols",
          len(alphabet))
    freqs = _tables(_Bytes(data.take(size)), tables, len(alphabet), p, m, r)
    classes = _classes(data, n, tables, depth) if tables > 1 else None
    stages = [data.unpack("<HH") for _ in range(n_stages)]
    words = data.take(2 * n_words).view("<u2").astype(np.uint16)
    if not stages:
        _need(len(alphabet) == 1, "%d symbols, but no stages", len(alphabet))
        _need(n_words == 0, "words, but no stages")
        return np.broadcast_to(alphabet[0], n)
    _need(all(lanes and steps for lanes, steps in stages),
          "a stage without lanes or steps")
    _need(sum(lanes * steps for lanes, steps in stages) == n,
          "stages that have not %d values together", n)
    return _decode(freqs, alphabet, p, classes, stages, words, n)


def _tables(data, tables, size, p, m, r):
    """The frequencies of each table, which add up to 1 << p."""
    count = tables * size
    low = data.bits(count, r).astype(np.int64)
    unary = np.unpackbits(data.take(len(data.data) - data.at))
    ones = np.flatnonzero(unary)
    _need(len(ones) == count and len(unary) - ones[-1] <= 8,
          "tables that have not %d differences", count)
    zs = np.diff(ones, prepend=-1) - 1 << r | low
    codes = (zs >> 1 ^ -(zs & 1)).reshape(tables, size)
    codes = codes.cumsum(1).cumsum(1)
    _need(codes.min() >= 0 and codes.max() >> m <= 24,
          "a weight that is out of range")
    weights = (1 << m) + (codes & (1 << m) - 1) << (codes >> m)
    freqs = np.maximum((weights << p) // weights.sum(1, keepdims=True), 1)
    largest = freqs.argmax(1)
    every = np.arange(tables)
    freqs[every, largest] += (1 << p) - freqs.sum(1)
    _need(freqs[every, largest].min() >= 1,
          "frequencies that have no room for all symbols")
    return freqs


def _classes(data, n, tables, depth):
    """The table of each value."""
    _need(depth == 0, "labels with classes")
    rows, cols = data.unpack("<II")
    needed = -(-n // cols) if cols else 0
    _need(1 <= cols <= n and rows in (0, needed),
          "%d rows and %d columns of classes", rows, cols)
    labels = _field(data, rows + cols, 4, depth + 1)
    _need(int(labels[rows:].max()) +
          (int(labels[:rows].max()) if rows else 0) < tables,
          "a table that is not there")
    classes = np.zeros((needed, min(cols, n)), np.uint8)
    classes += labels[rows:][:classes.shape[1]].astype(np.uint8)
    if rows:
        classes += labels[:rows].astype(np.uint8)[:, None]
    return classes.reshape(-1)[:n]


def _decode(freqs, alphabet, p, classes, stages, words, n):
    """The values of all stages; see Stages in xzbundle-packed(5)."""
    # By table << p | slot: its symbol's value, and in one number, so that one
    # look finds both, the frequency and how far from start the slot is.
    flat = freqs.reshape(-1)
    symbols = np.repeat(np.arange(len(flat)), flat)
    base = np.arange(len(symbols)) - (flat.cumsum() - flat)[symbols]
    table = flat[symbols] << 32 | base
    values = np.tile(alphabet, len(freqs))[symbols]
    out = np.empty(n, np.uint16)
    at = 0
    for number, (lanes, steps) in enumerate(stages):
        _need(2 * lanes <= len(words), "fewer words than states")
        states = words[:2 * lanes:2] | words[1:2 * lanes:2].astype(np.int64) \
            << 16
        _need((states >> 16).all(), "a wrong state at the start of a stage")
        words = words[2 * lanes:]
        padded = np.concatenate([words, np.zeros(lanes, np.uint16)])
        used, end = 0, at + lanes * steps
        block = max(1, BLOCK // lanes) * lanes
        while at < end:
            stop = min(at + block, end)
            slots = np.zeros(stop - at, np.int64)
            if classes is not None:
                slots += classes[at:stop]
                slots <<= p
            used = _steps(states, padded, used, slots.reshape(-1, lanes), p,
                          table, classes is not None)
            out[at:stop] = values.take(slots)
            at = stop
        _need(not words[used:].any() and (number > 0 or used == len(words)),
              "words that are left over")
        _need((states >> 16 == 1).all(), "a wrong state at the end of a stage")
        words = (states & 0xffff).astype(np.uint16)
    _need(not words.any(), "a wrong state at the end")
    return out


def _steps(states, words, used, rows, p, table, offset):
    """Decode len(rows) steps.  rows gets the slots, which are added to what it
    has if `offset`.  Behind the words are as many as there are lanes that
    nobody may use.  Returns how many words are used."""
    lanes = len(states)
    most = len(words) - lanes

    def full(number):
        return np.full(lanes, number, np.int64)

    # A state is below 1 << 32.  Halves of numbers are views of them, so that
    # few calls are needed in a step: with few lanes, calls are all that counts.
    found, slots = full(0), full(0)
    endian = 1 if sys.byteorder == "little" else -1
    halves = states.view(np.uint16).reshape(lanes, 4)[:, ::endian]
    low, high = halves[:, 0], halves[:, 1]
    state = states.view(np.uint32).reshape(lanes, 2)[:, ::endian][:, 0]
    both = found.view(np.uint32).reshape(lanes, 2)[:, ::endian]
    base, freq = both[:, 0], both[:, 1]
    mask, shift, limit = full((1 << p) - 1), full(p), full(1 << 16)
    below = np.empty(lanes, bool)
    for row in rows:
        if offset:
            np.bitwise_and(states, mask, slots)
            np.add(row, slots, row)
        else:
            np.bitwise_and(states, mask, row)
        np.right_shift(states, shift, states)
        table.take(row, None, found, "clip")
        np.multiply(state, freq, state)
        np.add(state, base, state)
        np.less(states, limit, below)
        which, = below.nonzero()
        begin, used = used, used + which.size
        if used > most:
            raise Error("too few words")
        high[which] = low[which]
        low[which] = words[begin:used]
    return used


# --- packings: a tensor's bytes and its recipe to words ---

def _levels(recipe, word, least, most):
    levels = recipe.get("levels")
    half = 1 << 8 * word - 1
    _need(_is_list(levels, -half, half - 1) and
          least <= len(levels) <= most and len(set(levels)) == len(levels),
          "wrong levels")
    return np.array([v % (2 * half) for v in levels], "<u8").astype(
        "<u%d" % word)


def _unpack_bits(data, n, word, recipe):
    k, low = recipe.get("bits"), recipe.get("low")
    half = 1 << 8 * word - 1
    _need(_is_number(k, 0, 16), "wrong bits")
    _need(("low" in recipe) != ("levels" in recipe), "not one of levels and "
          "low")
    if "low" in recipe:
        _need(_is_number(low, -half, half - 1), "a wrong low")
        codes = data.bits(n, k).astype("<u%d" % word)
        return codes + codes.dtype.type(low % (2 * half))
    levels = _levels(recipe, word, 1, 1 << k)
    codes = data.bits(n, k)
    _need(int(codes.max()) < len(levels), "a code that has no level")
    return levels[codes]


def _unpack_base3(data, n, word, recipe):
    levels = _levels(recipe, word, 3, 3)
    digits = np.arange(243)[:, None] // 3 ** np.arange(5) % 3
    codes = data.take(-(-n // 5))
    _need(int(codes.max()) < 243, "a byte above 242")
    _need(not digits[codes[-1], (n - 1) % 5 + 1:].any(),
          "padding that is not zero")
    return levels[digits][codes].reshape(-1)[:n]


def _unpack_bitmask(data, n, word, recipe):
    levels = _levels(recipe, word, 3, 3)
    codes = data.bits(n, 1)
    others = codes == 1
    codes[others] += data.bits(int(np.count_nonzero(others)), 1).astype(
        np.uint8)
    return levels[codes]


def _unpack_rans(data, n, word, _recipe):
    _need(word <= 2, "words of %d bytes", word)
    return _field(data, n, 8 * word)


def _unpack_planes(data, n, word, recipe):
    fields, rotate = recipe.get("fields"), recipe.get("rotate", 0)
    _need(_is_list(fields, 1, 16) and sum(fields) == 8 * word, "wrong fields")
    _need(_is_number(rotate, 0, 1), "a wrong rotate")
    one = np.dtype("<u%d" % word).type
    words = np.zeros(n, one)
    for bits in fields:
        # A field may be all of the word.
        words = words << one(bits) if bits < 8 * word else words
        words |= _field(data, n, bits).astype(one)
    if rotate:
        words = words >> one(1) | words << one(8 * word - 1)
    return words


PACKINGS = {"bits": (_unpack_bits, {"bits", "levels", "low"}),
            "base3": (_unpack_base3, {"levels"}),
            "bitmask": (_unpack_bitmask, {"levels"}),
            "rans": (_unpack_rans, set()),
            "planes": (_unpack_planes, {"fields", "rotate"})}


# --- a safetensors file ---

class _Tensor:
    """A tensor as it was: dtype, shape; packing is None if it is not packed;
    begin and end: where its bytes are in the data."""
    def __init__(self, dtype, shape, begin, end):
        self.dtype, self.shape, self.begin, self.end = dtype, shape, begin, end
        self.packing = None
        self.recipe = {}
        self.size = end - begin  # of the original bytes


def _count(shape):
    n = 1
    for dim in shape:
        n *= dim
        _need(n < 1 << 64, "more than 2^64 values")
    return n


def _is_shape(value):
    return _is_list(value, 0, SIZE_MAX) and len(value) <= DIMS_MAX


def _tensor(value, strict):
    """A tensor of a header."""
    _need(isinstance(value, dict), "not an object")
    dtype, shape, offsets = (value.get(key) for key in
                             ("dtype", "shape", "data_offsets"))
    _need(isinstance(dtype, str) and len(dtype.encode()) < 16 and
          "\0" not in dtype, "no dtype")
    _need(_is_shape(shape), "no shape")
    _need(_is_list(offsets, 0, SIZE_MAX) and len(offsets) == 2, "no offsets")
    _need(not strict or len(value) == 3, "members that are not known")
    begin, end = offsets
    _need(begin <= end, "an end before its beginning")
    size = _count(shape)
    if dtype in DTYPES:
        size *= DTYPES[dtype][0]
        _need(size % 8 == 0 and size // 8 <= SIZE_MAX, "a wrong size")
        _need(size // 8 == end - begin, "%d bytes instead of %d", end - begin,
              size // 8)
    return _Tensor(dtype, shape, begin, end)


def _read_header(text, size, may_be_packed):
    """A header's text to (metadata or None, {name: _Tensor}, names in the
    order of the data), of which there are `size` bytes."""
    header = _load(text)  # an object, since it begins with a brace
    metadata = header.pop("__metadata__", ...)
    if metadata is ...:
        metadata = None
    else:
        _need(isinstance(metadata, dict) and
              all(isinstance(v, str) for v in metadata.values()),
              "__metadata__ has something else than strings")
    strict = metadata is not None and KEY in metadata
    _need(not strict or may_be_packed, "a recipe in what was not packed")
    # Whoever looks for it has to find it.
    _need(not strict or '"%s"' % KEY in text, "a recipe by another name")
    tensors = {}
    for name, value in header.items():
        with _within("tensor " + _show(name)):
            _need("\0" not in name, "a NUL in its name")
            tensors[name] = _tensor(value, strict)
    order = sorted(tensors, key=lambda name: (tensors[name].begin,
                                              tensors[name].end))
    at = 0
    for name in order:
        _need(tensors[name].begin == at, "tensor %s: begins at %d instead of "
              "%d", _show(name), tensors[name].begin, at)
        at = tensors[name].end
    _need(at == size, "%sthe tensors end at %d, but the data at %d",
          "tensor %s: " % _show(order[-1]) if order else "", at, size)
    return metadata, tensors, order


def _looks(data):
    """The size of the header, or None if this is no safetensors file."""
    size = struct.unpack("<Q", data[:8])[0] if len(data) > 8 else 0
    return size if 2 <= size <= len(data) - 8 and data[8:9] == b"{" else None


def _may_be_packed(data):
    """What has no such key in its header is not packed, and may be anything."""
    size = _looks(data)
    return size is not None and size <= HEADER_MAX and \
        data.find(b'"%s"' % KEY.encode(), 8, 8 + size) >= 0


class _File:
    """A safetensors file, packed or not."""
    def __init__(self, data):
        size = _looks(data)
        _need(size is not None, "not a safetensors file")
        _need(size <= HEADER_MAX, "a header of more than 16 MiB")
        self.data = memoryview(data)[8 + size:]
        try:
            self.text = data[8:8 + size].decode()
        except UnicodeDecodeError:
            raise Error("a header that is not UTF-8") from None
        self.metadata, self.tensors, self.order = _read_header(
            self.text, len(self.data), True)
        self.packed = KEY in (self.metadata or {})
        self.bare = self.array = False
        self.header = None
        if self.packed:
            self._read_recipe()

    def _read_recipe(self):
        recipe = _load(self.metadata[KEY])
        _need(isinstance(recipe, dict), "the recipe is not an object")
        version = recipe.get("version")
        _need(type(version) is int and version == 1, "a recipe of a version "
              "that is not known")
        self.bare = recipe.get("bare", False)
        self.array = recipe.get("array", False)
        self.header = recipe.get("header")
        _need(type(self.bare) is bool and type(self.array) is bool and
              ("header" not in recipe or isinstance(self.header, str)) and
              isinstance(recipe.get("tensors"), dict) and
              set(recipe) <= {"version", "bare", "array", "header", "tensors"},
              "a recipe with wrong members")
        for name, value in recipe["tensors"].items():
            with _within("tensor " + _show(name)):
                _need(name in self.tensors, "only in the recipe")
                self._set_recipe(self.tensors[name], value)
        if self.array:
            _need("bare" not in recipe and "header" not in recipe and
                  list(self.tensors) == ["array"] and len(self.metadata) == 1,
                  "not what a bare array is")
        _need(not self.bare or len(self.metadata) == 1,
              "metadata that the original has not")
        if self.header is not None:
            self._compare_header()

    @staticmethod
    def _set_recipe(tensor, value):
        _need(isinstance(value, dict), "its recipe is not an object")
        dtype, shape, packing, crc = (value.get(key) for key in (
            "dtype", "shape", "packing", "crc32"))
        _need(isinstance(packing, str) and packing in PACKINGS,
              "a packing that is not known")
        _need(isinstance(dtype, str) and DTYPES.get(dtype, (0,))[0] % 8 == 0
              and dtype in DTYPES, "a dtype that cannot be packed")
        _need(_is_shape(shape), "no shape")
        _need(1 <= _count(shape) <= VALUES_MAX, "%d values", _count(shape))
        _need(_is_number(crc, 0, (1 << 32) - 1), "no crc32")
        _need(set(value) <= {"dtype", "shape", "packing", "crc32"} |
              PACKINGS[packing][1], "a recipe with members that are not known")
        _need(tensor.dtype == "U8" and len(tensor.shape) == 1,
              "packed, but not in one dimension of U8")
        tensor.dtype, tensor.shape, tensor.packing = dtype, shape, packing
        tensor.recipe = value
        tensor.size = _count(shape) * DTYPES[dtype][0] // 8

    def _offsets(self):
        """Where tensors are in the original, and its size."""
        offsets, at = {}, 0
        for name in self.order:
            offsets[name] = [at, at + self.tensors[name].size]
            at += self.tensors[name].size
        return offsets, at

    def _compare_header(self):
        offsets, size = self._offsets()
        with _within("the original header"):
            _need(self.header[:1] == "{" and len(self.header) <= HEADER_MAX,
                  "not one")
            _, tensors, _ = _read_header(self.header, size, False)
            _need(list(tensors) == list(self.tensors), "has other tensors")
        for name, tensor in tensors.items():
            ours = self.tensors[name]
            _need((tensor.dtype, tensor.shape) == (ours.dtype, ours.shape) and
                  ([tensor.begin, tensor.end] == offsets[name] or
                   tensor.size == ours.size == 0),
                  "tensor %s: another one in the original header", _show(name))

    def words(self, name):
        """The words of a packed tensor, checked."""
        tensor = self.tensors[name]
        recipe, word = tensor.recipe, DTYPES[tensor.dtype][0] // 8
        data = _Bytes(self.data[tensor.begin:tensor.end])
        function = PACKINGS[tensor.packing][0]
        words = function(data, _count(tensor.shape), word, recipe)
        words = np.ascontiguousarray(words, "<u%d" % word)
        data.end()
        _need(zlib.crc32(words.view(np.uint8)) == recipe["crc32"],
              "wrong values: the CRC32 is another")
        return words

    def bytes(self, name):
        tensor = self.tensors[name]
        with _within("tensor " + _show(name)):
            if tensor.packing is None:
                return self.data[tensor.begin:tensor.end].tobytes()
            return self.words(name).tobytes()

    def value(self, name):
        """A tensor as an array."""
        tensor = self.tensors[name]
        code = DTYPES.get(tensor.dtype, (0, None))[1]
        with _within("tensor " + _show(name)):
            if tensor.packing is None:
                raw = self.data[tensor.begin:tensor.end]
                flat = np.array(np.frombuffer(raw, np.uint8))
            else:
                flat = np.array(self.words(name))
            if code is None:
                return flat.view(np.uint8)
            flat = flat.view(code)
            if tensor.dtype == "BF16":
                flat = (flat.astype("<u4") << np.uint32(16)).view("<f4")
            try:
                return flat.reshape(tensor.shape)
            except (ValueError, OverflowError) as e:
                raise Error("a shape that numpy has not: %s" % e) from None

    def original(self):
        """The bytes of the file that was packed."""
        data = b"".join(self.bytes(name) for name in self.order)
        if self.array:
            return data
        if self.header is not None:
            text = self.header.encode()
        else:
            text = self._make_header()
        return struct.pack("<Q", len(text)) + text + data

    def _make_header(self):
        offsets, _ = self._offsets()
        header = {}
        for name in _load(self.text):
            if name in self.tensors:
                tensor = self.tensors[name]
                header[name] = {"dtype": tensor.dtype, "shape": tensor.shape,
                                "data_offsets": offsets[name]}
            elif not self.bare:
                header[name] = {k: v for k, v in self.metadata.items()
                                if k != KEY}
        text = _dump(header).encode()
        return text + b" " * (-len(text) % 8)


# --- bundles ---

class Tensors(collections.abc.Mapping):
    """Names of tensors to arrays, which are made when they are asked for."""
    def __init__(self, bundle, members):
        self._bundle = bundle
        self._found = {}  # name to (member, _File)
        for member in members:
            file = bundle._file(member)
            for name in file.tensors:
                _need(name not in self._found, "%s: tensor %s: in %s and in %s",
                      bundle.path, _show(name),
                      _show(self._found.get(name, ("",))[0]), _show(member))
                self._found[name] = member, file

    def _get(self, name, function):
        member, file = self._found[name]
        with self._bundle._within(member):
            return function(file, name)

    def __getitem__(self, name):
        return self._get(name, _File.value)

    def __iter__(self):
        return iter(self._found)

    def __len__(self):
        return len(self._found)

    def __contains__(self, name):
        return name in self._found

    def bytes(self, name):
        """The exact bytes of a tensor."""
        return self._get(name, _File.bytes)

    def about(self, name):
        """(dtype as safetensors calls it, shape, packing or None, bytes that
        it takes in the file)"""
        tensor = self._found[name][1].tensors[name]
        return (tensor.dtype, tuple(tensor.shape), tensor.packing,
                tensor.end - tensor.begin)


class Bundle:
    """A .tar.xz, a folder or a safetensors file; see open()."""
    def __init__(self, path):
        self.path = os.fspath(path)
        self._members = {}  # name to bytes, or to a path
        self._files = {}
        self._one = False  # it is one safetensors file itself
        with _within(self.path):
            if os.path.isdir(self.path):
                self._scan()
            else:
                self._read_file()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Forget what is in memory."""
        self._members, self._files = {}, {}

    def _scan(self):
        for folder, folders, files in os.walk(self.path):
            folders.sort()
            for name in sorted(files):
                path = os.path.join(folder, name)
                if os.path.isfile(path) and not os.path.islink(path):
                    name = os.path.relpath(path, self.path)
                    self._members[name.replace(os.sep, "/")] = path

    def _read_file(self):
        with io.open(self.path, "rb") as f:
            data = f.read()
        if data[:6] == b"\xfd7zXZ\0":
            try:
                data = lzma.decompress(data)
            except (lzma.LZMAError, EOFError) as e:
                raise Error("a broken .xz file: %s" % e) from None
        if _looks(data) is not None:
            self._one = True
            self._members[os.path.basename(self.path)] = data
        else:
            self._read_tar(data)

    def _read_tar(self, data):
        try:
            with tarfile.open(fileobj=io.BytesIO(data), mode="r:") as tar:
                for member in iter(tar.next, None):
                    # A negative size would be read for ever.
                    _need(member.size >= 0, "a negative size in the tar")
                    if member.isreg():
                        self._members[member.name] = tar.extractfile(
                            member).read()
                end = data[tar.offset:tar.offset + 512]
            _need(len(end) == 512 and not any(end), "the tar ends too early")
        except Error:
            raise
        except Exception as e:  # tarfile does not say what it raises
            raise Error("neither a tar nor a safetensors file: %s" % (
                e or type(e).__name__)) from None

    def names(self):
        """The names of the members, all of which are regular files."""
        return list(self._members)

    def _stored(self, name):
        _need(name in self._members, "%s: no member %s", self.path,
              _show(str(name)))
        data = self._members[name]
        if isinstance(data, str):
            with io.open(data, "rb") as f:
                data = f.read()
        return data

    def _within(self, name):
        """Errors are of this member."""
        return _within(self.path if self._one else "%s: %s" % (
            self.path, _show(name)))

    def _file(self, name):
        if name not in self._files:
            data = self._stored(name)
            with self._within(name):
                self._files[name] = _File(data)
        return self._files[name]

    def read(self, name, packed=False):
        """The bytes of a member.  Of a packed safetensors file they are those
        of its original, or, with `packed`, those that are there."""
        data = self._stored(name)
        if packed or not _may_be_packed(data):
            return data
        file = self._file(name)
        with self._within(name):
            return file.original() if file.packed else data

    def is_packed(self, name):
        """Is this member a packed safetensors file?"""
        return _may_be_packed(self._stored(name)) and self._file(name).packed

    def tensors(self, name=None):
        """The tensors of a safetensors member.  None: of all whose names end
        in .safetensors."""
        if name is not None:
            return Tensors(self, [name])
        names = [n for n in self._members if self._one or n.endswith(ENDING)]
        _need(names, "%s: no %s file in it", self.path, ENDING)
        return Tensors(self, names)

    def tensor_bytes(self, tensor, name=None):
        """The exact bytes of a tensor."""
        tensors = self.tensors(name)
        _need(tensor in tensors, "%s: no tensor %s", self.path,
              _show(str(tensor)))
        return tensors.bytes(tensor)


def open(path):  # pylint: disable=redefined-builtin
    """Open a .tar.xz, a .tar, a folder or a safetensors file."""
    return Bundle(path)


# --- the program ---

def _list(path):
    with open(path) as bundle:
        for name in bundle.names():
            print("%10d  %s" % (len(bundle.read(name, packed=True)),
                                _show(name)[1:-1]))
            if not name.endswith(ENDING) and not bundle.is_packed(name):
                continue
            tensors = bundle.tensors(name)
            for tensor in tensors:
                dtype, shape, packing, size = tensors.about(tensor)
                print("%10d    %s %s %s%s" % (
                    size, _show(tensor)[1:-1], _show(dtype)[1:-1], list(shape),
                    " " + packing if packing else ""))


def _unpack(source, target):
    with open(source) as bundle:
        _need(len(bundle.names()) == 1 and bundle.is_packed(bundle.names()[0]),
              "%s: not a packed safetensors file", source)
        data = bundle.read(bundle.names()[0])
    with io.open(target, "wb") as f:
        f.write(data)


def _main():
    parser = argparse.ArgumentParser(
        description="List a bundle or safetensors file, or unpack one.")
    parser.add_argument("file", nargs="?", help="what to list")
    parser.add_argument("--unpack", nargs=2, metavar=("IN", "OUT"),
                        help="write the original of a packed file")
    args = parser.parse_args()
    if (args.file is None) == (args.unpack is None):
        parser.error("a file to list, or --unpack")
    try:
        if args.unpack:
            _unpack(*args.unpack)
        else:
            _list(args.file)
    except (Error, OSError) as e:
        print("xzbundle.py: %s" % e, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main())
