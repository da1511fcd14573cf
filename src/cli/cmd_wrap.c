#include <inttypes.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "cli/wraptable.h"
#include "wrap/capsule.h"
#include "wrap/script.h"
#include "wrap/tally.h"

#define PYTHON "python3"

/* What is being made. */
struct wrapping {
	const struct options *o;
	const struct watch *w;
	const char *output;	/* where it goes */
	struct outfile file;
	bool streamed;		/* it goes to a stream */
	struct tally tally;
	struct script_result script;
	struct capsule_result capsule;
};

/* dir/NAME and an ending -> NAME and another one, in the current directory; the
 * caller frees. */
static enum err_code
rename_ending(const char *path, const char *old, const char *ending,
    char **output, struct err *e)
{
	const char *slash = strrchr(path, '/');
	const char *base = slash != NULL ? slash + 1 : path;
	const size_t n_old = strlen(old);
	size_t n = strlen(base);

	if (n > n_old && strcmp(base + n - n_old, old) == 0)
		n -= n_old;
	*output = malloc(n + strlen(ending) + 1);
	if (*output == NULL)
		return err_nomem(e);
	memcpy(*output, base, n);
	memcpy(*output + n, ending, strlen(ending) + 1);
	return ERR_OK;
}

/* Is there anything to make, and how is it called? */
static enum err_code
default_output(const struct options *o, char **output, struct err *e)
{
	if (o->wrap.bundle != NULL)
		return rename_ending(o->wrap.bundle, ".tar.xz",
		    "_wrapped.py", output, e);
	if (o->n_operands > 0)
		return rename_ending(o->operands[0], ".py", "_wrapped.py",
		    output, e);
	return ERR_OK;
}

/* --- what is said --- */

static enum err_code
print(const struct wrapping *k, struct err *e)
{
	const struct options *o = k->o;
	const bool made = k->tally.code != NULL;
	const struct script_result *s = made && o->wrap.bundle == NULL ?
	    &k->script : NULL;
	const struct capsule_result *c = made && o->wrap.bundle != NULL ?
	    &k->capsule : NULL;
	struct buf text;

	buf_init(&text, CMD_TEXT_MAX);
	if (o->format == FORMAT_JSON) {
		wraptable_json(&k->tally, s, c, &text, e);
	} else {
		if (s != NULL && o->verbose)
			wraptable_script(s, &text, e);
		if (c != NULL && o->verbose)
			wraptable_capsule(c, &text, e);
		if (o->verbose || k->tally.has_limit || k->tally.n > 0)
			wraptable_text(&k->tally, &text, e);
	}
	/* Where the result went to a stream, that may be standard output. */
	if (e->code == ERR_OK && k->streamed)
		msg_raw((const char *)text.data, text.size);
	else if (e->code == ERR_OK && text.size > 0)
		msg_output(&text, k->w, e);
	buf_free(&text);
	return e->code;
}

static void
note(const struct wrapping *k)
{
	const struct script_result *s = &k->script;

	if (k->o->wrap.bundle != NULL)
		return;
	if (s->reads_itself > 0 && s->encoding == ENCODING_LATIN1)
		msg_note("%s: line %" PRIu64 " seems to read the script's own "
		    "file, which is then not the script, and not UTF-8 "
		    "but with --encoding ascii",
		    k->o->operands[0], s->reads_itself);
	if (s->size >= s->script_size)
		msg_note("%s: is %" PRIu64 " bytes, no more than the %" PRIu64
		    " of %s; use it as it is", k->o->operands[0],
		    s->script_size, s->size, k->output);
}

/* --- what is done --- */

/* The search has encoders of a megabyte by the thousand.  To give their memory
 * back to the kernel after each takes more time than to encode a small script:
 * malloc() is to keep it. */
static void
keep_memory(void)
{
	(void)mallopt(M_MMAP_THRESHOLD, 32 << 20);
	(void)mallopt(M_TRIM_THRESHOLD, 128 << 20);
}

static enum err_code
wrap_script(struct wrapping *k, struct err *e)
{
	const struct options *o = k->o;
	const struct script_request r = {
		.path = o->operands[0],
		.python = o->wrap.python != NULL ? o->wrap.python : PYTHON,
		.encoding = o->wrap.encoding,
		.check = o->wrap.check,
		.minify = o->wrap.minify,
		.effort = o->effort == EFFORT_FAST ? PAYLOAD_FAST :
		    o->effort == EFFORT_MAX ? PAYLOAD_MAX : PAYLOAD_DEFAULT,
		.n_threads = o->n_threads,
		.watch = k->w,
	};

	keep_memory();
	if (script_wrap(&r, k->file.fd, &k->script, e) != ERR_OK)
		return e->code;
	k->tally.payload_size = k->script.payload_size;
	return ERR_OK;
}

