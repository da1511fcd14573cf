#include "pack/planfile.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/num.h"
#include "xz/encode.h"

#define FORMAT "xzbundle-plan"
#define FILE_MAX ((size_t)256 << 20)	/* bytes of a plan file */

/* --- reading --- */

/* A number that is not negative; false when it is none. */
static bool
get_number(const json_t *o, const char *key, uint64_t *n)
{
	const json_t *v = json_object_get(o, key);

	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*n = (uint64_t)json_integer_value(v);
	return true;
}

static enum err_code
read_segment(const json_t *o, uint64_t at, uint64_t tar_size,
    enum chain_target target, struct plan_segment *s, struct err *e)
{
	const char *text = json_string_value(json_object_get(o, "chain"));
	struct chain chain;

	if (text == NULL || !get_number(o, "tar_off", &s->tar_off) ||
	    !get_number(o, "bytes", &s->size))
		return err_set(e, ERR_USAGE, "needs numbers tar_off and "
		    "bytes, and a string chain");
	if (s->tar_off != at)
		return err_set(e, ERR_USAGE, "begins at %llu, where the one "
		    "before ends at %llu", (unsigned long long)s->tar_off,
		    (unsigned long long)at);
	if (s->size == 0 || s->size > tar_size - at ||
	    s->size > ENCODE_FAR_MAX)
		return err_set(e, ERR_USAGE, "bytes %llu: not 1 to %llu",
		    (unsigned long long)s->size, (unsigned long long)
		    num_min(tar_size - at, ENCODE_FAR_MAX));
	if (chain_parse(text, &chain, e) != ERR_OK ||
	    chain_allowed(&chain, target, e) != ERR_OK)
		return e->code;
	choice_only(&s->choice, &chain, false);
	return ERR_OK;
}

static enum err_code
read_segments(const json_t *root, uint64_t tar_size,
    enum chain_target target, struct plan *p, struct err *e)
{
	const json_t *list = json_object_get(root, "segments");
	const char *format = json_string_value(json_object_get(root,
	    "format"));
	uint64_t version, size, at = 0;
	size_t i, n = json_array_size(list);

	if (format == NULL || strcmp(format, FORMAT) != 0 ||
	    !get_number(root, "version", &version) || version != 1)
		return err_set(e, ERR_USAGE, "is not a plan of version 1; "
		    "make one with --plan-out");
	if (!get_number(root, "tar_bytes", &size) || size != tar_size)
		return err_set(e, ERR_USAGE, "is a plan for other files: "
		    "their tar had another size; make a new one with "
		    "--plan-out");
	p->segments = calloc(n + 1, sizeof(*p->segments));
	if (p->segments == NULL)
		return err_nomem(e);
	for (i = 0; i < n; i++) {
		if (read_segment(json_array_get(list, i), at, tar_size,
		    target, &p->segments[i], e) != ERR_OK)
			return err_wrap(e, "segment %zu", i + 1);
		at += p->segments[i].size;
		p->n_segments = i + 1;
	}
	if (at != tar_size)
		return err_set(e, ERR_USAGE, "its segments end at %llu of "
		    "%llu", (unsigned long long)at,
		    (unsigned long long)tar_size);
	return ERR_OK;
}

enum err_code
planfile_parse(const char *text, size_t n, uint64_t tar_size,
    enum chain_target target, struct plan *p, struct err *e)
{
	json_error_t why;
	json_t *root = json_loadb(text, n, JSON_REJECT_DUPLICATES, &why);

	memset(p, 0, sizeof(*p));
	if (root == NULL)
		err_set(e, ERR_USAGE, "is not JSON: %s in line %d", why.text,
		    why.line);
	else
		read_segments(root, tar_size, target, p, e);
	json_decref(root);
	return e->code;
}

enum err_code
planfile_read(const char *path, uint64_t tar_size, enum chain_target target,
    struct plan *p, struct err *e)
{
	struct buf text;

	memset(p, 0, sizeof(*p));
	if (io_read_file(path, FILE_MAX, &text, e) == ERR_OK &&
	    planfile_parse((const char *)text.data, text.size, tar_size,
	    target, p, e) != ERR_OK)
		err_wrap(e, "%s", path);
	buf_free(&text);
	return e->code;
}

/* --- writing --- */

static json_t *
segment_object(const struct plan_segment *s)
{
	char text[CHAIN_TEXT_MAX];

	chain_print(&s->choice.chains[0], text);
	return json_pack("{s:I, s:I, s:s}", "tar_off",
	    (json_int_t)s->tar_off, "bytes", (json_int_t)s->size, "chain",
	    text);
}

static enum err_code
print_plan(uint64_t tar_size, const struct plan *p, struct buf *text,
    struct err *e)
{
	json_t *list = json_array(), *root;
	int r = 0;
	size_t i;

	for (i = 0; i < p->n_segments && r == 0; i++)
		r = json_array_append_new(list,
		    segment_object(&p->segments[i]));
	root = json_pack("{s:s, s:i, s:I, s:O}", "format", FORMAT,
	    "version", 1, "tar_bytes", (json_int_t)tar_size, "segments",
	    list);
	if (r == 0)
		r = json_dump_callback(root, buf_sink, text, JSON_INDENT(1) |
		    JSON_ENSURE_ASCII);
	json_decref(list);
	json_decref(root);
	if (r != 0)
		return err_nomem(e);
	return buf_append(text, "\n", 1, e);
}

enum err_code
planfile_write(const char *path, uint64_t tar_size, const struct plan *p,
    struct err *e)
{
	struct outfile out;
	struct buf text;

	buf_init(&text, FILE_MAX);
	if (print_plan(tar_size, p, &text, e) == ERR_OK &&
	    outfile_open(path, &out, e) == ERR_OK) {
		if (io_write(out.fd, text.data, text.size, NULL, e) ==
		    ERR_OK)
			outfile_commit(&out, NULL, e);
		outfile_abort(&out);
	}
	buf_free(&text);
	return e->code != ERR_OK ? err_wrap(e, "%s", path) : ERR_OK;
}
