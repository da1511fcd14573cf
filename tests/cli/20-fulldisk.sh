#!/bin/bash
# Output that cannot be written.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir d
bytes 1000000 1 d/data
run 0 "$X" create "${FAST[@]}" -o ref.tar.xz d
judges ref.tar.xz d

if [ -c /dev/full ]; then
	run 1 "$X" create "${FAST[@]}" -o /dev/full d
	says 'full'
	[ -c /dev/full ] || fail "/dev/full was replaced"
	only d ref.tar.xz
	for command in "create ${FAST[*]} -o - d" "list ref.tar.xz" \
		"list --json ref.tar.xz" "list --tsv ref.tar.xz" \
		"cat ref.tar.xz d/data" --help --version help \
		"create ${FAST[*]} --limit 16MB -o new.tar.xz d" \
		"create ${FAST[*]} -v -o new.tar.xz d"; do
		set -f
		# shellcheck disable=SC2086 # the words of a command
		run 1 sh -c 'exec "$@" >/dev/full' sh "$X" $command
		set +f
		says .
		rm -f new.tar.xz
	done
	only d ref.tar.xz
else
	echo "skip: /dev/full"
fi

# A limit to the size of files stands for a disk that is full.
limited() {
	(
		trap '' XFSZ
		ulimit -f 100
		exec "$@"
	)
}
run 1 limited "$X" create "${FAST[@]}" -o new.tar.xz d
says .
only d ref.tar.xz
echo old >new.tar.xz
run 1 limited "$X" create "${FAST[@]}" -o new.tar.xz d
[ "$(cat new.tar.xz)" = old ] || fail "OUT was damaged"
rm new.tar.xz
run 1 limited "$X" extract ref.tar.xz -C out
says .
only d ref.tar.xz
TMPDIR=$PWD/tmp
export TMPDIR
mkdir tmp
run 1 limited "$X" create "${FAST[@]}" -o - d
[ -z "$(ls -A tmp)" ] || fail "something is left in TMPDIR"
rmdir tmp
unset TMPDIR

# A reader that goes away.
for command in "create ${FAST[*]} -o - d" "cat ref.tar.xz d/data"; do
	set -f
	# shellcheck disable=SC2086 # the words of a command
	if (set -o pipefail && "$X" $command 2>/dev/null |
		head -c 10 >"$T/out"); then
		fail "$command does not notice that its reader is gone"
	fi
	set +f
done
only d ref.tar.xz

# Standard output that is not open at all.
run 1 sh -c 'exec "$@" >&-' sh "$X" list ref.tar.xz
run 1 sh -c 'exec "$@" >&-' sh "$X" create "${FAST[@]}" -o - d
only d ref.tar.xz

mkdir locked
chmod 555 locked
if [ "$(id -u)" -ne 0 ]; then
	run 1 "$X" create "${FAST[@]}" -o locked/new.tar.xz d
	says locked
	run 1 "$X" extract ref.tar.xz -C locked/new
	says locked
	run 1 "$X" extract ref.tar.xz -C locked
	[ -z "$(ls -A locked)" ] || fail "something is left in locked"
else
	echo "skip: a read-only directory, for root"
fi
only d ref.tar.xz locked
