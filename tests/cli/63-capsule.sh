#!/bin/bash
# The run-time loader of wrapped bundles, on capsules that Python puts together.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

# The program only makes bundles here.
not_with_sanitizers
XZBUNDLE=$X TMPDIR=$T "$PY" "$SRCDIR/tests/python/test_capsule.py" \
	>"$T/log" 2>&1 </dev/null || {
	cut -c 1-300 "$T/log" | tail -n 60
	fail "tests/python/test_capsule.py"
}
grep -E '^\.*capsule: |^Ran ' "$T/log"
