#!/bin/bash
# A bundle on standard output, and input that cannot be read twice.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir d
bytes 300000 1 d/data
seq 1 1000 >d/table
run 0 "$X" create -o ref.tar.xz d
judges ref.tar.xz d

mkdir tmp
export TMPDIR=$PWD/tmp
run 0 "$X" create -o - d
[ ! -s "$T/err" ] || fail "something on stderr"
cmp "$T/out" ref.tar.xz || fail "-o - gives other bytes in a file"
"$X" create -o - d | cat >piped.tar.xz
cmp piped.tar.xz ref.tar.xz || fail "-o - gives other bytes in a pipe"
"$X" create -o - d | xz -t || fail "xz -t refuses the pipe"
"$X" create --output=- d | tar -xJf - -C tmp
same_tree d tmp/d
rm -r tmp/d
"$X" create -o /dev/stdout d | cmp - ref.tar.xz || fail "-o /dev/stdout"
"$X" create -o /proc/self/fd/1 d >byfd
cmp byfd ref.tar.xz || fail "-o /proc/self/fd/1 to a file"
"$X" create -o /dev/stdout --limit 16MB d 2>"$T/err" | cmp - ref.tar.xz ||
	fail "more than the bundle on standard output"
grep -q headroom "$T/err" || fail "no headroom on standard error"
if [ -d /dev/shm ] && [ -w /dev/shm ]; then
	shm=$(mktemp /dev/shm/xzbundle-test.XXXXXX)
	echo old >"$shm"
	status=0
	"$X" create -o "$shm" d || status=$?
	cmp "$shm" ref.tar.xz || status=1
	rm -f "$shm"
	[ "$status" -eq 0 ] || fail "a file in /dev/shm is not replaced"
fi
printf 'before\n' >append
"$X" create -o - d >>append
cmp <(printf 'before\n' && cat ref.tar.xz) append || fail "appending"
[ -z "$(ls -A tmp)" ] || fail "something is left in TMPDIR"
rm piped.tar.xz byfd append
only d ref.tar.xz tmp

# Nothing is written when it fails.
mkfifo d/pipe
run 1 "$X" create -o - d
[ ! -s "$T/out" ] || fail "stdout in spite of an error"
rm d/pipe
# The table goes where it does no harm.
status=0
"$X" create -v -o - d >"$T/out" 2>"$T/err" || status=$?
case $status in
0) cmp "$T/out" ref.tar.xz || fail "-v spoils the bundle" ;;
2) says . ;;
*) fail "status $status from create -v -o -" ;;
esac

# FILE has to be a file.
mkfifo pipe
for command in list check "extract -C out"; do
	for file in - pipe /dev/null; do
		status=0
		# shellcheck disable=SC2086 # the words of a command
		timeout 20 "$X" $command "$file" <ref.tar.xz >"$T/out" \
			2>"$T/err" || status=$?
		case $status in
		1 | 2 | 5) says . ;;
		*) fail "status $status from $command $file" ;;
		esac
		[ ! -s "$T/out" ] || fail "$command $file prints something"
	done
done
only d ref.tar.xz tmp pipe
