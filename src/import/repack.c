#include "import/repack.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ballast.h"
#include "base/io.h"
#include "base/num.h"
#include "base/worker.h"
#include "import/verify.h"
#include "pack/strict.h"
#include "unpack/input.h"
#include "unpack/tarread.h"

/* Address space beside decoders while the archive is read: above all for
 * names. */
#define ROOM ((uint64_t)256 << 20)
#define READ_BACK ((uint64_t)1 << 30)	/* bytes for decoders of the bundle */
#define HEADER_MAX ((uint64_t)16 << 10)	/* bytes of a member's, as a rule */
#define NOTES_MAX 1000
#define TIME_MAX ((int64_t)1 << 40)	/* seconds, that extract takes */

enum channel {
	CHANNEL_READS,		/* a byte: does a reading begin, or end? */
	CHANNEL_NOTE,		/* a text */
	CHANNEL_ENDING		/* a struct ending */
};

/* What the worker says at its end. */
struct ending {
	uint64_t file_size, raw_size, n_members, times, modes;
	struct import_dropped dropped;
};

struct repacking {
	const struct repack_request *r;
	struct repack_result *res;
	int in_fd, data_fd;
	struct outfile out;
	struct worker_job job;
	int64_t begin_ms;
	bool reads;		/* the worker reads the archive */
	bool has_ended;		/* the ending has come */
	unsigned int notes;

	/* in the worker */
	struct worker_link *link;
	const struct watch *watch;
	struct err lost;	/* of a note */
	struct ending ending;
};

/* --- in the worker --- */

static void
note(void *ctx, const char *text)
{
	struct repacking *x = ctx;

	worker_send(x->link, CHANNEL_NOTE, text, strlen(text) + 1, &x->lost);
}

static void
warn(void *ctx, const char *member, const char *what)
{
	struct err text = ERR_INIT;

	err_set(&text, ERR_FAIL, "%s: %s; taken as plain bytes", member,
	    what);
	note(ctx, text.text);
}

/* A reading of the archive begins or ends; its decoders have bounds of their
 * own. */
static enum err_code
set_reading(struct repacking *x, bool reads, struct ballast *b, struct err *e)
{
	const uint8_t word = reads;
	uint64_t spare;

	if (!reads)
		ballast_drop(b);
	else if (num_add(x->r->limits->max[LIMIT_MEMORY], ROOM, &spare))
		ballast_take(b, spare);
	return worker_send(x->link, CHANNEL_READS, &word, 1, e);
}

static enum err_code
import(struct repacking *x, struct scan *s, struct err *e)
{
	struct import_request r = { .fd = x->in_fd, .data_fd = x->data_fd,
	    .limits = x->r->limits, .watch = x->watch,
	    .dropped = &x->ending.dropped };
	struct ballast b = { .n = 0 };

	scan_init(s);
	if (set_reading(x, true, &b, e) == ERR_OK)
		import_members(&r, s, e);
	if (e->code == ERR_OK)
		set_reading(x, false, &b, e);
	return e->code;
}

/* A bundle with times that extraction refuses would be of no use. */
static enum err_code
check_times(const struct repacking *x, const struct scan *s, struct err *e)
{
	size_t i;

	for (i = 0; i < s->n_members && x->r->bundle.tar.keep_mtime; i++) {
		if (s->members[i].mtime.tv_sec < 0 ||
		    s->members[i].mtime.tv_sec > TIME_MAX)
			return err_set(e, ERR_UNSUPPORTED, "%s: %s: a time "
			    "before 1970 or in a far future, which extract "
			    "refuses; leave out --keep-mtime", x->r->path,
			    s->members[i].name);
	}
	return ERR_OK;
}

/* Which of what the members have is not in their headers? */
static void
count_changes(struct repacking *x, const struct scan *s)
{
	const struct tarstream_options *o = &x->r->bundle.tar;
	const struct member *m;
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		m = &s->members[i];
		x->ending.times += !o->keep_mtime &&
		    m->mtime.tv_sec != o->mtime;
		x->ending.modes += m->type != MEMBER_SYMLINK &&
		    (m->mode & 07777) != tarstream_mode(m, o->keep_mode);
	}
}

static enum err_code
check_strict(struct repacking *x, const struct scan *s, struct err *e)
{
	struct strict_request sr = { x->r->strict, x->r->bundle.check, note,
	    x };

	return strict_check(s, &sr, e);
}

static enum err_code
write_bundle(struct repacking *x, const struct scan *s, struct err *e)
{
	struct bundle_request r = x->r->bundle;
	struct bundle_result made;

	r.plan_in = NULL;
	r.warn = warn;
	r.warn_ctx = x;
	r.watch = x->watch;
	bundle_write(&r, s, x->out.fd, &made, e);
	x->ending.file_size = made.file_size;
	x->ending.raw_size = made.raw_size;
	bundle_result_free(&made);
	return e->code;
}

static enum err_code
verify(struct repacking *x, const struct scan *s, struct err *e)
{
	const struct bundle_request *r = &x->r->bundle;
	struct ballast b = { .n = 0 };

	watch_begin(x->watch, "comparing", x->ending.raw_size +
	    x->res->in_size);
	if (verify_bundle(x->out.fd, s, &r->tar, r->n_threads,
	    num_min(r->memory, READ_BACK), x->watch, e) == ERR_OK &&
	    set_reading(x, true, &b, e) == ERR_OK &&
	    verify_archive(x->in_fd, s, x->watch, e) == ERR_OK)
		set_reading(x, false, &b, e);
	return e->code;
}

