#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "weights/stfile_part.h"

#define ALIGNMENT 8		/* bytes, of a header's size */
#define TEXT_MAX (8 * STFILE_HEADER_MAX)	/* bytes of a text on the way */

/* --- JSON --- */

/* How a byte of a string is escaped, or NULL: not at all. */
static const char *
escaped(unsigned char c, char room[8])
{
	static const char digits[] = "0123456789abcdef";

	switch (c) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\b':
		return "\\b";
	case '\t':
		return "\\t";
	case '\n':
		return "\\n";
	case '\f':
		return "\\f";
	case '\r':
		return "\\r";
	default:
		if (c >= 0x20)
			return NULL;
	}
	memcpy(room, "\\u00", 4);
	room[4] = digits[c >> 4];
	room[5] = digits[c & 15];
	room[6] = '\0';
	return room;
}

enum err_code
stfile_put_string(struct buf *to, const char *p, size_t n, struct err *e)
{
	const char *as;
	char room[8];
	size_t i, from = 0;

	buf_append(to, "\"", 1, e);
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		as = escaped((unsigned char)p[i], room);
		if (as == NULL)
			continue;
		buf_append(to, p + from, i - from, e);
		buf_append(to, as, strlen(as), e);
		from = i + 1;
	}
	buf_append(to, p + from, n - from, e);
	return buf_append(to, "\"", 1, e);
}

static enum err_code
put_text(struct buf *to, const char *s, struct err *e)
{
	return buf_append(to, s, strlen(s), e);
}

/* A member of the header; `end` is where its data do. */
static enum err_code
put_tensor(struct buf *to, const char *name, const struct tensor *t,
    uint64_t off, uint64_t end, struct err *e)
{
	size_t i;

	stfile_put_string(to, name, strlen(name), e);
	put_text(to, ":{\"dtype\":", e);
	stfile_put_string(to, t->dtype, strlen(t->dtype), e);
	put_text(to, ",\"shape\":[", e);
	for (i = 0; i < t->n_dims; i++)
		text_printf(to, e, "%s%" PRIu64, i > 0 ? "," : "",
		    t->shape[i]);
	return text_printf(to, e, "],\"data_offsets\":[%" PRIu64 ",%" PRIu64
	    "]}", off, end);
}

/* --- the recipe --- */

static enum err_code
put_recipe(struct buf *to, const struct stfile *f, struct err *e)
{
	const struct stfile_tensor *t;
	const char *comma = "";
	size_t i;

	put_text(to, "{\"version\":1", e);
	if (f->array)
		put_text(to, ",\"array\":true", e);
	else if (f->bare)
		put_text(to, ",\"bare\":true", e);
	if (f->original_header != NULL) {
		put_text(to, ",\"header\":", e);
		stfile_put_string(to, f->original_header, f->original_size,
		    e);
	}
	put_text(to, ",\"tensors\":{", e);
	for (i = 0; i < f->n; i++) {
		t = &f->tensors[i];
		if (t->recipe == NULL)
			continue;
		put_text(to, comma, e);
		stfile_put_string(to, t->name, strlen(t->name), e);
		put_text(to, ":", e);
		put_text(to, t->recipe->text, e);
		comma = ",";
	}
	return put_text(to, "}}", e);
}

/* The metadata of a packed file: the original's, and the recipe. */
static enum err_code
put_packed_metadata(struct buf *to, const struct stfile *f, struct err *e)
{
	struct buf recipe;

	buf_init(&recipe, TEXT_MAX);
	put_recipe(&recipe, f, e);
	/* All but the last brace. */
	if (f->metadata != NULL && strlen(f->metadata) > 2) {
		buf_append(to, f->metadata, strlen(f->metadata) - 1, e);
		put_text(to, ",", e);
	} else {
		put_text(to, "{", e);
	}
	put_text(to, "\"" STFILE_KEY "\":", e);
	stfile_put_string(to, (const char *)recipe.data, recipe.size, e);
	buf_free(&recipe);
	return put_text(to, "}", e);
}

/* --- headers --- */

/* Append a header of text. */
static enum err_code
put_header(struct buf *to, const char *text, size_t size, struct err *e)
{
	uint8_t prefix[STFILE_PREFIX];
	size_t i;

	for (i = 0; i < sizeof(prefix); i++)
		prefix[i] = (uint8_t)((uint64_t)size >> (8 * i));
	buf_append(to, prefix, sizeof(prefix), e);
	return buf_append(to, text, size, e);
}

/* The metadata as a member of the header, if there are any. */
static enum err_code
put_metadata(struct buf *to, const struct stfile *f, bool original,
    struct err *e)
{
	if (original ? f->bare || f->metadata == NULL :
	    !f->packed && f->metadata == NULL)
		return e->code;
	if (to->size > 1)
		put_text(to, ",", e);
	put_text(to, "\"" STFILE_METADATA "\":", e);
	return !original && f->packed ? put_packed_metadata(to, f, e) :
	    put_text(to, f->metadata, e);
}

/* The header of f as it is; or with offs, which has an offset for each tensor,
 * that of its original. */
