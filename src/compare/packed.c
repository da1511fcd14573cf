#include "compare/packed.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/io.h"
#include "compare/clock.h"
#include "pack/recode.h"
#include "weights/unpacker.h"

#define PIECE ((size_t)256 << 10)	/* bytes read at a time */

/* --- a packed file --- */

static enum err_code
read_header(const struct member *m, struct packed_member *pm, struct err *e)
{
	uint8_t head[STFILE_PREFIX + 1];
	uint64_t size = 0;
	char *text = NULL;

	if (recode_read(m->data_fd, 0, head, sizeof(head), e) != ERR_OK)
		return e->code;
	if (stfile_looks(head, sizeof(head), &size) &&
	    size <= STFILE_HEADER_MAX)
		text = malloc((size_t)size);
	if (text == NULL)
		return err_nomem(e);
	pm->data_off = STFILE_PREFIX + size;
	if (recode_read(m->data_fd, STFILE_PREFIX, (uint8_t *)text,
	    (size_t)size, e) == ERR_OK)
		stfile_read(text, (size_t)size, m->size - pm->data_off,
		    &pm->header, e);
	free(text);
	return e->code;
}

static enum err_code
forget(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	(void)ctx;
	(void)p;
	(void)n;
	return e->code;
}

/* It has been compared with the original before: now to see how long. */
static enum err_code
time_unpacking(const struct member *m, struct packed_member *pm,
    struct err *e)
{
	struct unpacker_request ur = { .size = m->size,
	    .max_memory = UINT64_MAX, .put = forget };
	uint64_t begin = clock_thread_ns(), off;
	uint8_t *piece = malloc(PIECE);
	struct unpacker *u = NULL;
	size_t n;

	if (piece == NULL)
		err_nomem(e);
	else
		unpacker_new(&ur, &u, e);
	for (off = 0; e->code == ERR_OK && off < m->size; off += n) {
		n = m->size - off < PIECE ? (size_t)(m->size - off) : PIECE;
		if (recode_read(m->data_fd, off, piece, n, e) == ERR_OK)
			unpacker_data(u, piece, n, e);
	}
	if (e->code == ERR_OK)
		unpacker_end(u, e);
	unpacker_free(u);
	free(piece);
	pm->unpack_ns = clock_thread_ns() - begin;
	return e->code;
}

/* --- packing --- */

static enum err_code
open_member(const struct scan *s, const struct member *m, int *fd,
    uint64_t *off, struct err *e)
{
	struct stat st;

	*fd = m->data_fd;
	*off = m->data_off;
	return m->data_fd >= 0 ? ERR_OK : scan_open(s, m, fd, &st, e);
}

/* Pack member i into a file of our own. */
static enum err_code
pack(const struct packed_request *r, struct packed *p, size_t i, int fd,
    uint64_t off, int spool, struct err *e)
{
	struct member *m = &p->scan.members[i];
	struct packed_member *pm = &p->members[i];
	struct recode_request rr = { .fd = fd, .off = off, .size = m->size,
	    .has_spool = true, .spool = spool, .target = r->target,
	    .memory = r->memory, .n_threads = r->n_threads,
	    .watch = r->watch };
	uint64_t begin = clock_process_ns();
	struct recode_result res;
	int out = -1;

	if (r->get(r->ctx, &out, e) != ERR_OK)
		return e->code;
	p->short_of_files |= out < 0;
	if (out < 0)
		return ERR_OK;
	if (recode_file(&rr, out, &res, e) == ERR_OK &&
	    res.outcome == RECODE_PACKED) {
		pm->is = p->any = true;
		m->data_fd = out;
		m->data_off = 0;
		m->size = res.size;
		pm->pack_ns = clock_process_ns() - begin;
		if (read_header(m, pm, e) == ERR_OK)
			time_unpacking(m, pm, e);
	} else {
		(void)close(out);
	}
	recode_free(&res);
	return e->code;
}

static enum err_code
try_member(const struct packed_request *r, struct packed *p, size_t i,
    int *spool, struct err *e)
{
	const struct member *m = &r->scan->members[i];
	uint8_t head[STFILE_PREFIX + 1];
	uint64_t size, off;
	int fd = -1;

	if (m->type != MEMBER_FILE || m->size < sizeof(head))
		return ERR_OK;
	if (open_member(r->scan, m, &fd, &off, e) == ERR_OK &&
	    recode_read(fd, off, head, sizeof(head), e) == ERR_OK &&
	    stfile_looks(head, sizeof(head), &size)) {
		if (*spool < 0)
			r->get(r->ctx, spool, e);
		if (e->code == ERR_OK && *spool >= 0)
			pack(r, p, i, fd, off, *spool, e);
	}
	if (fd >= 0 && m->data_fd < 0)
		(void)close(fd);	/* was only read */
	return e->code == ERR_OK ? ERR_OK : err_wrap(e, "%s", m->name);
}

enum err_code
packed_make(const struct packed_request *r, struct packed *p, struct err *e)
{
	size_t i, n = r->scan->n_members;
	int spool = -1;

	memset(p, 0, sizeof(*p));
	p->scan = *r->scan;
	p->scan.members = calloc(n + 1, sizeof(*p->scan.members));
	p->members = calloc(n + 1, sizeof(*p->members));
	if (p->scan.members == NULL || p->members == NULL) {
		p->scan.n_members = 0;
		return err_nomem(e);
	}
	memcpy(p->scan.members, r->scan->members, n * sizeof(*p->scan.members));
	for (i = 0; i < n && try_member(r, p, i, &spool, e) == ERR_OK; i++)
		;
	if (spool >= 0)
		(void)close(spool);
	return e->code;
}

void
packed_free(struct packed *p)
{
	size_t i;

	for (i = 0; i < p->scan.n_members && p->members != NULL; i++) {
		if (!p->members[i].is)
			continue;
		(void)close(p->scan.members[i].data_fd);
		stfile_free(&p->members[i].header);
	}
	free(p->scan.members);
	free(p->members);
	memset(p, 0, sizeof(*p));
}
