#!/bin/bash
# What those who judge bundles of others need: many at once, manifests, JSON,
# files to look at, and the test of the sandbox.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir -p src/top/sub in
echo one >src/top/one
seq 1 2000 >src/top/sub/two
: >src/top/empty
run 0 "$X" create "${FAST[@]}" -o in/good.tar.xz -C src top
run 0 "$X" create "${FAST[@]}" -o in/other.txz -C src/top sub
head -c 100 in/good.tar.xz >in/cut.tar.xz
echo 'no bundle' >in/text.tar.xz
ln -s one src/top/link
run 0 "$X" create "${FAST[@]}" -o in/link.tar.xz -C src top
rm src/top/link
mkdir src/big
head -c 2000000 /dev/zero >src/big/zeros
run 0 "$X" create "${FAST[@]}" -o in/big.tar.xz -C src big

# --- many at once ---

cat >"$T/each.py" <<'PYTHON'
# each.py TABLE JSON ROW...: a row is BUNDLE:STATUS:FILES:BYTES
import json, re, sys
rows = [r.split(":") for r in sys.argv[3:]]
lines = open(sys.argv[1]).read().splitlines()
assert lines[0].split() == ["STATUS", "FILES", "BYTES", "SECONDS", "BUNDLE"]
assert len(lines) == len(rows) + 1, lines
got = json.load(open(sys.argv[2]))
assert len(got) == len(rows), got
words = {0: "ok", 1: "failed", 2: "failed", 3: "limit", 4: "refused",
         5: "corrupt"}
for line, one, (bundle, status, files, size) in zip(lines[1:], got, rows):
    cells = line.split(None, 4)
    assert [cells[0], cells[1], cells[2], cells[4]] == [status, files, size,
        bundle], line
    assert re.fullmatch(r"\d+\.\d\d", cells[3]), line
    assert one["bundle"] == bundle and one["status"] == int(status), one
    assert one["verdict"] == words[int(status)], one
    assert ("message" in one) == (status != "0"), one
    assert 0 <= one["seconds"] < 600, one
    if status == "0":
        assert (one["files"], one["bytes"]) == (int(files), int(size)), one
PYTHON
# each STATUS DIR ROW...: --each, as a table and as JSON
each() {
	local status=$1 dir=$2 row
	local bundles=()

	shift 2
	for row; do
		bundles+=("${row%%:*}")
	done
	rm -rf "$dir"
	run "$status" "$X" extract --max-total 1MB --each "$dir" "${bundles[@]}"
	cp "$T/out" "$T/table"
	cp "$T/err" "$T/table.err"
	rm -rf "$dir"
	run "$status" "$X" extract --max-total 1MB --each "$dir" --json \
		"${bundles[@]}"
	diff "$T/err" "$T/table.err" || fail "other messages with --json"
	"$PY" "$T/each.py" "$T/table" "$T/out" "$@" || fail "the results of $*"
}
size=$(($(stat -c %s src/top/one) + $(stat -c %s src/top/sub/two)))
two=$(stat -c %s src/top/sub/two)
each 0 out "in/good.tar.xz:0:3:$size" "in/other.txz:0:1:$two"
silent_err() {
	[ ! -s "$T/err" ] || fail "a message: $(cat "$T/err")"
}
silent_err
same_tree src/top out/good/top
same_tree src/top/sub out/other/sub
(cd out && only good other)
# All of them are there already.
run 1 "$X" extract --each out in/good.tar.xz in/other.txz
says 'out/other: .*not empty'
run 0 "$X" extract --each out --replace in/good.tar.xz in/other.txz
silent_err
rm -r out
# One after a bad one is extracted all the same, and the largest status wins.
each 3 out in/big.tar.xz:3:0:0 "in/good.tar.xz:0:3:$size"
each 4 out in/text.tar.xz:4:0:0 "in/good.tar.xz:0:3:$size" in/big.tar.xz:3:0:0
each 5 out in/cut.tar.xz:5:0:0 in/link.tar.xz:4:0:0 in/missing.tar.xz:1:0:0 \
	"in/good.tar.xz:0:3:$size" in/big.tar.xz:3:0:0 in/text.tar.xz:4:0:0 \
	"in/other.txz:0:1:$two"
