#!/bin/bash
# A submission: create, other programs, list, check, extract and cat.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

make_demo demo
# A megabyte does with sanitizers.
[ -z "${XZBUNDLE_TEST_SANITIZERS-}" ] ||
	rm demo/int6.safetensors demo/bf16.safetensors
run 0 "$X" create demo
silent
[ -f demo.tar.xz ] || fail "no demo.tar.xz by default"
only demo demo.tar.xz

judges demo.tar.xz demo

run 0 "$X" list demo.tar.xz
for file in demo/*; do
	grep -q " $file\$" "$T/out" || fail "the table lacks $file"
	run 0 "$X" cat demo.tar.xz "$file"
	cmp "$file" "$T/out" || fail "cat gives other bytes for $file"
	run 0 "$X" list demo.tar.xz
done
cp "$T/out" "$T/table"

run 0 "$X" check demo.tar.xz
silent
run 0 "$X" extract demo.tar.xz -C out
silent
same_tree demo out/demo

# The first table of a new bundle is the one that list prints.
run 0 "$X" create -v -o again.tar.xz demo
sed '/^$/,$d' "$T/out" | cmp - "$T/table" || fail "create -v and list print different tables"
cmp demo.tar.xz again.tar.xz || fail "two runs give different bundles"

# It is smaller than what everybody does.
tar -cf - demo | xz -9e >stock.tar.xz
[ "$(stat -c %s demo.tar.xz)" -lt "$(stat -c %s stock.tar.xz)" ] ||
	fail "larger than tar and xz -9e"

# Several PATHs need a name, and keep theirs.
run 2 "$X" create demo/config.json demo/README.md
run 0 "$X" create -o two.tar.xz demo/config.json demo/README.md
[ "$(tar -tf two.tar.xz)" = "config.json
README.md" ] || fail "the names in two.tar.xz"
run 0 "$X" create "${FAST[@]}" -o file.tar.xz demo/config.json
[ "$(tar -tf file.tar.xz)" = config.json ] || fail "the name of one file"
