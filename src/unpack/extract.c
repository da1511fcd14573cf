#include "unpack/extract.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "base/worker.h"
#include "unpack/input.h"
#include "unpack/inside.h"
#include "unpack/inspect.h"
#include "unpack/tarread.h"
#include "unpack/within.h"

#define TEXT_MAX ((size_t)1 << 29)	/* bytes of a result's text */
#define LINE_MORE 512	/* bytes of a manifest for a member, beside its name */
#define NAME_TIMES 8	/* bytes of it for a byte of the name, at most */
#define MIB (UINT64_C(1) << 20)

/* Address space of a worker beside decoders: names, tables, and for each
 * thread a stack and what malloc(3) sets aside for it. */
#define ROOM (256 * MIB)
#define ROOM_THREAD (80 * MIB)

struct extraction {
	const struct extract_request *r;
	struct extract_result *res;
	int fd;				/* the bundle */
	int cat_fd;			/* -1, or where a cat's data go */
	struct stage *stage;		/* NULL: nothing is written */
	struct outfile manifest;
	uint64_t manifest_size;		/* bytes so far */
	uint64_t cat_size;		/* the same of a cat's data */
	/* In the child, instead of inside_run(). */
	enum err_code (*run)(void *ctx, int fd, struct extract_output *out,
	    const struct watch *w, struct err *e);
	void *ctx;
};

void
extract_result_init(struct extract_result *res)
{
	memset(res, 0, sizeof(*res));
	buf_init(&res->text, TEXT_MAX);
}

void
extract_result_free(struct extract_result *res)
{
	buf_free(&res->text);
}

/* --- in the child --- */

struct extract_output {
	struct worker_link *link;
};

enum err_code
extract_put(struct extract_output *out, const void *p, size_t n,
    struct err *e)
{
	return worker_send(out->link, INSIDE_TEXT, p, n, e);
}

static enum err_code
put(void *ctx, enum inside_channel channel, const void *p, size_t n,
    struct err *e)
{
	return worker_send(ctx, (unsigned int)channel, p, n, e);
}

static enum err_code
run(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	struct extraction *x = ctx;
	struct extract_output out = { l };
	struct inside_job j = {
		.r = x->r, .fd = x->fd,
		.dir_fd = x->stage != NULL ? stage_fd(x->stage) : -1,
		.cat = x->cat_fd >= 0, .sandbox = worker_state(l),
		.watch = w, .put = put, .ctx = l,
	};

	if (x->run != NULL)
		return x->run(x->ctx, x->fd, &out, w, e);
	return inside_run(&j, e);
}

/* --- in the parent --- */

/* What a line for each member can be (as JSON, with a name that is not UTF-8:
 * \\ooo and two digits for each byte), and no more. */
static enum err_code
take_manifest(struct extraction *x, const uint8_t *p, size_t n,
    struct err *e)
{
	const uint64_t *max = x->r->rules.limits.max;
	uint64_t line = LINE_MORE + NAME_TIMES * num_min(max[LIMIT_PATH],
	    PATH_MAX);

	x->manifest_size += n;
	if (x->manifest_size / line > max[LIMIT_MEMBERS])
		return err_set(e, ERR_UNSAFE, "the manifest is longer than "
		    "one of so many members can be; refused");
	if (io_write(x->manifest.fd, p, n, NULL, e) != ERR_OK)
		err_wrap(e, "%s", x->r->manifest);
	return e->code;
}

static enum err_code
take_stats(struct extraction *x, const uint8_t *p)
{
	uint64_t file_size = x->res->stats.file_size;

	memcpy(&x->res->stats, p, sizeof(x->res->stats));
	x->res->stats.file_size = file_size;
	return ERR_OK;
}

/* No more than one member may be. */
static enum err_code
take_data(struct extraction *x, const uint8_t *p, size_t n, struct err *e)
{
	const uint64_t *max = x->r->rules.limits.max;
	uint64_t left = num_min(max[LIMIT_MEMBER], max[LIMIT_TOTAL]) -
	    x->cat_size;

	if (n > left)
		return err_set(e, ERR_UNSAFE, "more data than a member may "
		    "have; refused");
	x->cat_size += n;
	if (io_write(x->cat_fd, p, n, x->r->watch, e) != ERR_OK)
		err_wrap(e, "standard output");
	return e->code;
}

