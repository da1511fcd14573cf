#!/bin/bash
# Names that readers compose, decompose or convert: what create wrote, and what
# other programs write, is read with the very bytes.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

# reads TREE BUNDLE [OPTION...]: all commands read the bundle of the tree, and
# see each name as it is there.
reads() {
	local tree=$1 bundle=$2 name

	shift 2
	run 0 "$X" check "$@" "$bundle"
	silent
	run 0 "$X" list --json "$bundle"
	"$PY" - "$tree" "$T/out" <<'EOF' || fail "list of $bundle"
import json, os, sys
tree, listed = sys.argv[1:]
with open(listed, encoding="utf-8") as f:
    got = {bytes.fromhex(m["name_hex"]) if "name_hex" in m else
           m["name"].encode() for m in json.load(f)["members"]}
want = {os.fsencode(tree)}
for folder, folders, files in os.walk(os.fsencode(tree)):
    want |= {os.path.join(folder, n) for n in folders + files}
assert got == want, (got - want, want - got)
EOF
	run 0 "$X" extract "$@" "$bundle" -C x
	LC_ALL=C same_tree "$tree" "x/$tree"
	rm -r x
	name=$(find "$tree" -type f | LC_ALL=C sort | tail -n 1)
	run 0 "$X" cat "$bundle" "$name"
	cmp "$T/out" "$name" || fail "cat of $name"
}

# The forms that a person may type on one system or another.
mkdir odd
strict=(
	$'e\u0301.txt'				# Latin, as Macs have it
	$'\u00e9.txt'
	$'a\u0323\u0302' $'a\u0302\u0323'	# marks in both orders
	$'\u1112\u1161\u11ab\u1100\u1173\u11af'	# Korean in letters
	$'\ud55c\uae00' $'\uac00\u11a8'		# and in syllables, and mixed
	$'\u212b' $'\u2126' $'\uf900'		# singletons
	$'\u0344' $'\u0958' $'\u09c7\u09be'	# never composed; Bengali
	$'\u30ab\u3099' $'\u05d0\u05b7' $'\u0e33'
	"$(printf 'e\u0301%.0s' {1..85})"	# 255 bytes
	"$(printf '\u1112\u1161%.0s' {1..42})"
	"$(printf 'n%.0s' {1..101})" "$(printf 'p%.0s' {1..255})"
	$'\U0001d157' $'\U0001d15f'
)
# With sanitizers a few of them do.
if [ -n "${XZBUNDLE_TEST_SANITIZERS-}" ]; then
	strict=("${strict[@]::4}")
fi
for name in "${strict[@]}"; do
	rm -rf odd
	mkdir -p "odd/d$name" 2>/dev/null || mkdir -p odd/d
	echo data >"odd/$name"
	[ ! -d "odd/d$name" ] || echo more >"odd/d$name/$name"
	run 0 "$X" create "${FAST[@]}" --strict -o odd.tar.xz odd
	reads odd odd.tar.xz
	rm odd.tar.xz
done
# And what is against the rules, or no UTF-8.
any=(
	$'caf\xe9' $'\xff\xfe' $'\xc0\xae' $'e\u0301\xff' $'\xed\xa0\x80'
	$'\xf4\x90\x80\x80' $'tab\te\u0301' $'\u200be\u0301' $'\ufb01e\u0301'
	$'\ue000' $'e\u0301 '
)
for name in "${any[@]}"; do
	rm -rf odd
	mkdir -p "odd/d$name"
	echo data >"odd/$name"
	echo more >"odd/d$name/$name"
	run 0 "$X" create "${FAST[@]}" -o odd.tar.xz odd
	reads odd odd.tar.xz --names any
	rm odd.tar.xz
done

# Of a pair of surrogates libarchive makes another name.
rm -rf odd
mkdir odd
echo x >$'odd/\xed\xa0\x80\xed\xb0\x80'
run 1 "$X" create "${FAST[@]}" -o odd.tar.xz odd
says 'a name that a tar header cannot hold as it is'
rm odd/*
ln -s $'\xed\xa0\x80\xed\xb0\x80' odd/link
run 1 "$X" create "${FAST[@]}" -o odd.tar.xz odd
says 'odd/link: a name that'

# Everything that is composed of others, each in a directory of its own.
rm -rf odd
"$PY" - <<'EOF'
import os, unicodedata
for c in range(0x80, 0x30000):
    form = unicodedata.normalize("NFD", chr(c))
    # One of 40 syllables of Korean is enough.
    if form == chr(c) or (0xac00 <= c < 0xd7a4 and c % 40):
        continue
    for name in form, "q" + chr(c) + "\u0323" + form:
        os.makedirs("odd/%x" % c, exist_ok=True)
        with open("odd/%x/%s" % (c, name), "w", encoding="ascii") as f:
            f.write("%x\n" % c)
EOF
run 0 "$X" create "${FAST[@]}" -o odd.tar.xz odd
reads odd odd.tar.xz --names any

# Written by others, with links to such names too.
rm -r odd
mkdir -p $'odd/d\u1112\u1161\u11ab'
echo x >$'odd/d\u1112\u1161\u11ab/e\u0301.txt'
ln -s $'e\u0301.txt' $'odd/d\u1112\u1161\u11ab/a\u030a'
ln $'odd/d\u1112\u1161\u11ab/e\u0301.txt' $'odd/\u212b'
# Headers have a long name's first 100 bytes, of which the last is a slash.
long=odd/$(printf 'n%.0s' {1..95})
mkdir "$long"
echo long >"$long/x"
run 0 "$X" create "${FAST[@]}" -o own.tar.xz odd
tar --format=pax -cJf gnu.tar.xz odd
tar --format=gnu -cJf long.tar.xz odd
"$PY" -c 'import tarfile
with tarfile.open("python.tar.xz", "w:xz", format=tarfile.PAX_FORMAT) as t:
    t.add("odd")'
for bundle in own gnu long python; do
	reads odd $bundle.tar.xz --links in-tree
	run 1 "$X" cat $bundle.tar.xz $'odd/\u00c5'
	run 1 "$X" cat $bundle.tar.xz $'odd/d\u1112\u1161\u11ab/\u00e9.txt'
done

# Two forms of a name are alike, though a file system has them both.
mkdir two
touch $'two/e\u0301' $'two/\u00e9'
run 4 "$X" create "${FAST[@]}" --strict -o two.tar.xz two
says 'may be taken for'
run 0 "$X" create "${FAST[@]}" -o two.tar.xz two
run 4 "$X" check two.tar.xz
says 'may be taken for'
reads two two.tar.xz --names any
