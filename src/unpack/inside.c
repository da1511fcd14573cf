#include "unpack/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "unpack/checkup.h"
#include "unpack/files.h"
#include "unpack/policy.h"
#include "unpack/select.h"
#include "unpack/tarfield.h"
#include "unpack/tarread.h"
#include "unpack/verdict.h"
#include "unpack/wanted.h"
#include "xz/blockstream.h"

#define VIOLATIONS_MAX 1000	/* that are listed */
#define LOOK_AHEAD_RATIO 32	/* raw to packed; weights stay below 10 */
#define REPORT_MAX ((size_t)64 << 20)	/* bytes */

struct inside {
	const struct inside_job *j;
	const struct extract_request *r;
	struct xzread xz;
	struct selection chosen;	/* what to read */
	bool all;
	struct verdict *verdict;	/* NULL: the first violation ends it */
	struct verdict *again;		/* of members that are judged twice */
	const struct limits *limits;	/* that hold: the rules', or some */
	struct limits some;		/* those with some lifted; borrowed
					 * strings */
	struct policy *policy;
	struct files files;		/* where they go */
	struct extract_stats stats;
};

/* --- what to read --- */

static struct policy_options
policy_options(struct inside *x)
{
	struct policy_options o = {
		.names = x->j->cat ? NAME_ANY : x->r->rules.names,
		.links = x->j->cat || x->r->rules.links,
		.limits = x->limits,
		.seen = &x->stats.seen, .verdict = x->verdict,
		.raw_size = x->xz.raw_size,
		.file_size = x->xz.file_size,
	};

	return o;
}

static uint64_t
memory_of(const struct inside *x)
{
	return x->r->rules.limits.max[LIMIT_MEMORY];
}

/* How those are judged that were chosen, after all were: what has to be there
 * may be elsewhere, and what is wrong is on the list. */
static struct policy_options
policy_again(struct inside *x)
{
	struct policy_options o;

	x->some.n_require = 0;
	x->limits = &x->some;
	o = policy_options(x);
	/* What is not extracted is not there, unless others put it there. */
	o.part = x->r->mode != STAGE_INTO;
	o.verdict = x->again;
	return o;
}

/* What is only written out needs no limits of trees. */
static void
lift_limits(struct inside *x)
{
	static const enum limit_id lifted[] = { LIMIT_MEMBERS, LIMIT_DEPTH,
	    LIMIT_PATH, LIMIT_COMPONENT, LIMIT_PAX, LIMIT_RATIO };
	size_t i;

	x->limits = &x->some;
	x->some.n_allow = x->some.n_require = 0;
	for (i = 0; i < sizeof(lifted) / sizeof(lifted[0]); i++)
		x->some.max[lifted[i]] = UINT64_MAX;
}

static enum err_code
choose(struct inside *x, struct err *e)
{
	const struct wanted_from from = { &x->xz, memory_of(x),
	    x->j->watch };
	struct policy_options o;

	if (x->j->cat) {
		lift_limits(x);
		return wanted_file(&from, x->r->wanted[0], &x->chosen, e);
	}
	x->all = x->r->n_wanted == 0;
	if (x->all)
		return wanted_all(&from, &x->chosen, e);
	o = policy_options(x);
	if (x->verdict != NULL && verdict_new(true, 1, &x->again, e) !=
	    ERR_OK)
		return e->code;
	return wanted_some(&from, x->r->wanted, x->r->n_wanted, &o,
	    &x->chosen, e);
}

/*
 * Making files takes so much longer than reading headers that a small file
 * which holds too many members is refused before the first is made.  Only what
 * is packed so well that it may hold them is read twice.
 */
