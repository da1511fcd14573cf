#!/bin/bash
# compare: its sizes are those of the programs, its forms say the same, and
# archives of strangers do no harm.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

# The unit tests of compare and import see its code.
not_with_sanitizers

export PYTHONDONTWRITEBYTECODE=1

mkdir in in/dir
: >in/empty
"$PY" - <<'END'
import json, random, struct
random.seed(2)
words = ["w%d" % random.randrange(300) for _ in range(6000)]
open("in/text.txt", "w").write(" ".join(words))
open("in/tiny", "w").write("tiny\n")
n = 10000
data = {
    "a": ("I8", [100, 100], struct.pack("%db" % n, *[
        max(-31, min(31, round(random.gauss(0, 6)))) for _ in range(n)])),
    "b": ("F32", [1000], struct.pack("<1000f", *[
        random.gauss(0, 1) for _ in range(1000)])),
}
head, blob = {}, b""
for name, (dtype, shape, raw) in data.items():
    head[name] = {"dtype": dtype, "shape": shape,
                  "data_offsets": [len(blob), len(blob) + len(raw)]}
    blob += raw
text = json.dumps(head).encode()
open("in/m.safetensors", "wb").write(struct.pack("<Q", len(text)) + text + blob)
END
cp "$(realpath "$(command -v env)")" in/program

cat >"$T/sizes.py" <<'END'
# Hold the sizes to those of the programs, and the forms to each other.
import bz2, json, shutil, subprocess, sys, zlib
got = json.load(open(sys.argv[1], encoding="utf-8"))
files = dict(arg.split("=", 1) for arg in sys.argv[2:])
assert got["format"] == "xzbundle-compare" and got["version"] == 1
one, = got["comparisons"]
assert one["complete"] is True
programs = {
    "xz -6": ["xz", "-6", "-T1", "-c"], "xz -9": ["xz", "-9", "-T1", "-c"],
    "xz -9e": ["xz", "-9e", "-T1", "-c"],
    "brotli -q 11": ["brotli", "-q", "11", "-c"],
    "zstd -22": ["zstd", "--ultra", "-22", "-q", "-c"],
    "bzip2 -9": ["bzip2", "-9", "-c"],
}
checked = set()
for row in one["rows"]:
    name = row.get("member", "")
    path = files[name]
    raw = open(path, "rb").read()
    assert row["raw_bytes"] == len(raw), (name, len(raw))
    cells = {c["column"]: c for c in row["cells"]}
    assert list(cells) == [c["name"] for c in one["columns"]]
    best = min(c["bytes"] for c in cells.values() if c["state"] == "done")
    for column, c in cells.items():
        if c["state"] != "done":
            assert "bytes" not in c
            continue
        assert abs(c["ratio"] - c["bytes"] / len(raw)) < 1e-4 * c["ratio"]
        assert abs(c["to_baseline"] * cells["zlib -9"].get("bytes", 0) -
                   c["bytes"]) <= 1e-4 * c["bytes"] or (
                   cells["zlib -9"]["state"] != "done")
        assert c["bytes"] > best or c["pareto"] is True, (name, column)
        if column == "zlib -9":
            real = len(zlib.compress(raw, 9))
        elif column in programs and shutil.which(programs[column][0]):
            real = len(subprocess.run(programs[column] + [path], check=True,
                                      stdout=subprocess.PIPE).stdout)
        else:
            continue
        assert abs(c["bytes"] - real) <= 64, (name, column, c["bytes"], real)
        checked.add(column)
assert {"xz -6", "xz -9e"} <= checked, checked
print(*sorted(checked), sep=", ")
END

# --- the sizes ---

run 0 "$X" compare --json in
cp "$T/out" all.json
run 0 "$X" create -o b.tar.xz in
xz -dc b.tar.xz >b.tar
"$PY" "$T/sizes.py" all.json =b.tar in/text.txt=in/text.txt in/tiny=in/tiny \
	in/m.safetensors=in/m.safetensors in/program=in/program ||
	fail "sizes"

# of ROW COLUMN KEY FILE: a figure
of() {
	"$PY" - "$@" <<'END'
import json, sys
row, column, key, path = sys.argv[1:]
for r in json.load(open(path))["comparisons"][0]["rows"]:
    if r.get("member", "") == row:
        for c in r["cells"]:
            if c["column"] == column:
                print(c.get(key, c["state"]))
END
}

