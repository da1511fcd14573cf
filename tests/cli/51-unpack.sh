#!/bin/bash
# unpack: packed files come back byte for byte, or nothing is written.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$SRCDIR/tests/cli
mkdir "$T/bad"

# --- there and back ---

"$PY" - <<'END'
from packed import *
write("bare.orig", original_header(), raw.values())
write("bare", packed_header(recipe(bare=True)), packed.values())
meta = {"format": "pt", "a\n\x01": "\u00e9\"\\"}
write("meta.orig", original_header(meta), raw.values())
write("meta", packed_header(recipe(), meta), packed.values())
own = json.dumps(original_header(), indent=1).encode() + b"\n"
write("own.orig", own, raw.values())
write("own", packed_header(recipe(bare=True, header=own.decode())),
      packed.values())
with open("array.orig", "wb") as f:
    f.write(raw["few"])
r = {"version": 1, "array": True,
     "tensors": {"array": recipe()["tensors"]["few"]}}
write("array", {"__metadata__": {"xzbundle": json.dumps(r)},
                "array": {"dtype": "U8", "shape": [376],
                          "data_offsets": [0, 376]}}, [packed["few"]])
END
for file in bare meta own array; do
	run 0 "$X" unpack $file -o out
	silent
	cmp out $file.orig || fail "$file: another original"
	run 0 "$X" unpack -o - $file
	cmp "$T/out" $file.orig || fail "$file: another one on a pipe"
	[ ! -s "$T/err" ] || fail "a message: $(cat "$T/err")"
done
# A file over itself, and through a symlink of one's own.
cp bare twice
run 0 "$X" unpack twice -o twice
cmp twice bare.orig || fail "a file over itself"
ln -s bare link
run 0 "$X" unpack link -o out
cmp out bare.orig || fail "a symlink"
rm link twice out

# --- what is not packed ---

run 0 "$X" unpack bare.orig -o out
[ ! -s "$T/out" ] || fail "something on stdout"
says 'bare.orig: is not packed; copied as it is'
cmp out bare.orig || fail "the copy differs"
rm out
before=$(ls)

# refuses STATUS REGEX ARGUMENT...: nothing is written, and what was there stays
refuses() {
	local status=$1 regex=$2

	shift 2
	run "$status" "$X" unpack "$@" -o out
	[ ! -s "$T/out" ] || fail "something on stdout"
	says "$regex"
	[ "$(ls)" = "$before" ] || fail "something was written"
	echo old >out
	run "$status" "$X" unpack "$@" -o out
	[ "$(cat out)" = old ] || fail "the old file is lost"
	rm out
	run "$status" "$X" unpack "$@" -o -
	[ ! -s "$T/out" ] || fail "something on stdout"
}

: >"$T/empty"
echo 'just a text' >"$T/text"
printf '\377\0\0\0\0\0\0\0{"a":1}' >"$T/short"
printf '\010\0\0\0\0\0\0\0{"a":1} ' >"$T/wrong"
refuses 5 'empty: is no safetensors file' "$T/empty"
refuses 5 'text: is no safetensors file' "$T/text"
refuses 5 'short: is no safetensors file: it ends in its header' "$T/short"
refuses 5 "wrong: is no safetensors file: tensor 'a'" "$T/wrong"
refuses 5 'array.orig: is no safetensors file' array.orig
refuses 1 'missing: cannot open' "$T/missing"
refuses 1 'not a regular file' .
refuses 1 'standard input is not read: save the file' -
refuses 3 'max-member' --max-member 2000 bare
refuses 3 'max-member' --max-member 2000 bare.orig
refuses 7 "tensor 'few'.*memlimit" --memlimit 5kB bare
run 0 "$X" unpack --memlimit 10kB --max-member 20kB bare -o out
cmp out bare.orig || fail "within the limits"
rm out

# --- what is wrong ---

# The name of a file is a number and what is said of it; what is in brackets
# only makes it another one.
(cd "$T/bad" && "$PY" -) <<'END'
from packed import *

good = b"".join(packed.values())

def bad(says, r=None, data=good, header=None):
    if header is None:
        header = packed_header(r if r is not None else recipe(bare=True))
    write(says, header, [data])

def changed(tensor, **how):
    r = recipe(bare=True)
    r["tensors"][tensor].update(how)
    return r

bad("1 tensor 'other': its data end behind", data=good[:-1])
bad("1 does not end", data=good + b"x")
for i, name in (0, "few"), (400, "tri"):
    data = bytearray(good)
    data[i] ^= 1
    bad("2 tensor '%s': " % name, data=bytes(data))
bad("3 tensor 'tri': what was unpacked", changed("tri", crc32=1))
bad("3 tensor 'tri': it has no crc32", changed("tri", crc32="1"))
bad("3 tensor 'few': (bits)", changed("few", bits=4))
bad("3 tensor 'few': (levels)", changed("few", levels=[1, 2]))
bad("3 tensor 'few': (shape)", changed("few", shape=[1002]))
bad("3 tensor 'few': (dtype)", changed("few", dtype="F4"))
bad("3 tensor 'few': 'more' is nothing", changed("few", more=1))
bad("3 tensor 'few': there is no packing 'zip'",
    changed("few", packing="zip"))
bad("3 tensor 'few': (huge)", changed("few", shape=[2 ** 40, 2 ** 40]))
bad("3 tensor 'few': (too many)", changed("few", shape=[2 ** 33]))
r = recipe()
r["tensors"]["gone"] = r["tensors"]["tri"]
bad("4 tensor 'gone': there is no such", r)
r = recipe()
r["tensors"]["none"] = r["tensors"].pop("tri")
bad("4 tensor 'none': it is packed, but", r)
bad("5 not known", recipe(more=1))
bad("5 the recipe: it is not JSON", "{")
bad("5 no version", json.dumps({"tensors": {}}))
bad("5 original's header: it has other tensors", recipe(header="{}"))
bad("5 original's header: it has other tensors(shape)", recipe(
    header=text(original_header()).decode().replace("35,11", "11,35")))
header = packed_header(recipe())
header["__metadata__"]["a"] = 1
bad("6 a value is no string", header=header)
header = packed_header(recipe())
header["tri"]["data_offsets"][1] += 1
bad("6 tensor 'tri': its data do not", header=header)
bad("9 format 2", recipe(version=2))
END
count=0
for file in "$T"/bad/*; do
	regex=${file##*/}
	status=5
	[[ $regex != 9* ]] || status=6
	regex=${regex#* }
	refuses $status "${regex%(*}" "$file"
	grep -qF "$file: " "$T/err" || fail "the file is not named"
	count=$((count + 1))
done
[ $count -eq 24 ] || fail "$count files that are wrong"

# Cut anywhere, it is refused, but in the header it may be no safetensors file.
size=$(stat -c %s bare)
for ((n = 0; n < size; n += 61)); do
	head -c $n bare >"$T/cut"
	run 5 "$X" unpack "$T/cut" -o out
	[ ! -e out ] || fail "a file cut at $n was unpacked"
done

# --- outputs that cannot be written ---

if [ -e /dev/full ]; then
	run 1 "$X" unpack bare -o /dev/full
	says '/dev/full'
fi
run 1 "$X" unpack bare -o missing/out
says 'missing'
run 2 "$X" unpack bare -o .
says 'directory'
run 2 "$X" unpack bare
says '-o OUT'
[ "$(ls)" = "$before" ] || fail "something was left"
