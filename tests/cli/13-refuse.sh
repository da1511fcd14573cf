#!/bin/bash
# What create refuses, by name, and leaves nothing behind.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir -p in/sub empty
echo x >in/sub/file
cp -a in clean

# refused NAME: create names it, and leaves nothing.
refused() {
	run 1 "$X" create -o out.tar.xz in
	says "in/sub/$1: "
	[ ! -s "$T/out" ] || fail "stdout is not empty"
	[ ! -e out.tar.xz ] || fail "out.tar.xz in spite of $1"
	only in empty clean
	rm -f "in/sub/$1"
}

mkfifo in/sub/pipe
refused pipe
"$PY" -c 'import os, socket, sys
os.chdir("in/sub")
socket.socket(socket.AF_UNIX).bind("plug")'
refused plug
if [ "$(id -u)" -eq 0 ] && mknod in/sub/null c 1 3 2>/dev/null; then
	refused null
else
	echo "skip: devices"
fi
if [ "$(id -u)" -ne 0 ]; then
	echo secret >in/sub/secret
	chmod 000 in/sub/secret
	refused secret
fi

# A PATH itself may be wrong too.
mkfifo pipe
run 1 timeout 20 "$X" create -o out.tar.xz pipe
says 'pipe: '
rm pipe
run 1 "$X" create -o out.tar.xz missing
says 'missing'
run 1 "$X" create -o out.tar.xz -C missing x
says 'missing'
run 1 "$X" create -o out.tar.xz in missing
run 1 "$X" create -o missing/out.tar.xz in
says 'missing'
only in empty clean
for outside in ../clean "$PWD/clean" sub/../../clean; do
	status=0
	"$X" create -o out.tar.xz -C in "$outside" >"$T/out" 2>"$T/err" ||
		status=$?
	case $status in
	1 | 2) says 'clean' ;;
	*) fail "status $status from create -C in $outside" ;;
	esac
	only in empty clean
done
run 2 "$X" create -o out.tar.xz -C empty .
says nothing
only in empty clean
mkdir out.tar.xz
run 2 "$X" create -o out.tar.xz in
rmdir out.tar.xz
only in empty clean

# An empty directory is a member like any other.
run 0 "$X" create empty
[ "$(tar -tf empty.tar.xz)" = empty/ ] || fail "an empty directory"
run 0 "$X" check empty.tar.xz
rm empty.tar.xz

# The bundle leaves itself out, the old one as well as the new.
for _ in 1 2; do
	run 0 "$X" create -o in/out.tar.xz in
	[ "$(tar -tf in/out.tar.xz)" = "in/
in/sub/
in/sub/file" ] || fail "the bundle is in itself: $(tar -tf in/out.tar.xz)"
done
(cd in && run 0 "$X" create -o out2.tar.xz -C . . &&
	! tar -tf out2.tar.xz | grep out2) || fail "out2.tar.xz is in itself"
rm in/out*.tar.xz
same_tree in clean

# A symlink as OUT is replaced, not what it points at.
mkdir os
echo data >os/f
ln -s f os/out
ln -s os/f outside-link
for link in os/out outside-link; do
	run 0 "$X" create "${FAST[@]}" -o $link os
	[ ! -L $link ] || fail "$link is still a link"
	tar -tf $link | grep -qx os/f || fail "os/f is left out"
	[ "$(cat os/f)" = data ] || fail "os/f is replaced"
	rm $link
done
rm -r os

# A symlink is stored, not followed, and its target need not be.  It may go
# through others as long as it stays in the tree, but extract takes only links
# that another link ends, not those that go on from one.
mkdir -p lib/d/e
echo code >lib/libx.so.1.2
ln -s libx.so.1.2 lib/libx.so.1
ln -s libx.so.1 lib/libx.so
run 0 "$X" create "${FAST[@]}" -o lib.tar.xz lib
judges lib.tar.xz lib
run 4 "$X" check lib.tar.xz
run 4 "$X" extract lib.tar.xz -C o
[ ! -e o ] || fail "something is left of what is refused"
run 0 "$X" check --links in-tree lib.tar.xz
run 0 "$X" extract --links in-tree lib.tar.xz -C o
same_tree lib o/lib
rm -r o
# 7-Zip makes no symlink with ".." in it.
ln -s ../.. lib/d/e/up
ln -s d/e/up/libx.so lib/through
ln -s loop lib/loop
run 0 "$X" create "${FAST[@]}" -o lib.tar.xz lib
run 4 "$X" check --links in-tree lib.tar.xz
[ "$(cut -d ' ' -f 1,3 "$T/out")" = "symlink-cross lib/through
symlink-loop lib/loop" ] || fail "check lists $(cat "$T/out")"
run 4 "$X" extract --links in-tree lib.tar.xz -C o
[ ! -e o ] || fail "something is left of what is refused"
mkdir o
tar -xf lib.tar.xz -C o
same_tree lib o/lib
[ "$(cat o/lib/through)" = code ] || fail "a link through others"
rm -r o lib.tar.xz
ln -s d/e/up/../out lib/leaves
run 1 "$X" create "${FAST[@]}" -o lib.tar.xz -C lib .
says 'leaves'
[ ! -e lib.tar.xz ] || fail "a bundle in spite of the link"
rm -r lib

ln -s /etc/passwd in/absolute
status=0
"$X" create -o out.tar.xz in >"$T/out" 2>"$T/err" || status=$?
if [ "$status" -eq 0 ]; then
	fail "a symlink that extract refuses was stored"
fi
says 'in/absolute'
