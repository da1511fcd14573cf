#include "wrap/payload.h"

#include <stdlib.h>
#include <string.h>

#include "base/pool.h"
#include "wrap/literal.h"
#include "wrap/phrases.h"
#include "wrap/program.h"
#include "wrap/shrink.h"
#include "xz/alone.h"

#define NAMES_MAX 40
#define CANDIDATES_MAX (NAMES_MAX * (SHRINK_BEST + 6))

/* Bytes that are encoded for each of the three searches, about; LZMA takes some
 * 4 MB/s of a processor. */
static const struct budgets {
	uint64_t phrases, settings, names;
} budgets[] = {
	[PAYLOAD_FAST] = { 0, UINT64_C(1) << 18, 0 },
	[PAYLOAD_DEFAULT] = { UINT64_C(24) << 20, UINT64_C(8) << 20,
	    UINT64_C(8) << 20 },
	[PAYLOAD_MAX] = { UINT64_C(192) << 20, UINT64_C(32) << 20,
	    UINT64_C(32) << 20 },
};

/* What PAYLOAD_FAST has for phrases, in sizes of the text: the model alone is
 * good for four fifths of what they gain. */
#define FAST_TIMES 50

struct work {
	const struct payload_request *r;
	struct payload *out;
	struct phrases phrases;
	struct phrases plain;		/* none; coded is the text, borrowed */
	bool plain_lines;
	lzma_options_lzma lzma;		/* for the search of phrases */
	struct candidate *v;		/* [n] */
	size_t n;
	size_t least;			/* the best result's, as a literal */
};

/* One way to make the payload. */
struct candidate {
	char name;
	const struct phrases *phrases;
	enum packer packer;
	lzma_options_lzma lzma;
	enum alone_end end;
};

struct made {
	struct buf bytes;
	size_t program_size;
};

/* --- phrases and settings --- */

static enum err_code
make_program(const struct work *k, const struct phrases *p, char name,
    struct buf *to, struct err *e)
{
	buf_init(to, SIZE_MAX / 2);
	return program_write(p, k->plain_lines, name, to, e);
}

static enum err_code
cost(void *ctx, const struct phrases *p, uint64_t *size, struct err *e)
{
	const struct work *k = ctx;
	struct buf program;

	if (make_program(k, p, program_names[0], &program, e) == ERR_OK)
		alone_size(program.data, program.size, &k->lzma, size, e);
	buf_free(&program);
	return e->code;
}

static enum err_code
find_settings(const struct work *k, const struct phrases *p, bool all,
    struct shrink_result *best, struct err *e)
{
	struct shrink_request s = {
		.n_threads = k->r->n_threads, .watch = k->r->watch,
		.budget = budgets[k->r->effort].settings
	};
	struct buf program;

	if (make_program(k, p, program_names[0], &program, e) == ERR_OK) {
		s.data = program.data;
		s.size = program.size;
		if (all)
			shrink_all(&s, best, e);
		else
			shrink_literals(&s, best, e);
	}
	buf_free(&program);
	return e->code;
}

static enum err_code
find_phrases(struct work *k, struct err *e)
{
	struct phrases_request p = {
		.text = k->r->text, .size = k->r->size, .cost = cost,
		.ctx = k, .n_threads = k->r->n_threads,
		.watch = k->r->watch,
		.budget = k->r->effort == PAYLOAD_FAST ?
		    (uint64_t)FAST_TIMES * k->r->size :
		    budgets[k->r->effort].phrases
	};
	struct shrink_result best;

	if (find_settings(k, &k->plain, false, &best, e) != ERR_OK)
		return e->code;
	k->lzma = best.v[0];
	return phrases_find(&p, &k->phrases, e);
}

/* --- candidates --- */

static void
add(struct work *k, char name, const struct phrases *p, enum packer packer,
    const lzma_options_lzma *lzma, enum alone_end end)
{
	struct candidate *c = &k->v[k->n++];

	c->name = name;
	c->phrases = p;
	c->packer = packer;
	c->lzma = *lzma;
	c->end = end;
}

/* One name of the program's function: with the best settings, and by what has
 * other checks, or none. */
static void
add_name(struct work *k, char name, const struct shrink_result *best)
{
	const bool free_choice = k->r->check == LZMA_CHECK_NONE;
	int p;
	size_t i;

	for (i = 0; i < best->n; i++)
		add(k, name, &k->phrases, PACKER_LZMA, &best->v[i],
		    ALONE_SIZED);
	if (free_choice)
		add(k, name, &k->phrases, PACKER_LZMA, &best->v[0],
		    ALONE_MARKED);
	for (p = PACKER_LZMA + 1; free_choice && p < PACKER_N; p++) {
		add(k, name, &k->phrases, (enum packer)p, &best->v[0],
		    ALONE_SIZED);
		if (k->phrases.n > 0)
			add(k, name, &k->plain, (enum packer)p, &best->v[0],
			    ALONE_SIZED);
	}
}