size() {
	stat -c %s "$1"
}

[ "$(of '' xzbundle bytes all.json)" = "$(size b.tar.xz)" ] ||
	fail "the planner's column is not what create makes"
run 0 "$X" create --pack -o p.tar.xz in
[ "$(of '' 'xzbundle --pack' bytes all.json)" = "$(size p.tar.xz)" ] ||
	fail "packed is not what create --pack makes"
[ "$(of in/text.txt 'xzbundle --pack' state all.json)" = none ]
[ "$(of in/text.txt 'delta + xz -9e' state all.json)" = none ]
[ "$(of in/text.txt 'BCJ + xz -9e' state all.json)" = none ]
[ "$(of in/m.safetensors 'delta + xz -9e' state all.json)" = 'done' ]
case $(uname -m) in
x86_64 | aarch64)
	[ "$(of in/program 'BCJ + xz -9e' state all.json)" = 'done' ] ||
		fail "no BCJ filter for a program"
	;;
esac

# --- archives: the same figures ---

tar -C . -czf a.tar.gz in
(cd in && "$PY" -m zipfile -c ../a.zip text.txt tiny)
few=(--codec zlib-6 --codec xz-1 --codec xzbundle)
run 0 "$X" compare "${few[@]}" --codec packed --json in
cp "$T/out" folder.json
cat >"$T/same.py" <<'END'
import json, sys
def figures(path):
    rows = json.load(open(path))["comparisons"][0]["rows"]
    return {(r.get("member"), c["column"]): c.get("bytes")
            for r in rows for c in r["cells"]}
a, b = figures(sys.argv[1]), figures(sys.argv[2])
common = [k for k in b if k[0] is not None]
assert common and all(a[k] == b[k] for k in common), (a, b)
assert len(sys.argv) > 3 or a == b, "the bundle"
END
for archive in b.tar.xz a.tar.gz; do
	run 0 "$X" compare "${few[@]}" --codec packed --json $archive
	cp "$T/out" it.json
	"$PY" "$T/same.py" folder.json it.json || fail "$archive"
done
run 0 "$X" compare "${few[@]}" --tsv a.zip
[ "$(awk -F '\t' '$3 == "text.txt" { n++ } END { print n }' "$T/out")" -eq 3 ]
# what is compressed and no archive, and a zip that is not called so
gzip -c in/text.txt >text.gz
run 0 "$X" compare --codec xz-1 --tsv text.gz
grep -q "^text.gz.member.text.gz.-.$(size in/text.txt)" "$T/out" ||
	fail "a compressed file: $(cat "$T/out")"
cp a.zip model.pt
run 0 "$X" compare --codec xz-1 --tsv model.pt
grep -q "member.model.pt.-.$(size a.zip)" "$T/out" || fail "model.pt"
# in another directory, and not what is called so here
mkdir other
tar -C in -czf other/a.tar.gz tiny
run 0 "$X" compare -C other --codec xz-1 --tsv a.tar.gz
[ "$(cut -f 1,3,5 "$T/out" | sed -n 2p)" = $'a.tar.gz\ttiny\t5' ] ||
	fail "-C: $(cat "$T/out")"
rm -r other
# what makes a bundle of it is repack, but for a file that is compressed
run 0 "$X" compare --total --codec xzbundle a.tar.gz
grep -q '^- Use xzbundle repack: ' "$T/out" || fail "an archive's advice"
grep -q "^- The archive as it is has $(size a.tar.gz) bytes, .* more" "$T/out" ||
	fail "an archive's size"
run 0 "$X" compare --total --codec xzbundle text.gz
grep -q '^- Use xzbundle create: ' "$T/out" || fail "a compressed file's advice"
mkdir elsewhere
(cd elsewhere && "$X" compare --codec xz-1 --tsv -C .. a.tar.gz) >"$T/out"
grep -q '^a.tar.gz.member.in/text.txt' "$T/out" || fail "an archive in -C"
# several
run 0 "$X" compare --codec xz-1 --best a.zip in/tiny a.tar.gz
[ "$(grep -c '^== ' "$T/out")" -eq 3 ] || fail "three comparisons"
run 0 "$X" compare --codec xz-1 --total a.zip in/tiny in/text.txt
grep -qx '== in/tiny and 1 more ==' "$T/out" || fail "paths together"
run 0 "$X" compare --codec xz-1 --json a.zip in/tiny a.tar.gz
"$PY" -c '
import json, sys
got = json.load(open(sys.argv[1]))["comparisons"]
assert [c["input"] for c in got] == ["in/tiny", "a.zip", "a.tar.gz"], got
' "$T/out" || fail "three in JSON"

