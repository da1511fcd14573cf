#!/bin/bash
# Limits: what is over one is refused, and what is exactly at it is not.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

cat >"$T/make.py" <<'PYTHON'
# Bundles whose figures are known.
import io, lzma, struct, tarfile, zlib
fast = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20,
         "mode": lzma.MODE_FAST, "mf": lzma.MF_HC3, "nice_len": 273}]

def compressor():
    return lzma.LZMACompressor(check=lzma.CHECK_CRC32, filters=fast)

def header(name, size):
    t = tarfile.TarInfo(name)
    t.size = size
    return t.tobuf(tarfile.USTAR_FORMAT)

# 4 files and a directory, 6000 bytes, a pax header of 1024 bytes with its
# own header.
with tarfile.open("some.tar.xz", "w:xz", format=tarfile.PAX_FORMAT,
                  preset=0) as tar:
    for name, size in (("code.py", 500), ("a/b/c/d/deep.txt", 1500),
                       ("w.bin", 4000), ("x" * 30 + ".txt", 0)):
        t = tarfile.TarInfo(name)
        t.size = size
        if name == "w.bin":
            t.pax_headers = {"comment": "c" * 87}
        tar.addfile(t, io.BytesIO(b"z" * size))
    t = tarfile.TarInfo("dir")
    t.type = tarfile.DIRTYPE
    tar.addfile(t)

# A dictionary of 4 GiB - 1, said in a header and needed by nothing.
small = bytearray(lzma.compress(header("f", 0) + bytes(1024), filters=fast))
end = 12 + (small[12] + 1) * 4
at = small.index(b"\x21\x01", 12, end) + 2
small[at] = 40
small[end - 4:end] = struct.pack("<I", zlib.crc32(small[12:end - 4]))
open("dict.tar.xz", "wb").write(small)

# Only the name and the sum differ.
h = bytearray(header("e000000", 0))
h[148:156] = b" " * 8
base = sum(h) - sum(b"000000")
tail, tar = bytes(h[156:]), []
for i in range(200000):
    digits = b"%06d" % i
    tar.append(b"e" + digits + bytes(h[7:148]) +
               b"%06o\0 " % (base + sum(digits)) + tail)
c = compressor()
open("many.tar.xz", "wb").write(c.compress(b"".join(tar)) +
                                c.compress(bytes(1024)) + c.flush())

def write(name, members):
    with tarfile.open(name, "w:xz", format=tarfile.PAX_FORMAT,
                      preset=0) as tar:
        for member, pax in members:
            t = tarfile.TarInfo(member)
            t.pax_headers = pax
            tar.addfile(t)

# 63 directories for each member.
write("dirs.tar.xz", (("d%d/" % i + "a/" * 62 + "f", {})
                      for i in range(1000)))

# ACLs of one-letter users, of each size.
def acls(size):
    text = ",".join("u:%x:r" % i for i in range(size))[:size]
    return [("f%d" % i, {"SCHILY.acl.access": text,
                         "SCHILY.acl.default": text}) for i in range(300)]

write("acl1024.tar.xz", acls(1024))
write("acl1025.tar.xz", acls(1025))
write("acl60000.tar.xz", acls(30000))
PYTHON
"$PY" "$T/make.py"
zeros 96 ratio.tar.xz
zeros 1024 bomb.tar.xz
run 0 "$X" check some.tar.xz
silent

# over STATUS OPTION VALUE BUNDLE: all refuse, name the option and a value
# that passes
over() {
	local status=$1 option=$2 value=$3 bundle=$4 passes _

	run "$status" "$X" check "$option" "$value" "$bundle"
	says "$bundle: .*$option"
	run "$status" "$X" extract "$option" "$value" "$bundle" -C out
	says "$bundle: .*$option"
	[ ! -e out ] || fail "$option $value leaves something"
	[ "$option" != --memlimit ] || return 0
	# Taken at its word, a few times when several members are over it.
	for _ in 1 2 3; do
		passes=$(sed -nE \
			"s/.*; .*${option}[ =]([0-9]+)(B| would pass)\$/\1/p" \
			"$T/err")
		[ -n "$passes" ] || break
		"$X" check "$option" "$passes" "$bundle" >"$T/out" \
			2>"$T/err" || true
	done
	[ ! -s "$T/err" ] || fail "what would pass does not: $(cat "$T/err")"
	run 2 "$X" check "$option" x "$bundle"
	says "$option"
}

# within OPTION VALUE BUNDLE: exactly at what it needs, and one below
within() {
	run 0 "$X" check "$1" "$2" "$3"
	silent
	[ "$1" = --max-ratio ] || {
		run 0 "$X" extract "$1" "$2" "$3" -C out
		silent
		rm -r out
	}
	over 3 "$1" $(($2 - 1)) "$3"
}

