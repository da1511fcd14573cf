#include "wrap/capsule_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "weights/loader.h"

/* Frames of the loader above the script's: of the stub and the loader, and in a
 * zip file two of runpy. */
#define FRAME ".tb_next"

static const char *
find_piece(const char *name)
{
	const struct capsule_piece *p;

	for (p = capsule_pieces; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return p->text;
	}
	return NULL;
}

/* Bytes of the UTF-8 character at p that may stand in a literal as it is; 0: it
 * has to be escaped. */
static size_t
plain_size(const char *p)
{
	const unsigned char c = (unsigned char)p[0];
	char one[5] = "";
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (c < ' ' || c == '\'' || c == '\\' || c == 0x7f)
		return 0;
	memcpy(one, p, strnlen(p, n));
	return text_is_utf8(one) && strlen(one) == n ? n : 0;
}

enum err_code
capsule_text_quote(const char *s, struct buf *to, struct err *e)
{
	size_t n;

	buf_append(to, "'", 1, e);
	for (; *s != '\0' && e->code == ERR_OK; s += n > 0 ? n : 1) {
		n = plain_size(s);
		if (n > 0)
			buf_append(to, s, n, e);
		else if (*s == '\'' || *s == '\\')
			text_printf(to, e, "\\%c", *s);
		else if ((unsigned char)*s < 0x80)
			text_printf(to, e, "\\x%02x", (unsigned char)*s);
		else
			text_printf(to, e, "\\udc%02x", (unsigned char)*s);
	}
	return buf_append(to, "'", 1, e);
}

/* --- what stands in place of @NAME@ --- */

static void
put_dir(const struct capsule_text *t, struct buf *to, struct err *e)
{
	if (t->dir == NULL)
		return;
	text_printf(to, e, "dir=");
	capsule_text_quote(t->dir, to, e);
}

static void
put_unpack(const struct capsule_text *t, struct buf *to, struct err *e)
{
	size_t i;

	if (t->n_packed == 0)
		return;
	text_printf(to, e, "[bytes,u][n in[");
	for (i = 0; i < t->n_packed; i++) {
		text_printf(to, e, i > 0 ? "," : "");
		capsule_text_quote(t->packed[i], to, e);
	}
	text_printf(to, e, "]]");
}

static void
put_out(const struct capsule_text *t, struct buf *to, struct err *e)
{
	text_printf(to, e, "%s", !t->zip ? "__file__" : t->in_memory ?
	    "__file__[:-12]" : "f.name");
}

static void
put_prefix(const struct capsule_text *t, struct buf *to, struct err *e)
{
	if (t->prefix[0] == '\0')
		return;
	capsule_text_quote(t->prefix, to, e);
	text_printf(to, e, "+");
}

static void
put_main(const struct capsule_text *t, struct buf *to, struct err *e)
{
	capsule_text_quote(t->main, to, e);
}

static void
put_top(const struct capsule_text *t, struct buf *to, struct err *e)
{
	struct buf top;

	/* Without the slash at the end. */
	buf_init(&top, SIZE_MAX / 2);
	if (t->in_memory)
		buf_append(&top, "/", 1, e);
	buf_append(&top, t->prefix, strlen(t->prefix) - 1, e);
	if (buf_append(&top, "", 1, e) == ERR_OK)
		capsule_text_quote((const char *)top.data, to, e);
	buf_free(&top);
}

static void
put_frames(const struct capsule_text *t, struct buf *to, struct err *e)
{
	text_printf(to, e, FRAME FRAME "%s", t->zip ? FRAME FRAME : "");
}

static const struct {
	const char *name;
	void (*put)(const struct capsule_text *t, struct buf *to,
	    struct err *e);
} places[] = {
	{ "@DIR@", put_dir },
	{ "@UNPACK@", put_unpack },
	{ "@OUT@", put_out },
	{ "@PREFIX@", put_prefix },
	{ "@MAIN@", put_main },
	{ "@TOP@", put_top },
	{ "@FRAMES@", put_frames },
};

