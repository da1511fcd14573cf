#!/bin/bash
# Python and the program on the same packed files, written by either.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

"$PY" -c 'import numpy' 2>/dev/null ||
	skip "$PY has no numpy; Debian: python3-numpy"
export PYTHONDONTWRITEBYTECODE=1
"$PY" "$SRCDIR/tests/python/both_ways.py" "$X" >log 2>&1 </dev/null || {
	cut -c 1-300 log | tail -n 40
	fail "tests/python/both_ways.py"
}
