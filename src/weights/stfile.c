#include "weights/stfile.h"

#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "base/num.h"
#include "weights/stfile_part.h"

#define NAME_SHOWN 200			/* bytes of a tensor's name */
#define TENSOR_MAX ((size_t)64 << 10)	/* bytes of a tensor's description */

bool
stfile_looks(const uint8_t *p, size_t n, uint64_t *header_size)
{
	if (n <= STFILE_PREFIX || p[STFILE_PREFIX] != '{')
		return false;
	*header_size = num_le(p, STFILE_PREFIX);
	return *header_size >= 2;
}

bool
stfile_mentions(const void *text, size_t size)
{
	static const char key[] = "\"" STFILE_KEY "\"";

	return memmem(text, size, key, sizeof(key) - 1) != NULL;
}

void
stfile_free(struct stfile *f)
{
	size_t i;

	for (i = 0; f->tensors != NULL && i < f->n; i++) {
		free(f->tensors[i].name);
		if (f->tensors[i].recipe != NULL)
			free(f->tensors[i].recipe->text);
		free(f->tensors[i].recipe);
	}
	free(f->tensors);
	free(f->by_off);
	free(f->by_name);
	free(f->metadata);
	free(f->original_header);
	memset(f, 0, sizeof(*f));
}

/* The reason has to be read behind it. */
enum err_code
stfile_blame(const char *name, struct err *e)
{
	size_t n = strlen(name);

	if (n <= NAME_SHOWN)
		return err_wrap(e, "tensor '%s'", name);
	/* Not inside of a character. */
	for (n = NAME_SHOWN; n > 0 && (name[n] & 0xc0) == 0x80; n--)
		;
	return err_wrap(e, "tensor '%.*s...'", (int)n, name);
}

const struct tensor *
stfile_original(const struct stfile_tensor *t)
{
	return t->recipe != NULL ? &t->recipe->original : &t->tensor;
}

uint64_t
stfile_original_size(const struct stfile_tensor *t)
{
	return t->recipe != NULL ? t->recipe->original.size : t->size;
}

/* --- values --- */

enum err_code
stfile_load(const struct span *s, size_t max, bool nul, json_t **v,
    struct err *e)
{
	json_error_t error;

	if (stcut_size(s) > max)
		return err_set(e, ERR_CORRUPT, "a part of the header is too "
		    "long");
	/* Behind a number, jansson passes over it. */
	if (memchr(s->p, '\0', stcut_size(s)) != NULL)
		return err_set(e, ERR_CORRUPT, "a part of the header is not "
		    "JSON: a NUL byte");
	*v = json_loadb(s->p, stcut_size(s), JSON_REJECT_DUPLICATES |
	    JSON_DECODE_ANY | (nul ? JSON_ALLOW_NUL : 0), &error);
	if (*v != NULL)
		return ERR_OK;
	if (json_error_code(&error) == json_error_out_of_memory)
		return err_nomem(e);
	return err_set(e, ERR_CORRUPT, "a part of the header is not JSON: %s",
	    error.text);
}

static bool
get_u64(const json_t *v, uint64_t *n)
{
	if (!json_is_integer(v) || json_integer_value(v) < 0)
		return false;
	*n = (uint64_t)json_integer_value(v);
	return true;
}

enum err_code
stfile_load_tensor(const json_t *o, struct tensor *t, struct err *e)
{
	const json_t *dtype = json_object_get(o, "dtype");
	const json_t *shape = json_object_get(o, "shape");
	uint64_t dims[TENSOR_DIMS_MAX];
	size_t i, n = json_array_size(shape);

	if (!json_is_string(dtype) || !json_is_array(shape))
		return err_set(e, ERR_CORRUPT, "it has no dtype or no shape");
	if (n > TENSOR_DIMS_MAX)
		return err_set(e, ERR_CORRUPT, "it has %zu dimensions; at "
		    "most %d are read", n, TENSOR_DIMS_MAX);
	for (i = 0; i < n; i++) {
		if (!get_u64(json_array_get(shape, i), &dims[i]))
			return err_set(e, ERR_CORRUPT, "its shape is no list "
			    "of sizes");
	}
	return tensor_set(t, json_string_value(dtype), dims, n, e);
}

