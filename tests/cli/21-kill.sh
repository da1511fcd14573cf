#!/bin/bash
# Killed at any moment, and files that change: never half a bundle.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

mkdir d dir
bytes 5000000 1 d/data
echo small >d/small
make=("$X" create --chain '*=lzma2:preset=0,dict=64KiB' -T 2 -o dir/out.tar.xz d)

start=$(date +%s%N)
run 0 "${make[@]}"
took=$((($(date +%s%N) - start) / 1000000))
cp dir/out.tar.xz ref.tar.xz
judges ref.tar.xz d

# wait_ms N
wait_ms() {
	sleep "$(printf '%d.%03d' $(($1 / 1000)) $(($1 % 1000)))"
}
# whole: dir has nothing but, perhaps, the whole bundle
whole() {
	local name

	for name in dir/* dir/.[!.]*; do
		[ -e "$name" ] || continue
		[ "$name" = dir/out.tar.xz ] || fail "$1 leaves $name"
		cmp dir/out.tar.xz ref.tar.xz || fail "$1: half a bundle"
	done
}

killed=0
for signal in KILL TERM; do
	for part in 10 50 90; do
		rm -f dir/out.tar.xz
		"${make[@]}" >"$T/out" 2>"$T/err" &
		pid=$!
		wait_ms $((took * part / 100))
		kill -s "$signal" "$pid" 2>/dev/null || true
		status=0
		wait "$pid" 2>/dev/null || status=$?
		[ "$status" -eq 0 ] || killed=$((killed + 1))
		[ "$status" -ne 0 ] || [ -f dir/out.tar.xz ] ||
			fail "status 0 and no bundle"
		whole "SIG$signal at $part %"
	done
done
echo "$killed of 6 were killed in time, $took ms each"
[ "$killed" -ge 2 ] || fail "too few were killed in time"

# The old bundle is whole until the new one is.
for part in 10 50 95; do
	cp ref.tar.xz dir/out.tar.xz
	"${make[@]}" --check sha256 >"$T/out" 2>"$T/err" &
	pid=$!
	wait_ms $((took * part / 100))
	kill -s KILL "$pid" 2>/dev/null || true
	status=0
	wait "$pid" 2>/dev/null || status=$?
	[ "$status" -eq 0 ] || cmp dir/out.tar.xz ref.tar.xz ||
		fail "the old bundle is damaged"
	run 0 "$X" check dir/out.tar.xz
	[ "$(ls -A dir)" = out.tar.xz ] || fail "KILL leaves $(ls -A dir)"
done

# Extract: the directory appears whole or not at all.
for part in 20 60; do
	rm -rf dir
	mkdir dir
	"$X" extract ref.tar.xz -C dir/x >"$T/out" 2>"$T/err" &
	pid=$!
	wait_ms $((300 * part / 100))
	kill -s TERM "$pid" 2>/dev/null || true
	wait "$pid" 2>/dev/null || true
	[ ! -e dir/x ] || same_tree d dir/x/d
done
rm -rf dir
mkdir dir

# A file that grows, shrinks, or is written to.
cp d/data "$T/data"
for part in 30 70; do
	for change in 'echo more >>d/data' 'truncate -s 4999999 d/data' \
		'printf X | dd of=d/data bs=1 seek=4900000 conv=notrunc' \
		'echo bigger >d/small' 'rm d/small'; do
		cp "$T/data" d/data
		echo small >d/small
		rm -f dir/out.tar.xz
		"${make[@]}" >"$T/out" 2>"$T/err" &
		pid=$!
		wait_ms $((took * part / 100))
		eval "$change" 2>/dev/null
		status=0
		wait "$pid" || status=$?
		case $status in
		0) run 0 "$X" check dir/out.tar.xz ;;
		1)
			says 'changed|No such file'
			[ -z "$(ls -A dir)" ] ||
				fail "$change at $part % leaves $(ls -A dir)"
			;;
		*) fail "status $status after: $change" ;;
		esac
	done
done

# What blocks ends too: output that nobody reads, or opens.
echo small >d/small
mkfifo full closed
sleep 600 <>full &
reader=$!
# What is written before the pipe is full must not hide the signal.
for what in part cat copy open; do
	[ $what != cat ] ||
		(dd if=/dev/zero of=full oflag=nonblock bs=4096 2>/dev/null) ||
		true
	if [ $what = part ] || [ $what = cat ]; then
		"$X" cat ref.tar.xz d/data >full 2>"$T/err" &
	elif [ $what = copy ]; then
		"$X" create --chain '*=0' -o - d >full 2>"$T/err" &
		wait_ms 1500
	else
		"$X" create --chain '*=0' -o closed d/small 2>"$T/err" &
	fi
	pid=$!
	wait_ms 1000
	kill -s TERM "$pid"
	for _ in {1..100}; do
		kill -0 "$pid" 2>/dev/null || break
		wait_ms 100
	done
	kill -s KILL "$pid" 2>/dev/null && fail "$what does not end at TERM"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ] || fail "$what: status $status"
	grep -qi interrupt "$T/err" || fail "$what: $(cat "$T/err")"
done
kill "$reader"
