# shellcheck shell=bash
# What the tests of the command line share; each of them sources this file.
#
# A test runs in an empty directory, $T/w.  Its status is 0 if all is well,
# 1 if something is not, and 77 if it cannot run here.
#
# SPDX-License-Identifier: BSD-2-Clause
set -eu
export LC_ALL=C.UTF-8
unset XZ_OPT XZ_DEFAULTS SOURCE_DATE_EPOCH TAR_OPTIONS GZIP CDPATH
umask 022

: "${XZBUNDLE:?the program}" "${SRCDIR:?the top of the source tree}"
# shellcheck disable=SC2034 # for the tests
X=$(realpath "$XZBUNDLE")
ME=$(basename "$0" .sh)
T=$(mktemp -d "${TMPDIR:-/tmp}/xzbundle-test.XXXXXX")
# To look for leaks takes a third of the time of a short process: unit tests do,
# and calls that fail, and all with contrib/check --full.
if [ -n "${XZBUNDLE_TEST_SANITIZERS-}" ] && [ "$ME" != 38-faults ]; then
	export ASAN_OPTIONS="${ASAN_OPTIONS-}:detect_leaks=0"
fi
trap 'chmod -R u+rwx "$T" 2>/dev/null || true; rm -rf "$T"' EXIT
trap 'exit 1' HUP INT TERM
# For what is not about the choice of chains: no trials.
# shellcheck disable=SC2034 # for the tests
FAST=(--chain '*=1')

# The system's own Python if there is one.
if [ -x /usr/bin/python3 ]; then
	PY=/usr/bin/python3
else
	PY=python3
fi

mkdir "$T/w"
cd "$T/w"

fail() {
	printf '%s: FAIL: %s\n' "$ME" "$*"
	exit 1
}

skip() {
	printf '%s: skip: %s\n' "$ME" "$*"
	exit 77
}

# For what sanitizers have no part in, such as sizes and times: they see all of
# the code in other tests, and here it would run for minutes more.
not_with_sanitizers() {
	[ -z "${XZBUNDLE_TEST_SANITIZERS-}" ] ||
		skip "with sanitizers only in contrib/check --full"
}

need() {
	local tool

	for tool; do
		command -v "$tool" >/dev/null || skip "$tool is not installed"
	done
}

# make_demo DIR: a small submission.
make_demo() {
	"$(realpath "${MKDEMO:?the maker of a submission}")" "$1" >/dev/null
}

# run STATUS COMMAND...: stdout is in $T/out and stderr in $T/err.
run() {
	local expected=$1 status=0

	shift
	"$@" >"$T/out" 2>"$T/err" </dev/null || status=$?
	[ "$status" -eq "$expected" ] && return
	head -n 20 "$T/err"
	fail "status $status instead of $expected from: $*"
}

# says REGEX: stderr of the last run has it, and every line names the program.
says() {
	grep -qiE -e "$1" "$T/err" ||
		fail "no message like '$1' but: $(cat "$T/err")"
	if grep -qv '^xzbundle: ' "$T/err"; then
		fail "a message without the program's name: $(cat "$T/err")"
	fi
}

# silent: the last run has printed nothing at all.
silent() {
	[ ! -s "$T/out" ] || fail "stdout is not empty: $(head "$T/out")"
	[ ! -s "$T/err" ] || fail "stderr is not empty: $(head "$T/err")"
}

# only NAME...: the directory that we are in has these entries and no others.
only() {
	local expected have

	expected=$(printf '%s\n' "$@" | LC_ALL=C sort)
	have=$(find . -mindepth 1 -maxdepth 1 -printf '%f\n' | LC_ALL=C sort)
	[ "$have" = "$expected" ] ||
		fail "the directory has '$have' instead of '$expected'"
}

# kinds DIR: the type, exec bit and link text of everything below.
kinds() {
	(cd "$1" && LC_ALL=C find . -mindepth 1 \
		\( -type f -perm -u=x -printf 'x %P\0' \) -o \
		-printf '%y %P -> %l\0') | LC_ALL=C sort -z
}

# same_tree A B: the same files, data, exec bits and link texts.
same_tree() {
	LC_ALL=C diff -r --no-dereference "$1" "$2" ||
		fail "$1 and $2 differ"
	cmp <(kinds "$1") <(kinds "$2") ||
		fail "$1 and $2 differ in types, exec bits or links"
}

# by_python BUNDLE DIR
by_python() {
	"$PY" - "$1" "$2" <<'END'
import sys, tarfile
with tarfile.open(sys.argv[1], "r:xz") as tar:
    if hasattr(tarfile, "data_filter"):
        tar.extractall(sys.argv[2], filter="data")
    else:
        tar.extractall(sys.argv[2])
END
}