static enum err_code
make_text(struct buf *to, const struct stfile *f, const uint64_t *offs,
    struct err *e)
{
	const struct stfile_tensor *t;
	uint64_t off, size;
	size_t i;

	put_text(to, "{", e);
	for (i = 0; i < f->n && e->code == ERR_OK; i++) {
		if (i == f->metadata_at)
			put_metadata(to, f, offs != NULL, e);
		t = &f->tensors[i];
		off = offs != NULL ? offs[i] : t->off;
		size = offs != NULL ? stfile_original_size(t) : t->size;
		if (to->size > 1)
			put_text(to, ",", e);
		put_tensor(to, t->name, offs != NULL ? stfile_original(t) :
		    &t->tensor, off, off + size, e);
	}
	if (f->metadata_at == f->n)
		put_metadata(to, f, offs != NULL, e);
	put_text(to, "}", e);
	while (to->size % ALIGNMENT != 0 && e->code == ERR_OK)
		put_text(to, " ", e);
	return e->code;
}

enum err_code
stfile_write(const struct stfile *f, struct buf *to, struct err *e)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (make_text(&text, f, NULL, e) == ERR_OK) {
		if (text.size > STFILE_HEADER_MAX)
			err_set(e, ERR_UNSUPPORTED, "the header would have "
			    "%zu bytes; at most %zu are read", text.size,
			    STFILE_HEADER_MAX);
		else
			put_header(to, (const char *)text.data, text.size, e);
	}
	buf_free(&text);
	return e->code;
}

/* The original's header by the rules. */
static enum err_code
make_original(struct buf *to, const struct stfile *f, struct err *e)
{
	uint64_t *offs = calloc(f->n + 1, sizeof(*offs)), at = 0;
	size_t i;

	if (offs == NULL)
		return err_nomem(e);
	for (i = 0; i < f->n; i++) {
		offs[f->by_off[i]] = at;
		at += stfile_original_size(&f->tensors[f->by_off[i]]);
	}
	make_text(to, f, offs, e);
	free(offs);
	return e->code;
}

enum err_code
stfile_write_original(const struct stfile *f, struct buf *to, struct err *e)
{
	struct buf text;

	if (f->array)
		return ERR_OK;
	if (f->original_header != NULL)
		return put_header(to, f->original_header, f->original_size,
		    e);
	buf_init(&text, TEXT_MAX);
	if (make_original(&text, f, e) == ERR_OK)
		put_header(to, (const char *)text.data, text.size, e);
	buf_free(&text);
	return e->code;
}

/* --- packing --- */

enum err_code
stfile_set_array(struct stfile *f, const struct tensor *t, struct err *e)
{
	memset(f, 0, sizeof(*f));
	f->tensors = calloc(1, sizeof(*f->tensors));
	if (f->tensors == NULL)
		return err_nomem(e);
	f->tensors[0].name = strdup(STFILE_ARRAY);
	if (f->tensors[0].name == NULL)
		return err_nomem(e);
	f->tensors[0].tensor = *t;
	f->tensors[0].size = f->data_size = t->size;
	f->n = 1;
	f->packed = f->array = true;
	f->original_data_size = t->size;
	return stfile_sort(f, e);
}

/* All that is said of how a tensor was packed. */
static json_t *
recipe_json(const struct stfile_recipe *r, json_t *params)
{
	json_t *o = json_object(), *shape = json_array();
	size_t i;

	for (i = 0; i < r->original.n_dims; i++)
		json_array_append_new(shape,
		    json_integer((json_int_t)r->original.shape[i]));
	if (json_object_set_new(o, "dtype",
	    json_string(r->original.dtype)) != 0 ||
	    json_object_set_new(o, "shape", shape) != 0 ||
	    json_object_set_new(o, "packing",
	    json_string(r->packing->name)) != 0 ||
	    json_object_set_new(o, "crc32", json_integer(r->crc32)) != 0 ||
	    json_array_size(shape) != r->original.n_dims ||
	    json_object_update(o, params) != 0) {
		json_decref(o);
		return NULL;
	}
	return o;
}

enum err_code
stfile_pack(struct stfile_tensor *t, const struct packing *p,
    json_t *params, uint32_t crc32, uint64_t packed_size,
    struct err *e)
{
	struct stfile_recipe *r = calloc(1, sizeof(*r));
	json_t *o = NULL;
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (r == NULL)
		return err_nomem(e);
	r->packing = p;
	r->original = t->tensor;
	r->crc32 = crc32;
	o = recipe_json(r, params);
	if (o == NULL || json_dump_callback(o, buf_sink, &text,
	    JSON_COMPACT) != 0 || buf_append(&text, "", 1, e) != ERR_OK ||
	    tensor_set(&t->tensor, "U8", &packed_size, 1, e) != ERR_OK) {
		err_nomem(e);
		buf_free(&text);
		free(r);
	} else {
		r->text = (char *)text.data;
		t->recipe = r;
		t->size = packed_size;
	}
	json_decref(o);
	return e->code;
}
