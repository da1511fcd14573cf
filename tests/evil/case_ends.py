"""Cases e: how a tar ends, or does not.

SPDX-License-Identifier: BSD-2-Clause
"""
from cases import case, File, Tar, OK, REFUSE, CORRUPT, LIMIT
from tarbits import BLOCK, END, after, file, header, tar
from xzbits import run_block, stream

DATA = bytes(range(256)) * 4 + b"end\n"


def two():
    return file("first.txt", b"first\n") + file("a.bin", DATA)


@case("e01_no_eof", "tar", CORRUPT, "no end-of-archive blocks")
def _(o):
    return {"": two(), "-one-block": two() + bytes(BLOCK)}


@case("e02_one_zero_more", "tar", REFUSE, "one zero block then more members")
def _(o):
    return tar(file("first.txt", b"first\n"), bytes(BLOCK),
               file("hidden.txt"))


@case("e03_two_zero_more", "tar", REFUSE, "EOF blocks then hidden members")
def _(o):
    return tar(two(), END, file("hidden.txt"))


@case("e04_trailing_garbage_tar", "tar", REFUSE,
      "garbage after EOF inside the xz")
def _(o):
    return {"": tar(two()) + b"garbage!" * 64,
            "-late": tar(two()) + bytes(8192) + b"g",
            "-odd": tar(two()) + b"garbage"}


@case("e05_trunc_data", "tar", CORRUPT,
      "tar truncated in the middle of file data")
def _(o):
    return {"": two()[:-2 * BLOCK], "-odd": two()[:-2 * BLOCK + 100]}


@case("e06_trunc_hdr", "tar", CORRUPT,
      "tar truncated in the middle of a header")
def _(o):
    return two() + header("b.txt", size=5)[:300]


@case("e07_trunc_pad", "tar", CORRUPT, "tar truncated in the padding")
def _(o):
    return {"": two()[:-100],
            "-none": file("first.txt", b"first\n")[:BLOCK + 6]}


@case("e08_empty_tar", "tar", REFUSE, "only EOF blocks")
def _(o):
    return {"": END, "-20": bytes(20 * BLOCK)}


@case("e09_zero_len", "tar", CORRUPT, "empty tar stream (0 bytes)")
def _(o):
    return b""


@case("e10_big_zero_tail", "limit", LIMIT, "64 MiB of zeros after EOF")
def _(o):
    tail = (2 if o.small else 64) << 20
    return File(stream([run_block(tar(two()), b"\0", tail, b"")]))


@case("e11_eof_marker_inside", "tar", OK,
      "file data that looks like an EOF marker + tar headers (honest nested "
      "tar)")
def _(o):
    inner = tar(file("../victim")) + END + file("/etc/passwd") + END
    return Tar(tar(file("inner.tar", inner), file("b.txt", b"b\n")),
               {"inner.tar": inner, "b.txt": b"b\n"})


@case("e12_odd_block", "tar", OK, "archive not a multiple of 512 bytes")
def _(o):
    return Tar(tar(two()) + bytes(100),
               {"first.txt": b"first\n", "a.bin": DATA})
