#include "unpack/verdict.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonname.h"
#include "base/num.h"
#include "base/text.h"

#define KEPT_MAX ((size_t)4 << 20)	/* bytes of memory, about */

struct violation {
	struct violation *next;
	enum err_code code;
	char *rule;		/* owned, as the others */
	char *member;		/* or NULL */
	char *text;
	uint64_t value, limit;
};

struct verdict {
	bool collect;
	size_t max;
	size_t n, n_kept;
	size_t bytes;		/* that the kept ones take */
	struct violation *first, *newest;
	struct violation *gravest;	/* the first that decides the result */
};

enum err_code
verdict_new(bool collect, size_t max, struct verdict **out, struct err *e)
{
	struct verdict *v = calloc(1, sizeof(*v));

	*out = v;
	if (v == NULL)
		return err_nomem(e);
	v->collect = collect;
	v->max = max;
	return ERR_OK;
}

static void
free_one(struct violation *one)
{
	free(one->rule);
	free(one->member);
	free(one->text);
	free(one);
}

void
verdict_free(struct verdict *v)
{
	struct violation *one, *next;

	if (v == NULL)
		return;
	for (one = v->first; one != NULL; one = next) {
		next = one->next;
		free_one(one);
	}
	free(v);
}

static bool
is_violation(enum err_code code)
{
	return code == ERR_UNSAFE || code == ERR_LIMIT ||
	    code == ERR_MEMLIMIT;
}

/* What is unsafe goes before what is too much: that a higher limit would let
 * it pass is not to be said of it. */
static bool
is_graver(const struct verdict *v, enum err_code code)
{
	return v->gravest == NULL ||
	    (code == ERR_UNSAFE && v->gravest->code != ERR_UNSAFE);
}

/* Is there room for another one of so many bytes? */
static bool
has_room(const struct verdict *v, enum err_code code, size_t bytes)
{
	return is_graver(v, code) || (v->n_kept < v->max &&
	    bytes <= KEPT_MAX - num_min(v->bytes, KEPT_MAX));
}

/* Append what e holds; false: no memory. */
static bool
keep(struct verdict *v, const char *rule, const char *member,
    const struct err *e)
{
	struct violation *one = calloc(1, sizeof(*one));

	if (one == NULL)
		return false;
	one->code = e->code;
	one->rule = strdup(rule);
	one->member = member != NULL ? strdup(member) : NULL;
	one->text = strdup(e->text);
	if (one->rule == NULL || one->text == NULL ||
	    (member != NULL && one->member == NULL)) {
		free_one(one);
		return false;
	}
	if (v->newest != NULL)
		v->newest->next = one;
	else
		v->first = one;
	v->newest = one;
	if (is_graver(v, one->code))
		v->gravest = one;
	v->n_kept++;
	return true;
}

enum err_code
verdict_judge(struct verdict *v, const char *rule, const char *member,
    uint64_t value, uint64_t limit, struct err *e)
{
	const struct err none = ERR_INIT;
	size_t bytes;

	if (!v->collect || !is_violation(e->code))
		return e->code;
	bytes = sizeof(struct violation) + strlen(rule) + strlen(e->text) +
	    (member != NULL ? strlen(member) : 0);
	if (has_room(v, e->code, bytes)) {
		if (!keep(v, rule, member, e)) {
			*e = none;
			return err_nomem(e);
		}
		v->newest->value = value;
		v->newest->limit = limit;
		v->bytes += bytes;
	}
	v->n++;
	*e = none;
	return ERR_OK;
}

size_t
verdict_count(const struct verdict *v)
{
	return v->n;
}

enum err_code
verdict_result(const struct verdict *v, struct err *e)
{
	if (v->n == 0)
		return e->code;
	if (v->n == 1)
		return err_set(e, v->first->code, "%s", v->first->text);
	return err_set(e, v->gravest->code, "%zu violations; the %s: %s",
	    v->n, v->gravest == v->first ? "first" : "gravest",
	    v->gravest->text);
}

enum err_code
verdict_text(const struct verdict *v, struct buf *to, struct err *e)
{
	const struct violation *one;

	for (one = v->first; one != NULL && e->code == ERR_OK;
	    one = one->next) {
		text_escape(to, one->rule, e);
		buf_append(to, "  ", 2, e);
		text_escape_name(to, one->member != NULL ? one->member : "-",
		    e);
		buf_append(to, "  ", 2, e);
		text_escape(to, one->member != NULL && one->member[0] != '\0' ?
		    err_bare(one->text, one->member) : one->text, e);
		buf_append(to, "\n", 1, e);
	}
	if (v->n > v->n_kept)
		text_printf(to, e, "-  -  %zu more\n", v->n - v->n_kept);
	return e->code;
}

static int
put_number(json_t *o, const char *key, uint64_t n)
{
	return json_object_set_new(o, key,
	    json_integer((json_int_t)num_min(n, INT64_MAX)));
}

static json_t *
object_of(const struct violation *one, struct err *e)
{
	json_t *o = json_object();
	int r;

	r = jsonname_put(o, "rule", NULL, one->rule, e);
	r |= put_number(o, "status", (uint64_t)one->code);
	r |= jsonname_put_or_null(o, "member", "member_hex", one->member, e);
	r |= jsonname_put(o, "message", NULL, one->text, e);
	if (one->value != 0 || one->limit != 0) {
		r |= put_number(o, "value", one->value);
		r |= put_number(o, "limit", one->limit);
	}
	if (r == 0 && e->code == ERR_OK)
		return o;
	err_nomem(e);
	json_decref(o);
	return NULL;
}

enum err_code
verdict_json(const struct verdict *v, json_t **array, struct err *e)
{
	const struct violation *one;
	json_t *o;
	int r = 0;

	*array = json_array();
	for (one = v->first; one != NULL && r == 0; one = one->next) {
		o = object_of(one, e);
		r = o == NULL ? -1 : json_array_append_new(*array, o);
	}
	if (r == 0 && *array != NULL)
		return ERR_OK;
	json_decref(*array);
	*array = NULL;
	return err_nomem(e);
}
