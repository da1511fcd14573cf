#!/bin/bash
# Help, versions and command lines that make no sense.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

mkdir d
echo x >d/x
run 0 "$X" create -o b.tar.xz d

# help ARGUMENT...: help on stdout, of lines that fit on a terminal
help() {
	run 0 "$X" "$@"
	[ -s "$T/out" ] || fail "$*: nothing on stdout"
	[ ! -s "$T/err" ] || fail "$*: something on stderr"
	wide=$(awk 'length > 80' "$T/out")
	[ -z "$wide" ] || fail "$*: lines over 80 columns: $wide"
	if grep -q ' $' "$T/out"; then
		fail "$*: blanks at the end of a line"
	fi
}
help --help
help -h
help help
for command in create list report extract check cat pack unpack loader \
	completion help; do
	help --help
	grep -q "$command" "$T/out" || fail "--help does not name $command"
	help "$command" --help
	grep -q "$command" "$T/out" || fail "$command --help is not on it"
	help help "$command"
done
help --version
grep -q '^xzbundle [0-9]' "$T/out" || fail "--version: $(cat "$T/out")"
help -V
# As JSON, in both orders: a version for each library, or null without it.
for order in '--version --json' '--json --version' '-V --json'; do
	# shellcheck disable=SC2086 # two words
	help $order
	"$PY" - "$T/out" <<'END' || fail "$order: $(cat "$T/out")"
import json, re, sys
v = json.load(open(sys.argv[1]))
assert v.pop("format") == "xzbundle-version" and v.pop("version") == 1
assert {"program", "liblzma", "libarchive", "jansson", "zlib"} <= set(v)
assert all(re.match(r"[0-9]+[.][0-9]", t) for t in v.values() if t), v
codecs = {"zlib", "bzip2", "zstd", "brotli"}
assert codecs <= set(v) and all(v[k] for k in set(v) - codecs)
END
done

# usage ARGUMENT...: status 2, a message, nothing on stdout, nothing done
usage() {
	run 2 "$X" "$@"
	[ ! -s "$T/out" ] || fail "$*: something on stdout"
	says .
	only d b.tar.xz
}
usage
usage nonsense
usage ''
usage crea
usage creat
says "creat: no such command; did you mean 'create'"
usage help extarct
says "extarct: no such command; did you mean 'extract'"
usage frobnicate
says "frobnicate: no such command; see 'xzbundle help'"
usage --json
usage --nonsense
usage -Z
for command in create list report extract check cat; do
	usage "$command"
	usage "$command" --nonsense b.tar.xz x
	usage "$command" -Z b.tar.xz x
	usage "$command" -T
	usage "$command" --memlimit
	usage "$command" --progress=sometimes b.tar.xz x
	usage "$command" -T many b.tar.xz x
done
usage help nonsense
usage cat b.tar.xz
usage cat b.tar.xz d/x d/x
usage list b.tar.xz b.tar.xz
usage check b.tar.xz b.tar.xz
usage list --json=yes b.tar.xz
usage create -o
usage create -C
usage create -o b.tar.xz
usage create --keep-mtime=yes -o n d
# options of other commands
usage list -C d b.tar.xz
usage list --html x b.tar.xz
usage report --tsv b.tar.xz
usage report --blocks b.tar.xz
usage report --limit many b.tar.xz
usage report b.tar.xz b.tar.xz
usage check --tsv b.tar.xz
usage extract --limit 1 b.tar.xz
usage extract --into --replace b.tar.xz -C n
usage extract --replace --into b.tar.xz -C n
usage cat -o x b.tar.xz d/x
usage pack
usage pack d/x
usage pack d/x d/x -o n
usage pack --packing d/x -o n
usage pack --packing x=zip d/x -o n
usage pack --shape 1 d/x -o n
usage pack --limit 1 d/x -o n
usage create --raw -o n d
usage unpack
usage unpack d/x
usage unpack d/x d/x -o n
usage unpack -T 1 d/x -o n
usage unpack --max-ratio 1 d/x -o n

# After -- there are no options; before, they may stand anywhere.
echo dash >--json
run 0 "$X" create -o n -- --json
[ "$(tar -tf n --xz)" = --json ] || fail "a PATH after --"
rm -- n --json
run 0 "$X" list b.tar.xz --json
run 0 "$X" create d -o n -T 1
cmp n b.tar.xz || fail "options after the PATH"
rm n

# Other errors say who speaks, on stderr alone.
for command in list check "extract -C out"; do
	# shellcheck disable=SC2086 # the words of a command
	run 1 "$X" $command missing.tar.xz
	[ ! -s "$T/out" ] || fail "$command: something on stdout"
	says '^xzbundle: missing.tar.xz: .'
	# shellcheck disable=SC2086 # the words of a command
	run 1 "$X" $command d
	says '^xzbundle: d: .'
done
run 1 "$X" check -
says 'standard input is not read'
run 1 "$X" cat missing.tar.xz x
says '^xzbundle: missing.tar.xz: .'
# Progress is for terminals.
run 0 "$X" check --progress never b.tar.xz
silent
run 0 "$X" check b.tar.xz
silent
run 0 "$X" check --progress always b.tar.xz
[ ! -s "$T/out" ] || fail "progress on stdout"
only d b.tar.xz
