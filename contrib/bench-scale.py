"""Write the large files that contrib/bench-scale measures.

usage: bench-scale.py MIB FILE
       bench-scale.py --small N DIR

FILE is a .safetensors of MIB MiB with one int8 matrix of bell-shaped values
from -32 to 31 that never repeat.  DIR gets N files of 1 KiB, 0.json and so on.
The same bytes every time.  Installs nothing, needs nothing.

SPDX-License-Identifier: BSD-2-Clause
"""
import json
import math
import pathlib
import random
import sys

PIECE = 1 << 22
WIDTH = 4096


def bell():
    """Return the table of 256 that makes uniform bytes values of int6."""
    table = []
    for i in range(256):
        low, high = -8.0, 8.0
        for _ in range(40):
            middle = (low + high) / 2
            if (1 + math.erf(middle / math.sqrt(2))) / 2 < (i + 0.5) / 256:
                low = middle
            else:
                high = middle
        table.append(max(-32, min(31, round(low * 12.4))) & 0xFF)
    return bytes(table)


def header(rows):
    """Return the start of a .safetensors with a matrix of this many rows."""
    tensor = {"dtype": "I8", "shape": [rows, WIDTH],
              "data_offsets": [0, rows * WIDTH]}
    text = json.dumps({"blocks.0.mlp.q": tensor}).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def write_weights(mib, path):
    """Write a matrix that takes about this many MiB."""
    table = bell()
    left = (mib << 20) // WIDTH * WIDTH
    source = random.Random(mib)
    with open(path, "wb") as file:
        file.write(header(left // WIDTH))
        while left > 0:
            piece = min(left, PIECE)
            file.write(source.randbytes(piece).translate(table))
            left -= piece


def write_small(count, folder):
    """Write this many files of 1 KiB that are alike, but not the same."""
    source = random.Random(count)
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True)
    for i in range(count):
        values = [source.getrandbits(20) for _ in range(128)]
        text = json.dumps({"id": i, "values": values})[:1023] + "\n"
        (folder / f"{i}.json").write_text(text.rjust(1024))


def main():
    """Do what the arguments say."""
    if len(sys.argv) == 4 and sys.argv[1] == "--small":
        write_small(int(sys.argv[2]), sys.argv[3])
    elif len(sys.argv) == 3:
        write_weights(int(sys.argv[1]), sys.argv[2])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
