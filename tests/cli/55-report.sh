#!/bin/bash
# report: its figures add up in every form, and its files are safe.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

cat >"$T/figures.py" <<'END'
# Hold the forms of a report to the file, to list and to each other.
import html.parser, json, os, re, sys
xz, text, js, page, svg, tsv = sys.argv[1:]
size = os.stat(xz).st_size
got = json.load(open(js))
assert (got["format"], got["version"]) == ("xzbundle-report", 1)
assert got["file_bytes"] == size
packed = lambda rows: sum(r["packed_bytes"] for r in got[rows])
assert packed("members") + got["container_bytes"] == size
assert packed("tensor_rows") + got["container_bytes"] == size
assert packed("block_rows") + got["blocks_container_bytes"] == size
assert sum(m["raw_bytes"] for m in got["members"]) == got["raw_bytes"]
assert sum(r["raw_bytes"] for r in got["tensor_rows"]) == got["original_bytes"]
assert got["tensors"] == sum(r["kind"] == "tensor" for r in got["tensor_rows"])
assert got["blocks"] == len(got["block_rows"])
of_member = {}
for r in got["tensor_rows"]:
    of_member.setdefault(r["member"], []).append(r["packed_bytes"])
for m in got["members"]:
    assert sum(of_member[m["name"]]) == m["packed_bytes"], m

# list has the same
rows = [l.split("\t") for l in open(tsv).read().splitlines()[1:]]
assert [int(r[4]) for r in rows[:-2]] == [m["packed_bytes"] for m in got["members"]]
assert int(rows[-2][4]) == got["container_bytes"] and int(rows[-1][4]) == size

# each table of the summary has a total, which is the sum of the rows above
lines = open(text).read().splitlines()
assert max(map(len, lines)) <= 80, max(lines, key=len)
sums, tables = [0, 0], 0
for line in lines:
    cells = line.split()
    if cells and cells[0] == "PACKED":
        sums, inside = [0, 0], True
    elif line.endswith("(total)"):
        assert [int(cells[0]), int(cells[2])] == sums, line
        assert sums[0] == size
        tables += 1
    elif tables < 3 and re.match(" *[0-9]+ +[0-9.]+ +[0-9]+ ", line):
        sums = [sums[0] + int(cells[0]), sums[1] + int(cells[2])]
assert tables == (3 if got["tensors"] else 2), tables

class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.map, self.tables = set(), set(), 0, []
        self.inside = self.heading = None
        self.headings = []
    def handle_starttag(self, tag, attributes):
        of = dict(attributes)
        self.tags.add(tag)
        self.attributes |= set(of)
        if tag == "svg" and "class" in of:
            self.inside = of["class"]
        if tag == "rect" and self.inside == "map broad" and "data-v" in of:
            self.map += int(of["data-v"])
        if tag == "tr":
            self.tables.append([])
        if tag == "td" and of.get("class") == "n" and self.tables:
            self.tables[-1].append(of.get("data-v"))
    handle_startendtag = handle_starttag
p = Page()
source = open(page, encoding="utf-8").read()
p.feed(source)
assert p.map == size, "the areas of the map: %d" % p.map
bad = {a for a in p.attributes if a.startswith("on") or a in
       ("style", "src", "href", "srcset", "action")}
assert not bad, bad
assert not p.tags & {"a", "img", "link", "iframe", "object", "base"}, p.tags
assert not re.search(r"https?:|url\(|@import", source)
picture = open(svg, encoding="utf-8").read()
assert picture.count("://") == 1
import xml.dom.minidom
xml.dom.minidom.parseString(picture.encode())
END

# figures FILE [OPTION...]: all forms of a report
figures() {
	run 0 "$X" report "$@"
	cp "$T/out" "$T/text"
	run 0 "$X" report --json --html page.html --svg map.svg "$@"
	cp "$T/out" "$T/json"
	[ ! -s "$T/err" ] || fail "$1: $(cat "$T/err")"
	run 0 "$X" list --tsv "$1"
	"$PY" "$T/figures.py" "$1" "$T/text" "$T/json" page.html map.svg \
		"$T/out" || fail "the figures of $1"
}

make_demo demo
: >demo/empty
mkdir demo/dir
run 0 "$X" create "${FAST[@]}" -o all.tar.xz demo
figures all.tar.xz
grep -q 'embed' page.html || fail "no tensor on the page"

# the same bytes with any number of threads
run 0 "$X" report -T 1 --html one.html --svg one.svg all.tar.xz
silent
cmp one.html page.html
cmp one.svg map.svg
run 0 "$X" create "${FAST[@]}" --packing '*=bits' -o packed.tar.xz \
	demo/ternary.safetensors
