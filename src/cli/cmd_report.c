#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "report/json.h"
#include "report/markup.h"
#include "report/page.h"
#include "report/picture.h"
#include "report/report.h"
#include "report/sections.h"
#include "report/summary.h"
#include "unpack/within.h"

/* What a report is written as.  The confined process puts one after the other,
 * each with a NUL behind it, which is in none of them. */
enum form {
	FORM_PRINTED,		/* text or JSON */
	FORM_HTML,		/* what is inside the page */
	FORM_SVG,		/* what is inside the picture */
	N_FORMS
};

struct reporting {
	const struct options *o;
	const struct watch *w;
	struct xzread xz;
	struct tarread_toc toc;
	struct report report;
	struct buf text;
};

static const char *
output_of(const struct options *o, enum form form)
{
	return form == FORM_HTML ? o->html : form == FORM_SVG ? o->svg : NULL;
}

/* Is something printed, apart from a page or a picture? */
static bool
prints(const struct options *o)
{
	return o->format == FORMAT_JSON || (o->html == NULL && o->svg == NULL);
}

/* --- in the confined process --- */

static enum err_code
render(struct reporting *g, enum form form, struct err *e)
{
	const char *title = g->o->operands[0];

	if (form == FORM_HTML && g->o->html != NULL)
		sections_html(&g->report, &g->text, e);
	else if (form == FORM_SVG && g->o->svg != NULL)
		picture_body(&g->report, title, &g->text, e);
	else if (form == FORM_PRINTED && g->o->format == FORMAT_JSON)
		json_report(&g->report, &g->text, e);
	else if (form == FORM_PRINTED && prints(g->o))
		summary_text(&g->report, &g->text, e);
	return buf_append(&g->text, "", 1, e);
}

static enum err_code
look(struct reporting *g, struct err *e)
{
	const struct report_request q = { &g->xz, &g->toc, g->o->n_threads,
	    g->o->rules.limits.max[LIMIT_MEMORY], g->o->limit, g->w };
	int form;

	report_make(&q, &g->report, e);
	for (form = 0; form < N_FORMS && e->code == ERR_OK; form++)
		render(g, (enum form)form, e);
	return e->code;
}

static enum err_code
report_confined(void *ctx, int fd, struct extract_output *out,
    const struct watch *w, struct err *e)
{
	static const struct xzread_rules any = { true, true };
	struct reporting *g = ctx;
	uint64_t memory = g->o->rules.limits.max[LIMIT_MEMORY];

	g->w = w;
	buf_init(&g->text, CMD_TEXT_MAX);
	if (xzread_strict(fd, memory, &any, &g->xz, e) == ERR_OK &&
	    tarread_toc(&g->xz, memory, w, &g->toc, e) == ERR_OK &&
	    look(g, e) == ERR_OK)
		extract_put(out, g->text.data, g->text.size, e);
	report_free(&g->report);
	buf_free(&g->text);
	tarread_toc_free(&g->toc);
	xzread_free(&g->xz);
	return e->code;
}

/* --- in the parent --- */

/* Where one goes, if it goes to a file. */
struct sink {
	const char *path;
	struct outfile file;
};

/* Would one of the two replace the other? */
static bool
same_place(const struct outfile *a, const struct outfile *b)
{
	struct stat x, y;

	return a->dir_fd >= 0 && b->dir_fd >= 0 &&
	    strcmp(a->base, b->base) == 0 && fstat(a->dir_fd, &x) == 0 &&
	    fstat(b->dir_fd, &y) == 0 && within_same(&x, &y);
}

bool
cmd_replaces(const struct outfile *f, const char *input)
{
	struct stat old, x;

	return f->dir_fd >= 0 && fstatat(f->dir_fd, f->base, &old,
	    AT_SYMLINK_NOFOLLOW) == 0 &&
	    ((stat(input, &x) == 0 && within_same(&old, &x)) ||
	    (lstat(input, &x) == 0 && within_same(&old, &x)));
}

static enum err_code
open_sinks(const struct options *o, struct sink sinks[N_FORMS],
    struct err *e)
{
	struct sink *s;
	int form;

	for (form = 0; form < N_FORMS && e->code == ERR_OK; form++) {
		s = &sinks[form];
		s->path = output_of(o, (enum form)form);
		if (s->path != NULL && outfile_open(s->path, &s->file, e) ==
		    ERR_OK && cmd_replaces(&s->file, o->operands[0]))
			err_set(e, ERR_USAGE, "%s: is the bundle; choose "
			    "another name", s->path);
	}
	if (e->code == ERR_OK && o->html != NULL && o->svg != NULL &&
	    same_place(&sinks[FORM_HTML].file, &sinks[FORM_SVG].file))
		err_set(e, ERR_USAGE, "%s: --html and --svg need a file each",
		    o->svg);
	return e->code;
}

