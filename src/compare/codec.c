#include "compare/codec.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"

const struct codec *const codecs[] = { &codec_zlib, &codec_bzip2, &codec_zstd,
    &codec_brotli, NULL };

const struct codec *
codec_find(const char *name, int *level)
{
	const struct codec *c;
	uint64_t n;
	size_t i, length;

	for (i = 0; (c = codecs[i]) != NULL; i++) {
		length = strlen(c->name);
		if (strncmp(name, c->name, length) != 0)
			continue;
		*level = c->usual;
		if (name[length] == '\0')
			return c;
		if (name[length] == '-' && num_plain(name + length + 1,
		    (uint64_t)c->min, (uint64_t)c->max, &n)) {
			*level = (int)n;
			return c;
		}
	}
	return NULL;
}

enum err_code
codec_feed_open(struct codec_feed *f, const struct codec_job *j,
    struct err *e)
{
	f->j = j;
	f->done = 0;
	f->piece = malloc(CODEC_PIECE);
	return f->piece != NULL ? ERR_OK : err_nomem(e);
}

/* What was given before counts as done: the library has taken it. */
enum err_code
codec_feed_next(struct codec_feed *f, size_t *n, struct err *e)
{
	const struct codec_job *j = f->j;

	*n = (size_t)num_min(j->size - f->done, CODEC_PIECE);
	if (watch_step(j->watch, *n, e) != ERR_OK ||
	    (*n > 0 && j->src->read(j->src->ctx, j->off + f->done, f->piece,
	    *n, e) != ERR_OK))
		return e->code;
	f->done += *n;
	return ERR_OK;
}

void
codec_feed_close(struct codec_feed *f)
{
	free(f->piece);
}
