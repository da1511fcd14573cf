#!/bin/bash
# Runs the examples of xzbundle(1), and holds its options to those of --help.
#
# usage: XZBUNDLE=PROGRAM MKDEMO=PROGRAM SRCDIR=DIR tests/cli/90-man.sh
#
# An example is a ".Dl $ ..." line of the section EXAMPLES.  They run
# in order in one directory that holds submission/.
#
# Exit status: 0 all is well, 1 something is not, 77 skipped.
#
# SPDX-License-Identifier: BSD-2-Clause
set -euo pipefail
export LC_ALL=C
unset XZ_OPT XZ_DEFAULTS SOURCE_DATE_EPOCH

: "${XZBUNDLE:?the program}" "${MKDEMO:?the maker of a submission}"
: "${SRCDIR:?the top of the source tree}"
if [ -n "${XZBUNDLE_TEST_SANITIZERS-}" ]; then
	echo "90-man: skip: with sanitizers only in contrib/check --full"
	exit 77
fi
program=$(realpath "$XZBUNDLE")
mkdemo=$(realpath "$MKDEMO")
page=$(realpath "$SRCDIR/man/xzbundle.1")
failures=0

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"

fail() {
	printf '90-man: %s\n' "$*" >&2
	failures=$((failures + 1))
}

make_submission() {
	"$mkdemo" demo >/dev/null
	mkdir -p work/submission/code
	cp demo/train_gpt.py demo/config.json work/submission
	cp demo/ternary.safetensors work/submission/model.safetensors
	cp demo/eval.py work/submission/code/util.py
}

# Print the example commands, with the roff escapes taken out.
examples() {
	sed -n '/^\.Sh EXAMPLES$/,/^\.Sh SEE ALSO$/s/^\.Dl \$ //p' "$page" |
		sed -e "s/\\\\(aq/'/g" -e 's/\\(dq/"/g' -e 's/\\&//g' \
			-e 's/\\-/-/g' -e 's/\\e/\\/g'
}

run_examples() {
	local command commands=() status

	mapfile -t commands < <(examples)
	[ ${#commands[@]} -ge 10 ] ||
		fail "only ${#commands[@]} examples found in the page"
	mkdir bin
	# A wrapper, since a program that libtool made has to stay in place.
	printf '#!/bin/sh\nexec "%s" "$@"\n' "$program" >bin/xzbundle
	chmod +x bin/xzbundle
	for command in "${commands[@]}"; do
		status=0
		(cd work && PATH=$scratch/bin:$PATH exec bash -o pipefail \
			-c "$command") >out 2>err </dev/null || status=$?
		[ "$status" -eq 0 ] && continue
		fail "status $status from: $command"
		cat err >&2
	done
}

# What the text of the page says will be there afterwards.
check_results() {
	local name

	cmp work/submission/model.safetensors \
		work/out/submission/model.safetensors ||
		fail "the extracted model differs"
	cmp work/submission/code/util.py work/code/submission/code/util.py ||
		fail "the extracted member differs"
	[ "$(find work/code -type f | wc -l)" -eq 1 ] ||
		fail "extracting one member made other files"
	for name in submission best; do
		cmp work/submission/model.safetensors \
			"work/runs/$name/submission/model.safetensors" ||
			fail "--each did not extract $name"
	done
	for name in unpacked/submission/model unpacked model; do
		cmp work/submission/model.safetensors \
			"work/$name.safetensors" || fail "$name differs"
	done
	for name in packed forced; do
		[ "$(stat -c %s "work/$name.safetensors")" -lt \
			"$(stat -c %s work/submission/model.safetensors)" ] ||
			fail "$name.safetensors is no smaller"
	done
	grep -q '^def load' work/submission/loader.py ||
		fail "no load() in the loader"
	grep -q '</html>' work/submission.html || fail "no page of report"
	grep -q '</html>' work/compare.html || fail "no page of compare"
	grep -q '</svg>' work/submission.svg || fail "no picture of report"
	grep -q '"verdict": "ok"' work/verdict.json ||
		fail "no verdict in the JSON of check"
	xz -t work/pinned.tar.xz work/any.tar.xz ||
		fail "xz does not accept the bundles"
}

compare_options() {
	local option

	"$program" --help >help || fail "status $? from --help"
	grep -oE -e '--[a-z][a-z-]*' help | sort -u >in-help || true
	# A macro line may have several flags: Fl -json | Fl -tsv
	grep -oE -e 'Fl -[a-z][a-z-]*' "$page" | sed 's/^Fl /-/' |
		sort -u >in-page || true
	[ -s in-help ] || fail "--help names no options"
	while read -r option; do
		fail "$option is in --help and not in the page"
	done < <(comm -23 in-help in-page)
	while read -r option; do
		fail "$option is in the page and not in --help"
	done < <(comm -13 in-help in-page)
}

make_submission
run_examples
check_results
compare_options
[ "$failures" -eq 0 ]
