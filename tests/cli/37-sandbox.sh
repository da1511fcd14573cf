#!/bin/bash
# The surroundings: descriptors, directories, locales, limits of the process,
# other runs in the same place, and kernels that lack something.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir -p src/top/sub "$T/b"
echo one >src/top/one
echo zwei >src/top/sub/größe-重み
head -c 50000 /dev/zero >src/top/zeros
run 0 "$X" create "${FAST[@]}" -o "$T/b/good.tar.xz" -C src top
B=$T/b/good.tar.xz
S=$PWD/src/top
echo damage | cat "$B" - >"$T/b/bad.tar.xz"
bad=$T/b/bad.tar.xz
zeros 256 "$T/b/slow.tar.xz"
zeros 6400 "$T/b/huge.tar.xz"
slow=$T/b/slow.tar.xz
mkdir "$T/o"
cd "$T/o"

# good: what was extracted to ./new is all, and nothing else is here; drop it
good() {
	same_tree "$S" new/top
	only new
	rm -r new
}

# status COMMAND...: its status alone
status() {
	local got=0

	"$@" || got=$?
	echo "$got" >"$T/status"
}

# --- standard descriptors ---

"$X" extract "$B" -C new <&- >&- 2>&- || fail "closed descriptors"
good
"$X" extract "$B" -C new >/dev/null 2>&1 || fail "/dev/null"
good
"$X" extract "$B" -C new >"$T/out" 2>&1 || fail "a file"
good
"$X" extract "$B" -C new 2>&1 | cat >"$T/out"
[ "${PIPESTATUS[0]}" -eq 0 ] || fail "a pipe"
good
for to in /dev/null "$T/out"; do
	status "$X" extract "$bad" -C new >"$to" 2>&1
	[ "$(cat "$T/status")" -eq 5 ] || fail "damage, with $to"
	only
done
status "$X" extract "$bad" -C new >&- 2>&-
[ "$(cat "$T/status")" -eq 5 ] || fail "damage, with nothing"
status "$X" check --json "$B" >&- 2>"$T/err"
[ "$(cat "$T/status")" -eq 1 ] || fail "check --json without stdout"
says 'standard output'
status "$X" list "$B" >/dev/full 2>"$T/err"
[ "$(cat "$T/status")" -eq 1 ] || fail "list to a full disk"
says 'standard output'

