"""Bytes of .xz files, right or wrong as asked.

Source: "The .xz File Format", version 1.1.0; LZMA2 chunks as in its 5.3.1
and in liblzma.  The check is CRC32, unless liblzma writes the whole file.

SPDX-License-Identifier: BSD-2-Clause
"""
import lzma
import struct
import zlib

MAGIC = b"\xfd7zXZ\0"
CRC32 = 1
LZMA2 = 0x21
STORED_MAX = 1 << 16
RUN = 1 << 20


def crc(data):
    return struct.pack("<I", zlib.crc32(data))


def vli(value):
    """Return a variable-length integer (1.2)."""
    out = bytearray()
    while value >= 0x80:
        out.append(value & 0x7f | 0x80)
        value >>= 7
    return bytes(out) + bytes([value])


def stream_header(flags=bytes([0, CRC32])):
    return MAGIC + flags + crc(flags)


def stream_footer(index, flags=bytes([0, CRC32])):
    fields = struct.pack("<I", len(index) // 4 - 1) + flags
    return crc(fields) + fields + b"YZ"


def block_header(prop=0, packed=None, size=None):
    """Return a Block Header of LZMA2 alone; prop is its dictionary's."""
    flags = (packed is not None) << 6 | (size is not None) << 7
    body = bytes([flags])
    body += b"" if packed is None else vli(packed)
    body += b"" if size is None else vli(size)
    body += vli(LZMA2) + vli(1) + bytes([prop])
    total = (1 + len(body) + 4 + 3) // 4 * 4
    body = (bytes([total // 4 - 1]) + body).ljust(total - 4, b"\0")
    return body + crc(body)


class Block:
    """A Block: its parts, and what the Index says of it."""

    def __init__(self, chunks, check, size, prop=0, sizes=None):
        self.packed = chunks + b"\0"
        given = (None, None) if sizes is None else sizes
        self.header = block_header(prop, *given)
        self.check = check
        self.size = size

    def unpadded(self):
        return len(self.header) + len(self.packed) + len(self.check)

    def bytes(self):
        return (self.header + self.packed +
                bytes(-len(self.packed) % 4) + self.check)


def lzma2(data, dict_size=1 << 16, **options):
    """Return LZMA2 chunks without the end marker."""
    packed = lzma.compress(data, lzma.FORMAT_RAW, filters=[dict(
        {"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": dict_size},
        **options)])
    return packed[:-1]


def stored(data):
    """Return LZMA2 chunks that hold data as it is."""
    out = []
    for at in range(0, len(data), STORED_MAX):
        part = data[at:at + STORED_MAX]
        out.append(struct.pack(">BH", 2 if at else 1, len(part) - 1) + part)
    return b"".join(out)


def block(data, prop=8, sizes=None):
    """Return a Block; prop 8 is a dictionary of 64 KiB."""
    return Block(lzma2(data), crc(data), len(data), prop, sizes)


def run_block(before, byte, count, behind, check=None):
    """Return a Block of before, count times byte, and behind.

    The run is one chunk of 1 MiB over and over, each with a state reset.
    With lc=lp=pb=0 the chunk does not depend on where it stands."""
    chunk = lzma2(byte * RUN, lc=0, lp=0, pb=0)
    size = ((chunk[0] & 0x1f) << 16 | chunk[1] << 8 | chunk[2]) + 1
    if size != RUN or chunk[0] >> 5 != 7:
        raise ValueError("the chunk is not one of 1 MiB")
    again = bytes([chunk[0] & 0xdf]) + chunk[1:]
    runs, rest = divmod(count, RUN)
    chunks = stored(before) + again * runs
    for part in (byte * rest, behind):
        if part:
            # A dictionary reset would forget nothing that is needed.
            chunks += lzma2(part)
    if check is None:
        value = zlib.crc32(before)
        part = byte * RUN
        for _ in range(runs):
            value = zlib.crc32(part, value)
        value = zlib.crc32(byte * rest + behind, value)
        check = struct.pack("<I", value)
    return Block(chunks, check, len(before) + count + len(behind), 8)


def index(blocks, count=None):
    body = b"\0" + vli(len(blocks) if count is None else count)
    for b in blocks:
        body += vli(b.unpadded()) + vli(b.size)
    body += bytes(-len(body) % 4)
    return body + crc(body)


def stream(blocks, flags=bytes([0, CRC32]), count=None):
    """Return a Stream; count is the number of records that it tells."""
    tail = index(blocks, count)
    return (stream_header(flags) + b"".join(b.bytes() for b in blocks) +
            tail + stream_footer(tail, flags))


def pack(tar, check=lzma.CHECK_CRC64):
    """Return the .xz of a tar, or of an iterable of its parts."""
    coder = lzma.LZMACompressor(lzma.FORMAT_XZ, check, preset=0)
    if isinstance(tar, bytes):
        tar = [tar]
    return b"".join([coder.compress(part) for part in tar] + [coder.flush()])
