"""Cases d: header fields that readers understand differently.

SPDX-License-Identifier: BSD-2-Clause
"""
from cases import case, Tar, OK, REFUSE, CORRUPT, LIMIT
from tarbits import (after, base256, checksum, entry, file, folder, hardlink,
                     header, long_name, padded, pax, record, symlink, tar,
                     GNU, V7)

SIX = b"12345\n"


def smuggled():
    """Return 1024 bytes that are a member to who sees them as headers."""
    return file("smuggled.txt")


@case("d01_tarmageddon", "tar", REFUSE,
      "PAX size=1024+, ustar size=0: reader that trusts ustar sees a "
      "smuggled member", "CVE-2025-62518")
def _(o):
    return after(pax(("size", "1024")), header("a.bin"), smuggled())


@case("d02_pax_size0", "tar", REFUSE, "PAX size=0, ustar size=1024",
      "CVE-2025-62518 reverse")
def _(o):
    return after(pax(("size", "0")), file("a.bin", smuggled()))


SIZES = ["-1", "+6", "0x6", "6.0", "9223372036854775808",
         "18446744073709551616", "", "6 ", " 6", "1e1"]
for number, text in enumerate(SIZES):
    @case("d03_%d_pax_size_bad" % number, "tar", REFUSE,
          "PAX size='%s'" % text, "node-tar 9e78bf0; astral 29ffce4")
    def _(o, text=text):
        return after(pax(("size", text)), file("a.txt", SIX))


@case("d04_dup_size", "tar", REFUSE, "size twice in one PAX header",
      "astral DIFF-002")
def _(o):
    return {"": after(pax(("size", "6"), ("size", "1024")),
                      file("a.txt", SIX)),
            "-equal": after(pax(("size", "6"), ("size", "6")),
                            file("a.txt", SIX)),
            "-path": after(pax(("path", "a"), ("path", "b")),
                           file("a.txt", SIX))}


@case("d05_b256_neg", "tar", REFUSE, "base-256 negative size",
      "CVE-2025-8194, Go neg-size.tar")
def _(o):
    return {"": after(header("a.txt", size=base256(-512)), smuggled()),
            "-1": after(header("a.txt", size=base256(-1)), smuggled())}


@case("d06_b256_huge", "tar", REFUSE, "base-256 size 2^62")
def _(o):
    return {"": after(file("a.txt", size=base256(1 << 62))),
            "-2-70": after(file("a.txt", size=base256(1 << 70)))}


@case("d07_octal_garbage", "tar", REFUSE, "non-octal size")
def _(o):
    return {"": after(file("a.txt", SIX, size=b"0000000000x\0")),
            "-nine": after(file("a.txt", SIX, size=b"00000000009\0")),
            "-minus": after(file("a.txt", SIX, size=b"-0000000006\0")),
            "-behind": after(file("a.txt", SIX, size=b"6 garbage!!\0")),
            "-nul-first": after(file("a.txt", SIX, size=b"\x000000000006"))}


@case("d08_size_spaces", "tar", OK, "size padded with spaces")
def _(o):
    return Tar(tar(file("a.txt", SIX, size=b"          6 "),
                   file("b.txt", SIX, size=b"000000006  \0")),
               {"a.txt": SIX, "b.txt": SIX})


@case("d09_pax_then_L", "tar", REFUSE,
      "PAX size then GNU L then entry: size applied to the extension header",
      "astral 0505c0b; GHSA node-tar 21a8220")
def _(o):
    return after(pax(("size", "6")), long_name("long.txt"),
                 file("a.txt", SIX, magic=GNU))


@case("d10_pax_and_L", "tar", REFUSE, "conflicting PAX path and GNU L",
      "astral DIFF-013")
def _(o):
    return {"": after(pax(("path", "pax.txt")), long_name("long.txt"),
                      file("a.txt", SIX)),
            "-L-first": after(long_name("long.txt"),
                              pax(("path", "pax.txt")), file("a.txt", SIX))}


@case("d11_two_x", "tar", REFUSE, "two stacked PAX x headers")
def _(o):
    return after(pax(("path", "one.txt")), pax(("path", "two.txt")),
                 file("a.txt", SIX))


@case("d12_dangling_x", "tar", REFUSE, "PAX x at end of archive",
      "astral DIFF-024")
def _(o):
    return {"": after(pax(("path", "one.txt"))),
            "-L": after(long_name("long.txt"))}


def raw_records(*bodies):
    return after(pax(*bodies), file("a.txt", SIX))


@case("d13_rec_len_short", "tar", REFUSE, "PAX record length too small")
def _(o):
    return raw_records(record("path", "pax.txt", 8), record("mtime", "1"))


@case("d14_rec_len_long", "tar", REFUSE, "PAX record length beyond body")
def _(o):
    return raw_records(record("path", "pax.txt", 99))


@case("d15_rec_nonl", "tar", REFUSE, "PAX record without newline",
      "astral DIFF-014")
