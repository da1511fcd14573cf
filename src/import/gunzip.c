#include "import/gunzip.h"

#include <stdlib.h>
#include <string.h>
#ifdef HAVE_ZLIB
#define ZLIB_CONST
#include <zlib.h>
#endif

#include "base/io.h"

#define PIECE ((size_t)64 << 10)	/* bytes read, and given, at a time */

bool
gunzip_looks(const uint8_t *head, size_t n)
{
	return n >= 3 && head[0] == 0x1F && head[1] == 0x8B && head[2] == 8;
}

#ifdef HAVE_ZLIB
struct gunzip {
	int fd;
	uint64_t at;		/* bytes of the file read so far */
	const struct watch *watch;
	z_stream z;
	bool between;		/* a member ended, and none has begun */
	bool at_end;		/* of the file */
	uint8_t in[PIECE];
	uint8_t out[PIECE];
};

enum err_code
gunzip_open(int fd, const struct watch *w, struct gunzip **out, struct err *e)
{
	struct gunzip *g = calloc(1, sizeof(*g));

	*out = NULL;
	if (g == NULL)
		return err_nomem(e);
	g->fd = fd;
	g->watch = w;
	if (inflateInit2(&g->z, 16 + MAX_WBITS) != Z_OK) {
		free(g);
		return err_nomem(e);
	}
	*out = g;
	return ERR_OK;
}

/* Have more of the file, if there is none left of what was read. */
static enum err_code
fill(struct gunzip *g, struct err *e)
{
	size_t got;

	if (g->z.avail_in > 0 || g->at_end)
		return ERR_OK;
	if (io_pread(g->fd, g->in, PIECE, g->at, &got, e) != ERR_OK ||
	    watch_step(g->watch, got, e) != ERR_OK)
		return e->code;
	g->at += got;
	g->at_end = got < PIECE;
	g->z.next_in = g->in;
	g->z.avail_in = (uInt)got;
	return ERR_OK;
}

/* Behind a member: zeros up to the end, or another member. */
static enum err_code
next_member(struct gunzip *g, struct err *e)
{
	bool zeros = false;

	for (;;) {
		if (fill(g, e) != ERR_OK || g->z.avail_in == 0)
			return e->code;
		if (*g->z.next_in != 0)
			break;
		zeros = true;
		g->z.next_in++;
		g->z.avail_in--;
	}
	if (zeros || *g->z.next_in != 0x1F)
		return err_set(e, ERR_CORRUPT, "something follows the end of "
		    "the gzip data");
	g->between = false;
	return inflateReset(&g->z) == Z_OK ? ERR_OK : err_nomem(e);
}

/* Some bytes, if the input has any. */
static enum err_code
inflate_some(struct gunzip *g, struct err *e)
{
	int r;

	if (fill(g, e) != ERR_OK)
		return e->code;
	if (g->z.avail_in == 0)
		return err_set(e, ERR_CORRUPT, "the gzip data end too early");
	r = inflate(&g->z, Z_NO_FLUSH);
	if (r == Z_MEM_ERROR)
		return err_nomem(e);
	if (r != Z_OK && r != Z_STREAM_END && r != Z_BUF_ERROR)
		return err_set(e, ERR_CORRUPT, "the gzip data are damaged: "
		    "%s", g->z.msg != NULL ? g->z.msg : "no reason given");
	g->between = r == Z_STREAM_END;
	return ERR_OK;
}

enum err_code
gunzip_next(struct gunzip *g, const uint8_t **p, size_t *n, struct err *e)
{
	*n = 0;
	*p = g->out;
	g->z.next_out = g->out;
	g->z.avail_out = PIECE;
	while (g->z.avail_out == PIECE) {
		if (g->between && (next_member(g, e) != ERR_OK || g->between))
			return e->code;
		if (inflate_some(g, e) != ERR_OK)
			return e->code;
	}
	*n = PIECE - g->z.avail_out;
	return ERR_OK;
}

void
gunzip_free(struct gunzip *g)
{
	if (g == NULL)
		return;
	(void)inflateEnd(&g->z);
	free(g);
}
#else
enum err_code
gunzip_open(int fd, const struct watch *w, struct gunzip **out, struct err *e)
{
	(void)fd;
	(void)w;
	*out = NULL;
	return err_set(e, ERR_UNSUPPORTED, "gzip: not built with zlib; "
	    "decompress it first");
}

enum err_code
gunzip_next(struct gunzip *g, const uint8_t **p, size_t *n, struct err *e)
{
	(void)g;
	*p = NULL;
	*n = 0;
	return e->code;
}

void
gunzip_free(struct gunzip *g)
{
	(void)g;
}
#endif
