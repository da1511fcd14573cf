"""Cases p: hostile names.

SPDX-License-Identifier: BSD-2-Clause
"""
from cases import case, Tar, Exec, OK, REFUSE, LIMIT
from tarbits import (after, file, folder, long_name, pax, symlink, tar,
                     GNU)


def each(names, make=file):
    """Return an archive for each suffix and name."""
    return {suffix: after(make(name)) for suffix, name in names.items()}


def by_pax(name):
    return pax(("path", name)) + file("innocent.txt")


def both(names):
    return after(*(file(name, b"%d\n" % i) for i, name in enumerate(names)))


@case("p01_abs", "name", REFUSE, "absolute path",
      "CVE-2007-4559 CVE-2021-32804")
def _(o):
    return each({"": o.victim + b"/victim", "-new": o.victim + b"/new"})


@case("p02_abs_multi", "name", REFUSE, "//-prefixed absolute path",
      "CVE-2021-32804")
def _(o):
    return each({"": b"/" + o.victim + b"/victim",
                 "-more": b"///." + o.victim + b"//victim"})


@case("p03_dotdot", "name", REFUSE, "leading ..",
      "CVE-2007-4559 CVE-2001-1267")
def _(o):
    return each({"": "../victim", "-new": "../new", "-dot": "./../victim",
                 "-dir": "../outside/new"})


@case("p04_dotdot_mid", "name", REFUSE, ".. in the middle")
def _(o):
    return {"": after(folder("d/"), file("d/../../victim")),
            "-inside": after(folder("d/"), file("d/../x"))}


@case("p05_dotdot_end", "name", REFUSE, "directory ending in ..")
def _(o):
    return {"": after(folder("d/"), folder("d/..", mode=0o777)),
            "-alone": after(folder("..", mode=0o777)),
            "-slash": after(folder("../", mode=0o777))}


@case("p06_dotdot_pax", "name", REFUSE,
      ".. hidden in PAX path, innocent ustar name")
def _(o):
    return each({"": "../victim"}, by_pax)


@case("p07_dotdot_gnulong", "name", REFUSE, ".. hidden in GNU long name")
def _(o):
    return after(long_name("../victim"), file("innocent.txt", magic=GNU))


@case("p08_prefix_dotdot", "name", REFUSE,
      ".. formed by ustar prefix + name")
def _(o):
    return {"": after(file("victim", prefix="..")),
            "-mid": after(file("./victim", prefix="d/../.."))}


@case("p09_prefix_abs", "name", REFUSE, "absolute formed by ustar prefix")
def _(o):
    return after(file("victim", prefix=o.victim))


@case("p10_global_path", "tar", REFUSE,
      "global PAX header (g) sets path for all")
def _(o):
    return {"": tar(pax(("path", "../victim"), kind=b"g"), file("a.txt")),
            "-harmless": tar(pax(("path", "b.txt"), kind=b"g"),
                             file("a.txt"))}


@case("p11_nul_pax", "tar", REFUSE, "NUL inside PAX path truncates name",
      "node-tar 2026-06-25")
def _(o):
    return each({"": b"good.txt\0/../../victim", "-end": b"good.txt\0"},
                by_pax)


@case("p12_empty_name", "name", REFUSE, "empty name", "tar-rs empty_filename")
def _(o):
    return {"": after(file("")), "-dir": after(folder(""))}


@case("p13_dot", "name", REFUSE, "file named .")
def _(o):
    return each({"": ".", "-slash": "./", "-twice": "./."})


@case("p14_dotslash_dir", "policy", OK,
      "./ with mode 0777: chmod of the extraction root", "CVE-2024-12718")
def _(o):
    return Tar(tar(folder("./", mode=0o777), file("./a.txt", b"a\n")),
               {"a.txt": b"a\n"})


@case("p15_ctrl", "name", REFUSE,
      "control characters / ESC / newline in the name", "CVE-2025-46394")
def _(o):
    return each({"": "a\x1b[2J\x1b]0;x\x07b\n\x08c", "-esc": "a\x1b[2Jb",
                 "-newline": "a\nxzbundle: all is well", "-return": "a\rb",
                 "-tab": "a\tb", "-bell": "a\x07", "-del": "a\x7fb",
                 "-c1": "a\u009b2Jb", "-nel": "a\u0085b"})


@case("p16_backslash", "name", REFUSE, "backslash and drive letters",
      "CVE-2021-37713 CVE-2026-31802")
def _(o):
    return each({"": "..\\..\\victim", "-inside": "a\\b",
                 "-drive": "C:../../victim", "-drive-root": "c:/victim",
                 "-unc": "\\\\host\\share\\x"})


