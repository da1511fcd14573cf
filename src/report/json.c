#include "report/json.h"

#include <jansson.h>
#include <string.h>

#include "base/jsonname.h"
#include "base/num.h"
#include "base/text.h"
#include "report/table.h"

static json_t *
number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *
ratio(uint64_t packed, uint64_t raw, double factor)
{
	if (raw == 0)
		return json_null();
	return json_real(factor * (double)packed / (double)raw);
}

/* Put the sizes of something, and their ratios. */
static int
put_sizes(json_t *o, uint64_t raw, uint64_t packed)
{
	int r = json_object_set_new(o, "raw_bytes", number(raw));

	r |= json_object_set_new(o, "packed_bytes", number(packed));
	r |= json_object_set_new(o, "ratio", ratio(packed, raw, 1));
	r |= json_object_set_new(o, "bits_per_byte", ratio(packed, raw, 8));
	return r;
}

static json_t *
row_object(const void *of, size_t i, struct err *e)
{
	const struct account *a = of;
	const struct tarread_member *m = &a->toc->members[i];
	const struct account_row *row = &a->rows[i];
	json_t *o = json_object();
	struct buf chain;
	int r;

	buf_init(&chain, (size_t)CHAIN_TEXT_MAX * 8);
	account_chain(a, row, &chain, e);
	r = jsonname_put(o, "name", "name_hex", m->name, e);
	r |= json_object_set_new(o, "type", json_string(table_type(
	    m->type)));
	if (m->link != NULL)
		r |= jsonname_put(o, "link", "link_hex", m->link, e);
	r |= put_sizes(o, m->size, row->packed_size);
	r |= json_object_set_new(o, "chain", json_stringn(
	    chain.data != NULL ? (char *)chain.data : "", chain.size));
	r |= json_object_set_new(o, "check",
	    json_string(account_check(a, row)));
	r |= json_object_set_new(o, "apportioned",
	    json_boolean(row->apportioned));
	buf_free(&chain);
	if (r != 0 || e->code != ERR_OK) {
		err_nomem(e);
		json_decref(o);
		return NULL;
	}
	return o;
}

#define FORM (JSON_ENSURE_ASCII | JSON_REAL_PRECISION(6))

/* Append the object without its closing brace, or ERR_FAIL when r is not 0; o
 * is consumed.  Arrays follow, whose rows are not all in memory at once. */
static enum err_code
begin(json_t *o, int r, struct buf *to, struct err *e)
{
	if (r == 0)
		r = json_dump_callback(o, buf_sink, to, JSON_INDENT(1) | FORM);
	json_decref(o);
	if (r != 0)
		return err_nomem(e);
	to->size -= strlen("\n}");
	return ERR_OK;
}

/* Append an array of n rows under key, each a line. */
static enum err_code
put_rows(struct buf *to, const char *key, const void *of, size_t n,
    json_t *(*row_of)(const void *of, size_t i, struct err *e), struct err *e)
{
	json_t *row;
	size_t i;
	int r;

	text_printf(to, e, ",\n \"%s\": [", key);
	for (i = 0; i < n && e->code == ERR_OK; i++) {
		text_printf(to, e, i > 0 ? ",\n  " : "\n  ");
		row = row_of(of, i, e);
		r = row == NULL ? -1 : json_dump_callback(row, buf_sink, to,
		    FORM);
		json_decref(row);
		if (r != 0)
			err_nomem(e);
	}
	return text_printf(to, e, n > 0 ? "\n ]" : "]");
}

static enum err_code
end(struct buf *to, struct err *e)
{
	return text_printf(to, e, "\n}\n");
}

enum err_code
json_account(const struct account *a, struct buf *to, struct err *e)
{
	json_t *o = json_object();
	int r;

	r = json_object_set_new(o, "file_bytes", number(a->xz->file_size));
	r |= json_object_set_new(o, "container_bytes",
	    number(a->container_size));
	r |= json_object_set_new(o, "raw_bytes", number(a->raw_size));
	r |= json_object_set_new(o, "ratio", ratio(a->xz->file_size,
	    a->raw_size, 1));
	r |= json_object_set_new(o, "blocks", number(a->xz->n_blocks));
	if (begin(o, r, to, e) == ERR_OK && put_rows(to, "members", a,
	    a->toc->n_members, row_object, e) == ERR_OK)
		end(to, e);
	return e->code;
}

/* --- breakdowns --- */

/* row, or NULL when something has failed; then row is released. */
static json_t *
whole(json_t *row, int r, struct err *e)
{
	if (r == 0 && e->code == ERR_OK)
		return row;
	err_nomem(e);
	json_decref(row);
	return NULL;
}

