#!/bin/bash
# list --blocks and --tensors: all adds up to the file, in three forms.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

make_demo demo
rm demo/bf16.safetensors
mkdir demo/dir
: >demo/empty

cat >"$T/blocks.py" <<'END'
# Hold the three forms of list --blocks to the file and to each other.
import json, lzma, math, os, sys
xz, js, tsv, text = sys.argv[1:]
size = os.stat(xz).st_size
with lzma.open(xz) as f:
    raw = f.read()
got = json.load(open(js, encoding="utf-8"))
blocks = got["block_rows"]
assert got["file_bytes"] == size, "file_bytes"
packed = sum(b["packed_bytes"] for b in blocks)
assert packed + got["container_bytes"] == size, "the sum of packed_bytes"
assert sum(b["raw_bytes"] for b in blocks) == len(raw), "the sum of raw_bytes"
at = 0
for i, b in enumerate(blocks):
    assert b["block"] == i + 1
    data = raw[at:at + b["raw_bytes"]]
    at += b["raw_bytes"]
    counts = [data.count(bytes([v])) for v in range(256)]
    bits = sum(n * math.log2(len(data) / n) for n in counts if n)
    assert abs(b["bound_bytes"] - bits / 8) <= 1, b
    if b["bound_bytes"] == 0:
        assert b["over"] is None
    else:
        over = b["packed_bytes"] / b["bound_bytes"] - 1
        assert abs(b["over"] - over) < 1e-4 * max(1, over), b
    assert (b["members"] == 0) == (b["name"] is None), b

rows = [line.split("\t") for line in open(tsv).read().splitlines()]
head = rows.pop(0)
assert head[0] == "#kind" and {len(r) for r in rows} == {len(head)}
assert [r[0] for r in rows] == ["block"] * len(blocks) + ["container", "total"]
for key in "block", "raw", "packed", "bound", "members", "tensors", "chain":
    name = key + "_bytes" if key in ("raw", "packed", "bound") else key
    mine = [r[head.index(key)] for r in rows[:-2]]
    assert mine == [str(b[name]) for b in blocks], key
col = head.index("packed")
assert int(rows[-2][col]) == got["container_bytes"]
assert sum(int(r[col]) for r in rows[:-1]) == int(rows[-1][col]) == size

lines = [line.split() for line in open(text).read().splitlines()[1:]]
assert [l[2] for l in lines] == [r[col] for r in rows], "PACKED of the table"
assert [l[1] for l in lines] == [r[head.index("raw")] for r in rows]
assert [l[0] for l in lines[:-2]] == [r[1] for r in rows[:-2]]
END

cat >"$T/tensors.py" <<'END'
# The same for list --tensors; and each member costs what list says.
import json, os, sys
xz, js, tsv, text, members = sys.argv[1:]
size = os.stat(xz).st_size
got = json.load(open(js, encoding="utf-8"))
parts = got["tensor_rows"]
assert got["file_bytes"] == size, "file_bytes"
packed = sum(p["packed_bytes"] for p in parts)
assert packed + got["container_bytes"] == size, "the sum of packed_bytes"
whole = json.load(open(members, encoding="utf-8"))
assert got["container_bytes"] == whole["container_bytes"]
rest = list(parts)
for m in whole["members"]:
    mine = []
    while rest and rest[0]["member"] == m["name"]:
        mine.append(rest.pop(0))
    for key in "raw_bytes", "packed_bytes":
        assert sum(p[key] for p in mine) == m[key], (key, m)
    kinds = [p["kind"] for p in mine]
    tensors = ["tensor"] * (len(kinds) - 1) + ["rest"]
    assert kinds in (["member"], tensors), (kinds, m)
    assert (kinds == tensors) == m["name"].endswith(".safetensors"), m
    if m["name"].endswith(".safetensors"):
        with open(m["name"], "rb") as f:
            n = int.from_bytes(f.read(8), "little")
            header = json.loads(f.read(n))
        header.pop("__metadata__", None)
        real = sorted((t["data_offsets"][0], name, t["dtype"],
                       t["data_offsets"][1] - t["data_offsets"][0])
                      for name, t in header.items())
        assert [r[1:] for r in real] == [
            (p["tensor"], p["dtype"], p["raw_bytes"]) for p in mine[:-1]]