for name in cut link missing big text; do
	says "in/$name.tar.xz: "
done
says '5 of 7 bundles'
(cd out && only good other)
same_tree src/top out/good/top
rm -r out
for wrong in "-C x" "--manifest m" "--manifest -" "--manifest ./m" \
	"--manifest .xz"; do
	# shellcheck disable=SC2086 # the words of a command
	run 2 "$X" extract --each out $wrong in/good.tar.xz
	says -- --each
	[ ! -e out ] || fail "something with --each and $wrong"
done
# Two of a name: all are called by their paths, in any order.
mkdir in/a in/b
cp in/good.tar.xz in/a/x.tar.xz
cp in/other.txz in/b/x.txz
each 0 out "in/a/x.tar.xz:0:3:$size" "./in/b/x.txz:0:1:$two"
silent_err
same_tree src/top out/in/a/x/top
same_tree src/top/sub out/in/b/x/sub
(cd out && only in)
[ "$(stat -c %a out/in/a)" = "$(stat -c %a out)" ] || fail "mode of out/in/a"
each 1 out in/../in/a/x.tar.xz:1:0:0 "in/b/x.txz:0:1:$two"
says "in/\.\./in/a/x.tar.xz: .*'\.\.'"
each 1 out "in/b/x.txz:0:1:$two" in/../in/a/x.tar.xz:1:0:0
each 1 out "in/good.tar.xz:0:3:$size" ./in/good.tar.xz:1:0:0
says '\./in/good.tar.xz: would go to out/in/good, as in/good.tar.xz does'
each 1 out in/good:1:0:0 "in/good.tar.xz:0:3:$size"
says 'in/good: has no .tar.xz .*rename it'
# Nobody's symlink is followed.
rm -r out
mkdir out elsewhere
ln -s ../elsewhere out/in
run 1 "$X" extract --each out in/a/x.tar.xz in/b/x.txz
says 'in/a/x.tar.xz: out/in: '
rmdir elsewhere || fail "through a symlink"
rm -r in/a in/b out
# Who forgets --each is told of it.
run 1 "$X" extract in/good.tar.xz -C out in/other.txz
says "'in/other.txz': no such member; .*; to extract several .* --each DIR$"
for member in in/none.txz in; do
	run 1 "$X" extract in/good.tar.xz -C out $member
	says 'no such member'
	! grep -q -- --each "$T/err" || fail "--each for $member"
done
[ ! -e out ] || fail "something without such members"
echo file >file
run 1 "$X" extract --each file in/good.tar.xz
says 'file'
[ "$(cat file)" = file ] || fail "--each to a file"
rm file
only src in

# --- manifests ---

run 0 "$X" extract --links in-tree --manifest sums in/link.tar.xz -C out
silent
same_tree src/top/sub out/top/sub
(cd out && sha256sum -c --strict --quiet ../sums) || fail "sha256sum -c"
[ "$(grep -vc '^#' sums)" -eq 3 ] || fail "the manifest: $(cat sums)"
echo more >>out/top/one
! (cd out && sha256sum -c --strict --quiet ../sums >/dev/null 2>&1) ||
	fail "a manifest that any file passes"