# --- rows and columns ---

run 0 "$X" compare --total --codec xz-1 --chain 'lzma2:dict=4KiB' --tsv in
[ "$(wc -l <"$T/out")" -eq 3 ] || fail "--total"
cut -f 7 "$T/out" | grep -qx 'lzma2:dict=4KiB' || fail "--chain"
run 0 "$X" compare --tensors --codec xz-1 --codec packed --tsv in
[ "$(awk -F '\t' '$2 == "tensor" && $8 == "done"' "$T/out" | wc -l)" -eq 4 ] ||
	fail "--tensors: $(cat "$T/out")"
printf '# mine\nsmall: lzma2:dict=4KiB,lc=0\n\n6e\n' >chains
run 0 "$X" compare --codec xz-9 --chains chains --baseline small --json in/text.txt
"$PY" -c '
import json, sys
got = json.load(open(sys.argv[1]))["comparisons"][0]
assert [c["name"] for c in got["columns"]] == ["xz -9", "small", "6e"]
assert got["baseline"] == "small"
' "$T/out" || fail "--chains"
run 0 "$X" compare --codec xz-0 --codec xz-9 --sort decode in/text.txt
run 0 "$X" compare --codec default --codec xz-3 --tsv in/tiny
[ "$(wc -l <"$T/out")" -eq 25 ] || fail "--codec default"

# --- text: 80 columns, the largest rows, colours for a terminal ---

run 0 "$X" compare "${few[@]}" --codec zlib in
awk 'length > 80 { bad = 1; print } END { exit bad }' "$T/out" ||
	fail "a line of over 80 columns"
grep -q '^- Use xzbundle create: ' "$T/out" || fail "no advice"
mkdir many
for ((i = 0; i < 30; i++)); do
	echo "file $i" >"many/$i"
done
run 0 "$X" compare --codec xz-0 many
grep -q '^and 10 smaller ones of ' "$T/out" || fail "30 members"
[ "$(grep -c '^many/' "$T/out")" -eq 20 ]
cat >"$T/terminal.py" <<'END'
import os, pty, sys
def say(*env):
    out = b""
    pid, fd = pty.fork()
    if pid == 0:
        os.execvpe("env", ["env", *env] + sys.argv[1:], os.environ)
    while True:
        try:
            got = os.read(fd, 65536)
        except OSError:
            break
        if not got:
            break
        out += got
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    return out
assert b"\033[1m*" in say("TERM=xterm"), "no colours"
assert b"\033[1m" not in say("TERM=xterm", "NO_COLOR=1"), "NO_COLOR"
END
"$PY" "$T/terminal.py" "$X" compare --codec xz-0 in/tiny || fail "a terminal"

# what has no bundle, no .tar.xz or nothing to say, says so
run 0 "$X" compare --tensors --codec xzbundle in
grep -q '^- With xzbundle all rows together take ' "$T/out" || fail "rows"
run 0 "$X" compare --codec bzip2 in/tiny
grep -q 'to bzip2 -9\|bzip2 -9 *MB/s' "$T/out" || fail "the baseline's name"
grep -q '^- The smallest of these is bzip2 -9, ' "$T/out" || fail "one codec"
run 0 "$X" compare --codec packed in/tiny
grep -q 'no packing makes it smaller' "$T/out" || fail "no column"
run 0 "$X" compare --codec xz-1 --memlimit 1KiB in/tiny
grep -q ' take more than --memlimit; ' "$T/out" || fail "--memlimit's advice"

# --- names ---

long=$(printf 'n%.0s' {1..120})
mkdir long
cp in/m.safetensors "long/$long"
for option in --best --tensors "--best --tensors"; do
	# shellcheck disable=SC2086 # two options
	run 0 "$X" compare --codec xz-0 $option long
	awk 'length > 80 { bad = 1; print } END { exit bad }' "$T/out" ||
		fail "$option: a long name"
done

