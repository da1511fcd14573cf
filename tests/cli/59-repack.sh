#!/bin/bash
# repack: archives of all kinds become the bundle that create would make.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir t t/src t/src/deep t/empty
echo '{"layers": 2}' >t/config.json
printf '#!/bin/sh\nexit 0\n' >t/src/run.sh
chmod 755 t/src/run.sh
text 30000 1 t/src/train.py
bytes 40000 2 t/weights
: >t/src/deep/nothing
ln -s src/run.sh t/run
long=$(printf 'n%.0s' {1..150})
echo long >"t/src/deep/$long"
printf x >"t/$(printf '\303\251')"
find t -exec touch -hd '2001-02-03 04:05:06 UTC' {} +
cp -a t linked
ln linked/weights linked/src/again
run 0 "$X" create "${FAST[@]}" -o t.ref t
run 0 "$X" create "${FAST[@]}" -o linked.ref linked

# repacked ARCHIVE TREE: it becomes the bundle of the tree, to the byte.
repacked() {
	run 0 "$X" repack "${FAST[@]}" "$1" -o out
	cmp out "$2.ref" || fail "$1 becomes something else"
	rm out
}

# --- tars ---

for tree in t linked; do
	tar --format=gnu -cf gnu.tar $tree
	tar --format=pax -cf pax.tar $tree
	bsdtar --format=pax -cf bsd.tar $tree
	(cd $tree && tar -cf ../dot.tar .)
	for name in gnu pax bsd; do
		repacked $name.tar $tree
	done
	# From "./".
	run 0 "$X" repack "${FAST[@]}" dot.tar -o out
	mkdir got
	by_python out got
	same_tree $tree got
	rm -r got out
done
# In another order.
find t | sort -r >names
tar --no-recursion -cf mixed.tar -T names
repacked mixed.tar t
# Nothing to say of files and directories.
tar --exclude=t/run -cf plain.tar t
run 0 "$X" repack "${FAST[@]}" plain.tar -o out
silent
gzip -k gnu.tar
cat <(head -c 9999 gnu.tar | gzip) <(tail -c +10000 gnu.tar | gzip) >two.tar.gz
bzip2 -k gnu.tar
xz -k pax.tar
xz -k --format=lzma gnu.tar
for name in gnu.tar.gz two.tar.gz gnu.tar.bz2 pax.tar.xz gnu.tar.lzma; do
	repacked $name linked
done
for tool in zstd lz4 lzip; do
	command -v $tool >/dev/null || continue
	$tool -q -c gnu.tar >gnu.tar.$tool
	repacked gnu.tar.$tool linked
done
repacked t.ref t
# Names in no encoding, and with an accent that is a character of its own.
mkdir odd
printf x >"odd/$(printf 'e\314\201')"
echo 1 >"$(printf 'odd/\377\376')"
run 0 "$X" create "${FAST[@]}" -o odd.ref odd
tar -cf odd.tar odd
repacked odd.tar odd
tar --format=pax -cf odd.tar odd
repacked odd.tar odd
# Holes.
mkdir holes
truncate -s 1000000 holes/sparse
echo end >>holes/sparse
truncate -s 3000000 holes/sparse holes/all
run 0 "$X" create "${FAST[@]}" -o holes.ref holes
for version in 0.0 0.1 1.0; do
	tar -S --format=pax --sparse-version=$version -cf holes.tar holes
	repacked holes.tar holes
done
tar -S --format=gnu -cf holes.tar holes
repacked holes.tar holes

# --- others ---

bsdtar --format=newc -cf t.cpio linked
repacked t.cpio linked
bsdtar --format=zip -cf t.zip t
repacked t.zip t
bsdtar --format=7zip -cf t.7z t
repacked t.7z t
"$PY" - <<'END'
import os, zipfile
for name, method in (("stored", 0), ("deflated", 8), ("bz2", 12)):
    with zipfile.ZipFile(name + ".zip", "w", method) as z:
        for top, dirs, files in os.walk("t"):
            for entry in dirs + files:
                path = os.path.join(top, entry)
                if not os.path.islink(path):
                    z.write(path)
with open("stream.zip", "wb") as f:
    class Pipe:
        def write(self, data):
            return f.write(data)
        def flush(self):
            pass
    with zipfile.ZipFile(Pipe(), "w", 8) as z:  # sizes behind the data
        z.writestr("config.json", open("t/config.json").read())
END
cp -a t plain
rm plain/run
for name in stored deflated bz2; do
	run 0 "$X" repack "${FAST[@]}" $name.zip -o out
	mkdir got
	by_python out got
	same_tree plain got/t
	rm -r got out
