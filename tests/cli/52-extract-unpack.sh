#!/bin/bash
# extract, check and cat with --unpack: originals are written, and counted.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$SRCDIR/tests/cli
mkdir -p in/sub orig/sub bad big
"$PY" - <<'END'
from packed import *
write("orig/m.safetensors", original_header(), raw.values())
write("in/m.safetensors", packed_header(recipe(bare=True)), packed.values())
for d in "in", "orig":
    write(d + "/sub/plain.safetensors",
          {"tri": {**kept["tri"], "data_offsets": [0, 385]}}, [raw["tri"]])
r = {"version": 1, "array": True,
     "tensors": {"array": recipe()["tensors"]["tri"]}}
write("in/sub/array", {"__metadata__": {"xzbundle": json.dumps(r)},
                       "array": {"dtype": "U8", "shape": [77],
                                 "data_offsets": [0, 77]}}, [packed["tri"]])
with open("orig/sub/array", "wb") as f:
    f.write(raw["tri"])
data = bytearray(b"".join(packed.values()))
data[10] ^= 4
write("bad/m.safetensors", packed_header(recipe()), [data])
# 80 MB of one value in no bytes
crc = 0
for _ in range(80):
    crc = zlib.crc32(b"\7" * 1000000, crc)
r = {"version": 1, "bare": True, "tensors":
     {"w": {"dtype": "U8", "shape": [80000, 1000], "packing": "bits",
            "crc32": crc, "bits": 0, "levels": [7]}}}
write("big/m.safetensors", {"__metadata__": {"xzbundle": json.dumps(r)},
      "w": {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}}, [])
END
chmod +x in/sub/array orig/sub/array
for dir in in orig; do
	echo 'print(1)' >$dir/a.py
	: >$dir/empty
done
for dir in in bad big; do
	run 0 "$X" create -C $dir -o $dir.tar.xz "${FAST[@]}" .
done

# Without the option nothing changes.
run 0 "$X" extract in.tar.xz -C out
silent
same_tree in out
rm -r out
run 0 "$X" extract bad.tar.xz -C out
rm -r out
run 0 "$X" cat in.tar.xz m.safetensors
cmp "$T/out" in/m.safetensors || fail "cat"

# --- originals ---

