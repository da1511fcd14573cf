#!/bin/bash
# Names of every kind, links, empty files and directories.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir -p all/plain/empty-dir
cd all/plain
: >empty
long=$(printf 'n%.0s' {1..140})
mkdir -p "$long/$long"
echo long >"$long/$long/$(printf 'f%.0s' {1..250})"
echo a >"$(printf 'g%.0s' {1..99})"
echo b >"$(printf 'h%.0s' {1..100})"
echo c >"$(printf 'i%.0s' {1..101})"
echo space >'a name with  spaces '
echo utf8 >'größe 重み 🎛'
echo dash >-rf
echo dots >..name
echo code >run.sh
chmod 755 run.sh
ln -s run.sh link
ln -s "$(printf 'i%.0s' {1..101})" link-long
ln -s nowhere dangling
ln run.sh hard
ln "$long/$long/$(printf 'f%.0s' {1..250})" hard-long
cd ../..

run 0 "$X" create -o plain.tar.xz -C all plain
# By default, neither a blank at a name's end nor links are accepted.
any=(--names any --links in-tree)
run 4 "$X" check plain.tar.xz
[ "$(cut -d ' ' -f 1 "$T/out" | sort | uniq -c | tr -s ' ' | tr '\n' ,)" = \
	" 1 trailing, 5 type," ] || fail "check lists $(cat "$T/out")"
run 4 "$X" check --names any plain.tar.xz
run 4 "$X" check --links in-tree plain.tar.xz
run 0 "$X" check "${any[@]}" plain.tar.xz
silent
judges plain.tar.xz all/plain
run 4 "$X" extract plain.tar.xz -C p
[ ! -e p ] || fail "something is left of what is refused"
run 0 "$X" extract "${any[@]}" plain.tar.xz -C p
same_tree all/plain p/plain
[ p/plain/hard -ef p/plain/run.sh ] || fail "the hard link is a copy"
run 0 "$X" list --tsv plain.tar.xz
grep -q "^member	plain/hard	file	" "$T/out" ||
	fail "the first of two hard links is a file"
grep -q "^member	plain/run.sh	hardlink	" "$T/out" ||
	fail "the second of two hard links is a hardlink"
grep -q "^member	plain/link	symlink	" "$T/out" || fail "no symlink"
grep -q "^member	plain/empty-dir	dir	" "$T/out" || fail "no dir"
run 0 "$X" cat plain.tar.xz plain/run.sh
[ "$(cat "$T/out")" = code ] || fail "cat of a hard link"

# What a terminal should not see, and what is not UTF-8.
mkdir all/odd
newline=$'new\nline'
escape=$'esc\e[31m\a\177'
latin=$'caf\xe9'
broken=$'\xff\xfe\x80'
for name in "$newline" "$escape" "$latin" "$broken" $'tab\there' 'back\x41'; do
	echo "$name" >"all/odd/$name"
done
ln -s "$latin" all/odd/to-latin
ln "all/odd/$latin" all/odd/hard-latin
run 0 "$X" create -o odd.tar.xz -C all odd
run 4 "$X" check --links in-tree odd.tar.xz
for rule in control utf8 backslash; do
	grep -q "^$rule  odd/" "$T/out" || fail "no name breaks the rule $rule"
done
run 0 "$X" check "${any[@]}" odd.tar.xz
mkdir gnu
LC_ALL=C tar -xf odd.tar.xz -C gnu
LC_ALL=C same_tree all/odd gnu/odd
run 0 "$X" extract "${any[@]}" odd.tar.xz -C o
LC_ALL=C same_tree all/odd o/odd
run 0 "$X" cat odd.tar.xz "odd/$latin"
cmp "$T/out" "all/odd/$latin" || fail "cat of a name that is not UTF-8"
run 0 env LC_ALL=C "$X" extract "${any[@]}" odd.tar.xz -C c \
	"odd/$broken"
cmp "all/odd/$broken" "c/odd/$broken" || fail "extract in the C locale"

# Names as list shows them.
for shown in 'odd/new\x0aline' 'odd/tab\x09here'; do
	run 0 "$X" cat odd.tar.xz "$shown"
	run 0 "$X" extract "${any[@]}" odd.tar.xz -C shown "$shown"
	[ "$(find shown -type f | wc -l)" -ge 1 ] || fail "$shown extracts none"
	rm -r shown
