#!/bin/bash
# Wrapped scripts run as the scripts do, under every Python there is; with
# XZBUNDLE_TEST_BIG=1 all that tests/python/wrapped.py knows to try.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

# What takes the time is Python, in which nothing is sanitized.
not_with_sanitizers
"$PY" -c 'import lzma, sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null ||
	skip "$PY is not Python 3.8 or newer, or has no lzma"
export PYTHONDONTWRITEBYTECODE=1
"$PY" "$SRCDIR/tests/python/wrapped.py" "$X" >log 2>&1 </dev/null || {
	cut -c 1-300 log | tail -n 60
	fail "tests/python/wrapped.py"
}
cat log
