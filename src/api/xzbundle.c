#include "api/xzbundle.h"

#include <jansson.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "api/members.h"
#include "api/settings.h"
#include "base/text.h"
#include "pack/create.h"
#include "unpack/extract.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define COUNTERS (XZBUNDLE_CONTAINER_BYTES + 1)
#define TEXT_MAX ((size_t)64 << 20)	/* bytes of a report */

struct xzbundle {
	struct settings s;
	atomic_int stop;
	struct watch watch;
	struct err err;
	char *error;		/* err's text, escaped; NULL: none, or no
				 * memory for that */
	struct buf report;	/* ends with a NUL; empty: "" */
	uint64_t counts[COUNTERS];
};

const char *
xzbundle_version(void)
{
	return PACKAGE_VERSION;
}

struct xzbundle *
xzbundle_new(void)
{
	struct xzbundle *x = calloc(1, sizeof(*x));

	if (x == NULL)
		return NULL;
	/* At random, from a file that a confined process cannot open. */
	json_object_seed(0);
	atomic_init(&x->stop, 0);
	x->watch.stop = &x->stop;
	buf_init(&x->report, TEXT_MAX);
	settings_init(&x->s);
	return x;
}

void
xzbundle_free(struct xzbundle *x)
{
	if (x == NULL)
		return;
	settings_free(&x->s);
	buf_free(&x->report);
	free(x->error);
	free(x);
}

/* --- before and after a call --- */

static void
begin(struct xzbundle *x)
{
	free(x->error);
	x->error = NULL;
	x->err = (struct err)ERR_INIT;
	x->report.size = 0;
	memset(x->counts, 0, sizeof(x->counts));
}

/* Without memory for more. */
static void
blot(char *p)
{
	for (; *p != '\0'; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
}

static int
end(struct xzbundle *x)
{
	struct err lost = ERR_INIT;
	struct buf text;

	if (x->report.size > 0) {
		text_disarm(&x->report);
		if (buf_append(&x->report, "", 1, &lost) != ERR_OK)
			x->report.size = 0;
	}
	if (x->err.code == ERR_OK)
		return XZBUNDLE_OK;
	buf_init(&text, TEXT_MAX);
	lost = (struct err)ERR_INIT;
	if (text_escape(&text, x->err.text, &lost) == ERR_OK &&
	    buf_append(&text, "", 1, &lost) == ERR_OK) {
		x->error = (char *)text.data;
		return (int)x->err.code;
	}
	buf_free(&text);
	blot(x->err.text);
	return (int)x->err.code;
}

/* As end(), of what can be stopped. */
static int
end_work(struct xzbundle *x)
{
	atomic_store(&x->stop, 0);
	return end(x);
}

const char *
xzbundle_error(const struct xzbundle *x)
{
	return x->error != NULL ? x->error : x->err.text;
}

const char *
xzbundle_report(const struct xzbundle *x)
{
	return x->report.size > 0 ? (const char *)x->report.data : "";
}

uint64_t
xzbundle_count(const struct xzbundle *x, enum xzbundle_counter counter)
{
	return (unsigned int)counter < COUNTERS ? x->counts[counter] : 0;
}

void
xzbundle_stop(struct xzbundle *x)
{
	atomic_store(&x->stop, 1);
}

int
xzbundle_set(struct xzbundle *x, const char *option, const char *value)
{
	begin(x);
	settings_set(&x->s, option, value, &x->err);
	return end(x);
}

/* --- create --- */

/* A line of the report; one that is lost is no reason to fail. */
static void
note(void *ctx, const char *member, const char *what)
{
	struct xzbundle *x = ctx;
	struct err lost = ERR_INIT;

	text_escape_name(&x->report, member, &lost);
	text_printf(&x->report, &lost, ": %s\n", what);
}

static void
caution(void *ctx, const char *what)
{
	struct xzbundle *x = ctx;
	struct err lost = ERR_INIT;

	text_escape(&x->report, what, &lost);
	text_printf(&x->report, &lost, "\n");
}

int
xzbundle_create(struct xzbundle *x, const char *out,
    const char *const *paths, size_t n)
{
	struct create_request r;
	struct create_result res;

	begin(x);
	memset(&res, 0, sizeof(res));
	settings_create(&x->s, &r);
	r.scan.paths = paths;
	r.scan.n_paths = n;
	r.scan.output = out;
	r.bundle.output = out;
	r.bundle.warn = note;
	r.bundle.warn_ctx = x;
	r.left = note;
	r.tell_ctx = x;
	r.caution = caution;
	r.bundle.watch = &x->watch;
	if (n == 0)
		err_set(&x->err, ERR_USAGE, "no paths to bundle");
	else if (strcmp(out, "-") == 0)
		err_set(&x->err, ERR_USAGE, "-: standard output is not "
		    "written to");
	else
		create_bundle(&r, &res, &x->err);
	x->counts[XZBUNDLE_FILE_BYTES] = res.file_size;
	x->counts[XZBUNDLE_RAW_BYTES] = res.raw_size;
	x->counts[XZBUNDLE_MEMBERS] = res.n_members;
	return end_work(x);
}

/* --- what reads --- */

static struct extract_request
request(struct xzbundle *x, const char *bundle)
{
	struct extract_request r;

	settings_extract(&x->s, &r);
	r.bundle = bundle;
	r.watch = &x->watch;
	return r;
}

int
xzbundle_list(struct xzbundle *x, const char *bundle,
    int (*member)(void *, const struct xzbundle_member *), void *ctx)
{
	struct extract_request r;
	struct members_sum sum;

	begin(x);
	r = request(x, bundle);
	members_list(&r, member, ctx, &sum, &x->err);
	x->counts[XZBUNDLE_FILE_BYTES] = sum.file;
	x->counts[XZBUNDLE_RAW_BYTES] = sum.raw;
	x->counts[XZBUNDLE_MEMBERS] = sum.n;
	x->counts[XZBUNDLE_CONTAINER_BYTES] = sum.container;
	return end_work(x);
}

static int
run(struct xzbundle *x, const struct extract_request *r)
{
	struct err lost = ERR_INIT;
	struct extract_result res;

	extract_result_init(&res);
	extract_bundle(r, &res, &x->err);
	x->counts[XZBUNDLE_FILE_BYTES] = res.stats.file_size;
	x->counts[XZBUNDLE_RAW_BYTES] = res.stats.bytes;
	x->counts[XZBUNDLE_MEMBERS] = res.stats.files + res.stats.dirs +
	    res.stats.links;
	buf_append(&x->report, res.text.data, res.text.size, &lost);
	extract_result_free(&res);
	return end_work(x);
}

int
xzbundle_check(struct xzbundle *x, const char *bundle)
{
	struct extract_request r;

	begin(x);
	r = request(x, bundle);
	r.collect = true;
	return run(x, &r);
}

int
xzbundle_extract(struct xzbundle *x, const char *bundle, const char *dest,
    const char *const *members, size_t n)
{
	struct extract_request r;

	begin(x);
	r = request(x, bundle);
	r.dest = dest;
	r.wanted = members;
	r.n_wanted = n;
	if (x->s.into && x->s.replace) {
		err_set(&x->err, ERR_USAGE, "into keeps what is there and "
		    "replace removes it: set one of them");
		return end_work(x);
	}
	return run(x, &r);
}