static enum err_code
look_ahead(struct inside *x, struct err *e)
{
	const struct limits *l = &x->r->rules.limits;
	uint64_t max = l->max[LIMIT_MEMBERS], n;

	if (x->j->dir_fd < 0 || x->xz.raw_size / TARFIELD_BLOCK <= max ||
	    x->xz.raw_size / LOOK_AHEAD_RATIO < x->xz.file_size)
		return ERR_OK;
	if (tarread_count(&x->xz, memory_of(x), x->j->watch, max, &n, e) ==
	    ERR_OK && n > max)
		limits_judge(l, &x->stats.seen, LIMIT_MEMBERS,
		    limits_most_members(l, x->xz.raw_size), NULL, e);
	return e->code;
}

/* --- members --- */

static enum err_code
make_member(struct inside *x, struct tarread *t,
    const struct tarread_member *m, struct err *e)
{
	const char *name, *link;

	if (policy_member(x->policy, m, &name, &link, e) != ERR_OK ||
	    name == NULL)
		return e->code;
	x->stats.dropped += m->dropped;
	name = select_made_name(&x->chosen, name);
	switch (m->type) {
	case TARREAD_FILE:
		return files_file(&x->files, t, m, name, e);
	case TARREAD_DIR:
		return files_dir(&x->files, name, e);
	default:
		return files_link(&x->files, m, name,
		    m->type == TARREAD_HARDLINK ?
		    select_made_name(&x->chosen, link) : link, e);
	}
}

/* --- all of it --- */

static enum err_code
read_members(struct inside *x, struct tarread *t, struct err *e)
{
	const struct writer *w = x->files.writer;
	const struct tarread_member *m;
	uint64_t members_end;

	while (tarread_next(t, &m, e) == ERR_OK && m != NULL) {
		if (make_member(x, t, m, e) != ERR_OK ||
		    policy_stopped(x->policy) || (w != NULL &&
		    policy_made(x->policy, writer_parents(w), e) != ERR_OK))
			return e->code;
	}
	if (e->code == ERR_OK && x->all)
		tarread_tail(t, &members_end, e);
	return e->code;
}

static enum err_code
open_stream(const struct inside *x, struct blockstream **s, struct err *e)
{
	struct blockstream_options o = { false, x->r->n_threads,
	    memory_of(x), x->j->watch };

	watch_begin(x->j->watch, x->files.writer != NULL ? "extracting" :
	    x->j->cat ? "reading" : "checking", select_bytes(&x->chosen));
	return blockstream_open(&x->xz, x->chosen.ranges, x->chosen.n_ranges,
	    &o, s, e);
}

/* All that s has. */
static enum err_code
read_stream(struct inside *x, struct blockstream *s, struct err *e)
{
	struct tarread *t = NULL;

	if (tarread_open(s, x->limits->max[LIMIT_PAX], &t, e) == ERR_OK &&
	    read_members(x, t, e) == ERR_OK && !policy_stopped(x->policy))
		blockstream_drain(s, e);
	tarread_free(t);
	return e->code;
}

static enum err_code
make_policy(struct inside *x, struct err *e)
{
	struct policy_options o = x->all || x->j->cat ? policy_options(x) :
	    policy_again(x);

	policy_free(x->policy);
	x->policy = NULL;
	if (policy_new(&o, &x->policy, e) == ERR_OK)
		x->files.policy = x->policy;
	return e->code;
}

/* A cat's data cannot be taken back: what is not verified before it is handed
 * out is read twice. */
static enum err_code
read_first(struct inside *x, struct blockstream *s, struct err *e)
{
	const struct extract_stats before = x->stats;

	if (!x->r->rules.unpack)
		return blockstream_drain(s, e);
	x->files.dry = true;
	if (read_stream(x, s, e) == ERR_OK)
		make_policy(x, e);
	x->files.dry = false;
	x->stats = before;
	return e->code;
}

static enum err_code
read_tar(struct inside *x, struct err *e)
{
	struct blockstream *s = NULL;

	if (open_stream(x, &s, e) == ERR_OK && x->j->cat &&
	    (x->r->rules.unpack || !blockstream_holds_all(s)) &&
	    read_first(x, s, e) == ERR_OK) {
		blockstream_free(s);
		s = NULL;
		open_stream(x, &s, e);
	}
	if (e->code == ERR_OK)
		read_stream(x, s, e);
	blockstream_free(s);
	return e->code;
}

