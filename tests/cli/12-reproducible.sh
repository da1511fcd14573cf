#!/bin/bash
# The same files give the same bytes, whatever is around them.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"
not_with_sanitizers

mkdir -p a/d/sub/deep
bytes 70000 1 a/d/weights.bin
seq 1 1000 >a/d/sub/table.txt
echo code >a/d/sub/deep/run.sh
chmod 755 a/d/sub/deep/run.sh
echo x >a/d/Z
echo y >a/d/z
ln -s Z a/d/link
run 0 "$X" create -T 1 -o ref.tar.xz -C a d
judges ref.tar.xz a/d

# same WORDS COMMAND...: COMMAND makes the same new.tar.xz.
same() {
	local what=$1

	shift
	rm -f new.tar.xz
	run 0 "$@"
	cmp ref.tar.xz new.tar.xz || fail "other bytes with $what"
}

make=("$X" create -o new.tar.xz)
for n in 0 2 8; do
	same "$n threads" "${make[@]}" -T "$n" -C a d
done
umask 077
same "umask 077" "${make[@]}" -C a d
umask 0
same "umask 0" "${make[@]}" -C a d
umask 022
same "another TZ" env TZ=Asia/Kathmandu "${make[@]}" -C a d
for locale in C C.UTF-8 en_US.UTF-8 tr_TR.UTF-8 de_DE.ISO-8859-1; do
	same "$locale" env LC_ALL="$locale" "${make[@]}" -C a d
done
same "XZ_OPT" env XZ_OPT=-9 XZ_DEFAULTS=-e "${make[@]}" -C a d
same a/d "${make[@]}" a/d
same a/d/ "${make[@]}" a/d/
same a/./d/ "${make[@]}" a/./d/
same "an absolute path" "${make[@]}" "$PWD/a/d"
same "-C absolute" "${make[@]}" -C "$PWD/a" d
same "-C and absolute" "${make[@]}" -C a "$PWD/a/d"
same "-C DIR ." "${make[@]}" -C a .
same "DIR/." "${make[@]}" a/.
same "a PATH twice" "${make[@]}" -C a d d/sub
same "--option=value" "$X" create --output=new.tar.xz --directory=a d

# Made in another order, at another time, with other modes.
mkdir -p b/d
cp a/d/z a/d/Z b/d
mkdir -p b/d/sub/deep
cp a/d/sub/table.txt b/d/sub
cp a/d/sub/deep/run.sh b/d/sub/deep
cp a/d/weights.bin b/d
ln -s Z b/d/link
chmod 600 b/d/weights.bin b/d/Z
chmod 700 b/d b/d/sub/deep/run.sh
touch -d 2001-02-03 b/d/z b/d/sub
same "files made in another order" "${make[@]}" -C b d

times() {
	"$PY" -c 'import sys, tarfile
t = tarfile.open(sys.argv[1])
print(*sorted({int(m.mtime) for m in t}))' new.tar.xz
}
[ "$(cp ref.tar.xz new.tar.xz && times)" = 0 ] || fail "mtime is not 0"
run 0 env SOURCE_DATE_EPOCH=1234567890 "${make[@]}" -C a d
[ "$(times)" = 1234567890 ] || fail "SOURCE_DATE_EPOCH is not the mtime"
run 2 env SOURCE_DATE_EPOCH=yesterday "${make[@]}" -C a d
find a -exec touch -h -d @1111111111 {} +
run 0 "${make[@]}" --keep-mtime -C a d
[ "$(times)" = 1111111111 ] || fail "--keep-mtime does not keep it"
same "touched files" "${make[@]}" -C a d

run 0 "${make[@]}" --keep-mode -C b d
"$PY" - <<'END' || fail "--keep-mode does not keep it"
import tarfile
t = tarfile.open("new.tar.xz")
for name, mode in (("d", 0o700), ("d/Z", 0o600), ("d/sub/deep/run.sh", 0o700)):
    assert t.getmember(name).mode & 0o7777 == mode, name
t = tarfile.open("ref.tar.xz")
for m in t:
    want = 0o755 if m.isdir() or m.name.endswith(".sh") else 0o644
    assert m.issym() or m.mode == want, m.name
    assert m.issym() is False or m.mode == 0o777, m.name
    assert (m.uid, m.gid) == (0, 0)
END
