#include "report/picture.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/text.h"
#include "report/page.h"
#include "report/picture_part.h"
#include "report/scale.h"

#define TITLE_MAX 100		/* bytes of markup of a name in a title */
#define TEXT_MAX ((size_t)64 << 20)	/* bytes of a name, by far */

#define NONE 0x8b949e		/* the colour of what has no data */

/* Of text of 12 px: a letter, a line, and the room at the edge. */
#define LETTER 7.3
#define LETTER_HEAVY 8.0
#define LINE 15.0
#define EDGE 5.0

/* Frames would hide what is smaller, in px. */
#define FRAMED 8

/* Fewer letters of a name than that tell nothing. */
#define LETTERS_MIN 6

static const struct picture_form broad = { 1200, 600, PICTURE_MAX / 2 - 1,
    40000, "map broad" };
static const struct picture_form narrow = { 400, 560, 150, 4000,
    "map narrow" };

/* What is being written. */
struct drawing {
	struct picture p;
	bool keys;		/* with what a page needs */
	struct buf *to;
};

static const struct breakdown_row *
row_of(const struct drawing *d, const struct picture_box *box)
{
	return &d->p.r->breakdown.rows[box->index];
}

static const char *
member_of(const struct drawing *d, const struct picture_box *box)
{
	size_t i = box->index;

	if (box->kind == BOX_ROW)
		i = d->p.r->row_member[i];
	return d->p.r->toc->members[i].name;
}

static const char *
tensor_name(const struct breakdown_row *row)
{
	return row->kind == PART_REST ? "(rest)" :
	    row->tensor != NULL ? row->tensor : "(numbers)";
}

/* --- rectangles --- */

static uint32_t
colour(const struct picture_box *box, bool ink)
{
	uint32_t at;

	if (box->raw == 0)
		return ink ? 0 : NONE;
	at = scale_bits(box->packed, box->raw);
	return ink ? scale_ink(at) : scale_colour(at);
}

static double
rounded(double v)
{
	return floor(v * 100 + 0.5) / 100;
}

/* Its edges are rounded, and not its sides, so that neighbours fit. */
static enum err_code
put_sides(struct drawing *d, const struct treemap_rect *r, struct err *e)
{
	double x = rounded(r->x), y = rounded(r->y);

	return text_printf(d->to, e, "<rect x=\"%g\" y=\"%g\" width=\"%g\" "
	    "height=\"%g\"", x, y, rounded(rounded(r->x + r->w) - x),
	    rounded(rounded(r->y + r->h) - y));
}

static enum err_code
put_keys(struct drawing *d, const struct picture_box *box, struct err *e)
{
	text_printf(d->to, e, " data-v=\"%" PRIu64 "\"", box->packed);
	if (box->kind == BOX_ROW)
		text_printf(d->to, e, " data-k=\"t%zu m%zu\"", box->index,
		    d->p.r->row_member[box->index]);
	else if (box->kind == BOX_ROWS)
		text_printf(d->to, e, " data-k=\"m%zu\"", box->index);
	return e->code;
}

static enum err_code
put_what(struct drawing *d, const struct picture_box *box, struct err *e)
{
	switch (box->kind) {
	case BOX_CONTAINER:
		return text_printf(d->to, e, "container");
	case BOX_MEMBERS:
		page_number(d->to, box->n, e);
		return text_printf(d->to, e, " more member%s",
		    box->n == 1 ? "" : "s");
	default:
		break;
	}
	page_name(d->to, member_of(d, box), TITLE_MAX, e);
	if (box->kind == BOX_ROWS) {
		text_printf(d->to, e, ": ");
		page_number(d->to, box->n, e);
		return text_printf(d->to, e, " more");
	}
	if (row_of(d, box)->kind == PART_MEMBER)
		return e->code;
	text_printf(d->to, e, ": ");
	return page_name(d->to, tensor_name(row_of(d, box)), TITLE_MAX, e);
}

static enum err_code
put_title(struct drawing *d, const struct picture_box *box, struct err *e)
{
	text_printf(d->to, e, "<title>");
	put_what(d, box, e);
	text_printf(d->to, e, ", ");
	page_number(d->to, box->packed, e);
	text_printf(d->to, e, " bytes, %.2f %% of the file", 100 *
	    (double)box->packed / (double)d->p.r->xz->file_size);
	if (box->raw > 0)
		text_printf(d->to, e, ", %.3f bits a byte",
		    8 * (double)box->packed / (double)box->raw);
	return text_printf(d->to, e, "</title>");
}

