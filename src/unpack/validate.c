#include "unpack/validate.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "unpack/extensions.h"
#include "unpack/tarfield.h"

/* Where the next byte belongs; v->left bytes are left of all but TAIL. */
enum state {
	HEADER,
	BODY,			/* of an extension */
	BODY_PADDING,
	DATA,
	DATA_PADDING,
	MARKER,			/* its second block */
	TAIL			/* behind the end marker */
};

#define SIZE_ABSURD (UINT64_C(1) << 53)	/* bytes of a member */

struct validate {
	struct validate_options options;
	enum state state;
	uint64_t pos;		/* bytes of the tar read */
	uint64_t left;
	uint64_t size;		/* of the data or body that was begun */
	uint64_t head_off;	/* of the member, with its extensions */
	uint64_t members_end;
	uint64_t members;
	uint8_t block[TARFIELD_BLOCK];
	bool watched;		/* data that must not pass for headers */
	struct buf body;
	struct extensions ext;
	struct validate_member *queue;	/* [n_queue], from first_queue on */
	size_t n_queue, first_queue, cap_queue;
	enum err_code failed;
};

enum err_code
validate_new(const struct validate_options *o, struct validate **out,
    struct err *e)
{
	struct validate *v = calloc(1, sizeof(*v));

	if (v == NULL)
		return err_nomem(e);
	v->options = *o;
	v->left = TARFIELD_BLOCK;
	buf_init(&v->body, EXTENSIONS_BODY_MAX);
	*out = v;
	return ERR_OK;
}

/* --- the queue --- */

void
validate_member_free(struct validate_member *m)
{
	free(m->name);
	free(m->link);
	memset(m, 0, sizeof(*m));
}

/* Takes m over, also when it fails. */
static enum err_code
enqueue(struct validate *v, struct validate_member *m, struct err *e)
{
	struct validate_member *queue = v->queue;
	size_t cap = v->cap_queue;

	if (v->n_queue == cap) {
		cap = cap > 0 ? 2 * cap : 16;
		queue = reallocarray(queue, cap, sizeof(*queue));
		if (queue == NULL) {
			validate_member_free(m);
			return err_nomem(e);
		}
		v->queue = queue;
		v->cap_queue = cap;
	}
	queue[v->n_queue++] = *m;
	v->members++;
	return ERR_OK;
}

bool
validate_take(struct validate *v, struct validate_member *m)
{
	if (v->first_queue == v->n_queue)
		return false;
	*m = v->queue[v->first_queue++];
	if (v->first_queue == v->n_queue)
		v->first_queue = v->n_queue = 0;
	return true;
}

void
validate_free(struct validate *v)
{
	struct validate_member m;

	if (v == NULL)
		return;
	while (validate_take(v, &m))
		validate_member_free(&m);
	free(v->queue);
	buf_free(&v->body);
	extensions_free(&v->ext);
	free(v);
}

/* --- headers --- */

/* Bytes of padding behind what was begun. */
static uint64_t
padding(const struct validate *v)
{
	return num_round_up(v->size, TARFIELD_BLOCK) - v->size;
}

static void
expect(struct validate *v, enum state state, uint64_t left)
{
	v->state = state;
	v->left = left;
}

static enum err_code
begin_extension(struct validate *v, const struct tarfield_header *h,
    struct err *e)
{
	if (extensions_begin(&v->ext, h, v->options.pax_max, e) != ERR_OK)
		return e->code;
	v->body.size = 0;
	v->size = h->size;
	expect(v, BODY, v->size);
	return ERR_OK;
}

static enum err_code
begin_member(struct validate *v, const struct tarfield_header *h,
    struct err *e)
{
	struct validate_member m;
	uint64_t size, end;

	if (extensions_member(&v->ext, h, &m, e) != ERR_OK)
		return e->code;
	m.head_off = v->head_off;
	m.data_off = v->pos;
	size = m.size;
	/* No file system has files of so many bytes, and the offset of the
	 * end of the padding has to fit an off_t. */
	if (size > SIZE_ABSURD || !num_add(v->pos, size, &end) ||
	    end > INT64_MAX - TARFIELD_BLOCK) {
		validate_member_free(&m);
		return err_set(e, ERR_UNSAFE, "a size of %llu bytes; refused",
		    (unsigned long long)size);
	}
	if (enqueue(v, &m, e) != ERR_OK)
		return e->code;
	extensions_free(&v->ext);
	v->size = size;
	v->watched = m.is_cut;
	expect(v, DATA, size);
	return ERR_OK;
}