/* --- the order of tensors --- */

static int
by_name(const void *a, const void *b)
{
	const struct stfile_tensor *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

static int
by_off(const void *a, const void *b)
{
	const struct stfile_tensor *const *x = a, *const *y = b;

	if ((*x)->off != (*y)->off)
		return (*x)->off < (*y)->off ? -1 : 1;
	if (((*x)->size == 0) != ((*y)->size == 0))
		return (*x)->size == 0 ? -1 : 1;
	return *x < *y ? -1 : *x > *y;
}

static enum err_code
sort(const struct stfile *f, int (*compare)(const void *, const void *),
    size_t **order, struct err *e)
{
	const struct stfile_tensor **sorted;
	size_t i;

	*order = calloc(f->n + 1, sizeof(**order));
	sorted = calloc(f->n + 1, sizeof(*sorted));
	if (*order == NULL || sorted == NULL) {
		free(sorted);
		return err_nomem(e);
	}
	for (i = 0; i < f->n; i++)
		sorted[i] = &f->tensors[i];
	qsort(sorted, f->n, sizeof(*sorted), compare);
	for (i = 0; i < f->n; i++)
		(*order)[i] = (size_t)(sorted[i] - f->tensors);
	free(sorted);
	return ERR_OK;
}

enum err_code
stfile_sort(struct stfile *f, struct err *e)
{
	if (sort(f, by_off, &f->by_off, e) == ERR_OK)
		sort(f, by_name, &f->by_name, e);
	return e->code;
}

size_t
stfile_find(const struct stfile *f, const char *name)
{
	size_t low = 0, high = f->n, middle;
	int order;

	while (low < high) {
		middle = low + (high - low) / 2;
		order = strcmp(name, f->tensors[f->by_name[middle]].name);
		if (order == 0)
			return f->by_name[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return f->n;
}

enum err_code
stfile_lay_out(struct stfile *f, struct err *e)
{
	struct stfile_tensor *t;
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < f->n; i++) {
		t = &f->tensors[f->by_off[i]];
		t->off = at;
		if (!num_add(at, t->size, &at) || at > INT64_MAX)
			return err_set(e, ERR_UNSUPPORTED, "the data are too "
			    "large");
	}
	f->data_size = at;
	return ERR_OK;
}

/* --- reading --- */

/* What is said of a tensor into *t, which has its name; *more is set if it has
 * other members, too. */
static enum err_code
describe(const struct span *value, uint64_t data_size,
    struct stfile_tensor *t, bool *more, struct err *e)
{
	const json_t *offsets;
	json_t *o = NULL;
	uint64_t end;

	if (stfile_load(value, TENSOR_MAX, false, &o, e) != ERR_OK ||
	    stfile_load_tensor(o, &t->tensor, e) != ERR_OK)
		goto out;
	offsets = json_object_get(o, "data_offsets");
	*more |= json_object_size(o) > 3;
	if (json_array_size(offsets) != 2 ||
	    !get_u64(json_array_get(offsets, 0), &t->off) ||
	    !get_u64(json_array_get(offsets, 1), &end) || end < t->off)
		err_set(e, ERR_CORRUPT, "it has no data_offsets that make "
		    "sense");
	else if (end > data_size)
		err_set(e, ERR_CORRUPT, "its data end behind the end of the "
		    "file");
	else
		t->size = end - t->off;
	if (e->code == ERR_OK && dtype_bits(t->tensor.dtype) != 0 &&
	    t->size != t->tensor.size)
		err_set(e, ERR_CORRUPT, "its data do not have the size of "
		    "its dtype and shape");
out:
	json_decref(o);
	return e->code;
}

/* How many tensors a header of that size has at most. */
static size_t
most_tensors(size_t size)
{
	static const char least[] =
	    "\"\":{\"dtype\":\"\",\"shape\":[],\"data_offsets\":[0,0]},";

	return size / (sizeof(least) - 1) + 1;
}

static enum err_code
add_tensor(struct stfile *f, const char *name, const struct span *value,
    size_t header_size, struct err *e)
{
	struct stfile_tensor *t = &f->tensors[f->n];

	if (f->n == most_tensors(header_size)) {
		err_set(e, ERR_CORRUPT, "it says too little");
		return stfile_blame(name, e);
	}
	t->name = strdup(name);
	if (t->name == NULL)
		return err_nomem(e);
	f->n++;
	if (*value->p != '{')
		err_set(e, ERR_CORRUPT, "it is no object");
	else
		describe(value, f->data_size, t, &f->more, e);
	return e->code == ERR_OK ? ERR_OK : stfile_blame(name, e);
}

/* The tensors; *metadata is where these are, all zeros if nowhere. */
static enum err_code
read_members(struct stfile *f, const char *text, size_t size,
    struct span *metadata, struct err *e)
{
	enum stcut_found found;
	struct span key, value;
	struct stcut c;
	json_t *name = NULL;

	stcut_begin(&c, text, size);
	while ((found = stcut_next(&c, &key, &value)) == STCUT_MEMBER) {
		if (stfile_load(&key, TENSOR_MAX, false, &name, e) != ERR_OK)
			return e->code;
		if (strcmp(json_string_value(name), STFILE_METADATA) != 0) {
			add_tensor(f, json_string_value(name), &value, size,
			    e);
		} else if (metadata->p != NULL || *value.p != '{') {
			err_set(e, ERR_CORRUPT, STFILE_METADATA " is there "
			    "twice, or is no object");
		} else {
			*metadata = value;
			f->metadata_at = f->n;
		}
		json_decref(name);
		if (e->code != ERR_OK)
			return e->code;
	}
	if (found != STCUT_END || *text != '{')
		err_set(e, ERR_CORRUPT, "the header is not JSON");
	return e->code;
}

/* The data of one tensor begins where those of another end. */
static enum err_code
check_places(const struct stfile *f, struct err *e)
{
	const struct stfile_tensor *t;
	const char *name, *last;
	uint64_t at = 0;
	size_t i;

	for (i = 1; i < f->n; i++) {
		last = f->tensors[f->by_name[i - 1]].name;
		name = f->tensors[f->by_name[i]].name;
		if (strcmp(last, name) == 0) {
			err_set(e, ERR_CORRUPT, "is there twice");
			return stfile_blame(name, e);
		}
	}
	for (i = 0; i < f->n; i++) {
		t = &f->tensors[f->by_off[i]];
		if (t->off != at) {
			err_set(e, ERR_CORRUPT, "its data do not begin where "
			    "those before it end");
			return stfile_blame(t->name, e);
		}
		at += t->size;
	}
	if (at != f->data_size)
		return err_set(e, ERR_CORRUPT, "the file does not end where "
		    "the data of its tensors do");
	return ERR_OK;
}

/* --- metadata --- */

/* Append a member of the metadata; what may be a recipe goes to *recipe. */
static enum err_code
add_metadata(struct buf *to, const struct span *key,
    const struct span *value, json_t **recipe, struct err *e)
{
	json_t *k = NULL, *v = NULL;
	bool is_recipe;

	if (*value->p != '"')
		return err_set(e, ERR_CORRUPT, "a value is no string");
	if (stfile_load(key, STFILE_HEADER_MAX, true, &k, e) != ERR_OK ||
	    stfile_load(value, STFILE_HEADER_MAX, true, &v, e) != ERR_OK)
		goto out;
	is_recipe = json_string_length(k) == strlen(STFILE_KEY) &&
	    strcmp(json_string_value(k), STFILE_KEY) == 0;
	if (is_recipe && *recipe != NULL) {
		err_set(e, ERR_CORRUPT, STFILE_KEY " is there twice");
	} else if (is_recipe && stcut_size(key) != strlen(STFILE_KEY) + 2) {
		/* Others look for it in the text. */
		err_set(e, ERR_CORRUPT, STFILE_KEY " has escapes");
	} else if (is_recipe) {
		*recipe = json_incref(v);
	} else {
		if (to->size > 1)
			buf_append(to, ",", 1, e);
		stfile_put_string(to, json_string_value(k),
		    json_string_length(k), e);
		buf_append(to, ":", 1, e);
		stfile_put_string(to, json_string_value(v),
		    json_string_length(v), e);
	}
out:
	json_decref(k);
	json_decref(v);
	return e->code;
}

static int
by_text(const void *a, const void *b)
{
	const struct span *x = a, *y = b;
	const size_t n = stcut_size(x), m = stcut_size(y);
	const int order = memcmp(x->p, y->p, n < m ? n : m);

	return order != 0 ? order : (n > m) - (n < m);
}

/* The members of text, which was written by the rules: is each there once? */
static enum err_code
check_keys(const char *text, size_t n, struct err *e)
{
	struct span *keys = calloc(n + 1, sizeof(*keys)), value;
	struct stcut c;
	size_t i;

	if (keys == NULL)
		return err_nomem(e);
	stcut_begin(&c, text, strlen(text));
	for (i = 0; i < n; i++)
		(void)stcut_next(&c, &keys[i], &value);
	qsort(keys, n, sizeof(*keys), by_text);
	for (i = 1; i < n && e->code == ERR_OK; i++) {
		if (by_text(&keys[i - 1], &keys[i]) == 0)
			err_set(e, ERR_CORRUPT, "a name is there twice");
	}
	free(keys);
	return e->code;
}

static enum err_code
read_metadata(struct stfile *f, const struct span *all, json_t **recipe,
    struct err *e)
{
	enum stcut_found found;
	struct span key, value;
	struct stcut c;
	struct buf to;
	size_t n = 0;

	/* By the rules, nothing is longer than it is here. */
	buf_init(&to, STFILE_HEADER_MAX);
	buf_append(&to, "{", 1, e);
	stcut_begin(&c, all->p, stcut_size(all));
	while ((found = stcut_next(&c, &key, &value)) == STCUT_MEMBER) {
		if (add_metadata(&to, &key, &value, recipe, e) != ERR_OK)
			goto out;
		n++;
	}
	if (found != STCUT_END)
		err_set(e, ERR_CORRUPT, "not JSON");
	buf_append(&to, "}", 2, e);
	f->metadata = (char *)to.data;
	to.data = NULL;
	if (e->code == ERR_OK)
		check_keys(f->metadata, n - (*recipe != NULL), e);
out:
	buf_free(&to);
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, STFILE_METADATA);
}

enum err_code
stfile_read_header(const char *text, size_t size, uint64_t data_size,
    bool may_be_packed, struct stfile *f, struct err *e)
{
	struct span metadata = { NULL, NULL };
	json_t *recipe = NULL;

	memset(f, 0, sizeof(*f));
	f->data_size = data_size;
	if (size > STFILE_HEADER_MAX || size < 2)
		return err_set(e, ERR_CORRUPT, "the header has %zu bytes",
		    size);
	f->tensors = calloc(most_tensors(size), sizeof(*f->tensors));
	if (f->tensors == NULL)
		return err_nomem(e);
	if (read_members(f, text, size, &metadata, e) == ERR_OK &&
	    stfile_sort(f, e) == ERR_OK && check_places(f, e) == ERR_OK &&
	    metadata.p != NULL)
		read_metadata(f, &metadata, &recipe, e);
	if (e->code == ERR_OK && recipe != NULL && !may_be_packed)
		err_set(e, ERR_CORRUPT, "it has a recipe itself");
	else if (e->code == ERR_OK && recipe != NULL)
		stfile_read_recipe(f, json_string_value(recipe),
		    json_string_length(recipe), e);
	json_decref(recipe);
	return e->code;
}

enum err_code
stfile_read(const char *text, size_t size, uint64_t data_size,
    struct stfile *f, struct err *e)
{
	return stfile_read_header(text, size, data_size, true, f, e);
}
