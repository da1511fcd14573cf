#!/bin/bash
# The pages of report and compare in a browser, see tests/web/pages.py.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

need /usr/bin/chromium
not_with_sanitizers

make_demo demo
run 0 "$X" create "${FAST[@]}" -o demo.tar.xz demo
size=$(stat -c %s demo.tar.xz)
run 3 "$X" report --limit $((size / 2)) --html demo.html --json demo.tar.xz
cp "$T/out" demo.json
run 0 "$X" report --svg demo.svg demo.tar.xz

"$PY" - <<'END'
import io, tarfile
names = ["<script>document.title = 'ran'</script>",
         "\"><img src=x onerror=document.title='ran'>", "a'b\"c",
         "]]>--></style></script></svg><svg onload=document.title='ran'>",
         "tab\there", "line\nbreak", "esc\x1b[31m", "bidi\u202eevil",
         "zero\u200bwidth", "caf\u00e9", "\u6f22\u5b57", "&amp;&lt;&#60;",
         "back\\slash", " lead", "x" * 1000, "&" * 1000, "\u05e9\u05dc 123",
         "javascript:document.title='ran'", "not\udcffutf8",
         "\U0001f600" * 50]
with tarfile.open("hostile.tar.xz", "w:xz", format=tarfile.PAX_FORMAT) as tar:
    for i in range(1500):
        name = names[i % 20] if i < 20 else "d%d/%s" % (i, names[i % 20])
        data = b"%d" % i * (400 if i < 20 else i % 3)
        info = tarfile.TarInfo(name)
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
END
run 0 "$X" report --html hostile.html --json hostile.tar.xz
cp "$T/out" hostile.json

mkdir odd
"$PY" - <<'END'
import os
for name in (b"<script>document.title='ran'</script>"[:8], b"not\xffutf8",
             b"a&b;\x1b[31m", b"\"><img src=x>", b"plain.txt"):
    with open(os.path.join(b"odd", name), "wb") as f:
        f.write(name * 300)
END
few=(--codec zlib --codec xz-1 --codec xz-6 --codec bcj --codec packed)
tar -cf odd.tar odd
run 0 "$X" compare "${few[@]}" --html compare.html --json odd odd.tar
cp "$T/out" compare.json

PYTHONDONTWRITEBYTECODE=1 "$PY" "$SRCDIR/tests/web/pages.py" . ||
	fail "the pages"
