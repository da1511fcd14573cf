#include "compare/rows.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "report/entropy.h"

#define PIECE ((size_t)256 << 10)	/* bytes read at a time */
#define ELEMENT_MAX 16			/* larger ones are blocks */
#define TYPES_MAX 16			/* types that are told apart */

/* How many bytes there are of each type of number or code. */
struct types {
	struct type {
		enum region_kind kind;
		uint32_t element;
		lzma_vli bcj;
		char dtype[REGION_DTYPE_MAX];
		uint64_t size;
	} v[TYPES_MAX];
	size_t n;
};

struct making {
	const struct tarstream *data;
	const struct tarstream *tar;
	const struct watch *watch;
	enum rows_view view;
	struct rows *rows;
	struct types all;	/* of all members */
};

static enum err_code
add(struct rows *rows, const struct row *row, const char *tensor,
    struct err *e)
{
	size_t cap = rows->cap > 0 ? 2 * rows->cap : 64;
	struct row *p;

	if (rows->n == rows->cap) {
		p = realloc(rows->v, cap * sizeof(*p));
		if (p == NULL)
			return err_nomem(e);
		rows->v = p;
		rows->cap = cap;
	}
	p = &rows->v[rows->n];
	*p = *row;
	if (tensor != NULL && (p->tensor = strdup(tensor)) == NULL)
		return err_nomem(e);
	rows->n++;
	return ERR_OK;
}

/* --- what is in a member --- */

static void
count(struct types *t, const struct region *r)
{
	struct type *p = t->v;

	if (r->kind == REGION_OTHER || (r->kind == REGION_NUMBERS &&
	    (r->element == 0 || r->element > ELEMENT_MAX)))
		return;
	while (p < t->v + t->n && (p->kind != r->kind || p->bcj != r->bcj ||
	    p->element != r->element || strcmp(p->dtype, r->dtype) != 0))
		p++;
	if (p == t->v + t->n) {
		if (t->n == TYPES_MAX)
			return;
		t->n++;
		p->kind = r->kind;
		p->element = r->element;
		p->bcj = r->bcj;
		memcpy(p->dtype, r->dtype, sizeof(p->dtype));
		p->size = 0;
	}
	p->size += r->size;
}

static const struct type *
most(const struct types *t, enum region_kind kind)
{
	const struct type *best = NULL;
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (t->v[i].kind == kind && (best == NULL ||
		    t->v[i].size > best->size))
			best = &t->v[i];
	}
	return best;
}

static void
describe(struct row *row, const struct types *t)
{
	const struct type *numbers = most(t, REGION_NUMBERS);
	const struct type *code = most(t, REGION_CODE);

	row->bcj = code != NULL ? code->bcj : LZMA_VLI_UNKNOWN;
	if (numbers == NULL)
		return;
	row->element = numbers->element;
	memcpy(row->dtype, numbers->dtype, sizeof(row->dtype));
}

/* A row for each tensor; *some: there are any. */
static enum err_code
add_tensors(struct making *m, size_t i, const struct region_list *list,
    bool *some, struct err *e)
{
	const struct tarspan *s = tarstream_span(m->data, i);
	const struct region *r;
	struct row row;
	size_t k;

	for (k = 0; k < list->n && e->code == ERR_OK; k++) {
		r = &list->regions[k];
		if (r->kind != REGION_NUMBERS || r->name == NULL)
			continue;
		memset(&row, 0, sizeof(row));
		row.kind = ROW_TENSOR;
		row.member = i;
		row.off = s->data_off + r->off;
		row.size = r->size;
		row.element = r->element <= ELEMENT_MAX ? r->element : 0;
		row.bcj = LZMA_VLI_UNKNOWN;
		memcpy(row.dtype, r->dtype, sizeof(row.dtype));
		add(m->rows, &row, r->name, e);
		*some = true;
	}
	return e->code;
}

