#include "base/nameset.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/nameset_entry.h"
#include "base/num.h"

#define CHUNK_FIRST 1024	/* bytes; each is double the one before, */
#define CHUNK_MAX (256 * 1024)	/* up to this */
#define MEMBERS_MAX UINT32_MAX	/* indexes are below */

struct nameset_chunk {
	struct nameset_chunk *next;
	size_t used;
	size_t size;		/* bytes of data */
	char data[];
};

/* What a member takes but for its texts: the entry, two orders and the memory
 * for sorting, or for where the symlinks lead. */
#define ENTRY_COST (sizeof(struct nameset_entry) + 3 * sizeof(uint32_t))

/* --- growing --- */

static enum err_code
charge(struct nameset *s, uint64_t more, struct err *e)
{
	uint64_t sum;

	if (!num_add(s->bytes, more, &sum) ||
	    (s->memory != 0 && sum > s->memory))
		return err_set(e, ERR_MEMLIMIT, "the names of %zu members and "
		    "more need over %llu bytes of memory; %s", s->n,
		    (unsigned long long)s->memory,
		    s->memory < NAMESET_MEMORY_MAX ? "raise --memlimit" :
		    "make them fewer or shorter");
	s->bytes = sum;
	return ERR_OK;
}

enum err_code
nameset_new(enum name_rules rules, uint64_t memory, struct nameset **out,
    struct err *e)
{
	struct nameset *s = calloc(1, sizeof(*s));

	*out = s;
	if (s == NULL)
		return err_nomem(e);
	s->rules = rules;
	s->memory = memory;
	return ERR_OK;
}

void
nameset_free(struct nameset *s)
{
	struct nameset_chunk *next;

	if (s == NULL)
		return;
	while (s->chunks != NULL) {
		next = s->chunks->next;
		free(s->chunks);
		s->chunks = next;
	}
	free(s->by_name);
	free(s->entries);
	free(s);
}

/* Room for one more entry. */
static enum err_code
grow(struct nameset *s, struct err *e)
{
	size_t cap = s->cap > 0 ? s->cap + s->cap / 2 : 16;
	struct nameset_entry *v;

	if (s->n < s->cap)
		return ERR_OK;
	if (cap > MEMBERS_MAX)
		return err_set(e, ERR_UNSUPPORTED, "over %zu members", s->n);
	/* While they are moved, both are there. */
	if (charge(s, (uint64_t)cap * ENTRY_COST, e) != ERR_OK)
		return e->code;
	v = realloc(s->entries, cap * sizeof(*v));
	if (v == NULL)
		return err_nomem(e);
	s->entries = v;
	s->bytes -= s->cap * ENTRY_COST;
	s->cap = cap;
	return ERR_OK;
}

/* n bytes of a chunk, or NULL. */
static char *
take(struct nameset *s, size_t n, struct err *e)
{
	struct nameset_chunk *c = s->chunks;
	size_t size;

	if (c == NULL || n > c->size - c->used) {
		size = c == NULL ? CHUNK_FIRST :
		    (size_t)num_min(2 * c->size, CHUNK_MAX);
		size = (size_t)num_max(size, n);
		if (charge(s, sizeof(*c) + size, e) != ERR_OK)
			return NULL;
		c = malloc(sizeof(*c) + size);
		if (c == NULL) {
			err_nomem(e);
			return NULL;
		}
		c->next = s->chunks;
		c->used = 0;
		c->size = size;
		s->chunks = c;
	}
	c->used += n;
	return c->data + c->used - n;
}

