#!/bin/bash
# Where extract puts things, and that it is all or nothing.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir -p src/foo/code/deep
echo readme >src/foo/README
echo run >src/foo/code/run.sh
chmod 775 src/foo/code/run.sh
echo deep >src/foo/code/deep/file
chmod 600 src/foo/code/deep/file
echo other >src/foo/code2
ln -s code/run.sh src/foo/link
ln src/foo/README src/foo/zhard
run 0 "$X" create "${FAST[@]}" -o src/foo.tar.xz src/foo
judges src/foo.tar.xz src/foo
B=$PWD/src/foo.tar.xz
extract=("$X" extract --links in-tree)

# A new folder, called like the bundle.
mkdir here
cd here
run 0 "${extract[@]}" "$B"
silent
only foo
same_tree ../src/foo foo/foo
[ foo/foo/README -ef foo/foo/zhard ] || fail "the hard link is a copy"
for mode in "755 foo/foo" "755 foo/foo/code/run.sh" "644 foo/foo/README" \
	"644 foo/foo/code/deep/file" "755 foo/foo/code/deep"; do
	[ "$(stat -c '%a %n' "${mode#* }")" = "$mode" ] || fail "not $mode"
done
# It exists now.
cp -a foo before
run 1 "${extract[@]}" "$B"
says foo
same_tree foo before
only foo before
cp "$B" bundle
run 0 "${extract[@]}" bundle -C new
rm -rf foo before bundle new

# Into a directory that is missing, empty, or has other things.
umask 077
run 0 "${extract[@]}" "$B" -C new
umask 022
[ "$(stat -c %a new/foo/README new/foo)" = "644
755" ] || fail "the umask changes modes"
mkdir empty
run 0 "${extract[@]}" -C empty "$B"
mkdir full
echo mine >full/mine
run 1 "${extract[@]}" "$B" -C full
says 'full: .*--into'
only new empty full
[ "$(ls -A full)" = mine ] || fail "something in full without --into"
run 0 "${extract[@]}" --into "$B" -C full
[ "$(cat full/mine)" = mine ] || fail "a file that was there is gone"
for dir in new empty full; do
	same_tree ../src/foo "$dir/foo"
done
only new empty full
[ "$(find full -maxdepth 1 | wc -l)" -eq 3 ] || fail "something in full"

# A name that is taken: nothing changes.
rm -r full/foo
for kind in "echo mine >full/foo" "mkdir full/foo" "ln -s /nowhere full/foo"; do
	eval "$kind"
	cp -a full before
	run 1 "${extract[@]}" --into "$B" -C full
	says full/foo
	same_tree full before
	only new empty full before
	rm -rf before full/foo
done
for into in "" --into --replace; do
	run 1 "${extract[@]}" ${into:+"$into"} "$B" -C full/mine
done
[ "$(cat full/mine)" = mine ] || fail "-C FILE"
rm -r new empty full

# Some members.
run 0 "${extract[@]}" "$B" -C one foo/code/run.sh
[ "$(cd one && find . -type f)" = ./foo/code/run.sh ] || fail "one member"
run 0 "${extract[@]}" "$B" -C dir foo/code/deep foo/README
[ "$(cd dir && find . -type f | sort)" = "./foo/README
./foo/code/deep/file" ] || fail "a directory and a file"
run 0 "${extract[@]}" "$B" -C slash foo/code/
[ -f slash/foo/code/deep/file ] || fail "foo/code/ is a directory"
[ ! -e slash/foo/code2 ] || fail "foo/code/ is not foo/code2"
rm -r one dir slash
# A hard link alone, whose data is that of a member not asked for.
run 0 "${extract[@]}" "$B" -C hard foo/zhard
[ "$(cat hard/foo/zhard)" = readme ] || fail "a hard link alone"
rm -r hard
run 0 "${extract[@]}" "$B" -C hard foo/zhard foo/README
[ "$(cat hard/foo/zhard)" = readme ] || fail "a hard link and its file"
rm -r hard
for unknown in nothing foo/cod foo/code/deep/file/x /foo ''; do
	run 1 "${extract[@]}" "$B" -C none "$unknown" foo/README
	says .
	[ ! -e none ] || fail "a directory in spite of an unknown member"
done
[ -z "$(ls -A)" ] || fail "something is left: $(ls -A)"

# A directory that exists stays the same one, with its mode.
mkdir -m 0700 kept
inode=$(stat -c %i kept)
(cd kept && run 0 "${extract[@]}" "$B" -C . foo/README)
[ "$(stat -c '%i %a' kept)" = "$inode 700" ] || fail "another directory"
[ "$(find kept | sort | tr '\n' ' ')" = "kept kept/foo kept/foo/README " ] ||
	fail "in an existing directory: $(find kept)"
rm -r kept

run 0 "$X" cat "$B" foo/zhard
[ "$(cat "$T/out")" = readme ] || fail "cat of a hard link"
for unknown in nothing foo foo/code foo/link ''; do
	run 1 "$X" cat "$B" "$unknown"
	[ ! -s "$T/out" ] || fail "cat of $unknown prints something"
	says .
done
run 1 "${extract[@]}" missing.tar.xz
says missing
[ -z "$(ls -A)" ] || fail "something is left: $(ls -A)"