static enum err_code
add_member(struct making *m, const struct source *cursor, size_t i,
    struct err *e)
{
	const struct member *mem = tarstream_member(m->data, i);
	const struct tarspan *s = tarstream_span(m->data, i);
	struct row row = { .kind = ROW_MEMBER, .member = i,
	    .off = s->data_off, .size = mem->size,
	    .bcj = LZMA_VLI_UNKNOWN };
	struct types own = { .n = 0 };
	struct region_list list;
	bool some = false;
	size_t k;

	if (mem->type != MEMBER_FILE || mem->size == 0)
		return ERR_OK;
	if (region_find(cursor, s->data_off, mem->size, &list, e) == ERR_OK) {
		for (k = 0; k < list.n; k++) {
			count(&own, &list.regions[k]);
			count(&m->all, &list.regions[k]);
		}
		describe(&row, &own);
		if (row.bcj == LZMA_VLI_UNKNOWN)
			row.bcj = mem->bcj;
		if (m->view == ROWS_TENSORS)
			add_tensors(m, i, &list, &some, e);
	}
	region_list_free(&list);
	if (e->code != ERR_OK || some || m->view == ROWS_TOTAL)
		return e->code;
	return add(m->rows, &row, NULL, e);
}

static enum err_code
add_all(struct making *m, struct err *e)
{
	struct row total = { .kind = ROW_TOTAL,
	    .size = tarstream_size(m->tar) };
	struct source cursor = { NULL, NULL };
	size_t i;

	if (tarstream_cursor(m->data, &cursor, e) == ERR_OK) {
		for (i = 0; i < tarstream_count(m->data) &&
		    add_member(m, &cursor, i, e) == ERR_OK; i++)
			;
	}
	tarstream_cursor_end(&cursor, e);
	if (e->code != ERR_OK || m->view == ROWS_TENSORS)
		return e->code;
	describe(&total, &m->all);
	return add(m->rows, &total, NULL, e);
}

/* --- the bounds --- */

static enum err_code
measure(const struct source *cursor, struct row *row, const struct watch *w,
    uint8_t *piece, struct err *e)
{
	struct entropy h;
	uint64_t done;
	size_t n;

	memset(&h, 0, sizeof(h));
	for (done = 0; done < row->size; done += n) {
		n = (size_t)num_min(PIECE, row->size - done);
		if (cursor->read(cursor->ctx, row->off + done, piece, n,
		    e) != ERR_OK || watch_step(w, n, e) != ERR_OK)
			return e->code;
		entropy_count(&h, piece, n);
	}
	row->order0 = entropy_bound(&h);
	return ERR_OK;
}

static enum err_code
measure_all(struct making *m, struct err *e)
{
	struct source data = { NULL, NULL }, tar = { NULL, NULL };
	uint8_t *piece = malloc(PIECE);
	struct row *row;
	uint64_t total = 0;
	size_t i;

	for (i = 0; i < m->rows->n; i++)
		total += m->rows->v[i].size;
	watch_begin(m->watch, "reading", total);
	if (piece == NULL)
		err_nomem(e);
	else if (tarstream_cursor(m->data, &data, e) == ERR_OK)
		tarstream_cursor(m->tar, &tar, e);
	for (i = 0; i < m->rows->n && e->code == ERR_OK; i++) {
		row = &m->rows->v[i];
		measure(row->kind == ROW_TOTAL ? &tar : &data, row, m->watch,
		    piece, e);
	}
	tarstream_cursor_end(&data, e);
	tarstream_cursor_end(&tar, e);
	free(piece);
	return e->code;
}

enum err_code
rows_make(const struct tarstream *data, const struct tarstream *tar,
    enum rows_view view, const struct watch *w, struct rows *rows,
    struct err *e)
{
	struct making m = { .data = data, .tar = tar, .watch = w,
	    .view = view, .rows = rows };

	memset(rows, 0, sizeof(*rows));
	if (add_all(&m, e) == ERR_OK)
		measure_all(&m, e);
	return e->code;
}

void
rows_free(struct rows *rows)
{
	size_t i;

	for (i = 0; i < rows->n; i++)
		free(rows->v[i].tensor);
	free(rows->v);
	memset(rows, 0, sizeof(*rows));
}