size=$(stat -c %s some.tar.xz)
within --max-bundle "$size" some.tar.xz
within --max-total 6000 some.tar.xz
within --max-member 4000 some.tar.xz
within --max-members 9 some.tar.xz	# and 4 directories
within --max-depth 5 some.tar.xz
within --max-path 34 some.tar.xz
within --max-component 34 some.tar.xz
within --max-pax 1024 some.tar.xz
ratio=$(stat -c %s ratio.tar.xz)
within --max-ratio $((((96 << 20) + ratio - 1) / ratio)) ratio.tar.xz
run 0 "$X" check --memlimit 10MiB some.tar.xz
over 7 --memlimit 100kB some.tar.xz
over 7 --memlimit 1 some.tar.xz
over 3 --max-total 0 some.tar.xz
over 3 --max-member 0 some.tar.xz
for option in bundle members depth path component ratio time; do
	run 2 "$X" check "--max-$option" 0 some.tar.xz
	says "--max-$option"
done

# --- a file of limits ---

limits() {
	printf '{"format": "xzbundle-limits", "version": 1%s}\n' "$1" >limits.json
}
for key in bundle:$size total:6000 member:4000 members:9 depth:5 path:34 \
	component:34 pax:1024; do
	name=${key%:*}
	limits ", \"max_$name\": ${key#*:}"
	run 0 "$X" check --limits limits.json some.tar.xz
	silent
	limits ", \"max_$name\": $((${key#*:} - 1))"
	run 3 "$X" check --limits limits.json some.tar.xz
	says "--max-$name"
	run 3 "$X" extract --limits limits.json some.tar.xz -C out
	says "--max-$name"
	[ ! -e out ] || fail "max_$name leaves something"
	# The last one counts.
	run 0 "$X" check --limits limits.json "--max-$name" "${key#*:}" \
		some.tar.xz
done
limits ', "max_ratio": 10'
run 3 "$X" check --limits limits.json ratio.tar.xz
says --max-ratio
limits ', "memlimit": "100kB"'
run 7 "$X" check --limits limits.json some.tar.xz
says --memlimit
limits ', "max_time": 600, "max_total": "6kB", "memlimit": "64MiB"'
run 0 "$X" check --limits limits.json some.tar.xz
limits ', "allow": ["*.py", "*.txt", "*.bin"], "require": ["code.py", "*.bin"]'
run 0 "$X" check --limits limits.json some.tar.xz
run 0 "$X" extract --limits limits.json some.tar.xz -C out
rm -r out
limits ', "allow": ["*.py", "*.txt"]'
run 4 "$X" check --limits limits.json some.tar.xz
says 'w.bin: not among the names'
run 4 "$X" extract --limits limits.json some.tar.xz -C out
limits ', "require": ["train.py", "code.py"]'
run 3 "$X" check --limits limits.json some.tar.xz
says "'train.py'"
run 3 "$X" extract --limits limits.json some.tar.xz -C out
[ ! -e out ] || fail "something is left without train.py"
for wrong in ', "max_totl": 1' ', "max_total": -1' ', "max_members": "5"' \
	', "max_total": 1.5' ', "allow": []' ', "allow": "x"' ', "a" 1' \
	', "require": [1]' ', "max_total": 1, "max_total": 2'; do
	limits "$wrong"
	run 2 "$X" check --limits limits.json some.tar.xz
	says limits.json
done
limits ', "max_members": 3'
run 3 "$X" check --limits <(cat limits.json) some.tar.xz
says 'max-members'
run 1 "$X" check --limits missing.json some.tar.xz
says missing.json
run 2 "$X" check --limits some.tar.xz some.tar.xz
says some.tar.xz

# All that is wrong at once, for people and for machines.  The directories of a
# member that is refused for its depth are none.
limits ", \"max_bundle\": $((size - 1)), \"max_total\": 5999,
\"max_member\": 1499, \"max_members\": 4, \"max_depth\": 4, \"max_path\": 16,
\"max_component\": 33, \"allow\": [\"*.py\", \"*.txt\"],
\"require\": [\"train.py\", \"code.py\", \"README*\"]"
run 4 "$X" check --limits limits.json some.tar.xz
says '11 violations; the gravest: w.bin: not among'
cp "$T/out" text
run 4 "$X" check --json --limits limits.json some.tar.xz
"$PY" - text "$T/out" "$size" <<'PYTHON' || fail "the list of violations"
import json, sys
size, long = int(sys.argv[3]), "x" * 30 + ".txt"
want = [("max-bundle", None, size, size - 1, 3),
        ("max-depth", "a/b/c/d/deep.txt", 5, 4, 3),
        ("max-member", "a/b/c/d/deep.txt", 1500, 1499, 3),
        ("max-member", "w.bin", 4000, 1499, 3),
        ("allow", "w.bin", None, None, 4),
        ("max-path", long, 34, 16, 3),
        ("max-component", long, 34, 33, 3),
        ("max-members", None, 5, 4, 3), ("max-total", None, 6000, 5999, 3),
        ("require", None, None, None, 3), ("require", None, None, None, 3)]