@case("p17_comp256", "name", REFUSE, "component of 256 bytes")
def _(o):
    return each({"": "c" * 256, "-dir": "c" * 256 + "/x",
                 "-utf8": "\u00e9" * 128}, by_pax)


@case("p18_path5000", "name", REFUSE, "path > PATH_MAX", "CVE-2025-4517")
def _(o):
    return each({"": "/".join(["p" * 199] * 25)}, by_pax)


@case("p18_path1025", "name", LIMIT, "path of 1,025 bytes")
def _(o):
    return each({"": "/".join(["p" * 204] * 5) + "p"}, by_pax)


@case("p19_badutf8", "name", REFUSE, "invalid UTF-8 in ustar name")
def _(o):
    return each({"": b"bad\xff\xfe.txt", "-latin1": b"caf\xe9.txt",
                 "-overlong": b"\xc0\xae\xc0\xae/victim",
                 "-surrogate": b"a\xed\xa0\x80b", "-cut": b"a\xe2\x82",
                 "-high": b"a\xf4\x90\x80\x80"})


@case("p20_badutf8_pax", "name", REFUSE, "invalid UTF-8 in PAX path")
def _(o):
    return each({"": b"bad\xff\xfe.txt", "-surrogate": b"a\xed\xa0\x80b"},
                by_pax)


@case("p21_binary_hdrcharset", "tar", REFUSE,
      "hdrcharset=BINARY with raw bytes")
def _(o):
    return {"": after(pax(("hdrcharset", "BINARY"),
                          ("path", b"bad\xff.txt")), file("innocent.txt")),
            "-ascii": after(pax(("hdrcharset", "BINARY"),
                                ("path", "good.txt")),
                            file("innocent.txt"))}


@case("p22_file_trailing_slash", "name", REFUSE,
      "regular file whose name ends in / (old BSD: directory)",
      "node-tar CVE-2021-37712")
def _(o):
    return {"": after(file("d/")), "-nul-type": after(file("d/", kind=b"\0")),
            "-pax": after(by_pax("d/"))}


@case("p23_winnames", "name", REFUSE,
      "reserved Windows names / ADS / trailing dot")
def _(o):
    return each({"": "CON", "-aux": "d/aux.txt", "-com1": "com1.tar",
                 "-lpt": "Lpt9", "-nul": "nul/x", "-ads": "a.txt:stream",
                 "-dot": "name.", "-dot-dir": "dir./x", "-space": "name "})


@case("p24_bidi", "name", REFUSE, "bidi override / zero width in the name")
def _(o):
    return each({"": "photo\u202egnp.sh", "-isolate": "a\u2066b",
                 "-zwsp": "a\u200bb", "-zwj": "a\u200db", "-bom": "\ufeffa",
                 "-line": "a\u2028b", "-tag": "a\U000e0041b",
                 "-unassigned": "a\u0378b"})


@case("p25_case", "name", REFUSE, "case-fold collision",
      "CVE-2021-37701 CVE-2014-9390")
def _(o):
    return {"": both(["readme", "README"]),
            "-parent": both(["src/a", "SRC/b"]),
            "-greek": both(["\u03c3", "\u03c2"])}


@case("p26_nfc_nfd", "name", REFUSE, "NFC/NFD collision", "CVE-2021-37712")
def _(o):
    return {"": both(["caf\u00e9", "cafe\u0301"]),
            "-pax": after(pax(("path", "caf\u00e9")), file("a"),
                          pax(("path", "cafe\u0301")), file("a"))}


@case("p27_sharp_s", "name", REFUSE,
      "full case folding collision (\u00df/ss, \ufb01/fi)", "CVE-2026-23950")
def _(o):
    return {"": both(["stra\u00dfe", "STRASSE"]),
            "-ligature": both(["\ufb01le", "file"])}


@case("p28_case_dir", "policy", REFUSE, "case collision dir/symlink",
      "CVE-2021-37701")
def _(o):
    return after(folder("Foo/"), symlink("foo", "../outside"),
                 file("Foo/victim"))


@case("p29_dup", "name", REFUSE, "the same path twice (last wins overwrites)",
      "parser differential")
def _(o):
    return both(["a.txt", "a.txt"])


@case("p30_dup_alias", "name", REFUSE, "the same path via ./ and //")
def _(o):
    return {"": both(["d/a", "d/./a"]), "-slashes": both(["d/a", "d//a"]),
            "-dot": both(["./a", "a"])}


@case("p31_file_then_dir", "name", REFUSE,
      "file then directory of the same name")
def _(o):
    return after(file("x"), folder("x/"))


@case("p32_dir_then_file", "name", REFUSE,
      "directory then file of the same name")
def _(o):
    return {"": after(folder("x/"), file("x")),
            "-implied": after(file("x/y"), file("x"))}


