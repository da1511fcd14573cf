"""Packed safetensors files, written by hand and by xzbundle-packed(5) alone.

For scripts of the tests of the command line, which import all of it.
"""
import json
import random
import struct
import zlib


def bits(values, k):
    """Codes of k bits."""
    n = 0
    for v in values:
        n = n << k | v
    size = (k * len(values) + 7) // 8
    return (n << 8 * size - k * len(values)).to_bytes(size, "big")


def base3(digits):
    """Five digits in a byte."""
    digits = digits + [0] * (-len(digits) % 5)
    return bytes(sum(d * 3 ** j for j, d in enumerate(digits[i:i + 5]))
                 for i in range(0, len(digits), 5))


def text(header):
    """A header by the rules."""
    s = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    return s + b" " * (-len(s) % 8)


def write(name, header, data):
    """A file of a header, as text or as its members, and of pieces of data."""
    if not isinstance(header, bytes):
        header = text(header)
    with open(name, "wb") as f:
        f.write(struct.pack("<Q", len(header)) + header + b"".join(data))


def lay_out(tensors, data):
    """Set data_offsets by the order of the data, a dictionary."""
    at = 0
    for name, d in data.items():
        tensors[name]["data_offsets"] = [at, at + len(d)]
        at += len(d)


random.seed(1)
few = [random.randrange(8) for _ in range(1001)]
tri = [random.choice([-1, 0, 0, 1]) for _ in range(35 * 11)]

# In the order of the data.
raw = {
    "few": struct.pack("<1001h", *[v * 7 - 20 for v in few]),
    "tri": struct.pack("385b", *tri),
    "same": struct.pack("<6f", *[1.5] * 6),
    "other": bytes(random.randrange(256) for _ in range(77)),
    "none": b"",
}
packed = {
    "few": bits(few, 3),
    "tri": base3([v + 1 for v in tri]),
    "same": b"",
    "other": raw["other"],
    "none": b"",
}
# In the order of the header.
kept = {
    "tri": {"dtype": "I8", "shape": [35, 11]},
    "none": {"dtype": "F16", "shape": [3, 0]},
    "few": {"dtype": "I16", "shape": [1001]},
    "other": {"dtype": "U8", "shape": [7, 11]},
    "same": {"dtype": "F32", "shape": [1, 2, 3]},
}
params = {
    "few": {"packing": "bits", "bits": 3,
            "levels": [v * 7 - 20 for v in range(8)]},
    "tri": {"packing": "base3", "levels": [-1, 0, 1]},
    "same": {"packing": "bits", "bits": 0, "levels": [0x3fc00000]},
}


def recipe(**more):
    """The recipe, and more members for it."""
    tensors = {name: {**kept[name], "crc32": zlib.crc32(raw[name]), **p}
               for name, p in params.items()}
    return {"version": 1, "tensors": tensors, **more}


def packed_header(r, metadata=None):
    """The header of the packed file; r is a recipe, or text in its place."""
    tensors = {name: dict(t) for name, t in kept.items()}
    for name in params:
        tensors[name] = {"dtype": "U8", "shape": [len(packed[name])]}
    lay_out(tensors, packed)
    if not isinstance(r, str):
        r = json.dumps(r)
    return {"__metadata__": {**(metadata or {}), "xzbundle": r}, **tensors}


def original_header(metadata=None):
    """That of the original."""
    tensors = {name: dict(t) for name, t in kept.items()}
    lay_out(tensors, raw)
    return {**({} if metadata is None else {"__metadata__": metadata}),
            **tensors}
