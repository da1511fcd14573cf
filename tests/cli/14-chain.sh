#!/bin/bash
# Forced chains, targets and checks.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

mkdir d
seq 1 30000 >d/table.txt
bytes 200000 1 d/weights.bin
seq 1 3 60000 >d/more.txt

# chains: NAME CHAIN CHECK of each file in b.tar.xz, from --json.
chains() {
	run 0 "$X" list --json b.tar.xz
	"$PY" -c 'import json, sys
for m in json.load(open(sys.argv[1]))["members"]:
    if m["type"] == "file":
        print(m["name"], m["check"], m["chain"])' "$T/out"
}
# has LINE-REGEX
has() {
	chains >"$T/chains"
	grep -qE -e "^$1\$" "$T/chains" ||
		fail "no '$1' but: $(cat "$T/chains")"
}
make=("$X" create -o b.tar.xz)

lzma2='lzma2:preset=6,lc=1,lp=2,pb=1,dict=64KiB'
run 0 "${make[@]}" --chain "*.bin=delta:dist=4 $lzma2" \
	--chain 'd/*.txt=lzma2:preset=9e,lc=4,lp=0,pb=0,dict=4KiB' d
has 'd/weights.bin crc32 delta:dist=4 lzma2:dict=64KiB,lc=1,lp=2,pb=1'
has 'd/table.txt crc32 lzma2:dict=4KiB,lc=4,lp=0,pb=0'
judges b.tar.xz d
# xz itself reads the same numbers.
xz -lvv b.tar.xz | grep -q 'delta=dist=4' || fail "xz sees no delta"

# The last one that matches.
run 0 "${make[@]}" --chain "*=$lzma2" --chain '*.txt=x86 lzma2:dict=1MiB' d
has 'd/weights.bin crc32 lzma2:dict=64KiB,lc=1,lp=2,pb=1'
has 'd/table.txt crc32 x86 lzma2:.*'
run 0 "${make[@]}" --chain '*.txt=x86 lzma2:dict=1MiB' --chain "*=$lzma2" d
has 'd/table.txt crc32 lzma2:.*lc=1,lp=2,pb=1'
judges b.tar.xz d

# Chains and options that make no sense.
rm b.tar.xz
for bad in '' '*' '*=' '=6' '*=nonsense' '*=lzma2:lc=9' '*=lzma2:lc=4,lp=4' \
	'*=delta:dist=4' '*=lzma2:dict=1' '*=delta:dist=0 lzma2' \
	'*=lzma2 delta' '*=lzma1'; do
	run 2 "${make[@]}" --chain "$bad" d
	says chain
done
for bad in --target=xz-9 --target= --check=md5 --check= --threads=-1 \
	--threads=x --threads=257 --limit=x --progress=maybe --no-such -Z; do
	run 2 "${make[@]}" "$bad" d
	says .
done
only d

# The lowest target knows LZMA2 and nothing else.
make_demo demo
# A megabyte does.
rm demo/int6.safetensors demo/bf16.safetensors
cp "$X" demo/program
run 0 "${make[@]}" --target any demo
if chains | grep -vE '^[^ ]+ crc32 lzma2:[^ ]*( *\+ *(lzma2:[^ ]*|\.\.\.))*$'; then
	fail "a filter with --target any"
fi
judges b.tar.xz demo
if command -v busybox >/dev/null; then
	mkdir bb
	busybox unxz -c b.tar.xz | busybox tar -xf - -C bb
	same_tree demo bb/demo
	rm -r bb
else
	echo "skip: busybox"
fi
rm b.tar.xz
run 6 "${make[@]}" --target any --chain '*.bin=delta:dist=2 lzma2' d
says 'delta|chain'
run 6 "${make[@]}" --target embedded --chain '*.bin=delta:dist=2 lzma2' d
run 6 "${make[@]}" --target xz-5.0 --chain '*.bin=arm64 lzma2' d
run 6 "${make[@]}" --target embedded --check sha256 d
only d demo
run 0 "${make[@]}" --target xz-5.4 --chain '*.bin=arm64 lzma2' d
has 'd/weights.bin crc32 arm64 lzma2:.*'
run 0 "${make[@]}" --target embedded --chain '*.bin=x86 lzma2' d

for check in none crc32 crc64 sha256; do
	run 0 "${make[@]}" "${FAST[@]}" --check "$check" d
	[ "$(chains | awk '{ print $2 }' | sort -u)" = "$check" ] ||
		fail "--check $check gives another check"
	run 0 "$X" list b.tar.xz
	grep -q " $check .*d/table.txt" "$T/out" || fail "the CHECK column"
	unchecked=()
	if [ "$check" = none ]; then
		run 4 "$X" check b.tar.xz
		says 'no integrity check.*--allow-unchecked'
		unchecked=(--allow-unchecked)
	fi
	run 0 "$X" check "${unchecked[@]}" b.tar.xz
	run 0 "$X" extract "${unchecked[@]}" b.tar.xz -C "x-$check"
	same_tree d "x-$check/d"
	judges b.tar.xz d
done