rm -r out
# Names that are escaped, and a hard link.
mkdir odd
echo a >$'odd/new\nline'
echo b >'odd/back\slash'
echo c >odd/hard
ln odd/hard odd/link
echo d >$'odd/caf\xe9'
echo e >$'odd/del\x7f'
run 0 "$X" create "${FAST[@]}" -o odd.tar.xz odd
rm sums
for name in sums sums.json; do
	run 0 "$X" extract --names any --links in-tree --manifest $name \
		odd.tar.xz -C out
	same_tree odd out/odd
	[ $name != sums ] || (cd out && sha256sum -c --strict --quiet ../sums) ||
		fail "sha256sum -c of odd names"
	[ $name != sums ] || [ "$(grep -vc '^#' sums)" -eq 6 ] ||
		fail "the manifest: $(cat sums)"
	rm -r out
	# It replaces nothing but an empty file, and the bundle never.
	run 1 "$X" extract --manifest $name in/good.tar.xz -C out
	says "^xzbundle: $name: exists"
	cp in/good.tar.xz copy.tar.xz
	run 2 "$X" extract --manifest copy.tar.xz copy.tar.xz -C out
	says 'copy.tar.xz: is the bundle'
	run 2 "$X" extract --replace --manifest copy.tar.xz copy.tar.xz -C out
	cmp copy.tar.xz in/good.tar.xz
	run 2 "$X" extract --manifest out copy.tar.xz -C ./out
	says '^xzbundle: out: is where'
	[ ! -e out ] || fail "something is left"
	rm copy.tar.xz
done
: >empty
run 0 "$X" extract --manifest empty in/good.tar.xz -C out
[ -s empty ] || fail "no manifest where an empty file was"
rm -r out empty
"$PY" - <<'PYTHON' || fail "the manifest as JSON"
import hashlib, json, os
m = json.load(open("sums.json"))
assert m["format"] == "xzbundle-manifest" and m["version"] == 1
got = {}
for f in m["files"]:
    name = bytes.fromhex(f["name_hex"]) if "name_hex" in f else \
        f["name"].encode()
    got[name] = (f["bytes"], f["sha256"])
want = {}
for name in os.listdir(b"odd"):
    data = open(b"odd/" + name, "rb").read()
    want[b"odd/" + name] = (len(data), hashlib.sha256(data).hexdigest())
assert got == want, got
PYTHON
rm -r odd odd.tar.xz
# All or nothing: the tree and its manifest.
echo before >sums
for bundle in in/cut.tar.xz in/link.tar.xz in/missing.tar.xz; do
	"$X" extract --manifest sums "$bundle" -C out >"$T/out" 2>"$T/err" &&
		fail "$bundle was extracted"
	[ ! -e out ] || fail "a tree of $bundle"
	[ "$(cat sums)" = before ] || fail "a manifest of $bundle"
done
run 1 "$X" extract --manifest missing/sums in/good.tar.xz -C out
says 'missing: '
[ ! -e out ] || fail "a tree without its manifest"
rm sums sums.json
only src in
# Of each of several: beside its directory, and as above there with it.
run 4 "$X" extract --each out --manifest .sha256 in/good.tar.xz in/link.tar.xz \
	in/other.txz
(cd out && only good good.sha256 other other.sha256)
for name in good other; do
	(cd out/$name && sha256sum -c --strict --quiet ../$name.sha256) ||
		fail "sha256sum -c of $name"
done
[ "$(grep -vc '^#' out/good.sha256)" -eq 3 ] || fail "out/good.sha256"
mkdir -p out/in.json
cp in/good.tar.xz in/in.tar.xz
run 1 "$X" extract --each out --replace --manifest .json ./in/good.tar.xz \
	in/in.tar.xz
says 'out/in.json: is a directory'
(cd out && only good good.sha256 other other.sha256 good.json in.json)
"$PY" -c 'import json
assert len(json.load(open("out/good.json"))["files"]) == 3' ||
	fail "out/good.json"
rm -r out in/in.tar.xz
only src in
# A stream gets it after the tree, or nothing.
run 0 "$X" extract --manifest - in/good.tar.xz -C out
(cd out && sha256sum -c --strict --quiet "$T/out") || fail "--manifest -"
run 1 "$X" extract --into --manifest - in/good.tar.xz -C out
says 'exists; nothing was extracted'
[ ! -s "$T/out" ] || fail "a manifest of what was not extracted"
rm -r out
run 1 "$X" extract --manifest /dev/full in/good.tar.xz -C out
says '/dev/full: .*; out is in place'
[ -n "$(ls out)" ] || fail "no tree, but the error says so"
rm -r out

# --- JSON of one ---