static enum err_code
check_sum(const struct validate *v, struct err *e)
{
	switch (tarfield_checksum(v->block)) {
	case TARFIELD_SUM_OK:
		return ERR_OK;
	case TARFIELD_SUM_SIGNED:
		return err_set(e, ERR_UNSAFE, "the checksum is one of signed "
		    "bytes, which not all readers accept; refused");
	case TARFIELD_SUM_OPEN:
		return err_set(e, ERR_UNSAFE, "nothing ends the checksum in "
		    "its field, and some readers skip such headers; refused");
	default:
		return err_set(e, ERR_CORRUPT, "the checksum is wrong: "
		    "damaged, or no header");
	}
}

/* The first block of the end marker. */
static enum err_code
begin_end(struct validate *v, struct err *e)
{
	if (v->ext.bytes > 0)
		return err_set(e, ERR_UNSAFE, "extension headers without a "
		    "member behind them; refused");
	v->members_end = v->pos - TARFIELD_BLOCK;
	expect(v, MARKER, TARFIELD_BLOCK);
	return ERR_OK;
}

static enum err_code
read_header(struct validate *v, struct err *e)
{
	uint64_t at = v->pos - TARFIELD_BLOCK;
	struct tarfield_header h;

	if (check_sum(v, e) != ERR_OK || tarfield_header(v->block, &h, e) !=
	    ERR_OK)
		return e->code;
	if (v->ext.bytes == 0)
		v->head_off = at;
	return strchr("xgLK", h.type) != NULL ? begin_extension(v, &h, e) :
	    begin_member(v, &h, e);
}

static enum err_code
end_header(struct validate *v, struct err *e)
{
	if (tarfield_zeros(v->block, TARFIELD_BLOCK))
		begin_end(v, e);
	else if (v->pos == TARFIELD_BLOCK &&
	    tarfield_checksum(v->block) == TARFIELD_SUM_BAD)
		return err_set(e, ERR_UNSAFE, "holds no tar; refused");
	else
		read_header(v, e);
	if (e->code != ERR_OK && e->code != ERR_FAIL)
		err_wrap(e, "a tar header at byte %llu",
		    (unsigned long long)(v->pos - TARFIELD_BLOCK));
	return e->code;
}

static enum err_code
end_body(struct validate *v, struct err *e)
{
	extensions_body(&v->ext, v->body.data, v->body.size, e);
	if (e->code == ERR_UNSAFE)
		err_wrap(e, "a tar header at byte %llu", (unsigned long long)
		    (v->pos - v->size - TARFIELD_BLOCK));
	return e->code;
}

/* Go on while nothing is left of the state. */
static enum err_code
advance(struct validate *v, struct err *e)
{
	while (e->code == ERR_OK && v->left == 0 && v->state != TAIL) {
		switch (v->state) {
		case HEADER:
			end_header(v, e);
			break;
		case BODY:
			end_body(v, e);
			expect(v, BODY_PADDING, padding(v));
			break;
		case DATA:
			expect(v, DATA_PADDING, padding(v));
			break;
		case BODY_PADDING:
		case DATA_PADDING:
			expect(v, HEADER, TARFIELD_BLOCK);
			break;
		default:
			expect(v, TAIL, 0);
		}
	}
	return e->code;
}

/* --- bytes --- */

static enum err_code
check_zeros(const struct validate *v, const uint8_t *p, size_t n,
    struct err *e)
{
	unsigned long long at = v->pos;

	if (tarfield_zeros(p, n))
		return ERR_OK;
	while (*p++ == 0)
		at++;
	if (v->state == TAIL)
		return err_set(e, ERR_UNSAFE, "data follows the tar's end "
		    "marker at byte %llu; other programs may read it "
		    "differently", at);
	if (v->state == MARKER)
		return err_set(e, ERR_UNSAFE, "a single block of zeros is "
		    "followed by data at byte %llu; other programs may read "
		    "it differently", at);
	return err_set(e, ERR_UNSAFE, "the tar's padding is not zero at byte "
	    "%llu; refused", at);
}

