"""Cases t and m: types of members, modes and other attributes.

SPDX-License-Identifier: BSD-2-Clause
"""
import struct

from cases import case, Tar, Exec, OK, REFUSE
from tarbits import (after, base256, entry, file, folder, octal, pax, tar,
                     EVIL, GNU)


def device(name, kind):
    return entry(name, kind=kind, major=1, minor=3, mode=0o666)


def sparse(name, data, real, chunks=(), extended=b"\0", kind=b"S"):
    """Return an old GNU sparse header; what is from prefix on is its map."""
    table = b"".join(octal(a, 12) + octal(n, 12) for a, n in chunks)
    table = struct.pack("41s96s", b"", table) + extended + octal(real, 12)
    return entry(name, data, kind=kind, magic=GNU, prefix=table[:155],
                 tail=table[155:])


@case("t01_chr", "policy", REFUSE, "character device")
def _(o):
    return after(device("null", b"3"))


@case("t02_blk", "policy", REFUSE, "block device")
def _(o):
    return after(device("disk", b"4"))


@case("t03_fifo", "policy", REFUSE, "FIFO (later open blocks)")
def _(o):
    return after(entry("pipe", kind=b"6"))


@case("t04_contig", "policy", REFUSE, "contiguous file 7")
def _(o):
    return after(file("contiguous", kind=b"7"))


@case("t05_unknown", "policy", REFUSE, "unknown type Z with data")
def _(o):
    return after(file("unknown", kind=b"Z"))


@case("t06_volhdr", "policy", REFUSE, "GNU V volume label")
def _(o):
    return tar(entry("label", kind=b"V", magic=GNU), file("a.txt", b"a\n"))


@case("t07_multivol", "tar", REFUSE, "GNU M continuation")
def _(o):
    return {"": tar(sparse("big", b"rest\n", 0, kind=b"M"),
                    file("a.txt", b"a\n")),
            "-later": after(sparse("big", b"rest\n", 0, kind=b"M"))}


@case("t08_dumpdir", "policy", REFUSE,
      "GNU D dumpdir (with rename/exclude)")
def _(o):
    names = b"Rfirst.txt\0Tsecond.txt\0Yfirst.txt\0\0"
    return after(entry("d/", names, kind=b"D", magic=GNU, mode=0o755))


@case("t09_nul_type", "policy", OK, "NUL type flag (v7)")
def _(o):
    return Tar(tar(file("a.txt", b"a\n", kind=b"\0")), {"a.txt": b"a\n"})


@case("t10_solaris_x", "tar", REFUSE, "Solaris X extended header")
def _(o):
    return after(pax(("path", "../victim"), kind=b"X"), file("a.txt"))


@case("t11_sparse_S", "policy", REFUSE, "old GNU sparse S",
      "CVE-2025-58183")
def _(o):
    return after(sparse("sparse", bytes(512), 1024,
                        [(0, 512), (1024, 0)]))


@case("t12_star_acl_A", "policy", REFUSE, "Solaris A ACL header")
def _(o):
    return after(entry("acl", b"1000004\0user::rwx,user:0:rwx\0", kind=b"A"),
                 file("a.txt"))


@case("m01_setuid", "policy", OK, "setuid root file", "CVE-2005-2541")
def _(o):
    data = Exec(b"#!/bin/sh\n")
    return Tar(tar(file("su", data, mode=0o4755)), {"su": data})


@case("m02_setgid", "policy", OK, "setgid + sticky + world-writable")
def _(o):
    data = Exec(b"x\n")
    return Tar(tar(folder("d/", mode=0o3777),
                   file("d/x", data, mode=0o3777)), {"d/x": data})


@case("m03_mode0", "policy", OK, "mode 0 dir with children, mode 0 file")
def _(o):
    return Tar(tar(folder("d/", mode=0), file("d/x", b"x\n", mode=0),
                   file("y", b"y\n", mode=0)),
               {"d/x": b"x\n", "y": b"y\n"})


@case("m04_cap_xattr", "policy", REFUSE, "security.capability xattr")
def _(o):
    value = struct.pack("<IIIII", 0x02000001, 0x3000, 0, 0, 0)
    return {"": after(pax(("SCHILY.xattr.security.capability", value)),
                      file("ping", mode=0o755)),
            "-trusted": after(pax(("SCHILY.xattr.trusted.x", b"1")),
                              file("ping", mode=0o755))}


@case("m05_user_xattr", "policy", OK, "user xattr")
def _(o):
    return Tar(tar(pax(("SCHILY.xattr.user.mime", "text/plain"),
                       ("LIBARCHIVE.xattr.user.mime", "dGV4dC9wbGFpbg")),
                   file("a.txt", b"a\n")), {"a.txt": b"a\n"})


@case("m06_acl", "policy", OK, "POSIX ACL", "CVE-2021-23177 CVE-2021-31566")
def _(o):
    acl = "user::rw-,user:0:rwx,group::r--,mask::rwx,other::rwx"
    return Tar(tar(pax(("SCHILY.acl.access", acl)), file("a.txt", b"a\n"),
                   pax(("SCHILY.acl.default", acl),
                       ("SCHILY.acl.access", acl)),
                   folder("d/", mode=0o777)),
               {"a.txt": b"a\n", "d": None})


@case("m07_fflags", "policy", OK,
      "immutable file flag via SCHILY.fflags", "CVE-2021-31566")
def _(o):
    return Tar(tar(pax(("SCHILY.fflags", "schg,uchg,immutable")),
                   file("a.txt", b"a\n")), {"a.txt": b"a\n"})


@case("m08_uid_huge", "tar", REFUSE, "base-256 huge / negative uid")
def _(o):
    return {"": after(file("a.txt", uid=base256(1 << 54, 8))),
            "-negative": after(file("a.txt", uid=base256(-1, 8))),
            "-gid": after(file("a.txt", gid=base256(-2, 8)))}


@case("m09_mtime_huge", "tar", REFUSE,
      "mtime base-256 2^60 and PAX mtime overflow",
      "libarchive timestamp_overflow")
def _(o):
    return {"": after(file("a.txt", mtime=base256(1 << 60))),
            "-pax": after(pax(("mtime", "99999999999999999999")),
                          file("a.txt")),
            "-2-63": after(pax(("mtime", "9223372036854775808")),
                           file("a.txt"))}


@case("m10_appledouble", "policy", OK, "._ AppleDouble member")
def _(o):
    double = struct.pack(">II16sHIII", 0x00051607, 0x00020000, b"", 1, 2,
                         38, 4) + b"icon"
    return Tar(tar(file("._a.txt", double), file("a.txt", b"a\n")),
               {"._a.txt": double, "a.txt": b"a\n"})


@case("m11_comment", "policy", OK, "PAX comment / vendor keys")
def _(o):
    return Tar(tar(pax(("comment", "0123456789abcdef"), kind=b"g"),
                   pax(("comment", "made by hand"), ("VENDOR.key", "value"),
                       ("LIBARCHIVE.creationtime", "1"), ("atime", "1.5"),
                       ("uname", "nobody")),
                   file("a.txt", b"a\n")), {"a.txt": b"a\n"})


@case("m12_mode_overflow", "policy", OK,
      "mode field with type bits 0120777")
def _(o):
    data = Exec(EVIL)
    return Tar(tar(file("a", data, mode=0o120777)), {"a": data})
