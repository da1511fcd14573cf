/* compare: what codecs and chains make of paths, and of archives. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "compare/advice.h"
#include "compare/compare.h"
#include "compare/confined.h"
#include "compare/grid.h"
#include "pack/order.h"
#include "pack/scan.h"
#include "report/markup.h"
#include "report/page.h"

#define CHAINS_MAX ((size_t)1 << 20)	/* bytes of a file of chains */

struct comparing {
	const struct options *o;
	const struct watch *w;
	struct columns columns;
	struct tarstream_options tar;
	struct buf text;	/* what is printed, of all comparisons */
	struct buf page;	/* what is inside the page */
	size_t n;		/* of them */
};

/* --- columns --- */

static enum err_code
add_codec(struct columns *c, const char *name, struct err *e)
{
	if (strcmp(name, "default") == 0)
		return columns_default(c, e);
	return columns_add(c, name, e) == ERR_OK ? ERR_OK :
	    err_wrap(e, "--codec %s", name);
}

static enum err_code
add_file(struct columns *c, const char *path, struct err *e)
{
	struct buf text;

	if (io_read_file(path, CHAINS_MAX, &text, e) == ERR_OK &&
	    columns_add_text(c, &text, e) != ERR_OK)
		err_wrap(e, "%s", path);
	buf_free(&text);
	return e->code;
}

static enum err_code
make_columns(const struct options_compare *oc, struct columns *c,
    struct err *e)
{
	size_t i;

	if (oc->n_codecs == 0)
		add_codec(c, "default", e);
	for (i = 0; i < oc->n_codecs && e->code == ERR_OK; i++)
		add_codec(c, oc->codecs[i], e);
	for (i = 0; i < oc->n_chains && e->code == ERR_OK; i++) {
		if (columns_add_chain(c, NULL, oc->chains[i], e) == ERR_OK)
			continue;
		err_wrap(e, "--chain '%s'", oc->chains[i]);
		if (oc->chains[i][strcspn(oc->chains[i], ":=")] == '=')
			err_append(e, "; compare takes a chain without a "
			    "pattern");
	}
	if (e->code == ERR_OK && oc->chain_file != NULL)
		add_file(c, oc->chain_file, e);
	return e->code == ERR_OK ?
	    columns_set_baseline(c, oc->baseline, e) : e->code;
}

/* --- one comparison --- */

/* Is something printed, apart from a page? */
static bool
prints(const struct options *o)
{
	return o->format != FORMAT_TEXT || o->html == NULL;
}

/* Append what is printed, and what goes into the page: each with a NUL behind
 * it, which is in neither. */
static enum err_code
print(const struct options *o, const struct compare *c, const char *input,
    struct buf *to, struct err *e)
{
	struct advice advice;
	struct grid_request r = { c, &advice, input, o->compare.sort,
	    o->compare.best };

	if (advice_make(c, &advice, e) == ERR_OK) {
		if (o->format == FORMAT_JSON)
			grid_json(&r, to, e);
		else if (o->format == FORMAT_TSV)
			grid_tsv(&r, to, e);
		else if (prints(o))
			grid_text(&r, to, e);
		buf_append(to, "", 1, e);
		if (o->html != NULL)
			grid_page(&r, to, e);
		buf_append(to, "", 1, e);
	}
	advice_free(&advice);
	return e->code;
}

/* Take the two apart again. */
static enum err_code
take(struct comparing *x, const struct buf *sent, struct err *e)
{
	const uint8_t *p = sent->data, *nul, *end;

	nul = sent->size > 0 ? memchr(p, 0, sent->size) : NULL;
	end = nul != NULL ? memchr(nul + 1, 0, sent->size - (size_t)(nul + 1 -
	    p)) : NULL;
	if (end == NULL || end + 1 != p + sent->size)
		return err_set(e, ERR_FAIL, "the confined process makes no "
		    "sense");
	if (markup_check(nul + 1, (size_t)(end - nul - 1), e) != ERR_OK)
		return e->code;
	if (nul > p)
		buf_append(&x->text, p, (size_t)(nul - p), e);
	if (end > nul + 1)
		buf_append(&x->page, nul + 1, (size_t)(end - nul - 1), e);
	return e->code;
}

static enum err_code
make_file(void *ctx, int *fd, struct err *e)
{
	(void)ctx;
	return io_temporary(fd, e);
}

static enum err_code
compare_scan(const struct comparing *x, struct scan *s, const char *input,
    uint64_t archive_size,
    enum err_code (*get)(void *, int *, struct err *), void *ctx,
    const struct watch *w, struct buf *to, struct err *e)
{
	const struct options *o = x->o;
	struct compare_request r = { .scan = s, .columns = &x->columns,
	    .archive_size = archive_size, .target = o->target,
	    .tar = x->tar, .n_threads = o->n_threads,
	    .memory = o->memory != 0 ? o->memory : UINT64_MAX, .get = get,
	    .ctx = ctx, .watch = w };
	struct compare c;

	r.view = o->compare.total ? ROWS_TOTAL : o->view == VIEW_TENSORS ?
	    ROWS_TENSORS : ROWS_MEMBERS;
	if (order_members(s, ORDER_KIND, e) != ERR_OK)
		return e->code;
	if (compare_make(&r, &c, e) == ERR_OK)
		print(o, &c, input, to, e);
	compare_free(&c);
	return e->code;
}

