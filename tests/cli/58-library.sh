#!/bin/bash
# The library: a program that uses it, linked with what the program is linked
# with; and with XZBUNDLE_TEST_BIG=1 a library that was installed, by its header
# and its pkg-config file alone.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

: "${SAMPLE:?the program that uses the library}"
sample=$(realpath "$SAMPLE")
mkdir -p d/sub
text 20000 1 d/text
bytes 5000 2 d/sub/bytes
echo x >'d/a:b'

# try PROGRAM: it does all that it has to, and comes to what xzbundle does.
try() {
	rm -rf out x.tar.xz
	run 0 "$1" d x.tar.xz out
	[ ! -s "$T/err" ] || fail "$(cat "$T/err")"
	same_tree d out/d
	run 0 "$X" create --effort fast -o y.tar.xz d
	"$X" list --tsv y.tar.xz | awk -F '\t' -v OFS='\t' \
		'$1 == "member" { print $2, $3, $4, $5 }' >"$T/list"
	"$1" d z.tar.xz out2 >"$T/listed"
	cmp "$T/list" "$T/listed" || fail "$1: another list"
	rm -rf out2 z.tar.xz
}

try "$sample"

[ "${XZBUNDLE_TEST_BIG-}" = 1 ] ||
	{ echo "not installed without XZBUNDLE_TEST_BIG=1"; exit 0; }
not_with_sanitizers
need gcc make nm pkg-config

prefix=$T/prefix
mkdir "$T/build"
(
	cd "$T/build"
	"$(realpath "$SRCDIR")/configure" -q --enable-library \
		--prefix="$prefix"
	make -s -j2 libxzbundle.la
	make -s install-libLTLIBRARIES install-includeHEADERS \
		install-nodist_pkgconfigDATA
) >"$T/log" 2>&1 || { tail "$T/log"; fail "no library"; }

export PKG_CONFIG_PATH=$prefix/lib/pkgconfig LD_LIBRARY_PATH=$prefix/lib
read -ra flags < <(pkg-config --cflags --libs xzbundle)
gcc -std=c99 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror -pedantic \
	"$SRCDIR/tests/api/sample.c" -o "$T/sample" \
	"${flags[@]}" || fail "it does not compile"
[ "$(pkg-config --libs-only-l xzbundle | tr -d ' ')" = -lxzbundle ] ||
	fail "others are linked with what is ours: $(pkg-config --libs xzbundle)"
echo '#include <xzbundle.h>' |
	gcc -x c++ -fsyntax-only -Wall -Wextra -Werror -pedantic - \
		"${flags[0]}" 2>"$T/err" ||
	! command -v g++ >/dev/null || fail "not for C++: $(cat "$T/err")"
try "$T/sample"

# What the header declares is there, and nothing else.
nm -D --defined-only "$prefix/lib/libxzbundle.so" | awk '{ print $3 }' |
	LC_ALL=C sort >"$T/have"
grep -oE '\<xzbundle_[a-z]+\(' "$prefix/include/xzbundle.h" | tr -d '(' |
	LC_ALL=C sort -u >"$T/want"
diff "$T/want" "$T/have" || fail "other symbols than those of the header"
[ "$(find "$prefix/lib" -name 'libxzbundle.so.0')" ] || fail "no soname"