by_7zip() {
	local inner=$T/inner

	mkdir "$inner"
	"$SEVEN" x -y -txz -o"$inner" "$1" >/dev/null &&
		"$SEVEN" x -y -ttar -o"$2" "$inner"/* >/dev/null
	rm -rf "$inner"
}

# judges BUNDLE TREE [NAME]: other programs extract TREE, which is NAME there.
judges() {
	local name=${3:-$(basename "$2")} judge dir=$T/judged SEVEN

	xz -t "$1" || fail "xz -t refuses $1"
	SEVEN=$(command -v 7zz || command -v 7z || echo 7z)
	for judge in tar bsdtar "$PY" "$SEVEN"; do
		if ! command -v "$judge" >/dev/null; then
			echo "skip: $(basename "$judge")"
			continue
		fi
		rm -rf "$dir"
		mkdir "$dir"
		case $judge in
		tar | bsdtar) "$judge" -xf "$1" -C "$dir" ;;
		*python3) by_python "$1" "$dir" ;;
		*) by_7zip "$1" "$dir" ;;
		esac || fail "$judge refuses $1"
		same_tree "$2" "$dir/$name"
	done
	rm -rf "$dir"
}

# bytes N SEED FILE: pseudo-random bytes.
bytes() {
	"$PY" -c 'import random, sys
n, seed, name = sys.argv[1:]
random.seed(int(seed))
with open(name, "wb") as f:
    left = int(n)
    while left > 0:
        part = min(left, 1 << 20)
        f.write(random.getrandbits(8 * part).to_bytes(part, "little"))
        left -= part' "$@"
}

# text N SEED FILE: N bytes of lines of words, at random, so that nothing long
# repeats in them.
text() {
	"$PY" -c 'import random, sys
n, seed, name = sys.argv[1:]
random.seed(int(seed))
bits = random.getrandbits
letters = "etaoinshrdlucmfw"
words = ["".join(letters[min(bits(4), bits(4))] for _ in range(2 + bits(3)))
         for _ in range(4096)]
with open(name, "w") as f:
    left = int(n)
    while left > 0:
        picks = bits(12 * 12)
        line = " ".join(words[picks >> 12 * i & min(4095, 4095 >> i % 4)]
                        for i in range(12)) + "\n"
        f.write(line[:left])
        left -= len(line)' "$@"
}

# similar N DIR: N small files that are much alike.
similar() {
	"$PY" -c 'import os, random, sys
n, folder = sys.argv[1:]
random.seed(1)
for i in range(int(n)):
    name = "%s/%02d/case-%d.json" % (folder, i % 20, i)
    os.makedirs(os.path.dirname(name), exist_ok=True)
    with open(name, "w") as f:
        f.write("""{
  "id": %d,
  "model": "small-%d",
  "schedule": {"warmup": %d, "steps": 10000, "decay": "cosine"},
  "loss": [%s]
}
""" % (i, i % 7, random.getrandbits(8), ", ".join(
            "%d.%03d" % (3 - j // 4, random.getrandbits(9))
            for j in range(8))))' "$@"
}

# zeros N FILE: a bundle of one file, "zeros", of N MiB of zeros; N is a
# multiple of 32.  One Block of 32 MiB is encoded, and repeated.
zeros() {
	"$PY" -c 'import lzma, struct, sys, tarfile, zlib
size, out = int(sys.argv[1]) << 20, sys.argv[2]
filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20,
            "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3, "nice_len": 273}]

def number(n):
    text = b""
    while n >= 128:
        text += bytes([n & 127 | 128])
        n >>= 7
    return text + bytes([n])

def block(data):
    xz = lzma.compress(data, check=lzma.CHECK_CRC32, filters=filters)
    index = 4 * (struct.unpack("<I", xz[-8:-4])[0] + 1)
    at = len(xz) - 12 - index + 2
    unpadded, shift = 0, 0
    while shift == 0 or xz[at - 1] & 128:
        unpadded |= (xz[at] & 127) << shift
        at, shift = at + 1, shift + 7
    return xz[12:-12 - index], number(unpadded) + number(len(data)), xz[:12]

t = tarfile.TarInfo("zeros")
t.size = size
first, middle = block(t.tobuf(tarfile.USTAR_FORMAT)), block(bytes(32 << 20))
blocks = [first] + [middle] * (size >> 25) + [block(bytes(1024))]
index = b"\0" + number(len(blocks)) + b"".join(b[1] for b in blocks)
index += bytes(-len(index) % 4)
index += struct.pack("<I", zlib.crc32(index))
foot = struct.pack("<I", len(index) // 4 - 1) + b"\0\1"
with open(out, "wb") as f:
    f.write(first[2] + b"".join(b[0] for b in blocks) + index +
            struct.pack("<I", zlib.crc32(foot)) + foot + b"YZ")' "$@"
}
