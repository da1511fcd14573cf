#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "weights/stfile_part.h"

#define FORMAT 1
/* Bytes of a tensor's recipe: 2^16 levels of 8 bytes need 1.4 MB. */
#define RECIPE_MAX ((size_t)2 << 20)
#define MEMBER_MAX 64		/* bytes of a member's name with all escapes */
#define LISTS_MAX 8		/* in it; it has a shape and levels */

/* --- the recipe of a tensor --- */

enum err_code
stfile_params(const struct stfile_recipe *r, json_t **params, struct err *e)
{
	struct span s = { r->text, r->text + strlen(r->text) };

	return stfile_load(&s, RECIPE_MAX, false, params, e);
}

/* Is it a member that the recipe of a tensor packed by p may have? */
static bool
is_known(const struct packing *p, const char *key)
{
	static const char *const all[] = { "dtype", "shape", "packing",
	    "crc32" };
	const char *const *param;
	size_t i;

	for (i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		if (strcmp(key, all[i]) == 0)
			return true;
	}
	for (param = p->params; *param != NULL; param++) {
		if (strcmp(key, *param) == 0)
			return true;
	}
	return false;
}

/* What o says into *r. */
static enum err_code
read_object(json_t *o, struct stfile_recipe *r, struct err *e)
{
	const json_t *name = json_object_get(o, "packing");
	const json_t *crc = json_object_get(o, "crc32");
	const char *key;
	json_t *value;

	if (!json_is_string(name))
		return err_set(e, ERR_CORRUPT, "it has no packing");
	r->packing = packing_find(json_string_value(name));
	if (r->packing == NULL)
		return err_set(e, ERR_CORRUPT, "there is no packing '%.99s'",
		    json_string_value(name));
	json_object_foreach(o, key, value) {
		if (!is_known(r->packing, key))
			return err_set(e, ERR_CORRUPT, "'%.99s' is nothing "
			    "that %s has", key, r->packing->name);
	}
	if (!json_is_integer(crc) || json_integer_value(crc) < 0 ||
	    json_integer_value(crc) > UINT32_MAX)
		return err_set(e, ERR_CORRUPT, "it has no crc32");
	r->crc32 = (uint32_t)json_integer_value(crc);
	if (stfile_load_tensor(o, &r->original, e) != ERR_OK)
		return e->code;
	if (r->original.n == 0)
		return err_set(e, ERR_CORRUPT, "it has no values");
	return tensor_packable(&r->original, ERR_CORRUPT, e);
}

/* Empty objects and lists take a hundred times as much memory as text, and
 * nothing that is known has many.  (Strings may have no such signs, either.) */
static bool
is_flat(const struct span *value)
{
	size_t lists = 0;
	const char *p;

	for (p = value->p + 1; p < value->end; p++) {
		if (*p == '{' || (*p == '[' && ++lists > LISTS_MAX))
			return false;
	}
	return true;
}

static enum err_code
read_one(struct stfile_tensor *t, const struct span *value, struct err *e)
{
	json_t *o = NULL;

	if (t->recipe != NULL || *value->p != '{' || !is_flat(value))
		return err_set(e, ERR_CORRUPT, "its recipe is there twice, or "
		    "is no object of numbers, strings and lists of these");
	if (strcmp(t->tensor.dtype, "U8") != 0 || t->tensor.n_dims != 1)
		return err_set(e, ERR_CORRUPT, "it is packed, but not of "
		    "dtype U8 with one dimension");
	t->recipe = calloc(1, sizeof(*t->recipe));
	if (t->recipe == NULL)
		return err_nomem(e);
	t->recipe->text = strndup(value->p, stcut_size(value));
	if (t->recipe->text == NULL)
		return err_nomem(e);
	if (stfile_load(value, RECIPE_MAX, false, &o, e) == ERR_OK)
		read_object(o, t->recipe, e);
	json_decref(o);
	return e->code;
}