static enum err_code
put_box(struct drawing *d, const struct picture_box *box,
    const struct treemap_rect *at, struct err *e)
{
	if (box->packed == 0)
		return e->code;
	put_sides(d, at, e);
	text_printf(d->to, e, " fill=\"#%06" PRIx32 "\"", colour(box, false));
	if (d->keys)
		put_keys(d, box, e);
	text_printf(d->to, e, ">");
	put_title(d, box, e);
	return text_printf(d->to, e, "</rect>\n");
}

/* --- labels --- */

/* Does the text, escaped, fit in there, be it without its front? */
static const char *
fitting(const char *text, double width, double letter, bool *cut)
{
	double letters = (width - 2 * EDGE) / letter;
	const char *end;

	*cut = false;
	if (letters < 1)
		return NULL;
	end = text_last(text, (size_t)letters);
	*cut = end != text;
	if (*cut && letters >= LETTERS_MIN)
		return text_last(text, (size_t)letters - 1);
	return *cut ? NULL : text;
}

/* Write a line of text, escaped, if it fits; *y is moved on. */
static enum err_code
put_line(struct drawing *d, const struct treemap_rect *at, double *y,
    uint32_t ink, bool heavy, const char *text, struct err *e)
{
	bool cut = false;
	const char *shown = NULL;

	if (*y + LINE - 1 <= at->h)
		shown = fitting(text, at->w, heavy ? LETTER_HEAVY : LETTER,
		    &cut);
	if (shown == NULL)
		return e->code;
	text_printf(d->to, e, "<text x=\"%g\" y=\"%g\" fill=\"#%06" PRIx32
	    "\"%s>%s", EDGE, *y + LINE - 3, ink,
	    heavy ? " font-weight=\"700\"" : "", cut ? "\xE2\x80\xA6" : "");
	page_escaped(d->to, shown, e);
	*y += LINE;
	return text_printf(d->to, e, "</text>\n");
}

/* The same of a name, which is escaped here. */
static enum err_code
put_name(struct drawing *d, const struct treemap_rect *at, double *y,
    uint32_t ink, bool heavy, const char *name, struct err *e)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (text_escape_name(&text, name, e) == ERR_OK &&
	    buf_append(&text, "", 1, e) == ERR_OK)
		put_line(d, at, y, ink, heavy, (const char *)text.data, e);
	buf_free(&text);
	return e->code;
}

/* The same of a number and a word. */
static enum err_code
put_count(struct drawing *d, const struct treemap_rect *at, double *y,
    uint32_t ink, uint64_t n, const char *word, struct err *e)
{
	struct buf text;

	buf_init(&text, 64);
	page_number(&text, n, e);
	if (buf_append(&text, word, strlen(word) + 1, e) == ERR_OK)
		put_line(d, at, y, ink, false, (const char *)text.data, e);
	buf_free(&text);
	return e->code;
}

static const char *
last_component(const char *name)
{
	const char *slash = strrchr(name, '/');

	return slash != NULL && slash[1] != '\0' ? slash + 1 : name;
}

/* The lines of a box, which is the first one of a member, or of none. */
static enum err_code
put_lines(struct drawing *d, const struct picture_box *box, bool first,
    const struct treemap_rect *at, struct err *e)
{
	bool whole = box->kind == BOX_ROW &&
	    row_of(d, box)->kind == PART_MEMBER;
	uint32_t ink = colour(box, true);
	double y = 2, begin = y;

	if ((box->kind == BOX_ROW || box->kind == BOX_ROWS) &&
	    (first || whole))
		put_name(d, at, &y, ink, true, last_component(member_of(d,
		    box)), e);
	if (box->kind == BOX_CONTAINER)
		put_line(d, at, &y, ink, false, "container", e);
	else if (box->kind == BOX_ROW && !whole)
		put_name(d, at, &y, ink, false, tensor_name(row_of(d, box)),
		    e);
	else if (!whole)
		put_count(d, at, &y, ink, box->n, box->kind == BOX_MEMBERS ?
		    " more members" : " more", e);
	if (y > begin)
		put_count(d, at, &y, ink, box->packed, "", e);
	return e->code;
}

