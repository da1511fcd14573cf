# Makes a C source of the pieces of the Python loader, of ASCII alone.
#
# usage: awk -f loader_text.awk PIECE.py... >loader_text.c
#
# SPDX-License-Identifier: BSD-2-Clause
BEGIN {
	print "/* Made by loader_text.awk. */"
	print "#include \"weights/loader.h\""
	print ""
	print "const struct loader_piece loader_pieces[] = {"
}

FNR == 1 {
	if (NR > 1)
		print "\t},"
	name = FILENAME
	sub(/.*\//, "", name)
	sub(/\.py$/, "", name)
	printf "\t{ \"%s\",\n", name
}

{
	gsub(/\\/, "\\\\")
	gsub(/"/, "\\\"")
	gsub(/\?/, "\\?")
	printf "\t    \"%s\\n\"\n", $0
}

END {
	print "\t},"
	print "\t{ NULL, NULL }"
	print "};"
}