done
run 0 "$X" repack stream.zip -o out
[ "$("$X" cat out config.json)" = '{"layers": 2}' ] || fail "stream.zip"
rm out
if command -v 7zz >/dev/null; then
	7zz a -snl -bd n.7z t >/dev/null
	run 0 "$X" repack "${FAST[@]}" n.7z -o out
	mkdir got
	by_python out got
	same_tree t got/t
	rm -r got out
	7zz a -bd -psecret locked.7z t/config.json >/dev/null
	7zz a -bd -psecret -mhe=on hidden.7z t/config.json >/dev/null
	7zz a -bd -psecret locked.zip t/config.json >/dev/null
	for name in locked.7z hidden.7z locked.zip; do
		run 6 "$X" repack $name -o out
		says "^xzbundle: $name: .*encrypted"
	done
fi

# --- what is kept ---

tar --mtime=@1000000000 --mode=0640 --owner=7 --group=7 -cf kept.tar t/config.json
run 0 "$X" repack --keep-mtime --keep-mode kept.tar -o out
silent
[ "$(TZ=UTC tar -tvf out --numeric-owner)" = \
	"-rw-r----- 0/0              14 2001-09-09 01:46 t/config.json" ] ||
	fail "not kept: $(TZ=UTC tar -tvf out)"
run 0 "$X" repack -v kept.tar -o out
says 'owners of 1 members are not kept'
says 'times of 1 members'
says 'modes of 1 members become 0644'
grep -q 'BLOCK .*RAW' "$T/out" || fail "no lists"
[ "$(TZ=UTC tar -tvf out --numeric-owner)" = \
	"-rw-r--r-- 0/0              14 1970-01-01 00:00 t/config.json" ] ||
	fail "not made the same: $(TZ=UTC tar -tvf out)"
run 0 env SOURCE_DATE_EPOCH=86400 "$X" repack kept.tar -o out
TZ=UTC tar -tvf out | grep -q 1970-01-02 || fail "SOURCE_DATE_EPOCH"
"$PY" - <<'END'
import tarfile
with tarfile.open("attr.tar", "w", format=tarfile.PAX_FORMAT) as t:
    m = tarfile.TarInfo("a")
    m.pax_headers = {"SCHILY.xattr.user.note": "hello"}
    t.addfile(m)
    m = tarfile.TarInfo("old")
    m.mtime = -86400
    t.addfile(m)
END
run 0 "$X" repack attr.tar -o out
says 'attributes, ACLs or flags of 1 members are not kept'
run 6 "$X" repack --keep-mtime attr.tar -o out
says 'attr.tar: old: a time before 1970'
# Smaller than what is made of it.
xz -9e -k --lzma2=preset=9e,pb=0 odd.tar
run 0 "$X" repack --check sha256 --order name --random-access odd.tar.xz -o out
says 'odd.tar.xz: is [0-9]* bytes, which is smaller than the [0-9]* of out'
rm out

# --- where it goes ---

cp gnu.tar.gz place
run 0 "$X" repack "${FAST[@]}" place -o place
cmp place linked.ref || fail "in place"
"$X" repack "${FAST[@]}" gnu.tar -o - >out 2>"$T/err"
cmp out linked.ref || fail "to standard output"
rm out
run 2 "$X" repack gnu.tar
says 'name the bundle to write with -o'
run 1 "$X" repack - -o out
says 'standard input is not read'
run 1 "$X" repack t -o out
says 'a directory'
run 0 "$X" repack "${FAST[@]}" gnu.tar -o out --limit 1MB
grep -q 'bytes of headroom' "$T/out" || fail "no headroom"
rm out
run 3 "$X" repack "${FAST[@]}" gnu.tar -o out --limit 1000
says 'over the limit of 1000; not kept'
[ ! -e out ] || fail "kept"
run 3 "$X" repack "${FAST[@]}" gnu.tar -o out --limit 1000 --keep-over-limit
cmp out linked.ref || fail "not kept"

# --- what is refused: the old OUT stays ---

