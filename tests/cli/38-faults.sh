#!/bin/bash
# Every call that can fail, failing: all is there, or nothing has changed.
#
# Of the calls every few; contrib/check --full has a stage for each of them.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

[ -x "${FAULTS:-}" ] || skip "make tests/faults/xzbundle-faults"

"$PY" "$SRCDIR/tests/faults/run.py" --some || fail "see above"

# Nor may a manifest go away with what is replaced.
mkdir -p t out/in
echo a >t/a
run 0 "$X" create "${FAST[@]}" -o b.tar.xz t
run 2 "$X" extract --replace --manifest out/in/m b.tar.xz -C out
says 'out/in/m: is in out, which is replaced'
rmdir out/in
run 2 "$X" extract --manifest out/m b.tar.xz -C out
says 'out/m: is in out, which is replaced'
[ -z "$(ls -A out)" ] || fail "something is left in out"
run 0 "$X" extract --replace --manifest m b.tar.xz -C out
only b.tar.xz m out t
same_tree t out/t
