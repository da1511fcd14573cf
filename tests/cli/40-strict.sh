#!/bin/bash
# create says what extract would refuse, and with --strict refuses it itself.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

make=("$X" create "${FAST[@]}" -o b.tar.xz)

# warned REGEX [EXTRACT-OPTION...]: of the tree d, create warns, once, and
# makes it; extract refuses it, and takes it with the options; --strict makes
# nothing.
warned() {
	local regex=$1

	shift
	rm -f b.tar.xz
	run 0 "${make[@]}" "${create[@]}" d
	says "$regex"
	[ "$(grep -c . "$T/err")" -eq 1 ] || fail "not one line: $(cat "$T/err")"
	xz -t b.tar.xz
	run 4 "$X" extract b.tar.xz -C x
	[ ! -e x ] || fail "extract left something"
	if [ $# -gt 0 ]; then
		run 0 "$X" extract "$@" b.tar.xz -C x
		same_tree d x/d
		rm -rf x
	fi
	rm b.tar.xz
	run 4 "${make[@]}" --strict "${create[@]}" d
	says "${regex%%,*}"
	[ ! -e b.tar.xz ] || fail "--strict left a bundle"
}

create=()
mkdir d
echo x >d/x
run 0 "${make[@]}" --strict d
silent
run 0 "$X" extract b.tar.xz -C x
same_tree d x/d
rm -r x

ln -s x d/l
warned 'd/l: a symlink, .*--links in-tree$' --links in-tree
ln -s x d/m
ln -s x d/n
warned 'd/l: a symlink, .*and 2 more' --links in-tree
rm d/[lmn]
ln d/x d/y
warned 'd/y: a hard link, .*--links in-tree' --links in-tree
rm d/y
echo 1 >'d/a:b'
warned 'd/a:b: a colon.*--names any' --names any
rm 'd/a:b'
echo 1 >'d/what?'
echo 1 >'d/<a>'
warned 'd/<a>: one of < > .* in the name, .*and 1 more' --names any
rm 'd/what?' 'd/<a>'
printf '' >"d/$(printf 'caf\351')"
warned 'caf.xe9: .*UTF-8' --names any
rm d/caf*
echo 1 >d/X
warned "d/x.*may be taken for 'd/X'|d/X.*may be taken for 'd/x'" --names any
rm d/X
create=(--check none)
warned 'without checksums.*--allow-unchecked' --allow-unchecked
create=()

# A limit that extract has, too: status 3 there.
deep=d$(printf '/e%.0s' {1..64})
mkdir -p "$deep"
run 0 "${make[@]}" d
says 'd/e.*components.*--max-depth'
run 3 "$X" extract b.tar.xz -C x
run 0 "$X" extract --max-depth 65 b.tar.xz -C x
same_tree d x/d
run 4 "${make[@]}" --strict d
says 'd/e.*components.*--max-depth'