/* The page or the picture around what the worker made. */
static enum err_code
wrap(const struct options *o, enum form form, struct buf *text,
    struct buf *to, struct err *e)
{
	if (markup_check(text->data, text->size, e) != ERR_OK)
		return err_wrap(e, "%s", o->operands[0]);
	if (form == FORM_HTML)
		page_begin(to, o->operands[0], e);
	else
		picture_begin(to, e);
	buf_append(to, text->data, text->size, e);
	return form == FORM_HTML ? page_end(to, e) : picture_end(to, e);
}

/* Write one of them: to its file, which has no name yet, or to *printed. */
static enum err_code
put_form(const struct options *o, enum form form, struct buf *text,
    struct sink *s, struct buf *printed, struct err *e)
{
	struct buf whole;

	text_disarm(text);
	if (form == FORM_PRINTED)
		return buf_append(printed, text->data, text->size, e);
	if (s->path == NULL)
		return ERR_OK;
	buf_init(&whole, CMD_TEXT_MAX);
	if (wrap(o, form, text, &whole, e) == ERR_OK &&
	    io_write(s->file.fd, whole.data, whole.size, NULL, e) != ERR_OK)
		err_wrap(e, "%s", s->path);
	buf_free(&whole);
	return e->code;
}

/* Take apart what the worker sent. */
static enum err_code
put_forms(const struct options *o, const struct buf *sent,
    struct sink sinks[N_FORMS], struct buf *printed, struct err *e)
{
	const uint8_t *p = sent->data, *nul;
	const uint8_t *end = sent->size > 0 ? p + sent->size : p;
	struct buf text;
	int form;

	for (form = 0; form < N_FORMS && e->code == ERR_OK; form++) {
		nul = p < end ? memchr(p, 0, (size_t)(end - p)) : NULL;
		if (nul == NULL)
			return err_set(e, ERR_FAIL, "the confined process "
			    "makes no sense");
		buf_init(&text, CMD_TEXT_MAX);
		if (buf_append(&text, p, (size_t)(nul - p), e) == ERR_OK)
			put_form(o, (enum form)form, &text, &sinks[form],
			    printed, e);
		buf_free(&text);
		p = nul + 1;
	}
	return e->code;
}

/* All files get their names, or none. */
static enum err_code
publish(const struct options *o, const struct watch *w,
    struct sink sinks[N_FORMS], const struct buf *printed, struct err *e)
{
	int form;

	for (form = 0; form < N_FORMS; form++) {
		if (sinks[form].path != NULL &&
		    outfile_place(&sinks[form].file, w, e) != ERR_OK)
			return e->code;
	}
	if (prints(o) && msg_output(printed, w, e) != ERR_OK)
		return e->code;
	for (form = 0; form < N_FORMS; form++) {
		if (!sinks[form].file.copy)
			outfile_keep(&sinks[form].file, e);
	}
	return e->code;
}

static enum err_code
check_outputs(const struct options *o, struct err *e)
{
	bool html = o->html != NULL && strcmp(o->html, "-") == 0;
	bool svg = o->svg != NULL && strcmp(o->svg, "-") == 0;

	if (html + svg + (o->format == FORMAT_JSON) > 1)
		return err_set(e, ERR_USAGE, "report: standard output can "
		    "have one of --json, --html - and --svg -");
	return ERR_OK;
}

enum err_code
cmd_report(const struct options *o, const struct watch *w, struct err *e)
{
	struct extract_request r = cmd_read_request(o, o->operands[0], w);
	struct reporting g = { .o = o };
	struct sink sinks[N_FORMS];
	struct extract_result res;
	struct buf printed;
	int form;

	memset(sinks, 0, sizeof(sinks));
	extract_result_init(&res);
	buf_init(&printed, CMD_TEXT_MAX);
	if (check_outputs(o, e) == ERR_OK &&
	    open_sinks(o, sinks, e) == ERR_OK &&
	    extract_confined(&r, report_confined, &g, &res, e) == ERR_OK) {
		progress_end();
		cmd_note_weak(r.bundle, &res.sandbox);
		if (put_forms(o, &res.text, sinks, &printed, e) == ERR_OK)
			publish(o, w, sinks, &printed, e);
	}
	for (form = 0; form < N_FORMS; form++)
		outfile_abort(&sinks[form].file);
	if (e->code == ERR_OK && res.stats.file_size > o->limit)
		err_set(e, ERR_LIMIT, "%s: %" PRIu64 " bytes, %" PRIu64
		    " over the limit of %" PRIu64, r.bundle,
		    res.stats.file_size, res.stats.file_size - o->limit,
		    o->limit);
	buf_free(&printed);
	extract_result_free(&res);
	return e->code;
}
