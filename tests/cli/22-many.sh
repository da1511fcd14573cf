#!/bin/bash
# Ten thousand members; and a very large one, if asked for.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

"$PY" - <<'END'
import os
for n in range(10000):
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
[ "$(grep -c '^member	.*	file	' "$T/out")" -eq 10000 ] ||
	fail "list does not have 10000 files"
[ "$(grep -c '^member' "$T/out")" -eq 10101 ] || fail "nor 101 directories"
[ "$(awk -F '\t' '$1 != "total" { n += $5 } END { print n }' "$T/out")" -eq \
	"$(stat -c %s many.tar.xz)" ] || fail "the sum of the packed column"
mkdir gnu
tar -xf many.tar.xz -C gnu
same_tree many gnu/many
run 0 "$X" extract many.tar.xz -C out
same_tree many out/many
run 0 "$X" cat many.tar.xz many/77/9977.txt
[ "$(cat "$T/out")" -eq $((9977 * 9977)) ] || fail "cat of one of many"

if [ "${XZBUNDLE_TEST_BIG:-0}" != 1 ]; then
	echo "skip: 9 GiB, without XZBUNDLE_TEST_BIG=1"
	exit 0
fi
size=$((9 << 30))
mkdir big
truncate -s "$size" big/sparse
echo end >big/z
run 0 "$X" create big
run 0 "$X" list --tsv big.tar.xz
[ "$(awk -F '\t' '$2 == "big/sparse" { print $4 }' "$T/out")" -eq "$size" ] ||
	fail "the size of the large file"
run 0 "$X" check big.tar.xz
[ "$(tar -tvf big.tar.xz | awk '$6 == "big/sparse" { print $3 }')" -eq \
	"$size" ] || fail "GNU tar sees another size"
run 0 "$X" cat big.tar.xz big/z
[ "$(cat "$T/out")" = end ] || fail "what comes after the large file"
