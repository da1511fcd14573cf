#include "cli/wraptable.h"

#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "base/jsonname.h"
#include "base/text.h"

#define NAMES_AT 10		/* the column of names, behind what they are */

static void
row(struct buf *to, uint64_t size, const char *what, const char *name,
    struct err *e)
{
	text_printf(to, e, "%12" PRIu64 "  %s", size, what);
	if (name != NULL) {
		text_printf(to, e, "%*s", (int)(NAMES_AT - strlen(what)), "");
		text_escape_name(to, name, e);
	}
	text_printf(to, e, "\n");
}

enum err_code
wraptable_text(const struct tally *t, struct buf *to, struct err *e)
{
	size_t i;

	if (t->code != NULL) {
		row(to, t->code_size, "code", t->code, e);
		row(to, t->payload_size, "  payload", NULL, e);
		row(to, t->code_size - t->payload_size, "  loader", NULL, e);
	}
	for (i = 0; i < t->n; i++)
		row(to, t->files[i].size, "with", t->files[i].path, e);
	row(to, t->total, "total", NULL, e);
	if (!t->has_limit)
		return e->code;
	row(to, t->limit, "limit", NULL, e);
	if (t->total <= t->limit)
		row(to, t->limit - t->total, "headroom", NULL, e);
	else
		row(to, t->total - t->limit, "over", NULL, e);
	return e->code;
}

static bool
is_lzma(const struct script_result *s)
{
	return strcmp(s->module, "lzma") == 0;
}

enum err_code
wraptable_script(const struct script_result *s, struct buf *to, struct err *e)
{
	text_printf(to, e, "script      %" PRIu64 " bytes", s->script_size);
	if (s->minified_size > 0)
		text_printf(to, e, ", minified %" PRIu64, s->minified_size);
	text_printf(to, e, "\nprogram     %" PRIu64 " bytes, %zu phrases\n",
	    s->program_size, s->n_phrases);
	text_printf(to, e, "compressed  %" PRIu64 " bytes, %s", s->packed_size,
	    s->module);
	if (is_lzma(s))
		text_printf(to, e, ":lc=%" PRIu32 ",lp=%" PRIu32 ",pb=%" PRIu32,
		    s->lzma.lc, s->lzma.lp, s->lzma.pb);
	text_printf(to, e, "\n");
	return text_printf(to, e, "encoding    %s\n",
	    encoding_name(s->encoding));
}

enum err_code
wraptable_capsule(const struct capsule_result *c, struct buf *to,
    struct err *e)
{
	text_printf(to, e, "bundle      %" PRIu64 " bytes, %" PRIu64 " files",
	    c->bundle_size, c->files);
	if (c->unpacked > 0)
		text_printf(to, e, ", %" PRIu64 " of them packed", c->unpacked);
	return text_printf(to, e, "\nloader      %" PRIu64 " bytes\n"
	    "encoding    %s\n", c->loader_size, encoding_name(c->encoding));
}

static json_t *
number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
script_object(const struct script_result *s, int *r)
{
	json_t *o = json_object();

	*r |= json_object_set_new(o, "bytes", number(s->script_size));
	*r |= json_object_set_new(o, "minified_bytes", s->minified_size > 0 ?
	    number(s->minified_size) : json_null());
	*r |= json_object_set_new(o, "program_bytes",
	    number(s->program_size));
	*r |= json_object_set_new(o, "packed_bytes", number(s->packed_size));
	*r |= json_object_set_new(o, "phrases", number(s->n_phrases));
	*r |= json_object_set_new(o, "module", json_string(s->module));
	*r |= json_object_set_new(o, "lc", is_lzma(s) ?
	    number(s->lzma.lc) : json_null());
	*r |= json_object_set_new(o, "lp", is_lzma(s) ?
	    number(s->lzma.lp) : json_null());
	*r |= json_object_set_new(o, "pb", is_lzma(s) ?
	    number(s->lzma.pb) : json_null());
	*r |= json_object_set_new(o, "encoding",
	    json_string(encoding_name(s->encoding)));
	*r |= json_object_set_new(o, "reads_itself_line", s->reads_itself > 0 ?
	    number(s->reads_itself) : json_null());
	return o;
}

static json_t *
capsule_object(const struct capsule_result *c, int *r)
{
	json_t *o = json_object();

	*r |= json_object_set_new(o, "bytes", number(c->bundle_size));
	*r |= json_object_set_new(o, "files", number(c->files));
	*r |= json_object_set_new(o, "packed_files", number(c->unpacked));
	*r |= json_object_set_new(o, "packed_loader_bytes",
	    number(c->loader_size));
	*r |= json_object_set_new(o, "encoding",
	    json_string(encoding_name(c->encoding)));
	return o;
}

static json_t *
files_array(const struct tally *t, int *r, struct err *e)
{
	json_t *list = json_array(), *o;
	size_t i;

	for (i = 0; i < t->n; i++) {
		o = json_object();
		*r |= jsonname_put(o, "name", "name_hex", t->files[i].path, e);
		*r |= json_object_set_new(o, "bytes",
		    number(t->files[i].size));
		*r |= json_array_append_new(list, o);
	}
	return list;
}

static json_t *
code_object(const struct tally *t, int *r, struct err *e)
{
	json_t *o;

	if (t->code == NULL)
		return json_null();
	o = json_object();
	*r |= jsonname_put(o, "name", "name_hex", t->code, e);
	*r |= json_object_set_new(o, "bytes", number(t->code_size));
	*r |= json_object_set_new(o, "payload_bytes",
	    number(t->payload_size));
	*r |= json_object_set_new(o, "loader_bytes",
	    number(t->code_size - t->payload_size));
	return o;
}

enum err_code
wraptable_json(const struct tally *t, const struct script_result *s,
    const struct capsule_result *c, struct buf *to, struct err *e)
{
	json_t *o = json_object();
	int r = 0;
	json_t *code = code_object(t, &r, e);
	json_t *script = s == NULL ? json_null() : script_object(s, &r);
	json_t *bundle = c == NULL ? json_null() : capsule_object(c, &r);
	json_t *files = files_array(t, &r, e);

	r |= json_object_set_new(o, "format", json_string("xzbundle-wrap"));
	r |= json_object_set_new(o, "version", number(1));
	r |= json_object_set_new(o, "code", code);
	r |= json_object_set_new(o, "script", script);
	r |= json_object_set_new(o, "bundle", bundle);
	r |= json_object_set_new(o, "with", files);
	r |= json_object_set_new(o, "total_bytes", number(t->total));
	r |= json_object_set_new(o, "limit_bytes", t->has_limit ?
	    number(t->limit) : json_null());
	r |= json_object_set_new(o, "headroom_bytes", t->has_limit ?
	    json_integer((json_int_t)t->limit - (json_int_t)t->total) :
	    json_null());
	if (r != 0)
		err_nomem(e);
	else if (json_dump_callback(o, buf_sink, to, JSON_INDENT(2)) != 0)
		err_nomem(e);
	json_decref(o);
	return e->code == ERR_OK ? buf_append(to, "\n", 1, e) : e->code;
}
