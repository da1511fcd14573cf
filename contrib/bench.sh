# shellcheck shell=bash
# What contrib/bench and contrib/bench-scale share; each sources this file.
#
# Who sources it sets `targets`, lines of a case (or *, for those that have no
# line), a measure and the most it may be, with tabs between.
#
# SPDX-License-Identifier: BSD-2-Clause
set -euo pipefail
export LC_ALL=C
unset XZ_OPT XZ_DEFAULTS TAR_OPTIONS

ME=$(basename "$0")
top=$(cd "$(dirname "$0")/.." && pwd)
tsv=false
work=			# the directory for everything that is written
program=		# xzbundle
gnu_time=		# /usr/bin/time if it is GNU's
width=8			# of a column of text
results=()		# "measure a b case", a / b to compare with targets
declare -A best_us=() most_kib=()	# of measure, by its NAME

note() {
	printf '%s: %s\n' "$ME" "$*" >&2
}

die() {
	note "$*"
	exit 1
}

# bad_usage WHAT: of a script that has a function usage.
bad_usage() {
	note "$*"
	usage >&2
	exit 2
}

# need_number OPTION VALUE
need_number() {
	[[ $2 =~ ^[1-9][0-9]{0,5}$ ]] ||
		bad_usage "$1 $2: is not a number from 1 to 999999"
}

# find_tools TOOL...: and the program, and GNU time.
find_tools() {
	local candidate

	for candidate in "${XZBUNDLE:-}" "$top/build/src/xzbundle" \
	    "$top/src/xzbundle"; do
		[ -n "$candidate" ] || continue
		program=$(command -v "$candidate") && break
		[ "$candidate" != "${XZBUNDLE:-}" ] ||
			die "$candidate: no such program (from XZBUNDLE)"
	done
	[ -n "$program" ] ||
		die "no xzbundle: build it, or set XZBUNDLE to where it is"
	program=$(realpath -s "$program")
	for candidate; do
		command -v "$candidate" >/dev/null || die "needs $candidate"
	done
	# Asked by its -f, for which other programs called time have no use.
	if [ "$(/usr/bin/time -f '%%' true 2>&1)" = % ]; then
		gnu_time=/usr/bin/time
	else
		note "no GNU time in /usr/bin/time: memory is not measured"
	fi
}

# Print a / b to four places, or - where there is none.
ratio() {
	if [ "$1" = - ] || [ "$2" = - ] || [ "$2" -eq 0 ]; then
		echo -
	else
		awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4f\n", a / b }'
	fi
}

size_of() {
	stat -c %s "$1"
}

# Print fields, with tabs if --tsv, else in columns; the first field, the kind
# of the row, is for --tsv only.
row() {
	local kind=$1
	shift

	if $tsv; then
		(IFS=$'\t'; printf '%s\t%s\n' "$kind" "$*")
	else
		printf '%-8s' "$1"
		shift
		printf " %${width}s" "$@"
		printf '\n'
	fi
}

# Print the names of the columns of a kind of row.
header() {
	local kind=$1
	shift

	if $tsv; then
		kind="#$kind"
	elif [ "$kind" != case ]; then
		echo
	fi
	row "$kind" "$@"
}

# measure NAME COMMAND...: run it; keep the least time in microseconds in
# best_us[NAME] and the most memory in KiB in most_kib[NAME] (- if unknown).
measure() {
	local name=$1 begin us kib=-
	local prefix=()
	shift

	if [ -n "$gnu_time" ]; then
		prefix=("$gnu_time" -f %M -o "$work/kib")
	fi
	begin=${EPOCHREALTIME/./}
	"${prefix[@]}" "$@" </dev/null >"$work/said" 2>&1 || {
		tail -n 25 "$work/said" >&2
		die "failed: $*"
	}
	us=$((${EPOCHREALTIME/./} - begin))
	if [ "$us" -lt "${best_us[$name]:-$((us + 1))}" ]; then
		best_us[$name]=$us
	fi
	if [ -n "$gnu_time" ]; then
		kib=$(tail -n 1 "$work/kib")
		[ "$kib" -ge "${most_kib[$name]:-0}" ] ||
			kib=${most_kib[$name]}
	fi
	most_kib[$name]=$kib
}

# Print the target for case $1 and measure $2, if there is one.
target() {
	awk -F '\t' -v name="$1" -v measure="$2" '
		$2 == measure && $1 == name { own = $3 }
		$2 == measure && $1 == "*" { any = $3 }
		END { print own != "" ? own : any }' <<<"${targets:?}"
}

# Hold the results to the targets; false if one is missed.  What was not
# measured is neither met nor missed.
verdict() {
	local result name measure a b most word missed=0

	header target case measure value target verdict
	for result in "${results[@]}"; do
		read -r measure a b name <<<"$result"
		most=$(target "$name" "$measure")
		[ -n "$most" ] || continue
		word=PASS
		if [ "$a" = - ] || [ "$b" = - ]; then
			word=SKIP
		elif ! awk -v a="$a" -v b="$b" -v most="$most" \
		    'BEGIN { exit !(a <= most * b) }'; then
			word=MISS
			missed=$((missed + 1))
		fi
		row target "$name" "$measure" "$(ratio "$a" "$b")" "$most" \
			"$word"
	done
	[ "$missed" -eq 0 ]
}