done

for format in "" --tsv; do
	run 0 "$X" list ${format:+"$format"} odd.tar.xz
	grep -qF 'new\x0aline' "$T/out" || fail "newline is not escaped"
	grep -qiF 'esc\x1b[31m\x07\x7f' "$T/out" || fail "ESC is not escaped"
	grep -qF 'tab\x09here' "$T/out" || fail "tab is not escaped"
	if LC_ALL=C grep -q $'[\e\a\177]' "$T/out"; then
		fail "control characters in the output of list $format"
	fi
done

# What nobody sees.
mkdir all/unseen
for name in $'train\xe3\x85\xa4.py' $'a\xef\xb8\x8f.py' $'no\xc2\xa0break' \
	$'dots\xe2\xa0\x80'; do
	: >"all/unseen/$name"
done
run 0 "$X" create -o unseen.tar.xz -C all unseen
says 'unseen/.*an invisible character.*--names any \(and 3 more\)$'
run 4 "$X" check unseen.tar.xz
[ "$(grep -c '^format  unseen/' "$T/out")" -eq 4 ] ||
	fail "not each of the unseen: $(cat "$T/out")"
run 0 "$X" check "${any[@]}" unseen.tar.xz
for format in "" --tsv; do
	run 0 "$X" list ${format:+"$format"} unseen.tar.xz
	for shown in 'train\xe3\x85\xa4.py' 'a\xef\xb8\x8f.py' \
		'no\xc2\xa0break' 'dots\xe2\xa0\x80'; do
		grep -qF "unseen/$shown" "$T/out" || fail "$shown is not shown"
	done
done

# What symlinks say is judged, too.
mkdir -p all/says/d
n=0
for text in '..\..\etc' $'\e[31m' a:b $'x\xe2\x80\xaey' con; do
	n=$((n + 1))
	ln -s "$text" "all/says/l$n"
done
ln -s ../d all/says/d/fine
run 0 "$X" create -o says.tar.xz -C all says
says "says/l3: a symlink's text: a colon in the name, .*--names any$"
run 4 "$X" check --links in-tree says.tar.xz
[ "$(cut -d ' ' -f 1-3 "$T/out" | tr '\n' ,)" = "$(printf '%s,' \
	'backslash  says/l1' 'control  says/l2' 'colon  says/l3' \
	'format  says/l4' 'device  says/l5')" ] ||
	fail "not each of the texts: $(cat "$T/out")"
run 0 "$X" check "${any[@]}" says.tar.xz

# A name that looks like a symlink, or a line of check, does not.
mkdir all/looks
echo arrow >'all/looks/a -> b'
echo '#!/bin/sh' >'all/looks/a  script '
ln -s 'a -> b' all/looks/a
run 0 "$X" create -o looks.tar.xz -C all looks
for shown in 'looks/a\x20-> b' 'looks/a\x20 script\x20' \
	'looks/a -> a\x20-> b'; do
	run 0 "$X" list looks.tar.xz
	grep -qF "  $shown" "$T/out" || fail "$shown is not in the table"
done
run 0 "$X" list --tsv looks.tar.xz
grep -qF '	looks/a\x20-> b	file' "$T/out" || fail "TSV: $(cat "$T/out")"
run 0 "$X" check -v "${any[@]}" looks.tar.xz
grep -q '^note  looks/a\\x20 script\\x20  [^ ]' "$T/out" ||
	fail "check -v: $(cat "$T/out")"
for given in 'looks/a\x20-> b' 'looks/a -> b'; do
	run 0 "$X" cat looks.tar.xz "$given"
	[ "$(cat "$T/out")" = arrow ] || fail "cat of $given"
done

run 0 "$X" list --json odd.tar.xz
"$PY" - "$T/out" "$broken" <<'END' || fail "the names in JSON"
import json, os, sys
members = json.load(open(sys.argv[1], encoding="utf-8"))["members"]
names = [m["name"] for m in members]
assert "odd/new\nline" in names and "odd/esc\x1b[31m\a\x7f" in names
want = (b"odd/" + os.fsencode(sys.argv[2])).hex()
assert want in [m.get("name_hex") for m in members]
END
