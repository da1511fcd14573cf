# Completion of xzbundle's command lines, for fish.  Made by "xzbundle
# completion fish".

# Is there no command yet?
function __xzbundle_begins
    set -l words (commandline -opc)
    test (count $words) -lt 2
end

# Is the command one of these?
function __xzbundle_is
    set -l words (commandline -opc)
    set -q words[2]; and contains -- $words[2] $argv
end

# The operands before the cursor.
function __xzbundle_operands
    set -l words (commandline -opc)
    set -l value no
    set -l ended no
    for word in $words[3..-1]
        if test $value = yes
            set value no
        else if test $ended = yes
            printf '%s\n' "$word"
        else
            switch $word
                case --
                    set ended yes
#@ fish values
                    set value yes
                case '-?*'
                case '*'
                    printf '%s\n' "$word"
            end
        end
    end
end

# Is the command one of these, and the first operand wanted, or a later one?
function __xzbundle_first
    __xzbundle_is $argv; and test (count (__xzbundle_operands)) -eq 0
end

function __xzbundle_later
    __xzbundle_is $argv; and test (count (__xzbundle_operands)) -gt 0
end

# Are several bundles wanted, and no members?
function __xzbundle_each
    string match -q -- '--each*' (commandline -opc)
end

# The members of the bundle that is the first operand.  Their names are as they
# are listed, which has no control characters; fish quotes them.
function __xzbundle_members
    set -l operands (__xzbundle_operands)
    command xzbundle list --tsv --max-time 5 -- $operands[1] 2>/dev/null \
        </dev/null | string replace -r -f '^member\t([^\t-][^\t]*)\t.*' '$1'
end

# What may follow an equals sign.
function __xzbundle_pair
    set -l typed (string replace -r '^--[a-z-]*=' '' -- (commandline -ct))
    set -l front (string match -r -- '^.*=' $typed)
    and printf '%s\n' $front$argv
end

complete -c xzbundle -f
#@ fish commands
#@ fish options
#@ fish operands
