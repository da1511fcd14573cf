#!/bin/bash
# wrap, of a script: what it refuses, what it counts, and that nothing is left
# of what fails.  How the results run is in 64-wrapped.sh.
#
# SPDX-License-Identifier: BSD-2-Clause
# shellcheck source=tests/cli/lib.sh
. "${SRCDIR:?}/tests/cli/lib.sh"

"$PY" -c 'import lzma, sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null ||
	skip "$PY is not Python 3.8 or newer, or has no lzma"
unset "${!PYTHON@}"
export PYTHONDONTWRITEBYTECODE=1
wrap=("$X" wrap --effort fast --python "$PY")

# A script of some size, with comments that a minifier takes away.
"$PY" -c 'for i in range(150):
    print("# comment %d" % (i * i * i % 1009))
    print("def f%d(a, b=%d):\n    return a * b + %d\n" % (i, i * 7, i % 5))
print("print(f3(2), __name__)")' >s.py
[ "$("$PY" s.py)" = "45 __main__" ]
files=(s.py)

# runs FILE
runs() {
	[ "$("$PY" "$1")" = "45 __main__" ] || fail "$1 does not run"
}

# --- usage ---

run 2 "$X" wrap
says 'name the script'
run 2 "${wrap[@]}" s.py --main x.py
says 'bundle'
run 2 "${wrap[@]}" s.py --encoding zip
says 'zip'
run 2 "${wrap[@]}" s.py --encoding nonsense
says 'nonsense'
run 2 "${wrap[@]}" s.py --check nonsense
says 'nonsense'
run 2 "${wrap[@]}" s.py --effort nonsense
says 'nonsense'
run 2 "${wrap[@]}" s.py --keep --in-memory
says .
run 2 "${wrap[@]}" s.py --bundle b.tar.xz --main m.py
says 'not both|or --bundle'
only "${files[@]}"

# --- scripts that are none ---

# refuse STATUS REGEX: of bad.py, of which nothing comes.
refuse() {
	run "$1" "${wrap[@]}" bad.py -o out.py
	says "$2"
	[ ! -s "$T/out" ] || fail "bad.py: something on stdout"
	only "${files[@]}" bad.py
}
printf 'x = 1\nif x\n    y\n' >bad.py
refuse 5 'bad\.py: line 2: SyntaxError'
printf 'def f():\n    a\n  b\n' >bad.py
refuse 5 'bad\.py: line 3: IndentationError'
printf 'x = 1\ny = "\0"\n' >bad.py
refuse 5 'bad\.py:.*null'
printf '# coding: no-such-code\nx = 1\n' >bad.py
refuse 5 'bad\.py:.*no-such-code'
printf 'x = 1\ny = "\351"\n' >bad.py
refuse 5 'bad\.py: line 2'
head -c 3000 "$X" >bad.py
refuse 5 'bad\.py'
rm bad.py
refuse_missing() {
	run 1 "${wrap[@]}" "$1" -o out.py
	says "$2"
	only "${files[@]}" dir
}
mkdir dir
refuse_missing missing.py 'missing\.py.*No such file'
refuse_missing dir 'dir.*(directory|regular)'
refuse_missing /dev/null '/dev/null.*regular'
run 1 "${wrap[@]}" s.py -o none/out.py
says 'none'
run 2 "${wrap[@]}" s.py -o dir
says 'dir'
rmdir dir

# A line that is not of the script stays out of the message.
printf 'x = "\033[31m\nif\n' >bad.py
run 5 "${wrap[@]}" bad.py -o out.py
! grep -q $'\033' "$T/err" || fail "an escape sequence in a message"
rm bad.py

# --- where it goes ---

cp s.py kept.py
run 2 "${wrap[@]}" kept.py -o kept.py
says 'kept\.py'
cmp s.py kept.py || fail "the script was overwritten"
ln -s kept.py link.py
run 0 "${wrap[@]}" kept.py -o link.py	# the link is replaced, not followed
ln kept.py hard.py
run 2 "${wrap[@]}" kept.py -o hard.py
cmp s.py kept.py || fail "the script was overwritten through a link"
rm kept.py link.py hard.py
printf 'if\n' >bad.py
echo old >old.py
run 5 "${wrap[@]}" bad.py -o old.py
[ "$(cat old.py)" = old ] || fail "a script that is refused replaced a file"
rm bad.py old.py