run 0 "$X" extract --unpack in.tar.xz -C out --manifest sums.txt
silent
same_tree orig out
(cd out && sha256sum --quiet -c ../sums.txt) || fail "sums of the originals"
[ "$(grep -c bytes sums.txt)" = 5 ] || fail "a manifest of five files"
size=$(stat -c %s orig/m.safetensors)
grep -q "^# $size bytes" sums.txt || fail "the size of the original"
rm -r out sums.txt
run 0 "$X" extract --unpack --json in.tar.xz -C out
total=$(cat orig/a.py orig/*.safetensors orig/sub/* | wc -c)
"$PY" - "$T/out" "$total" "$size" <<'END' || fail "the counts"
import json, sys
got = json.load(open(sys.argv[1]))
assert (got["files"], got["unpacked"]) == (5, 2), got
assert got["bytes"] == int(sys.argv[2]), got
assert got["limits"]["max-total"]["value"] == int(sys.argv[2])
assert got["limits"]["max-member"]["value"] == int(sys.argv[3])
END
rm -r out
run 0 "$X" extract --unpack in.tar.xz sub/array -C out
cmp out/sub/array orig/sub/array || fail "one member"
only in orig bad big in.tar.xz bad.tar.xz big.tar.xz out
rm -r out
for name in m.safetensors sub/array sub/plain.safetensors a.py empty; do
	run 0 "$X" cat --unpack in.tar.xz $name
	cmp "$T/out" orig/$name || fail "cat --unpack $name"
done
run 0 "$X" check --unpack in.tar.xz
silent
run 0 "$X" check --unpack --json in.tar.xz
grep -q '"unpacked": 2' "$T/out" || fail "the count of check"
run 0 "$X" check --json in.tar.xz
if grep -q unpacked "$T/out"; then
	fail "a count without --unpack"
fi

# A hard link to one has its bytes and its sum.
ln in/m.safetensors in/n.safetensors
run 0 "$X" create -C in -o link.tar.xz "${FAST[@]}" .
rm in/n.safetensors
run 0 "$X" extract --unpack --links in-tree link.tar.xz -C out \
	--manifest sums.txt
cmp out/n.safetensors orig/m.safetensors || fail "a hard link"
(cd out && sha256sum --quiet -c ../sums.txt) || fail "the sum of a link"
run 0 "$X" cat --unpack link.tar.xz n.safetensors
cmp "$T/out" orig/m.safetensors || fail "cat of a hard link"
rm -r out sums.txt link.tar.xz

# --- limits ---

# refuses STATUS REGEX OPTION... BUNDLE: nothing is extracted
refuses() {
	local status=$1 regex=$2

	shift 2
	run "$status" "$X" extract --unpack "$@" -C out
	[ ! -s "$T/out" ] || fail "something on stdout"
	says "$regex"
	only in orig bad big in.tar.xz bad.tar.xz big.tar.xz
}
refuses 3 "in.tar.xz: m.safetensors: $size bytes.*--max-member" \
	--max-member $((size - 1)) in.tar.xz
refuses 3 'max-total' --max-total $((total - 1)) in.tar.xz
refuses 3 'max-ratio' --max-ratio 9999 big.tar.xz
refuses 7 "m.safetensors: tensor 'w'.*memlimit" --memlimit 80MB big.tar.xz
run 0 "$X" extract --unpack --max-member "$size" --max-total "$total" \
	in.tar.xz -C out
rm -r out
run 0 "$X" extract --unpack --max-ratio 1000000 --memlimit 500MB big.tar.xz \
	-C out
[ "$(stat -c %s out/m.safetensors)" -gt 80000000 ] || fail "80 MB"
rm -r out
run 3 "$X" check --unpack --max-member $((size - 1)) \
	--max-total $((total - 1)) in.tar.xz
[ "$(grep -c '^max-' "$T/out")" = 2 ] || fail "two violations"
run 0 "$X" check --max-member $((size - 1)) --max-total $((total - 1)) \
	in.tar.xz

# What a limit forbids is not unpacked to see what else is wrong: the checksum
# of 7 GB, and of what would take hours.
"$PY" - <<'END'
from packed import *
r = {"version": 1, "bare": True, "tensors":
     {str(i): {"dtype": "U8", "shape": [100000000], "packing": "bits",
               "crc32": 0, "bits": 0, "levels": [7]} for i in range(70)}}
write("big/m.safetensors", {"__metadata__": {"xzbundle": json.dumps(r)},
      **{str(i): {"dtype": "U8", "shape": [0], "data_offsets": [0, 0]}
         for i in range(70)}}, [])
END
run 0 "$X" create -C big -o huge.tar.xz "${FAST[@]}" .
run 3 "$X" check --unpack --max-member 1GB huge.tar.xz
[ "$(grep -c '^max-member' "$T/out")" = 1 ] || fail "a member that is too large"
if grep -q CRC "$T/out" "$T/err"; then
	fail "unpacked in spite of the limit"
fi
rm huge.tar.xz

# --- damage ---

refuses 5 "bad.tar.xz: m.safetensors: tensor 'few': " bad.tar.xz
run 5 "$X" check --unpack bad.tar.xz
says "bad.tar.xz: m.safetensors: tensor 'few': "
run 5 "$X" cat --unpack bad.tar.xz m.safetensors
says "tensor 'few'"
[ ! -s "$T/out" ] || fail "cat has written of what is damaged"
run 5 "$X" extract --unpack --json bad.tar.xz -C out
grep -q '"verdict": "corrupt"' "$T/out" || fail "the verdict"
only in orig bad big in.tar.xz bad.tar.xz big.tar.xz
