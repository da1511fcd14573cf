"""Cases b: much out of little.

With o.small the parts that take long are smaller, and still over the limits:
100,000 members, 64 levels, 64 KiB of pax headers, 1 MiB after the end.

SPDX-License-Identifier: BSD-2-Clause
"""
import hashlib

from cases import case, File, Sum, OK, REFUSE, LIMIT
from case_types import sparse
from tarbits import (END, after, base256, entry, file, folder, header,
                     long_name, pax, tar, GNU)
from xzbits import pack, run_block, stream


def numbered(form, count, **fields):
    """Return headers of empty members with names of one length.

    Only the digits and the checksum differ, which is why this is fast."""
    base = header(form % 0, **fields)
    at = form.index("%")
    width = len(form % 0) - len(form) + form.index("d", at) + 1 - at
    total = int(base[148:154], 8)
    out = []
    for i in range(count):
        digits = b"%0*d" % (width, i)
        chksum = b"%06o\0 " % (total + sum(digits) - 48 * width)
        out.append(base[:at] + digits + base[at + width:148] + chksum +
                   base[156:])
    return out


@case("b01_zeros_1g", "limit", OK,
      "1 GiB file of zeros (~150 kB): ok under the default cap",
      "CVE-2020-22916")
def _(o):
    size = (16 if o.small else 1024) << 20
    digest = hashlib.sha256()
    for _ in range(size >> 20):
        digest.update(bytes(1 << 20))
    return File(stream([run_block(header("zeros.bin", size=size), b"\0",
                                  size, END)]),
                {"zeros.bin": Sum(digest.hexdigest())})


@case("b02_200k_files", "limit", LIMIT, "200 000 empty files")
def _(o):
    count = 100001 if o.small else 200000
    return File(pack(numbered("f%06d", count) + [END]))


@case("b03_deep_10k", "limit", LIMIT, "10 000 nested directories")
def _(o):
    def parts():
        for i in range(1, (200 if o.small else 10000) + 1):
            if 2 * i > 100:
                yield long_name("d/" * i)
            yield folder("d/" * min(i, 50), magic=GNU)
        yield END
    return File(pack(parts()))


@case("b04_paxhdr_256m", "limit", LIMIT, "256 MiB PAX header",
      "CVE-2022-2879")
def _(o):
    count = (1 if o.small else 256) << 20
    size = count
    while size != count + len("%d comment=\n" % size):
        size = count + len("%d comment=\n" % size)
    return File(stream([run_block(
        header("PaxHeaders/a", kind=b"x", size=size) + b"%d comment=" % size,
        b"c", count, b"\n" + bytes(-size % 512) + tar(file("a.txt")))]))


@case("b05_L_256m", "limit", LIMIT, "256 MiB GNU long name")
def _(o):
    count = (1 if o.small else 256) << 20
    return File(stream([run_block(
        header("././@LongLink", kind=b"L", size=count + 1, magic=GNU),
        b"n", count, bytes(512) + tar(file("a.txt", magic=GNU)))]))


def pax_sparse(name, table, real, data=b""):
    """GNU tar manual, "Storing Sparse Files", PAX format 1.0."""
    body = table + bytes(-len(table) % 512) + data
    return pax(("GNU.sparse.major", "1"), ("GNU.sparse.minor", "0"),
               ("GNU.sparse.name", name),
               ("GNU.sparse.realsize", str(real))) + entry(
                   "GNUSparseFile.0/" + name, body)


@case("b06_sparse_8e", "policy", REFUSE,
      "sparse file of 2^62 bytes, no data (PAX 1.0)")
def _(o):
    size = 1 << 62
    return after(pax_sparse("sparse", b"1\n%d\n0\n" % size, size))


@case("b07_sparse_1t", "policy", REFUSE, "sparse file of 1 TiB")
def _(o):
    size = 1 << 40
    return {"": after(pax_sparse("sparse", b"1\n%d\n0\n" % size, size)),
            "-old": after(sparse("sparse", b"", base256(size),
                                 [(base256(size), 0)]))}


@case("b08_sparse_map_1m", "policy", REFUSE,
      "sparse map of 1 000 000 entries", "CVE-2025-58183")
def _(o):
    count = 10000 if o.small else 1000000
    table = b"%d\n" % count + b"".join(b"%d\n0\n" % i for i in range(count))
    return after(pax_sparse("sparse", table, count))


@case("b09_xattrs_10k", "limit", LIMIT, "10 000 xattrs on a file")
def _(o):
    return after(pax(*(("SCHILY.xattr.user.a%05d" % i, "value")
                       for i in range(10000))), file("a.txt"))


@case("b10_g_many", "limit", LIMIT,
      "100 000 global headers before the first file")
def _(o):
    one = pax(("comment", "0123456789abcdef"), kind=b"g")
    return File(pack([one * 1000] * 100 + [tar(file("a.txt"))]))


@case("b11_old_sparse_chain", "policy", REFUSE,
      "old GNU sparse with 100 000 chained extension headers")
def _(o):
    count = 1000 if o.small else 100000
    extension = (b"00000000000\0" * 42 + b"\1").ljust(512, b"\0")
    last = extension[:504] + bytes(8)
    return File(pack([file("first.txt", b"first\n"),
                      sparse("sparse", b"", 0, [(0, 0)] * 4, b"\1"),
                      extension * (count - 1), last, END]))


@case("b12_L_chain", "tar", REFUSE,
      "100 000 L headers in a row (recursion)",
      "node-tar unbounded recursion 631ae59; libarchive header recursion")
def _(o):
    count = 1000 if o.small else 100000
    return File(pack([long_name("long.txt") * count,
                      tar(file("a.txt", magic=GNU))]))


@case("b13_x_chain", "tar", REFUSE,
      "100 000 x headers in a row (recursion)")
def _(o):
    count = 1000 if o.small else 100000
    return File(pack([pax(("path", "pax.txt")) * count,
                      tar(file("a.txt"))]))


@case("b14_longsym", "policy", REFUSE, "100 000 symlinks each 100 bytes")
def _(o):
    count = 1000 if o.small else 100000
    return File(pack(numbered("s%06d", count, kind=b"2", link="t" * 100,
                              mode=0o777) + [END]))
