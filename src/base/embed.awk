# Makes a C source of text files, which are ASCII alone: a table of their names
# and texts, { NULL, NULL } at the end.
#
# usage: awk -f embed.awk -v header=HEADER -v type=TYPE -v table=NAME
#            [-v bare=1] FILE... >text.c
#
# HEADER declares NAME, an array of struct TYPE, which has a name and a text.
# bare: what follows the first dot is taken off the names.
#
# SPDX-License-Identifier: BSD-2-Clause
BEGIN {
	print "/* Made by embed.awk. */"
	printf "#include \"%s\"\n\n", header
	printf "const struct %s %s[] = {\n", type, table
}

FNR == 1 {
	if (NR > 1)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	if (bare)
		sub(/\..*/, "", name)
	printf "\t{ \"%s\",\n", name
}

{
	gsub(/\\/, "&&")
	gsub(/"/, "\\\"")
	gsub(/\?/, "\\?")
	printf "\t    \"%s\\n\"\n", $0
}

END {
	print "\t},"
	print "\t{ NULL, NULL }"
	print "};"
}
