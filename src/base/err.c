#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define NO_MEMORY "out of memory"

enum err_code
err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (e->code != ERR_OK)
		return e->code;
	e->code = code;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return e->code;
}

enum err_code
err_sys(struct err *e, int errnum, const char *fmt, ...)
{
	const char *reason = strerrordesc_np(errnum);
	va_list ap;
	size_t used;

	if (e->code != ERR_OK)
		return e->code;
	e->code = ERR_FAIL;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	used = strlen(e->text);
	if (reason != NULL)
		snprintf(e->text + used, sizeof(e->text) - used, ": %s",
		    reason);
	else
		snprintf(e->text + used, sizeof(e->text) - used,
		    ": error %d", errnum);
	return e->code;
}

enum err_code
err_nomem(struct err *e)
{
	return err_set(e, ERR_FAIL, NO_MEMORY);
}

bool
err_is_nomem(const struct err *e)
{
	return e->code == ERR_FAIL && strcmp(e->text, NO_MEMORY) == 0;
}

enum err_code
err_wrap(struct err *e, const char *fmt, ...)
{
	char text[ERR_TEXT_MAX];
	va_list ap;
	size_t used;

	memcpy(text, e->text, sizeof(text));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	used = strlen(e->text);
	snprintf(e->text + used, sizeof(e->text) - used, ": %s", text);
	return e->code;
}

const char *
err_bare(const char *text, const char *context)
{
	size_t n = strlen(context);

	return strncmp(text, context, n) == 0 && text[n] == ':' &&
	    text[n + 1] == ' ' ? text + n + 2 : text;
}

enum err_code
err_append(struct err *e, const char *fmt, ...)
{
	size_t used = strlen(e->text);
	va_list ap;

	if (e->code == ERR_OK)
		return e->code;
	va_start(ap, fmt);
	vsnprintf(e->text + used, sizeof(e->text) - used, fmt, ap);
	va_end(ap);
	return e->code;
}

enum err_code
err_copy(struct err *to, const struct err *from)
{
	if (to->code == ERR_OK)
		*to = *from;
	return to->code;
}
