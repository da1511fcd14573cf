"""Cases l: symbolic and hard links.

The destination is a new directory; beside it are the file victim and the
directory outside, which has a file victim too.

SPDX-License-Identifier: BSD-2-Clause
"""
from cases import case, REFUSE
from tarbits import (after, entry, file, folder, hardlink, long_name, pax,
                     symlink, tar, GNU)


@case("l01_sym_abs", "policy", REFUSE, "absolute symlink", "CVE-2025-4330")
def _(o):
    return after(symlink("link", o.victim + b"/victim"))


@case("l02_sym_rel_out", "policy", REFUSE, "relative symlink out of tree",
      "CVE-2025-45582 step 1")
def _(o):
    return after(symlink("link", "../outside"))


@case("l03_sym_write_through", "policy", REFUSE,
      "symlink to outside dir, then file through it",
      "CVE-2016-5418 CVE-2001-1267")
def _(o):
    return {"": after(symlink("link", "../outside"), file("link/victim")),
            "-absolute": after(symlink("link", o.victim),
                               file("link/victim"))}


@case("l04_sym_file_overwrite", "policy", REFUSE,
      "symlink to outside file, then regular file of same name")
def _(o):
    return after(symlink("link", "../victim"), file("link"))


@case("l05_two_step", "policy", REFUSE,
      "cur->. ; par->cur/.. ; write par/x",
      "jwilk dirsymlink2a; CVE-2025-4138")
def _(o):
    return after(symlink("cur", "."), symlink("par", "cur/.."),
                 file("par/victim"))


@case("l06_two_step_b", "policy", REFUSE,
      "cur->. ; cur/par->.. ; write par/x", "jwilk dirsymlink2b")
def _(o):
    return after(symlink("cur", "."), symlink("cur/par", ".."),
                 file("par/victim"))


@case("l07_sym_then_dir_chmod", "policy", REFUSE,
      "symlink to outside dir, then dir entry of same name with mode 0777",
      "libarchive#745 CVE-2026-33056 (tar-rs) CVE-2024-12718")
def _(o):
    return after(symlink("link", "../outside"), folder("link", mode=0o777),
                 folder("link/", mode=0o777))


@case("l08_realpath_limit", "policy", REFUSE,
      "deep dirs + symlink steps exceeding PATH_MAX so realpath() stops "
      "resolving (PEP706 bypass)", "CVE-2025-4517")
def _(o):
    steps, long, path, parts = "abcdefghijklmnop", "d" * 247, "", []
    for step in steps:
        parts += [pax(("path", path + long + "/")), folder("d/")]
        parts += [pax(("path", path + step), ("linkpath", long)),
                  symlink("s", "d")]
        path += long + "/"
    link = "/".join(steps) + "/" + "l" * 254
    parts += [pax(("path", link), ("linkpath", "../" * len(steps))),
              symlink("l", "d"),
              pax(("linkpath", link + "/../outside")),
              symlink("escape", "d"), hardlink("flag", "escape/victim"),
              file("flag"), file("escape/new")]
    return after(*parts)


@case("l09_sym_loop", "policy", REFUSE, "symlink loop")
def _(o):
    return after(symlink("a", "b"), symlink("b", "a"), file("a/x"))


@case("l10_sym_empty", "policy", REFUSE, "symlink with empty target")
def _(o):
    return after(symlink("link", ""))


@case("l11_hl_abs", "policy", REFUSE, "hard link to absolute outside file",
      "CVE-2016-5418")
def _(o):
    return after(hardlink("link", o.victim + b"/victim"))


@case("l12_hl_rel", "policy", REFUSE, "hard link ../outside/victim",
      "libarchive#746 CVE-2026-23745")
def _(o):
    return after(hardlink("link", "../outside/victim"))


@case("l13_hl_data", "policy", REFUSE,
      "hard link with data to outside file (overwrites)", "CVE-2016-5418")
def _(o):
    # libarchive reads data of a hard link only behind a pax header.
    data, before = b"overwritten\n", pax(("mtime", "1"))
    return {"": after(before, hardlink("link", "../victim", data)),
            "-absolute": after(before, hardlink("link", o.victim + b"/victim",
                                                data)),
            "-ustar": after(hardlink("link", "../victim", data))}


@case("l14_hl_via_symdir", "policy", REFUSE,
      "symlink dir to outside, hard link through it",
      "CVE-2026-26960 (node-tar)")
def _(o):
    return after(symlink("dir", "../outside"),
                 hardlink("link", "dir/victim"), file("link"))


@case("l15_hl_to_sym", "policy", REFUSE,
      "hard link to a symlink, then regular file over the link",
      "CPython gh-157190")
def _(o):
    return after(symlink("sym", "../victim"), hardlink("link", "sym"),
                 file("link"))


@case("l16_hl_to_sym_data", "policy", REFUSE,
      "hard link to symlink carrying data")
def _(o):
    return after(symlink("sym", "../victim"),
                 pax(("mtime", "1")) + hardlink("link", "sym", b"data\n"))


@case("l17_hl_self", "policy", REFUSE,
      "hard link to itself (deletes file)", "libarchive#661")