static enum err_code
read_tensors(struct stfile *f, const struct span *all, struct err *e)
{
	enum stcut_found found;
	struct span key, value;
	json_t *name = NULL;
	struct stcut c;
	size_t i;

	stcut_begin(&c, all->p, stcut_size(all));
	while ((found = stcut_next(&c, &key, &value)) == STCUT_MEMBER) {
		if (stfile_load(&key, RECIPE_MAX, false, &name, e) != ERR_OK)
			return e->code;
		i = stfile_find(f, json_string_value(name));
		if (i == f->n)
			err_set(e, ERR_CORRUPT, "there is no such tensor");
		else
			read_one(&f->tensors[i], &value, e);
		if (e->code != ERR_OK)
			stfile_blame(json_string_value(name), e);
		json_decref(name);
		if (e->code != ERR_OK)
			return e->code;
	}
	if (found != STCUT_END)
		err_set(e, ERR_CORRUPT, "its tensors are not JSON");
	return e->code;
}

/* --- the whole --- */

/* What a recipe has beside tensors. */
enum member { TENSORS, VERSION_NUMBER, BARE, ARRAY, HEADER, N_MEMBERS };

static const char *const member_names[N_MEMBERS] = {
	"tensors", "version", "bare", "array", "header"
};

static enum err_code
take_version(const json_t *v, struct err *e)
{
	if (!json_is_integer(v))
		return err_set(e, ERR_CORRUPT, "its version is no number");
	if (json_integer_value(v) != FORMAT)
		return err_set(e, ERR_UNSUPPORTED, "it was packed by another "
		    "version: format %lld, and %d is read",
		    (long long)json_integer_value(v), FORMAT);
	return ERR_OK;
}

static enum err_code
take_header(struct stfile *f, const json_t *v, struct err *e)
{
	f->original_size = json_string_length(v);
	f->original_header = malloc(f->original_size + 1);
	if (f->original_header == NULL)
		return err_nomem(e);
	memcpy(f->original_header, json_string_value(v), f->original_size);
	return ERR_OK;
}

static enum err_code
take_member(struct stfile *f, enum member which, const struct span *value,
    struct err *e)
{
	json_t *v = NULL;

	if (which == TENSORS)
		return *value->p == '{' ? read_tensors(f, value, e) :
		    err_set(e, ERR_CORRUPT, "its tensors are no object");
	/* A list or an object could be as large as all of it. */
	if (*value->p == '[' || *value->p == '{')
		return err_set(e, ERR_CORRUPT, "'%s' is wrong",
		    member_names[which]);
	if (stfile_load(value, STFILE_HEADER_MAX, false, &v, e) != ERR_OK)
		return e->code;
	if (which == VERSION_NUMBER)
		take_version(v, e);
	else if (which == HEADER && json_is_string(v))
		take_header(f, v, e);
	else if (which == BARE && json_is_boolean(v))
		f->bare = json_is_true(v);
	else if (which == ARRAY && json_is_boolean(v))
		f->array = json_is_true(v);
	else
		err_set(e, ERR_CORRUPT, "'%s' is wrong", member_names[which]);
	json_decref(v);
	return e->code;
}

/* The members of a recipe; there[] says which there were. */
static enum err_code
read_members(struct stfile *f, const char *text, size_t size,
    bool there[N_MEMBERS], struct err *e)
{
	enum stcut_found found;
	struct span key, value;
	json_t *name = NULL;
	struct stcut c;
	size_t i;

	stcut_begin(&c, text, size);
	while ((found = stcut_next(&c, &key, &value)) == STCUT_MEMBER) {
		if (stfile_load(&key, MEMBER_MAX, false, &name, e) != ERR_OK)
			return e->code;
		for (i = 0; i < N_MEMBERS; i++) {
			if (strcmp(json_string_value(name), member_names[i]) ==
			    0)
				break;
		}
		json_decref(name);
		if (i == N_MEMBERS || there[i])
			return err_set(e, ERR_CORRUPT, "it has a member that "
			    "is not known, or one twice");
		there[i] = true;
		if (take_member(f, (enum member)i, &value, e) != ERR_OK)
			return e->code;
	}
	return found == STCUT_END ? ERR_OK :
	    err_set(e, ERR_CORRUPT, "it is not JSON");
}

static enum err_code
sum_up(struct stfile *f, struct err *e)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (!num_add(sum, stfile_original_size(&f->tensors[i]),
		    &sum) || sum > INT64_MAX)
			return err_set(e, ERR_CORRUPT, "its tensors would "
			    "have too many bytes");
	}
	f->original_data_size = sum;
	return ERR_OK;
}

enum err_code
stfile_read_recipe(struct stfile *f, const char *text, size_t size,
    struct err *e)
{
	bool there[N_MEMBERS] = { false };

