#!/bin/bash
# The sizes of bundles are those in tests/sizes.tsv: a change that makes any
# of them larger or smaller has to say so, by changing that file too.
#
# usage: tests/cli/28-sizes.sh [--write]
#
#   --write  write the file instead
#
# Run by hand, it takes the programs from build/ unless XZBUNDLE and MKDEMO say
# where they are.  Weights alone or at --effort max, and all at
# --effort fast, take long: they are compared only with XZBUNDLE_TEST_BIG=1, which
# contrib/check --full sets.
#
# Sizes depend on liblzma: with another version than that of the file, they
# only have to be within 1 % (or 16 bytes).
#
# SPDX-License-Identifier: BSD-2-Clause
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${XZBUNDLE:=$SRCDIR/build/src/xzbundle}"
: "${MKDEMO:=$SRCDIR/build/contrib/mkdemo}"
# shellcheck source=tests/cli/lib.sh
. "$SRCDIR/tests/cli/lib.sh"
not_with_sanitizers

write=false
case "$#${1-}" in
0) ;;
1--write) write=true ;;
*)
	echo "usage: tests/cli/28-sizes.sh [--write]" >&2
	exit 2
	;;
esac
golden=$(realpath "$SRCDIR")/tests/sizes.tsv
again="regenerate with: tests/cli/28-sizes.sh --write"
version=$("$X" --version | sed -n 's/.*(\(liblzma [^,)]*\).*/\1/p')
[ -n "$version" ] || fail "no version of liblzma in --version"

# Make the cases, each a file or a directory.
make_cases() {
	make_demo demo
	text 1000000 1 repeats
	head -c 600000 repeats >part
	text 300000 2 more
	cat more part >>repeats
	echo tiny >tiny
	similar 300 similar
	bytes 500000 1 random
	xz -6 -T1 -c more >packed
	rm part more
}

# Print the names of the cases.
list_cases() {
	local file

	echo demo
	for file in demo/*; do
		echo "$file"
	done
	printf '%s\n' repeats tiny similar random packed
}

# slow CASE EFFORT: this takes long.
slow() {
	case "$1 $2" in
	'demo max' | demo/*.safetensors\ * | *\ fast) true ;;
	*) false ;;
	esac
}

# Print a row for each case and effort; but the slow ones only if asked to.
measure() {
	local name effort

	while read -r name; do
		for effort in fast default max; do
			if slow "$name" "$effort" && ! $write &&
			    [ "${XZBUNDLE_TEST_BIG:-0}" != 1 ]; then
				continue
			fi
			run 0 "$X" create --effort "$effort" -o b.tar.xz \
				"$name" >&2
			printf '%s\t%s\t%s\n' "$name" "$effort" \
				"$(stat -c %s b.tar.xz)"
			rm b.tar.xz
		done
	done <cases
}

# Print the rows of the golden file that measure has made.
wanted() {
	awk -F '\t' 'NR == FNR { have[$1 FS $2]; next }
		/^#/ { next }
		($1 FS $2) in have { print; next }
		$1 ~ /^demo\/.*\.safetensors$/ { next }
		$1 == "demo" && $2 == "max" { next }
		$2 == "fast" { next }
		{ print }' sizes "$golden"
}

# Print what differs from the golden file by more than 1 % and 16 bytes.
far_off() {
	awk -F '\t' 'NR == FNR { size[$1 FS $2] = $3; next }
		{ key = $1 FS $2; seen[key] }
		!(key in size) { print key ": no such case any more"; next }
		{ off = size[key] - $3; if (off < 0) off = -off }
		off > 16 && off > $3 / 100 {
			print key ": " size[key] ", not " $3
		}
		END {
			for (key in size)
				if (!(key in seen))
					print key ": not in the file"
		}' sizes expected
}

make_cases
list_cases >cases
measure >sizes || fail "$(cat sizes)"
if $write; then
	{
		echo "# Bytes of bundles, see tests/cli/28-sizes.sh."
		echo "# $version"
		printf '#case\teffort\tbytes\n'
		cat sizes
	} >"$T/new"
	cp "$T/new" "$golden"
	exit 0
fi
[ -e "$golden" ] || fail "there is no tests/sizes.tsv; $again"
wanted >expected
if grep -qxF "# $version" "$golden"; then
	diff -U 0 --label tests/sizes.tsv --label now expected sizes ||
		fail "sizes have changed; if they should, $again"
else
	echo "sizes.tsv is not of $version: comparing within 1 %"
	far_off >off
	[ ! -s off ] || fail "$(cat off)"
fi
