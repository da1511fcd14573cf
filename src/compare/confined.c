#include "compare/confined.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ballast.h"
#include "base/io.h"
#include "base/num.h"
#include "base/worker.h"
#include "import/archive.h"
#include "unpack/input.h"
#include "unpack/tarread.h"

#define HEAD 512		/* bytes that tell an archive */
#define FILES 6			/* the members' data, and those to give away */
#define TEXT_MAX ((size_t)1 << 29)	/* bytes of a result */
#define GIB (UINT64_C(1) << 30)

/* Address space beside decoders while the archive is read: above all for
 * names. */
#define ROOM ((uint64_t)256 << 20)

struct confining {
	const struct confined_request *r;
	int fd;				/* the archive */
	int files[FILES];		/* empty ones */
	size_t n_given;			/* of them, in the worker */
	struct buf *text;		/* in the parent */
};

bool
confined_looks(const char *path)
{
	uint8_t head[HEAD];
	struct err own = ERR_INIT;
	size_t got = 0, n = strlen(path);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct stat st;

	if (fd < 0)
		return false;
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    io_pread(fd, head, HEAD, 0, &got, &own) != ERR_OK)
		got = 0;
	(void)close(fd);	/* was only read */
	if (got >= 4 && memcmp(head, "PK\3\4", 4) == 0)
		return n > 4 && strcmp(path + n - 4, ".zip") == 0;
	return got > 0 && import_looks(head, got);
}

/* --- in the worker --- */

static enum err_code
get(void *ctx, int *fd, struct err *e)
{
	struct confining *x = ctx;

	*fd = x->n_given < FILES ? x->files[x->n_given++] : -1;
	return e->code;
}

/* The archive's name without what is compressed about it. */
static const char *
single_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash != NULL ? slash + 1 : path;
}

/* The archive's decoders have a bound of their own, below that of codecs. */
static enum err_code
import(const struct import_request *r, struct scan *s, struct err *e)
{
	struct ballast b = { .n = 0 };
	uint64_t spare;

	if (num_add(r->limits->max[LIMIT_MEMORY], ROOM, &spare))
		ballast_take(&b, spare);
	import_members(r, s, e);
	ballast_drop(&b);
	return e->code;
}

static enum err_code
run(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	struct confining *x = ctx;
	struct import_request ir = { .fd = x->fd, .limits = x->r->limits,
	    .single = true, .name = single_name(x->r->path), .watch = w };
	struct buf text;
	struct scan s;

	get(x, &ir.data_fd, e);
	buf_init(&text, TEXT_MAX);
	if (import(&ir, &s, e) == ERR_OK &&
	    x->r->run(x->r->ctx, &s, get, x, w, &text, e) == ERR_OK)
		worker_send(l, 0, text.data, text.size, e);
	buf_free(&text);
	scan_free(&s);
	return e->code;
}

/* --- in the parent --- */

static enum err_code
receive(void *ctx, unsigned int channel, const uint8_t *p, size_t n,
    struct err *e)
{
	struct confining *x = ctx;

	if (channel != 0)
		return err_set(e, ERR_FAIL, "the confined process makes no "
		    "sense");
	return buf_append(x->text, p, n, e);
}

/* Address space: codecs and what they have made, for each thread. */
static uint64_t
memory(const struct confined_request *r)
{
	if (r->memory >= UINT64_MAX / 4)
		return 4 * GIB + r->n_threads * 2 * GIB;
	return 2 * r->memory + GIB;
}

static enum err_code
work(struct confining *x, struct sandbox_state *state, struct err *e)
{
	const struct confined_request *r = x->r;
	int keep[FILES + 1];
	struct worker_job job = {
		.run = run, .receive = receive, .ctx = x,
		.seconds = r->limits->max[LIMIT_TIME], .partial = true,
		.watch = r->watch,
		.sandbox = {
			.stage_fd = -1, .keep = keep, .n_keep = FILES + 1,
			.memory = memory(r), .weak = r->weak,
			.file_bytes = r->limits->max[LIMIT_TOTAL] <
			    INT64_MAX ? r->limits->max[LIMIT_TOTAL] :
			    UINT64_MAX,
		},
	};

	memcpy(keep, x->files, sizeof(x->files));
	keep[FILES] = x->fd;
	tarread_prepare();
	return worker_run(&job, state, e);
}

enum err_code
confined_run(const struct confined_request *r, struct buf *text,
    struct sandbox_state *state, struct err *e)
{
	struct confining x = { .r = r, .text = text, .fd = -1 };
	uint64_t size;
	size_t i;

	memset(state, 0, sizeof(*state));
	for (i = 0; i < FILES; i++)
		x.files[i] = -1;
	for (i = 0; i < FILES && e->code == ERR_OK; i++)
		io_temporary(&x.files[i], e);
	if (e->code == ERR_OK && input_open(r->path, "archive", &x.fd, &size,
	    e) == ERR_OK && work(&x, state, e) != ERR_OK)
		err_wrap(e, "%s", r->path);
	for (i = 0; i < FILES; i++) {
		if (x.files[i] >= 0)
			(void)close(x.files[i]);	/* nobody's data */
	}
	if (x.fd >= 0)
		(void)close(x.fd);
	return e->code;
}
