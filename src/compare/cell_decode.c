#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "compare/cell_part.h"
#include "compare/clock.h"
#include "weights/packing.h"
#include "weights/unpacker.h"
#include "xz/whole.h"

#define RUNS_SIZE ((uint64_t)1 << 20)	/* bytes of a row, at most */
#define RUNS 4U			/* of the decoder */

/* The next n decoded bytes are at p: are they the original's? */
static enum err_code
check(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct cell_filling *f = ctx;
	uint64_t begin = clock_thread_ns();
	size_t k;

	for (; n > 0 && e->code == ERR_OK; n -= k, p += k, f->done += k) {
		k = (size_t)num_min(n, CODEC_PIECE);
		if (k > f->size - f->done)
			return err_set(e, ERR_FAIL, "decodes to more than "
			    "there was");
		if (f->src.read(f->src.ctx, f->off + f->done, f->piece, k,
		    e) == ERR_OK && memcmp(f->piece, p, k) != 0)
			err_set(e, ERR_FAIL, "decodes to something else");
	}
	f->compare_ns += clock_thread_ns() - begin;
	return e->code;
}

static void *
get(void *ctx, size_t items, size_t size)
{
	size_t n;

	return __builtin_mul_overflow(items, size, &n) ? NULL :
	    meter_get(ctx, n);
}

static void
put(void *ctx, void *p)
{
	meter_put(ctx, p);
}

static enum err_code
decode_xz(struct cell_filling *f, enum err_code (*to)(void *, const uint8_t *,
    size_t, struct err *), void *ctx, struct err *e)
{
	struct meter m = { 0, 0 };
	lzma_allocator a = { get, put, &m };

	whole_decode(f->file.data, f->file.size, &a, to, ctx, e);
	f->cell->decoder_memory += m.peak;
	return e->code;
}

static enum err_code
decode_codec(struct cell_filling *f, struct err *e)
{
	struct meter m = { 0, 0 };
	struct codec_sink s = { check, f, &m };

	f->column->codec->decode(f->file.data, f->file.size, &s, e);
	f->cell->decoder_memory = m.peak;
	return e->code;
}

/* The most that unpacking a tensor takes: both forms of it. */
static uint64_t
tensor_memory(const struct stfile *f)
{
	uint64_t most = 0;
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->tensors[i].recipe != NULL)
			most = num_max(most, f->tensors[i].size +
			    stfile_original_size(&f->tensors[i]));
	}
	return most;
}

static enum err_code
feed_unpacker(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	return unpacker_data(ctx, p, n, e);
}

static enum err_code
unpack_member(struct cell_filling *f, struct err *e)
{
	const struct scan *s = &f->c->packed.scan;
	struct unpacker_request ur = { .size =
	    s->members[f->row->member].size, .max_memory = UINT64_MAX,
	    .put = check, .ctx = f };
	struct unpacker *u = NULL;

	f->cell->decoder_memory =
	    tensor_memory(&cell_packed_member(f->c, f->row)->header);
	if (unpacker_new(&ur, &u, e) == ERR_OK &&
	    decode_xz(f, feed_unpacker, u, e) == ERR_OK)
		unpacker_end(u, e);
	unpacker_free(u);
	return e->code;
}

static enum err_code
collect(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	return buf_append(ctx, p, n, e);
}

static enum err_code
unpack_tensor(struct cell_filling *f, struct err *e)
{
	const struct stfile_tensor *t = cell_packed_tensor(f->c, f->row);
	const struct stfile_recipe *r = t->recipe;
	uint8_t *raw = malloc((size_t)f->row->size);
	json_t *params = NULL;
	struct buf packed;

	buf_init(&packed, (size_t)t->size);
	f->cell->decoder_memory = t->size + f->row->size;
	if (raw == NULL)
		err_nomem(e);
	else if (stfile_params(r, &params, e) == ERR_OK &&
	    (t->size == 0 || decode_xz(f, collect, &packed, e) == ERR_OK) &&
	    r->packing->decode(&r->original, params, packed.data,
	    packed.size, raw, e) == ERR_OK)
		check(f, raw, (size_t)f->row->size, e);
	json_decref(params);
	buf_free(&packed);
	free(raw);
	return e->code;
}

/* The bundle with packed members is compared as it is, as they were compared
 * one by one. */
static enum err_code
decode_packed_tar(struct cell_filling *f, struct err *e)
{
	struct source keep = f->src;

	f->size = tarstream_size(f->c->packed_tar);
	if (tarstream_cursor(f->c->packed_tar, &f->src, e) == ERR_OK)
		decode_xz(f, check, f, e);
	tarstream_cursor_end(&f->src, e);
	f->src = keep;
	return e->code;
}

static enum err_code
decode(struct cell_filling *f, struct err *e)
{
	uint64_t begin = clock_thread_ns();

	f->off = f->row->off;
	f->size = f->row->size;
	f->done = 0;
	f->compare_ns = 0;
	f->cell->decoder_memory = 0;
	if (f->column->kind == COLUMN_CODEC)
		decode_codec(f, e);
	else if (f->column->kind != COLUMN_PACKED)
		decode_xz(f, check, f, e);
	else if (f->row->kind == ROW_MEMBER)
		unpack_member(f, e);
	else if (f->row->kind == ROW_TENSOR)
		unpack_tensor(f, e);
	else
		decode_packed_tar(f, e);
	f->cell->decode_ns = clock_thread_ns() - begin - f->compare_ns;
	if (f->column->kind == COLUMN_PACKED && f->row->kind == ROW_TOTAL)
		f->cell->decode_ns += cell_packing_ns(f, false);
	if (e->code == ERR_OK && f->done != f->size)
		err_set(e, ERR_FAIL, "decodes to less than there was");
	return e->code;
}

/* Small rows are decoded a few times, and the fastest counts: the first run
 * is as much about caches and pages as about the decoder. */
enum err_code
cell_decode(struct cell_filling *f, struct err *e)
{
	unsigned int runs = f->row->size <= RUNS_SIZE ? RUNS : 1;
	uint64_t best = UINT64_MAX;

	for (; runs > 0 && decode(f, e) == ERR_OK; runs--)
		best = num_min(best, f->cell->decode_ns);
	f->cell->decode_ns = best;
	return e->code;
}