/* key is NULL when it is the name. */
static enum err_code
append(struct nameset *s, const char *name, const char *key,
    const char *link, enum nameset_type type, struct err *e)
{
	size_t n_name = strlen(name) + 1;
	size_t n_key = key != NULL ? strlen(key) + 1 : 0;
	size_t n_link = link != NULL ? strlen(link) + 1 : 0;
	struct nameset_entry *v;
	char *p;

	if (grow(s, e) != ERR_OK ||
	    (p = take(s, n_name + n_key + n_link, e)) == NULL)
		return e->code;
	memcpy(p, name, n_name);
	if (key != NULL)
		memcpy(p + n_name, key, n_key);
	if (link != NULL)
		memcpy(p + n_name + n_key, link, n_link);
	v = &s->entries[s->n++];
	v->name = p;
	v->key = key != NULL ? (uint32_t)n_name : 0;
	v->link = (link != NULL ? (uint32_t)(n_name + n_key) : 0) &
	    0x3FFFFFFF;
	v->type = type & 3;
	s->folded = s->folded || key != NULL;
	free(s->by_name);
	s->by_name = NULL;
	return ERR_OK;
}

enum err_code
nameset_add(struct nameset *s, const char *name, const char *link,
    enum nameset_type type, struct err *e)
{
	char *key = NULL;

	if (name[0] == '\0' && type != NAMESET_DIR)
		return err_set(e, ERR_UNSAFE, "./: names the root, and is "
		    "not a directory; refused");
	if (strlen(name) >= PATH_MAX)
		return err_set(e, ERR_UNSAFE, "%.80s...: a name of %zu "
		    "bytes; refused", name, strlen(name));
	if (link != NULL && strlen(link) >= PATH_MAX)
		return err_set(e, ERR_UNSAFE, "%s: a link to a name of %zu "
		    "bytes; refused", name, strlen(link));
	if (s->rules == NAME_STRICT && name_fold(name, &key, e) != ERR_OK)
		return e->code;
	append(s, name, key != NULL && strcmp(key, name) != 0 ? key : NULL,
	    link, type, e);
	free(key);
	return e->code;
}

/* --- looking --- */

size_t
nameset_count(const struct nameset *s)
{
	return s->n;
}

struct nameset_member
nameset_get(const struct nameset *s, size_t index)
{
	const struct nameset_entry *v = &s->entries[index];
	struct nameset_member m;

	m.name = v->name;
	m.link = v->link != 0 ? nameset_link(v) : NULL;
	m.type = (enum nameset_type)v->type;
	return m;
}

/* The place of the first name that is n bytes or behind them in the order; the
 * count when there is none. */
static size_t
place(const struct nameset *s, const char *name, size_t n)
{
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = low + (high - low) / 2;
		if (name_compare_part(s->entries[s->by_name[mid]].name,
		    name, n) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

bool
nameset_find(const struct nameset *s, const char *name, size_t n,
    size_t *index)
{
	size_t i = s->by_name != NULL ? place(s, name, n) : s->n;

	if (i == s->n || name_compare_part(s->entries[s->by_name[i]].name,
	    name, n) != 0)
		return false;
	*index = s->by_name[i];
	return true;
}

bool
nameset_holds(const struct nameset *s, const char *name, size_t n)
{
	size_t i = s->by_name != NULL ? place(s, name, n) : s->n;
	const char *found;

	if (i == s->n)
		return false;
	found = s->entries[s->by_name[i]].name;
	return strncmp(found, name, n) == 0 &&
	    (found[n] == '\0' || found[n] == '/');
}

/* How many components of b's parents a has too, be it as its own name. */
static unsigned int
shared(const char *a, const char *b)
{
	unsigned int n = 0;

	for (; *a == *b && *a != '\0'; a++, b++)
		n += *b == '/';
	return n + (*a == '\0' && *b == '/');
}

uint64_t
nameset_parents(const struct nameset *s)
{
	const char *last = "", *name;
	uint64_t n = 0;
	unsigned int depth;
	size_t i;

	for (i = 0; i < s->n; i++, last = name) {
		name = s->entries[s->by_name[i]].name;
		depth = name_depth(name);
		/* What is below a name follows it at once. */
		if (depth > 1)
			n += depth - 1 - shared(last, name);
	}
	return n;
}
