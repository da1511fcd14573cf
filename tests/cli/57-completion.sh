#!/bin/bash
# Completion in bash, zsh and fish, each of which is left out where it is not
# installed: what a tab makes of a command line, also where a bundle has hostile
# names, and that nothing is run or written but xzbundle.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

usual=/usr/share/bash-completion/bash_completion
export HOME=$T/home T
mkdir "$HOME" "$T/bin"
ln -s "$X" "$T/bin/xzbundle"
: >"$T/offered"

for shell in bash zsh fish; do
	run 0 "$X" completion $shell
	[ -s "$T/out" ] || fail "no script for $shell"
	! grep -q '#@' "$T/out" || fail "a part is missing for $shell"
	mv "$T/out" "$T/$shell"
done
run 2 "$X" completion tcsh
says "'tcsh': no completion .* bash, zsh and fish"
run 2 "$X" completion
says 'usage: xzbundle completion bash . zsh . fish'

mkdir -p 'some dir' 'in/a b' in/sub
touch plan.json notes
# shellcheck disable=SC2016 # names that have a meaning to shells
for name in 'a b/x:y=z' 'w\n' '$(touch hit)' '`touch hit`' "it's" 'quo"te' \
	$'tab\tx' $'line\ny' -dash ';;' '(q)' '~r' '*s'; do
	echo x >"in/$name"
done
"$X" create "${FAST[@]}" -C in -o 'my bundle.tar.xz' . 2>/dev/null ||
	fail "no bundle"
cp 'my bundle.tar.xz' b.tar.xz
cp b.tar.xz old.txz

# untouched: nothing was made.
untouched() {
	only 'some dir' in plan.json notes 'my bundle.tar.xz' b.tar.xz old.txz
}

