#!/bin/bash
# Ten thousand members.
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
judges many.tar.xz many
run 0 "$X" extract many.tar.xz -C out
same_tree many out/many
run 0 "$X" cat many.tar.xz many/77/9977.txt
[ "$(cat "$T/out")" -eq $((9977 * 9977)) ] || fail "cat of one of many"
