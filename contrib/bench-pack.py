"""What contrib/bench-pack needs numpy for.

usage: bench-pack.py matrices IN.safetensors OUT.safetensors
       bench-pack.py decode PACKED.safetensors RAW.xz RUNS

matrices writes the quantised matrices of IN, those of dtype I8, to OUT and
their bytes to OUT.raw; prints the number of values and the sum of the
tensors' order-0 entropies, in bytes rounded up.

decode prints the least microseconds of RUNS that the Python loader takes for
all arrays of PACKED, and lzma.decompress() for RAW.xz, which is the same
values; both files are in memory before.

SPDX-License-Identifier: BSD-2-Clause
"""
import json
import lzma
import pathlib
import sys
import time

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "python"))


def read_safetensors(path):
    data = pathlib.Path(path).read_bytes()
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.loads(data[8:end])
    header.pop("__metadata__", None)
    for name, entry in header.items():
        begin, stop = entry["data_offsets"]
        yield name, entry, data[end + begin:end + stop]


def entropy(values):
    counts = np.bincount(np.frombuffer(values, "u1"), minlength=256)
    counts = counts[counts > 0]
    return -(counts * np.log2(counts / counts.sum())).sum() / 8


def matrices(source, out):
    header, data, at, bound = {}, [], 0, 0
    for name, entry, values in read_safetensors(source):
        if entry["dtype"] != "I8":
            continue
        header[name] = {"dtype": "I8", "shape": entry["shape"],
                        "data_offsets": [at, at + len(values)]}
        at += len(values)
        bound += entropy(values)
        data.append(values)
    text = json.dumps(header, separators=(",", ":"))
    text = text.ljust((len(text) + 7) // 8 * 8).encode()
    pathlib.Path(out).write_bytes(
        len(text).to_bytes(8, "little") + text + b"".join(data))
    pathlib.Path(out + ".raw").write_bytes(b"".join(data))
    print(at, int(np.ceil(bound)))


def least_us(function, runs):
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        function()
        times.append(time.perf_counter() - begin)
    return round(min(times) * 1e6)


def decode(packed, compressed, runs):
    import xzbundle

    def by_loader():
        with xzbundle.open(packed) as bundle:
            return {n: a for n, a in bundle.tensors().items()}

    data = pathlib.Path(compressed).read_bytes()
    arrays = by_loader()
    if b"".join(a.tobytes() for a in arrays.values()) != lzma.decompress(data):
        sys.exit("bench-pack.py: the loader gives other values")
    print(least_us(by_loader, runs),
          least_us(lambda: lzma.decompress(data), runs))


def main(command, *args):
    if command == "matrices":
        matrices(*args)
    elif command == "decode":
        decode(args[0], args[1], int(args[2]))


main(*sys.argv[1:])
