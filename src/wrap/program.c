#include "wrap/program.h"

#include <string.h>

#include "base/text.h"

/*
 * The program, with w the phrases, s the text, and t, e, b an exception's type,
 * value and traceback:
 *
 *     def f(w=r'''...'''.split('~')):
 *      import sys,linecache
 *      s=w[0].translate(w)
 *      linecache.cache[__file__]=0,None,s.splitlines(1),__file__
 *      if __name__=='__main__':sys.excepthook=...
 *      global f;del f;return compile(s,__file__,'exec')
 *     exec(f())
 *
 * It follows the script, as LZMA has learned its words there.  A line of
 * linecache that has no time stays whatever becomes of the file (checkcache()).
 *
 * The hook is Python's own, which CPython up to 3.12 does in C, with lines from
 * the file instead of linecache.  It leaves out the two frames of the loader
 * where the traceback begins with the outer one of them, and else changes
 * nothing: the script may call it with any exception, of a thread or without a
 * traceback, and runpy has frames of its own outside.  A module that is
 * imported changes no hook.  The module traceback takes up to half as long to
 * import as Python does to start, and most scripts do not need it.
 *
 * CPython ends by SIGINT if what it ran last ended in KeyboardInterrupt; but a
 * namedtuple, as the module traceback has one, is something that is run, so the
 * hook has the exception once more (unhandled_keyboard_interrupt in CPython's
 * Python/pythonrun.c).
 */
static const char before[] = "def %c(%c=r";
static const char imports[] = "):\n import %ssys,linecache\n";
static const char decode[] = " s=w[0].translate(w)\n";
static const char lines_plain[] =
    " linecache.cache[__file__]=0,None,s.splitlines(1),__file__\n";
static const char lines_any[] =
    " linecache.cache[__file__]=0,None,[*io.StringIO(s)],__file__\n";
static const char hook[] =
    " if __name__=='__main__':\n"
    "  def e(t,e,b,f=sys._getframe(2)):\n"
    "   import traceback\n"
    "   traceback.print_exception(t,e,b and b.tb_frame is f and "
    "b.tb_next.tb_next or b)\n"
    "   try:exec('raise e')\n"
    "   except:0\n"
    "  sys.excepthook=e\n";
static const char after[] =
    " global %c;del %c;return compile(s,__file__,'exec')\nexec(%c())";

const char program_names[] = "fadgiklmnopqruvxyzFADGILMNOPRSTW_";

/* --- the raw literal --- */

/* The length of what stands as one in a raw literal: a backslash and what it is
 * before, three quotes, or a byte. */
static size_t
unit(const uint8_t *p, size_t left, char quote, bool *quotes)
{
	*quotes = false;
	if (p[0] == '\\' && left > 1)
		return 2;
	*quotes = left > 2 && p[0] == quote && p[1] == quote && p[2] == quote;
	return *quotes ? 3 : 1;
}

static size_t
count_quotes(const struct buf *b, char quote)
{
	size_t i, count = 0;
	bool quotes;

	for (i = 0; i < b->size; count += quotes)
		i += unit(b->data + i, b->size - i, quote, &quotes);
	return count;
}

/* Where the text has three such quotes, the literal ends, there is one with
 * them, and another raw one goes on. */
static enum err_code
put_raw(const struct buf *b, struct buf *to, struct err *e)
{
	const char quote = count_quotes(b, '"') < count_quotes(b, '\'') ? '"' :
	    '\'';
	const char other = quote == '"' ? '\'' : '"';
	const char mark[] = { quote, quote, quote, '\0' };
	size_t i, n;
	bool quotes;

	text_printf(to, e, "%s", mark);
	for (i = 0; i < b->size && e->code == ERR_OK; i += n) {
		n = unit(b->data + i, b->size - i, quote, &quotes);
		if (quotes)
			text_printf(to, e, "%s%c%s%cr%s", mark, other, mark,
			    other, mark);
		else
			buf_append(to, b->data + i, n, e);
	}
	return text_printf(to, e, "%s", mark);
}

enum err_code
program_write(const struct phrases *p, bool plain_lines, char name,
    struct buf *to, struct err *e)
{
	struct buf text;

	buf_init(&text, SIZE_MAX / 2);
	buf_append(&text, p->coded.data, p->coded.size, e);
	phrases_list(p, &text, e);
	text_printf(to, e, before, name, p->n > 0 ? 'w' : 's');
	put_raw(&text, to, e);
	if (p->n > 0)
		text_printf(to, e, ".split('%c')", p->separator);
	text_printf(to, e, imports, plain_lines ? "" : "io,");
	text_printf(to, e, "%s%s%s", p->n > 0 ? decode : "",
	    plain_lines ? lines_plain : lines_any, hook);
	text_printf(to, e, after, name, name, name);
	buf_free(&text);
	return e->code;
}

/* VT, FF, FS, GS, RS, NEL, LS and PS, which splitlines() takes for ends of
 * lines, too; see the Python Library Reference. */
bool
program_plain_lines(const uint8_t *text, size_t size)
{
	size_t i;

	for (i = 0; i < size; i++) {
		if (text[i] == '\v' || text[i] == '\f' ||
		    (text[i] >= 0x1c && text[i] <= 0x1e))
			return false;
		if (text[i] == 0xc2 && i + 1 < size && text[i + 1] == 0x85)
			return false;
		if (text[i] == 0xe2 && i + 2 < size && text[i + 1] == 0x80 &&
		    (text[i + 2] == 0xa8 || text[i + 2] == 0xa9))
			return false;
	}
	return true;
}
