#!/bin/bash
# Plans written and read, the order of members, and Blocks for random access.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

# What a bundle has, in the order of the tar: "offset name" of each member.
# members BUNDLE: where each begins, its size, and its name.
members() {
	"$PY" -c 'import sys, tarfile
sys.stdout.reconfigure(errors="surrogateescape")
with tarfile.open(sys.argv[1], "r:xz") as tar:
    for m in tar:
        print(m.offset, m.size, m.name)' "$1"
}

# spoil HOW FROM TO: a plan that cannot be.  Knows that the plan has a list of
# objects, with a size, maybe an offset, and a chain, but not their names.
spoil() {
	"$PY" - "$@" <<'END'
import json, sys

how, from_, to = sys.argv[1:]
with open(from_) as f:
    plan = json.load(f)

def lists(value):
    """Yield every list of objects in a value."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        yield value
    for below in (value.values() if isinstance(value, dict) else
                  value if isinstance(value, list) else ()):
        yield from lists(below)

segments = max((found for found in lists(plan)
                if any("chain" in key for key in found[0])), key=len)
if len(segments) < 2:
    sys.exit("only one segment")

def named(*words):
    """Return the key of a segment that has one of the words in it."""
    for key, value in segments[0].items():
        if isinstance(value, int) and any(word in key for word in words):
            return key
    return None

size = named("size", "bytes", "len") or named("end")
off = named("off", "start", "begin") or size
chain = next(key for key in segments[0] if "chain" in key)
first, second = segments[:2]
if how == "same":
    pass
elif how == "short":
    segments.pop()
elif how == "gap":
    segments.pop(0)
elif how == "none":
    segments.clear()
elif how == "twice":
    segments.insert(1, dict(second))
elif how == "long":
    segments[-1][size] += 512
elif how == "overlap":
    first[size] += 512
elif how == "back":
    second[off] -= 1
elif how == "zero":
    second[size] = 0
elif how == "negative":
    second[size] = -1
elif how == "text":
    second[size] = "512"
elif how == "real":
    second[size] = 512.5
elif how == "null":
    second[off] = None
elif how == "no-size":
    del second[size]
elif how == "no-chain":
    del second[chain]
elif how == "chain":
    second[chain] = "nonsense:dict=1MiB"
elif how == "lclp":
    second[chain] = "lzma2:lc=4,lp=4"
elif how == "dict":
    second[chain] = "lzma2:dict=1TiB"
elif how == "chain-number":
    second[chain] = 7e9
elif how == "not-object":
    segments[1] = 7
else:                                   # a huge number
    second[{"size": size, "off": off}[how.split("=")[0]]] = int(
        how.split("=")[1])
with open(to, "w") as f:
    json.dump(plan, f)
END
}

# refuses PLAN: not for d, and it makes nothing.
refuses() {
	run 2 "$X" create --plan "$1" -o new.tar.xz d
	says "$1"
	[ ! -s "$T/out" ] || fail "$1 prints something"
	[ ! -e new.tar.xz ] || fail "$1 makes a bundle"
}

make_demo demo
mkdir -p d/sub d/Sub
cp demo/*.py demo/config.json d/
head -c 9000 demo/tokenizer.json >d/tokenizer.json
head -c 50000 demo/ternary.safetensors >d/cut.safetensors
head -c 25000 demo/bf16.safetensors >d/sub/weights.bin
bytes 9000 1 d/sub/random.bin
echo x >d/Sub/X
echo 'd-1, not below d' >d/sub-1
: >d/empty
ln -s eval.py d/link
long=d/$(printf 'long%.0s' {1..50})
echo long >"$long"
rm -r demo

# --- a plan makes the bundle that it is of ---

# max takes long; contrib/check --full has it, too.
efforts=(fast default)
[ "${XZBUNDLE_TEST_BIG:-0}" != 1 ] || efforts+=(max)
for effort in "${efforts[@]}"; do
	run 0 "$X" create --effort "$effort" --plan-out "$effort.json" \
		-o "$effort.tar.xz" d
	"$PY" -m json.tool "$effort.json" >/dev/null || fail "no JSON"
	judges "$effort.tar.xz" d
	run 0 "$X" create --effort "$effort" -o again.tar.xz d
	cmp "$effort.tar.xz" again.tar.xz || fail "--plan-out changes bytes"
	run 0 "$X" create --plan "$effort.json" -o again.tar.xz d
	cmp "$effort.tar.xz" again.tar.xz ||
		fail "the plan of $effort makes another bundle"
	run 0 "$X" create --plan "$effort.json" --plan-out again.json \
		-T 1 -o again.tar.xz d
	cmp "$effort.tar.xz" again.tar.xz || fail "with one thread"
	rm again.tar.xz again.json
done
[ ! -e max.tar.xz ] || [ "$(stat -c %s max.tar.xz)" -le "$(stat -c %s default.tar.xz)" ] ||
	fail "--effort max makes more bytes than the default"
run 0 "$X" create -o again.tar.xz d
cmp default.tar.xz again.tar.xz || fail "default is not the default"

# --- plans that are refused ---

rm ./*.tar.xz
mkdir other
cp d/eval.py other/
run 0 "$X" create --plan-out other.json -o other.tar.xz other
rm other.tar.xz
refuses other.json
run 0 "$X" create --effort fast --plan-out other.json -o other.tar.xz d other
rm other.tar.xz
refuses other.json
spoil same default.json same.json || fail "a plan that spoil does not know"
run 0 "$X" create --plan same.json -o new.tar.xz d
rm new.tar.xz
for how in short gap none twice long overlap back zero negative text real \
	null no-size no-chain chain lclp dict chain-number not-object \
	size=18446744073709551615 size=18446744073709551616 \
	size=9223372036854775807 size=1000000000000000000000000000000 \
	off=18446744073709551615 off=9223372036854775807; do
	spoil "$how" default.json bad.json || fail "cannot spoil: $how"
	echo "$how"
	refuses bad.json
done
: >bad.json
refuses bad.json
for text in '{' '[]' '{}' '7' 'null' '{"segments": 7}' '{"segments": []}' \
	'not JSON' "$(printf '[%.0s' {1..20000})"; do
	printf %s "$text" >bad.json
	refuses bad.json
done
head -c "$(($(stat -c %s default.json) / 2))" default.json >bad.json
refuses bad.json
{ cat default.json; echo '}'; } >bad.json
refuses bad.json
for bad in --effort= --effort=most --order= --order=size --effort=FAST; do
	run 2 "$X" create "$bad" -o new.tar.xz d
	says "${bad%=*}"
done
[ ! -e new.tar.xz ] || fail "a bundle in spite of a bad option"

# --- threads matter at no effort and in no order ---

for effort in "${efforts[@]}"; do
	orders=(kind name given)
	[ "$effort" = fast ] || [ "${XZBUNDLE_TEST_BIG:-0}" = 1 ] ||
		orders=(kind)
	for order in "${orders[@]}"; do
		make=("$X" create --effort "$effort" --order "$order")
		run 0 "${make[@]}" -T 1 -o one.tar.xz d
		run 0 "${make[@]}" -T 2 -o two.tar.xz d
		cmp one.tar.xz two.tar.xz ||
			fail "threads matter: $effort, $order"
	done
done
for order in kind name given; do
	run 0 "$X" create --effort fast --order "$order" -o "$order.tar.xz" d
	judges "$order.tar.xz" d
	run 0 "$X" check --links in-tree --names any \
		"$order.tar.xz"
done

# --- the order ---

run 0 "$X" create -o new.tar.xz "${FAST[@]}" d
run 0 "$X" create -o kind.tar.xz "${FAST[@]}" --order kind d
cmp new.tar.xz kind.tar.xz || fail "kind is not the default order"
members name.tar.xz | sed 's/^[0-9]* [0-9]* //' >names
# '/' is below every other byte, so that a directory has its contents next.
tr / '\001' <names | LC_ALL=C sort | tr '\001' / >sorted
cmp names sorted || fail "--order name is not: $(cat names)"

mkdir -p g/bb
for name in zz aa mm bb/2 bb/1 Aa; do
	echo "$name" >"g/$name"
done
# in_order PATH...: gives the members of g/ that are expected.
in_order() {
	run 0 "$X" create --order given -o g.tar.xz -C g "$@"
	xz -t g.tar.xz || fail "xz -t refuses it"
	tar -tf g.tar.xz >/dev/null || fail "tar refuses it"
	members g.tar.xz | sed 's/^[0-9]* [0-9]* //' >names
	cmp names expected || fail "--order given: $(cat names)"
}
printf '%s\n' zz aa bb bb/1 bb/2 mm Aa >expected
in_order zz aa bb mm Aa
printf '%s\n' Aa mm zz bb bb/1 bb/2 aa >expected
in_order Aa mm zz bb aa
run 0 "$X" create --order given --plan-out g.json -o one.tar.xz -C g zz aa
run 0 "$X" create --order given --plan g.json -o two.tar.xz -C g zz aa
cmp one.tar.xz two.tar.xz || fail "a plan with --order given"

# --- random access ---

# starts BUNDLE: where its Blocks start in the tar.
starts() {
	xz --robot --list -vv "$1" | awk -F '\t' '$1 == "block" { print $6 }'
}
for order in kind name given; do
	make=("$X" create --effort fast --random-access --order "$order")
	run 0 "${make[@]}" --plan-out ra.json -T 1 -o ra.tar.xz d
	run 0 "${make[@]}" -T 2 -o two.tar.xz d
	cmp ra.tar.xz two.tar.xz || fail "threads matter with --random-access"
	run 0 "${make[@]}" --plan ra.json -o two.tar.xz d
	cmp ra.tar.xz two.tar.xz || fail "a plan with --random-access"
	judges ra.tar.xz d
	starts ra.tar.xz | sort >blocks
	members ra.tar.xz >toc
	[ "$(wc -l <toc)" -eq "$(find d | wc -l)" ] || fail "members"
	# Each that has data begins where a Block does.
	awk '$2 > 0 { print $1 }' toc | sort -u | comm -23 - blocks >inside
	[ ! -s inside ] || fail "members that begin inside a Block at:" \
		"$(cat inside toc)"
	run 0 "$X" cat ra.tar.xz d/sub/weights.bin
	cmp "$T/out" d/sub/weights.bin || fail "cat of a member"
done
