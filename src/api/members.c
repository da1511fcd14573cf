#include "api/members.h"

#include <stdbool.h>
#include <string.h>

#include "base/num.h"
#include "report/account.h"
#include "unpack/tarread.h"
#include "xz/xzread.h"

/* What goes over for each member, and behind it size bytes of its name with
 * the NUL.  The last one is the container, without a name. */
struct row {
	uint64_t raw;
	uint64_t packed;
	uint64_t size;
	uint32_t type;		/* an enum xzbundle_type, or CONTAINER */
	uint32_t shared;
};

#define CONTAINER (XZBUNDLE_OTHER + 1U)

/* --- in the confined process --- */

static enum err_code
put_row(struct extract_output *out, const struct row *row, const char *name,
    struct err *e)
{
	if (extract_put(out, row, sizeof(*row), e) == ERR_OK)
		extract_put(out, name, (size_t)row->size, e);
	return e->code;
}

static uint32_t
type_of(enum tarread_type type)
{
	switch (type) {
	case TARREAD_FILE:
		return XZBUNDLE_FILE;
	case TARREAD_DIR:
		return XZBUNDLE_DIRECTORY;
	case TARREAD_SYMLINK:
		return XZBUNDLE_SYMLINK;
	case TARREAD_HARDLINK:
		return XZBUNDLE_HARDLINK;
	default:
		return XZBUNDLE_OTHER;
	}
}

static enum err_code
put_rows(struct extract_output *out, const struct account *a, struct err *e)
{
	const struct tarread_member *m;
	struct row row;
	size_t i;

	memset(&row, 0, sizeof(row));
	for (i = 0; i < a->toc->n_members && e->code == ERR_OK; i++) {
		m = &a->toc->members[i];
		row.raw = m->size;
		row.packed = a->rows[i].packed_size;
		row.size = strlen(m->name) + 1;
		row.type = type_of(m->type);
		row.shared = a->rows[i].apportioned;
		put_row(out, &row, m->name, e);
	}
	memset(&row, 0, sizeof(row));
	row.packed = a->container_size;
	row.type = CONTAINER;
	return put_row(out, &row, "", e);
}

static enum err_code
list(void *ctx, int fd, struct extract_output *out, const struct watch *w,
    struct err *e)
{
	static const struct xzread_rules any = { true, true };
	const struct extract_request *r = ctx;
	const uint64_t memory = r->rules.limits.max[LIMIT_MEMORY];
	struct tarread_toc toc = { NULL, 0, 0 };
	struct account a;
	struct xzread xz;

	memset(&a, 0, sizeof(a));
	memset(&xz, 0, sizeof(xz));
	if (xzread_strict(fd, memory, &any, &xz, e) == ERR_OK &&
	    tarread_toc(&xz, memory, w, &toc, e) == ERR_OK &&
	    account_make(&xz, &toc, r->n_threads, memory, w, &a, e) == ERR_OK)
		put_rows(out, &a, e);
	account_free(&a);
	tarread_toc_free(&toc);
	xzread_free(&xz);
	return e->code;
}

/* --- in the caller's --- */

/* The row at *at, if it is one, and its name; *at is behind it then. */
static bool
take_row(const struct buf *b, size_t *at, struct row *row, const char **name)
{
	size_t left = b->size - *at;

	if (left < sizeof(*row))
		return false;
	memcpy(row, b->data + *at, sizeof(*row));
	left -= sizeof(*row);
	*name = (const char *)b->data + *at + sizeof(*row);
	if (row->size > left || row->type > CONTAINER ||
	    (row->size == 0) != (row->type == CONTAINER) ||
	    (row->size > 0 && memchr(*name, 0, (size_t)row->size) !=
	    *name + row->size - 1))
		return false;
	*at += sizeof(*row) + (size_t)row->size;
	return true;
}

static enum err_code
tell(const struct buf *b, int (*member)(void *,
    const struct xzbundle_member *), void *ctx, struct members_sum *sum,
    struct err *e)
{
	struct xzbundle_member m;
	struct row row;
	const char *name;
	size_t at = 0;

	while (take_row(b, &at, &row, &name)) {
		if (row.type == CONTAINER) {
			sum->container = row.packed;
			if (at == b->size)
				return ERR_OK;
			break;
		}
		m.name = name;
		m.type = (int)row.type;
		m.shared = row.shared != 0;
		m.raw = row.raw;
		m.packed = row.packed;
		m.ratio = row.packed == 0 ? 0 :
		    (double)row.raw / (double)row.packed;
		sum->n++;
		if (!num_add(sum->raw, row.raw, &sum->raw))
			break;
		if (member(ctx, &m) != 0)
			return err_set(e, ERR_FAIL, "ended by the caller");
	}
	return err_set(e, ERR_FAIL, "the confined process makes no sense");
}

enum err_code
members_list(const struct extract_request *r, int (*member)(void *,
    const struct xzbundle_member *), void *ctx, struct members_sum *sum,
    struct err *e)
{
	struct extract_request request = *r;
	struct extract_result res;

	memset(sum, 0, sizeof(*sum));
	extract_result_init(&res);
	if (extract_confined(r, list, &request, &res, e) == ERR_OK &&
	    tell(&res.text, member, ctx, sum, e) != ERR_OK)
		err_wrap(e, "%s", r->bundle);
	sum->file = res.stats.file_size;
	extract_result_free(&res);
	return e->code;
}
