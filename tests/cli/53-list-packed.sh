#!/bin/bash
# list --tensors of packed files: what they were, and all adds up.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$SRCDIR/tests/cli
mkdir in
"$PY" - <<'END'
from packed import *
write("in/packed.st", packed_header(recipe(bare=True)), packed.values())
write("in/plain.st", original_header(), raw.values())
# One whose recipe cannot be read is as it is.
write("in/wrong.st", packed_header(recipe(more=1)), packed.values())
# One with nothing but what was packed to no bytes.
r = {"version": 1, "bare": True,
     "tensors": {"same": recipe()["tensors"]["same"]}}
write("in/zero.st", {"__metadata__": {"xzbundle": json.dumps(r)}, "same":
      {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}, [])
END
echo text >in/text
run 0 "$X" create -o b.tar.xz "${FAST[@]}" in
run 0 "$X" list --tensors --json b.tar.xz
cp "$T/out" "$T/json"
run 0 "$X" list --tensors --tsv b.tar.xz
cp "$T/out" "$T/tsv"
run 0 "$X" list --tensors b.tar.xz
cp "$T/out" "$T/text"
"$PY" - "$T/json" "$T/tsv" "$T/text" <<'END' || fail "the tensors"
import os, sys
from packed import *
got = json.load(open(sys.argv[1]))
rows = got["tensor_rows"]
size = os.stat("b.tar.xz").st_size
assert sum(r["packed_bytes"] for r in rows) + got["container_bytes"] == size
names = list(raw)[:-1]          # "none" has no bytes, and no row

def of(member):
    return [r for r in rows if r["member"] == "in/" + member]

def shown(member):
    return [(r["kind"], r["tensor"], r["dtype"], r["packing"], r["raw_bytes"])
            for r in of(member)]

def rest(member, data):
    return ("rest", None, None, None,
            os.stat("in/" + member).st_size - sum(map(len, data)))

packings = {"few": "bits", "tri": "base3", "same": "bits"}
assert shown("packed.st") == [
    ("tensor", n, kept[n]["dtype"], packings.get(n), len(raw[n]))
    for n in names] + [rest("packed.st", packed.values())]
assert shown("plain.st") == [
    ("tensor", n, kept[n]["dtype"], None, len(raw[n]))
    for n in names] + [rest("plain.st", raw.values())]
assert shown("wrong.st") == [
    ("tensor", n, "U8", None, len(packed[n]))
    for n in names if packed[n]] + [rest("wrong.st", packed.values())]
assert shown("zero.st") == [("tensor", "same", "F32", "bits", 24),
                            rest("zero.st", [])]
for r in rows:
    if r["raw_bytes"]:
        ratio = r["packed_bytes"] / r["raw_bytes"]
        assert abs(r["ratio"] - ratio) < 1e-5 * max(1, ratio), r
        assert abs(r["bits_per_byte"] - 8 * ratio) < 1e-4 * max(1, ratio), r

lines = [line.split("\t") for line in open(sys.argv[2]).read().splitlines()]
head = lines.pop(0)
assert {len(line) for line in lines} == {len(head)}
for key, name in (("packing", "packing"), ("raw", "raw_bytes"),
                  ("dtype", "dtype"), ("packed", "packed_bytes")):
    assert [line[head.index(key)] for line in lines[:-2]] == [
        "-" if r[name] is None else str(r[name]) for r in rows], key
col = head.index("raw")
assert sum(int(line[col]) for line in lines[:-1]) == int(lines[-1][col])
assert lines[-1][head.index("packed")] == str(size)

lines = [line.split() for line in open(sys.argv[3]).read().splitlines()]
col = lines[0].index("PACKING")
assert [line[col] for line in lines[1:-2]] == [
    r["packing"] or "-" for r in rows]
END

# Without one, there is no such column.
rm in/packed.st in/zero.st
run 0 "$X" create -o c.tar.xz "${FAST[@]}" in
run 0 "$X" list --tensors c.tar.xz
if grep -q PACKING "$T/out"; then
	fail "a column for nothing"
fi
run 0 "$X" list --tensors --json c.tar.xz
grep -q '"packing": null' "$T/out" || fail "no packing in the JSON"
