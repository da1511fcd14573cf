#!/bin/bash
# Small bundles damaged in every small way: refused, or the same tree.
# A hundredth of them; contrib/check --full has a stage for all.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

mutants=$SRCDIR/tests/evil/mutants.py
some=--some
"$PY" "$mutants" "$X" "$T/mutants" "$some" >"$T/out" || {
	cat "$T/out"
	fail "mutants"
}
grep -qE '^[0-9]{3,} mutants, [0-9]{3,} refused' "$T/out" ||
	fail "no summary but: $(tail -n 3 "$T/out")"

# It can tell a program that takes what is damaged for something else.
cat >lenient <<END2
#!/bin/sh
[ "\$1" = extract ] || exec "$X" "\$@"
"$X" "\$@"
status=\$?
[ \$status -ne 5 ] || { mkdir out; exit 0; }
exit \$status
END2
chmod 755 lenient
if "$PY" "$mutants" "$PWD/lenient" "$T/mutants" --some --only tiny \
	>"$T/out" 2>&1; then
	fail "content with a program that takes what is damaged"
fi
grep -q 'extracted, and different' "$T/out" ||
	fail "no complaint but: $(tail -n 3 "$T/out")"