static enum err_code
run(void *ctx, struct worker_link *l, const struct watch *w, struct err *e)
{
	struct repacking *x = ctx;
	struct scan s;

	x->link = l;
	x->watch = w;
	if (import(x, &s, e) == ERR_OK && check_times(x, &s, e) == ERR_OK &&
	    order_members(&s, x->r->order, e) == ERR_OK &&
	    check_strict(x, &s, e) == ERR_OK &&
	    write_bundle(x, &s, e) == ERR_OK && verify(x, &s, e) == ERR_OK &&
	    err_copy(e, &x->lost) == ERR_OK) {
		count_changes(x, &s);
		x->ending.n_members = s.n_members;
		worker_send(l, CHANNEL_ENDING, &x->ending,
		    sizeof(x->ending), e);
	}
	/* The scan goes with the process, which ends now. */
	return e->code;
}

/* --- in the parent --- */

/* The limit of time is for readings; encoding takes what it takes. */
static enum err_code
take_reads(struct repacking *x, bool reads)
{
	uint64_t now = (uint64_t)(watch_clock_ms() - x->begin_ms) / 1000;

	x->reads = reads;
	if (!reads || !num_add(now, x->r->limits->max[LIMIT_TIME],
	    &x->job.seconds))
		x->job.seconds = 0;
	return ERR_OK;
}

static enum err_code
take_note(struct repacking *x, const uint8_t *p, size_t n)
{
	char text[ERR_TEXT_MAX];

	n = num_min(n, sizeof(text) - 1);
	memcpy(text, p, n);
	text[n] = '\0';
	if (x->r->note != NULL && x->notes++ < NOTES_MAX)
		x->r->note(x->r->note_ctx, text);
	return ERR_OK;
}

static enum err_code
receive(void *ctx, unsigned int channel, const uint8_t *p, size_t n,
    struct err *e)
{
	struct repacking *x = ctx;

	if (channel == CHANNEL_READS && n == 1)
		return take_reads(x, *p != 0);
	if (channel == CHANNEL_NOTE)
		return take_note(x, p, n);
	if (channel != CHANNEL_ENDING || n != sizeof(x->ending) ||
	    x->has_ended)
		return err_set(e, ERR_FAIL, "the confined process makes no "
		    "sense");
	memcpy(&x->ending, p, n);
	x->has_ended = true;
	return ERR_OK;
}

/* No file that is written can be larger: not that of the members' data, nor the
 * bundle, with headers, where nothing can be compressed. */
static uint64_t
file_bytes(const struct limits *l)
{
	uint64_t total = l->max[LIMIT_TOTAL], headers;

	if (!num_mul(l->max[LIMIT_MEMBERS], HEADER_MAX, &headers) ||
	    !num_add(total, headers, &total) ||
	    !num_add(total, total / 64, &total) || total >= INT64_MAX)
		return UINT64_MAX;
	return total;
}

static enum err_code
work(struct repacking *x, struct err *e)
{
	const int keep[] = { x->in_fd, x->data_fd, x->out.fd };

	x->job = (struct worker_job){
		.run = run, .receive = receive, .ctx = x,
		.watch = x->r->bundle.watch,
		.sandbox = {
			.stage_fd = -1, .keep = keep, .n_keep = 3,
			.memory = BALLAST_SPACE,
			.file_bytes = file_bytes(x->r->limits),
			.weak = x->r->weak,
		},
	};
	x->reads = true;
	x->begin_ms = watch_clock_ms();
	tarread_prepare();
	if (worker_run(&x->job, &x->res->sandbox, e) != ERR_OK && x->reads)
		err_wrap(e, "%s", x->r->path);
	return e->code;
}

/* Is all there that the worker says it has written? */
static enum err_code
check_output(struct repacking *x, struct err *e)
{
	struct stat st;

	if (fstat(x->out.fd, &st) != 0)
		return err_sys(e, errno, "cannot stat what was written");
	if (!x->has_ended || (uint64_t)st.st_size != x->ending.file_size)
		return err_set(e, ERR_FAIL, "the confined process has not "
		    "written what it says");
	x->res->file_size = x->ending.file_size;
	x->res->raw_size = x->ending.raw_size;
	x->res->n_members = x->ending.n_members;
	x->res->dropped = x->ending.dropped;
	x->res->times = x->ending.times;
	x->res->modes = x->ending.modes;
	return ERR_OK;
}

static enum err_code
publish(struct repacking *x, struct err *e)
{
	const struct repack_request *r = x->r;
	struct err over = ERR_INIT;

	if (bundle_judge(r->bundle.output, x->res->file_size, r->limit,
	    r->keep_over_limit, &over) != ERR_OK && !r->keep_over_limit)
		return err_copy(e, &over);
	if (watch_step(r->bundle.watch, 0, e) == ERR_OK &&
	    outfile_commit(&x->out, r->bundle.watch, e) == ERR_OK)
		err_copy(e, &over);
	return e->code;
}

enum err_code
repack_archive(const struct repack_request *r, struct repack_result *res,
    struct err *e)
{
	struct repacking x = { .r = r, .res = res, .in_fd = -1,
	    .data_fd = -1, .lost = ERR_INIT };

	memset(res, 0, sizeof(*res));
	if (bundle_check(&r->bundle, e) == ERR_OK &&
	    input_open(r->path, "archive", &x.in_fd, &res->in_size, e) ==
	    ERR_OK && io_temporary(&x.data_fd, e) == ERR_OK &&
	    outfile_open(r->bundle.output, &x.out, e) == ERR_OK) {
		res->streamed = x.out.copy;
		if (work(&x, e) == ERR_OK && check_output(&x, e) == ERR_OK)
			publish(&x, e);
	}
	outfile_abort(&x.out);
	if (x.data_fd >= 0)
		(void)close(x.data_fd);		/* was only for ourselves */
	if (x.in_fd >= 0)
		(void)close(x.in_fd);
	return e->code;
}