/* The place that begins at p, or the number of places. */
static size_t
find_place(const char *p)
{
	const size_t n = sizeof(places) / sizeof(places[0]);
	size_t i;

	for (i = 0; i < n && strncmp(p, places[i].name,
	    strlen(places[i].name)) != 0; i++)
		;
	return i;
}

static enum err_code
put_piece(const struct capsule_text *t, const char *name, struct buf *to,
    struct err *e)
{
	const size_t n = sizeof(places) / sizeof(places[0]);
	const char *p = find_piece(name);
	size_t i;

	if (p == NULL)
		return err_set(e, ERR_FAIL, "the capsule has no piece '%s'",
		    name);
	while (*p != '\0' && e->code == ERR_OK) {
		i = *p == '@' ? find_place(p) : n;
		if (i < n) {
			places[i].put(t, to, e);
			p += strlen(places[i].name);
		} else {
			buf_append(to, p++, 1, e);
		}
	}
	return e->code;
}

/* --- the loader --- */

/* The pieces of the packings that are there, whose names begin so. */
static void
put_packings(const struct capsule_text *t, const char *begin, struct buf *to,
    struct err *e)
{
	char name[32];
	size_t i;

	for (i = 0; packing_all[i] != NULL; i++) {
		snprintf(name, sizeof(name), "%s%s", begin,
		    packing_all[i]->name);
		if ((t->packings & loader_bit(packing_all[i])) != 0)
			put_piece(t, name, to, e);
	}
}

static bool
is_coded(const struct capsule_text *t)
{
	return (t->packings & (loader_bit(&packing_rans) |
	    loader_bit(&packing_planes))) != 0;
}

static void
put_unpacker(const struct capsule_text *t, struct buf *to, struct err *e)
{
	put_piece(t, "packed", to, e);
	if ((t->packings & ~loader_bit(&packing_base3)) != 0)
		put_piece(t, "string", to, e);
	if (is_coded(t))
		put_piece(t, "field", to, e);
	put_piece(t, "unpack", to, e);
	put_packings(t, "", to, e);
	put_piece(t, "words", to, e);
	put_piece(t, "original", to, e);
}

/* Its field is the one of the small loader. */
static void
put_numpy_unpacker(const struct capsule_text *t, struct buf *to,
    struct err *e)
{
	const struct loader_piece *p;

	for (p = loader_pieces; is_coded(t) && p->name != NULL; p++) {
		if (strcmp(p->name, "field") == 0)
			buf_append(to, p->text, strlen(p->text), e);
	}
	put_piece(t, "nunpack", to, e);
	put_packings(t, "n", to, e);
	put_piece(t, "nwords", to, e);
	put_piece(t, "original", to, e);
}

static void
put_in_memory(const struct capsule_text *t, struct buf *to, struct err *e)
{
	put_piece(t, "memory", to, e);
	if (t->zip)
		put_piece(t, "close", to, e);
	if (t->prefix[0] != '\0')
		put_piece(t, "inside", to, e);
	put_piece(t, "member", to, e);
}

static void
put_on_disk(const struct capsule_text *t, struct buf *to, struct err *e)
{
	put_piece(t, "base", to, e);
	put_piece(t, "signal", to, e);
	put_piece(t, "files", to, e);
	if (t->zip)
		put_piece(t, "close", to, e);
	if (t->keep)
		put_piece(t, "keep", to, e);
	if (t->prefix[0] != '\0')
		put_piece(t, "top", to, e);
	put_piece(t, "run", to, e);
}

enum err_code
capsule_text_write(const struct capsule_text *t, struct buf *to,
    struct err *e)
{
	if (t->n_packed > 0 && t->numpy)
		put_numpy_unpacker(t, to, e);
	else if (t->n_packed > 0)
		put_unpacker(t, to, e);
	if (t->in_memory)
		put_in_memory(t, to, e);
	else
		put_on_disk(t, to, e);
	/* The last line end is of no use. */
	if (e->code == ERR_OK && to->data[to->size - 1] == '\n')
		to->size--;
	return e->code;
}