static enum err_code
judge_file(struct inside *x, struct err *e)
{
	const struct limits *l = &x->r->rules.limits;

	if (limits_judge(l, &x->stats.seen, LIMIT_BUNDLE, x->xz.file_size,
	    NULL, e) != ERR_OK && x->verdict != NULL)
		verdict_judge(x->verdict, limits_name(LIMIT_BUNDLE), NULL,
		    x->xz.file_size, l->max[LIMIT_BUNDLE], e);
	if (e->code == ERR_OK)
		limits_judge(l, &x->stats.seen, LIMIT_MEMORY,
		    xzread_decoder_memory(&x->xz), NULL, e);
	return e->code;
}

static enum err_code
open_parts(struct inside *x, struct err *e)
{
	struct stat st;

	if (fstat(x->j->fd, &st) != 0)
		return err_sys(e, errno, "cannot stat");
	x->stats.file_size = (uint64_t)st.st_size;
	if (x->r->collect && verdict_new(true, VIOLATIONS_MAX, &x->verdict,
	    e) != ERR_OK)
		return e->code;
	if (xzread_strict(x->j->fd, memory_of(x), &x->r->rules.xz, &x->xz,
	    e) != ERR_OK || judge_file(x, e) != ERR_OK ||
	    look_ahead(x, e) != ERR_OK || choose(x, e) != ERR_OK)
		return e->code;
	if (make_policy(x, e) == ERR_OK)
		files_open(&x->files, e);
	return e->code;
}

static enum err_code
finish(struct inside *x, struct err *e)
{
	if (!x->j->cat && policy_finish(x->policy, e) != ERR_OK)
		return e->code;
	return files_finish(&x->files, e);
}

/* What check says beside its error. */
static enum err_code
report(const struct inside *x, const struct err *result, struct err *e)
{
	struct outcome o = { .bundle = x->r->bundle, .err = result,
	    .stats = &x->stats, .unpack = x->r->rules.unpack,
	    .limits = &x->r->rules.limits,
	    .sandbox = x->j->sandbox };
	struct buf text;

	buf_init(&text, REPORT_MAX);
	if (checkup_print(&o, x->verdict, x->files.findings, x->r->json, &text,
	    e) == ERR_OK && text.size > 0)
		x->j->put(x->j->ctx, INSIDE_TEXT, text.data, text.size, e);
	buf_free(&text);
	return e->code;
}

static void
inside_free(struct inside *x)
{
	files_free(&x->files);
	policy_free(x->policy);
	verdict_free(x->verdict);
	verdict_free(x->again);
	xzread_free(&x->xz);
	selection_free(&x->chosen);
}

enum err_code
inside_run(const struct inside_job *j, struct err *e)
{
	struct inside x = { .j = j, .r = j->r, .xz = { .fd = -1 },
	    .limits = &j->r->rules.limits, .some = j->r->rules.limits,
	    .files = { .j = j, .stats = &x.stats } };
	struct err put = ERR_INIT;
	int64_t begin = watch_clock_ms();

	if (open_parts(&x, e) == ERR_OK && read_tar(&x, e) == ERR_OK &&
	    !policy_stopped(x.policy))
		x.stats.complete = finish(&x, e) == ERR_OK;
	if (x.verdict != NULL && e->code == ERR_OK)
		verdict_result(x.verdict, e);
	if (x.again != NULL && e->code == ERR_OK)
		verdict_result(x.again, e);
	x.stats.seen.value[LIMIT_TIME] =
	    (uint64_t)(watch_clock_ms() - begin + 999) / 1000;
	/* Also after an error: how far it came, and what was found. */
	if (j->put(j->ctx, INSIDE_STATS, &x.stats, sizeof(x.stats), &put) ==
	    ERR_OK && j->r->collect)
		report(&x, e, &put);
	inside_free(&x);
	return err_copy(e, &put);
}
