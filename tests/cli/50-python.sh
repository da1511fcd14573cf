#!/bin/bash
# The Python loaders of packed weights, on files that Python wrote.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

# Nothing of the program runs here.
not_with_sanitizers
"$PY" -c 'import numpy' 2>/dev/null ||
	skip "$PY has no numpy; Debian: python3-numpy"
"$PY" "$SRCDIR/tests/python/test_loader.py" >"$T/log" 2>&1 </dev/null || {
	cut -c 1-300 "$T/log" | tail -n 60
	fail "tests/python/test_loader.py"
}
grep -E '^\.*loader: |^Ran ' "$T/log"
