#!/bin/bash
# The accounts of list: they add up, for bundles of any maker.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

make_demo demo
# A megabyte does.
rm demo/int6.safetensors demo/bf16.safetensors
: >demo/empty
mkdir demo/dir

cat >"$T/account.py" <<'END'
# Hold the three forms of list to the file and to each other.
import json, os, sys, tarfile
xz, js, tsv, text, apart = sys.argv[1:]
size = os.stat(xz).st_size
got = json.load(open(js, encoding="utf-8"))
members = got["members"]
assert got["file_bytes"] == size, "file_bytes"
packed = sum(m["packed_bytes"] for m in members)
assert packed + got["container_bytes"] == size, "the sum of packed_bytes"
assert sum(m["raw_bytes"] for m in members) == got["raw_bytes"], "raw_bytes"
assert min(m["packed_bytes"] for m in members) >= 0
with tarfile.open(xz) as tar:
    real = [(m.name, m.size) for m in tar]
mine = [(m["name"].rstrip("/"), m["raw_bytes"]) for m in members]
assert mine == real, "the names and sizes"
for m in members:
    raw, ratio = m["raw_bytes"], m["ratio"]
    if raw == 0:
        assert ratio is None and m["bits_per_byte"] is None, m
        continue
    assert abs(ratio - m["packed_bytes"] / raw) < 1e-5 * max(1, ratio), m
    assert abs(m["bits_per_byte"] - 8 * ratio) < 1e-4 * max(1, ratio), m
own = [m["name"] for m in members if m["apportioned"] is False]
if apart == "all":
    assert not own, "not apportioned: %s" % own
elif apart != "any":
    assert "demo/" + apart in own, "apportioned: " + apart

rows = [line.split("\t") for line in open(tsv).read().splitlines()]
head = rows.pop(0)
assert head[0] == "#kind" and {len(r) for r in rows} == {len(head)}
col = head.index("packed")
assert [r[0] for r in rows] == ["member"] * len(members) + ["container", "total"]
assert [int(r[col]) for r in rows[:-2]] == [m["packed_bytes"] for m in members]
assert int(rows[-2][col]) == got["container_bytes"]
assert sum(int(r[col]) for r in rows[:-1]) == int(rows[-1][col]) == size

lines = open(text).read().splitlines()[1:]
cells = [line.split()[1] for line in lines]
assert [int(c.lstrip("~")) for c in cells[:-1]] == [int(r[col]) for r in rows[:-1]]
assert int(cells[-1]) == size, "the total of the table"
marks = [c.startswith("~") for c in cells[:len(members)]]
assert marks == [m["apportioned"] for m in members], "the marks"
END

# account FILE all|any|MEMBER [OPTION]: and whose figures are apportioned; check
# accepts the file, with the option alone if there is one
account() {
	run 0 "$X" list --json "$1"
	cp "$T/out" "$T/json"
	run 0 "$X" list --tsv "$1"
	cp "$T/out" "$T/tsv"
	run 0 "$X" list -T 2 "$1"
	"$PY" "$T/account.py" "$1" "$T/json" "$T/tsv" "$T/out" "$2" ||
		fail "the accounts of $1"
	if [ $# -gt 2 ]; then
		run 4 "$X" check "$1"
		says "${3#--}"
	fi
	run 0 "$X" check "$1" "${@:3}"
	silent
}

run 0 "$X" create demo
judges demo.tar.xz demo
account demo.tar.xz any

tar --sort=name -cf t.tar demo
xz -9e -c t.tar >stock.tar.xz
account stock.tar.xz all
xz -T2 --block-size=512KiB -c t.tar >blocks.tar.xz
account blocks.tar.xz any
xz -0 --lzma2=preset=0,lc=0,lp=2 --check=sha256 -c t.tar >filters.tar.xz
account filters.tar.xz all
head -c 1000000 t.tar | xz -6 >two.tar.xz
tail -c +1000001 t.tar | xz -1 --check=crc32 >>two.tar.xz
account two.tar.xz any --multi-stream
tar --format=ustar --sort=name -c demo | xz -1 >ustar.tar.xz
account ustar.tar.xz all
if command -v bsdtar >/dev/null; then
	bsdtar -cJf bsd.tar.xz demo
	account bsd.tar.xz all
else
	echo "skip: bsdtar"
fi
if command -v pixz >/dev/null; then
	pixz -t -f 0.01 t.tar pixz.tpxz 2>/dev/null || pixz -t t.tar pixz.tpxz
	account pixz.tpxz any
	# Its index of the tar is data that no tar's reader looks at.
	pixz t.tar indexed.tpxz
	for command in list check; do
		run 4 "$X" "$command" indexed.tpxz
		says "indexed.tpxz: .*the tar's end"
	done
else
	echo "skip: pixz"
fi