run 0 "${wrap[@]}" s.py
silent
runs s_wrapped.py
size=$(stat -c %s s_wrapped.py)
[ "$size" -lt "$(stat -c %s s.py)" ]
run 0 "${wrap[@]}" s.py -o - --limit 1MB
cmp "$T/out" s_wrapped.py || fail "-o - makes another file"
grep -q total "$T/err" || fail "no table on stderr"
"${wrap[@]}" s.py -o - | cmp - s_wrapped.py || fail "through a pipe"
"${wrap[@]}" -o - -- s.py | (cat >piped.py; runs piped.py)
rm piped.py
for threads in 1 4; do
	run 0 "${wrap[@]}" s.py -o "threads$threads.py" -T "$threads"
done
cmp threads1.py threads4.py || fail "-T makes a difference"
cmp threads1.py s_wrapped.py || fail "-T makes a difference"
rm threads?.py
mkdir other
cp s.py other/t.py
run 0 "${wrap[@]}" other/t.py
[ -f t_wrapped.py ] || fail "not in the current directory"
cp s.py other/noending
run 0 "${wrap[@]}" other/noending
[ -f noending_wrapped.py ] || fail "no noending_wrapped.py"
cmp noending_wrapped.py s_wrapped.py || fail "the name makes a difference"
rm -r other ./*t_wrapped.py noending_wrapped.py

# --- no Python ---

run 6 "$X" wrap --python nonsense s.py -o out.py
says 'nonsense.*--python'
printf '#!/bin/sh\nexit 3\n' >py
chmod +x py
run 1 "$X" wrap --python ./py s.py -o out.py
says 'py'
printf '#!/bin/sh\nkill -9 $$\n' >py
run 1 "$X" wrap --python ./py s.py -o out.py
says 'signal 9'
printf '#!/bin/sh\necho nonsense\n' >py
run 1 "$X" wrap --python ./py s.py -o out.py
says 'no sense'
printf '#!/bin/sh\nexec yes\n' >py
run 1 "$X" wrap --python ./py s.py -o out.py
says 'too much'
# One that finds fault with the result: it does not get its name.
cat >py <<END
#!/bin/sh
case " \$* " in
*" verify s.py "*) echo wrong >&2; exit 1 ;;
esac
exec $PY "\$@"
END
run 1 "$X" wrap --effort fast --python ./py s.py -o out.py
says 'wrong'
only s.py s_wrapped.py py
rm py

# --- minifiers ---

not_with_sanitizers

mkdir bin empty
for tool in sh env; do
	ln -s "$(command -v $tool)" bin/
done
# with_path DIR COMMAND...
with_path() {
	PATH=$1 "${@:2}"
}
if "$PY" -I -c "import python_minifier" 2>/dev/null; then
	echo "skip: no minifier; there is one"
else
	run 6 with_path "$PWD/empty" "${wrap[@]}" --minify s.py -o out.py
	says 'minifier.*install python-minifier'
fi
cat >bin/pyminify <<END
#!$PY
import ast, sys
sys.stdout.write(ast.unparse(ast.parse(open(0, "rb").read())))
END
chmod +x bin/pyminify
if "$PY" -c 'import ast; ast.unparse'; then
	run 0 with_path "$PWD/bin" "${wrap[@]}" --minify -v s.py -o min.py
	grep -qE 'minified [0-9]+' "$T/out" || fail "no word of the minifier"
	runs min.py
	[ "$(stat -c %s min.py)" -lt "$size" ] || fail "no smaller, minified"
	run 0 with_path "$PWD/bin" "${wrap[@]}" --minify --json s.py -o min.py
	"$PY" -c 'import ast, json, sys
n = json.load(sys.stdin)["script"]["minified_bytes"]
assert n == len(ast.unparse(ast.parse(open("s.py").read()))), n' <"$T/out"
	rm min.py
fi
printf '#!/bin/sh\necho it is broken >&2\nexit 1\n' >bin/pyminify
run 5 with_path "$PWD/bin" "${wrap[@]}" --minify s.py -o out.py
says 'pyminify: it is broken'
printf '#!/bin/sh\necho "if"\n' >bin/pyminify
run 5 with_path "$PWD/bin" "${wrap[@]}" --minify s.py -o out.py
says 's\.py: line 1: SyntaxError'
printf '#!/bin/sh\nexec yes\n' >bin/pyminify
ln -s "$(command -v yes)" bin/
run 1 with_path "$PWD/bin" "${wrap[@]}" --minify s.py -o out.py
says 'pyminify.*too much'
rm -r bin empty
only s.py s_wrapped.py

# --- what is counted ---

head -c 1000 "$X" >model
head -c 234 "$X" >table
run 0 "${wrap[@]}" s.py -o out.py --limit 1MB --with model --with table
cp "$T/out" table.txt
run 0 "${wrap[@]}" s.py -o out.py --limit 1MB --with model --with table --json
"$PY" - out.py table.txt "$T/out" <<'END' || fail "the figures"
import json, os, sys
size = os.path.getsize(sys.argv[1])
rows = [line.split() for line in open(sys.argv[2])]
table = [(what, int(n)) for n, what, *_ in rows]
have = dict(table)
assert [r[0] for r in table] == ["code", "payload", "loader", "with", "with",
                                 "total", "limit", "headroom"], table
assert [r[2] for r in rows if len(r) > 2] == ["out.py", "model", "table"]
assert have["code"] == size == have["payload"] + have["loader"], have
assert have["total"] == size + 1234, have
assert have["headroom"] == 1000000 - have["total"] and have["limit"] == 10 ** 6
# The literal is from one quote to the other.
data = open(sys.argv[1], "rb").read()
begin, end = data.index(b'(\n') + 1, data.rindex(b".encode" if b".encode" in
                                                 data[-40:] else b")))")
j = json.load(open(sys.argv[3]))
assert j["format"] == "xzbundle-wrap" and j["bundle"] is None
assert j["code"] == {"name": "out.py", "bytes": size,
                     "payload_bytes": have["payload"],
                     "loader_bytes": have["loader"]}, j
assert j["with"] == [{"name": "model", "bytes": 1000},
                     {"name": "table", "bytes": 234}], j
assert j["total_bytes"] == have["total"]
assert j["limit_bytes"] == 10 ** 6
assert j["headroom_bytes"] == have["headroom"]
s = j["script"]
assert s["bytes"] == os.path.getsize("s.py") and s["minified_bytes"] is None
assert s["packed_bytes"] < have["payload"] < 1.1 * s["packed_bytes"] + 60
assert s["reads_itself_line"] is None
assert s["module"] in ("lzma", "bz2", "zlib")
END
rm out.py table.txt

# Exactly at the limit, and one byte over it.
total=$((size + 1000))
run 0 "${wrap[@]}" s.py -o out.py --with model --limit "$total"
grep -qE '^ +0  headroom' "$T/out" || fail "no headroom of 0"
rm out.py
run 3 "${wrap[@]}" s.py -o out.py --with model --limit "$((total - 1))"
says "$total bytes, 1 over"
grep -qE '^ +1  over' "$T/out" || fail "no table"
[ ! -e out.py ] || fail "a file over the limit was kept"
echo old >out.py
run 3 "${wrap[@]}" s.py -o out.py --with model --limit "$((total - 1))"
[ "$(cat out.py)" = old ] || fail "a file over the limit replaced another"
run 3 "${wrap[@]}" s.py -o out.py --with model --limit "$((total - 1))" \
	--keep-over-limit
cmp out.py s_wrapped.py || fail "--keep-over-limit did not keep it"
run 3 "${wrap[@]}" s.py -o out.py --limit 1 --json
"$PY" -c 'import json, sys
assert json.load(sys.stdin)["headroom_bytes"] == 1 - int(sys.argv[1])' \
	"$size" <"$T/out"
# Files alone, and files that cannot be counted.
run 0 "$X" wrap --with model --with table --limit 1234
grep -qE '^ +1234  total' "$T/out" || fail "files alone"
run 3 "$X" wrap --with model --with table --limit 1233
run 2 "$X" wrap --with model --with ./model
says 'model.*already'
ln model again
run 2 "$X" wrap --with model --with table --with again
says 'again.*model already'
rm again out.py
run 2 "${wrap[@]}" s.py -o s_wrapped.py --with s_wrapped.py --limit 1MB
says 'counted already'
runs s_wrapped.py
run 1 "${wrap[@]}" s.py -o out.py --with missing
says 'missing.*No such file'
run 1 "${wrap[@]}" s.py -o out.py --with .
says 'regular'
only s.py s_wrapped.py model table
# A script that reads its own file is told so.
echo 'print(len(open(__file__).read()))' >>s.py
run 0 "${wrap[@]}" s.py -o out.py
says 's\.py: line 602 seems to read'
run 0 "${wrap[@]}" s.py -o out.py --encoding ascii
silent
rm out.py

# --- a disk that is full, and signals ---

limited() {
	(
		trap '' XFSZ
		ulimit -f 1
		exec "$@"
	)
}
# 1 is 1024 bytes, of which the result has more.
[ "$size" -gt 1100 ]
mkdir out
echo old >out/old.py
run 1 limited "${wrap[@]}" s.py -o out/new.py
says .
run 1 limited "${wrap[@]}" s.py -o out/old.py
says .
[ "$(cat out/old.py)" = old ] || fail "OUT was damaged"
[ "$(ls -A out)" = old.py ] || fail "something is left: $(ls -A out)"
if [ -c /dev/full ]; then
	run 1 sh -c 'exec "$@" >/dev/full' sh "${wrap[@]}" s.py -o -
	says .
fi
# unshared: in a mount namespace with a full disk at out.
if [ "$(id -u)" = 0 ] && unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016 # for the inner shell
	run 1 unshare -m sh -c 'mount -t tmpfs -o size=8k none out || exit 77
		head -c 8192 /dev/zero >out/z; shift
		"$@" -o out/new.py; status=$?
		[ "$(ls -A out)" = z ] || exit 78
		exit $status' sh - "${wrap[@]}" s.py
	says 'out/new\.py.*space|No space'
else
	echo "skip: a full tmpfs"
fi
# A text that is all repeats, and a number of more digits than str() takes.
"$PY" -c "print('def f(y):\n return y\n' + 'f(0)' + '.real' * 900)
print('x = 0x' + 'f' * 4000)" >odd.py
run 0 "${wrap[@]}" odd.py -o odd_wrapped.py
run 0 "$PY" odd_wrapped.py
# Nothing of the current directory is run in place of the minifier.
echo 'raise SystemExit("not this one")' >python_minifier.py
run 6 env PATH="$T/w/empty" "$X" wrap --python "$PY" --minify s.py -o min.py
rm odd.py odd_wrapped.py python_minifier.py
# A search that takes a while, to be disturbed.
"$PY" -c "for i in range(4000): print('def f%d(x): return x * %d' % (i, i * i))" \
	>long.py
for signal in TERM HUP; do	# a background job ignores INT
	"$X" wrap --python "$PY" --effort max long.py -o out/new.py \
		>"$T/out" 2>"$T/err" &
	pid=$!
	sleep 1
	kill -s "$signal" "$pid" || fail "no search to be disturbed"
	status=0
	wait "$pid" || status=$?
	[ "$status" -ne 0 ] || fail "status 0 after SIG$signal"
	[ "$(ls -A out)" = old.py ] || fail "SIG$signal leaves $(ls -A out)"
done
# A Python that has closed what it could say something to, and does not end.
printf '#!/bin/sh\nexec >&- 2>&-\nexec sleep 300\n' >py
chmod 755 py
"$X" wrap --python ./py s.py -o out/new.py >"$T/out" 2>"$T/err" &
pid=$!
sleep 0.5
kill -s TERM "$pid" || fail "it did not wait for Python"
status=0
wait "$pid" || status=$?
[ "$status" -eq 143 ] || fail "status $status after SIGTERM"
[ "$SECONDS" -lt 300 ] || fail "it waited for Python to the end"
[ "$(ls -A out)" = old.py ] || fail "SIGTERM leaves $(ls -A out)"