static json_t *
block_object(const void *of, size_t i, struct err *e)
{
	const struct breakdown *b = of;
	const struct breakdown_block *row = &b->blocks[i];
	json_t *o = json_object(), *over = json_null();
	int r;

	if (row->bound > 0)
		over = json_real((double)row->packed_size /
		    (double)row->bound - 1);
	r = json_object_set_new(o, "block", number(i + 1));
	r |= json_object_set_new(o, "raw_bytes", number(row->raw_size));
	r |= json_object_set_new(o, "packed_bytes",
	    number(row->packed_size));
	r |= json_object_set_new(o, "bound_bytes", number(row->bound));
	r |= json_object_set_new(o, "over", over);
	r |= json_object_set_new(o, "members", number(row->n_members));
	r |= json_object_set_new(o, "tensors", number(row->n_tensors));
	r |= json_object_set_new(o, "chain", json_string(row->chain));
	r |= jsonname_put_or_null(o, "name", "name_hex", row->member, e);
	return whole(o, r, e);
}

static json_t *
part_object(const void *of, size_t i, struct err *e)
{
	const struct breakdown *b = of;
	const struct breakdown_row *row = &b->rows[i];
	json_t *o = json_object();
	struct buf chain;
	int r;

	buf_init(&chain, (size_t)CHAIN_TEXT_MAX * 8);
	measure_chain(b->chains, row->block, row->block_end, &chain, e);
	r = json_object_set_new(o, "kind",
	    json_string(table_kind(row->kind)));
	r |= jsonname_put(o, "member", "member_hex", row->member, e);
	r |= jsonname_put_or_null(o, "tensor", "tensor_hex", row->tensor, e);
	r |= jsonname_put_or_null(o, "dtype", "dtype_hex", row->dtype, e);
	r |= json_object_set_new(o, "packing", row->packing != NULL ?
	    json_string(row->packing) : json_null());
	r |= put_sizes(o, row->raw_size, row->packed_size);
	r |= json_object_set_new(o, "bound_bytes", row->has_bound ?
	    number(row->bound) : json_null());
	r |= json_object_set_new(o, "chain", chain.size > 0 ?
	    json_stringn((char *)chain.data, chain.size) : json_null());
	r |= json_object_set_new(o, "apportioned",
	    json_boolean(row->apportioned));
	buf_free(&chain);
	return whole(o, r, e);
}

enum err_code
json_blocks(const struct breakdown *b, struct buf *to, struct err *e)
{
	json_t *o = json_object();
	int r;

	r = json_object_set_new(o, "file_bytes", number(b->xz->file_size));
	r |= json_object_set_new(o, "container_bytes",
	    number(b->blocks_container));
	if (begin(o, r, to, e) == ERR_OK && put_rows(to, "block_rows", b,
	    b->xz->n_blocks, block_object, e) == ERR_OK)
		end(to, e);
	return e->code;
}

enum err_code
json_tensors(const struct breakdown *b, struct buf *to, struct err *e)
{
	json_t *o = json_object();
	int r;

	r = json_object_set_new(o, "file_bytes", number(b->xz->file_size));
	r |= json_object_set_new(o, "container_bytes",
	    number(b->rows_container));
	if (begin(o, r, to, e) == ERR_OK && put_rows(to, "tensor_rows", b,
	    b->n_rows, part_object, e) == ERR_OK)
		end(to, e);
	return e->code;
}

/* --- the whole report --- */

/* The limit and what is left of it, which may be less than nothing. */
static int
put_limit(json_t *o, const struct report *r)
{
	json_t *limit = json_null(), *left = json_null();
	int s;

	if (report_has_limit(r)) {
		limit = number(num_min(r->limit, INT64_MAX));
		left = json_integer(json_integer_value(limit) -
		    (json_int_t)r->xz->file_size);
	}
	s = json_object_set_new(o, "limit_bytes", limit);
	return s | json_object_set_new(o, "headroom_bytes", left);
}

enum err_code
json_report(const struct report *r, struct buf *to, struct err *e)
{
	const struct breakdown *b = &r->breakdown;
	const struct account *a = &r->account;
	json_t *o = json_object();
	int s;

	s = json_object_set_new(o, "format", json_string("xzbundle-report"));
	s |= json_object_set_new(o, "version", number(1));
	s |= json_object_set_new(o, "file_bytes", number(r->xz->file_size));
	s |= put_limit(o, r);
	s |= json_object_set_new(o, "container_bytes",
	    number(a->container_size));
	s |= json_object_set_new(o, "blocks_container_bytes",
	    number(b->blocks_container));
	s |= json_object_set_new(o, "raw_bytes", number(a->raw_size));
	s |= json_object_set_new(o, "original_bytes", number(b->data_size));
	s |= json_object_set_new(o, "ratio", ratio(r->xz->file_size,
	    a->raw_size, 1));
	s |= json_object_set_new(o, "bits_per_byte", ratio(
	    r->xz->file_size, a->raw_size, 8));
	s |= json_object_set_new(o, "blocks", number(r->xz->n_blocks));
	s |= json_object_set_new(o, "tensors", number(r->n_tensors));
	if (begin(o, s, to, e) == ERR_OK && put_rows(to, "members", a,
	    r->toc->n_members, row_object, e) == ERR_OK &&
	    put_rows(to, "tensor_rows", b, b->n_rows, part_object, e) ==
	    ERR_OK && put_rows(to, "block_rows", b, r->xz->n_blocks,
	    block_object, e) == ERR_OK)
		end(to, e);
	return e->code;
}
