#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "pack/recode_part.h"
#include "weights/unpacker.h"

#define PIECE ((size_t)256 << 10)	/* bytes copied at a time */
#define HEADER_ROOM (STFILE_HEADER_MAX + STFILE_PREFIX)

enum err_code
recode_read(int fd, uint64_t off, uint8_t *p, size_t n, struct err *e)
{
	size_t got;

	if (io_pread(fd, p, n, off, &got, e) != ERR_OK)
		return e->code;
	return got == n ? ERR_OK : err_set(e, ERR_FAIL, "changed while it was "
	    "read; try again when nothing writes to it");
}

enum err_code
recode_copy(int fd, uint64_t off, uint64_t n, int out_fd,
    const struct watch *w, struct err *e)
{
	uint8_t *piece = malloc(PIECE);
	size_t k;

	if (piece == NULL)
		return err_nomem(e);
	for (; n > 0; n -= k, off += k) {
		k = (size_t)num_min(n, PIECE);
		if (recode_read(fd, off, piece, k, e) != ERR_OK ||
		    io_write(out_fd, piece, k, w, e) != ERR_OK)
			break;
	}
	free(piece);
	return e->code;
}

/* --- the input --- */

static enum err_code
end_as(struct recoding *g, enum recode_outcome outcome, struct err *why)
{
	g->res->outcome = outcome;
	if (why != NULL) {
		snprintf(g->res->why, sizeof(g->res->why), "%s", why->text);
		*why = (struct err)ERR_INIT;
	}
	return ERR_OK;
}

/* Read its header, if it is one that can be packed: else the outcome is not
 * RECODE_PACKED any more. */
static enum err_code
read_header(struct recoding *g, struct err *e)
{
	uint8_t head[STFILE_PREFIX + 1];
	size_t n = (size_t)num_min(g->r->size, sizeof(head));
	uint64_t size = 0, left = g->r->size - num_min(g->r->size,
	    STFILE_PREFIX);
	struct err own = ERR_INIT;

	if (recode_read(g->r->fd, g->r->off, head, n, e) != ERR_OK)
		return e->code;
	if (!stfile_looks(head, n, &size) ||
	    (size > left && size > STFILE_HEADER_MAX))
		return end_as(g, RECODE_OTHER, NULL);
	if (size > left)
		err_set(&own, ERR_CORRUPT, "its header is cut off");
	else if (size > STFILE_HEADER_MAX)
		err_set(&own, ERR_CORRUPT, "its header has over 16 MiB");
	if (own.code != ERR_OK)
		return end_as(g, RECODE_BROKEN, &own);
	n = STFILE_PREFIX + (size_t)size;
	if (buf_reserve(&g->header, n, e) != ERR_OK ||
	    recode_read(g->r->fd, g->r->off, g->header.data, n, e) != ERR_OK)
		return e->code;
	g->header.size = n;
	if (stfile_read((const char *)g->header.data + STFILE_PREFIX,
	    (size_t)size, left - size, &g->f, &own) == ERR_OK)
		return g->f.packed ? end_as(g, RECODE_ALREADY, NULL) : ERR_OK;
	if (own.code == ERR_CORRUPT || own.code == ERR_UNSUPPORTED)
		return end_as(g, RECODE_BROKEN, &own);
	return err_copy(e, &own);
}

static enum err_code
set_array(struct recoding *g, struct err *e)
{
	const struct tensor *t = g->r->array;

	if (t->size == 0 && t->n > 0)
		return err_set(e, ERR_USAGE, "--dtype %s: not one of "
		    "safetensors, such as I8 or BF16", t->dtype);
	if (t->word == 0)
		return err_set(e, ERR_USAGE, "%s: not a type whose values "
		    "have whole bytes", t->dtype);
	if (t->size != g->r->size)
		return err_set(e, ERR_USAGE, "has %llu bytes, and an array of "
		    "this type and shape has %llu", (unsigned long long)
		    g->r->size, (unsigned long long)t->size);
	return stfile_set_array(&g->f, t, e);
}