run 0 "$X" extract --json in/good.tar.xz -C out
"$PY" - "$T/out" "$size" "$(stat -c %s in/good.tar.xz)" <<'PYTHON' ||
import json, sys
got, size = json.load(open(sys.argv[1])), int(sys.argv[2])
assert set(got) == {"bundle", "destination", "status", "verdict",
    "file_bytes", "files", "directories", "links", "bytes",
    "attributes_dropped", "limits", "sandbox", "seconds"}, set(got)
assert got["bundle"] == "in/good.tar.xz" and got["destination"] == "out"
assert (got["status"], got["verdict"]) == (0, "ok")
assert (got["files"], got["directories"], got["links"]) == (3, 2, 0)
assert got["bytes"] == size and got["file_bytes"] == int(sys.argv[3])
assert got["limits"]["max-total"] == {"value": size, "limit": 8000000000,
    "used": float("%.6g" % (size / 8e9))}, got["limits"]
assert got["limits"]["max-bundle"] == {"value": int(sys.argv[3])}
assert set(got["limits"]) == {"memlimit"} | {"max-" + k for k in ("total",
    "member", "members", "depth", "path", "component", "pax", "ratio", "time",
    "bundle")}
sandbox = got["sandbox"]
assert sandbox.pop("landlock_abi") >= 1
assert len(sandbox) >= 6 and all(v is True for v in sandbox.values()), sandbox
PYTHON
	fail "the JSON of extract"
rm -r out
for row in cut:5:corrupt link:4:refused big:3:limit missing:1:failed; do
	IFS=: read -r name status verdict <<<"$row"
	run "$status" "$X" extract --json --max-total 1MB "in/$name.tar.xz" -C out
	says "in/$name.tar.xz: "
	"$PY" -c 'import json, sys
got = json.load(open(sys.argv[1]))
assert got["status"] == int(sys.argv[2]) and got["verdict"] == sys.argv[3]
assert got["message"] and not got["message"].startswith("in/")
assert len(got["sandbox"]) >= 7' "$T/out" "$status" "$verdict" ||
		fail "the JSON of $name: $(cat "$T/out")"
	[ ! -e out ] || fail "$name leaves something"
done

# --- what list shows, and nothing else reads ---

"$PY" - <<'PYTHON'
import io, tarfile
with tarfile.open("dots.tar.xz", "w:xz") as tar:
    for name in ("d/ok", "../evil"):
        tar.addfile(tarfile.TarInfo(name), io.BytesIO())
PYTHON
run 0 "$X" list dots.tar.xz
grep -q '\.\./evil' "$T/out" || fail "list shows no ../evil"
for command in "cat dots.tar.xz ../evil" "extract -C out dots.tar.xz ../evil"; do
	# shellcheck disable=SC2086 # the words of a command
	run 4 "$X" $command
	says "\.\./evil: '\.\.' in the name; refused"
done
rm dots.tar.xz

# --- stopped by a signal ---

"$PY" - <<'PYTHON'
import tarfile
class Zeros:
    def read(self, n):
        return bytes(n)
with tarfile.open("in/zeros.tar.xz", "w:xz", preset=0,
                  format=tarfile.USTAR_FORMAT) as tar:
    one = tarfile.TarInfo("zeros")
    one.size = 400000000
    tar.addfile(one, Zeros())
PYTHON
# await COMMAND...: wait for it, 20 seconds at most
await() {
	local _

	for _ in {1..1000}; do
		! "$@" 2>/dev/null || return 0
		sleep 0.02
	done
	fail "waited in vain for: $*"
}
# stop CONDITION... -- COMMAND...: TERM to the command when the condition holds
stop() {
	local condition=() pid status=0

	while [ "$1" != -- ]; do
		condition+=("$1")
		shift
	done
	shift
	: >"$T/err"
	[ ! -f "$T/out" ] || : >"$T/out"
	"$@" >"$T/out" 2>"$T/err" </dev/null &
	pid=$!
	await "${condition[@]}"
	kill -s TERM "$pid" || fail "ended too soon: $*"
	wait "$pid" || status=$?
	[ "$status" -eq 143 ] || fail "status $status after TERM from: $*"
}
# They print what they promise to print after an error.
for command in extract check; do
	stop test -s "$T/err" -- "$X" $command --json --progress always \
		in/zeros.tar.xz
	grep -q 'zeros.tar.xz: interrupted' "$T/err" || fail "$command: no message"
	"$PY" -c 'import json, sys
