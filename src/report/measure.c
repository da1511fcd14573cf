#include "report/measure.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "base/text.h"
#include "report/entropy.h"
#include "xz/decode.h"
#include "xz/lzma2.h"

#define STEP ((size_t)64 << 10)
#define CHAINS_SHOWN 4

struct measuring {
	const struct measure_request *r;
	struct measure *m;
	struct entropy open;	/* of a piece that goes on in later Blocks */
};

struct share {
	uint64_t size;		/* bytes of packed data */
	uint64_t bound;		/* of what lies in this Block */
};

/* The shares of one Block. */
struct shares {
	char *chain;		/* owned */
	uint64_t bound;		/* of the whole Block */
	size_t first;		/* piece */
	size_t n;		/* pieces from first on */
	/* The first and the last piece may have parts in other Blocks. */
	struct entropy *ends;	/* [2]; owned; NULL without bounds */
	struct share v[];	/* [n] */
};

/* A Block being measured. */
struct block_pass {
	const struct measuring *c;
	const struct xzblock *b;
	struct decode *d;
	uint8_t *step;		/* [STEP] */
	uint64_t pos;		/* raw position of the decoder */
	struct entropy all;	/* of the Block */
};

/* The first piece that ends behind raw_off. */
static size_t
first_piece(const struct measure_request *r, uint64_t raw_off)
{
	size_t lo = 0, hi = r->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (r->pieces[mid].end <= raw_off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Count the part of the n bytes at raw position pos that is data of p. */
static void
count(struct entropy *h, const struct piece *p, uint64_t pos,
    const uint8_t *bytes, size_t n)
{
	uint64_t from = num_max(pos, p->data_off);
	uint64_t to = num_min(pos + n, p->data_end);

	if (from < to)
		entropy_count(h, bytes + (from - pos), (size_t)(to - from));
}

/* Decode up to the raw position end; what is data of piece (may be NULL) is
 * counted in h. */
static enum err_code
decode_to(struct block_pass *s, uint64_t end, const struct piece *piece,
    struct entropy *h, struct err *e)
{
	size_t n;

	while (s->pos < end) {
		n = (size_t)num_min(end - s->pos, STEP);
		if (decode_exactly(s->d, s->step, n, e) != ERR_OK ||
		    watch_step(s->c->r->watch, n, e) != ERR_OK)
			return e->code;
		if (s->c->r->bounds) {
			entropy_count(&s->all, s->step, n);
			if (piece != NULL)
				count(h, piece, s->pos, s->step, n);
		}
		s->pos += n;
	}
	return ERR_OK;
}

/* Where the decoder stands at each piece's end, and the bounds. */
static enum err_code
walk(struct block_pass *s, struct shares *to, struct err *e)
{
	const struct piece *p = s->c->r->pieces + to->first;
	uint64_t packed, before = 0, end;
	uint64_t block_end = s->b->raw_off + s->b->raw_size;
	struct entropy h;
	size_t i;

	for (i = 0; i < to->n; i++) {
		memset(&h, 0, sizeof(h));
		end = num_min(p[i].end, block_end);
		if (decode_to(s, end, &p[i], &h, e) != ERR_OK)
			return e->code;
		packed = end == block_end ? s->b->packed_size :
		    num_min(decode_packed_pos(s->d), s->b->packed_size);
		to->v[i].size = packed - before;
		before = packed;
		if (!s->c->r->bounds)
			continue;
		to->v[i].bound = entropy_bound(&h);
		if (i == 0)
			to->ends[0] = h;
		if (i == to->n - 1)
			to->ends[1] = h;
	}
	if (s->c->r->bounds && decode_to(s, block_end, NULL, NULL, e) ==
	    ERR_OK)
		to->bound = entropy_bound(&s->all);
	return e->code;
}

static enum err_code
decode_block(const struct measuring *c, const struct xzblock *b,
    struct shares *to, uint64_t *measured, struct err *e)
{
	struct block_pass *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return err_nomem(e);
	s->c = c;
	s->b = b;
	s->pos = b->raw_off;
	s->step = malloc(STEP);
	if (s->step == NULL)
		err_nomem(e);
	else if (decode_open(c->r->xz->fd, b, c->r->memory, &s->d, e) ==
	    ERR_OK)
		walk(s, to, e);
	*measured = s->pos - b->raw_off;
	decode_free(s->d);
	free(s->step);
	free(s);
	return e->code;
}

static enum err_code
read_chain(const struct measuring *c, const struct xzblock *b,
    struct shares *s, struct err *e)
{
	char text[CHAIN_TEXT_MAX];
	struct chain chain = b->chain;
	struct lzma2_props p;

	if (lzma2_props(c->r->xz->fd, b, &p, e) != ERR_OK)
		return e->code;
	chain.lzma.lc = p.lc;
	chain.lzma.lp = p.lp;
	chain.lzma.pb = p.pb;
	chain_print_decoder(&chain, p.known && !p.varied, text);
	s->chain = strdup(text);
	return s->chain != NULL ? ERR_OK : err_nomem(e);
}

static void
drop_shares(void *result)
{
	struct shares *s = result;

	free(s->chain);
	free(s->ends);
	free(s);
}

/* Shares without sizes of the pieces that lie in Block b. */
static struct shares *
new_shares(const struct measure_request *r, const struct xzblock *b)
{
	size_t first = first_piece(r, b->raw_off), n = 0;
	struct shares *s;

	while (first + n < r->n &&
	    r->pieces[first + n].off < b->raw_off + b->raw_size)
		n++;
	s = calloc(1, sizeof(*s) + n * sizeof(s->v[0]));
	if (s == NULL)
		return NULL;
	s->first = first;
	s->n = n;
	if (r->bounds) {
		s->ends = calloc(2, sizeof(*s->ends));
		if (s->ends == NULL) {
			free(s);
			return NULL;
		}
	}
	return s;
}

static enum err_code
work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct measuring *c = ctx;
	const struct xzblock *b = &c->r->xz->blocks[i];
	struct shares *s = new_shares(c->r, b);
	uint64_t measured = 0;
	bool alone;

	if (s == NULL)
		return err_nomem(e);
	alone = s->n == 1 && c->r->pieces[s->first].end >=
	    b->raw_off + b->raw_size;
	if (alone)
		s->v[0].size = b->packed_size;
	if (c->r->bounds || (s->n > 0 && !alone))
		decode_block(c, b, s, &measured, e);
	if (e->code == ERR_OK && read_chain(c, b, s, e) == ERR_OK)
		watch_step(c->r->watch, b->raw_size - measured, e);
	if (e->code != ERR_OK) {
		drop_shares(s);
		return err_wrap(e, "Block %zu", i + 1);
	}
	*result = s;
	return ERR_OK;
}

/* The bound of a piece: of its parts in this Block and those before. */
static void
take_bound(struct measuring *c, const struct shares *s, size_t k,
    struct measure_row *row)
{
	bool first = row->block_end == 0, last = k == s->n - 1;

	row->bound = s->v[k].bound;
	if (!first) {		/* k is 0 */
		entropy_add(&c->open, &s->ends[0]);
		row->bound = entropy_bound(&c->open);
	} else if (last) {
		c->open = s->ends[1];
	}
}

static enum err_code
take(void *ctx, size_t i, void *result, struct err *e)
{
	struct measuring *c = ctx;
	struct measure *m = c->m;
	struct shares *s = result;
	struct measure_row *row;
	size_t k;

	(void)e;
	for (k = 0; k < s->n; k++) {
		row = &m->rows[s->first + k];
		if (c->r->bounds)
			take_bound(c, s, k, row);
		if (row->block_end == 0)
			row->block = i;
		row->block_end = i + 1;
		row->packed_size += s->v[k].size;
		row->shared |= s->n > 1;
	}
	m->chains[i] = s->chain;
	m->bounds[i] = s->bound;
	free(s->ends);
	free(s);
	return ERR_OK;
}

enum err_code
measure_make(const struct measure_request *r, struct measure *m,
    struct err *e)
{
	uint64_t need = num_max(1, xzread_decoder_memory(r->xz));
	struct measuring c = { r, m, { { 0 } } };
	struct pool_job job;

	memset(m, 0, sizeof(*m));
	m->n_blocks = r->xz->n_blocks;
	m->rows = calloc(r->n + 1, sizeof(*m->rows));
	m->chains = calloc(m->n_blocks + 1, sizeof(*m->chains));
	m->bounds = calloc(m->n_blocks + 1, sizeof(*m->bounds));
	if (m->rows == NULL || m->chains == NULL || m->bounds == NULL)
		return err_nomem(e);
	memset(&job, 0, sizeof(job));
	job.n_items = m->n_blocks;
	job.n_threads = (unsigned int)num_max(1,
	    num_min(r->n_threads, r->memory / need));
	job.work = work;
	job.drop = drop_shares;
	job.ctx = &c;
	watch_begin(r->watch, "measuring", r->xz->raw_size);
	return pool_run(&job, take, e);
}

void
measure_free(struct measure *m)
{
	size_t i;

	for (i = 0; m->chains != NULL && i < m->n_blocks; i++)
		free(m->chains[i]);
	free(m->chains);
	free(m->bounds);
	free(m->rows);
	memset(m, 0, sizeof(*m));
}

enum err_code
measure_chain(char *const *chains, size_t block, size_t block_end,
    struct buf *to, struct err *e)
{
	size_t shown[CHAINS_SHOWN], n = 0, i, k;

	for (i = block; i < block_end; i++) {
		for (k = 0; k < n; k++) {
			if (strcmp(chains[shown[k]], chains[i]) == 0)
				break;
		}
		if (k < n)
			continue;
		if (n == CHAINS_SHOWN)
			return text_printf(to, e, " + ...");
		shown[n++] = i;
		if (text_printf(to, e, "%s%s", n > 1 ? " + " : "",
		    chains[i]) != ERR_OK)
			break;
	}
	return e->code;
}
