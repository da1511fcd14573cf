#!/bin/bash
# Wrapped scripts beside the scripts, with each Python there is.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

not_with_sanitizers
"$PY" "$SRCDIR/tests/python/wrapped.py" "$X" >"$T/log" 2>&1 </dev/null || {
	cut -c 1-300 "$T/log" | tail -n 60
	fail "tests/python/wrapped.py"
}
grep -E '^[a-z]+: ' "$T/log"