static enum err_code
begin(struct recoding *g, struct err *e)
{
	size_t i;

	if (g->r->array != NULL)
		set_array(g, e);
	else
		read_header(g, e);
	if (e->code != ERR_OK || g->res->outcome != RECODE_PACKED)
		return e->code;
	g->in_off = calloc(g->f.n + 1, sizeof(*g->in_off));
	g->spool_off = calloc(g->f.n + 1, sizeof(*g->spool_off));
	g->order = calloc(g->f.n + 1, sizeof(*g->order));
	if (g->in_off == NULL || g->spool_off == NULL || g->order == NULL)
		return err_nomem(e);
	for (i = 0; i < g->f.n; i++)
		g->in_off[i] = g->r->off + g->header.size +
		    g->f.tensors[i].off;
	if (!g->r->report)
		return ERR_OK;
	g->res->rows = calloc(g->f.n + 1, sizeof(*g->res->rows));
	g->res->n_rows = g->f.n;
	return g->res->rows != NULL ? ERR_OK : err_nomem(e);
}

/* --- the output --- */

static enum err_code
write_data(const struct recoding *g, int out_fd, struct err *e)
{
	const struct stfile_tensor *t;
	size_t k, i;

	for (k = 0; k < g->f.n; k++) {
		i = g->f.by_off[k];
		t = &g->f.tensors[i];
		if (recode_copy(t->recipe != NULL ? g->spool : g->r->fd,
		    t->recipe != NULL ? g->spool_off[i] : g->in_off[i],
		    t->size, out_fd, g->r->watch, e) != ERR_OK)
			break;
	}
	return e->code;
}

/* What unpacking the output gives, against the input. */
struct comparing {
	const struct recoding *g;
	uint64_t off;
	uint8_t *piece;		/* [PIECE] */
};

static enum err_code
differs(struct err *e)
{
	return err_set(e, ERR_FAIL, "unpacked again, it differs; the file "
	    "changed, or memory or disk is faulty; try again");
}

static enum err_code
compare(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct comparing *c = ctx;
	size_t k;

	for (; n > 0; n -= k, p += k, c->off += k) {
		k = num_min(n, PIECE);
		if (k > c->g->r->size - c->off)
			return differs(e);
		if (recode_read(c->g->r->fd, c->g->r->off + c->off, c->piece,
		    k, e) != ERR_OK)
			return e->code;
		if (memcmp(c->piece, p, k) != 0)
			return differs(e);
	}
	return ERR_OK;
}

static enum err_code
feed(const struct recoding *g, int out_fd, struct unpacker *u, uint8_t *piece,
    struct err *e)
{
	uint64_t off = 0;
	size_t k;

	for (; off < g->res->size; off += k) {
		k = (size_t)num_min(g->res->size - off, PIECE);
		if (recode_read(out_fd, off, piece, k, e) != ERR_OK ||
		    unpacker_data(u, piece, k, e) != ERR_OK ||
		    watch_step(g->r->watch, k, e) != ERR_OK)
			return e->code;
	}
	return unpacker_end(u, e);
}

/* Unpack the output as a reader will. */
static enum err_code
verify(const struct recoding *g, int out_fd, struct err *e)
{
	uint8_t *two = malloc(2 * PIECE);
	struct comparing c = { g, 0, two };
	struct unpacker_request ur = { .size = g->res->size,
	    .max_memory = UINT64_MAX, .put = compare, .ctx = &c };
	struct unpacker *u = NULL;

	if (two == NULL)
		return err_nomem(e);
	watch_begin(g->r->watch, "verifying", g->res->size);
	if (unpacker_new(&ur, &u, e) == ERR_OK &&
	    feed(g, out_fd, u, two + PIECE, e) == ERR_OK &&
	    c.off != g->r->size)
		differs(e);
	unpacker_free(u);
	free(two);
	return e->code == ERR_CORRUPT ? differs(e) : e->code;
}

/* What both headers take in the bundle. */
static enum err_code
weigh_headers(struct recoding *g, const struct buf *header, struct err *e)
{
	if (weigh_text(g->header.data, g->header.size, &g->res->header_before,
	    e) != ERR_OK)
		return e->code;
	return weigh_text(header->data, header->size, &g->res->header_after,
	    e);
}

