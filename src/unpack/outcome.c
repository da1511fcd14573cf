#include "unpack/outcome.h"

#include <string.h>

#include "base/jsonname.h"

/* What the statuses of xzbundle(1) are called. */
static const char *
verdict_word(enum err_code code)
{
	switch (code) {
	case ERR_OK:
		return "ok";
	case ERR_LIMIT:
	case ERR_MEMLIMIT:
		return "limit";
	case ERR_UNSAFE:
	case ERR_UNSUPPORTED:
		return "refused";
	case ERR_CORRUPT:
		return "corrupt";
	default:
		return "failed";
	}
}

static json_int_t
number(uint64_t n)
{
	return n > INT64_MAX ? INT64_MAX : (json_int_t)n;
}

/* How near each limit came. */
static json_t *
limits_json(const struct outcome *o)
{
	json_t *all = json_object(), *one;
	uint64_t value, max;
	int i;

	for (i = 0; all != NULL && i < LIMIT_N; i++) {
		value = o->stats->seen.value[i];
		max = o->limits->max[i];
		one = json_pack("{s:I}", "value", number(value));
		if (max != UINT64_MAX && one != NULL) {
			json_object_set_new(one, "limit",
			    json_integer(number(max)));
			json_object_set_new(one, "used", json_real(max > 0 ?
			    (double)value / (double)max : 0));
		}
		json_object_set_new(all, limits_name((enum limit_id)i), one);
	}
	return all;
}

static json_t *
sandbox_json(const struct sandbox_state *s)
{
	json_t *all = json_object();
	const char *name;
	bool there;
	size_t i;

	for (i = 0; all != NULL && i < SANDBOX_PARTS; i++) {
		name = sandbox_part(s, i, &there);
		json_object_set_new(all, name, json_boolean(there));
	}
	if (all != NULL)
		json_object_set_new(all, "landlock_abi",
		    json_integer(s->landlock_abi));
	return all;
}

static void
add_counts(json_t *to, const struct extract_stats *s, bool unpack)
{
	json_object_set_new(to, "file_bytes",
	    json_integer(number(s->file_size)));
	json_object_set_new(to, "files", json_integer(number(s->files)));
	json_object_set_new(to, "directories",
	    json_integer(number(s->dirs)));
	json_object_set_new(to, "links", json_integer(number(s->links)));
	json_object_set_new(to, "bytes", json_integer(number(s->bytes)));
	if (unpack)
		json_object_set_new(to, "unpacked",
		    json_integer(number(s->unpacked)));
	json_object_set_new(to, "attributes_dropped",
	    json_integer(number(s->dropped)));
}

/* What there is of a list, and how many there are. */
static void
add_list(json_t *to, const char *key, json_t *list, const char *total,
    size_t n)
{
	if (list == NULL)
		return;
	json_object_set(to, key, list);
	json_object_set_new(to, total, json_integer(number(n)));
}

static enum err_code
failed(struct err *e)
{
	return e->code != ERR_OK ? e->code : err_nomem(e);
}

/* What became of it. */
static enum err_code
add_verdict(json_t *to, const struct outcome *o, struct err *e)
{
	enum err_code code = o->err != NULL ? o->err->code : ERR_OK;

	json_object_set_new(to, "status", o->err != NULL ?
	    json_integer(code) : json_null());
	json_object_set_new(to, "verdict", json_string(o->err != NULL ?
	    verdict_word(code) : "not tried"));
	/* The parent's messages have the bundle in front, those of the confined
	 * process do not. */
	if (code != ERR_OK && jsonname_put(to, "message", NULL,
	    err_bare(o->err->text, o->bundle), e) != 0)
		return failed(e);
	return ERR_OK;
}

enum err_code
outcome_json(const struct outcome *o, json_t **out, struct err *e)
{
	static const struct sandbox_state none;
	json_t *to = json_object();

	*out = to;
	if (to == NULL)
		return err_nomem(e);
	if (jsonname_put(to, "bundle", "bundle_hex", o->bundle, e) != 0)
		return failed(e);
	if (o->dest != NULL && jsonname_put(to, "destination",
	    "destination_hex", o->dest, e) != 0)
		return failed(e);
	if (add_verdict(to, o, e) != ERR_OK || o->err == NULL)
		return e->code;
	add_counts(to, o->stats, o->unpack);
	json_object_set_new(to, "limits", limits_json(o));
	json_object_set_new(to, "sandbox", sandbox_json(o->sandbox != NULL ?
	    o->sandbox : &none));
	if (o->dest == NULL)
		json_object_set_new(to, "complete",
		    json_boolean(o->stats->complete));
	add_list(to, "violations", o->violations, "violations_total",
	    o->n_violations);
	add_list(to, "findings", o->findings, "findings_total",
	    o->n_findings);
	return ERR_OK;
}

enum err_code
outcome_print(const json_t *value, struct buf *to, struct err *e)
{
	if (json_dump_callback(value, buf_sink, to, JSON_INDENT(2) |
	    JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6)) != 0 ||
	    buf_append(to, "\n", 1, e) != ERR_OK)
		return err_nomem(e);
	return ERR_OK;
}