static enum err_code
receive(void *ctx, unsigned int channel, const uint8_t *p, size_t n,
    struct err *e)
{
	struct extraction *x = ctx;

	if (channel == INSIDE_TEXT && x->cat_fd >= 0)
		return take_data(x, p, n, e);
	if (channel == INSIDE_TEXT && x->stage == NULL)
		return buf_append(&x->res->text, p, n, e);
	if (channel == INSIDE_MANIFEST && x->manifest.path != NULL)
		return take_manifest(x, p, n, e);
	if (channel == INSIDE_STATS && n == sizeof(x->res->stats))
		return take_stats(x, p);
	return err_set(e, ERR_FAIL, "the confined process makes no sense");
}

/* Bytes of one file: nothing larger may be written, whatever goes wrong. */
static uint64_t
file_bytes(const struct limits *l)
{
	uint64_t n = num_min(l->max[LIMIT_MEMBER], l->max[LIMIT_TOTAL]);

	return n < INT64_MAX ? n : UINT64_MAX;
}

/* Decoders, and with `unpack` also a tensor. */
static uint64_t
memory(const struct extract_rules *rules, unsigned int n_threads)
{
	uint64_t n = rules->limits.max[LIMIT_MEMORY];

	if (n >= UINT64_MAX / 4)
		return 0;
	return (rules->unpack ? 2 * n : n) + ROOM + n_threads * ROOM_THREAD;
}

static enum err_code
work(struct extraction *x, struct err *e)
{
	const struct extract_rules *rules = &x->r->rules;
	const struct limits *l = &rules->limits;
	uint64_t seconds = l->max[LIMIT_TIME], *seen;
	int64_t begin = watch_clock_ms();
	struct worker_job job = {
		.run = run, .receive = receive, .ctx = x,
		/* A cat waits for whoever reads it. */
		.seconds = x->cat_fd >= 0 ? 0 : seconds, .watch = x->r->watch,
		.sandbox = {
			.stage_fd = x->stage != NULL ?
			    stage_fd(x->stage) : -1,
			.links = rules->links, .times = x->r->keep_mtime,
			.keep = &x->fd, .n_keep = 1,
			.memory = memory(rules, x->r->n_threads),
			.file_bytes = file_bytes(l),
			.cpu_seconds = seconds < UINT64_MAX / 512 ?
			    seconds * (x->r->n_threads + 1) : 0,
			.weak = rules->weak,
		},
	};

	tarread_prepare();
	if (worker_run(&job, &x->res->sandbox, e) != ERR_OK)
		err_wrap(e, "%s", x->r->bundle);
	/* A process that was ended has not said how long it took. */
	seen = &x->res->stats.seen.value[LIMIT_TIME];
	*seen = num_max(*seen, (uint64_t)(watch_clock_ms() - begin) / 1000);
	return e->code;
}

/* The tree is in place, whatever comes of this. */
static enum err_code
finish_manifest(struct extraction *x, struct err *e)
{
	struct err late = ERR_INIT;

	if (!x->manifest.copy)
		return outfile_keep(&x->manifest, e);
	if (outfile_commit(&x->manifest, x->r->watch, &late) != ERR_OK &&
	    x->stage != NULL)
		err_append(&late, "; %s is in place", x->r->dest);
	if (e->code == ERR_OK)
		return err_copy(e, &late);
	return late.code == ERR_OK ? e->code :
	    err_append(e, "; %s", late.text);
}

/*
 * A manifest that is a file goes before the tree, since it can be taken back
 * when that cannot be put in place, and after all else that takes time: a
 * kill between the two leaves it with the old tree.  What a stream has had is
 * not taken back, so that it gets nothing before.
 */
