# Completion of xzbundle's command lines, for bash from version 4 on, with and
# without bash-completion.  Made by "xzbundle completion bash".
# shellcheck shell=bash disable=SC2034,SC2088,SC2154

_xzbundle_commands='
#@ commands
'

# What COMMAND has: its options, and what its operands are.
_xzbundle_command()
{
	choices=
	case $1 in
#@ command cases
	*) return 1 ;;
	esac
}

# What the value of OPTION is; fails if it takes none.
_xzbundle_option()
{
	words=
	case $1 in
#@ option cases
	*) return 1 ;;
	esac
}

# The words up to the cursor, as they are typed.  COMP_WORDS has them cut at
# each '=' and ':'.
_xzbundle_line()
{
	local left=${COMP_LINE:0:COMP_POINT} text piece i

	line=()
	for ((i = 0; i <= COMP_CWORD; i++)); do
		text=${left#"${left%%[![:space:]]*}"}
		piece=${COMP_WORDS[i]}
		((i < COMP_CWORD)) || piece=$text
		if ((i > 0)) && [[ $text == "$left" ]]; then
			line[${#line[@]} - 1]+=$piece
		else
			line+=("$piece")
		fi
		left=${text#"$piece"}
	done
}

# What a typed word stands for, in `plain`; fails where the shell would expand
# it, or where quotes do not go around all of it.
_xzbundle_plain()
{
	local single="^'([^']*)'?\$" double='^"([^"\\]*)"?$' bare=${1//\\?/}

	plain=$1
	if [[ $1 =~ $single ]]; then
		plain=${BASH_REMATCH[1]}
		return 0
	fi
	[[ $bare != *[\$\`]* ]] || return 1
	if [[ $1 =~ $double ]]; then
		plain=${BASH_REMATCH[1]}
		return 0
	fi
	[[ $bare != *[\'\"]* ]] || return 1
	# Without -r it takes the backslashes off.
	# shellcheck disable=SC2162
	IFS= read plain <<<"$1" || true
	[[ $1 != '~/'* ]] || plain=$HOME/${plain#'~/'}
}

# Offer the words that begin with `value`, less what readline keeps.
_xzbundle_reply()
{
	local word front=${cur%"$value"} keep=${cur%"$typed"}

	for word; do
		[[ $word == "$value"* ]] || continue
		word=$front$word
		[[ $word != "$keep"* ]] || COMPREPLY+=("${word#"$keep"}")
	done
}

# Offer the members of the bundle FILE.  Their names are as they are listed,
# which has no control characters, and quoted.
_xzbundle_members()
{
	local plain file row name rest keep=${cur%"$typed"}

	_xzbundle_plain "$1" || return
	file=$plain
	[[ ${cur//\\?/} != *[\'\"]* ]] && _xzbundle_plain "$cur" || return
	while IFS=$'\t' read -r row name rest; do
		[[ $row == member && $name == "$plain"* ]] || continue
		[[ -n $ended || $name != -* ]] || continue
		printf -v name %q "$name"
		[[ $name != "$keep"* ]] || COMPREPLY+=("${name#"$keep"}")
	done < <(command xzbundle list --tsv --max-time 5 -- "$file" \
		2>/dev/null </dev/null)
}

# Offer what `kind` says.
_xzbundle_offer()
{
	local IFS=$' \t\n'

	case $kind in
	command) words=$_xzbundle_commands ;;
	pair)
		[[ $value == *=* ]] || return
		value=${value##*=}
		;;
	directory) compopt -o dirnames ;;
	file) compopt -o default ;;
	bundle)
		mapfile -t COMPREPLY < <(compgen -f -X '!*.xz' -- "$typed"
			compgen -f -X '!*.txz' -- "$typed")
		compopt -o filenames -o plusdirs
		;;
	member) _xzbundle_members "${operands[0]}" ;;
	esac
	# shellcheck disable=SC2086 # words of the table
	_xzbundle_reply $words
}

_xzbundle()
{
	local typed=$2 line cur value kind='' words='' option='' ended='' i
	local options first rest choices operands=()

	COMPREPLY=()
	_xzbundle_line
	cur=${line[${#line[@]} - 1]} value=$cur
	if [ ${#line[@]} -le 2 ]; then
		kind='command'
		if [[ $cur == -* ]]; then
			kind=words words='
#@ globals
			'
		fi
		_xzbundle_offer
		return
	fi
	_xzbundle_command "${line[1]}" || return
	for ((i = 2; i < ${#line[@]} - 1; i++)); do
		if [ -n "$option" ]; then
			option=
		elif [[ -n $ended || ${line[i]} != -?* ]]; then
			operands+=("${line[i]}")
		else
			case ${line[i]} in
			--) ended=yes ;;
			--each | --each=*) rest=$first ;;
			esac
			! _xzbundle_option "${line[i]}" || option=${line[i]}
		fi
	done
	if [ -n "$option" ]; then
		:
	elif [ -z "$ended" ] && [[ $cur == --*=* ]] &&
		_xzbundle_option "${cur%%=*}"; then
		value=${cur#*=}
	elif [ -z "$ended" ] && [[ $cur == -* ]]; then
		kind=words words=$options
	elif [ ${#operands[@]} -eq 0 ]; then
		kind=$first words=$choices
	else
		kind=$rest words=
	fi
	_xzbundle_offer
}

complete -F _xzbundle xzbundle
