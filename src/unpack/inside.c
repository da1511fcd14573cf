#include "unpack/inside.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/num.h"
#include "unpack/checkup.h"
#include "unpack/findings.h"
#include "unpack/policy.h"
#include "unpack/select.h"
#include "unpack/tarfield.h"
#include "unpack/tarread.h"
#include "unpack/verdict.h"
#include "unpack/wanted.h"
#include "unpack/writer.h"
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
	struct writer *writer;		/* NULL: nothing is written */
	struct manifest *manifest;	/* or NULL */
	struct manifest_sum *sums;	/* [n_sums] by the policy's index, for
					 * hard links; owned */
	size_t n_sums;
	struct findings *findings;	/* or NULL */
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

/* A piece of a file goes wherever it is wanted. */
static enum err_code
take_data(struct inside *x, const uint8_t *p, size_t n, struct err *e)
{
	if (x->j->cat)
		return x->j->put(x->j->ctx, INSIDE_TEXT, p, n, e);
	if (x->manifest != NULL)
		manifest_data(x->manifest, p, n);
	if (x->findings != NULL)
		findings_data(x->findings, p, n);
	if (x->writer != NULL)
		writer_data(x->writer, p, n, e);
	return e->code;
}

/* A line of the manifest, and its sum for hard links to the file. */
static enum err_code
list_file(struct inside *x, const char *name, uint64_t size, struct err *e)
{
	size_t i = policy_count(x->policy), cap = x->n_sums;
	struct manifest_sum sum, *v;

	if (manifest_file(x->manifest, name, size, &sum, e) != ERR_OK ||
	    !x->r->rules.links)
		return e->code;
	if (i > cap) {
		cap = i + cap / 2 + 64;
		v = realloc(x->sums, cap * sizeof(*v));
		if (v == NULL)
			return err_nomem(e);
		memset(v + x->n_sums, 0, (cap - x->n_sums) * sizeof(*v));
		x->sums = v;
		x->n_sums = cap;
	}
	x->sums[i - 1] = sum;
	return ERR_OK;
}

static enum err_code
end_file(struct inside *x, const struct tarread_member *m, const char *name,
    struct err *e)
{
	x->stats.files++;
	x->stats.bytes += m->size;
	if (x->writer != NULL && writer_end(x->writer, m->size,
	    x->r->keep_mtime, m->mtime, e) != ERR_OK)
		return e->code;
	if (x->findings != NULL && findings_file(x->findings, name,
	    m->executable, e) != ERR_OK)
		return e->code;
	if (x->manifest != NULL)
		list_file(x, name, m->size, e);
	return e->code;
}

static enum err_code
make_file(struct inside *x, struct tarread *t, const char *name,
    const struct tarread_member *m, struct err *e)
{
	const uint8_t *p;
	size_t size;

	if (x->writer != NULL && writer_file(x->writer, name, m->executable,
	    e) != ERR_OK)
		return e->code;
	do {
		if (tarread_data(t, &p, &size, e) != ERR_OK)
			return e->code;
		if (size > 0 && take_data(x, p, size, e) != ERR_OK)
			return e->code;
	} while (size > 0);
	return end_file(x, m, name, e);
}

static enum err_code
make_link(struct inside *x, const char *name, const char *link,
    const struct tarread_member *m, struct err *e)
{
	x->stats.links++;
	if (x->findings != NULL && findings_link(x->findings, name, e) !=
	    ERR_OK)
		return e->code;
	if (x->writer == NULL || m->type == TARREAD_SYMLINK)
		return ERR_OK;		/* symlinks are made last */
	return writer_hardlink(x->writer, name,
	    select_made_name(&x->chosen, link), e);
}

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
		return make_file(x, t, name, m, e);
	case TARREAD_DIR:
		x->stats.dirs++;
		return x->writer != NULL ? writer_dir(x->writer, name, e) :
		    ERR_OK;
	default:
		return make_link(x, name, link, m, e);
	}
}

static enum err_code
make_symlink(void *ctx, const char *name, const char *text, size_t target,
    struct err *e)
{
	(void)target;
	return writer_symlink(ctx, name, text, e);
}