key = lambda row: (row[0], row[1] or "-", str(row[2]))
got = json.load(open(sys.argv[2]))
rows = [(v["rule"], v["member"], v.get("value"), v.get("limit"),
         v["status"]) for v in got["violations"]]
assert sorted(rows, key=key) == sorted(want, key=key), rows
assert got["status"] == 4 and got["verdict"] == "refused", got
assert got["complete"] is True
assert {k: v["value"] for k, v in got["limits"].items()
        if k.startswith("max-") and k[4:] not in ("ratio", "time", "pax")} == {
    "max-bundle": size, "max-total": 6000, "max-member": 4000,
    "max-members": 5, "max-depth": 5, "max-path": 34, "max-component": 34}, got["limits"]
assert got["limits"]["max-members"]["limit"] == 4
text = open(sys.argv[1]).read()
lines = [tuple(line.split("  ", 2)[:2]) for line in text.splitlines()]
assert sorted(lines) == sorted((r[0], r[1] or "-") for r in rows), text
PYTHON

# --- what is made to be too much costs little ---

cat >"$T/cost.py" <<'PYTHON'
# cost.py MEASURE STATUS COMMAND...: at most 2 s, and 1 MiB (the dictionary)
# and 32 MiB beside.  With one thread: each more may hold a decoded Block.
import os, sys
measure, status = sys.argv[1] == "yes", int(sys.argv[2])
pid = os.posix_spawn(sys.argv[3], sys.argv[3:], os.environ)
_, how, used = os.wait4(pid, 0)
got = os.waitstatus_to_exitcode(how)
seconds = used.ru_utime + used.ru_stime
what = " ".join(sys.argv[4:])
assert got == status, "status %d from %s" % (got, what)
if measure:
    assert seconds < 2, "%.1f s for %s" % (seconds, what)
    assert used.ru_maxrss < 33 << 10, "%d KiB for %s" % (used.ru_maxrss, what)
PYTHON
measure=yes
! grep -qa __asan_init "$X" || measure=no
cost() {
	run 0 "$PY" "$T/cost.py" "$measure" "$@"
	[ ! -e out ] || fail "something is left: $*"
}
for command in "check -T 1" "extract -T 1 -C out"; do
	# shellcheck disable=SC2086 # the words of a command
	for limit in "--max-total 100MB" "--max-ratio 100" --max-total=1; do
		cost 3 "$X" $command $limit bomb.tar.xz
		says 'bomb.tar.xz: .*--max'
	done
	# shellcheck disable=SC2086 # the words of a command
	cost 7 "$X" $command dict.tar.xz
	says 'dict.tar.xz: .*--memlimit'
	# shellcheck disable=SC2086 # the words of a command
	cost 3 "$X" $command --max-members 1000 many.tar.xz
	says 'many.tar.xz: .*--max-members'
done
# However small the limit, the list is complete if that takes no time, and says
# it when it is not.
run 4 "$X" check --json --max-total 1 --max-members 1 --limits limits.json \
	some.tar.xz
"$PY" - "$T/out" <<'PYTHON' || fail "the list with limits of 1"
import json, sys
got = json.load(open(sys.argv[1]))
assert got["complete"] is True and len(got["violations"]) == 11, got
PYTHON
run 3 "$X" check --max-total 1 bomb.tar.xz
grep -qx -e '-  -  the rest was not read' "$T/out" || fail "$(cat "$T/out")"
run 3 "$X" check --json --max-total 1 bomb.tar.xz
grep -q '"complete": false' "$T/out" || fail "$(cat "$T/out")"
# Directories without members are made, and so count.
for command in "check -T 1" "extract -T 1 -C out"; do
	# shellcheck disable=SC2086 # the words of a command
	cost 3 "$X" $command --max-members 1000 dirs.tar.xz
	says 'dirs.tar.xz: (over 1000|64000) members and directories, .*--max-members'
	for size in 1025 60000; do
		# shellcheck disable=SC2086 # the words of a command
		cost 4 "$X" $command acl$size.tar.xz
		says "acl.*over 1024 bytes"
	done
done
run 0 "$X" check --max-members 64000 dirs.tar.xz
run 3 "$X" check --max-members 63999 dirs.tar.xz
says ': 64000 members and directories, where 63999 are allowed'
cost 0 "$X" check -T 1 acl1024.tar.xz
# check goes on when it is a single member that is too large.
cost 3 "$X" extract -T 1 --max-member 100MB bomb.tar.xz -C out
says 'bomb.tar.xz: .*--max-member'
cost 3 "$X" check -T 1 many.tar.xz
says 'many.tar.xz: 200000 members'