static enum err_code
compare_paths(struct comparing *x, const char *const *paths, size_t n,
    struct err *e)
{
	struct scan_request r = { x->o->directory, paths, n, NULL };
	struct scan s;
	struct buf sent;

	buf_init(&sent, CMD_TEXT_MAX);
	if (scan_paths(&r, &s, e) == ERR_OK &&
	    compare_scan(x, &s, n == 1 ? paths[0] : "", 0, make_file,
	    NULL, x->w, &sent, e) == ERR_OK)
		take(x, &sent, e);
	buf_free(&sent);
	scan_free(&s);
	return e->code;
}

/* What the worker is told. */
struct inside {
	const struct comparing *x;
	const char *path;	/* as it was given */
	uint64_t size;		/* of the file */
};

/* What is compressed and no archive has one member, of its own name. */
static bool
is_bundle(const struct scan *s, const char *path)
{
	const char *slash = strrchr(path, '/');

	return s->n_members != 1 || strcmp(s->members[0].name,
	    slash != NULL ? slash + 1 : path) != 0;
}

static enum err_code
compare_inside(void *ctx, struct scan *s,
    enum err_code (*get)(void *, int *, struct err *), void *get_ctx,
    const struct watch *w, struct buf *text, struct err *e)
{
	const struct inside *i = ctx;

	return compare_scan(i->x, s, i->path, is_bundle(s, i->path) ?
	    i->size : 0, get, get_ctx, w, text, e);
}

/* Where the operand is; the caller's. */
static enum err_code
place(const struct options *o, const char *operand, char **path,
    struct err *e)
{
	bool within = o->directory != NULL && operand[0] != '/';

	if (asprintf(path, "%s%s%s", within ? o->directory : "",
	    within ? "/" : "", operand) < 0) {
		*path = NULL;
		return err_nomem(e);
	}
	return ERR_OK;
}

static enum err_code
compare_archive(struct comparing *x, const char *operand, struct err *e)
{
	const struct options *o = x->o;
	struct inside inside = { x, operand, 0 };
	struct stat st;
	struct confined_request r = {
	    .limits = &o->rules.limits, .weak = o->rules.weak,
	    .n_threads = o->n_threads,
	    .memory = o->memory != 0 ? o->memory : UINT64_MAX,
	    .watch = x->w, .run = compare_inside, .ctx = &inside };
	struct sandbox_state state;
	char *path = NULL;
	struct buf sent;

	buf_init(&sent, CMD_TEXT_MAX);
	if (place(o, operand, &path, e) == ERR_OK)
		r.path = path;
	/* What cannot be looked at is refused when it is opened. */
	if (path != NULL && stat(path, &st) == 0)
		inside.size = (uint64_t)st.st_size;
	if (e->code == ERR_OK &&
	    confined_run(&r, &sent, &state, e) == ERR_OK) {
		progress_end();
		cmd_note_weak(path, &state);
		if (take(x, &sent, e) != ERR_OK)
			err_wrap(e, "%s", path);
	}
	free(path);
	buf_free(&sent);
	return e->code;
}

/* --- all of them --- */

/* Lines that begin with a star stand out. */
static enum err_code
colour(const struct buf *from, struct buf *to, struct err *e)
{
	const char *p = (const char *)from->data, *end = p + from->size, *nl;

	for (; p < end; p = nl) {
		nl = memchr(p, '\n', (size_t)(end - p));
		nl = nl != NULL ? nl + 1 : end;
		if (*p != '*')
			buf_append(to, p, (size_t)(nl - p), e);
		else
			text_printf(to, e, "\033[1m%.*s\033[0m\n",
			    (int)(nl - p - 1), p);
	}
	return e->code;
}

static enum err_code
write_page(struct comparing *x, int fd, struct err *e)
{
	struct buf whole;

	buf_init(&whole, CMD_TEXT_MAX);
	text_disarm(&x->page);
	page_begin(&whole, "Comparison", e);
	if (x->page.size > 0)
		buf_append(&whole, x->page.data, x->page.size, e);
	if (page_end(&whole, e) == ERR_OK &&
	    io_write(fd, whole.data, whole.size, NULL, e) != ERR_OK)
		err_wrap(e, "%s", x->o->html);
	buf_free(&whole);
	return e->code;
}