static enum err_code
wrap_bundle(struct wrapping *k, struct err *e)
{
	const struct options *o = k->o;
	const struct capsule_request r = {
		.bundle = o->wrap.bundle,
		.main = o->wrap.main,
		.python = o->wrap.python != NULL ? o->wrap.python : PYTHON,
		.encoding = o->wrap.encoding,
		.dir = o->wrap.dir,
		.keep = o->wrap.keep,
		.in_memory = o->wrap.in_memory,
		.numpy = o->wrap.numpy,
		.rules = &o->rules,
		.n_threads = o->n_threads,
		.watch = k->w,
	};

	capsule_wrap(&r, k->file.fd, &k->capsule, e);
	progress_end();
	cmd_note_weak(r.bundle, &k->capsule.sandbox);
	k->tally.payload_size = k->capsule.payload_size;
	return e->code;
}

/* Count what is on the disk. */
static enum err_code
count(struct wrapping *k, struct err *e)
{
	const struct options *o = k->o;
	struct stat st;

	k->tally.has_limit = o->has_limit;
	k->tally.limit = o->limit;
	if (k->tally.code != NULL) {
		if (fstat(k->file.fd, &st) != 0)
			return err_set(e, ERR_FAIL, "%s: cannot stat",
			    k->output);
		k->tally.code_size = (uint64_t)st.st_size;
	}
	return tally_make(&k->tally, o->wrap.with, o->wrap.n_with, e);
}

static enum err_code
make(struct wrapping *k, struct err *e)
{
	const char *in = k->o->wrap.bundle != NULL ? k->o->wrap.bundle :
	    k->o->operands[0];

	if (outfile_open(k->output, &k->file, e) != ERR_OK)
		return e->code;
	k->tally.code = k->output;
	k->streamed = k->file.copy;
	if (cmd_replaces(&k->file, in))
		return err_set(e, ERR_USAGE, "%s: is what is to be wrapped; "
		    "name another file with -o", k->output);
	if ((k->o->wrap.bundle != NULL ? wrap_bundle(k, e) :
	    wrap_script(k, e)) == ERR_OK && count(k, e) == ERR_OK)
		progress_end();
	return e->code;
}

/* The table is printed in each case, and nothing is kept that is over the
 * limit, unless that was asked for. */
static enum err_code
finish(struct wrapping *k, struct err *e)
{
	struct err over = ERR_INIT;

	if (tally_judge(&k->tally, &over) != ERR_OK)
		err_wrap(&over, "%s", k->tally.code != NULL ? k->output :
		    "the files");
	if (k->tally.code != NULL && (over.code == ERR_OK ||
	    k->o->keep_over_limit) &&
	    outfile_commit(&k->file, k->w, e) != ERR_OK)
		return e->code;
	if (k->tally.code != NULL)
		note(k);
	print(k, e);
	return err_copy(e, &over);
}

static enum err_code
check_request(const struct options *o, struct err *e)
{
	const struct options_wrap *w = &o->wrap;

	if (w->bundle != NULL && o->n_operands > 0)
		return err_set(e, ERR_USAGE, "wrap: a script or --bundle, not "
		    "both; the script of a bundle is named by --main");
	if (w->bundle != NULL && w->main == NULL)
		return err_set(e, ERR_USAGE, "wrap: name the script of the "
		    "bundle that runs with --main");
	if (w->bundle != NULL && (w->minify || w->check != LZMA_CHECK_NONE))
		return err_set(e, ERR_USAGE, "wrap: --minify and --check are "
		    "for a script; a bundle has its own check");
	if (w->bundle == NULL && (w->main != NULL || w->dir != NULL ||
	    w->keep || w->in_memory || w->numpy))
		return err_set(e, ERR_USAGE, "wrap: --main, --dir, --keep, "
		    "--in-memory and --numpy are for a bundle; name it with "
		    "--bundle");
	if (w->in_memory && (w->dir != NULL || w->keep))
		return err_set(e, ERR_USAGE, "wrap: with --in-memory there is "
		    "no directory");
	if (w->bundle == NULL && w->encoding == ENCODING_ZIP)
		return err_set(e, ERR_USAGE, "wrap: --encoding zip is for a "
		    "bundle; a zip file cannot be imported");
	if (w->bundle == NULL && o->n_operands == 0 && w->n_with == 0)
		return err_set(e, ERR_USAGE, "wrap: name the script");
	return ERR_OK;
}

enum err_code
cmd_wrap(const struct options *o, const struct watch *w, struct err *e)
{
	struct wrapping k;
	char *output = NULL;

	if (check_request(o, e) != ERR_OK)
		return e->code;
	memset(&k, 0, sizeof(k));
	k.o = o;
	k.w = w;
	default_output(o, &output, e);
	k.output = o->output != NULL ? o->output : output;
	/* Without an output there is nothing to make. */
	if (e->code == ERR_OK && (output != NULL ? make(&k, e) :
	    count(&k, e)) == ERR_OK)
		finish(&k, e);
	progress_end();
	outfile_abort(&k.file);
	tally_free(&k.tally);
	free(output);
	return e->code;
}
