#include "cli/msg.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/text.h"

#define LINE_MAX_SIZE ((size_t)64 << 10)
#define REPORT_WAIT_MS 1000

void
msg_raw(const char *p, size_t n)
{
	/* Nobody is left to be told when standard error fails. */
	if (write(STDERR_FILENO, p, n) < 0)
		return;
}

/* Without memory. */
static void
say_plainly(const char *text)
{
	char line[ERR_TEXT_MAX + 16];
	size_t n, i;

	snprintf(line, sizeof(line) - 1, "xzbundle: %s", text);
	n = strlen(line);
	for (i = 0; i < n; i++) {
		if (line[i] < 0x20 || line[i] > 0x7e)
			line[i] = '?';
	}
	line[n] = '\n';
	msg_raw(line, n + 1);
}

static void
say(const char *text)
{
	struct err e = ERR_INIT;
	struct buf line;

	buf_init(&line, LINE_MAX_SIZE);
	if (text_printf(&line, &e, "xzbundle: ") == ERR_OK &&
	    text_escape(&line, text, &e) == ERR_OK &&
	    text_printf(&line, &e, "\n") == ERR_OK)
		msg_raw((const char *)line.data, line.size);
	else
		say_plainly(text);
	buf_free(&line);
}

void
msg_error(const struct err *e)
{
	say(e->text);
}

void
msg_note(const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	say(text);
}

enum err_code
msg_output(const struct buf *b, const struct watch *w, struct err *e)
{
	if (io_write(STDOUT_FILENO, b->data, b->size, w, e) != ERR_OK)
		return err_wrap(e, "standard output");
	return ERR_OK;
}

/* May a piece be written without waiting for it?  EINTR leaves that open. */
static enum err_code
wait_for_room(const struct watch *w, bool *room, struct err *e)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int n = poll(&p, 1, REPORT_WAIT_MS);
	struct err stopped = ERR_INIT;

	*room = n > 0;
	if (n < 0 && errno != EINTR)
		return err_sys(e, errno, "cannot poll");
	if (n == 0 && watch_step(w, 0, &stopped) != ERR_OK)
		return err_set(e, ERR_FAIL, "nobody reads it, and the work "
		    "was interrupted");
	return ERR_OK;
}

enum err_code
msg_report(const struct buf *b, const struct watch *w, struct err *e)
{
	const uint8_t *p = b->data;
	size_t left = b->size;
	bool room;
	ssize_t n;

	while (left > 0 && wait_for_room(w, &room, e) == ERR_OK) {
		n = room ? write(STDOUT_FILENO, p,
		    num_min(left, PIPE_BUF)) : 0;
		if (n < 0 && errno != EINTR && errno != EAGAIN &&
		    err_sys(e, errno, "cannot write") != ERR_OK)
			break;
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
	return e->code != ERR_OK ? err_wrap(e, "standard output") : ERR_OK;
}

enum err_code
msg_untrusted(struct buf *b, const struct watch *w, struct err *e)
{
	text_disarm(b);
	return msg_output(b, w, e);
}
