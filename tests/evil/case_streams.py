"""Cases x: the .xz layer, and what is not .xz.

SPDX-License-Identifier: BSD-2-Clause
"""
import binascii
import gzip
import io
import lzma
import random
import zipfile

from cases import case, File, Tar, OK, REFUSE, CORRUPT, LIMIT
from tarbits import file, tar
from xzbits import (MAGIC, Block, block, crc, index, pack, stored, stream,
                    stream_footer, stream_header)

FOOTER = 12


def noise(size, seed=1):
    """Return bytes that do not compress."""
    return random.Random(seed).getrandbits(8 * size).to_bytes(size, "big")


DATA = noise(3000)
TREE = {"first.txt": b"first\n", "a.bin": DATA}


def two():
    return tar(file("first.txt", b"first\n"), file("a.bin", DATA))


def whole():
    return stream([block(two())])


def flipped(data, at, bit=1):
    at %= len(data)
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


@case("x01_concat_streams", "tar", REFUSE,
      "second xz stream holds more of the tar")
def _(o):
    return {"": File(pack(two()[:1024]) + pack(two()[1024:])),
            "-padded": File(pack(two()[:1024]) + bytes(4) +
                            pack(two()[1024:]))}


@case("x02_concat_hidden", "tar", REFUSE, "complete tar.xz + complete tar.xz")
def _(o):
    hidden = pack(tar(file("hidden.txt")))
    return {"": File(whole() + hidden),
            "-padded": File(whole() + bytes(8) + hidden)}


@case("x03_padding_ok", "xz", OK, "4-byte stream padding")
def _(o):
    return File(whole() + bytes(4), TREE)


@case("x04_padding_bad", "xz", CORRUPT, "3-byte stream padding")
def _(o):
    return File(whole() + bytes(3))


@case("x05_trailing", "xz", CORRUPT, "trailing garbage after the xz stream")
def _(o):
    return {"": File(whole() + b"trailing garbage"),
            "-byte": File(whole() + b"!"),
            "-padded": File(whole() + bytes(4) + b"garbage!")}


@case("x06_trailing_xzmagic", "xz", REFUSE, "trailing xz magic only")
def _(o):
    return File(whole() + MAGIC)


@case("x07_trunc_1", "xz", CORRUPT, "last byte missing")
def _(o):
    return File(whole()[:-1])


@case("x08_trunc_footer", "xz", CORRUPT, "footer missing")
def _(o):
    return File(whole()[:-FOOTER])


@case("x09_trunc_index", "xz", CORRUPT, "index+footer missing")
def _(o):
    return File(whole()[:-FOOTER - len(index([block(two())]))])