def _(o):
    return {"": raw_records(record("path", "pax.txt")[:-1] + b"X",
                            record("mtime", "1")),
            "-end": raw_records(record("path", "pax.txt")[:-1])}


@case("d16_rec_noeq", "tar", REFUSE, "PAX record without =")
def _(o):
    return {"": raw_records(b"11 pathpax\n", record("mtime", "1")),
            "-nokey": raw_records(b"8 =pax.\n", record("mtime", "1"))}


@case("d17_rec_zero", "tar", REFUSE,
      "PAX record length 0 / leading zeros / negative")
def _(o):
    return {"": raw_records(record("path", "pax.txt", 0)),
            "-leading": raw_records(record("path", "pax.txt", "0018")),
            "-negative": raw_records(record("path", "pax.txt", -16)),
            "-plus": raw_records(record("path", "pax.txt", "+17")),
            "-blank": raw_records(record("path", "pax.txt", " 17")),
            "-huge": raw_records(record("path", "pax.txt",
                                        (1 << 64) + 16))}


@case("d18_rec_nl_value", "tar", OK,
      "PAX value containing newline + fake record", "astral TAR-IS-071")
def _(o):
    value = b"x\n" + record("path", "../victim")
    return Tar(tar(pax(("comment", value)), file("a.txt", SIX)),
               {"a.txt": SIX})


@case("d19_empty_value", "tar", REFUSE, "PAX path= (empty: deletes)",
      "astral 5fe6899")
def _(o):
    return after(pax(("path", "")), file("a.txt", SIX))


@case("d20_bad_chksum", "tar", CORRUPT,
      "wrong header checksum on the 2nd member")
def _(o):
    return after(file("a.txt", SIX, chksum=b"000000\0 "), file("b.txt", SIX))


@case("d21_signed_chksum", "tar", REFUSE,
      "signed-char checksum with high bytes")
def _(o):
    return after(file("caf\u00e9.txt", SIX, signed=True))


@case("d22_v7_magic", "tar", OK, "v7 header (no magic)")
def _(o):
    return Tar(tar(file("d/a.txt", SIX, kind=b"\0", magic=V7)),
               {"d/a.txt": SIX})


@case("d23_gnu_magic", "tar", OK, "GNU header")
def _(o):
    name = "long/" + "n" * 120
    return Tar(tar(file("a.txt", SIX, magic=GNU), long_name(name),
                   file(name[:100], SIX, magic=GNU)),
               {"a.txt": SIX, name: SIX})


@case("d24_ustar_nulver", "tar", REFUSE, "ustar with NUL version",
      "astral 27e6ff7")
def _(o):
    return after(file("a.txt", SIX, magic=b"ustar\0\0\0"))


@case("d25_dir_size", "tar", REFUSE,
      "directory with size 1024 hiding a member", "parser differential")
def _(o):
    return after(entry("d/", smuggled(), kind=b"5", mode=0o755))


@case("d26_hl_size", "tar", REFUSE, "hard link with size hiding a member",
      "parser differential")
def _(o):
    return after(hardlink("link", "first.txt", smuggled()))


@case("d27_chr_size", "tar", REFUSE, "fifo with size hiding a member")
def _(o):
    return after(entry("pipe", smuggled(), kind=b"6"))


@case("d28_L_nul", "tar", REFUSE, "GNU L with embedded NUL",
      "astral DIFF-034")
def _(o):
    return after(long_name(b"long.txt\0/../../victim"),
                 file("a.txt", SIX, magic=GNU))


@case("d29_L_two", "tar", REFUSE, "two L headers")
def _(o):
    return after(long_name("one.txt"), long_name("two.txt"),
                 file("a.txt", SIX, magic=GNU))


@case("d30_sparse_orphan", "tar", REFUSE, "GNU.sparse.name without map",
      "astral DIFF-030")
def _(o):
    return after(pax(("GNU.sparse.name", "../victim")), file("a.txt", SIX))


@case("d31_sparse_realsize", "tar", REFUSE,
      "GNU.sparse.realsize differs from data")
def _(o):
    return {"": after(pax(("GNU.sparse.realsize", "1024")),
                      file("a.txt", SIX)),
            "-schily": after(pax(("SCHILY.realsize", "1024")),
                             file("a.txt", SIX)),
            "-sun": after(pax(("SUN.holesdata", " 0 6 6")),
                          file("a.txt", SIX))}


@case("d32_pax_size_dir", "tar", REFUSE, "PAX size on a directory")
def _(o):
    return after(pax(("size", "1024")), folder("d/"), smuggled())


@case("d33_pax_x_huge_ustarsize", "tar", REFUSE,
      "PAX x header itself with base-256 size 2^62")
def _(o):
    return after(pax(("path", "pax.txt"), size=base256(1 << 62)),
                 file("a.txt", SIX))