static enum err_code
write_packed(struct recoding *g, int out_fd, struct buf *header,
    struct err *e)
{
	struct err own = ERR_INIT;

	if (stfile_write(&g->f, header, &own) != ERR_OK)
		return own.code == ERR_UNSUPPORTED ?
		    end_as(g, RECODE_SAME, &own) : err_copy(e, &own);
	if (weigh_headers(g, header, e) != ERR_OK)
		return e->code;
	if (!g->forced && g->after + g->res->header_after >= g->before +
	    g->res->header_before)
		return end_as(g, RECODE_SAME, NULL);
	g->res->size = header->size + g->f.data_size;
	if (io_write(out_fd, header->data, header->size, g->r->watch, e) !=
	    ERR_OK || write_data(g, out_fd, e) != ERR_OK)
		return e->code;
	return verify(g, out_fd, e);
}

/* Has any tensor become smaller? */
static bool
any_packed(const struct recoding *g)
{
	size_t i;

	for (i = 0; i < g->f.n && g->f.tensors[i].recipe == NULL; i++)
		;
	return i < g->f.n;
}

/* --- all of it --- */

static enum err_code
open_spool(struct recoding *g, struct err *e)
{
	if (!g->r->has_spool)
		return io_temporary(&g->spool, e);
	g->spool = g->r->spool;
	if (ftruncate(g->spool, 0) != 0 || lseek(g->spool, 0, SEEK_SET) != 0)
		return err_sys(e, errno, "a temporary file");
	return ERR_OK;
}

static enum err_code
recode(struct recoding *g, int out_fd, bool *ambiguous, struct err *e)
{
	const char *text = "";	/* a bare array has no header */
	size_t size = 0;
	struct err own = ERR_INIT;
	struct buf header;

	if (begin(g, e) != ERR_OK || g->res->outcome != RECODE_PACKED ||
	    open_spool(g, e) != ERR_OK ||
	    recode_tensors(g, e) != ERR_OK)
		return e->code;
	if (!any_packed(g))
		return end_as(g, RECODE_SAME, NULL);
	if (stfile_lay_out(&g->f, e) != ERR_OK)
		return e->code;
	if (g->header.size > 0) {
		text = (const char *)g->header.data + STFILE_PREFIX;
		size = g->header.size - STFILE_PREFIX;
	}
	if (stfile_finish(&g->f, text, size, &own) != ERR_OK) {
		*ambiguous = own.code == ERR_UNSUPPORTED && !g->no_empty;
		if (own.code == ERR_UNSUPPORTED)
			own.code = ERR_USAGE;
		return *ambiguous ? ERR_OK : err_copy(e, &own);
	}
	buf_init(&header, HEADER_ROOM);
	write_packed(g, out_fd, &header, e);
	buf_free(&header);
	return e->code;
}

static enum err_code
try(const struct recode_request *r, int out_fd, struct recode_result *res,
    bool no_empty, bool *ambiguous, struct err *e)
{
	struct recoding g = { .r = r, .res = res, .spool = -1 };

	memset(res, 0, sizeof(*res));
	g.no_empty = no_empty;
	buf_init(&g.header, HEADER_ROOM);
	*ambiguous = false;
	recode(&g, out_fd, ambiguous, e);
	if (g.spool >= 0 && !r->has_spool)
		(void)close(g.spool);
	stfile_free(&g.f);
	buf_free(&g.header);
	free(g.in_off);
	free(g.spool_off);
	free(g.order);
	return e->code;
}

enum err_code
recode_file(const struct recode_request *r, int out_fd,
    struct recode_result *res, struct err *e)
{
	bool ambiguous;

	if (try(r, out_fd, res, false, &ambiguous, e) != ERR_OK || !ambiguous)
		return e->code;
	/* Which of the tensors that no bytes are left of comes first? */
	recode_free(res);
	return try(r, out_fd, res, true, &ambiguous, e);
}

void
recode_free(struct recode_result *res)
{
	size_t i;

	for (i = 0; i < res->n_rows && res->rows != NULL; i++) {
		free(res->rows[i].name);
		free(res->rows[i].candidates);
	}
	free(res->rows);
	memset(res, 0, sizeof(*res));
}
