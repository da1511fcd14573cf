"""Write packed safetensors files: an encoder for tests, and plain on purpose.

usage: packer.py IN.safetensors OUT.safetensors --packing NAME
       packer.py --odd DIR [--seed N]

The first packs every tensor that it can pack with NAME: one of bits, low,
base3, bitmask, rans, classes (rans with several tables), planes, mixed (by
chance).  The second writes files into DIR that are legal but odd, each as
NAME.safetensors, packed, and NAME.original, what it has to unpack to.

The format is in xzbundle-packed(5).  Shares no code with the loader.

SPDX-License-Identifier: BSD-2-Clause
"""
import argparse
import json
import os
import random
import struct
import sys
import zlib

import numpy as np

WORDS = {"F64": 8, "I64": 8, "U64": 8, "C64": 8, "F32": 4, "I32": 4, "U32": 4,
         "F16": 2, "BF16": 2, "I16": 2, "U16": 2, "BOOL": 1, "I8": 1, "U8": 1,
         "F8_E4M3": 1, "F8_E5M2": 1, "F8_E8M0": 1, "F8_E4M3FNUZ": 1,
         "F8_E5M2FNUZ": 1}
PARTS = {"F4": 4, "F6_E2M3": 6, "F6_E3M2": 6}  # bits


class Cannot(Exception):
    """These values cannot be packed like this."""


# --- strings of bits ---

def put_bits(values, k):
    """Values of k bits as one string of bits, padded."""
    values = np.asarray(values, np.int64)
    bits = values[:, None] >> np.arange(k)[::-1] & 1
    return np.packbits(bits.astype(np.uint8).ravel()).tobytes()


# --- rANS ---

def weight_code(target, m):
    """The q whose weight is next to target, a number of at least 1."""
    e = max(0, int(target).bit_length() - 1 - m)
    return min(range(e << m, e + 2 << m),
               key=lambda q: abs(weight(q, m) - target))


def weight(q, m):
    return (1 << m) + q % (1 << m) << (q >> m)


