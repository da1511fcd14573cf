#!/bin/bash
# Where extract may put a tree, and what modes, times and owners it gets.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir -p src/foo/sub "$T/b"
echo readme >src/foo/README
echo deep >src/foo/sub/deep
run 0 "$X" create "${FAST[@]}" -o "$T/b/foo.tar.xz" -C src foo
B=$T/b/foo.tar.xz
S=$PWD/src/foo
echo damage | cat "$B" - >"$T/b/bad.tar.xz"
bad=$T/b/bad.tar.xz
mkdir "$T/o"
cd "$T/o"

# tidy NAME...: these entries alone are here, and then none.
tidy() {
	only "$@"
	rm -rf ./* ./.[!.]*
}

# --- a destination that is missing, empty or full ---

for mode in "" --into --replace; do
	run 0 "$X" extract ${mode:+"$mode"} "$B" -C new
	silent
	same_tree "$S" new/foo
	[ "$(stat -c %a new)" = 755 ] || fail "new $mode is no 0755"
	run 5 "$X" extract ${mode:+"$mode"} "$bad" -C none
	tidy new
	mkdir empty
	run 5 "$X" extract ${mode:+"$mode"} "$bad" -C empty
	[ -z "$(ls -A empty)" ] || fail "a bad bundle in an empty directory"
	run 0 "$X" extract ${mode:+"$mode"} "$B" -C empty
	[ "$(ls -A empty)" = foo ] || fail "an empty directory $mode"
	same_tree "$S" empty/foo
	tidy empty
	run 1 "$X" extract ${mode:+"$mode"} "$B" -C missing/new
	says 'missing/new: '
	tidy
done

# full: a directory with something of each kind in it
full() {
	mkdir -p full/dir
	echo mine >full/dir/file
	ln -s nowhere full/link
	chmod 700 full
	rm -rf "$T/before"
	cp -a full "$T/before"
}
full
run 1 "$X" extract "$B" -C full
says 'full: .*--into.*--replace'
same_tree full "$T/before"
run 5 "$X" extract --into "$bad" -C full
same_tree full "$T/before"
inode=$(stat -c %i full)
run 0 "$X" extract --into "$B" -C full
silent
same_tree "$S" full/foo
[ "$(stat -c '%i %a' full)" = "$inode 700" ] || fail "--into: another directory"
(cd full && only dir foo link) ||
	fail "--into: $(ls -A full)"
# A second time every name is taken.
cp -a full "$T/after"
run 1 "$X" extract --into "$B" -C full
says 'full/foo: exists'
same_tree full "$T/after"
rm -r full/foo
same_tree full "$T/before"
# One of two names is taken: none of them goes there.
cp -a "$S" two
run 0 "$X" create "${FAST[@]}" -o "$T/b/two.tar.xz" -C two sub README
run 0 "$X" check "$T/b/two.tar.xz"
rm -r two
for taken in README sub; do
	echo taken >"full/$taken"
	run 1 "$X" extract --into "$T/b/two.tar.xz" -C full
	says "full/$taken: exists"
	[ "$(cat "full/$taken")" = taken ] || fail "--into replaces $taken"
	rm "full/$taken"
	same_tree full "$T/before"
done
# In place of the directory.
run 5 "$X" extract --replace "$bad" -C full
same_tree full "$T/before"
run 0 "$X" extract --replace "$B" -C full
silent
[ "$(ls -A full)" = foo ] || fail "--replace: $(ls -A full)"
same_tree "$S" full/foo
tidy full

echo mine >file
for mode in "" --into --replace; do
	run 1 "$X" extract ${mode:+"$mode"} "$B" -C file
	says 'file: '
	run 2 "$X" extract ${mode:+"$mode"} "$B" -C ''
	says .
	run 2 "$X" extract ${mode:+"$mode"} "$B" -C /
	says root
done
[ "$(cat file)" = mine ] || fail "a file instead of a directory"
tidy file

# --- what would go with the destination ---

full
cp "$B" full/dir/b.tar.xz
ln -s full/dir/b.tar.xz link
for bundle in full/dir/b.tar.xz link "$PWD/full/dir/b.tar.xz"; do
	run 2 "$X" extract --replace "$bundle" -C full
	says "$bundle: is in full, which is replaced"
done
(cd full/dir && run 2 "$X" extract --replace "$B" -C ../../full &&
	says 'holds the current directory')
run 2 "$X" extract --replace --manifest full/dir/m "$B" -C full
says 'full/dir/m: is in full, which is replaced'
rm full/dir/b.tar.xz
same_tree full "$T/before"
rm -r full
mkdir full
run 2 "$X" extract --manifest full/m "$B" -C full
says 'full/m: is in full, which is replaced'
[ -z "$(ls -A full)" ] || fail "something is left in full"
for mode in "" --into --replace; do
	run 2 "$X" extract ${mode:+"$mode"} "$B" -C .xzbundle-stage.01234567
	says 'staging directory'
done
tidy full link

# --- the current directory, a symlink, a mount point ---

mkdir here
inode=$(stat -c %i here)
(cd here && run 2 "$X" extract --replace "$B" -C . && says 'current' &&
	run 0 "$X" extract "$B" -C . &&
	run 1 "$X" extract "$B" -C . && says 'not empty')
same_tree "$S" here/foo
[ "$(stat -c %i here)" = "$inode" ] || fail "another current directory"
[ "$(ls -A here)" = foo ] || fail "the current directory: $(ls -A here)"
tidy here

mkdir to
ln -s to link
ln -s nowhere dangling
run 0 "$X" extract "$B" -C link
[ -L link ] || fail "the symlink is replaced"
same_tree "$S" to/foo
run 1 "$X" extract "$B" -C link
says 'link: .*not empty'
run 1 "$X" extract --replace "$B" -C link
says "own name"
rm -r to/foo
run 0 "$X" extract --into "$B" -C link/
same_tree "$S" to/foo
for mode in "" --into --replace; do
	run 1 "$X" extract ${mode:+"$mode"} "$B" -C dangling
	says 'dangling: '
done
[ ! -e nowhere ] || fail "through a symlink to nothing"
tidy to link dangling

if [ "$(id -u)" -eq 0 ] && unshare -m true 2>/dev/null; then
	mkdir mnt
	# shellcheck disable=SC2016 # for the other shell
	run 0 unshare -m sh -c 'mount -t tmpfs none mnt || exit 0
"$1" extract "$2" -C mnt || exit 1
[ "$(ls -A mnt)" = foo ] && diff -r "$3" mnt/foo || exit 2
! "$1" extract --replace "$2" -C mnt 2>/dev/null || exit 3
[ "$(ls -A mnt)" = foo ] && diff -r "$3" mnt/foo || exit 4
mkdir -p old/in/m && mount -t tmpfs none old/in/m && touch old/in/m/f ||
	exit 5
! "$1" extract --replace "$2" -C old 2>err || exit 6
grep -q "something is mounted in it, at .*/old/in/m;" err || exit 7
[ -e old/in/m/f ] && umount old/in/m && rm -r old err || exit 8' \
		sh "$X" "$B" "$S"
	tidy mnt
else
	echo "skip: a mount point"
fi

# --- modes, times, owners, attributes ---

"$PY" - "$T/b/modes.tar.xz" <<'PYTHON'
import io, sys, tarfile
with tarfile.open(sys.argv[1], "w:xz", format=tarfile.PAX_FORMAT) as tar:
    for kind, modes in (("d", (0, 0o700, 0o7777)), ("f", (0, 0o600, 0o111,
            0o755, 0o7777, 0o4755, 0o2644, 0o1666, 0o100, 0o011))):
        for mode in modes:
            t = tarfile.TarInfo("top/%s%o" % (kind, mode))
            t.mode, t.mtime, t.uid, t.gid = mode, 1000000000, 1234, 5678
            t.uname = t.gname = "games"
            t.pax_headers = {"SCHILY.xattr.user.key": "value"}
            if kind == "d":
                t.type = tarfile.DIRTYPE
            else:
                t.size = 2
            tar.addfile(t, io.BytesIO(b"x\n"))
PYTHON
cat >"$T/modes.py" <<'PYTHON'
# modes.py MTIME: what was extracted to ./new
import os, sys, time
old = sys.argv[1] == "old"
seen = 0
for base, dirs, files in os.walk("new"):
    for name in dirs + files:
        path = os.path.join(base, name)
        st = os.lstat(path)
        seen += 1
        want = 0o755 if name in dirs or int(name[1:], 8) & 0o100 else 0o644
        assert st.st_mode & 0o7777 == want, (path, oct(st.st_mode))
        assert (st.st_uid, st.st_gid) == (os.geteuid(), os.getegid()), path
        assert not [a for a in os.listxattr(path)
                    if not a.startswith("security.")], path
        if name in files:
            assert (st.st_mtime == 1000000000) == old, (path, st.st_mtime)
        assert st.st_mtime <= time.time() + 1, path
assert seen == 14, seen
PYTHON
for mask in 022 0 077 0777; do
	(umask $mask && run 0 "$X" extract "$T/b/modes.tar.xz" -C new &&
		"$PY" "$T/modes.py" new) || fail "modes with umask $mask"
	[ "$(stat -c %a new)" = 755 ] || fail "the mode with umask $mask"
	(umask $mask && run 0 "$X" extract --replace --mtime \
		"$T/b/modes.tar.xz" -C new &&
		"$PY" "$T/modes.py" old) || fail "--mtime with umask $mask"
	tidy new
done
run 0 "$X" extract --json "$T/b/modes.tar.xz" -C new
"$PY" -c 'import json, sys
assert json.load(open(sys.argv[1]))["attributes_dropped"] == 13' "$T/out" ||
	fail "attributes are not counted"
tidy new

# --- as somebody else: what root could do anyway ---

if [ "$(id -u)" -eq 0 ]; then
	cp "$X" "$T/prog"
	chmod 755 "$T" "$T/b" "$T/prog"
	as=(setpriv --reuid=65534 --regid=65534 --clear-groups)
	if ! "${as[@]}" "$T/prog" --version >/dev/null 2>&1; then
		echo "skip: another user"
		exit 0
	fi
	chmod 777 .
else
	cp "$X" "$T/prog"
	as=()
fi
for mask in 0 0777; do
	(umask $mask && run 0 "${as[@]}" "$T/prog" extract "$B" -C new)
	same_tree "$S" new/foo
	[ "$(stat -c %a new new/foo/sub new/foo/README | tr '\n' ' ')" = \
		"755 755 644 " ] || fail "umask $mask as a user"
	tidy new
done
# Nothing can be made beside it, but in it.
mkdir -m 777 fixed fixed/empty fixed/full
chmod 777 fixed/empty fixed/full
echo mine >fixed/full/mine
chmod 555 fixed
run 1 "${as[@]}" "$T/prog" extract "$B" -C fixed/new
says 'fixed/new: '
run 1 "${as[@]}" "$T/prog" extract --replace "$B" -C fixed/full
says 'fixed/full: '
run 0 "${as[@]}" "$T/prog" extract "$B" -C fixed/empty
same_tree "$S" fixed/empty/foo
run 0 "${as[@]}" "$T/prog" extract --into "$B" -C fixed/full
same_tree "$S" fixed/full/foo
[ "$(cat fixed/full/mine)" = mine ] || fail "a read-only parent: mine is gone"
(cd fixed && only empty full)
chmod 755 fixed
tidy fixed