@case("p33_file_parent", "name", REFUSE, "file used as a parent")
def _(o):
    return after(file("x"), file("x/y"))


@case("p34_dotdot_slash_variants", "name", REFUSE, ".././/.. mixtures")
def _(o):
    return each({"": ".././/../victim", "-a": "./..//victim",
                 "-b": "d/.//../..//./victim", "-c": "d//..//..//victim"})


@case("p35_out_and_back", "name", REFUSE,
      "leaves and comes back: ../dest/x",
      "CPython test_parent_dir_out_and_back")
def _(o):
    return each({"": "../out/x", "-dest": "../dest/x"})


@case("p36_nul_name_tail", "tar", REFUSE,
      "bytes after NUL in the ustar name field", "parser differential")
def _(o):
    return each({"": b"good.txt\0/../../victim",
                 "-last": b"good.txt".ljust(99, b"\0") + b"x"})


@case("p37_deep_65", "limit", LIMIT, "65 levels of directories")
def _(o):
    return {"": after(*(folder("d/" * i) if 2 * i <= 100 else
                        pax(("path", "d/" * i)) + folder("d/")
                        for i in range(1, 66))),
            "-file": after(pax(("path", "d/" * 64 + "x")), file("x"))}


@case("p38_turkish", "name", REFUSE,
      "dotless i / Kelvin sign / long s collisions")
def _(o):
    return {"": both(["file", "f\u0131le", "k", "\u212a", "s", "\u017f"]),
            "-kelvin": both(["kelvin", "\u212aelvin"]),
            "-long-s": both(["mass", "ma\u017fs"]),
            "-dotted": both(["i\u0307.txt", "\u0130.txt"])}


@case("p39_width", "name", REFUSE, "full-width vs ASCII")
def _(o):
    return both(["abc.txt", "\uff41\uff42\uff43.txt"])


@case("p40_dash", "name", OK, "name starting with - (option injection)",
      "CVE-2022-1271")
def _(o):
    tree = {"-rf": b"1\n", "--checkpoint-action=exec=sh": b"2\n",
            "d/$(touch victim);`id`": b"3\n"}
    return Tar(tar(*(file(n, d) for n, d in tree.items())), tree)


@case("p41_dup_dir", "name", REFUSE, "the same directory twice")
def _(o):
    return {"": after(folder("d/"), folder("d/", mode=0o777)),
            "-spelling": after(folder("d/"), folder("d"))}


@case("p42_dotgit", "name", OK, ".git / .ssh / .bashrc inside the tree")
def _(o):
    hook = Exec(b"#!/bin/sh\ntrue\n")
    tree = {".git/hooks/post-checkout": hook,
            ".ssh/authorized_keys": b"none\n", ".bashrc": b"true\n"}
    return Tar(tar(file(".git/hooks/post-checkout", hook, mode=0o755),
                   file(".ssh/authorized_keys", b"none\n", mode=0o600),
                   file(".bashrc", b"true\n")), tree)


@case("p43_nfd_pax", "name", OK,
      "decomposed names in PAX headers, which libarchive composes")
def _(o):
    tree = {"cafe\u0301.txt": b"1\n", "\u1112\u1161\u11ab/\u212b": b"2\n"}
    return Tar(tar(*(pax(("path", n)) + file("a", d)
                     for n, d in tree.items())), tree)


@case("p44_cut_name", "name", OK,
      "long names that their headers have up to a / at byte 100")
def _(o):
    name = "d/" + "n" * 97 + "/x.txt"
    other = "e" + name[1:]
    return Tar(tar(pax(("path", name), name="P" + name[1:100]),
                   file(name[:100], b"1\n"), long_name(other),
                   file(other[:100], b"2\n", magic=GNU)),
               {name: b"1\n", other: b"2\n"})


@case("p45_unseen", "name", REFUSE,
      "fillers, variation selectors and blanks that nobody sees in the name")
def _(o):
    return each({"": "train\u3164.py", "-end": "a.py\u3164",
                 "-halfwidth": "a\uffa0.py", "-jamo": "a\u115f\u1160.py",
                 "-cgj": "a\u034fb.py", "-khmer": "a\u17b4.py",
                 "-mongolian": "a\u180b.py", "-vs16": "a\ufe0f.py",
                 "-vs17": "a\U000e0100.py", "-no-break": "a\u00a0b.py",
                 "-em": "a\u2003b.py", "-ideographic": "a.py\u3000",
                 "-braille": "a\u2800.py"})


@case("p46_windows_chars", "name", REFUSE,
      "characters that no name has on Windows")
def _(o):
    return each({"": "a<b", "-greater": "a>b", "-pipe": "a|b",
                 "-quote": "a\"b", "-question": "a?", "-star": "d*/x"})