echo old >out
cp out old
# refused STATUS REGEX ARGUMENT...
refused() {
	local status=$1 words=$2

	shift 2
	run "$status" "$X" repack "$@" -o out
	says "$words"
	cmp out old || fail "$*: OUT was changed"
}
for name in gnu.tar pax.tar.xz gnu.tar.gz gnu.tar.bz2 t.zip t.7z t.cpio; do
	size=$(stat -c %s $name)
	[ $name != gnu.tar ] || size=100000
	head -c $((size / 2)) $name >bad
	refused 5 '^xzbundle: bad: ' bad
	head -c $((size - 40)) $name >bad
	[ $name = gnu.tar ] || refused 5 '^xzbundle: bad: ' bad
	case $name in *.tar | *.cpio) continue ;; esac	# no checksums
	cp $name bad
	# shellcheck disable=SC2059 # a byte
	for at in 3 5 7; do
		printf "\\$(printf %o $((0x$(xxd -s $((size * at / 10)) -l 1 -p \
			bad) ^ 16)))" | dd of=bad bs=1 conv=notrunc status=none \
			seek=$((size * at / 10))
	done
	refused 5 '^xzbundle: bad: ' bad
done
: >bad
refused 5 'no archive of a known format' bad
bytes 3000 5 bad
refused 5 'no archive of a known format' bad
cat gnu.tar gnu.tar >bad
refused 4 'something follows the end' bad
"$PY" - <<'END'
import io, tarfile
cases = {"abs": [("/etc/x", "0", "")], "up": [("a/../../x", "0", "")],
         "twice": [("x", "0", ""), ("./x", "0", "")],
         "out": [("x", "2", "../../y")], "link": [("x", "1", "y")],
         "under": [("x", "0", ""), ("x/y", "0", "")],
         "pipe": [("x", "6", "")], "dev": [("x", "3", "")]}
for name, members in cases.items():
    with tarfile.open(name + ".tar", "w") as t:
        for path, kind, link in members:
            m = tarfile.TarInfo(path)
            m.type, m.linkname = kind.encode(), link
            t.addfile(m)
END
for name in abs up twice out link under; do
	refused 4 "^xzbundle: $name.tar: .*refused" $name.tar
done
for name in pipe dev; do
	refused 6 "$name.tar: x: a device, FIFO or socket" $name.tar
done
refused 3 'max-total' --max-total 50000 gnu.tar
refused 3 '(weights|again): .*max-member' --max-member 39999 gnu.tar
refused 3 'max-members' --max-members 4 gnu.tar
refused 3 'max-path' --max-path 100 gnu.tar
refused 3 'max-depth' --max-depth 2 gnu.tar
refused 3 'max-bundle' --max-bundle 1000 gnu.tar
truncate -s 100000000 t/zeros
tar -czf bomb.tar.gz t/zeros
rm t/zeros
refused 3 'max-ratio' --max-ratio 100 bomb.tar.gz
# What a decoder may take: a dictionary of 4 GiB.
"$PY" - <<'END'
import zlib, struct
xz = bytearray(open("pax.tar.xz", "rb").read())
size = 4 * (xz[12] + 1)
at = 12 + xz.index(b"\x21\x01", 12) - 12 + 2
xz[at] = 40
xz[12 + size - 4:12 + size] = struct.pack("<I", zlib.crc32(
    xz[12:12 + size - 4]))
open("greedy.tar.xz", "wb").write(xz)
END
if ! grep -qa __asan_init "$X"; then
	refused 7 'greedy.tar.xz: .*raise --memlimit' greedy.tar.xz
	run 0 "$X" repack "${FAST[@]}" --memlimit 5GiB greedy.tar.xz -o new
	cmp new linked.ref || fail "a dictionary of 4 GiB"
	rm new
fi

# --- disks that are full, and ends ---

limited() {
	(
		trap '' XFSZ
		ulimit -f 20
		exec "$@"
	)
}
mkdir tmp
for file in gnu.tar odd.tar; do
	TMPDIR=$PWD/tmp run $([ $file = odd.tar ] && echo 0 || echo 1) limited \
		"$X" repack "${FAST[@]}" $file -o new
done
rm new
if [ -c /dev/full ]; then
	TMPDIR=$PWD/tmp run 1 "$X" repack "${FAST[@]}" gnu.tar -o /dev/full
	says .
fi
mkdir dir
for ms in 5 20 50 100; do
	TMPDIR=$PWD/tmp "$X" repack gnu.tar.gz -o dir/new >/dev/null 2>&1 &
	pid=$!
	sleep "0.$(printf %03d $ms)"
	kill -KILL $pid 2>/dev/null || true
	wait $pid 2>/dev/null || true
	[ -z "$(ls -A tmp)" ] || fail "something is left in TMPDIR"
	[ ! -e dir/new ] || "$X" check --links in-tree dir/new ||
		fail "half a bundle"
	rm -f dir/new
	[ -z "$(ls -A dir)" ] || fail "something is left"
done