def _(o):
    return after(file("a"), hardlink("a", "a"))


@case("l18_hl_self_alias", "policy", REFUSE,
      "hard link to itself spelled differently", "libarchive#661 variant")
def _(o):
    return after(file("a"), hardlink("a", "./a"))


@case("l19_hl_forward", "policy", REFUSE, "hard link to a later member")
def _(o):
    return after(hardlink("link", "later"), file("later"))


@case("l20_hl_preexist", "policy", REFUSE,
      "hard link to a file already in dest, with data (truncates it)")
def _(o):
    return after(hardlink("link", "preexist", b"PWNED\n"))


@case("l21_hl_dir", "policy", REFUSE, "hard link to a directory")
def _(o):
    return after(folder("d/"), hardlink("link", "d"))


@case("l22_hl_intree", "policy", REFUSE, "honest in-tree hard link")
def _(o):
    return tar(file("a", b"a\n"), hardlink("b", "a"))


@case("l23_sym_intree", "policy", REFUSE, "honest in-tree symlink")
def _(o):
    return tar(file("a", b"a\n"), symlink("b", "a"))


@case("l24_sym_pax_linkpath", "policy", REFUSE,
      "innocent ustar link name, evil PAX linkpath", "astral e5e0139")
def _(o):
    return after(pax(("linkpath", "../victim")), symlink("link", "first.txt"))


@case("l25_sym_K", "policy", REFUSE,
      "innocent ustar link name, evil GNU K long link")
def _(o):
    return after(long_name("../victim", kind=b"K"),
                 symlink("link", "first.txt", magic=GNU))


@case("l26_sym_with_data", "policy", REFUSE,
      "symlink header with size>0 hiding a header in its data",
      "parser differential")
def _(o):
    return after(symlink("link", "first.txt", file("hidden.txt")))


@case("l27_dir_swap", "policy", REFUSE,
      "dir, then symlink of the same name, then file through it")
def _(o):
    return after(folder("d/"), symlink("d", "../outside"), file("d/victim"))


@case("l28_chmod_via_hl", "policy", REFUSE,
      "hard link to outside file + later entry chmod")
def _(o):
    return after(hardlink("link", "../victim", mode=0o777),
                 file("link", b"", mode=0o777))


@case("l29_deep_symlink_chain", "policy", REFUSE,
      "40+ symlink levels (ELOOP limits)")
def _(o):
    parts = [symlink("s%02d" % i, "s%02d" % (i + 1)) for i in range(44)]
    return after(*parts, symlink("s44", ".."), file("s00/victim"))


@case("l30_sly_mkdir", "policy", REFUSE,
      "symlink to outside, then nested dir through it", "CPython test_sly")
def _(o):
    return after(symlink("sly", "../outside"), folder("sly/new/deep/"),
                 file("sly/new/deep/x"))


@case("l31_hl_data_pax", "policy", REFUSE,
      "hard link WITH DATA in a pax archive to a file that already exists "
      "in dest (defeats NO_OVERWRITE)", "libarchive#746 residue")
def _(o):
    return after(pax(("mtime", "1.5")),
                 hardlink("link", "preexist", b"PWNED\n"))


@case("l32_hl_self_dslash", "policy", REFUSE,
      "hard link to itself spelled with //: deletes the file",
      "libarchive#661 variant")
def _(o):
    return {"": after(file("d/a"), hardlink("d/a", "d//a")),
            "-preexist": after(hardlink("preexist", "./preexist"))}


@case("l33_hl_sym_swap", "policy", REFUSE,
      "hard link to a symlink extracted at another depth",
      "gh-151558 CVE-2026-11940")
def _(o):
    return after(folder("a/b/"), symlink("a/b/sym", "../../victim"),
                 hardlink("up", "a/b/sym"), hardlink("c/up", "a/b/sym"),
                 file("up"))


@case("l34_sym_emptyname", "policy", REFUSE,
      "symlink member named \"\" / \".\" / \"./\" replaces the root",
      "CPython test_link_at_destination")
def _(o):
    return {"": tar(symlink("", "../outside"), file("victim")),
            "-dot": tar(symlink(".", "../outside"), file("victim")),
            "-dot-slash": tar(symlink("./", "../outside"), file("victim"))}


@case("l35_sym_trailing_slash", "policy", REFUSE,
      "symlink member whose name ends in / (x/ -> ..) then x/escaped",
      "CPython test_symlink_trailing_slash")
def _(o):
    return after(entry("x/", kind=b"2", link="..", mode=0o777),
                 file("x/escaped"))


@case("l36_sym_text", "policy", REFUSE,
      "symlink whose text is no name elsewhere, or steers a terminal")
def _(o):
    texts = {"": "..\\..\\outside", "-esc": "\x1b[31m", "-colon": "a:b",
             "-bidi": "x\u202ey", "-device": "con", "-filler": "a\u3164",
             "-question": "a?", "-trailing": "d/...", "-latin1": b"caf\xe9"}
    return {suffix: after(symlink("link", text))
            for suffix, text in texts.items()}
