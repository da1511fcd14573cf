#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
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
	const char *manifest;		/* or NULL */
	bool tried;
	struct err err;
	struct extract_result res;
	double seconds;
};

/* Several, in their order. */
struct batch {
	const struct options *o;
	const struct watch *w;
	const struct dest *to;		/* [n] */
	struct job *jobs;		/* [n] */
	size_t n;
	size_t bad, untried;
	enum err_code worst;
	struct err lost;		/* of the table */
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

	j->tried = true;
	if (j->err.code == ERR_OK) {
		r.dest = j->dest;
		r.mode = o->mode;
		r.keep_mtime = o->mtime;
		if (o->each == NULL) {
			r.wanted = o->operands + 1;
			r.n_wanted = o->n_operands - 1;
		}
		if (j->manifest != NULL) {
			r.manifest = j->manifest;
			r.form = form_of(j->manifest);
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
	    .dest = j->dest != NULL ? j->dest : "",
	    .err = j->tried ? &j->err : NULL,
	    .stats = &j->res.stats, .unpack = o->rules.unpack,
	    .limits = &o->rules.limits,
	    .sandbox = &j->res.sandbox };

	if (outcome_json(&oc, out, e) == ERR_OK && j->tried)
		json_object_set_new(*out, "seconds", json_real(j->seconds));
	return e->code;
}

/* That all else went well is worth knowing when the report does not. */
static enum err_code
lose(struct err *own, struct err *e)
{
	if (own->code != ERR_OK)
		err_wrap(own, "the report on what was extracted");
	return err_copy(e, own);
}

/* Of one the object, of several an array of them. */
static enum err_code
print_json(const struct options *o, const struct job *jobs, size_t n,
    const struct watch *w, struct err *e)
{
	json_t *all = json_array(), *one;
	struct err own = ERR_INIT;
	struct buf text;
	size_t i;

	buf_init(&text, CMD_TEXT_MAX);
	for (i = 0; i < n && own.code == ERR_OK; i++) {
		one = NULL;
		if (job_json(o, &jobs[i], &one, &own) == ERR_OK &&
		    json_array_append(all, one) != 0)
			err_nomem(&own);
		json_decref(one);
	}
	if (own.code == ERR_OK && outcome_print(o->each != NULL ? all :
	    json_array_get(all, 0), &text, &own) == ERR_OK)
		msg_report(&text, w, &own);
	json_decref(all);
	buf_free(&text);
	return lose(&own, e);
}

static enum err_code
put_row(const struct job *j, struct buf *to, struct err *e)
{
	bool done = j->tried && j->err.code == ERR_OK;

	if (j->tried)
		text_printf(to, e, "%6d", (int)j->err.code);
	else
		text_printf(to, e, "%6s", "-");
	text_printf(to, e, "  %7" PRIu64 "  %14" PRIu64 "  %7.2f  ",
	    done ? j->res.stats.files : 0, done ? j->res.stats.bytes : 0,
	    j->seconds);
	text_escape(to, j->bundle, e);
	return text_printf(to, e, "\n");
}

/* The row of a bundle, or for NULL the heading; none after one was lost. */
static void
print_row(struct batch *b, const struct job *j)
{
	struct err own = ERR_INIT;
	struct buf text;

	if (b->o->format == FORMAT_JSON || b->lost.code != ERR_OK)
		return;
	buf_init(&text, CMD_TEXT_MAX);
	if ((j != NULL ? put_row(j, &text, &own) :
	    text_printf(&text, &own, "STATUS    FILES           BYTES  "
	    "SECONDS  BUNDLE\n")) == ERR_OK)
		msg_report(&text, b->w, &own);
	buf_free(&text);
	lose(&own, &b->lost);
}

/* --- the commands --- */

/* Was a member asked for that is none, but a file: another bundle? */
static void
hint_each(const struct options *o, struct err *e)
{
	char words[ERR_TEXT_MAX];
	struct stat st;
	size_t i;

	for (i = 1; i < o->n_operands && e->code == ERR_FAIL; i++) {
		snprintf(words, sizeof(words), "'%s': no such member",
		    o->operands[i]);
		if (strstr(e->text, words) == NULL)
			continue;
		if (stat(o->operands[i], &st) == 0 && S_ISREG(st.st_mode))
			err_append(e, "; to extract several bundles use "
			    "--each DIR");
		break;
	}
}

static enum err_code
extract_one(const struct options *o, const struct watch *w, struct err *e)
{
	struct job j = { .bundle = o->operands[0], .err = ERR_INIT,
	    .manifest = o->manifest };
	struct err lost = ERR_INIT;
	char *folder = NULL;

	extract_result_init(&j.res);
	if (o->directory == NULL)
		default_dest(j.bundle, &folder, &j.err);
	j.dest = o->directory != NULL ? o->directory : folder;
	extract(o, w, &j);
	hint_each(o, &j.err);
	cmd_note_weak(j.bundle, &j.res.sandbox);
	if (o->format == FORMAT_JSON && j.err.code != ERR_USAGE) {
		progress_end();
		print_json(o, &j, 1, w, &lost);
	}
	err_copy(e, &j.err);
	err_copy(e, &lost);
	extract_result_free(&j.res);
	free(folder);
	return e->code;
}

/* One of several. */
static void
extract_to(struct batch *b, const struct dest *d, struct job *j)
{
	if (d->wrong != NULL)
		err_set(&j->err, ERR_FAIL, "%s: %s", d->bundle, d->wrong);
	else if (dests_make(b->o->each, d, &j->err) != ERR_OK)
		err_wrap(&j->err, "%s", d->bundle);
	extract(b->o, b->w, j);
	progress_end();
	cmd_note_weak(j->bundle, &j->res.sandbox);
	if (j->err.code == ERR_OK)
		return;
	/* The others show that the command line makes sense. */
	if (j->err.code == ERR_USAGE)
		j->err.code = ERR_FAIL;
	msg_error(&j->err);
	b->bad++;
	if (j->err.code > b->worst)
		b->worst = j->err.code;
}

/* What did not work, in a line. */
static enum err_code
sum_up(const struct batch *b, struct err *e)
{
	if (b->bad + b->untried > 0)
		err_set(e, b->worst != ERR_OK ? b->worst : ERR_FAIL,
		    "%zu of %zu bundles were not extracted",
		    b->bad + b->untried, b->n);
	if (b->untried > 0) {
		err_append(e, ", %zu of them not tried", b->untried);
		err_wrap(e, "interrupted by a signal");
	}
	if (e->code != ERR_OK && b->lost.code != ERR_OK)
		msg_error(&b->lost);
	return err_copy(e, &b->lost);
}

/* Go on after a bad one, but not after a signal.  The result is the largest
 * of their statuses. */
static enum err_code
extract_all(struct batch *b, struct err *e)
{
	struct err stopped = ERR_INIT;
	struct job *j;
	size_t i;

	print_row(b, NULL);
	for (i = 0; i < b->n; i++) {
		j = &b->jobs[i];
		j->bundle = b->to[i].bundle;
		j->dest = b->to[i].dir;
		j->manifest = b->to[i].manifest;
		extract_result_init(&j->res);
		if (watch_step(b->w, 0, &stopped) == ERR_OK)
			extract_to(b, &b->to[i], j);
		else
			b->untried++;
		print_row(b, j);
	}
	if (b->o->format == FORMAT_JSON)
		print_json(b->o, b->jobs, b->n, b->w, &b->lost);
	for (i = 0; i < b->n; i++)
		extract_result_free(&b->jobs[i].res);
	return sum_up(b, e);
}

static enum err_code
extract_each(const struct options *o, const struct watch *w, struct err *e)
{
	size_t n = o->n_operands, i;
	struct dest *to = calloc(n, sizeof(*to));
	struct batch b = { .o = o, .w = w, .to = to, .n = n,
	    .lost = ERR_INIT, .jobs = calloc(n, sizeof(*b.jobs)) };

	for (i = 0; to != NULL && i < n; i++)
		to[i].bundle = o->operands[i];
	if (to == NULL || b.jobs == NULL)
		err_nomem(e);
	else if (mkdir(o->each, 0777) != 0 && errno != EEXIST)
		err_sys(e, errno, "%s: cannot make it", o->each);
	else if (dests_plan(o->each, o->manifest, to, n, e) == ERR_OK)
		extract_all(&b, e);
	if (to != NULL)
		dests_free(to, n);
	free(to);
	free(b.jobs);
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
	if (o->directory != NULL)
		return err_set(e, ERR_USAGE, "--each names the directories "
		    "itself: it does not go with -C");
	if (o->manifest != NULL && !dests_is_suffix(o->manifest))
		return err_set(e, ERR_USAGE, "--manifest %s: with --each it "
		    "is what DIR/NAME gets for the manifest's name, such as "
		    ".sha256 or .json", o->manifest);
	return extract_each(o, w, e);
}
