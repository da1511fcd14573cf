#include "wrap/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "wrap/literal.h"
#include "wrap/packer.h"
#include "wrap/phrases.h"
#include "wrap/program.h"
#include "wrap/python.h"
#include "wrap/shrink.h"
#include "wrap/scripttext.h"
#include "xz/alone.h"

/* Bytes that are encoded in all, about: 2,000 times 20 KB for phrases take
 * some ten seconds of a processor. */
#define PHRASES_BUDGET (UINT64_C(48) << 20)
#define SETTINGS_BUDGET (UINT64_C(16) << 20)

struct work {
	const struct script_request *r;
	struct script_result *out;
	struct scripttext source;
	struct phrases phrases;
	bool plain_lines;
	lzma_options_lzma lzma;	/* for phrases, then of the best payload */
	struct buf payload;	/* the smallest */
	enum packer packer;	/* that made it */
	size_t least;		/* bytes of it, with the escapes of latin1 */
	struct buf result;
};

/* --- the program, and how it is compressed --- */

static enum err_code
make_program(const struct work *k, const struct phrases *p, char name,
    struct buf *to, struct err *e)
{
	buf_init(to, SIZE_MAX / 2);
	return program_write(p, k->plain_lines, name, to, e);
}

/* For the search of phrases. */
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
find_settings(const struct work *k, bool all, struct shrink_result *best,
    struct err *e)
{
	struct shrink_request s = {
		.n_threads = k->r->n_threads, .watch = k->r->watch,
		.budget = SETTINGS_BUDGET
	};
	struct buf program;

	if (make_program(k, &k->phrases, program_names[0], &program, e) ==
	    ERR_OK) {
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
		.text = k->source.text.data, .size = k->source.text.size,
		.cost = cost, .ctx = k, .n_threads = k->r->n_threads,
		.watch = k->r->watch, .budget = PHRASES_BUDGET
	};
	struct shrink_result best;

	/* As they are without any. */
	buf_init(&k->phrases.coded, SIZE_MAX / 2);
	buf_append(&k->phrases.coded, k->source.text.data,
	    k->source.text.size, e);
	if (find_settings(k, false, &best, e) != ERR_OK)
		return e->code;
	k->lzma = best.v[0];
	phrases_free(&k->phrases);
	return phrases_find(&p, &k->phrases, e);
}

static enum err_code
compress(const struct work *k, const struct buf *program,
    const lzma_options_lzma *o, enum alone_end end, struct buf *to,
    struct err *e)
{
	to->size = 0;
	if (k->r->check != LZMA_CHECK_NONE)
		return alone_encode_xz(program->data, program->size, o,
		    k->r->check, to, e);
	return alone_encode(program->data, program->size, o, end, to, e);
}

/* Keep the payload if it is smaller as a literal of LITERAL_LATIN1, of which
 * escapes are a part that differs from payload to payload. */
static void
keep_smaller(struct work *k, struct buf *payload, enum packer packer,
    const lzma_options_lzma *o)
{
	const struct buf old = k->payload;
	size_t size = payload->size +
	    literal_escapes(payload->data, payload->size);

	if (size >= k->least)
		return;
	k->least = size;
	k->packer = packer;
	k->lzma = *o;
	k->payload = *payload;
	*payload = old;
}

/* With the best settings, and with the size in the header or an end mark. */
static enum err_code
try_lzma(struct work *k, const struct buf *program,
    const struct shrink_result *best, struct err *e)
{
	struct buf payload;
	size_t i;

	buf_init(&payload, SIZE_MAX / 2);
	for (i = 0; i < 2 * best->n && e->code == ERR_OK; i++) {
		if (compress(k, program, &best->v[i / 2], i % 2 == 0 ?
		    ALONE_SIZED : ALONE_MARKED, &payload, e) == ERR_OK)
			keep_smaller(k, &payload, PACKER_LZMA,
			    &best->v[i / 2]);
		payload.ceiling = SIZE_MAX / 2;
	}
	buf_free(&payload);
	return e->code;
}

static enum err_code
try_packer(struct work *k, enum packer packer, const struct buf *program,
    struct err *e)
{
	struct buf payload;

	buf_init(&payload, SIZE_MAX / 2);
	packer_encode(packer, program->data, program->size, &payload, e);
	if (e->code == ERR_OK && payload.size > 0)
		keep_smaller(k, &payload, packer, &k->lzma);
	buf_free(&payload);
	return e->code;
}

/* With one name of the program's function, with phrases and without. */
static enum err_code
try_name(struct work *k, char name, const struct phrases *plain,
    const struct shrink_result *best, struct err *e)
{
	const struct phrases *with[] = { &k->phrases, plain };
	struct buf program;
	size_t i;
	int p;

	for (i = 0; i < 2 && e->code == ERR_OK; i++) {
		make_program(k, with[i], name, &program, e);
		if (i == 0 && e->code == ERR_OK)
			try_lzma(k, &program, best, e);
		/* Those have other checks, or none. */
		for (p = PACKER_LZMA + 1; p < PACKER_N &&
		    k->r->check == LZMA_CHECK_NONE && e->code == ERR_OK; p++)
			try_packer(k, (enum packer)p, &program, e);
		k->out->program_size = program.size;
		buf_free(&program);
	}
	return e->code == ERR_OK ? watch_step(k->r->watch, 0, e) : e->code;
}