# What is typed; what bash and zsh make of it by a tab; what bash offers.
cat >"$T/table" <<'END'
xzbundle ext|xzbundle extract |extract
xzbundle --vers|xzbundle --version |--version
xzbundle create --targ|=|--target
xzbundle create --target |xzbundle create --target |any embedded xz-5.0 xz-5.4
xzbundle create --target=xz-|xzbundle create --target=xz-5.|xz-5.0 xz-5.4
xzbundle create -v --order n|xzbundle create -v --order name |name
xzbundle create -C so|xzbundle create -C some\ dir/|
xzbundle create --directory=so|xzbundle create --directory=some\ dir/|
xzbundle create --plan pl|xzbundle create --plan plan.json |
xzbundle create --plan=pl|xzbundle create --plan=plan.json |
xzbundle create no|xzbundle create notes |
xzbundle create --keep-mt|xzbundle create --keep-mtime |--keep-mtime
xzbundle create --tens|xzbundle create --tens|
xzbundle pack --packing=a:x=pl|xzbundle pack --packing=a:x=planes |planes
xzbundle list n|xzbundle list n|
xzbundle list m|xzbundle list my\ bundle.tar.xz |my bundle.tar.xz
xzbundle list my\ b|xzbundle list my\ bundle.tar.xz |my bundle.tar.xz
xzbundle list "my b|xzbundle list "my bundle.tar.xz" |my bundle.tar.xz
xzbundle list ./ol|xzbundle list ./old.txz |./old.txz
xzbundle list b.tar.xz m|xzbundle list b.tar.xz m|
xzbundle cat b.tar.xz a|xzbundle cat b.tar.xz a\ b|a\ b a\ b/x:y=z
xzbundle cat b.tar.xz a\ b/x|xzbundle cat b.tar.xz a\ b/x:y=z |a\ b/x:y=z
xzbundle cat b.tar.xz a\ b/x:y|xzbundle cat b.tar.xz a\ b/x:y=z |y=z
xzbundle cat my\ bundle.tar.xz w|xzbundle cat my\ bundle.tar.xz w\\\\n |w\\\\n
xzbundle cat "my bundle.tar.xz" it|xzbundle cat "my bundle.tar.xz" it\'s |it\'s
xzbundle cat 'b.tar.xz' quo|xzbundle cat 'b.tar.xz' quo\"te |quo\"te
xzbundle cat b.tar.xz tab|xzbundle cat b.tar.xz tab\\x09x |tab\\x09x
xzbundle cat b.tar.xz line|xzbundle cat b.tar.xz line\\x0ay |line\\x0ay
xzbundle cat b.tar.xz \$|xzbundle cat b.tar.xz \$\(touch\ hit\) |\$\(touch\ hit\)
xzbundle cat b.tar.xz \`|xzbundle cat b.tar.xz \`touch\ hit\` |\`touch\ hit\`
xzbundle cat b.tar.xz \;|xzbundle cat b.tar.xz \;\; |\;\;
xzbundle cat b.tar.xz \(|xzbundle cat b.tar.xz \(q\) |\(q\)
xzbundle cat b.tar.xz \*|xzbundle cat b.tar.xz \*s |\*s
xzbundle cat $(touch hit).tar.xz a|xzbundle cat $(touch hit).tar.xz a|
xzbundle cat notes a|xzbundle cat notes a|
xzbundle extract --max-total 5 b.tar.xz -C out su|xzbundle extract --max-total 5 b.tar.xz -C out sub |sub
xzbundle extract --each out b.tar.xz m|xzbundle extract --each out b.tar.xz my\ bundle.tar.xz |my bundle.tar.xz
xzbundle help loa|xzbundle help loader |loader
xzbundle completion z|xzbundle completion zsh |zsh
xzbundle nosuch |xzbundle nosuch |
END

# press SHELL WHAT COMMAND...: a tab after each line of the table.
press() {
	local shell=$1 what=$2 typed line offered after hits

	shift 2
	cut -d '|' -f 1 "$T/table" | "$PY" "$SRCDIR/tests/cli/tab.py" \
		"$T/$shell.rc" "$@" >"$T/answers" || fail "$what: no answers"
	while IFS='|' read -r typed line offered <&3; do
		IFS=$'\t' read -r after hits || fail "$what: nothing on $typed"
		case $line,$shell in
		=,bash) line="${typed}et " ;;
		=,zsh) line="${typed}et=" ;;
		# If no bundle begins so, it offers other files.
		*' list n',zsh) line="${typed}otes " ;;
		esac
		[ "$after" = "$line" ] ||
			fail "$what: '$typed' became '$after', not '$line'"
		[ "$shell" = zsh ] || [ "$hits" = "$offered" ] ||
			fail "$what: '$typed' has '$hits', not '$offered'"
	done 3<"$T/table" <"$T/answers"
	untouched
}

try_bash() {
	cat >"$T/bash.rc" <<'END'
PS1='$ ' PATH=$T/bin:$PATH
bind 'set enable-bracketed-paste off'
bind 'set bell-style none'
bind 'set completion-query-items 0'
bind 'set page-completions off'
[ -z "$USUAL" ] || . "$USUAL"
. "$T/bash"
log() { _xzbundle "$@"; printf '%s\n' "${COMPREPLY[@]}" >"$T/offered"; }
complete -F log xzbundle
say() {
	printf '%s\0%s\0' "$READLINE_LINE" "$(cat "$T/offered")" >&3
	: >"$T/offered"
}
bind -x '"\C-t": say'
echo REA''DY
END
	cat >"$T/words" <<'END'
. "$T/bash"
while read -r word; do
	! _xzbundle_plain "$word" || echo "taken: $word"
done <<'WORDS'
$x
"$x"
`x`
a"b"
"a"b
a'b'
WORDS
while read -r word; do
	_xzbundle_plain "$word" && [[ $plain == 'a $b' ]] || echo "not: $word"
done <<'WORDS'
a\ \$b
'a $b'
'a $b
WORDS
END
	bash -u "$T/words" >"$T/out" 2>&1 || :
	[ ! -s "$T/out" ] || fail "words: $(cat "$T/out")"
	USUAL='' press bash bash bash --norc -i
	[ ! -f "$usual" ] ||
		USUAL=$usual press bash bash-completion bash --norc -i
}

try_zsh() {
	mkdir "$T/functions"
	cp "$T/zsh" "$T/functions/_xzbundle"
	cat >"$T/zsh.rc" <<'END'
PS1='$ ' PS2= RPS1= PATH=$T/bin:$PATH fpath=($T/functions $fpath)
unset zle_bracketed_paste
autoload -Uz compinit
compinit -D -u
setopt no_beep
say() { printf '%s\0\0' "$BUFFER" >&3 }
zle -N say
bindkey -e
bindkey '^T' say
echo REA''DY
END
	press zsh zsh zsh -f -i
}

# fish is asked what it offers, without a terminal: the words alone.
try_fish() {
	local typed offered hits

	cat >"$T/table.fish" <<'END'
xzbundle ext|extract
xzbundle --vers|--version
xzbundle create --target |any embedded xz-5.0 xz-5.4
xzbundle create --target=xz-|--target=xz-5.0 --target=xz-5.4
xzbundle create -v --order n|name
xzbundle create --limit n|
xzbundle create notes --limit n|
xzbundle extract --max-total m|
xzbundle extract b.tar.xz --links |in-tree
xzbundle create -C so|some dir/
xzbundle create --directory=so|--directory=some dir/
xzbundle create --plan pl|plan.json
xzbundle create no|notes
xzbundle create --keep-mt|--keep-mtime
xzbundle create --tens|
xzbundle create --max|
xzbundle pack --packing=a:x=pl|--packing=a:x=planes
xzbundle list my\ b|my bundle.tar.xz
xzbundle list b.tar.xz m|
xzbundle cat b.tar.xz a|a b a b/x:y=z
xzbundle cat b.tar.xz a\ b/x:y|a b/x:y=z
xzbundle cat my\ bundle.tar.xz w|w\\n
xzbundle cat "my bundle.tar.xz" it|it's
xzbundle cat b.tar.xz line|line\x0ay
xzbundle cat b.tar.xz \$|$(touch hit)
xzbundle cat (touch hit).tar.xz a|
xzbundle cat notes a|
xzbundle extract --max-total 5 b.tar.xz -C out su|sub
xzbundle extract --each out b.tar.xz m|my bundle.tar.xz
xzbundle help loa|loader
xzbundle completion z|zsh
xzbundle nosuch |
END
	cut -d '|' -f 1 "$T/table.fish" >"$T/typed"
	# shellcheck disable=SC2016 # fish's own
	fish --no-config -c 'set PATH $T/bin $PATH
		source $T/fish
		while read -l typed
			set -l words (complete -C $typed |
				string replace -r "\t.*" "" | sort)
			printf "%s\n" "$words"
		end <$T/typed' >"$T/answers" || fail "fish: no answers"
	while IFS='|' read -r typed offered <&3; do
		IFS= read -r hits || fail "fish: nothing on $typed"
		[ "$hits" = "$offered" ] ||
			fail "fish: '$typed' has '$hits', not '$offered'"
	done 3<"$T/table.fish" <"$T/answers"
	untouched
}

need "$PY"
for shell in bash zsh fish; do
	if command -v $shell >/dev/null; then
		"try_$shell"
		echo "$shell: tried"
	else
		echo "skip: $shell"
	fi
done