static enum err_code
list_hardlink(void *ctx, const char *name, const char *link, size_t target,
    struct err *e)
{
	struct inside *x = ctx;

	(void)link;
	return target < x->n_sums ? manifest_same(x->manifest, name,
	    &x->sums[target], e) : ERR_OK;
}

/* --- all of it --- */

static enum err_code
read_members(struct inside *x, struct tarread *t, struct err *e)
{
	const struct tarread_member *m;
	uint64_t members_end;

	while (tarread_next(t, &m, e) == ERR_OK && m != NULL) {
		if (make_member(x, t, m, e) != ERR_OK ||
		    policy_stopped(x->policy) || (x->writer != NULL &&
		    policy_made(x->policy, writer_parents(x->writer), e) !=
		    ERR_OK))
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

	watch_begin(x->j->watch, x->writer != NULL ? "extracting" :
	    x->j->cat ? "reading" : "checking", select_bytes(&x->chosen));
	return blockstream_open(&x->xz, x->chosen.ranges, x->chosen.n_ranges,
	    &o, s, e);
}

static enum err_code
read_tar(struct inside *x, struct err *e)
{
	struct blockstream *s = NULL;
	struct tarread *t = NULL;

	/* A cat's data cannot be taken back: what is not verified before it is
	 * handed out is read twice. */
	if (open_stream(x, &s, e) == ERR_OK && x->j->cat &&
	    !blockstream_holds_all(s) && blockstream_drain(s, e) == ERR_OK) {
		blockstream_free(s);
		s = NULL;
		open_stream(x, &s, e);
	}
	if (e->code == ERR_OK &&
	    tarread_open(s, x->limits->max[LIMIT_PAX], &t, e) == ERR_OK &&
	    read_members(x, t, e) == ERR_OK && !policy_stopped(x->policy))
		blockstream_drain(s, e);
	tarread_free(t);
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
put_manifest(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	const struct inside *x = ctx;

	return x->j->put(x->j->ctx, INSIDE_MANIFEST, p, n, e);
}

static enum err_code
open_parts(struct inside *x, struct err *e)
{
	struct policy_options o;
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
	o = x->all || x->j->cat ? policy_options(x) : policy_again(x);
	if (policy_new(&o, &x->policy, e) == ERR_OK && x->j->dir_fd >= 0)
		writer_new(x->j->dir_fd, &x->writer, e);
	if (e->code == ERR_OK && x->r->manifest != NULL)
		manifest_new(x->r->form, put_manifest, x, &x->manifest, e);
	if (e->code == ERR_OK && x->r->sniff)
		findings_new(&x->findings, e);
	return e->code;
}

static enum err_code
finish(struct inside *x, struct err *e)
{
	if (!x->j->cat && policy_finish(x->policy, e) != ERR_OK)
		return e->code;
	if (x->writer != NULL && policy_links(x->policy, NAMESET_SYMLINK,
	    make_symlink, x->writer, e) != ERR_OK)
		return e->code;
	if (x->manifest != NULL && policy_links(x->policy, NAMESET_HARDLINK,
	    list_hardlink, x, e) == ERR_OK)
		manifest_end(x->manifest, e);
	return e->code;
}

/* What check says beside its error. */
static enum err_code
report(const struct inside *x, const struct err *result, struct err *e)
{
	struct outcome o = { .bundle = x->r->bundle, .err = result,
	    .stats = &x->stats, .limits = &x->r->rules.limits,
	    .sandbox = x->j->sandbox };
	struct buf text;

	buf_init(&text, REPORT_MAX);
	if (checkup_print(&o, x->verdict, x->findings, x->r->json, &text,
	    e) == ERR_OK && text.size > 0)
		x->j->put(x->j->ctx, INSIDE_TEXT, text.data, text.size, e);
	buf_free(&text);
	return e->code;
}

static void
inside_free(struct inside *x)
{
	findings_free(x->findings);
	manifest_free(x->manifest);
	free(x->sums);
	writer_free(x->writer);
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
	    .limits = &j->r->rules.limits, .some = j->r->rules.limits };
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