# descriptors COMMAND...: with 1000 more of them, a directory and files
descriptors() {
	"$PY" -c 'import os, resource, sys
n = min(1100, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
resource.setrlimit(resource.RLIMIT_NOFILE, (n, n))
fd = os.open("/", os.O_RDONLY)
for i in range(3, n - 60):
    os.dup2(fd, i)
os.execv(sys.argv[1], sys.argv[1:])' "$@"
}
run 0 descriptors "$X" extract "$B" -C new
silent
good

# --- directories and the environment ---

mkdir gone
(cd gone && rmdir ../gone &&
	run 0 "$X" check "$B" && run 0 "$X" extract "$B" -C "$T/o/new" &&
	run 1 "$X" extract "$B" -C relative && says 'relative: ')
good
for tmp in /nonexistent /dev/null "$T/out" "$T/o" ""; do
	run 0 env TMPDIR="$tmp" "$X" extract "$B" -C new
	silent
	good
done
for locale in C POSIX C.UTF-8 tr_TR tr_TR.UTF-8 nonsense ""; do
	run 0 env LC_ALL= LANG="$locale" "$X" extract "$B" -C new
	silent
	good
	run 0 env LC_ALL="$locale" "$X" extract "$B" -C new
	silent
	good
	run 0 env LC_ALL="$locale" "$X" cat "$B" top/sub/größe-重み
	[ "$(cat "$T/out")" = zwei ] || fail "cat with LC_ALL=$locale"
done
run 0 env -i "$X" extract "$B" -C new
good

as=()
if [ "$(id -u)" -eq 0 ]; then
	cp "$X" "$T/prog"
	chmod 755 "$T" "$T/b" "$T/prog"
	chmod 777 .
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	if "${as[@]}" "$T/prog" --version >/dev/null 2>&1; then
		run 0 "${as[@]}" "$T/prog" extract --json "$B" -C new
		! grep -q false "$T/out" || fail "a weak sandbox for a user"
		[ "$(stat -c %u new)" -eq 65534 ] || fail "the owner"
		good
	else
		echo "skip: another user"
	fi
	chmod 755 .
fi

# --- limits of the process ---

# limited LIMIT STATUS... -- BUNDLE: extract with this limit has one of these
# statuses; a bundle that is not extracted leaves nothing
limited() {
	local limit=$1 allowed=" " got

	shift
	while [ "$1" != -- ]; do
		allowed+="$1 "
		shift
	done
	# shellcheck disable=SC2016 # for the other shell
	status bash -c 'ulimit $1 && exec "$2" extract "$3" -C new' \
		sh "$limit" "$X" "$2" 2>"$T/err"
	got=$(cat "$T/status")
	[ "$got" -ne 127 ] || return 0	# the program could not be loaded
	[[ $allowed == *" $got "* ]] ||
		fail "status $got with ulimit $limit: $(cat "$T/err")"
	if [ "$got" -eq 0 ]; then
		only new
		rm -r new
	else
		only
		says "$(basename "$2")|new: "
	fi
}
sanitized=no
! grep -qa __asan_init "$X" || sanitized=yes
if [ $sanitized = no ]; then
	for kib in 20000 40000 5{2,4,6,8}000 6{0,2,4}000 100000; do
		limited "-v $kib" 0 1 7 -- "$B"
	done
fi
for n in 3 4 5 6 7 8 9 10 12 20; do
	limited "-n $n" 0 1 -- "$B"
done
limited "-f 10" 1 -- "$B"
says 'zeros: .*too large'
limited "-f 49" 0 -- "$B"
# A stranger's symlink to a bundle is not followed.
ln -s "$B" "$T/link.tar.xz"
run 0 "$X" check "$T/link.tar.xz"
if [ "$(id -u)" -eq 0 ]; then
	chown -h 65534 "$T/link.tar.xz"
	for command in check list; do
		run 4 "$X" $command "$T/link.tar.xz"
		says 'link.tar.xz: a symlink of another user'
	done
fi

run 3 "$X" check -T 1 --max-time 1 "$T/b/huge.tar.xz"
says 'huge.tar.xz: .*--max-time'
run 3 "$X" check -T 1 --json --max-time 1 "$T/b/huge.tar.xz"
"$PY" - "$T/out" <<'PYTHON' || fail "the JSON of what took too long"
import json, sys
got = json.load(open(sys.argv[1]))
assert got["complete"] is False and got["violations"] == [], got
assert got["limits"]["max-time"]["value"] >= 1, got
PYTHON
# Of processor time the confined process takes the most.  At a soft limit it
# is told, at a hard one it is killed.
for row in -St:3:'processor time' -t:1:'signal 9'; do
	IFS=: read -r limit expected words <<<"$row"
	# shellcheck disable=SC2016 # for the other shell
	run "$expected" bash -c 'ulimit "$1" 1 && shift && exec "$@"' sh \
		"$limit" "$X" check -T 1 "$T/b/huge.tar.xz"
	says "huge.tar.xz: .*$words"
done
only

# --- bundles that are none, or change ---

mkfifo "$T/b/fifo"
for bundle in "$T/b/fifo" "$T/b" /dev/zero "$T/b/missing"; do
	for command in "extract -C new" check list; do
		# shellcheck disable=SC2086 # the words of a command
		run 1 timeout 10 "$X" $command "$bundle"
		says "$bundle: "
	done
	run 1 timeout 10 "$X" cat "$bundle" top/one
	only
done

# await_stage: until the run in the background has one here; it is in $stage
await_stage() {
	local tries

	for tries in {1..1000}; do
		stage=$(compgen -G '.xzbundle-stage.*') && return
		sleep 0.01
	done
	fail "no stage after $tries tries"
}
# whole FILE: has the bytes of the slow bundle's member
whole() {
	[ "$(stat -c %s "$1")" -eq $((256 << 20)) ] || fail "$1 is not whole"
}

# Cut short while it is read.
cp "$slow" "$T/b/copy"
status "$X" extract -T 1 "$T/b/copy" -C new 2>"$T/err" &
await_stage
: >"$T/b/copy"
wait $!
case $(cat "$T/status") in
0) whole new/zeros && rm -r new ;;	# it had been read
1 | 5) says copy ;;
*) fail "status $(cat "$T/status") from a bundle cut while it is read" ;;
esac
only

# --- other runs in the same place ---

# One that was killed leaves a stage, and the next one removes it.
"$X" extract "$slow" -C killed &
pid=$!
await_stage
kill -KILL $pid
wait $pid 2>/dev/null || true
only "$stage"
flock -w 10 "$stage" true || fail "the confined process lives on"
# Not what looks like one: it is no directory, or somebody else's.
echo file >.xzbundle-stage.0000file
ln -s "$S" .xzbundle-stage.0000link
others=(.xzbundle-stage.0000file .xzbundle-stage.0000link)
if [ "$(id -u)" -eq 0 ]; then
	mkdir .xzbundle-stage.0000user
	chown 65534 .xzbundle-stage.0000user
	others+=(.xzbundle-stage.0000user)
