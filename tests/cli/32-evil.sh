#!/bin/bash
# Archives that mean harm, one for each known trick: each gets the verdict
# that it has to get, and what is around the destination stays as it is.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
need xz

evil=$SRCDIR/tests/evil
# A path of its own for what absolute names aim at; see make.py --victim.
victim=$(mktemp -u /tmp/xzbundle-victim.XXXXXX)
"$PY" "$evil/make.py" "$T/evil" --small --victim "$victim" >/dev/null

# Another user has to reach all of it.
chmod 755 "$T"

# judged OPTION...: everything judged as the manifest says.
judged() {
	"$PY" "$evil/judge.py" --program "$X" --corpus "$T/evil" \
		--manifest "$T/evil/MANIFEST.tsv" "$@" >"$T/out" 2>&1 || {
		cut -c 1-300 "$T/out"
		fail "misjudged, with: judge.py $*"
	}
	grep -qE '^[1-9][0-9]* judged, 0 misjudged' "$T/out" ||
		fail "no summary but: $(tail -n 3 "$T/out")"
	tail -n 1 "$T/out"
}

# at_least N
at_least() {
	[ "$(sed -n 's/ judged.*//p' "$T/out")" -ge "$1" ] ||
		fail "too few were judged"
}

# With sanitizers every second, else every second into what is there, too; with
# XZBUNDLE_TEST_BIG=1, which contrib/check --full sets, all of them.
if [ "${XZBUNDLE_TEST_BIG:-0}" = 1 ]; then
	judged --existing
	at_least 300
else
	judged --only '^[^_]*[13579]_'
	at_least 150
	if [ -z "${XZBUNDLE_TEST_SANITIZERS-}" ]; then
		judged --existing --only '^[^_]*[02468]_'
		at_least 150
	fi
fi

# The judge can tell: a program that takes everything, and one that refuses
# everything and leaves a file behind.
# shellcheck disable=SC2016 # $1 is for the program
printf '#!/bin/sh\n[ "$1" = check ] || mkdir out\n' >yes
printf '#!/bin/sh\n>left; echo "xzbundle: no" >&2; exit 4\n' >no
chmod 755 yes no
for program in yes no; do
	if "$PY" "$evil/judge.py" --program "./$program" \
		--corpus "$T/evil" --manifest "$T/evil/MANIFEST.tsv" \
		--only '^p0' >"$T/out"; then
		fail "the judge is content with a program that says $program"
	fi
	grep -qE '^([0-9]+) judged, \1 misjudged' "$T/out" ||
		fail "misjudged with $program: $(tail -n 1 "$T/out")"
done

# With the rights of an ordinary user, too.
if [ -z "${XZBUNDLE_TEST_SANITIZERS-}" ] && [ "$(id -u)" -eq 0 ] &&
	id nobody >/dev/null 2>&1 &&
	"$PY" -c 'import os, sys
os.setgid(65534)
os.setuid(65534)
sys.exit(not os.access(sys.argv[1], os.X_OK))' "$X"; then
	judged --user nobody --only '^([plmtde]|x[^3])[^_]*[02468]_'
fi