static enum err_code
find_payload(struct work *k, struct err *e)
{
	struct phrases plain = { .coded = k->source.text };	/* borrowed */
	struct shrink_result best;
	const char *name;

	if (find_settings(k, true, &best, e) != ERR_OK)
		return e->code;
	k->least = SIZE_MAX;
	for (name = program_names; *name != '\0' && e->code == ERR_OK;
	    name++)
		try_name(k, *name, &plain, &best, e);
	return e->code;
}

/* --- the result --- */

static enum err_code
write_with(const struct work *k, enum literal l, struct buf *to,
    size_t *quoted, struct err *e)
{
	to->size = 0;
	text_printf(to, e, "%sexec(__import__(\"%s\").decompress(",
	    literal_cookie(l), packer_module(k->packer));
	/* The call is on line 2, or on 1 without a cookie. */
	literal_write(l, k->payload.data, k->payload.size,
	    (unsigned int)k->source.quiet_line -
	    (literal_cookie(l)[0] != '\0' ? 2 : 1), to, quoted, e);
	return text_printf(to, e, "))");
}

static bool
is_wanted(enum encoding wanted, enum encoding is)
{
	return wanted == is || wanted == ENCODING_SMALLEST;
}

static enum err_code
write_smallest(struct work *k, struct err *e)
{
	static const enum encoding encodings[LITERAL_N] = {
		[LITERAL_LATIN1] = ENCODING_LATIN1,
		[LITERAL_KEYS] = ENCODING_LATIN1,
		[LITERAL_ASCII] = ENCODING_ASCII,
		[LITERAL_B85] = ENCODING_B85,
	};
	struct buf other, swap;
	size_t quoted;
	int l;

	buf_init(&other, SIZE_MAX / 2);
	for (l = 0; l < LITERAL_N && e->code == ERR_OK; l++) {
		if (!is_wanted(k->r->encoding, encodings[l]) ||
		    write_with(k, (enum literal)l, &other, &quoted, e) != ERR_OK)
			continue;
		if (k->result.size > 0 && other.size >= k->result.size)
			continue;
		swap = k->result;
		k->result = other;
		other = swap;
		other.ceiling = SIZE_MAX / 2;
		k->out->encoding = encodings[l];
		k->out->payload_size = quoted;
	}
	buf_free(&other);
	return e->code;
}

static enum err_code
verify(const struct work *k, int fd, struct err *e)
{
	char original[64];
	const char *args[] = { "verify", k->r->path, original, NULL };
	struct buf nothing;
	int text = -1;

	buf_init(&nothing, 1);
	if (io_temporary(&text, e) == ERR_OK && io_write(text,
	    k->source.text.data, k->source.text.size, NULL, e) == ERR_OK) {
		/* It is read anew, through /proc, from its beginning. */
		snprintf(original, sizeof(original), "/proc/%ld/fd/%d",
		    (long)getpid(), text);
		if (lseek(fd, 0, SEEK_SET) != 0)
			err_set(e, ERR_FAIL, "cannot read the result");
		python_ask(k->r->python, python_text("script"), args, fd,
		    k->r->watch, &nothing, e);
		if (e->code == ERR_CORRUPT)
			e->code = ERR_FAIL;
	}
	if (text >= 0)
		(void)close(text);	/* it is thrown away */
	buf_free(&nothing);
	return e->code;
}

static void
tell(const struct work *k)
{
	struct script_result *out = k->out;

	out->script_size = k->source.file_size;
	out->minified_size = k->source.minified_size;
	out->text_size = k->source.text.size;
	out->packed_size = k->payload.size;
	out->size = k->result.size;
	out->n_phrases = k->phrases.n;
	out->module = packer_module(k->packer);
	out->lzma = k->lzma;
	out->reads_itself = k->source.reads_itself;
}

static enum err_code
make(struct work *k, int fd, struct err *e)
{
	const struct scripttext_request s = {
		.path = k->r->path, .name = k->r->path,
		.python = k->r->python, .minify = k->r->minify,
		.watch = k->r->watch
	};

	/* Its errors name the file. */
	if (scripttext_read(&s, &k->source, e) != ERR_OK)
		return e->code;
	k->plain_lines = program_plain_lines(k->source.text.data,
	    k->source.text.size);
	if (find_phrases(k, e) == ERR_OK && find_payload(k, e) == ERR_OK &&
	    write_smallest(k, e) == ERR_OK &&
	    io_write(fd, k->result.data, k->result.size, NULL, e) == ERR_OK)
		verify(k, fd, e);
	if (e->code != ERR_OK)
		return err_wrap(e, "%s", k->r->path);
	tell(k);
	return ERR_OK;
}

enum err_code
script_wrap(const struct script_request *r, int fd, struct script_result *out,
    struct err *e)
{
	struct work k;

	memset(&k, 0, sizeof(k));
	memset(out, 0, sizeof(*out));
	k.r = r;
	k.out = out;
	buf_init(&k.payload, SIZE_MAX / 2);
	buf_init(&k.result, SIZE_MAX / 2);
	make(&k, fd, e);
	phrases_free(&k.phrases);
	scripttext_free(&k.source);
	buf_free(&k.payload);
	buf_free(&k.result);
	return e->code;
}
