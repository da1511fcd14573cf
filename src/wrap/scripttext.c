#include "wrap/scripttext.h"

#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "unpack/input.h"
#include "wrap/python.h"

#define NUMBERS_MAX 41		/* bytes of two numbers */
#define QUIET_MAX 1000		/* as a line number: no sense */

/* --- the minifier --- */

/* As -m does, but nothing of the current directory. */
static const char run_module[] =
    "import sys\n"
    "sys.path = [p for p in sys.path if p]\n"
    "import runpy\n"
    "runpy.run_module('python_minifier', run_name='__main__', "
    "alter_sys=True)\n";

/* One that is installed as a program, or as a module of that Python. */
static enum err_code
run_minifier(const struct scripttext_request *r, int fd, struct buf *out,
    struct err *e)
{
	const char *program[] = { "pyminify", "-", NULL };
	const char *module[] = { r->python, "-c", run_module, "-", NULL };
	struct python_job job = { program, fd, r->watch };
	struct err first = ERR_INIT;

	if (python_run(&job, out, &first) == ERR_OK)
		return ERR_OK;
	if (first.code != ERR_UNSUPPORTED) {
		err_copy(e, &first);
		return err_wrap(e, "pyminify");
	}
	job.argv = module;
	if (lseek(fd, 0, SEEK_SET) != 0)
		return err_set(e, ERR_FAIL, "cannot be read twice");
	if (python_run(&job, out, e) == ERR_CORRUPT &&
	    strstr(e->text, "No module named") != NULL) {
		*e = (struct err)ERR_INIT;
		return err_set(e, ERR_UNSUPPORTED, "--minify: there is no "
		    "minifier; install python-minifier, so that pyminify is "
		    "in PATH or %s -m python_minifier runs", r->python);
	}
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, "python_minifier");
}

/* Put what it makes of the file into another one, which *fd then is. */
static enum err_code
minify(const struct scripttext_request *r, int *fd, struct scripttext *s,
    struct err *e)
{
	struct buf out;
	int small = -1;

	buf_init(&out, SCRIPTTEXT_MAX);
	if (run_minifier(r, *fd, &out, e) == ERR_OK &&
	    io_temporary(&small, e) == ERR_OK &&
	    io_write(small, out.data, out.size, NULL, e) == ERR_OK &&
	    lseek(small, 0, SEEK_SET) != 0)
		err_set(e, ERR_FAIL, "cannot read what was minified");
	s->minified_size = out.size;
	buf_free(&out);
	if (e->code == ERR_OK) {
		(void)close(*fd);	/* was only read */
		*fd = small;
	} else if (small >= 0) {
		io_close(small, e);
	}
	return e->code;
}

/* --- Python --- */

/* Two numbers with a blank between, in n bytes. */
static bool
parse_numbers(const uint8_t *p, size_t n, struct scripttext *s)
{
	char text[NUMBERS_MAX + 1], *blank;

	if (n > NUMBERS_MAX)
		return false;
	memcpy(text, p, n);
	text[n] = '\0';
	blank = strchr(text, ' ');
	if (blank == NULL)
		return false;
	*blank = '\0';
	return num_plain(text, 0, UINT64_MAX, &s->reads_itself) &&
	    num_plain(blank + 1, 3, QUIET_MAX, &s->quiet_line);
}

/* Take the line with the numbers off the text. */
static enum err_code
take_numbers(struct scripttext *s, struct err *e)
{
	struct buf *t = &s->text;
	const uint8_t *end = t->size == 0 ? NULL :
	    memchr(t->data, '\n', t->size);
	size_t n = end == NULL ? 0 : (size_t)(end - t->data);

	if (end == NULL || !parse_numbers(t->data, n, s))
		return err_set(e, ERR_FAIL, "Python makes no sense");
	memmove(t->data, end + 1, t->size - n - 1);
	t->size -= n + 1;
	return ERR_OK;
}

static enum err_code
ask(const struct scripttext_request *r, int fd, struct scripttext *s,
    struct err *e)
{
	const char *args[] = { "read", r->name, NULL };

	if (python_ask(r->python, python_text("script"), args, fd, r->watch,
	    &s->text, e) == ERR_OK)
		take_numbers(s, e);
	return e->code;
}

/* *fd may become another one. */
static enum err_code
read_from(const struct scripttext_request *r, int *fd, struct scripttext *s,
    struct err *e)
{
	if (s->file_size > SCRIPTTEXT_MAX)
		err_set(e, ERR_USAGE, "is larger than %zu MiB",
		    SCRIPTTEXT_MAX >> 20);
	else if (!r->minify || minify(r, fd, s, e) == ERR_OK)
		ask(r, *fd, s, e);
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, "%s", r->name);
}

enum err_code
scripttext_read(const struct scripttext_request *r, struct scripttext *s,
    struct err *e)
{
	int fd;

	memset(s, 0, sizeof(*s));
	buf_init(&s->text, 2 * SCRIPTTEXT_MAX);
	if (input_open(r->path, "script", &fd, &s->file_size, e) != ERR_OK)
		return e->code;
	read_from(r, &fd, s, e);
	io_close(fd, e);		/* what was minified was written */
	return e->code;
}

void
scripttext_free(struct scripttext *s)
{
	buf_free(&s->text);
}