figures packed.tar.xz
grep -q 'Data, unpacked' page.html || fail "no original size on the page"
rm demo/*.safetensors
tar -cf - demo | xz -1 >stock.tar.xz
figures stock.tar.xz
run 0 "$X" create "${FAST[@]}" -o demo.tar.xz demo
size=$(stat -c %s demo.tar.xz)
run 0 "$X" report --html one.html --svg one.svg demo.tar.xz
mkdir none
run 0 "$X" create -o none.tar.xz none
figures none.tar.xz

# --limit: the report is written, and the status says it
run 0 "$X" report --limit "$size" demo.tar.xz
grep -q "^limit .* 0 left\$" "$T/out" || fail "no headroom: $(cat "$T/out")"
rm -f page.html
run 3 "$X" report --limit $((size - 1)) --json --html page.html demo.tar.xz
says "demo.tar.xz: $size bytes, 1 over the limit of $((size - 1))"
grep -q '"headroom_bytes": -1,' "$T/out" || fail "no headroom in the JSON"
grep -q 'class="alert">1 bytes too many' page.html ||
	fail "the page does not say that it is too much"
run 3 "$X" report --limit 1 demo.tar.xz
grep -q '^limit .* too many$' "$T/out" || fail "nothing is too many"

# where it goes
run 0 "$X" report --html - demo.tar.xz
cmp "$T/out" one.html
[ ! -s "$T/err" ] || fail "stderr: $(cat "$T/err")"
run 0 "$X" report --svg - demo.tar.xz
cmp "$T/out" one.svg
printf old >old.html
chmod 600 old.html
run 0 "$X" report --html old.html demo.tar.xz
cmp old.html one.html
for both in '--html - --svg -' '--json --html -' '--html x --svg ./x' \
	'--html demo.tar.xz' '--svg ./demo.tar.xz'; do
	# shellcheck disable=SC2086 # several words
	run 2 "$X" report $both demo.tar.xz
	says .
	[ ! -s "$T/out" ] || fail "$both: something on stdout"
	[ ! -e x ] || fail "$both: a file"
done
ln -s demo.tar.xz link.tar.xz
run 2 "$X" report --html link.tar.xz link.tar.xz
cmp -s demo.tar.xz link.tar.xz || fail "the link was replaced"

# all or nothing
printf old >old.html
for bad in '--html old.html --svg none/such/x' '--svg old.html --html /dev/full' \
	'--html old.html --svg /dev/full'; do
	# shellcheck disable=SC2086 # several words
	run 1 "$X" report $bad demo.tar.xz
	says .
	[ "$(cat old.html)" = old ] || fail "$bad: the old file is gone"
done
if [ -e /dev/full ]; then
	status=0
	"$X" report --json --html old.html demo.tar.xz >/dev/full \
		2>"$T/err" || status=$?
	[ $status -eq 1 ] || fail "status $status on a full disk"
	says 'standard output'
	[ "$(cat old.html)" = old ] || fail "the old file is gone"
fi
head -c 1000 demo.tar.xz >cut.tar.xz
run 5 "$X" report --html old.html cut.tar.xz
says cut.tar.xz
[ "$(cat old.html)" = old ] || fail "the old file is gone"
run 1 "$X" report none/such
if find . -maxdepth 1 -name '.*.html*' | grep .; then
	fail "a temporary file is left"
fi

# names that mean harm, and many of them
not_with_sanitizers
cat >"$T/hostile.py" <<'END'
import io, sys, tarfile
names = ["<script>document.title = 'ran'</script>",
         "\"><img src=x onerror=document.title='ran'>", "a'b\"c",
         "]]>--></style></script></svg>", "tab\there", "line\nbreak",
         "esc\x1b[31m", "bidi\u202eevil", "zero\u200bwidth", "caf\u00e9",
         "\u6f22\u5b57", "&amp;&lt;", "back\\slash", " lead", "x" * 1000,
         "&" * 1000, "\u05e9\u05dc 123", "javascript:alert(1)",
         "not\udcffutf8", "\U0001f600" * 50, "--json", "/abs", "-"]
with tarfile.open(sys.argv[1], "w:xz", format=tarfile.PAX_FORMAT,
                  preset=0) as tar:
    for i in range(int(sys.argv[2])):
        name = names[i % len(names)]
        data = b"%d" % i * (400 if i < len(names) else 1)
        info = tarfile.TarInfo(name if i < len(names) else
                               "d%d/%s" % (i, name))
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
END
"$PY" "$T/hostile.py" hostile.tar.xz 60
figures hostile.tar.xz
if grep -nE '<script>document|<img' page.html map.svg; then
	fail "a name is markup"
fi

# The same, by a writer that is quick.
cat >"$T/many.py" <<'END'
import lzma, sys
names = [b"<script>document.title = 'ran'</script>", b"\"'&&&&&&", b"a\nb\xff",
         "\u202e\u6f22".encode(), b"x" * 60]
head = b"0000644\0" + b"0000000\0" * 2
def member(i):
    name = b"d%d/%s" % (i, names[i % 5])
    h = (name.ljust(100, b"\0") + head + b"%011o\0" % 3 + bytes(11) + b"\0" +
         b" " * 8 + b"0" + bytes(100) + b"ustar\0" + b"00" + bytes(247))
    return (h[:148] + b"%06o\0 " % sum(h) + h[156:] + b"%03d" % (i % 1000) +
            bytes(509))
data = b"".join(map(member, range(int(sys.argv[2])))) + bytes(1024)
filters = [{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 20}]
open(sys.argv[1], "wb").write(lzma.compress(data, filters=filters))
END
many=20
[ "${XZBUNDLE_TEST_BIG:-0}" != 1 ] || many=100
"$PY" "$T/many.py" many.tar.xz ${many}000
figures many.tar.xz
grep -q ">$((many - 1)),000 more<" page.html || fail "the others are not summed up"
grep -q "The 1,000 largest of $many,000 " page.html || fail "it does not say so"
for file in page.html map.svg; do
	[ "$(stat -c %s "$file")" -lt 3000000 ] ||
		fail "$file has $(stat -c %s "$file") bytes"
done