/* As far as tail_max allows bytes behind the end. */
static enum err_code
check_end(const struct validate *v, const uint8_t *p, size_t n,
    struct err *e)
{
	uint64_t used = v->pos - v->members_end - TARFIELD_BLOCK,
	    max = v->options.tail_max;

	if (check_zeros(v, p, (size_t)num_min(n, max - used), e) == ERR_OK &&
	    n > max - used)
		err_set(e, ERR_LIMIT, "over %llu bytes behind the tar's end",
		    (unsigned long long)max);
	return e->code;
}

/* The n bytes at p are data of a member that some readers take for a
 * directory; they would take this for headers. */
static enum err_code
watch_data(struct validate *v, const uint8_t *p, size_t n, struct err *e)
{
	uint64_t at = v->size - v->left, begin = v->pos - at;
	size_t used, step;

	for (; n > 0; p += step, n -= step) {
		used = (size_t)(at % TARFIELD_BLOCK);
		step = (size_t)num_min(n, TARFIELD_BLOCK - used);
		memcpy(v->block + used, p, step);
		at += step;
		if (at != v->size && used + step < TARFIELD_BLOCK)
			continue;
		if (tarfield_has_header(v->block, used + step))
			return err_set(e, ERR_UNSAFE, "a file's data at byte "
			    "%llu, which some readers take for a tar header "
			    "as the file's name is cut at a '/'; refused",
			    (unsigned long long)(begin + at - used - step));
	}
	return ERR_OK;
}

/* The n bytes at p belong to the state. */
static enum err_code
consume(struct validate *v, const uint8_t *p, size_t n, struct err *e)
{
	switch (v->state) {
	case HEADER:
		memcpy(v->block + TARFIELD_BLOCK - v->left, p, n);
		break;
	case BODY:
		buf_append(&v->body, p, n, e);
		break;
	case DATA:
		if (v->watched)
			watch_data(v, p, n, e);
		break;
	case BODY_PADDING:
	case DATA_PADDING:
		check_zeros(v, p, n, e);
		break;
	default:
		check_end(v, p, n, e);
	}
	v->pos += n;
	v->left -= v->state != TAIL ? n : 0;
	return advance(v, e);
}

/* After an error nothing is read. */
static enum err_code
check_alive(const struct validate *v, struct err *e)
{
	return v->failed == ERR_OK ? ERR_OK :
	    err_set(e, v->failed, "the tar was refused before");
}

enum err_code
validate_bytes(struct validate *v, const uint8_t *p, size_t n, struct err *e)
{
	size_t step;

	if (check_alive(v, e) != ERR_OK)
		return e->code;
	while (n > 0 && e->code == ERR_OK) {
		step = v->state == TAIL ? n : (size_t)num_min(n, v->left);
		consume(v, p, step, e);
		p += step;
		n -= step;
	}
	v->failed = e->code;
	return e->code;
}

uint64_t
validate_skippable(const struct validate *v)
{
	if (v->failed != ERR_OK)
		return 0;
	if (v->state == DATA)
		return v->watched ? 0 : v->left + padding(v);
	return v->state == DATA_PADDING ? v->left : 0;
}

enum err_code
validate_skip(struct validate *v, uint64_t n, struct err *e)
{
	uint64_t step;

	if (check_alive(v, e) != ERR_OK)
		return e->code;
	if (n > validate_skippable(v))
		err_set(e, ERR_FAIL, "%llu bytes of a tar to be skipped are "
		    "not all data", (unsigned long long)n);
	while (n > 0 && e->code == ERR_OK) {
		step = num_min(n, v->left);
		v->pos += step;
		v->left -= step;
		n -= step;
		advance(v, e);
	}
	v->failed = e->code;
	return e->code;
}

enum err_code
validate_end(struct validate *v, uint64_t *members_end, struct err *e)
{
	*members_end = v->members_end;
	if (check_alive(v, e) != ERR_OK)
		return e->code;
	if (v->pos == 0)
		err_set(e, ERR_CORRUPT, "holds no byte of a tar");
	else if (v->state != TAIL)
		err_set(e, ERR_CORRUPT, "the tar is truncated at byte %llu, "
		    "without its end marker", (unsigned long long)v->pos);
	else if (v->members == 0)
		err_set(e, ERR_UNSAFE, "the tar has no members; refused");
	v->failed = e->code;
	return e->code;
}
