#!/bin/bash
# The limit: the line, the status, the units.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir d
bytes 100000 1 d/a
run 0 "$X" create "${FAST[@]}" -o ref.tar.xz d
judges ref.tar.xz d
size=$(stat -c %s ref.tar.xz)

# within LIMIT BYTES: the one line that is printed.
within() {
	run 0 "$X" create "${FAST[@]}" -o b.tar.xz --limit "$1" d
	[ "$(cat "$T/out")" = "$size bytes, $2 limit, $(($2 - size)) bytes of headroom" ] ||
		fail "--limit $1 prints: $(cat "$T/out")"
	[ ! -s "$T/err" ] || fail "--limit $1 prints on stderr"
	cmp ref.tar.xz b.tar.xz || fail "--limit changes the bundle"
	rm b.tar.xz
}
within 16000000 16000000
within 16MB 16000000
within 16MiB 16777216
within 200kB 200000
within 200KiB 204800
within 1GB 1000000000
within 1GiB 1073741824
within "$size" "$size"

# over it
run 3 "$X" create "${FAST[@]}" -o b.tar.xz --limit $((size - 1)) d
says "$size|limit"
only d ref.tar.xz
echo old >b.tar.xz
run 3 "$X" create "${FAST[@]}" -o b.tar.xz --limit 1kB d
[ "$(cat b.tar.xz)" = old ] || fail "a bundle over the limit replaced OUT"
run 3 "$X" create "${FAST[@]}" -o b.tar.xz --limit 1kB --keep-over-limit d
says limit
cmp ref.tar.xz b.tar.xz || fail "--keep-over-limit did not keep it"
run 0 "$X" check b.tar.xz
only d ref.tar.xz b.tar.xz

# on stdout goes the bundle, and nothing else
run 0 "$X" create "${FAST[@]}" -o - --limit 16MB d
cmp ref.tar.xz "$T/out" || fail "-o - and --limit"
grep -q "$size bytes, 16000000 limit" "$T/err" || fail "no line on stderr"
run 3 "$X" create "${FAST[@]}" -o - --limit 1kB d
[ ! -s "$T/out" ] || fail "a bundle over the limit went to stdout"

rm b.tar.xz
for bad in '' x 16MX 16M 1.5MB -1 ' ' 99999999999999999999999 0x10 1e6; do
	run 2 "$X" create "${FAST[@]}" -o b.tar.xz --limit "$bad" d
	says limit
done
run 3 "$X" create "${FAST[@]}" -o b.tar.xz --limit=1 d
only d ref.tar.xz