/* An svg in an svg does not let anything out. */
static enum err_code
put_label(struct drawing *d, const struct picture_box *box, bool first,
    const struct treemap_rect *at, struct err *e)
{
	size_t before = d->to->size, begin;

	if (at->h < LINE || at->w < 4 * LETTER)
		return e->code;
	text_printf(d->to, e, "<svg x=\"%g\" y=\"%g\" width=\"%g\" "
	    "height=\"%g\">", rounded(at->x), rounded(at->y),
	    rounded(at->w), rounded(at->h));
	begin = d->to->size;
	put_lines(d, box, first, at, e);
	if (d->to->size > begin)
		return text_printf(d->to, e, "</svg>\n");
	d->to->size = before;
	return e->code;
}

/* --- the map --- */

/* The rectangles, or the frames around members, or the labels. */
enum layer { LAYER_BOXES, LAYER_FRAMES, LAYER_LABELS };

static enum err_code
put_one(struct drawing *d, const struct picture_box *box, bool first,
    const struct treemap_rect *at, enum layer layer, struct err *e)
{
	switch (layer) {
	case LAYER_BOXES:
		return put_box(d, box, at, e);
	case LAYER_LABELS:
		return put_label(d, box, first, at, e);
	default:
		return e->code;
	}
}

static enum err_code
put_layer(struct drawing *d, enum layer layer, struct err *e)
{
	const struct picture *p = &d->p;
	const struct picture_box *box;
	size_t i, j;

	for (i = 0; i < p->n_boxes && e->code == ERR_OK; i++) {
		box = &p->boxes[i];
		if (layer == LAYER_FRAMES && p->rects[i].w > FRAMED &&
		    p->rects[i].h > FRAMED) {
			put_sides(d, &p->rects[i], e);
			text_printf(d->to, e, " class=\"frame\"/>\n");
		} else if (layer != LAYER_FRAMES && box->kind != BOX_MEMBER) {
			put_one(d, box, true, &p->rects[i], layer, e);
		}
		for (j = 0; box->kind == BOX_MEMBER && j < box->n_rows; j++)
			put_one(d, &p->inner[box->first + j], j == 0,
			    &p->inner_rects[box->first + j], layer, e);
	}
	return e->code;
}

static enum err_code
put_map(struct drawing *d, struct err *e)
{
	if (put_layer(d, LAYER_BOXES, e) == ERR_OK &&
	    put_layer(d, LAYER_FRAMES, e) == ERR_OK)
		put_layer(d, LAYER_LABELS, e);
	return e->code;
}

static enum err_code
put_alternative(struct drawing *d, struct err *e)
{
	const struct report *r = d->p.r;

	text_printf(d->to, e, "Treemap of ");
	page_number(d->to, r->xz->file_size, e);
	text_printf(d->to, e, " bytes, %zu member%s with %zu tensor%s and "
	    "the container", r->toc->n_members, r->toc->n_members == 1 ? "" :
	    "s", r->n_tensors, r->n_tensors == 1 ? "" : "s");
	return e->code;
}

enum err_code
picture_inline(const struct report *r, bool is_narrow, struct buf *to,
    struct err *e)
{
	struct drawing d = { .p = { .r = r, .form = is_narrow ? &narrow :
	    &broad }, .keys = true, .to = to };

	if (picture_boxes_make(&d.p, e) == ERR_OK) {
		text_printf(to, e, "<svg class=\"%s\" viewBox=\"0 0 %g %g\" "
		    "role=\"img\" aria-label=\"", d.p.form->class,
		    d.p.form->w, d.p.form->h);
		put_alternative(&d, e);
		text_printf(to, e, "\">\n");
		put_map(&d, e);
		text_printf(to, e, "</svg>\n");
	}
	picture_boxes_free(&d.p);
	return e->code;
}

/* --- the legend --- */

#define STRIP 32		/* rectangles of the strip of colours */
#define STRIP_W 9		/* px, of each */
#define STRIP_H 12
#define LEGEND_W 400

