#compdef xzbundle
# Completion of xzbundle's command lines, for zsh.  Made by "xzbundle
# completion zsh".

_xzbundle_commands() {
	local -a commands=(
#@ zsh commands
	)

	_describe -t commands command commands
}

_xzbundle_bundles() {
	_files -g '*.(xz|txz)(-.)'
}

# The members of the bundle that is the first operand.  Their names are as they
# are listed, which has no control characters; compadd quotes them.
_xzbundle_members() {
	local file=${(Q)line[1]} expl
	local -a rows

	if (( $+opt_args[--each] )); then
		_xzbundle_bundles
		return
	fi
	[[ $line[1] != '~/'* ]] || file=$HOME/${file#'~/'}
	rows=("${(@f)$(command xzbundle list --tsv --max-time 5 -- "$file" \
		2>/dev/null </dev/null)}")
	rows=("${(@M)rows:#member$'\t'*}")
	rows=("${(@)rows#member$'\t'}")
	rows=("${(@)rows%%$'\t'*}")
	rows=("${(@)rows:#(|-*)}")
	_wanted members expl member compadd -a rows
}

# WORD...: what may follow an equals sign.
_xzbundle_pair() {
	compset -P '*=' && compadd -- "$@"
}

_xzbundle() {
	local curcontext=$curcontext context state state_descr ret=1
	local -a line specs
	typeset -A opt_args

	_arguments -C -S \
#@ zsh globals
		'1:command:_xzbundle_commands' '*::argument:->rest' && ret=0
	[[ $state == rest ]] || return ret
	case $line[1] in
#@ zsh cases
	*)
		return 1
		;;
	esac
	_arguments -s -S $specs
}

_xzbundle "$@"
