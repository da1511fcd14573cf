#!/bin/bash
# A sparse member of 9 GiB, which takes minutes: only with XZBUNDLE_TEST_BIG=1,
# which contrib/check --full sets.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

if [ "${XZBUNDLE_TEST_BIG:-0}" != 1 ]; then
	echo "skip: 9 GiB, without XZBUNDLE_TEST_BIG=1"
	exit 77
fi
size=$((9 << 30))
mkdir big
truncate -s "$size" big/sparse
echo end >big/z
run 0 "$X" create big
run 0 "$X" list --tsv big.tar.xz
[ "$(awk -F '\t' '$2 == "big/sparse" { print $4 }' "$T/out")" -eq "$size" ] ||
	fail "the size of the large file"
# Over the limits that hold by default.
run 3 "$X" check big.tar.xz
big=(--max-member 10GB --max-total 10GB)
run 0 "$X" check "${big[@]}" big.tar.xz
[ "$(tar -tvf big.tar.xz | awk '$6 == "big/sparse" { print $3 }')" -eq \
	"$size" ] || fail "GNU tar sees another size"
run 0 "$X" cat big.tar.xz big/z
[ "$(cat "$T/out")" = end ] || fail "what comes after the large file"
run 0 "$X" extract "${big[@]}" big.tar.xz -C out
[ "$(stat -c %s out/big/sparse)" -eq "$size" ] || fail "the size extracted"
[ "$(stat -c %b out/big/sparse)" -lt 2048 ] || fail "the holes are filled"
cmp big/z out/big/z || fail "the file after the large one"