got = json.load(open(sys.argv[1]))
assert (got["status"], got["verdict"]) == (1, "failed")
assert got["message"] == "interrupted by a signal"' \
		"$T/out" || fail "the JSON of a $command that was stopped"
done
only src in
# What is done is told at once, and of the rest that it was not tried.
batch=("$X" extract --each out in/good.tar.xz in/zeros.tar.xz in/other.txz
	in/cut.tar.xz)
stop grep -q ' in/good.tar.xz' "$T/out" -- "${batch[@]}"
says '^xzbundle: in/zeros.tar.xz: interrupted'
says 'interrupted by a signal: 3 of 4 bundles were .*, 2 of them not tried$'
[ "$(awk '{ print $1, $2, $3, $5 }' "$T/out")" = "STATUS FILES BYTES BUNDLE
0 3 $size in/good.tar.xz
1 0 0 in/zeros.tar.xz
- 0 0 in/other.txz
- 0 0 in/cut.tar.xz" ] || fail "the table: $(cat "$T/out")"
same_tree src/top out/good/top
(cd out && only good)
rm -r out
stop test -d out/good -- "${batch[@]}" --json
says '3 of 4 bundles were .*, 2 of them not tried$'
"$PY" -c 'import json, sys
got = json.load(open(sys.argv[1]))
assert [(x["bundle"], x["status"], x["verdict"]) for x in got] == [
    ("in/good.tar.xz", 0, "ok"), ("in/zeros.tar.xz", 1, "failed"),
    ("in/other.txz", None, "not tried"), ("in/cut.tar.xz", None, "not tried")]
assert got[2]["destination"] == "out/other" and "files" not in got[2]' \
	"$T/out" || fail "the JSON of a batch that was stopped"
rm -r out
# A full pipe: it is waited for, and given up a second after the signal unless
# somebody reads.
mkfifo full
exec 9<>full
for reader in no yes; do
	dd if=/dev/zero of=full oflag=nonblock bs=4096 2>/dev/null || true
	"${batch[@]}" >full 2>"$T/err" 9<&- &
	pid=$!
	sleep 1
	kill -s TERM "$pid"
	[ $reader = no ] ||
		dd if=full iflag=nonblock bs=1048576 count=1 >/dev/null 2>&1
	for _ in {1..100}; do
		kill -0 "$pid" 2>/dev/null || break
		sleep 0.1
	done
	! kill -s KILL "$pid" 2>/dev/null || fail "it waits for a reader"
	status=0
	wait "$pid" || status=$?
	[ "$status" -eq 143 ] || fail "status $status with a full pipe"
	says '4 of 4 bundles were .*, 4 of them not tried$'
	[ $reader = yes ] || says 'the report .* nobody reads it'
	dd if=full iflag=nonblock bs=65536 2>/dev/null >"$T/out" || true
	[ $reader = no ] || [ "$(grep -c '^     -' "$T/out")" -eq 4 ] ||
		fail "not all was written: $(cat "$T/out")"
done
exec 9<&-
rm full
rmdir out
only src in

# --- files to look at ---

mkdir look
"$PY" - <<'PYTHON'
import pickle, struct, zipfile
pickle.dump({"a": [1, 2.5]}, open("look/data.bin", "wb"), 2)
with zipfile.ZipFile("look/model.pt", "w") as z:
    z.writestr("model/data.pkl", pickle.dumps({"w": 1}, 2))
    z.writestr("model/version", "3\n")
with zipfile.ZipFile("look/second.zip", "w") as z:
    z.writestr("model/version", "3\n")
    z.writestr("model/data.pkl", pickle.dumps({"w": 1}, 2))
head = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }".ljust(117)
with zipfile.ZipFile("look/o.npz", "w") as z:
    with z.open("a.npy", "w", force_zip64=True) as f:
        f.write(b"\x93NUMPY\1\0\x76\0" + head + b"\n" +
            pickle.dumps([[]], 4))
