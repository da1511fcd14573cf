"""Write one transformer's weights in the forms that contrib/bench measures.

usage: bench-corpus.py MODEL OUT

MODEL holds a TensorFlow.js graph model (model.json and its shards).  In OUT
come int6, ternary, bf16 and f32/model.safetensors, and pt/model.pt.  Run by
contrib/bench-corpus, which gets MODEL; installs nothing, needs numpy.

A matrix of more than 65,536 values is stored as (out, in), row by row, in the
case's form; all else stays float32.  The forms:

    int6     .q: int8, steps of 12.85/31 standard deviations of the row, cut
             to [-32, 31]; .scale: the step, a float16 a row
    ternary  .q: int8, steps of the mean size of 128 values, cut to [-1, 1];
             .scale: the step, a float16 every 128
    bf16     the upper half of each float32
    f32      as it was

SPDX-License-Identifier: BSD-2-Clause
"""
import json
import pathlib
import struct
import sys
import zipfile

import numpy as np

LARGE = 65536
GROUP = 128
# float32 is what this model has; the others are only skipped over.
ITEM_SIZES = {"float32": 4, "int32": 4, "bool": 1, "uint8": 1}


def read_model(folder):
    """Yield (name, array) of a model's float32 tensors, in its order."""
    model = json.loads((folder / "model.json").read_text())
    for group in model["weightsManifest"]:
        shards = b"".join((folder / p).read_bytes() for p in group["paths"])
        at = 0
        for entry in group["weights"]:
            dtype, count = entry["dtype"], int(np.prod(entry["shape"]))
            if dtype == "float32":
                flat = np.frombuffer(shards, "<f4", count, at)
                shape = [n for n in entry["shape"] if n > 1] or [1]
                yield entry["name"], flat.reshape(shape)
            at += ITEM_SIZES[dtype] * count


def plain_name(name):
    return name.lower().replace("module/", "").replace("/", ".")


def cut(values, step, low, high):
    """Round to whole steps; return int8 values and float16 steps."""
    whole = np.clip(np.rint(values / step), low, high)
    return whole.astype(np.int8), step.astype("<f2").ravel()


def to_int6(matrix):
    spread = matrix.std(axis=1, keepdims=True)
    return cut(matrix, np.maximum(spread * 12.85 / 31, 1e-8), -32, 31)


def to_ternary(matrix):
    groups = matrix.reshape(-1, GROUP)
    step = np.abs(groups).mean(axis=1, keepdims=True) + 1e-8
    values, scales = cut(groups, step, -1, 1)
    return values.reshape(matrix.shape), scales


def to_bf16(matrix):
    return (matrix.view("<u4") >> 16).astype("<u2")


def add_matrix(cases, name, matrix):
    """Add a large matrix to each case in the case's form."""
    for case, form in (("int6", to_int6), ("ternary", to_ternary)):
        values, scales = form(matrix)
        cases[case] += [(name + ".q", "I8", values),
                        (name + ".scale", "F16", scales)]
    cases["bf16"].append((name, "BF16", to_bf16(matrix)))
    cases["f32"].append((name, "F32", matrix))


def safetensors(tensors):
    """Return the bytes of a safetensors file of (name, dtype, array)s."""
    header, data = {}, []
    at = 0
    for name, dtype, array in tensors:
        data.append(array.tobytes())
        end = at + len(data[-1])
        header[name] = {"dtype": dtype, "shape": list(array.shape),
                        "data_offsets": [at, end]}
        at = end
    text = json.dumps(header, separators=(",", ":"))
    text = text.ljust((len(text) + 7) // 8 * 8).encode()
    return struct.pack("<Q", len(text)) + text + b"".join(data)


def write_zip(path, tensors):
    """Write tensors as stored entries of a zip, as torch.save does."""
    with zipfile.ZipFile(path, "w") as archive:
        for i, (_, _, array) in enumerate(tensors):
            entry = zipfile.ZipInfo(f"model/data/{i}")
            archive.writestr(entry, array.tobytes())


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: bench-corpus.py MODEL OUT")
    model, out = map(pathlib.Path, sys.argv[1:])
    cases = {"int6": [], "ternary": [], "bf16": [], "f32": []}
    for name, array in read_model(model):
        name = plain_name(name)
        if array.ndim == 2 and array.size > LARGE:
            # The model has (in, out), but for its table of embeddings.
            turned = array if "embeddings" in name else array.T
            add_matrix(cases, name, np.ascontiguousarray(turned))
        else:
            for tensors in cases.values():
                tensors.append((name, "F32", array))
    for case, tensors in cases.items():
        (out / case).mkdir(parents=True, exist_ok=True)
        path = out / case / "model.safetensors"
        path.write_bytes(safetensors(tensors))
    (out / "pt").mkdir(parents=True, exist_ok=True)
    write_zip(out / "pt" / "model.pt", cases["int6"])


main()