	f->packed = true;
	if (read_members(f, text, size, there, e) != ERR_OK)
		goto out;
	if (!there[VERSION_NUMBER] || !there[TENSORS])
		err_set(e, ERR_CORRUPT, "it has no version, or no tensors");
	else if (f->array && (there[BARE] || there[HEADER]))
		err_set(e, ERR_CORRUPT, "an array has no header");
	else if ((f->bare || f->array) && strcmp(f->metadata, "{}") != 0)
		err_set(e, ERR_CORRUPT, "there are metadata that the original "
		    "had not");
	else if (f->more)
		err_set(e, ERR_CORRUPT, "a tensor has members that are not "
		    "known");
	else if (f->array && (f->n != 1 ||
	    strcmp(f->tensors[0].name, STFILE_ARRAY) != 0))
		err_set(e, ERR_CORRUPT, "not the one tensor that an array is");
	else if (sum_up(f, e) == ERR_OK && f->original_header != NULL &&
	    stfile_check_original(f, f->original_header, f->original_size,
	    e) != ERR_OK)
		err_wrap(e, "the original's header");
out:
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, "the recipe");
}

/* --- the original's header --- */

/* Is what o has at this place what t was? */
static bool
agrees(const struct stfile_tensor *o, const struct stfile_tensor *t)
{
	const struct tensor *was = stfile_original(t);

	return strcmp(o->name, t->name) == 0 &&
	    strcmp(o->tensor.dtype, was->dtype) == 0 &&
	    o->tensor.n_dims == was->n_dims &&
	    memcmp(o->tensor.shape, was->shape,
	    was->n_dims * sizeof(was->shape[0])) == 0 &&
	    o->size == stfile_original_size(t);
}

/* The next one with bytes in the original, from place *at of an order on. */
static size_t
next_with_bytes(const struct stfile *f, const size_t *order, size_t *at)
{
	size_t i;

	while (*at < f->n) {
		i = order[(*at)++];
		if (stfile_original_size(&f->tensors[i]) > 0)
			return i;
	}
	return f->n;
}

enum err_code
stfile_check_original(const struct stfile *f, const char *text, size_t size,
    struct err *e)
{
	struct stfile o;
	size_t i, a = 0, b = 0;

	if (stfile_read_header(text, size, f->original_data_size, false, &o,
	    e) != ERR_OK)
		goto out;
	for (i = 0; i < f->n && o.n == f->n; i++) {
		if (!agrees(&o.tensors[i], &f->tensors[i]))
			break;
	}
	if (i < f->n || o.n != f->n) {
		err_set(e, ERR_CORRUPT, "it has other tensors");
		goto out;
	}
	do {
		i = next_with_bytes(&o, o.by_off, &a);
		if (i != next_with_bytes(f, f->by_off, &b))
			err_set(e, ERR_CORRUPT, "its tensors are in another "
			    "order");
	} while (e->code == ERR_OK && i < f->n);
out:
	stfile_free(&o);
	return e->code;
}

enum err_code
stfile_finish(struct stfile *f, const char *text, size_t size, struct err *e)
{
	struct err own = ERR_INIT;
	struct buf made;

	f->packed = true;
	f->bare = !f->array && f->metadata == NULL;
	if (sum_up(f, e) != ERR_OK)
		return e->code;
	/* Who reads it will sort it so. */
	free(f->by_off);
	free(f->by_name);
	f->by_off = f->by_name = NULL;
	if (stfile_sort(f, e) != ERR_OK || f->array)
		return e->code;
	if (stfile_check_original(f, text, size, &own) != ERR_OK)
		return err_set(e, own.code == ERR_FAIL ? ERR_FAIL :
		    ERR_UNSUPPORTED, "unpacking would not give its header "
		    "back: %s", own.text);
	buf_init(&made, STFILE_PREFIX + STFILE_HEADER_MAX);
	if (stfile_write_original(f, &made, &own) != ERR_OK ||
	    made.size != size + STFILE_PREFIX ||
	    memcmp(made.data + STFILE_PREFIX, text, size) != 0) {
		f->original_header = malloc(size + 1);
		if (f->original_header == NULL)
			err_nomem(e);
		else
			memcpy(f->original_header, text, size);
		f->original_size = size;
	}
	buf_free(&made);
	return e->code;
}
