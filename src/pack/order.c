#include "pack/order.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/num.h"
#include "region/machine.h"

#define HEAD 4096		/* bytes that tell the kind */

enum member_kind
order_kind(const uint8_t *p, size_t n)
{
	size_t i, odd = 0;

	for (i = 0; i < n; i++) {
		if (p[i] == 0)
			return KIND_BINARY;
		odd += p[i] < 32 && (p[i] < 7 || p[i] > 13) && p[i] != 27;
	}
	return odd * 64 > n ? KIND_BINARY : KIND_TEXT;
}

static enum err_code
read_head(const struct scan *s, const struct member *m, uint8_t *head,
    size_t *got, struct err *e)
{
	int fd;

	*got = (size_t)num_min(m->size, HEAD);
	if (m->data_fd >= 0)
		return scan_read_data(m, 0, head, *got, e);
	fd = openat(s->root_fd, m->name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC |
	    O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_sys(e, errno, "%s: cannot open", m->name);
	if (io_pread(fd, head, *got, 0, got, e) != ERR_OK)
		err_wrap(e, "%s", m->name);
	(void)close(fd);	/* was only read */
	return e->code;
}

static enum err_code
look_at(const struct scan *s, struct member *m, struct err *e)
{
	uint8_t head[HEAD];
	size_t got = 0;

	if (read_head(s, m, head, &got, e) != ERR_OK)
		return e->code;
	m->kind = order_kind(head, got);
	m->bcj = machine_bcj(head, got);
	if (m->bcj != LZMA_VLI_UNKNOWN)
		m->kind = KIND_CODE;
	return ERR_OK;
}

/* Where in the bundle members of this kind are. */
static int
group(const struct member *m)
{
	if (m->type == MEMBER_DIR)
		return 0;
	if (m->type != MEMBER_FILE)
		return m->type == MEMBER_HARDLINK ? 7 : 6;
	switch (m->kind) {
	case KIND_CODE:
		return 2;
	case KIND_TEXT:
		return 4;
	case KIND_BINARY:
		return m->size < ORDER_LARGE_MIN ? 3 : 5;
	default:
		return 1;
	}
}

/* From the last dot of the last component on; "" without one. */
static const char *
ending(const char *name)
{
	const char *slash = strrchr(name, '/');
	const char *dot = strrchr(slash != NULL ? slash + 1 : name, '.');

	return dot != NULL ? dot : "";
}

static int
compare_kinds(const void *a, const void *b)
{
	const struct member *ma = a, *mb = b;
	int r = group(ma) - group(mb);

	if (r == 0 && group(ma) >= 2 && group(ma) <= 5)
		r = strcmp(ending(ma->name), ending(mb->name));
	return r != 0 ? r : scan_compare(ma->name, mb->name);
}

static int
compare_given(const void *a, const void *b)
{
	const struct member *ma = a, *mb = b;

	if (ma->operand != mb->operand)
		return ma->operand < mb->operand ? -1 : 1;
	return scan_compare(ma->name, mb->name);
}

bool
order_parse(const char *name, enum order_by *by)
{
	static const char *const names[] = { "kind", "name", "given" };
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*by = (enum order_by)i;
			return true;
		}
	}
	return false;
}

enum err_code
order_members(struct scan *s, enum order_by by, struct err *e)
{
	struct member *m;
	size_t i;

	/* Links first: an inode is looked at once. */
	if (by == ORDER_GIVEN)
		qsort(s->members, s->n_members, sizeof(*m), compare_given);
	if (scan_link(s, e) != ERR_OK)
		return e->code;
	for (i = 0; i < s->n_members; i++) {
		m = &s->members[i];
		if (m->type == MEMBER_FILE && m->size > 0 &&
		    look_at(s, m, e) != ERR_OK)
			return e->code;
	}
	if (by == ORDER_KIND)
		qsort(s->members, s->n_members, sizeof(*m), compare_kinds);
	return ERR_OK;
}
