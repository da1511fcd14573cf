#!/bin/bash
# Every damage to a bundle is noticed.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir d
printf 'one\n' >d/one
printf '{"a": 1}\n' >d/two.json
seq 1 50 >d/three
bytes 600 1 d/four
run 0 "$X" create -o good.tar.xz d
judges good.tar.xz d

# Each cut, and each byte flipped in two ways, or every few of them: either check
# notices it, or extract gives the same tree.
step=5
[ -z "${XZBUNDLE_TEST_SANITIZERS-}" ] || step=17
[ "${XZBUNDLE_TEST_BIG:-0}" != 1 ] || step=1
cat >"$T/damage.py" <<'END'
import os, shutil, subprocess, sys
program, step = sys.argv[1], int(sys.argv[2])
good = open("good.tar.xz", "rb").read()

def tree(top):
    return {os.path.relpath(os.path.join(base, f), top):
            open(os.path.join(base, f), "rb").read()
            for base, _, files in os.walk(top) for f in files}

want = tree("d")
failed = []
statuses = {}

def judge(what, data):
    open("bad.tar.xz", "wb").write(data)
    run = subprocess.run([program, "check", "-T1", "bad.tar.xz"],
                         capture_output=True)
    statuses[run.returncode] = statuses.get(run.returncode, 0) + 1
    if run.returncode < 0 or run.returncode > 7:
        failed.append("%s: status %d" % (what, run.returncode))
    elif run.returncode > 0:
        if not run.stderr.startswith(b"xzbundle: "):
            failed.append("%s: no message" % what)
    else:
        shutil.rmtree("out", ignore_errors=True)
        run = subprocess.run([program, "extract", "bad.tar.xz", "-C", "out"])
        if run.returncode != 0 or tree("out/d") != want:
            failed.append("%s: not noticed" % what)
        shutil.rmtree("out", ignore_errors=True)

for n in range(0, len(good), step):
    judge("cut to %d bytes" % n, good[:n])
cut = dict(statuses)
if set(cut) != {5}:
    failed.append("statuses of cut files: %s" % cut)
for n in range(0, len(good), step):
    for mask in (0xFF, 1):
        bad = bytearray(good)
        bad[n] ^= mask
        judge("byte %d ^ %#x" % (n, mask), bytes(bad))
os.remove("bad.tar.xz")
print("%d bytes, statuses %s" % (len(good), statuses))
print(*failed[:20], sep="\n")
sys.exit(bool(failed))
END
"$PY" "$T/damage.py" "$X" "$step" || fail "damage is not noticed"

# bad STATUS FILE: from all that read the whole of it
bad() {
	local command

	for command in check "extract -C out"; do
		# shellcheck disable=SC2086 # the words of a command
		run "$1" "$X" $command "$2"
		says "$2: "
		[ ! -s "$T/out" ] || fail "$command $2 prints something"
		[ ! -e out ] || fail "$command $2 leaves something"
	done
}
# Something else is not a damaged bundle; nothing at all is one cut short.
: >empty.tar.xz
bad 5 empty.tar.xz
head -c 3000 /dev/zero >zeros.tar.xz
bytes 3000 2 noise.tar.xz
tar -cf plain.tar.xz d
gzip -c plain.tar.xz >gzip.tar.xz
for name in zeros noise plain gzip; do
	bad 4 "$name.tar.xz"
	says 'not a \.xz file'
done
for garbage in x xxxx xxxxxxxxxxxx; do
	{ cat good.tar.xz && printf %s "$garbage"; } >tail.tar.xz
	bad 5 tail.tar.xz
done
seq 1 400 | xz >text.tar.xz
bad 4 text.tar.xz
says 'holds no tar'
# Of less than a header it cannot be told.
echo 'not a tar at all, but xz' | xz >short.tar.xz
bad 5 short.tar.xz
for name in empty zeros plain text short; do
	status=4
	[[ $name != @(empty|short) ]] || status=5
	run $status "$X" list "$name.tar.xz"
	run $status "$X" cat "$name.tar.xz" d/one
done

# Damage after the tar's end marker, which most readers do not see.
tar --format=ustar --record-size=1M -cf late.tar d
xz -T2 --block-size=64KiB -c late.tar >late.tar.xz
run 0 "$X" check late.tar.xz
run 0 "$X" extract late.tar.xz -C late
same_tree d late/d
"$PY" - <<'END'
good = open("late.tar.xz", "rb").read()
index = good.rindex(b"YZ") - 10
size = 4 * (int.from_bytes(good[index + 4:index + 8], "little") + 1)
start = len(good) - 12 - size
bad = bytearray(good)
bad[start - 20] ^= 0x10
open("block.tar.xz", "wb").write(bad)
open("short.tar.xz", "wb").write(good[:start - 30])
END
bad 5 block.tar.xz
bad 5 short.tar.xz

# cat says nothing of a Block whose check is wrong, be it too large to hold.
mkdir long
truncate -s 20M long/zeros
truncate -s 4M zlast
tar --format=ustar -cf long.tar long zlast
xz -0 --check=crc32 -k long.tar
run 0 "$X" cat long.tar.xz long/zeros
[ "$(stat -c %s "$T/out")" -eq 20971520 ] || fail "cat of zeros"
"$PY" - <<'END'
bad = bytearray(open("long.tar.xz", "rb").read())
size = 4 * (int.from_bytes(bad[-8:-4], "little") + 1)
bad[-12 - size - 1] ^= 1
open("long.tar.xz", "wb").write(bad)
END
run 5 "$X" cat long.tar.xz long/zeros
[ ! -s "$T/out" ] || fail "cat prints what is damaged"
