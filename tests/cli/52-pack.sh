#!/bin/bash
# pack: whatever is packed comes back byte for byte, alone and in bundles.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

# 54-both-ways packs and unpacks with them.
not_with_sanitizers

export PYTHONDONTWRITEBYTECODE=1

# Files with tensors of all kinds, each with another kind of header.
mkdir in
"$PY" - <<'END'
import json, random, struct
random.seed(5)
n = 12000
gauss = [max(-31, min(31, round(random.gauss(0, 6)))) for _ in range(n)]
pick = random.choice
floats = [random.gauss(0, 0.02) for _ in range(n)]
special = [0.0, -0.0, float("inf"), -float("inf"), 1e-42]
f32 = struct.pack("<%df" % n, *(special + floats[5:]))
nans = struct.pack("<8I", *(0x7F800001 + i * 77777 for i in range(8)))
half = [struct.pack("<f", v)[2:] for v in floats]
data = {
    "int6": ("I8", [30, n // 30], struct.pack("%db" % n, *gauss)),
    "ternary": ("I8", [n], struct.pack("%db" % n, *[
        pick([-1, 0, 0, 0, 1]) for _ in range(n)])),
    "binary": ("I8", [10, n // 10], bytes(pick([1, 255]) for _ in range(n))),
    "f32": ("F32", [n], f32),
    "nans": ("F32", [8], nans),
    "bf16": ("BF16", [n // 50, 50], b"".join(half)),
    "f16": ("F16", [n], struct.pack("<%de" % n, *floats)),
    "f64": ("F64", [n // 3], struct.pack("<%dd" % (n // 3),
                                         *floats[:n // 3])),
    "steps": ("I64", [400], struct.pack("<400q", *range(400))),
    "u16": ("U16", [n], struct.pack("<%dH" % n, *[v + 900 for v in gauss])),
    "f8": ("F8_E4M3", [n], bytes(random.randrange(100, 140)
                                 for _ in range(n))),
    "bool": ("BOOL", [n], bytes(pick([0, 1]) for _ in range(n))),
    "bytes": ("U8", [256, 2], bytes(range(256)) * 2),
    "same": ("I32", [n], struct.pack("<i", -5) * n),
    "scalar": ("F32", [], b"\1\2\3\4"),
    "one": ("I8", [1, 1], b"\7"),
    "none": ("F32", [0, 3], b""),
    "odd": ("F4", [10], b"\1\2\3\4\5"),
    "random": ("U8", [n], random.getrandbits(8 * n).to_bytes(n, "big")),
}


def write(name, header, order):
    at = 0
    for k in order:
        size = len(data[k][2])
        header[k] = {"dtype": data[k][0], "shape": data[k][1],
                     "data_offsets": [at, at + size]}
        at += size
    if name.startswith("spaced"):
        text = json.dumps(header, indent=2).encode()
    else:
        text = json.dumps(header, separators=(",", ":"),
                          ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    with open("in/" + name, "wb") as f:
        f.write(struct.pack("<Q", len(text)) + text)
        f.write(b"".join(data[k][2] for k in order))


keys = list(data)
write("plain", {}, keys)
write("meta", {"__metadata__": {"format": "pt", "é\n": "\"\\"}}, keys)
write("spaced", {}, keys)
write("turned", {k: None for k in keys}, keys[::-1])
for k in keys:
    write("only-" + k, {}, [k])
with open("array", "wb") as f:
    f.write(data["int6"][2])
END

# --- there and back ---

for file in in/*; do
	run 0 "$X" pack -T 2 "$file" -o p
	[ ! -s "$T/out" ] || fail "something on stdout"
	[ "$(stat -c %s p)" -le "$(stat -c %s "$file")" ] ||
		fail "$file: has become larger"
	run 0 "$X" unpack p -o u
	cmp u "$file" || fail "$file: not the same when unpacked"
done
run 0 "$X" pack -T 1 in/spaced -o u
run 0 "$X" pack -T 2 in/spaced -o p
cmp u p || fail "other bytes with other threads"
rm u
for name in plain meta spaced turned only-int6 only-f32 only-bf16; do
	run 0 "$X" pack in/$name -o p
	silent
	[ "$(stat -c %s p)" -lt "$(stat -c %s in/$name)" ] ||
		fail "$name: nothing was packed"
done

# The packed file is a plain safetensors file, of bytes without gaps.
run 0 "$X" pack in/plain -o p
"$PY" - <<'END' || fail "it is no safetensors file"
import json, os, struct
with open("p", "rb") as f:
    size, = struct.unpack("<Q", f.read(8))
    header = json.loads(f.read(size))
recipe = json.loads(header.pop("__metadata__")["xzbundle"])
assert size % 8 == 0 and recipe["version"] == 1 and recipe["bare"]
spans = sorted(t["data_offsets"] for t in header.values())
assert spans[0][0] == 0 and all(a[1] == b[0] for a, b in zip(spans, spans[1:]))
assert spans[-1][1] == os.path.getsize("p") - 8 - size
for name in recipe["tensors"]:
    t = header[name]
    assert t["dtype"] == "U8" and len(t["shape"]) == 1
    assert t["shape"][0] == t["data_offsets"][1] - t["data_offsets"][0]
assert {"int6", "ternary", "binary", "f32", "bf16"} <= set(recipe["tensors"])
assert not {"scalar", "one", "none", "odd", "random"} & set(recipe["tensors"])
END

# A file over itself, a pipe, and no more rights than the input gives.
cp in/plain same
chmod 600 same
run 0 "$X" pack same -o same
cmp same p || fail "over itself: another file"
[ "$(stat -c %a same)" = 600 ] || fail "others may read it now"
run 0 "$X" pack in/plain -o -
cmp "$T/out" p || fail "on a pipe: another file"
rm same

# --- what is not packed ---

run 0 "$X" pack p -o q
says 'p: is packed already; copied as it is'
cmp p q || fail "a packed file was changed"
run 0 "$X" pack in/only-random -o q
says 'only-random: nothing would be gained; copied as it is'
cmp in/only-random q || fail "a file was changed for nothing"
rm p q

# refuses STATUS REGEX ARGUMENT...: nothing is written
refuses() {
	local status=$1 regex=$2

	shift 2
	run "$status" "$X" pack "$@" -o out
	says "$regex"
	[ ! -s "$T/out" ] || fail "something on stdout"
	only array in
}
refuses 5 'array: is no safetensors file; a bare array needs --raw' array
refuses 5 'no safetensors file' "$X"
head -c 200 in/plain >"$T/cut"
refuses 5 'cut: is no safetensors file: its header is cut off' "$T/cut"
head -c 20000 in/plain >"$T/cut"
refuses 5 'cut: is no safetensors file: .' "$T/cut"
refuses 1 'missing' missing
refuses 1 'in: a directory, not a regular file$' in
run 2 "$X" pack in/plain
says 'name the file to write'
run 2 "$X" pack in/plain -o in
says 'in: is a directory'
run 1 "$X" pack in/plain -o nowhere/x
only array in

# --- a packing that was asked for ---

for pair in int6=bits int6=rans ternary=base3 ternary=bitmask ternary=bits \
	binary=bits f32=planes f64=planes bf16=planes f16=planes f8=rans \
	u16=rans u16=planes steps=planes same=bits one=base3 scalar=planes \
	nans=planes bool=bits random=bits random=rans bytes=bits; do
	run 0 "$X" pack in/plain --packing '*=none' --packing "$pair" -o p
	silent
	grep -qa "\"packing\\\\\":\\\\\"${pair#*=}\\\\\"" p ||
		fail "$pair: has no such packing"
	run 0 "$X" unpack p -o u
	cmp u in/plain || fail "$pair: not the same when unpacked"
done
run 0 "$X" pack in/plain --packing 'int6=bits' --packing '*=none' -o p
says 'nothing would be gained'
rm p u
while read -r pair regex; do
	refuses 2 "in/plain: ${pair%=*}: cannot be packed by ${pair#*=}: $regex" \
		in/plain --packing "$pair"
done <<'END'
int6=base3 value -?[0-9]+ at element [0-9]+
int6=bitmask value -?[0-9]+ at element [0-9]+
int6=planes .*2 bytes
f32=rans .*1 or 2 bytes
f32=bits value 0x[0-9a-f]+ at element [0-9]+
odd=bits .*whole bytes
END
run 0 "$X" pack in/plain --packing 'int6=rans' --packing 'int7=rans' \
	--packing 'none=none' -o p
says "--packing: no tensor's name matches 'int7'$"
[ "$(wc -l <"$T/err")" -eq 1 ] || fail "more notes than one"
rm p
refuses 2 'not TENSOR=NAME' in/plain --packing int6
refuses 2 'not TENSOR=NAME' in/plain --packing =bits
refuses 2 'not TENSOR=NAME' in/plain --packing int6=zip
refuses 7 'int6: packing it needs .* raise --memlimit' in/plain \
	--packing int6=bits --memlimit 1MB
run 0 "$X" pack in/plain --memlimit 1MB -o p
says 'nothing would be gained'
says 'plain: not packed: 1[0-9] of the tensors, .*; raise --memlimit'
cmp p in/plain || fail "--memlimit: packed nevertheless"
rm p

# --- bare arrays ---

for shape in 12000 30,400 2,5,1200; do
	run 0 "$X" pack array --raw --dtype I8 --shape $shape -o p
	silent
	[ "$(stat -c %s p)" -lt 12000 ] || fail "the array was not packed"
	run 0 "$X" unpack p -o u
	cmp u array || fail "the array is another one"
done
run 0 "$X" pack array --raw --dtype U16 --shape 6000 --packing array=planes \
	-o p
run 0 "$X" unpack p -o u
cmp u array || fail "the array is another one by planes"
head -c 4 array >"$T/four"
run 0 "$X" pack "$T/four" --raw --dtype F32 --shape '' -o p
says 'nothing would be gained'
rm p u
refuses 2 'has 12000 bytes' array --raw --dtype I8 --shape 12001
refuses 2 'has 12000 bytes' array --raw --dtype I16 --shape 12000
refuses 2 '--dtype I9: not one of safetensors, such as' array --raw --dtype I9 \
	--shape 12000
refuses 2 '--dtype int8: not one of' array --raw --dtype int8 --shape 12000
refuses 2 'F4' array --raw --dtype F4 --shape 24000
refuses 2 'needs --dtype' array --raw --shape 12000
refuses 2 'needs --dtype' array --raw --dtype I8
refuses 2 'use --raw' array --dtype I8 --shape 12000
for shape in x '12000,' ,12000 12000x1 -1 \
	99999999999999999999 4294967296,4294967296; do
	refuses 2 . array --raw --dtype I8 --shape=$shape
done

# --- tables ---

run 0 "$X" pack -v in/plain -o p
mv "$T/out" table
grep -qx '.* BITMASK .*' table || fail "no table: $(head -n 3 table)"
[ "$(wc -L <table)" -le 80 ] || fail "the table is too wide"
grep -q '^int6: I8 \[30,400\], 12000 bytes: rans' table || fail "int6 is not rans"
grep -qE '^ *[0-9]+ +[0-9-]+ +[0-9]+ .*\*[0-9]+' table || fail "no figures"
grep -qE '^[0-9]+ tensors, [0-9]+ bytes: [0-9]+ in the bundle$' table ||
	fail "no sum"
grep -qx 'others, which nothing was tried on: 42 bytes' table ||
	fail "not what is left"
run 0 "$X" pack -o p --tsv in/plain
mv "$T/out" tsv
run 0 "$X" pack -o p --json in/plain
mv "$T/out" json
"$PY" - <<'END' || fail "the figures do not agree"
import csv, json
rows = list(csv.DictReader(open("tsv"), delimiter="\t"))
o = json.load(open("json"))
assert o["packed"] is True
chosen = {r["tensor"]: r for r in rows if r["chosen"] == "1"}
assert set(chosen) == {t["name"] for t in o["tensors"]}
for t in o["tensors"]:
    row = chosen[t["name"]]
    best = [c["bytes"] for c in t["candidates"] if c["way"] == t["chosen"]]
    assert row["way"] == t["chosen"] and [int(row["bytes"])] == best
    assert best[0] <= min(c["bytes"] for c in t["candidates"]
                          if not c["sampled"])
    assert t["candidates"][0]["way"] == "none"
    assert 0 <= t["order0_bytes"] <= t["raw_bytes"]
    assert t["zlib_bytes"] is None or t["zlib_bytes"] > 0
assert o["total"]["best_bytes"] == sum(int(r["bytes"])
                                       for r in chosen.values())
assert o["total"]["raw_bytes"] == sum(t["raw_bytes"] for t in o["tensors"])
total = {r["way"]: r["bytes"] for r in rows if r["#kind"] == "total"}
assert int(total["best"]) == o["total"]["best_bytes"]
assert int(total["none"]) == o["total"]["none_bytes"] > int(total["best"])
END
run 0 "$X" pack -v in/only-random -o p
grep -q '^1 tensor, ' "$T/out" || fail "not one tensor"
grep -q 'others' "$T/out" && fail "others, of one"
grep -q 'nothing would be gained' "$T/out" || fail "the table does not say it"
run 0 "$X" pack -v in/only-random -o -
cmp "$T/out" in/only-random || fail "a table among the data"
rm table tsv json p

# --- bundles ---

mkdir tree
cp in/plain tree/a.safetensors
cp in/only-bf16 tree/b.safetensors
echo text >tree/readme
ln tree/a.safetensors tree/hard
cp "$T/cut" tree/broken
run 0 "$X" create "${FAST[@]}" -o plain.xz tree
run 0 "$X" create "${FAST[@]}" --packing '*=none' -o none.xz tree
cmp plain.xz none.xz || fail "without a packing it is another bundle"
run 0 "$X" create "${FAST[@]}" --pack -o packed.xz tree
says 'broken: not packed: '
run 0 "$X" create "${FAST[@]}" --pack --memlimit 50400000 -o few.xz tree
says 'a.safetensors: not packed: [0-9]+ of the tensors, .*raise --memlimit'
run 0 "$X" create "${FAST[@]}" --pack -T 1 -o one.xz tree
cmp packed.xz one.xz || fail "another bundle with one thread"
run 0 "$X" create "${FAST[@]}" --pack -v -o packed.xz tree
cmp packed.xz one.xz || fail "another bundle with -v"
grep -q '^tree/a.safetensors$' "$T/out" || fail "no table of the member"
[ "$(stat -c %s packed.xz)" -lt "$(stat -c %s plain.xz)" ] ||
	fail "packed, the bundle is no smaller"
run 0 "$X" extract --links in-tree plain.xz -C x1
same_tree tree x1/tree
run 0 "$X" extract --links in-tree packed.xz -C x2
run 0 "$X" pack tree/a.safetensors -o p
cmp p x2/tree/a.safetensors || fail "packed in another way in a bundle"
run 0 "$X" extract --links in-tree --unpack packed.xz -C x3
same_tree tree x3/tree
run 2 "$X" create "${FAST[@]}" --packing 'f32=rans' -o bad.xz tree
says 'a.safetensors: f32: cannot be packed by rans'
[ ! -e bad.xz ] || fail "a bundle in spite of the error"
run 2 "$X" create "${FAST[@]}" --dtype I8 -o bad.xz tree
run 0 "$X" create "${FAST[@]}" --packing 'bf16=none' --packing 'bf-16=none' \
	-o note.xz tree
says "--packing: no tensor's name matches 'bf-16'$"
# A plan fits what it was made for.
run 0 "$X" create "${FAST[@]}" --pack --plan-out plan -o p1.xz tree
run 0 "$X" create "${FAST[@]}" --pack --plan plan -o p2.xz tree
cmp p1.xz p2.xz || fail "another bundle by the plan"
run 2 "$X" create "${FAST[@]}" --plan plan -o bad.xz tree

# What was packed is stored, up to the padding and the end of the tar.
"$PY" - <<'END'
import json, random, struct
random.seed(6)
n = 600000
text = json.dumps({"t": {"dtype": "I8", "shape": [n],
                         "data_offsets": [0, n]}}).encode()
with open("large", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text)
    f.write(bytes(random.choices([255, 0, 1], [1, 3, 1], k=n)))
END
run 0 "$X" pack large -o p
for effort in fast default max; do
	run 0 "$X" create --effort $effort -o p.xz p
	[ "$(stat -c %s p.xz)" -le $(($(stat -c %s p) + 300)) ] ||
		fail "--effort $effort: $(stat -c %s p.xz) bytes for" \
			"$(stat -c %s p)"
done
rm large p p.xz

# --- nothing is left behind ---

mkdir tmp
for after in 0.01 0.1 0.3 0.6; do
	TMPDIR=$PWD/tmp "$X" pack in/plain -o tmp/out &
	sleep $after
	kill -KILL $! 2>/dev/null || true
	wait $! 2>/dev/null || true
	rm -f tmp/out
	[ -z "$(ls -A tmp)" ] || fail "killed, it leaves $(ls -A tmp)"
done
run 0 env TMPDIR="$PWD/tmp" "$X" create "${FAST[@]}" --pack -o /dev/null tree
[ -z "$(ls -A tmp)" ] || fail "it leaves $(ls -A tmp)"
run 1 env TMPDIR="$PWD/nowhere" "$X" create "${FAST[@]}" --pack -o bad.xz tree
says 'nowhere'
[ ! -e bad.xz ] || fail "a bundle without temporary files"
