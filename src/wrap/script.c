#include "wrap/script.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "wrap/literal.h"
#include "wrap/packer.h"
#include "wrap/payload.h"
#include "wrap/python.h"
#include "wrap/scripttext.h"

struct work {
	const struct script_request *r;
	struct script_result *out;
	struct scripttext source;
	struct payload payload;
	struct buf result;
};

/* --- the result --- */

static enum err_code
write_with(const struct work *k, enum literal l, struct buf *to,
    size_t *quoted, struct err *e)
{
	to->size = 0;
	text_printf(to, e, "%sexec(__import__(\"%s\").decompress(",
	    literal_cookie(l), packer_module(k->payload.packer));
	/* The call is on line 2, or on 1 without a cookie. */
	literal_write(l, k->payload.bytes.data, k->payload.bytes.size,
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
		if (!is_wanted(k->r->encoding, encodings[l]))
			continue;
		if (write_with(k, (enum literal)l, &other, &quoted, e) !=
		    ERR_OK)
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
	char original[PYTHON_PATH_SIZE];
	const char *args[] = { "verify", k->r->path, original, NULL };
	int text = -1;

	if (io_temporary(&text, e) == ERR_OK && io_write(text,
	    k->source.text.data, k->source.text.size, NULL, e) == ERR_OK) {
		/* It is read anew, through /proc, from its beginning. */
		python_path(text, original);
		if (lseek(fd, 0, SEEK_SET) != 0)
			err_set(e, ERR_FAIL, "cannot read the result");
		else
			python_judge(k->r->python, python_text("script"), args,
			    fd, k->r->watch, e);
	}
	if (text >= 0)
		io_close(text, e);
	return e->code;
}

static void
tell(const struct work *k)
{
	struct script_result *out = k->out;

	out->script_size = k->source.file_size;
	out->minified_size = k->source.minified_size;
	out->text_size = k->source.text.size;
	out->program_size = k->payload.program_size;
	out->packed_size = k->payload.bytes.size;
	out->size = k->result.size;
	out->n_phrases = k->payload.n_phrases;
	out->module = packer_module(k->payload.packer);
	out->lzma = k->payload.lzma;
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
	struct payload_request p = {
		.check = k->r->check, .effort = k->r->effort,
		.n_threads = k->r->n_threads, .watch = k->r->watch
	};

	/* Its errors name the file. */
	if (scripttext_read(&s, &k->source, e) != ERR_OK)
		return e->code;
	p.text = k->source.text.data;
	p.size = k->source.text.size;
	if (payload_make(&p, &k->payload, e) == ERR_OK &&
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
	buf_init(&k.result, SIZE_MAX / 2);
	make(&k, fd, e);
	payload_free(&k.payload);
	scripttext_free(&k.source);
	buf_free(&k.result);
	return e->code;
}