mkdir odd
printf 'x' >odd/$'new\nline \e[31m \xff <b>'
run 0 "$X" compare --codec xz-0 odd
grep -qF 'new\x0aline \x1b[31m \xff <b>' "$T/out" || fail "a hostile name"
if LC_ALL=C grep -q $'\e' "$T/out"; then
	fail "an escape in the output"
fi
tar -cf odd.tar odd
run 0 "$X" compare --codec xz-0 --json odd.tar
"$PY" -c 'import json, sys; json.load(open(sys.argv[1]))' "$T/out"

# a name of a column
printf '%s: lzma2:dict=1MiB\n' 'a\<em>b\x' >names
run 0 "$X" compare --chains names --codec bcj --html - in/tiny
grep -qF '<p>Use the chain a\\&lt;em&gt;b\\x: ' "$T/out" ||
	fail "a hostile name of a column: $(grep -F '<p>Use' "$T/out")"

# --- what cannot be ---

run 2 "$X" compare --codec lz4 in
says "not zlib, bzip2"
run 2 "$X" compare --codec xz-10 in
says "0e to 9e"
run 2 "$X" compare --chain '*.txt=lzma2' in
says "without a pattern"
run 2 "$X" compare --codec xz-1 --baseline xz-2 in
run 2 "$X" compare --chain 'lzma2:lc=9' in
run 2 "$X" compare --sort name in
printf 'a: 6\nb: nonsense\n' >bad
run 2 "$X" compare --chains bad in
says "bad: line 2: "
run 1 "$X" compare --chains none in
cp a.zip page
run 2 "$X" compare --codec xz-0 --html page in/tiny page
says 'page: is compared; choose another name'
cmp page a.zip || fail "--html has replaced what is compared"
rm page
run 1 "$X" compare nothing
head -c 3000 a.tar.gz >cut.tar.gz
run 5 "$X" compare --codec xz-0 cut.tar.gz
says "cut.tar.gz"
[ ! -s "$T/out" ] || fail "a damaged archive was compared"
"$PY" - <<'END'
import io, tarfile
with tarfile.open("up.tar", "w") as tar:
    tar.addfile(tarfile.TarInfo("../up"), io.BytesIO(b""))
END
run 4 "$X" compare --codec xz-0 up.tar
# What a decoder of an archive may take: a dictionary of 4 GiB.
xz -c in/tiny >greedy.xz
"$PY" - <<'END'
import struct, zlib
xz = bytearray(open("greedy.xz", "rb").read())
end = 12 + 4 * (xz[12] + 1) - 4
xz[xz.index(b"\x21\x01", 12) + 2] = 40
xz[end:end + 4] = struct.pack("<I", zlib.crc32(xz[12:end]))
open("greedy.xz", "wb").write(xz)
END
# AddressSanitizer leaves no limit to the address space.
if ! grep -qa __asan_init "$X"; then
	run 7 "$X" compare --codec xz-0 greedy.xz
	says 'greedy.xz: .*raise --memlimit'
fi
run 0 "$X" compare --codec xz-0 --memlimit 5GiB greedy.xz
run 0 "$X" compare --codec xz-9 --memlimit 1MiB --tsv in/text.txt
grep -q 'memory' "$T/out" || fail "--memlimit"
[ ! -e /dev/full ] || {
	status=0
	"$X" compare --codec xz-0 in/tiny >/dev/full 2>"$T/err" || status=$?
	[ $status -eq 1 ] || fail "a full disk: $status"
}

# --- stopped: what is done is printed ---

# Columns of one cost are done in their order, the quick ones first.
mkdir slow
bytes 6000000 1 slow/random
tar -cf slow.tar slow
slow=()
for level in 0 1 2 3 4 5 6 7 8 9; do
	slow+=(--codec "xz-$level" --codec "xz-${level}e")
done
for input in slow slow.tar; do
	status=0
	"$X" compare --progress never --threads 1 "${slow[@]}" --json $input \
		>"$T/out" 2>"$T/err" &
	pid=$!
	sleep 2
	# A shell has its children ignore INT.
	kill -TERM $pid
	wait $pid || status=$?
	[ $status -eq 143 ] || fail "TERM: $status"
	says interrupted
	"$PY" -c '
import json, sys
got = json.load(open(sys.argv[1]))["comparisons"][0]
states = {c["state"] for r in got["rows"] for c in r["cells"]}
assert states == {"stopped", "done"} and not got["complete"], states
' "$T/out" || fail "a stopped comparison of $input"
done