fi
run 0 "$X" extract "$B" -C new
only new "${others[@]}"
same_tree "$S" new/top
rm -r new "${others[@]}"
# In a directory, with --into.
mkdir full
echo mine >full/mine
"$X" extract --into "$slow" -C full &
pid=$!
cd full
await_stage
cd ..
kill -KILL $pid
wait $pid 2>/dev/null || true
flock -w 10 full/.xzbundle-stage.* true || fail "the process lives on"
run 0 "$X" extract --into "$B" -C full
(cd full && only mine top)
rm -r full

# That of a live run stays; meanwhile its bundle is replaced.
cp "$slow" "$T/b/copy"
"$X" extract "$T/b/copy" -C slow &
pid=$!
await_stage
kill -STOP $pid
cp "$B" "$T/b/copy2"
mv "$T/b/copy2" "$T/b/copy"
run 0 "$X" extract "$B" -C new
only new "$stage"
kill -CONT $pid
wait $pid || fail "status $? beside another run"
only new slow
only_zeros=$(ls -A slow)
[ "$only_zeros" = zeros ] || fail "the bundle that came later: $only_zeros"
whole slow/zeros
rm -r slow
good

# Two to one destination: one wins, and the other leaves nothing.
zeros 32 "$T/b/race.tar.xz"
for kind in missing empty full; do
	into=()
	case $kind in
	empty) mkdir new ;;
	full) into=(--into) && mkdir -p new/mine ;;
	esac
	for i in 1 2; do
		(
			got=0
			"$X" extract "${into[@]}" "$T/b/race.tar.xz" -C new \
				2>"$T/err.$i" || got=$?
			echo $got >"$T/status.$i"
		) &
	done
	wait
	cat "$T"/err.[12] >"$T/err"
	[ "$(sort "$T"/status.[12] | tr '\n' ' ')" = "0 1 " ] ||
		fail "$kind: statuses $(cat "$T"/status.[12]) of two: $(cat \
			"$T/err")"
	says 'meanwhile|not empty|exists'
	[ "$(wc -l <"$T/err")" -eq 1 ] || fail "$kind: $(cat "$T/err")"
	[ "$(stat -c %s new/zeros)" -eq $((32 << 20)) ] || fail "$kind: half"
	only new
	rm -rf new/mine
	(cd new && only zeros)
	rm -r new
done

# --- kernels that lack something ---

cat >"$T/without.py" <<'PYTHON'
# without.py NUMBER COMMAND...: the system call fails with ENOSYS.
import ctypes, os, struct, sys
libc = ctypes.CDLL(None, use_errno=True)
filter = [(0x20, 0, 0, 0), (0x15, 0, 1, int(sys.argv[1])),
          (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)]
code = ctypes.create_string_buffer(b"".join(
    struct.pack("=HBBI", *step) for step in filter))
prog = ctypes.create_string_buffer(
    struct.pack("@HP", len(filter), ctypes.addressof(code)))
if libc.prctl(38, 1, 0, 0, 0) or libc.prctl(22, 2, prog, 0, 0):
    sys.exit(99)
os.execv(sys.argv[2], sys.argv[2:])
PYTHON
status "$PY" "$T/without.py" 444 "$X" --version >/dev/null
if [ "$(cat "$T/status")" -ne 0 ]; then
	echo "skip: kernels that lack something"
	exit 0
fi
parts=(444:Landlock)
case $(uname -m) in
x86_64) parts+=(317:seccomp) ;;
aarch64) parts+=(277:seccomp) ;;
esac
for part in "${parts[@]}"; do
	without=("$PY" "$T/without.py" "${part%:*}" "$X")
	word=${part#*:}
	run 6 "${without[@]}" extract "$B" -C new
	says "good.tar.xz: .*no $word.*--allow-weak-sandbox"
	only
	run 5 "${without[@]}" extract --allow-weak-sandbox "$bad" -C new
	only
	run 0 "${without[@]}" extract --json --allow-weak-sandbox "$B" -C new
	says "sandbox has no $word"
	"$PY" -c 'import json, sys
sandbox = json.load(open(sys.argv[1]))["sandbox"]
missing = [k for k, v in sandbox.items() if v is False]
assert missing == [sys.argv[2]], missing' "$T/out" "$word" ||
		fail "the parts of the sandbox as JSON"
	good
	run 0 "${without[@]}" extract --mtime --links in-tree \
		--allow-weak-sandbox "$B" -C new
	good
	for command in check list; do
		run 6 "${without[@]}" $command "$B"
		says "no $word"
		run 0 "${without[@]}" $command --allow-weak-sandbox "$B"
	done
	run 6 "${without[@]}" cat "$B" top/one
	says "no $word"
	run 0 "${without[@]}" cat --allow-weak-sandbox "$B" top/one
	says "no $word"
done