open("look/weights", "wb").write(b"\x7fELF\2\1\1" + bytes(9) +
    struct.pack("<HHI", 3, 62, 1) + bytes(100))
open("look/run.txt", "w").write("#!/bin/sh\necho hello\n")
open("look/plain.txt", "w").write("nothing to see\n")
PYTHON
echo 'import os' >look/setup.py
echo 'echo x' >look/TRAIN.SH
gzip -c look/plain.txt >look/gz.pkl.gz
mkdir look/.git
for name in x.bat a.joblib m.h5 m.keras m.ckpt x.jar wheel.whl .git/config \
	.bashrc -rf; do
	echo text >"look/$name"
done
run 0 "$X" create "${FAST[@]}" -o look.tar.xz look
run 0 "$X" check look.tar.xz
silent
run 0 "$X" check -v look.tar.xz
[ ! -s "$T/err" ] || fail "check -v: $(cat "$T/err")"
for row in data.bin:pickle model.pt:pickle weights:ELF run.txt:script \
	setup.py:Python TRAIN.SH:shell x.bat:shell gz.pkl.gz:pickle \
	a.joblib:pickle m.h5:container m.keras:container m.ckpt:container \
	x.jar:package wheel.whl:package .git/config:hidden .bashrc:hidden \
	-rf:option second.zip:PyTorch o.npz:objects; do
	grep -qiE "^note  look/${row%:*}  .*${row#*:}" "$T/out" ||
		fail "no note on ${row%:*}: $(cat "$T/out")"
done
[ "$(grep -c . "$T/out")" -eq 19 ] || fail "check -v: $(cat "$T/out")"
run 0 "$X" check -v --json look.tar.xz
"$PY" - "$T/out" <<'PYTHON' || fail "findings as JSON: $(cat "$T/out")"
import json, sys
got = json.load(open(sys.argv[1]))
assert got["status"] == 0 and got["violations"] == []
kinds = {f["member"][5:]: f["kind"] for f in got["findings"]}
assert kinds == {"data.bin": "pickle", "model.pt": "torch-zip",
    "run.txt": "script", "weights": "elf", "setup.py": "python",
    "TRAIN.SH": "shell", "x.bat": "shell", "gz.pkl.gz": "pickle",
    "a.joblib": "pickle", "m.h5": "container", "m.keras": "container",
    "m.ckpt": "container", "x.jar": "package", "wheel.whl": "package",
    ".git/config": "hidden", ".bashrc": "hidden", "-rf": "dash",
    "second.zip": "torch-zip", "o.npz": "npy-object"}, kinds
assert all(f["message"] for f in got["findings"])
assert (got["findings_total"], got["violations_total"]) == (19, 0)
PYTHON
rm -r look look.tar.xz

# --- the sandbox ---

for tmp in "$T/w" ""; do
	run 0 env TMPDIR="$tmp" "$X" --self-test
	[ ! -s "$T/err" ] || fail "--self-test: $(cat "$T/err")"
	! grep -q ALLOWED "$T/out" || fail "allowed: $(cat "$T/out")"
	n=$(tail -n 1 "$T/out" | sed -nE \
		's/^([0-9]+) forbidden calls, \1 refused$/\1/p')
	[ "${n:-0}" -gt 60 ] || fail "--self-test: $(tail -n 1 "$T/out")"
	[ "$(wc -l <"$T/out")" -eq $((n + 1)) ] || fail "lines of --self-test"
	for call in openat openat2 mkdirat execve socket ptrace symlinkat; do
		grep -q "^$call" "$T/out" || fail "--self-test without $call"
	done
done
run 1 env TMPDIR=/nonexistent "$X" --self-test
says nonexistent
only src in
