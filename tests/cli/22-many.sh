#!/bin/bash
# Three thousand members, and with XZBUNDLE_TEST_BIG=1 ten thousand.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

many=3000
[ "${XZBUNDLE_TEST_BIG:-0}" != 1 ] || many=10000
"$PY" - "$many" <<'END'
import os, sys
for n in range(int(sys.argv[1])):
    name = "many/%02d/%d.txt" % (n % 100, n)
    if n < 100:
        os.makedirs(os.path.dirname(name))
    with open(name, "w") as f:
        f.write("%d\n" % (n * n))
END
run 0 "$X" create many
silent
run 0 "$X" check many.tar.xz
silent
run 0 "$X" list --tsv many.tar.xz
[ "$(grep -c '^member	.*	file	' "$T/out")" -eq $many ] ||
	fail "list does not have $many files"
[ "$(grep -c '^member' "$T/out")" -eq $((many + 101)) ] || fail "nor 101 directories"
[ "$(awk -F '\t' '$1 != "total" { n += $5 } END { print n }' "$T/out")" -eq \
	"$(stat -c %s many.tar.xz)" ] || fail "the sum of the packed column"
judges many.tar.xz many
run 0 "$X" extract many.tar.xz -C out
same_tree many out/many
run 0 "$X" cat many.tar.xz many/77/2977.txt
[ "$(cat "$T/out")" -eq $((2977 * 2977)) ] || fail "cat of one of many"
