#!/bin/bash
# Memory limits.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir d
seq 1 200000 >d/table
echo x >d/x
# Both sizes missing in the Block Header, so that the dictionary counts.
tar -cf - d | xz --lzma2=preset=6,dict=64MiB >big.tar.xz

for command in list check "extract -C out"; do
	# shellcheck disable=SC2086 # the words of a command
	run 7 "$X" $command --memlimit 1MiB big.tar.xz
	says '--memlimit'
	says 'big.tar.xz: '
	[ ! -s "$T/out" ] || fail "$command prints something"
	only d big.tar.xz
done
run 7 "$X" cat --memlimit 1MiB big.tar.xz d/table
says '--memlimit'
[ ! -s "$T/out" ] || fail "cat prints something"
for limit in 200MiB 1GB 1000000000; do
	run 0 "$X" check --memlimit "$limit" big.tar.xz
done
run 0 "$X" extract big.tar.xz -C out --memlimit=300MB
same_tree d out/d
rm -r out

for limit in 64MiB 200MiB 2GiB; do
	run 0 "$X" create --memlimit "$limit" -o new.tar.xz d
	run 0 "$X" check new.tar.xz
	judges new.tar.xz d
	mv new.tar.xz one.tar.xz
	run 0 "$X" create --memlimit "$limit" -T 1 -o new.tar.xz d
	cmp new.tar.xz one.tar.xz || fail "threads matter with --memlimit"
done
rm new.tar.xz one.tar.xz
# A coder that cannot be made smaller.
status=0
"$X" create --memlimit 1kB -o new.tar.xz d >"$T/out" 2>"$T/err" || status=$?
case $status in
0) run 0 "$X" check new.tar.xz && rm new.tar.xz ;;
7) says '--memlimit' ;;
*) fail "status $status from create --memlimit 1kB" ;;
esac
only d big.tar.xz

for bad in '' x -1 1XB 1.5GB 99999999999999999999999 '1 MB'; do
	for command in list check cat extract create; do
		run 2 "$X" "$command" --memlimit "$bad" big.tar.xz d
		says memlimit
	done
done
only d big.tar.xz