@case("d34_L_neg", "tar", REFUSE, "GNU L with negative size")
def _(o):
    return after(long_name("long.txt", size=base256(-512)),
                 file("a.txt", SIX, magic=GNU))


@case("d35_V_neg", "tar", REFUSE, "GNU V with negative size",
      "libarchive test V_negative_size")
def _(o):
    return tar(entry("label", kind=b"V", magic=GNU, size=base256(-1)),
               file("a.txt", SIX))


@case("d36_star", "tar", CORRUPT, "junk 512 bytes between members",
      "libarchive skips/retries junk")
def _(o):
    return after(bytes(1 + i * 37 % 255 for i in range(512)),
                 file("a.txt", SIX))


@case("d37_pax_size_8g", "limit", LIMIT,
      "PAX size >= 8 GiB with ustar size 0 (legal) but truncated body")
def _(o):
    return file("first.txt", b"first\n") + pax(
        ("size", str((8 << 30) + 512))) + header("a.bin") + bytes(4096)


@case("d38_b256_ok", "tar", OK,
      "base-256 size of a small file (legal GNU)")
def _(o):
    return Tar(tar(file("a.txt", SIX, size=base256(6), magic=GNU)),
               {"a.txt": SIX})


@case("d39_nonzero_pad", "tar", REFUSE,
      "non-zero bytes in file padding (covert channel)")
def _(o):
    return after(header("a.txt", size=6), padded(SIX, b"!"),
                 file("b.txt", SIX))


@case("d40_pax_uid", "tar", REFUSE, "PAX uid/gid negative and signed")
def _(o):
    return {suffix: after(pax(pair), file("a.txt", SIX))
            for suffix, pair in {
                "": ("uid", "-1"), "-plus": ("uid", "+5"),
                "-gid": ("gid", "-1"), "-gid-plus": ("gid", "+5")}.items()}


@case("d41_unknown_pax_empty", "tar", REFUSE,
      "unknown vendor key with an empty value", "astral 5fe6899")
def _(o):
    return after(pax(("VENDOR.key", "")), file("a.txt", SIX))


@case("d42_linkpath_on_file", "tar", REFUSE,
      "PAX linkpath on a regular file")
def _(o):
    return after(pax(("linkpath", "../victim")), file("a.txt", SIX))


@case("d43_size_field_dir_pax", "tar", REFUSE, "hard link with PAX size")
def _(o):
    return {"": after(pax(("size", "1024")), hardlink("link", "first.txt"),
                      smuggled()),
            "-symlink": after(pax(("size", "1024")),
                              symlink("link", "first.txt"), smuggled())}


@case("d44_open_chksum", "tar", REFUSE,
      "checksum of 8 digits: a reader of more skips the header",
      "node-tar reads 12 bytes")
def _(o):
    sum_of = checksum(header("a.bin", size=1024))
    return {"": after(file("a.bin", smuggled(), chksum=b"%08o" % sum_of)),
            "-blank": after(file("a.bin", smuggled(),
                                 chksum=b" %07o" % sum_of)),
            "-x": after(pax(("path", "b.txt"), chksum=b"%08o" % checksum(
                pax(("path", "b.txt"))[:512])), file("a.txt", SIX))}


@case("d45_gnu_times", "tar", REFUSE,
      "GNU header with atime or ctime, which readers take for a prefix",
      "Python, busybox and 7-Zip")
def _(o):
    return {suffix: after(file("a.txt", SIX, magic=GNU, prefix=times))
            for suffix, times in {
                "": b"12345670123", "-zero": b"00000000000",
                "-ctime": bytes(12) + b"12345670123"}.items()}


@case("d46_slash_name", "tar", REFUSE,
      "a file whose own header has a name with / at its end: a directory "
      "without data to who goes by that",
      "Python for type NUL, Perl's Archive::Tar")
def _(o):
    old = {"kind": b"\0"}
    long = "d/" + "n" * 97 + "/"
    return {
        "": after(pax(("path", "x")), file("x/", smuggled())),
        "-nul": after(pax(("path", "x")), file("x/", smuggled(), **old)),
        "-L": after(long_name("x"), file("x/", smuggled(), magic=GNU)),
        "-L-nul": after(long_name("x"),
                        file("x/", smuggled(), magic=GNU, **old)),
        "-v7": after(pax(("path", "x")),
                     file("x/", smuggled(), magic=V7, **old)),
        "-prefix": after(pax(("path", "x")),
                         file("x/", smuggled(), prefix="p", **old)),
        "-cut": after(pax(("path", long + "x")), file(long, smuggled())),
        "-cut-late": after(pax(("path", long + "x")),
                           file(long, bytes(2048) + smuggled())),
        "-cut-nul": after(long_name(long + "x"),
                          file(long, SIX, magic=GNU, **old)),
        "-x": after(pax(("path", "x"), name="x/"), file("x", SIX)),
        "-K": after(entry("K/", b"first.txt\0", kind=b"K", magic=GNU),
                    symlink("x", "first.txt", magic=GNU))}
