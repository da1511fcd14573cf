#!/bin/bash
# What README.md shows of the quick start's bundle is what there is: the picture,
# and with XZBUNDLE_TEST_BIG=1, which contrib/check --full sets, the table.
#
# usage: tests/cli/61-readme.sh [--write]
#
#   --write  write the picture instead
#
# Run by hand, it takes the programs from build/ unless XZBUNDLE and MKDEMO say
# where they are.  Both depend on the version of liblzma, and the table on those
# of others.
#
# SPDX-License-Identifier: BSD-2-Clause
: "${SRCDIR:=$(cd "$(dirname "$0")/../.." && pwd)}"
: "${XZBUNDLE:=$SRCDIR/build/src/xzbundle}"
: "${MKDEMO:=$SRCDIR/build/contrib/mkdemo}"
# shellcheck source=tests/cli/lib.sh
. "$SRCDIR/tests/cli/lib.sh"
not_with_sanitizers

top=$(realpath "$SRCDIR")
mkdir build
make_demo build/demo
run 0 "$X" create -o build/demo.tar.xz build/demo
run 0 "$X" report --svg treemap.svg build/demo.tar.xz
if [ "${1-}" = --write ]; then
	cp treemap.svg "$top/doc/treemap.svg"
	exit
fi
grep -q '^!\[A treemap .*' "$top/README.md" || fail "no picture in README.md"
"$X" --version | grep -qF '(liblzma 5.4.1,' ||
	skip "another liblzma than that of the picture"
cmp treemap.svg "$top/doc/treemap.svg" ||
	fail "the picture is another: tests/cli/61-readme.sh --write"

# The names and bytes of the table's lines.
table() {
	sed -nE 's/^( {4})?[* ] ([a-z(][^ ]*( [^ ]+)*) +([0-9]+)  [0-9]\..*/\2 \4/p'
}

[ -n "${XZBUNDLE_TEST_BIG-}" ] || exit 0
run 0 "$X" compare --total build/demo
table <"$T/out" >now
table <"$top/README.md" >shown
[ "$(wc -l <now)" -ge 6 ] || fail "no table: $(cat "$T/out")"
# in another order where codecs were left out
while read -r line; do
	grep -qxF -e "$line" shown || fail "not in README.md: $line"
done <now
