#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "cli/cmd.h"
#include "cli/dests.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "unpack/outcome.h"

/* One bundle of several, and what became of it. */
struct job {
	const char *bundle;
	const char *dest;		/* NULL: it can have none */
	struct err err;
	struct extract_result res;
	double seconds;
};

/* Where the bundle goes when no directory is named. */
static enum err_code
default_dest(const char *bundle, char **dest, struct err *e)
{
	*dest = dests_folder(bundle);
	if (*dest == NULL)
		return err_set(e, ERR_USAGE, "%s: has no .tar.xz to take off "
		    "for a folder's name, or begins with a dot; use -C DIR",
		    bundle);
	return ERR_OK;
}

/* The form of a manifest, by the name of its file. */
static enum manifest_form
form_of(const char *path)
{
	size_t n = strlen(path);

	return n >= 5 && strcmp(path + n - 5, ".json") == 0 ?
	    MANIFEST_JSON : MANIFEST_SUMS;
}

/* Extract one bundle; what goes wrong stays in j. */
static void
extract(const struct options *o, const struct watch *w, struct job *j)
{
	struct extract_request r = cmd_read_request(o, j->bundle, w);
	int64_t begin = watch_clock_ms();

	if (j->err.code == ERR_OK) {
		r.dest = j->dest;
		r.mode = o->mode;
		r.keep_mtime = o->mtime;
		if (o->each == NULL) {
			r.wanted = o->operands + 1;
			r.n_wanted = o->n_operands - 1;
		}
		if (o->manifest != NULL) {
			r.manifest = o->manifest;
			r.form = form_of(o->manifest);
		}
		extract_bundle(&r, &j->res, &j->err);
	}
	j->seconds = (double)(watch_clock_ms() - begin) / 1e3;
}

/* --- reports --- */

static enum err_code
job_json(const struct options *o, const struct job *j, json_t **out,
    struct err *e)
{
	struct outcome oc = { .bundle = j->bundle,
	    .dest = j->dest != NULL ? j->dest : "", .err = &j->err,
	    .stats = &j->res.stats, .limits = &o->rules.limits,
	    .sandbox = cmd_sandbox(&j->res) };

	if (outcome_json(&oc, out, e) == ERR_OK)
		json_object_set_new(*out, "seconds", json_real(j->seconds));
	return e->code;
}

/* Of one the object, of several an array of them. */
static enum err_code
print_json(const struct options *o, const struct job *jobs, size_t n,
    const struct watch *w, struct err *e)
{
	json_t *all = json_array(), *one;
	struct buf text;
	size_t i;

	buf_init(&text, CMD_TEXT_MAX);
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		one = NULL;
		if (job_json(o, &jobs[i], &one, e) == ERR_OK &&
		    json_array_append(all, one) != 0)
			err_nomem(e);
		json_decref(one);
	}
	if (e->code == ERR_OK && outcome_print(o->each != NULL ? all :
	    json_array_get(all, 0), &text, e) == ERR_OK)
		msg_report(&text, w, e);
	json_decref(all);
	buf_free(&text);
	return e->code;
}

static enum err_code
print_table(const struct job *jobs, size_t n, const struct watch *w,
    struct err *e)
{
	struct buf text;
	size_t i;

	buf_init(&text, CMD_TEXT_MAX);
	text_printf(&text, e, "STATUS    FILES           BYTES  SECONDS  "
	    "BUNDLE\n");
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		text_printf(&text, e, "%6d  %7" PRIu64 "  %14" PRIu64
		    "  %7.2f  ", (int)jobs[i].err.code,
		    jobs[i].err.code == ERR_OK ? jobs[i].res.stats.files : 0,
		    jobs[i].err.code == ERR_OK ? jobs[i].res.stats.bytes : 0,
		    jobs[i].seconds);
		text_escape(&text, jobs[i].bundle, e);
		text_printf(&text, e, "\n");
	}
	if (e->code == ERR_OK)
		msg_output(&text, w, e);
	buf_free(&text);
	return e->code;
}

/* That all else went well is worth knowing when this does not. */
static enum err_code
report(const struct options *o, const struct job *jobs, size_t n,
    const struct watch *w, struct err *e)
{
	struct err own = ERR_INIT;

	if ((o->format == FORMAT_JSON ? print_json(o, jobs, n, w, &own) :
	    print_table(jobs, n, w, &own)) != ERR_OK)
		err_wrap(&own, "the report on what was extracted");
	return err_copy(e, &own);
}