@case("x10_trunc_half", "xz", CORRUPT, "half missing")
def _(o):
    return File(whole()[:len(whole()) // 2])


@case("x11_badcheck", "xz", CORRUPT,
      "bit flip in the block check (after all data was output)")
def _(o):
    return File(flipped(whole(), -FOOTER - len(index([block(two())])) - 2))


@case("x12_badindexcrc", "xz", CORRUPT, "bit flip in index CRC")
def _(o):
    return File(flipped(whole(), -FOOTER - 1))


@case("x13_badfooter", "xz", CORRUPT, "bit flip in footer CRC")
def _(o):
    return File(flipped(whole(), -FOOTER))


@case("x14_check_none", "xz", REFUSE, "integrity check = none")
def _(o):
    return File(pack(two(), lzma.CHECK_NONE))


@case("x15_check_crc32", "xz", OK, "CRC32")
def _(o):
    return File(pack(two(), lzma.CHECK_CRC32), TREE)


@case("x16_check_sha256", "xz", OK, "SHA-256")
def _(o):
    return File(pack(two(), lzma.CHECK_SHA256), TREE)


def dictionary(prop, data=None):
    data = tar(file("a.txt", b"a\n")) if data is None else data
    return stream([block(data, prop)])


@case("x17_dict_4g", "xz", LIMIT,
      "LZMA2 dictionary 4 GiB-1 declared (prop 40) in a 100-byte file",
      "xz issue #202")
def _(o):
    return File(dictionary(40))


@case("x18_dict_1536m", "xz", LIMIT, "dictionary 1.5 GiB (prop 37)",
      "xz issue #202")
def _(o):
    return File(dictionary(37))


@case("x19_dict_64m", "xz", OK, "dictionary 64 MiB (prop 28; xz -9)")
def _(o):
    return File(dictionary(28, two()), TREE)


@case("x20_dict_bad", "xz", CORRUPT, "dictionary prop 41 (invalid)")
def _(o):
    return File(dictionary(41))


@case("x21_gzip", "xz", REFUSE, "gzip named .tar.xz")
def _(o):
    return File(gzip.compress(two(), mtime=0))


@case("x22_plain_tar", "xz", REFUSE, "plain tar named .tar.xz")
def _(o):
    return File(two())


@case("x23_lzma_alone", "xz", REFUSE, ".lzma named .tar.xz")
def _(o):
    return File(lzma.compress(two(), lzma.FORMAT_ALONE, preset=0))


def nested(times):
    data = two()
    for _ in range(times):
        data = pack(data)
    return data


@case("x24_nested5", "tar", REFUSE, "xz inside xz x5 (filter stacking)")
def _(o):
    return File(nested(5))


@case("x25_nested30", "tar", REFUSE, "xz inside xz x30")
def _(o):
    return File(nested(30))


@case("x26_mtree", "tar", REFUSE,
      "xz of an mtree spec (accepted when format_all is enabled)")
def _(o):
    lines = ["#mtree\n"] + ["./f%02d type=file mode=0644 size=6 "
                            "contents=/etc/passwd\n" % i for i in range(40)]
    return "".join(lines).encode()


@case("x27_cpio", "tar", REFUSE, "xz of a cpio archive")
def _(o):
    out = b""
    for name, data in (("a.txt", DATA), ("TRAILER!!!", b"")):
        fields = (1, 0o100644, 0, 0, 1, 0, len(data), 0, 0, 0, 0,
                  len(name) + 1, 0)
        out += b"070701" + b"".join(b"%08x" % f for f in fields)
        out += name.encode() + b"\0"
        out += bytes(-len(out) % 4) + data
        out += bytes(-len(out) % 4)
    return out + bytes(-len(out) % 512)


@case("x28_zip", "tar", REFUSE, "xz of a zip")
def _(o):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr(zipfile.ZipInfo("a.txt", (1980, 1, 1, 0, 0, 0)), DATA)
    return out.getvalue()


@case("x29_uu", "tar", REFUSE, "uuencoded tar")
def _(o):
    data = two()
    lines = b"".join(binascii.b2a_uu(data[i:i + 45])
                     for i in range(0, len(data), 45))
    return {"": b"begin 644 a.tar\n" + lines + b"`\nend\n",
            "-of-xz": b"begin 644 a.tar.xz\n" + b"".join(
                binascii.b2a_uu(whole()[i:i + 45])
                for i in range(0, len(whole()), 45)) + b"`\nend\n"}


@case("x30_empty_file", "xz", CORRUPT, "0-byte file")
def _(o):
    return File(b"")


@case("x31_empty_xz", "tar", CORRUPT, "xz stream with no data",
      "CVE-2026-34743")
def _(o):
    return {"": File(stream([])), "-block": File(stream([Block(
        b"", crc(b""), 0)]))}


@case("x32_delta_bcj", "xz", OK, "delta + x86 BCJ + LZMA2 filters")
def _(o):
    chain = [{"id": lzma.FILTER_DELTA, "dist": 4},
             {"id": lzma.FILTER_X86},
             {"id": lzma.FILTER_LZMA2, "preset": 0}]
    return File(lzma.compress(two(), lzma.FORMAT_XZ, filters=chain), TREE)


@case("x33_100k_streams", "tar", REFUSE,
      "100 000 empty xz streams before the data")
def _(o):
    return File(stream([]) * 100000 + whole())


@case("x34_leading_zero", "xz", REFUSE, "leading zero padding before magic")
def _(o):
    return File(bytes(4) + whole())


def last_block(chunks):
    """Return a Stream whose first Block is a whole tar, marker and all, and
    whose second is 600 zero bytes in these chunks."""
    return stream([block(two()),
                   Block(chunks, crc(bytes(600)), 600)])


@case("x35_block_corrupt_after_eof", "xz", CORRUPT,
      "multi-block xz: damage only after the tar end marker (bsdtar, GNU "
      "tar, libarchive all exit 0)")
def _(o):
    good = stored(bytes(300)) + b"\2" + stored(bytes(300))[1:]
    # Control bytes 3 to 7f are reserved.
    bad = stored(bytes(300)) + b"\3" + stored(bytes(300))[1:]
    size = FOOTER + len(index([block(two()),
                               Block(good, crc(bytes(600)), 600)]))
    return {"": File(last_block(bad)),
            "-check": File(flipped(last_block(good), -size - 1)),
            "-index": File(flipped(last_block(good), -FOOTER - 6))}


@case("x36_block_trunc_after_eof", "xz", CORRUPT,
      "multi-block xz cut 200 bytes before its end, after the tar end "
      "marker (all exit 0)")
def _(o):
    return File(last_block(stored(bytes(600)))[:-200])


@case("x37_second_stream_garbage", "tar", REFUSE,
      "second xz stream of garbage after a complete tar (all exit 0)")
def _(o):
    return File(whole() + pack(noise(2000, 2)))


@case("x38_index_lies", "xz", CORRUPT,
      "block header with wrong uncompressed size")
def _(o):
    data = two()
    good = block(data)
    lies = block(data)
    lies.size += 1
    packed = len(good.packed)
    return {"": File(stream([block(data, sizes=(packed, len(data) + 1))])),
            "-less": File(stream([block(data, sizes=(packed,
                                                     len(data) - 512))])),
            "-packed": File(stream([block(data, sizes=(packed + 1,
                                                       len(data)))])),
            "-index": File(stream_header() + good.bytes() + index([lies]) +
                           stream_footer(index([lies]))),
            "-index-more": File(
                stream_header() + good.bytes() + index([good, good]) +
                stream_footer(index([good, good])))}


@case("x39_reserved_flags", "xz", REFUSE, "reserved stream flag bit")
def _(o):
    return {"": File(stream([block(two())], b"\0\x11")),
            "-first": File(stream([block(two())], b"\1\1")),
            "-check-2": File(stream([block(two())], b"\0\2"))}


@case("x40_huge_index", "xz", CORRUPT, "index claims 2^60 records",
      "CVE-2026-34743")
def _(o):
    alone = index([], 1 << 60)
    return {"": File(stream([block(two())], count=1 << 60)),
            "-alone": File(stream_header() + alone + stream_footer(alone))}
