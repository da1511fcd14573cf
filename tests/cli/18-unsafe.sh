#!/bin/bash
# Bundles that mean harm: extract and check refuse them, with status 4.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

echo untouched >victim
victim=$PWD/victim
chmod 640 victim
state=$(stat -c '%a %Y %h %s' victim)

cat >"$T/evil.py" <<'END'
# evil.py VICTIM: write NAME.tar.xz for each trick.
import io, sys, tarfile
victim = sys.argv[1]

def file(name, data=b"evil\n"):
    info = tarfile.TarInfo(name)
    info.size = len(data)
    return info, data

def link(name, to, kind=tarfile.SYMTYPE):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info, None

def other(name, kind):
    info = tarfile.TarInfo(name)
    info.type, info.devmajor, info.devminor = kind, 1, 3
    return info, None

hard = tarfile.LNKTYPE
ok = file("d/ok")
tricks = {
    "absolute": [file(victim)],
    "slashes": [file("//" + victim)],
    "dotdot": [file("../victim")],
    "dotdot-inside": [ok, file("d/../../victim")],
    "dotdot-back": [ok, file("d/../d/x")],
    "dotdot-end": [ok, other("d/..", tarfile.DIRTYPE)],
    "symlink-absolute": [link("s", victim)],
    "symlink-out": [link("s", "../victim")],
    "symlink-deep": [ok, link("d/s", "../../victim")],
    "symlink-root": [link("s", "/")],
    "symlink-empty": [link("s", "")],
    "symlink-through": [link("s", "."), file("s/victim")],
    "symlink-through-out": [link("s", ".."), file("s/victim")],
    "symlink-through-abs": [link("s", "/tmp"), file("s/victim")],
    "symlink-chain": [ok, link("a", "d"), link("b", "a/../.."),
                      file("b/victim")],
    "symlink-replaced": [link("s", "d"), file("s")],
    "hardlink-absolute": [link("h", victim, hard)],
    "hardlink-out": [link("h", "../victim", hard)],
    "hardlink-dotdot": [ok, link("h", "d/../../victim", hard)],
    "hardlink-missing": [link("h", "nothing", hard)],
    "hardlink-later": [link("h", "later", hard), file("later")],
    "hardlink-self": [link("h", "h", hard)],
    "hardlink-dir": [other("d", tarfile.DIRTYPE), link("h", "d", hard)],
    "char": [ok, other("d/null", tarfile.CHRTYPE)],
    "block": [ok, other("d/disk", tarfile.BLKTYPE)],
    "fifo": [ok, other("d/pipe", tarfile.FIFOTYPE)],
    "duplicate": [file("x"), file("x", b"other\n")],
    "duplicate-spelling": [file("d/x"), file("d//x"), file("d/./x")],
    "duplicate-slash": [file("x"), other("x/", tarfile.DIRTYPE)],
    "parent-is-file": [file("p"), file("p/child")],
    "file-over-dir": [file("p/child"), file("p")],
    "no-members": [],
}
for name, members in tricks.items():
    for suffix, form in (("", tarfile.PAX_FORMAT), ("-gnu", tarfile.GNU_FORMAT)):
        with tarfile.open(name + suffix + ".tar.xz", "w:xz", format=form,
                          preset=0) as tar:
            for info, data in members:
                tar.addfile(info, None if data is None else io.BytesIO(data))
END
mkdir evil
(cd evil && "$PY" "$T/evil.py" "$victim")

bad=0
wrong() {
	printf '%s: %s\n' "$ME" "$*"
	bad=1
}
# refused STATUS WHAT BUNDLE: the status is 4, and there is a message.
refused() {
	[ "$1" -eq 4 ] || wrong "status $1 instead of 4 from $2 $3"
	grep -q '^xzbundle: .' "$T/err" || wrong "no message from $2 $3"
}

mkdir work
for bundle in evil/*.tar.xz; do
	status=0
	"$X" check "$bundle" >"$T/out" 2>"$T/err" || status=$?
	refused "$status" check "$bundle"
	status=0
	"$X" extract "$bundle" -C work/dir >"$T/out" 2>"$T/err" || status=$?
	refused "$status" extract "$bundle"
	[ -z "$(ls -A work)" ] || wrong "$bundle left $(ls -A work)"
	rm -rf work
	mkdir work
	# Also if the directory is there.
	"$X" extract "$bundle" -C work >"$T/out" 2>"$T/err" && status=0 ||
		status=$?
	refused "$status" "extract into a directory" "$bundle"
	[ -z "$(ls -A work)" ] || wrong "$bundle left $(ls -A work)"
	rm -rf work
	mkdir work
	[ "$(cat victim) $(stat -c '%a %Y %h %s' victim)" = \
		"untouched $state" ] || fail "$bundle changed a file outside"
	only evil victim work
done
[ "$bad" -eq 0 ]
