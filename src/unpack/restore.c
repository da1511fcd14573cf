#include "unpack/restore.h"

#include <errno.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/worker.h"
#include "unpack/input.h"
#include "weights/unpacker.h"

#define PIECE ((size_t)1 << 20)	/* bytes, read at a time */
/* Address space of the worker beside tensors: above all for a header. */
#define ROOM ((uint64_t)256 << 20)

/* What the worker says at its end. */
struct ending {
	uint8_t was_packed;
	uint64_t size;			/* bytes that it wrote */
};

struct restoring {
	const struct restore_request *r;
	int in_fd;
	uint64_t in_size;
	struct outfile out;
	struct ending ending;
	bool has_ended;			/* the ending has come */

	/* in the worker */
	struct unpacker *unpacker;
	const struct watch *watch;
};

/* --- in the worker --- */

static enum err_code
begin(void *ctx, enum unpacker_kind kind, uint64_t size, struct err *e)
{
	struct restoring *x = ctx;
	const char *why = unpacker_reason(x->unpacker);

	if (kind == UNPACKER_OTHER)
		return err_set(e, ERR_CORRUPT, "is no safetensors file%s%s",
		    *why != '\0' ? ": " : "", why);
	x->ending.was_packed = kind == UNPACKER_PACKED;
	x->ending.size = size;
	watch_begin(x->watch, "unpacking", size);
	return limits_judge(x->r->limits, NULL, LIMIT_MEMBER, size, NULL, e);
}

static enum err_code
put(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct restoring *x = ctx;

	if (io_write(x->out.fd, p, n, NULL, e) != ERR_OK)
		return err_wrap(e, "%s", x->out.path);
	return watch_step(x->watch, n, e);
}

static enum err_code
feed(struct restoring *x, struct err *e)
{
	uint8_t *piece = malloc(PIECE);
	uint64_t at = 0;
	size_t n;

	if (piece == NULL)
		return err_nomem(e);
	while (at < x->in_size &&
	    io_pread(x->in_fd, piece, (size_t)num_min(PIECE, x->in_size -
	    at), at, &n, e) == ERR_OK && n > 0 &&
	    unpacker_data(x->unpacker, piece, n, e) == ERR_OK)
		at += n;
	free(piece);
	return e->code == ERR_OK ? unpacker_end(x->unpacker, e) : e->code;
}

/*
 * Have what one tensor took be there for the next: a fifth of the time went
 * into fresh pages.  Pieces of over 32 MiB are still the system's, so that
 * little is lost between them.
 */
static void
keep_freed(void)
{
#if defined(M_MMAP_THRESHOLD) && defined(M_TRIM_THRESHOLD)
	(void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 128 << 20);
#endif
}

static enum err_code
run(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	struct restoring *x = ctx;
	struct unpacker_request r = { x->in_size,
	    x->r->limits->max[LIMIT_MEMORY], begin, put, x };

	x->watch = w;
	keep_freed();
	if (unpacker_new(&r, &x->unpacker, e) == ERR_OK &&
	    feed(x, e) == ERR_OK)
		worker_send(l, 0, &x->ending, sizeof(x->ending), e);
	unpacker_free(x->unpacker);
	return e->code;
}

/* --- in the parent --- */

static enum err_code
receive(void *ctx, unsigned int channel, const uint8_t *p, size_t n,
    struct err *e)
{
	struct restoring *x = ctx;

	if (channel != 0 || n != sizeof(x->ending) || x->has_ended)
		return err_set(e, ERR_FAIL, "the confined process makes no "
		    "sense");
	memcpy(&x->ending, p, n);
	x->has_ended = true;
	return ERR_OK;
}

static enum err_code
work(struct restoring *x, struct sandbox_state *state, struct err *e)
{
	const uint64_t *max = x->r->limits->max;
	const int keep[] = { x->in_fd, x->out.fd };
	struct worker_job job = {
		.run = run, .receive = receive, .ctx = x,
		.seconds = max[LIMIT_TIME], .watch = x->r->watch,
		.sandbox = {
			.stage_fd = -1, .keep = keep, .n_keep = 2,
			.memory = max[LIMIT_MEMORY] < UINT64_MAX / 2 ?
			    max[LIMIT_MEMORY] + ROOM : 0,
			.file_bytes = max[LIMIT_MEMBER] < INT64_MAX ?
			    max[LIMIT_MEMBER] : UINT64_MAX,
			.cpu_seconds = max[LIMIT_TIME],
			.weak = x->r->weak,
		},
	};

	return worker_run(&job, state, e);
}

/* Is all there that the worker says it has written? */
static enum err_code
check_output(const struct restoring *x, struct err *e)
{
	struct stat st;

	if (fstat(x->out.fd, &st) != 0)
		return err_sys(e, errno, "cannot stat what was written");
	if (!x->has_ended || (uint64_t)st.st_size != x->ending.size)
		return err_set(e, ERR_FAIL, "the confined process has not "
		    "written what it says");
	return ERR_OK;
}

enum err_code
restore_file(const struct restore_request *r, struct restore_result *res,
    struct err *e)
{
	struct restoring x = { .r = r, .in_fd = -1 };

	memset(res, 0, sizeof(*res));
	if (input_open(r->path, "file", &x.in_fd, &x.in_size, e) == ERR_OK &&
	    outfile_open(r->output, &x.out, e) == ERR_OK) {
		if (work(&x, &res->sandbox, e) != ERR_OK ||
		    check_output(&x, e) != ERR_OK)
			err_wrap(e, "%s", r->path);
		else
			outfile_commit(&x.out, r->watch, e);
	}
	res->was_packed = x.ending.was_packed != 0;
	outfile_abort(&x.out);
	if (x.in_fd >= 0)
		(void)close(x.in_fd);
	return e->code;
}
