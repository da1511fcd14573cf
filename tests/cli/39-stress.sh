#!/bin/bash
# Kills, races, full disks and limits, the order of syncs: some of each.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

export TMPDIR=$T
# many.py is about time, which nothing here is judged by.
for name in kills races full order; do
	more=()
	[ "$name" != races ] || more=(--attacker "${ATTACKER:?the attacker}")
	status=0
	"$PY" "$SRCDIR/tests/stress/$name.py" --some "${more[@]}" "$X" ||
		status=$?
	[ "$status" -eq 0 ] || [ "$status" -eq 77 ] ||
		fail "$name has status $status"
done