static enum err_code
publish(struct extraction *x, struct err *e)
{
	if (x->stage != NULL && stage_sync(x->stage, e) != ERR_OK)
		return e->code;
	if (x->manifest.path != NULL && !x->manifest.copy &&
	    outfile_place(&x->manifest, x->r->watch, e) != ERR_OK)
		return e->code;
	if (x->stage != NULL)
		stage_publish(x->stage, e);
	if (x->manifest.path != NULL &&
	    (x->stage == NULL || stage_is_published(x->stage)))
		finish_manifest(x, e);
	return e->code;
}

static enum err_code
open_stage(struct extraction *x, struct err *e)
{
	const struct extract_request *r = x->r;

	if (stage_open(r->dest, r->mode, &x->stage, e) == ERR_OK &&
	    stage_spares_file(x->stage, r->bundle, e) != ERR_OK)
		err_wrap(e, "%s", r->bundle);
	return e->code;
}

/* Of what is there, a manifest replaces only what --replace was said of. */
static enum err_code
check_manifest(const struct extraction *x, struct err *e)
{
	const struct outfile *m = &x->manifest;
	struct stat old, bundle;

	if (stage_spares(x->stage, m->dir_fd, e) != ERR_OK ||
	    stage_spares_name(x->stage, m->dir_fd, m->base, e) != ERR_OK)
		return e->code;
	if (fstatat(m->dir_fd, m->base, &old, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? ERR_OK :
		    err_sys(e, errno, "cannot stat");
	if (fstat(x->fd, &bundle) != 0)
		return err_sys(e, errno, "cannot stat the bundle");
	if (within_same(&old, &bundle))
		return err_set(e, ERR_USAGE, "is the bundle; choose another "
		    "name for the manifest");
	if (x->r->mode != STAGE_REPLACE &&
	    (!S_ISREG(old.st_mode) || old.st_size > 0))
		return err_set(e, ERR_FAIL, "exists; nothing was extracted: "
		    "remove it, or choose another name for the manifest");
	return ERR_OK;
}

static enum err_code
open_manifest(struct extraction *x, struct err *e)
{
	if (outfile_open(x->r->manifest, &x->manifest, e) == ERR_OK &&
	    x->stage != NULL && x->manifest.dir_fd >= 0 &&
	    check_manifest(x, e) != ERR_OK)
		err_wrap(e, "%s", x->r->manifest);
	return e->code;
}

static enum err_code
extraction_run(struct extraction *x, struct err *e)
{
	bool files = x->run == NULL && x->cat_fd < 0;

	if (input_open(x->r->bundle, "bundle", &x->fd,
	    &x->res->stats.file_size, e) == ERR_OK && files &&
	    x->r->dest != NULL)
		open_stage(x, e);
	if (e->code == ERR_OK && files && x->r->manifest != NULL)
		open_manifest(x, e);
	if (e->code == ERR_OK && work(x, e) == ERR_OK && x->stage != NULL &&
	    inspect_tree(stage_fd(x->stage), &x->r->rules.limits,
	    x->r->rules.links, e) != ERR_OK)
		err_wrap(e, "%s", x->r->bundle);
	if (e->code == ERR_OK)
		publish(x, e);
	outfile_abort(&x->manifest);
	if (e->code != ERR_OK)
		stage_abandon(x->stage, e);
	stage_free(x->stage);
	if (x->fd >= 0)
		(void)close(x->fd);
	return e->code;
}

enum err_code
extract_bundle(const struct extract_request *r, struct extract_result *res,
    struct err *e)
{
	struct extraction x = { .r = r, .res = res, .fd = -1, .cat_fd = -1 };

	return extraction_run(&x, e);
}

enum err_code
extract_cat(const struct extract_request *r, int fd,
    struct extract_result *res, struct err *e)
{
	struct extraction x = { .r = r, .res = res, .fd = -1, .cat_fd = fd };

	return extraction_run(&x, e);
}

enum err_code
extract_confined(const struct extract_request *r,
    enum err_code (*work_in)(void *, int, struct extract_output *,
    const struct watch *, struct err *), void *ctx,
    struct extract_result *res, struct err *e)
{
	struct extraction x = { .r = r, .res = res, .fd = -1, .cat_fd = -1,
	    .run = work_in, .ctx = ctx };

	return extraction_run(&x, e);
}
