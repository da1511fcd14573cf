"""Bytes of tar archives, right or wrong as asked.

Nothing is checked or repaired here: a number field takes bytes as they are,
and a size need not be that of the data.  Sources: POSIX.1-2017, pax, "ustar
Interchange Format" and "pax Header Block"; GNU tar manual, "Basic Tar
Format" (base-256 numbers, types L, K, S, V, M, D).

SPDX-License-Identifier: BSD-2-Clause
"""
import struct

BLOCK = 512
END = bytes(2 * BLOCK)
USTAR = b"ustar\x0000"
GNU = b"ustar  \0"
V7 = bytes(8)
EVIL = b"evil\n"


def raw(name):
    """Return a name as bytes."""
    return name.encode() if isinstance(name, str) else name


def octal(value, width):
    """Return a number field; bytes are taken as they are."""
    if isinstance(value, bytes):
        return value
    return b"%0*o\0" % (width - 1, value)


def base256(value, width=12):
    """Return a GNU base-256 field, negative numbers in two's complement."""
    field = (value & ((1 << 8 * width) - 1)).to_bytes(width, "big")
    return bytes([field[0] | 0x80]) + field[1:]


def checksum(head, signed=False):
    """Return the sum of a header, its own field counting as blanks."""
    head = head[:148] + b" " * 8 + head[156:]
    return sum(struct.unpack("512b" if signed else "512B", head))


def header(name, kind=b"0", size=0, mode=0o644, link=b"", uid=0, gid=0,
           mtime=0, magic=USTAR, uname=b"", gname=b"", major=b"", minor=b"",
           prefix=b"", tail=b"", chksum=None, signed=False):
    """Return the 512 bytes of a header."""
    head = struct.pack(
        "100s8s8s8s12s12s8sc100s8s32s32s8s8s155s12s", raw(name),
        octal(mode, 8), octal(uid, 8), octal(gid, 8), octal(size, 12),
        octal(mtime, 12), b"", kind, raw(link), magic, uname, gname,
        octal(major, 8), octal(minor, 8), raw(prefix), tail)
    if len(raw(name)) > 100 or len(raw(link)) > 100 or len(raw(prefix)) > 155:
        raise ValueError("a name of %d bytes" % len(raw(name)))
    if chksum is None:
        chksum = b"%06o\0 " % (checksum(head, signed))
    return head[:148] + chksum + head[156:]


def padded(data, fill=b"\0"):
    """Return data filled up to whole blocks."""
    return data + fill * (-len(data) % BLOCK)


def entry(name, data=b"", **fields):
    """Return a header with the size of the data, and the data."""
    fields.setdefault("size", len(data))
    return header(name, **fields) + padded(data)


def file(name, data=EVIL, **fields):
    return entry(name, data, **fields)


def folder(name, **fields):
    fields.setdefault("mode", 0o755)
    return entry(name, kind=b"5", **fields)


def symlink(name, to, data=b"", **fields):
    return entry(name, data, kind=b"2", link=to, mode=0o777, **fields)


def hardlink(name, to, data=b"", **fields):
    return entry(name, data, kind=b"1", link=to, **fields)


def record(key, value, length=None):
    """Return a pax record; length is what it says of itself."""
    rest = b" " + raw(key) + b"=" + raw(value) + b"\n"
    if length is None:
        length = len(rest)
        while length != len(rest) + len(str(length)):
            length = len(rest) + len(str(length))
    return raw(str(length)) + rest


def pax(*records, kind=b"x", name="PaxHeaders/x", **fields):
    """Return a pax header of (key, value) pairs or of bytes."""
    body = b"".join(r if isinstance(r, bytes) else record(*r)
                    for r in records)
    return entry(name, body, kind=kind, **fields)


def long_name(name, kind=b"L", **fields):
    """Return a GNU long name (L) or long link (K) header."""
    return entry("././@LongLink", raw(name) + b"\0", kind=kind, magic=GNU,
                 **fields)


def tar(*parts):
    """Return a whole archive."""
    return b"".join(parts) + END


def after(*parts):
    """Return an archive with an honest file in front, which a reader that
    refuses late will have written."""
    return tar(file("first.txt", b"first\n"), *parts)
