#!/bin/bash
# Where the planner cuts: weights in a zip stand alone, their headers go with
# what is small; ternary tensors go on across their scales.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

cat >"$T/make.py" <<'END'
import json, random, struct, sys, zipfile
random.seed(7)

def bytes_of(n, values):
    return bytes(random.choices(values, k=n))

def floats(n):
    return b"".join(struct.pack("<f", random.gauss(1, .01)) for _ in range(n))

# Torch stores its tensors like that, without types.
levels = [v % 256 for v in range(-12, 13)]
with zipfile.ZipFile("w.pt", "w", zipfile.ZIP_STORED) as z:
    for i in range(4):
        z.writestr(zipfile.ZipInfo(f"m/data/{2 * i}"),
                   bytes_of(100000, levels))
        z.writestr(zipfile.ZipInfo(f"m/data/{2 * i + 1}"), floats(1000))

header, data = {}, b""
for i in range(3):
    for name, dtype, blob in ((f"w{i}", "I8", bytes_of(100000, [0, 1, 255])),
                              (f"s{i}", "F32", floats(250))):
        header[name] = {"dtype": dtype,
                        "shape": [len(blob) // (4 if dtype == "F32" else 1)],
                        "data_offsets": [len(data), len(data) + len(blob)]}
        data += blob
text = json.dumps(header).encode()
with open("w.safetensors", "wb") as f:
    f.write(struct.pack("<Q", len(text)) + text + data)
END
"$PY" "$T/make.py"

# The bytes of the segments that $1 makes of a file.
cuts() {
	run 0 "$X" create --plan-out plan.json -o b.tar.xz "$1"
	run 0 "$X" check b.tar.xz
	xz -dc b.tar.xz | tar -xO | cmp - "$1" || fail "$1 came back otherwise"
	rm b.tar.xz
	"$PY" -c 'import json; print(*[s["bytes"] for s in
	    json.load(open("plan.json"))["segments"]])'
}

n=$(cuts w.pt | tr ' ' '\n' | grep -cx 100000) || fail "no weights alone"
# The first may go with what is before it.
[ "$n" -ge 3 ] || fail "$n of 4 tensors of the zip stand alone"

cuts w.safetensors >sizes
[ "$(wc -w <sizes)" -le 3 ] || fail "ternary tensors apart: $(cat sizes)"
tr ' ' '\n' <sizes | awk '$1 >= 302000 { found = 1 } END { exit !found }' ||
	fail "ternary tensors are not one Block: $(cat sizes)"
