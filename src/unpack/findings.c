#include "unpack/findings.h"

#include <stdlib.h>
#include <string.h>

#include "base/jsonname.h"
#include "base/num.h"
#include "base/text.h"
#include "unpack/sniff.h"

/* That are listed; more are counted.  Of each kind there is room for some, so
 * that what is harmless and many does not hide the rest. */
#define KIND_MAX 20
#define FOUND_MAX 1000		/* of what is more than that */
#define LIST_MAX (FOUND_MAX + SNIFF_KINDS * KIND_MAX)

struct found {
	char *name;		/* clean; owned */
	enum sniff_kind kind;
};

struct findings {
	struct found *list;	/* [n_list], of LIST_MAX; owned */
	size_t n_list;
	size_t n_all;
	size_t n_more;		/* listed over KIND_MAX of their kinds */
	size_t n_kind[SNIFF_KINDS];
	uint8_t head[SNIFF_HEAD];	/* of the current file */
	size_t n_head;
};

enum err_code
findings_new(struct findings **out, struct err *e)
{
	struct findings *f = calloc(1, sizeof(*f));

	if (f == NULL)
		return err_nomem(e);
	f->list = calloc(LIST_MAX, sizeof(*f->list));
	if (f->list == NULL) {
		free(f);
		return err_nomem(e);
	}
	*out = f;
	return ERR_OK;
}

void
findings_data(struct findings *f, const uint8_t *p, size_t n)
{
	n = (size_t)num_min(n, sizeof(f->head) - f->n_head);
	memcpy(f->head + f->n_head, p, n);
	f->n_head += n;
}

static enum err_code
add(struct findings *f, const char *name, enum sniff_kind kind, struct err *e)
{
	if (kind == SNIFF_NONE)
		return ERR_OK;
	f->n_all++;
	if (f->n_kind[kind]++ >= KIND_MAX) {
		if (f->n_more >= FOUND_MAX)
			return ERR_OK;
		f->n_more++;
	}
	f->list[f->n_list].name = strdup(name);
	if (f->list[f->n_list].name == NULL)
		return err_nomem(e);
	f->list[f->n_list++].kind = kind;
	return ERR_OK;
}

enum err_code
findings_file(struct findings *f, const char *name, bool executable,
    struct err *e)
{
	enum sniff_kind kind = sniff(name, f->head, f->n_head, executable);

	f->n_head = 0;
	return add(f, name, kind, e);
}

enum err_code
findings_link(struct findings *f, const char *name, struct err *e)
{
	return add(f, name, sniff_called(name), e);
}

size_t
findings_count(const struct findings *f)
{
	return f->n_all;
}

enum err_code
findings_text(const struct findings *f, struct buf *to, struct err *e)
{
	size_t i;

	for (i = 0; i < f->n_list; i++) {
		text_printf(to, e, "note  ");
		text_escape_name(to, f->list[i].name, e);
		if (text_printf(to, e, "  %s\n", sniff_words(
		    f->list[i].kind)) != ERR_OK)
			return e->code;
	}
	if (f->n_all > f->n_list)
		text_printf(to, e, "note  and %zu more\n",
		    f->n_all - f->n_list);
	return e->code;
}

enum err_code
findings_json(const struct findings *f, json_t **out, struct err *e)
{
	json_t *one;
	size_t i;

	*out = json_array();
	if (*out == NULL)
		return err_nomem(e);
	for (i = 0; i < f->n_list; i++) {
		one = json_pack("{s:s, s:s}", "kind",
		    sniff_name(f->list[i].kind), "message",
		    sniff_words(f->list[i].kind));
		if (one == NULL || jsonname_put(one, "member", "member_hex",
		    f->list[i].name, e) != 0 ||
		    json_array_append(*out, one) != 0) {
			json_decref(one);
			return e->code != ERR_OK ? e->code : err_nomem(e);
		}
		json_decref(one);
	}
	return ERR_OK;
}

void
findings_free(struct findings *f)
{
	size_t i;

	if (f == NULL)
		return;
	for (i = 0; i < f->n_list; i++)
		free(f->list[i].name);
	free(f->list);
	free(f);
}
