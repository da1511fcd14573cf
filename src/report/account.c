#include "report/account.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "base/pool.h"
#include "base/text.h"
#include "xz/decode.h"
#include "xz/lzma2.h"

#define PIECE ((size_t)64 << 10)
#define CHAINS_SHOWN 4

struct accounting {
	struct account *a;
	uint64_t memory;		/* bytes of one decoder */
	const struct watch *w;
};

/* The shares of one Block. */
struct shares {
	char *chain;		/* owned */
	size_t first;		/* member */
	size_t n;		/* members from first on */
	uint64_t tail;		/* bytes of what follows the last member */
	uint64_t sizes[];	/* [n] */
};

/* The first member that ends behind raw_off. */
static size_t
first_member(const struct tarread_toc *toc, uint64_t raw_off)
{
	size_t lo = 0, hi = toc->n_members, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (toc->members[mid].end_off <= raw_off)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* Decode up to the raw position at (in the Block). */
static enum err_code
decode_to(struct decode *d, uint64_t *pos, uint64_t at, uint8_t *piece,
    const struct watch *w, struct err *e)
{
	size_t n;

	while (*pos < at) {
		n = (size_t)num_min(at - *pos, PIECE);
		if (decode_exactly(d, piece, n, e) != ERR_OK ||
		    watch_step(w, n, e) != ERR_OK)
			return e->code;
		*pos += n;
	}
	return ERR_OK;
}

/* Where the decoder stands at each member's end.  *pos: the bytes decoded. */
static enum err_code
measure(const struct accounting *c, const struct xzblock *b,
    struct shares *s, uint64_t *pos, struct err *e)
{
	const struct tarread_member *m = c->a->toc->members + s->first;
	uint8_t *piece = malloc(PIECE);
	struct decode *d = NULL;
	uint64_t packed, before = 0, end;
	size_t i;

	if (piece == NULL)
		return err_nomem(e);
	if (decode_open(c->a->xz->fd, b, c->memory, &d, e) == ERR_OK) {
		for (i = 0; i < s->n; i++) {
			end = num_min(m[i].end_off - b->raw_off,
			    b->raw_size);
			if (decode_to(d, pos, end, piece, c->w, e) !=
			    ERR_OK)
				break;
			packed = end == b->raw_size ? b->packed_size :
			    num_min(decode_packed_pos(d), b->packed_size);
			s->sizes[i] = packed - before;
			before = packed;
		}
		s->tail = b->packed_size - before;
	}
	decode_free(d);
	free(piece);
	return e->code;
}

static enum err_code
read_chain(const struct accounting *c, const struct xzblock *b,
    struct shares *s, struct err *e)
{
	char text[CHAIN_TEXT_MAX];
	struct chain chain = b->chain;
	struct lzma2_props p;

	if (lzma2_props(c->a->xz->fd, b, &p, e) != ERR_OK)
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
	free(s);
}

static enum err_code
work(void *ctx, size_t i, void **result, struct err *e)
{
	const struct accounting *c = ctx;
	const struct xzblock *b = &c->a->xz->blocks[i];
	const struct tarread_toc *toc = c->a->toc;
	size_t first = first_member(toc, b->raw_off), n = 0;
	uint64_t measured = 0;
	struct shares *s;

	while (first + n < toc->n_members &&
	    toc->members[first + n].head_off < b->raw_off + b->raw_size)
		n++;
	s = calloc(1, sizeof(*s) + n * sizeof(s->sizes[0]));
	if (s == NULL)
		return err_nomem(e);
	s->first = first;
	s->n = n;
	if (n == 0)
		s->tail = b->packed_size;
	else if (n == 1 && toc->members[first].end_off >=
	    b->raw_off + b->raw_size)
		s->sizes[0] = b->packed_size;
	else
		measure(c, b, s, &measured, e);
	if (e->code == ERR_OK && read_chain(c, b, s, e) == ERR_OK)
		watch_step(c->w, b->raw_size - measured, e);
	if (e->code != ERR_OK) {
		drop_shares(s);
		return err_wrap(e, "Block %zu", i + 1);
	}
	*result = s;
	return ERR_OK;
}

static enum err_code
take(void *ctx, size_t i, void *result, struct err *e)
{
	const struct accounting *c = ctx;
	struct account *a = c->a;
	struct shares *s = result;
	struct account_row *row;
	size_t k;

	(void)e;
	for (k = 0; k < s->n; k++) {
		row = &a->rows[s->first + k];
		if (row->block_end == 0)
			row->block = i;
		row->block_end = i + 1;
		row->packed_size += s->sizes[k];
		row->apportioned |= s->n > 1;
		a->container_size -= s->sizes[k];
	}
	a->chains[i] = s->chain;
	free(s);
	return ERR_OK;
}

enum err_code
account_make(const struct xzread *xz, const struct tarread_toc *toc,
    unsigned int n_threads, uint64_t memory, const struct watch *w,
    struct account *a, struct err *e)
{
	uint64_t need = num_max(1, xzread_decoder_memory(xz));
	struct accounting c = { a, memory, w };
	struct pool_job job;
	size_t i;

	memset(a, 0, sizeof(*a));
	a->xz = xz;
	a->toc = toc;
	a->container_size = xz->file_size;
	a->rows = calloc(toc->n_members + 1, sizeof(*a->rows));
	a->chains = calloc(xz->n_blocks + 1, sizeof(*a->chains));
	if (a->rows == NULL || a->chains == NULL)
		return err_nomem(e);
	/* A sparse member may claim any size. */
	for (i = 0; i < toc->n_members; i++) {
		if (!num_add(a->raw_size, toc->members[i].size,
		    &a->raw_size) || a->raw_size > INT64_MAX)
			return err_set(e, ERR_CORRUPT, "%s: the members "
			    "claim more bytes than there can be",
			    toc->members[i].name);
	}
	memset(&job, 0, sizeof(job));
	job.n_items = xz->n_blocks;
	job.n_threads = (unsigned int)num_max(1,
	    num_min(n_threads, memory / need));
	job.work = work;
	job.drop = drop_shares;
	job.ctx = &c;
	watch_begin(w, "measuring", xz->raw_size);
	return pool_run(&job, take, e);
}

void
account_free(struct account *a)
{
	size_t i;

	for (i = 0; a->chains != NULL && i < a->xz->n_blocks; i++)
		free(a->chains[i]);
	free(a->chains);
	free(a->rows);
	memset(a, 0, sizeof(*a));
}

enum err_code
account_chain(const struct account *a, const struct account_row *row,
    struct buf *to, struct err *e)
{
	size_t shown[CHAINS_SHOWN], n = 0, i, k;

	for (i = row->block; i < row->block_end; i++) {
		for (k = 0; k < n; k++) {
			if (strcmp(a->chains[shown[k]], a->chains[i]) == 0)
				break;
		}
		if (k < n)
			continue;
		if (n == CHAINS_SHOWN)
			return text_printf(to, e, " + ...");
		shown[n++] = i;
		if (text_printf(to, e, "%s%s", n > 1 ? " + " : "",
		    a->chains[i]) != ERR_OK)
			break;
	}
	return e->code;
}

const char *
account_check(const struct account *a, const struct account_row *row)
{
	if (row->block >= a->xz->n_blocks)
		return "none";
	return chain_check_name(a->xz->blocks[row->block].check);
}