static enum err_code
put_strip(struct buf *to, const char *fill, struct err *e)
{
	unsigned int i;

	for (i = 0; i < STRIP; i++)
		text_printf(to, e, "<rect x=\"%u\" y=\"0\" width=\"%d\" "
		    "height=\"%d\" fill=\"#%06" PRIx32 "\"/>\n",
		    8 + i * STRIP_W, STRIP_W, STRIP_H,
		    scale_colour((2 * i + 1) * SCALE_MAX / (2 * STRIP)));
	for (i = 0; i <= 8; i++)
		text_printf(to, e, "<text x=\"%u\" y=\"%d\" text-anchor=\""
		    "middle\"%s>%u%s</text>\n", 8 + i * STRIP * STRIP_W / 8,
		    STRIP_H + 13, fill, i, i == 8 ? "+" : "");
	text_printf(to, e, "<rect x=\"%d\" y=\"0\" width=\"%d\" height=\""
	    "%d\" fill=\"#%06x\"/>\n", 8 + STRIP * STRIP_W + 24, STRIP_W * 2,
	    STRIP_H, NONE);
	return text_printf(to, e, "<text x=\"%d\" y=\"%d\"%s>no data"
	    "</text>\n", 8 + STRIP * STRIP_W + 24 + STRIP_W * 2 + 6,
	    STRIP_H - 2, fill);
}

enum err_code
picture_legend(struct buf *to, struct err *e)
{
	text_printf(to, e, "<svg class=\"legend\" viewBox=\"0 0 %d %d\" "
	    "role=\"img\" aria-label=\"Colours, from dark for 0 to light for 8 "
	    "bits and more; grey has no data\">\n", LEGEND_W, STRIP_H + 16);
	put_strip(to, "", e);
	return text_printf(to, e, "</svg>\n");
}

/* --- the file --- */

#define FOOT 46			/* px below the map */
#define MARGIN 2		/* px around it, for the frames */

enum err_code
picture_begin(struct buf *to, struct err *e)
{
	double w = broad.w + 2 * MARGIN, h = broad.h + FOOT;

	return text_printf(to, e, "<?xml version=\"1.0\" encoding=\"UTF-8\""
	    "?>\n<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"%d %d "
	    "%g %g\" width=\"%g\" height=\"%g\" role=\"img\">\n<style>\n"
	    "rect { stroke: #fff; stroke-width: .6; }\n"
	    ".frame { fill: none; stroke-width: 2.4; }\n"
	    ".key rect { stroke: none; }\n"
	    "text { font-family: system-ui, \"Segoe UI\", Roboto, "
	    "\"Liberation Sans\", sans-serif; font-size: 12px; }\n"
	    ".say { fill: #757575; font-size: 13px; }\n"
	    "</style>\n", -MARGIN, -MARGIN, w, h, w, h);
}

enum err_code
picture_end(struct buf *to, struct err *e)
{
	return text_printf(to, e, "</svg>\n");
}

/* Below the map: the title, and the legend. */
static enum err_code
put_foot(struct drawing *d, const char *title, struct err *e)
{
	double w = broad.w, y = broad.h + 26;

	text_printf(d->to, e, "<text class=\"say\" x=\"0\" y=\"%g\">", y);
	page_name(d->to, title, PAGE_NAME_MAX, e);
	text_printf(d->to, e, ", ");
	page_number(d->to, d->p.r->xz->file_size, e);
	text_printf(d->to, e, " bytes</text>\n<text class=\"say\" x=\"%g\" "
	    "y=\"%g\" text-anchor=\"end\">bits for a byte of data</text>\n"
	    "<g class=\"key\" transform=\"translate(%g %g)\">\n",
	    w - LEGEND_W - 4, y, w - LEGEND_W, broad.h + 15);
	put_strip(d->to, " class=\"say\"", e);
	return text_printf(d->to, e, "</g>\n");
}

enum err_code
picture_body(const struct report *r, const char *title, struct buf *to,
    struct err *e)
{
	struct drawing d = { .p = { .r = r, .form = &broad }, .to = to };

	if (picture_boxes_make(&d.p, e) == ERR_OK) {
		text_printf(to, e, "<title>");
		page_text(to, title, e);
		text_printf(to, e, "</title>\n<desc>");
		put_alternative(&d, e);
		text_printf(to, e, "</desc>\n");
		put_map(&d, e);
		put_foot(&d, title, e);
	}
	picture_boxes_free(&d.p);
	return e->code;
}