assert not rest, "rows of no member"
for p in parts:
    raw, ratio = p["raw_bytes"], p["ratio"]
    if raw == 0:
        assert ratio is None and p["bits_per_byte"] is None, p
        continue
    assert abs(ratio - p["packed_bytes"] / raw) < 1e-5 * max(1, ratio), p
    assert p["bound_bytes"] is None or p["bound_bytes"] <= raw, p

rows = [line.split("\t") for line in open(tsv).read().splitlines()]
head = rows.pop(0)
assert head[0] == "#kind" and {len(r) for r in rows} == {len(head)}
kinds = [p["kind"] for p in parts] + ["container", "total"]
assert [r[0] for r in rows] == kinds
for key in "member", "tensor", "dtype", "raw", "packed", "bound", "chain":
    name = key + "_bytes" if key in ("raw", "packed", "bound") else key
    mine = [r[head.index(key)] for r in rows[:-2]]
    wanted = ["-" if p[name] is None else str(p[name]) for p in parts]
    assert mine == wanted, key
col = head.index("packed")
assert int(rows[-2][col]) == got["container_bytes"]
assert sum(int(r[col]) for r in rows[:-1]) == int(rows[-1][col]) == size
raw = head.index("raw")
assert sum(int(r[raw]) for r in rows[:-1]) == int(rows[-1][raw])

cells = [line.split()[1] for line in open(text).read().splitlines()[1:]]
assert [c.lstrip("~") for c in cells] == [r[col] for r in rows]
marks = [c.startswith("~") for c in cells[:-2]]
assert marks == [p["apportioned"] for p in parts], "the marks"
END

# forms FILE VIEW: leaves the three in $T/json, $T/tsv and $T/text
forms() {
	run 0 "$X" list "$2" --json "$1"
	cp "$T/out" "$T/json"
	run 0 "$X" list "$2" --tsv -T 1 "$1"
	cp "$T/out" "$T/tsv"
	run 0 "$X" list -T 2 "$2" "$1"
	cp "$T/out" "$T/text"
}

views() {
	forms "$1" --blocks
	"$PY" "$T/blocks.py" "$1" "$T/json" "$T/tsv" "$T/text" ||
		fail "the Blocks of $1"
	forms "$1" --tensors
	run 0 "$X" list --json "$1"
	"$PY" "$T/tensors.py" "$1" "$T/json" "$T/tsv" "$T/text" "$T/out" ||
		fail "the tensors of $1"
}

# create -v prints both tables of the new bundle.
run 0 "$X" create -v demo
cp "$T/out" "$T/verbose"
views demo.tar.xz
run 0 "$X" list demo.tar.xz
cp "$T/out" "$T/members"
run 0 "$X" list --blocks demo.tar.xz
(cat "$T/members"; echo; cat "$T/out") >"$T/both"
cmp "$T/both" "$T/verbose" || fail "create -v prints other tables"

# Bundles of others: one Block, many, several Streams.
tar --sort=name -cf t.tar demo
xz -1 -c t.tar >stock.tar.xz
views stock.tar.xz
xz -0 --block-size=100KiB -c t.tar >blocks.tar.xz
views blocks.tar.xz
head -c 1000000 t.tar | xz -1 >two.tar.xz
tail -c +1000001 t.tar | xz -0 --check=sha256 >>two.tar.xz
views two.tar.xz

# The last one holds; they are options of list alone.
run 0 "$X" list --tensors --blocks demo.tar.xz
grep -q '^ *BLOCK ' "$T/out" || fail "--blocks after --tensors"
run 0 "$X" list --blocks --tensors demo.tar.xz
grep -q ' DTYPE ' "$T/out" || fail "--tensors after --blocks"
run 2 "$X" check --blocks demo.tar.xz
says 'not an option'

# All Blocks are decoded, so damage shows.
"$PY" - blocks.tar.xz <<'END'
import sys
with open(sys.argv[1], "r+b") as f:
    f.seek(500000)
    old = f.read(64)
    f.seek(500000)
    f.write(bytes(b ^ 0xFF for b in old))
END
for view in --blocks --tensors; do
	run 5 "$X" list $view blocks.tar.xz
	says 'Block [0-9]'
	[ ! -s "$T/out" ] || fail "a table of a damaged bundle"
done
run 7 "$X" list --blocks --memlimit 1kB demo.tar.xz