def frequencies(codes, p, m):
    """The frequencies that a table's codes stand for."""
    weights = [weight(q, m) for q in codes]
    total = sum(weights)
    freqs = [max(1, (w << p) // total) for w in weights]
    largest = freqs.index(max(freqs))
    freqs[largest] += (1 << p) - sum(freqs)
    if freqs[largest] < 1:
        raise Cannot("too many symbols for the precision")
    return freqs


def table_codes(counts, m):
    """A code for each symbol: its count, scaled to weights of 22 bits."""
    total = max(1, int(counts.sum()))
    known = {count: weight_code((count << 22) // total, m)
             for count in set(counts.tolist())}
    return [known[count] for count in counts.tolist()]


def put_tables(codes, r):
    """The differences of all tables: r bits of each, the rest in unary."""
    zs = []
    for table in codes:
        sums = [b - a for a, b in zip([0] + table, table)]
        for d in (b - a for a, b in zip([0] + sums, sums)):
            zs.append(2 * d if d >= 0 else -2 * d - 1)
    zs = np.array(zs, np.int64)
    ones = np.cumsum((zs >> r) + 1) - 1
    unary = np.zeros(int(ones[-1]) + 1, np.uint8)
    unary[ones] = 1
    return put_bits(zs & (1 << r) - 1, r) + np.packbits(unary).tobytes()


def encode_stage(freq, start, p, lanes, payload):
    """The words of one stage; payload: the words of the next, which its last
    states hold."""
    if len(payload) > lanes:
        raise Cannot("the next stage has too many words")
    x = np.full(lanes, 1 << 16, np.int64)
    x[:len(payload)] += np.asarray(payload, np.int64)
    taken = []
    for f, s in zip(freq.reshape(-1, lanes)[::-1],
                    start.reshape(-1, lanes)[::-1]):
        full = x >= f << (32 - p)
        taken.append(x[full] & 0xffff)
        x = np.where(full, x >> 16, x)
        x = (x // f << p) + x % f + s
    states = np.stack([x & 0xffff, x >> 16], 1).ravel()
    return np.concatenate([states] + taken[::-1])


def plans(n, lanes):
    """Ways to cut n values into stages, the better ones first."""
    for divisor in (4, 16, 64, 1 << 16):
        plan, left, width = [], n, min(lanes, n)
        while left > 0 and len(plan) < 8:
            if len(plan) == 7:
                width = 1
            steps = min(left // width, 65535)
            plan.append((width, steps))
            left -= width * steps
            width = max(1, min(left, width // divisor))
        if left == 0:
            yield plan
    for width in range(min(lanes, n), 0, -1):
        if n % width == 0 and n // width <= 65535:
            yield [(width, n // width)]


def encode_stages(freq, start, p, plan):
    at, payload = len(freq), []
    for lanes, steps in plan[::-1]:
        part = slice(at - lanes * steps, at)
        payload = encode_stage(freq[part], start[part], p, lanes, payload)
        at = part.start
    return payload


class Rans:
    """How a field is coded; what is None is chosen."""
    def __init__(self, p=None, m=4, r=0, lanes=32, labels=None, first=None,
                 k=None, plan=None, coded_labels=False, force_stages=False):
        self.p, self.m, self.r, self.lanes = p, m, r, lanes
        self.labels = labels  # (labels of rows or [], of columns)
        self.first, self.k, self.plan = first, k, plan
        self.coded_labels, self.force_stages = coded_labels, force_stages


def put_coded(values, bits, how):
    values = np.asarray(values, np.int64)
    n = len(values)
    first = int(values.min()) if how.first is None else how.first
    # A range may go on at 0.
    places = (values - first) % (1 << bits)
    k = int(places.max()) + 1 if how.k is None else how.k
    if k > 4096:
        raise Cannot("values too far apart")
    assert int(places.max()) < k <= 1 << bits
    alphabet, symbols = np.unique(places, return_inverse=True)
    classes, labels, tables = np.zeros(n, np.int64), b"", 1
    if how.labels is not None:
        rows, cols = (np.asarray(x, np.int64) for x in how.labels)
        i = np.arange(n)
        classes = cols[i % len(cols)] + (rows[i // len(cols)] if len(rows)
                                         else 0)
        tables = int(cols.max() + (rows.max() if len(rows) else 0)) + 1
    if tables > 1:
        labels = struct.pack("<II", len(rows), len(cols)) + put_field(
            np.concatenate([rows, cols]), 4,
            Rans(lanes=8) if how.coded_labels else None)
    size = len(alphabet)
    p = how.p if how.p is not None else min(
        15, max((size * 8).bit_length(), 11)) if size > 1 else 0
    if size > 1 << p:
        raise Cannot("more symbols than frequencies")
    counts = np.bincount(classes * size + symbols,
                         minlength=tables * size).reshape(tables, size)
    codes = [table_codes(c, how.m) for c in counts]
    table_bytes = put_tables(codes, how.r)
    freqs = np.array([frequencies(c, p, how.m) for c in codes], np.int64)
    starts = np.cumsum(freqs, 1) - freqs
    plan, words = [], []
    if size > 1 or how.force_stages:
        f, s = freqs[classes, symbols], starts[classes, symbols]
        for plan in [how.plan] if how.plan else plans(n, how.lanes):
            try:
                words = encode_stages(f, s, p, plan)
                break
            except Cannot:
                if how.plan:
                    raise
        else:
            raise Cannot("no stages fit")
    if len(table_bytes) > 65535:
        raise Cannot("tables too large")
    present = np.zeros(k, np.uint8)
    present[alphabet] = 1
    return (struct.pack("<6B3HI", 1, p, how.m, how.r, tables, len(plan),
                        first, k, len(table_bytes), len(words)) +
            np.packbits(present).tobytes() + table_bytes + labels +
            b"".join(struct.pack("<HH", *stage) for stage in plan) +
            np.asarray(words, "<u2").tobytes())


def put_field(values, bits, how=None):
    """A field: raw, or coded as a Rans says."""
    if how is None:
        return b"\0" + put_bits(values, bits)
    return put_coded(values, bits, how)


# --- packings: words (unsigned) to (bytes, parameters) ---

def signed(values, word):
    """Words as signed numbers."""
    half = 1 << 8 * word - 1
    return [v - 2 * half if v >= half else v for v in map(int, values)]


def levels_of(words, word, most):
    levels = sorted(set(words.tolist()))
    if len(levels) > most:
        raise Cannot("more than %d levels" % most)
    codes = np.searchsorted(np.array(levels, words.dtype), words)
    return signed(levels, word), codes


def pack_bits(words, word, _cols, rng):
    levels, codes = levels_of(words, word, 1 << 12)
    rest = list(range(len(levels)))
    rng.shuffle(rest)  # an index is no order
    codes = np.argsort(rest)[codes]
    k = (len(levels) - 1).bit_length()
    return put_bits(codes, k), {"bits": k, "levels": [levels[i]
                                                      for i in rest]}


def pack_low(words, word, _cols, rng):
    values = signed(words.tolist(), word)
    low = min(values)
    k = (max(values) - low).bit_length()
    if k > 16:
        raise Cannot("values too far apart")
    if k < 8 * word and rng.random() < .3:
        k = min(16, k + 1)
    return put_bits([v - low for v in values], k), {"bits": k, "low": low}


def three(words, word):
    levels, codes = levels_of(words, word, 3)
    spare = [v for v in (0, 1, -1, 5) if v not in levels]
    return levels + spare[:3 - len(levels)], codes


def pack_base3(words, word, _cols, _rng):
    levels, codes = three(words, word)
    padded = np.zeros((len(codes) + 4) // 5 * 5, np.int64)
    padded[:len(codes)] = codes
    data = padded.reshape(-1, 5) @ [1, 3, 9, 27, 81]
    return data.astype(np.uint8).tobytes(), {"levels": levels}


def pack_bitmask(words, word, _cols, _rng):
    levels, codes = three(words, word)
    data = put_bits(codes > 0, 1) + put_bits(codes[codes > 0] - 1, 1)
    return data, {"levels": levels}


def some_rans(rng, classes=False, n=0, cols=1):
    """Any way to code n values."""
    labels = None
    if classes and n > 0:
        cols = rng.choice([cols, cols, rng.randint(1, n)])
        rows = -(-n // cols) if rng.random() < .6 else 0
        tables = rng.randint(2, 16)
        most = rng.randint(0, tables - 1) if rows else 0
        labels = ([rng.randint(0, most) for _ in range(rows)],
                  [rng.randint(0, tables - 1 - most) for _ in range(cols)])
    return Rans(m=rng.randint(0, 8), r=rng.randint(0, 8), labels=labels,
                p=rng.choice([None, 12, 15]),
                lanes=rng.choice([1, 7, 32, 100, 500]),
                coded_labels=rng.random() < .5)


def pack_rans(words, word, cols, rng, classes=False):
    if word > 2:
        raise Cannot("words of %d bytes" % word)
    how = some_rans(rng, classes, len(words), cols)
    return put_field(words, 8 * word, how), {}


def pack_classes(words, word, cols, rng):
    return pack_rans(words, word, cols, rng, True)


def pack_planes(words, word, cols, rng):
    width = 8 * word
    fields = {16: [[8, 8], [5, 11], [9, 7]], 32: [[8, 8, 16], [9, 7, 16]]}
    fields = rng.choice(fields.get(width, [[]]))
    while sum(fields) < width:
        fields = fields + [rng.randint(1, min(16, width - sum(fields)))]
    rotate = rng.choice([None, 0, 1, 1])
    one = np.array(1, words.dtype)
    if rotate:
        words = words << one | words >> words.dtype.type(width - 1)
    data, shift = b"", width
    for bits in fields:
        shift -= bits
        part = words >> words.dtype.type(shift) & words.dtype.type(
            (1 << bits) - 1)
        how = some_rans(rng, rng.random() < .3, len(words), cols)
        try:
            data += put_field(part, bits, rng.choice([None, how, how]))
        except Cannot:
            data += put_field(part, bits)
    params = {"fields": fields}
    if rotate is not None:
        params["rotate"] = rotate
    return data, params


WAYS = {"bits": ("bits", pack_bits), "low": ("bits", pack_low),
        "base3": ("base3", pack_base3), "bitmask": ("bitmask", pack_bitmask),
        "rans": ("rans", pack_rans), "classes": ("rans", pack_classes),
        "planes": ("planes", pack_planes)}


# --- files ---

def shape_size(dtype, shape):
    bits = PARTS.get(dtype) or 8 * WORDS[dtype]
    for dim in shape:
        bits *= dim
    return bits // 8


def dump(value):
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def file_of(header, data):
    """A safetensors file; header: a dict, or text that stays as it is."""
    text = header.encode() if isinstance(header, str) else dump(header).encode()
    if not isinstance(header, str):
        text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def plain(tensors, metadata=None):
    """A file of tensors {name: (dtype, shape, bytes)}."""
    header, data = {}, b""
    if metadata is not None:
        header["__metadata__"] = metadata
    for name, (dtype, shape, raw) in tensors.items():
        assert len(raw) == shape_size(dtype, shape), name
        header[name] = {"dtype": dtype, "shape": list(shape),
                        "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    return file_of(header, data)


def words_of(dtype, raw):
    return np.frombuffer(raw, "<u%d" % WORDS[dtype])


def packed_tensor(dtype, shape, raw, way, rng):
    """(bytes, recipe), or None if it cannot be packed like that."""
    if dtype not in WORDS or not raw or not shape:
        return None
    cols = shape[-1] if len(shape) > 1 else len(raw) // WORDS[dtype]
    ways = [way]
    if way == "mixed":
        ways = list(WAYS)
        rng.shuffle(ways)
    for name in ways:
        packing, function = WAYS[name]
        try:
            data, params = function(words_of(dtype, raw), WORDS[dtype], cols,
                                    rng)
        except Cannot:
            continue
        return data, dict({"dtype": dtype, "shape": shape, "packing": packing,
                           "crc32": zlib.crc32(raw)}, **params)
    return None


def split(original):
    """(header as text, header, {name: bytes}) of a file."""
    size = struct.unpack("<Q", original[:8])[0]
    text = original[8:8 + size].decode()
    header = json.loads(text)
    data = original[8 + size:]
    parts = {name: data[slice(*t["data_offsets"])]
             for name, t in header.items() if name != "__metadata__"}
    return text, header, parts


def assemble(header, order, packed, recipe, metadata_first=True):
    """The packed file of header, whose data are in that order; packed:
    {name: bytes of all tensors}; recipe: what goes into the metadata."""
    metadata = dict(header.get("__metadata__", {}))
    metadata["xzbundle"] = dump(recipe)
    out = {}
    if "__metadata__" not in header and metadata_first:
        out["__metadata__"] = metadata
    offsets, at = {}, 0
    for name in order:
        offsets[name] = [at, at + len(packed[name])]
        at = offsets[name][1]
    for name, tensor in header.items():
        if name == "__metadata__":
            out[name] = metadata
        elif name in recipe["tensors"]:
            out[name] = {"dtype": "U8", "shape": [len(packed[name])],
                         "data_offsets": offsets[name]}
        else:
            out[name] = {"dtype": tensor["dtype"], "shape": tensor["shape"],
                         "data_offsets": offsets[name]}
    out.setdefault("__metadata__", metadata)
    return file_of(out, b"".join(packed[name] for name in order))


def made_header(header, order, parts):
    """The header that the rules make, as text."""
    offsets, at = {}, 0
    for name in order:
        offsets[name] = [at, at + len(parts[name])]
        at = offsets[name][1]
    text = dump({k: v if k == "__metadata__" else
                 {"dtype": v["dtype"], "shape": v["shape"],
                  "data_offsets": offsets[k]} for k, v in header.items()})
    return text + " " * (-len(text.encode()) % 8)


def pack(original, way="mixed", seed=0, only=None):
    """Pack a file; only: a function of names, which says what to pack."""
    rng = random.Random(seed)
    text, header, parts = split(original)
    names = [name for name in header if name != "__metadata__"]
    order = sorted(names, key=lambda name: header[name]["data_offsets"])
    packed, recipes = dict(parts), {}
    for name in names:
        if only is not None and not only(name):
            continue
        one = packed_tensor(header[name]["dtype"], header[name]["shape"],
                            parts[name], way, rng)
        if one is not None:
            packed[name], recipes[name] = one
    recipe = {"version": 1}
    if "__metadata__" not in header:
        recipe["bare"] = True
    # What has become empty may stand elsewhere among what is empty.
    found = sorted(names, key=lambda name: (
        sum(len(packed[n]) for n in order[:order.index(name)]),
        len(packed[name]) > 0, names.index(name)))
    if text != made_header(header, found, parts):
        recipe["header"] = text
    recipe["tensors"] = recipes
    return assemble(header, order, packed, recipe, rng.random() < .5)


def pack_array(raw, dtype, shape, way, seed=0):
    """Pack a bare array; a way of None leaves it as it is."""
    rng = random.Random(seed)
    one = packed_tensor(dtype, shape, raw, way, rng) if way else None
    recipes, data = {}, raw
    if one is not None:
        data, recipes["array"] = one
    return assemble({"array": {"dtype": dtype, "shape": shape}}, ["array"],
                    {"array": data},
                    {"version": 1, "array": True, "tensors": recipes})


# --- odd files ---

def some_words(rng, word, n):
    """n words of one kind or another, as an array."""
    top = 1 << 8 * word
    kind = rng.choice(["normal", "few", "any", "one", "three", "far"])
    if kind == "normal":
        values = [int(rng.gauss(0, 4)) % top for _ in range(n)]
    elif kind == "any":
        values = [rng.randrange(top) for _ in range(n)]
    else:
        count = {"few": 30, "one": 1, "three": 3, "far": 2}[kind]
        levels = [rng.randrange(top) for _ in range(count)]
        if kind == "far":
            levels = [top // 2, top // 2 - 1]  # smallest and largest
        values = [rng.choice(levels) for _ in range(n)]
    return np.array(values, "<u%d" % word)


def some_shape(rng, most=2000):
    shape = [rng.choice([1, 2, 3, 5, 8, 17, 64, 130])
             for _ in range(rng.randint(1, 4))]
    while np.prod(shape) > most:
        shape.pop()
    return shape or [7]


def all_dtypes(rng):
    """Tensors of all dtypes, empty ones and scalars too."""
    tensors = {}
    for dtype, word in WORDS.items():
        for i in range(3):
            shape = some_shape(rng)
            raw = some_words(rng, word, int(np.prod(shape))).tobytes()
            tensors["%s.%d" % (dtype.lower(), i)] = (dtype, shape, raw)
        tensors[dtype + " scalar"] = (dtype, [], bytes(range(word)))
        tensors[dtype + " empty"] = (dtype, [3, 0], b"")
    for dtype, bits in PARTS.items():
        tensors[dtype] = (dtype, [4, 8], bytes(range(4 * bits)))
    names = list(tensors)
    rng.shuffle(names)
    return {name: tensors[name] for name in names}


def extreme():
    """Patterns that arithmetic on floats would not keep."""
    half = list(range(0, 65536, 7)) + [0x7c01, 0xfe00, 0x7fff, 0x8000]
    single = [0x7f800001, 0xffc00000, 0x80000000, 1, 0xffffffff, 0x7f7fffff]
    double = [0x7ff0000000000001, 1 << 63, (1 << 64) - 1, 0, 1]
    return {
        "bytes": ("I8", [256], bytes(range(256))),
        "half": ("F16", [len(half)], np.array(half, "<u2").tobytes()),
        "bfloat": ("BF16", [len(half)], np.array(half, "<u2").tobytes()),
        "single": ("F32", [3, 50], np.array(single * 25, "<u4").tobytes()),
        "double": ("F64", [5, 20], np.array(double * 20, "<u8").tobytes()),
        "long": ("I64", [100], np.array(double * 20, "<u8").tobytes()),
        "levels": ("U64", [9], np.array([1 << 63, 0, 1] * 3,
                                        "<u8").tobytes())}


def hand_made(values, bits, how, shape=None, dtype=None):
    """A file with one tensor "w" that is a field, and its original."""
    dtype = dtype or ("U8" if bits == 8 else "U16")
    raw = np.asarray(values, "<u%d" % WORDS[dtype]).tobytes()
    shape = shape or [len(values)]
    data = put_field(values, bits, how)
    recipe = {"version": 1, "bare": True, "tensors": {"w": {
        "dtype": dtype, "shape": shape, "packing": "rans",
        "crc32": zlib.crc32(raw)}}}
    return (assemble({"w": {"dtype": dtype, "shape": shape}}, ["w"],
                     {"w": data}, recipe),
            plain({"w": (dtype, shape, raw)}))


def hand_made_fields(rng):
    """{name: (packed, original)} of coded fields."""
    normal = [min(63, max(0, int(rng.gauss(32, 4)))) for _ in range(5000)]
    wide = [1000 + int(abs(rng.gauss(0, 900))) % 4096 for _ in range(6000)]
    ramp = list(range(4096)) * 2
    zeros_rows = ([], [i % 16 for i in range(50)])
    rows = ([i % 3 for i in range(100)], [i % 14 for i in range(50)])
    return {
        "one-value": hand_made([7] * 100, 8, Rans()),
        "one-value-stages": hand_made([7] * 100, 8,
                                      Rans(p=0, force_stages=True)),
        "one-value-classes": hand_made([7] * 100, 8, Rans(
            p=3, labels=([], [0, 1, 5]))),
        "one-at-all": hand_made([255], 8, Rans(p=15)),
        "two": hand_made([0, 65535 - 4000] * 40, 16, None),
        "p1": hand_made([1, 2, 2, 2, 1] * 40, 8, Rans(p=1)),
        "k4096": hand_made(ramp, 16, Rans(p=12, m=0, lanes=64)),
        "k4096-p15": hand_made(wide, 16, Rans(p=15, m=8, r=8, first=1000,
                                              k=4096, lanes=500)),
        "top": hand_made([65535, 61440, 65000] * 30, 16, Rans(first=61440,
                                                              k=4096)),
        "range-wider": hand_made(normal, 8, Rans(first=0, k=256)),
        "columns-16": hand_made(normal, 8, Rans(labels=zeros_rows)),
        "rows-columns": hand_made(normal, 8, Rans(labels=rows, p=14),
                                  [100, 50]),
        "rows-coded": hand_made(normal, 8, Rans(labels=rows,
                                                coded_labels=True)),
        "cols-all": hand_made(normal[:50], 8, Rans(labels=(
            [1], rows[1]), p=10)),
        "around": hand_made([250, 255, 0, 3] * 50, 8, Rans(first=250)),
        "around-16": hand_made([65535, 0, 65400, 1] * 50, 16,
                               Rans(first=65400)),
        "around-all": hand_made(list(range(256)) * 2, 8, Rans(first=77)),
        "eight-stages": hand_made(normal, 8, Rans(plan=[
            (1078, 4), (420, 1), (165, 1), (64, 1), (24, 1), (10, 1), (4, 1),
            (1, 1)])),
        "lane-each": hand_made(normal, 8, Rans(plan=[(5000, 1)])),
        "one-lane": hand_made(normal, 8, Rans(plan=[(1, 5000)])),
    }


def odd_headers(rng):
    """{name: (packed, original)} for what headers can be."""
    tensors = {"a": ("I8", [40], bytes([1, 255, 0, 1] * 10)),
               "b": ("F16", [3], b"abcdef"),
               "c": ("I8", [2, 5], bytes(range(10)))}
    texts = {"Ünï \U0001f600": "x\u2028\x7f", 'q"\\/': "\b\t\n\f\r\x01\x1f"}
    files = {"plain": plain(tensors), "empty-metadata": plain(tensors, {}),
             "metadata": plain(tensors, {"format": "pt"}),
             "texts": plain(dict(tensors, **{
                 k: ("I8", [5], b"\1\1\0\0\1") for k in texts}), texts),
             "nothing": plain({}), "nothing-but": plain({}, {"a": "b"})}
    text, header, parts = split(files["metadata"])
    data = b"".join(parts.values())
    swapped = {k: header[k] for k in ("c", "__metadata__", "b", "a")}
    files["order"] = file_of(swapped, data)
    files["spaces"] = file_of(text + " " * 8, data)
    files["no-padding"] = file_of(dump(header), data)
    files["pretty"] = file_of(json.dumps(header, indent=2), data)
    files["ascii"] = file_of(json.dumps(swapped), data)
    files["members"] = file_of(dump({
        k: dict(reversed(list(v.items()))) for k, v in header.items()}), data)
    order = dict(tensors, z=("F32", [0], b""), y=("I8", [3], b"\5\5\5"),
                 x=("I8", [0, 2], b""), w=("U8", [2], b"\5\5"))
    files["empties"] = plain(order)
    out = {}
    for name, original in files.items():
        for way in ("mixed", "bits"):
            out["%s-%s" % (name, way)] = (
                pack(original, way, rng.random()), original)
    out["array"] = (pack_array(parts["a"], "I8", [4, 10], "bits"), parts["a"])
    out["array-plain"] = (pack_array(b"12345678", "F32", [2], None),
                          b"12345678")
    return out


def odd_files(seed):
    """{name: (packed, original)}: everything that is odd but legal."""
    rng = random.Random(seed)
    out = {}
    for way in list(WAYS) + ["mixed"]:
        for name, tensors in (("dtypes", all_dtypes(rng)),
                              ("extreme", extreme())):
            original = plain(tensors, {"seed": str(seed)})
            out["%s-%s" % (name, way)] = (pack(original, way, seed), original)
    out.update(hand_made_fields(rng))
    out.update(odd_headers(rng))
    return out


def write(path, data):
    with open(path, "wb") as f:
        f.write(data)


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--packing", choices=list(WAYS) + ["mixed"])
    parser.add_argument("--odd")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.odd and not args.files:
        os.makedirs(args.odd, exist_ok=True)
        for name, (packed, original) in odd_files(args.seed).items():
            write(os.path.join(args.odd, name + ".safetensors"), packed)
            write(os.path.join(args.odd, name + ".original"), original)
    elif len(args.files) == 2 and args.packing and not args.odd:
        with open(args.files[0], "rb") as f:
            write(args.files[1], pack(f.read(), args.packing, args.seed))
    else:
        parser.error("two files and --packing, or --odd")


if __name__ == "__main__":
    sys.exit(main())