static enum err_code
print_all(struct comparing *x, struct err *e)
{
	const char *no = getenv("NO_COLOR");
	bool text = x->o->format == FORMAT_TEXT;
	struct buf all;

	buf_init(&all, CMD_TEXT_MAX);
	if (x->o->format == FORMAT_TSV)
		grid_tsv_head(&all, e);
	if (x->o->format == FORMAT_JSON)
		text_printf(&all, e, "{\n\"format\": \"xzbundle-compare\",\n"
		    "\"version\": 1,\n\"comparisons\": [\n");
	text_disarm(&x->text);
	if (text && isatty(STDOUT_FILENO) && (no == NULL || *no == '\0'))
		colour(&x->text, &all, e);
	else if (x->text.size > 0)
		buf_append(&all, x->text.data, x->text.size, e);
	if (x->o->format == FORMAT_JSON)
		text_printf(&all, e, "\n]\n}\n");
	if (e->code == ERR_OK)
		msg_report(&all, x->w, e);
	buf_free(&all);
	return e->code;
}

/* What comes before a comparison of n paths, of total ones. */
static enum err_code
begin(struct comparing *x, const char *name, size_t n, size_t total,
    struct err *e)
{
	if (x->o->format == FORMAT_JSON && x->n > 0)
		text_printf(&x->text, e, ",\n");
	if (x->o->format == FORMAT_TEXT && prints(x->o) && total > n) {
		text_printf(&x->text, e, "%s== ", x->n > 0 ? "\n" : "");
		text_escape_name(&x->text, name, e);
		if (n > 1)
			text_printf(&x->text, e, " and %zu more", n - 1);
		text_printf(&x->text, e, " ==\n");
	}
	x->n++;
	return e->code;
}

static bool
is_archive(const struct options *o, const char *operand, struct err *e)
{
	char *path = NULL;
	bool is = place(o, operand, &path, e) == ERR_OK &&
	    confined_looks(path);

	free(path);
	return is;
}

/* Archives one by one, and all else together. */
static enum err_code
compare_all(struct comparing *x, struct err *e)
{
	const struct options *o = x->o;
	const char **paths = calloc(o->n_operands + 1, sizeof(*paths));
	const char **archives = calloc(o->n_operands + 1, sizeof(*archives));
	size_t i, n = 0, n_archives = 0;

	for (i = 0; i < o->n_operands && paths != NULL && archives != NULL;
	    i++) {
		if (is_archive(o, o->operands[i], e))
			archives[n_archives++] = o->operands[i];
		else
			paths[n++] = o->operands[i];
	}
	if (paths == NULL || archives == NULL)
		err_nomem(e);
	if (e->code == ERR_OK && n > 0 && begin(x, paths[0], n, o->n_operands,
	    e) == ERR_OK)
		compare_paths(x, paths, n, e);
	for (i = 0; i < n_archives && e->code == ERR_OK &&
	    watch_step(x->w, 0, e) == ERR_OK; i++) {
		if (begin(x, archives[i], 1, o->n_operands, e) == ERR_OK)
			compare_archive(x, archives[i], e);
	}
	free(paths);
	free(archives);
	return e->code;
}

static enum err_code
open_page(const struct options *o, struct outfile *page, struct err *e)
{
	char *path = NULL;
	size_t i;

	if (outfile_open(o->html, page, e) != ERR_OK)
		return e->code;
	for (i = 0; i < o->n_operands && place(o, o->operands[i], &path, e) ==
	    ERR_OK; i++) {
		if (cmd_replaces(page, path))
			err_set(e, ERR_USAGE, "%s: is compared; choose "
			    "another name", o->html);
		free(path);
	}
	return e->code;
}

static enum err_code
run(struct comparing *x, struct outfile *page, struct err *e)
{
	const struct options *o = x->o;

	if (o->html != NULL && open_page(o, page, e) != ERR_OK)
		return e->code;
	compare_all(x, e);
	progress_end();
	if (e->code == ERR_OK && prints(o))
		print_all(x, e);
	if (e->code == ERR_OK && o->html != NULL &&
	    write_page(x, page->fd, e) == ERR_OK)
		outfile_commit(page, NULL, e);
	return e->code;
}

enum err_code
cmd_compare(const struct options *o, const struct watch *w, struct err *e)
{
	struct comparing x = { .o = o, .w = w };
	struct outfile page;

	memset(&page, 0, sizeof(page));
	buf_init(&x.text, CMD_TEXT_MAX);
	buf_init(&x.page, CMD_TEXT_MAX);
	if (o->html != NULL && strcmp(o->html, "-") == 0 &&
	    o->format != FORMAT_TEXT)
		err_set(e, ERR_USAGE, "compare: standard output can have one "
		    "of --json, --tsv and --html -");
	if (e->code == ERR_OK && make_columns(&o->compare, &x.columns, e) ==
	    ERR_OK && cmd_default_mtime(&x.tar.mtime, e) == ERR_OK)
		run(&x, &page, e);
	outfile_abort(&page);
	/* What was done is printed; that it was stopped is no success. */
	if (e->code == ERR_OK)
		watch_step(w, 0, e);
	columns_free(&x.columns);
	buf_free(&x.page);
	buf_free(&x.text);
	return e->code;
}