/* --- the commands --- */

static enum err_code
extract_one(const struct options *o, const struct watch *w, struct err *e)
{
	struct job j = { .bundle = o->operands[0], .err = ERR_INIT };
	struct err lost = ERR_INIT;
	char *folder = NULL;

	extract_result_init(&j.res);
	if (o->directory == NULL)
		default_dest(j.bundle, &folder, &j.err);
	j.dest = o->directory != NULL ? o->directory : folder;
	extract(o, w, &j);
	cmd_note_weak(j.bundle, &j.res);
	if (o->format == FORMAT_JSON && j.err.code != ERR_USAGE) {
		progress_end();
		report(o, &j, 1, w, &lost);
	}
	err_copy(e, &j.err);
	err_copy(e, &lost);
	extract_result_free(&j.res);
	free(folder);
	return e->code;
}

/* One of several. */
static void
extract_to(const struct options *o, const struct watch *w,
    const struct dest *d, struct job *j)
{
	extract_result_init(&j->res);
	j->bundle = d->bundle;
	j->dest = d->dir;
	if (d->wrong != NULL)
		err_set(&j->err, ERR_FAIL, "%s: %s", d->bundle, d->wrong);
	else if (dests_make(o->each, d, &j->err) != ERR_OK)
		err_wrap(&j->err, "%s", d->bundle);
	extract(o, w, j);
	progress_end();
	cmd_note_weak(j->bundle, &j->res);
	if (j->err.code != ERR_OK)
		msg_error(&j->err);
}

/* Go on after a bad one.  The result is the largest of their statuses, and
 * its text says how many. */
static enum err_code
extract_all(const struct options *o, const struct watch *w,
    const struct dest *to, struct job *jobs, struct err *e)
{
	size_t n = o->n_operands, i, bad = 0;
	enum err_code worst = ERR_OK;
	struct err lost = ERR_INIT;

	for (i = 0; i < n && watch_step(w, 0, &lost) == ERR_OK; i++) {
		extract_to(o, w, &to[i], &jobs[i]);
		bad += jobs[i].err.code != ERR_OK;
		if (jobs[i].err.code > worst)
			worst = jobs[i].err.code;
	}
	report(o, jobs, i, w, &lost);
	if (worst != ERR_OK)
		err_set(e, worst, "%zu of %zu bundles were not extracted",
		    bad, n);
	err_copy(e, &lost);
	while (i > 0)
		extract_result_free(&jobs[--i].res);
	return e->code;
}

static enum err_code
extract_each(const struct options *o, const struct watch *w, struct err *e)
{
	size_t n = o->n_operands, i;
	struct job *jobs = calloc(n, sizeof(*jobs));
	struct dest *to = calloc(n, sizeof(*to));

	for (i = 0; to != NULL && i < n; i++)
		to[i].bundle = o->operands[i];
	if (jobs == NULL || to == NULL)
		err_nomem(e);
	else if (mkdir(o->each, 0777) != 0 && errno != EEXIST)
		err_sys(e, errno, "%s: cannot make it", o->each);
	else if (dests_plan(o->each, to, n, e) == ERR_OK)
		extract_all(o, w, to, jobs, e);
	if (to != NULL)
		dests_free(to, n);
	free(to);
	free(jobs);
	return e->code;
}

enum err_code
cmd_extract(const struct options *o, const struct watch *w, struct err *e)
{
	if (o->mode == STAGE_REPLACE && o->directory == NULL &&
	    o->each == NULL)
		return err_set(e, ERR_USAGE, "--replace: name the directory "
		    "to replace with -C DIR");
	if (o->manifest != NULL && strcmp(o->manifest, "-") == 0 &&
	    o->format == FORMAT_JSON)
		return err_set(e, ERR_USAGE, "--manifest - and --json: both "
		    "would be on standard output");
	if (o->each == NULL)
		return extract_one(o, w, e);
	if (o->directory != NULL || o->manifest != NULL)
		return err_set(e, ERR_USAGE, "--each names the directories "
		    "itself: it goes with neither -C nor --manifest");
	return extract_each(o, w, e);
}