static enum err_code
add_all(struct work *k, struct err *e)
{
	const uint64_t each = ((uint64_t)k->r->size + ALONE_START) *
	    (SHRINK_BEST + 2);
	const uint64_t room = budgets[k->r->effort].names / each;
	struct shrink_result best;
	size_t i;

	k->v = calloc(CANDIDATES_MAX, sizeof(*k->v));
	if (k->v == NULL)
		return err_nomem(e);
	if (find_settings(k, &k->phrases, true, &best, e) != ERR_OK)
		return e->code;
	for (i = 0; i < NAMES_MAX && program_names[i] != '\0' &&
	    (i == 0 || i < room); i++)
		add_name(k, program_names[i], &best);
	return ERR_OK;
}

static enum err_code
encode(const struct work *k, const struct candidate *c,
    const struct buf *program, struct buf *to, struct err *e)
{
	if (c->packer != PACKER_LZMA)
		return packer_encode(c->packer, program->data, program->size,
		    to, e);
	if (k->r->check != LZMA_CHECK_NONE)
		return alone_encode_xz(program->data, program->size, &c->lzma,
		    k->r->check, to, e);
	return alone_encode(program->data, program->size, &c->lzma, c->end,
	    to, e);
}

static void
drop(void *result)
{
	struct made *m = result;

	if (m != NULL)
		buf_free(&m->bytes);
	free(m);
}

static enum err_code
try_one(void *ctx, size_t i, void **result, struct err *e)
{
	const struct work *k = ctx;
	const struct candidate *c = &k->v[i];
	struct made *m = calloc(1, sizeof(*m));
	struct buf program;

	if (m == NULL)
		return err_nomem(e);
	buf_init(&m->bytes, SIZE_MAX / 2);
	if (make_program(k, c->phrases, c->name, &program, e) == ERR_OK &&
	    encode(k, c, &program, &m->bytes, e) == ERR_OK)
		watch_step(k->r->watch, k->r->size, e);
	m->program_size = program.size;
	buf_free(&program);
	if (e->code != ERR_OK)
		drop(m);
	else
		*result = m;
	return e->code;
}

/* What it takes as a literal of Latin-1, of either kind; escapes differ from
 * payload to payload. */
static size_t
literal_size(const struct buf *b)
{
	const size_t plain = b->size + literal_escapes(b->data, b->size);
	const size_t keys = b->size + b->size / 230 + 55;

	return plain < keys ? plain : keys;
}

static enum err_code
take(void *ctx, size_t i, void *result, struct err *e)
{
	struct work *k = ctx;
	struct made *m = result;
	const size_t size = literal_size(&m->bytes);

	/* Nothing: a library is missing in this build. */
	if (m->bytes.size > 0 && size < k->least) {
		buf_free(&k->out->bytes);
		k->out->bytes = m->bytes;
		memset(&m->bytes, 0, sizeof(m->bytes));
		k->out->packer = k->v[i].packer;
		k->out->lzma = k->v[i].lzma;
		k->out->program_size = m->program_size;
		k->out->n_phrases = k->v[i].phrases->n;
		k->least = size;
	}
	drop(m);
	return e->code;
}

enum err_code
payload_make(const struct payload_request *r, struct payload *out,
    struct err *e)
{
	struct work k;
	struct pool_job job = {
		.n_threads = r->n_threads, .work = try_one, .drop = drop,
		.ctx = &k
	};

	memset(out, 0, sizeof(*out));
	memset(&k, 0, sizeof(k));
	k.r = r;
	k.out = out;
	k.least = SIZE_MAX;
	k.plain_lines = program_plain_lines(r->text, r->size);
	k.plain.coded.data = (uint8_t *)r->text;
	k.plain.coded.size = r->size;
	if (find_phrases(&k, e) == ERR_OK && add_all(&k, e) == ERR_OK) {
		job.n_items = k.n;
		watch_begin(r->watch, "payloads", k.n * r->size);
		pool_run(&job, take, e);
	}
	phrases_free(&k.phrases);
	free(k.v);
	return e->code;
}

void
payload_free(struct payload *p)
{
	buf_free(&p->bytes);
}
