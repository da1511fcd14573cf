#include "pack/prepack.h"

#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "weights/stfile.h"

/* Pack it into the file behind out_fd, which is *kept when it is the member's
 * now. */
static enum err_code
pack(const struct prepack_request *r, struct member *m, int fd, int out_fd,
    bool *kept, struct err *e)
{
	struct recode_request rr = r->recode;
	struct recode_result res;
	struct stat st;

	rr.fd = fd;
	rr.size = m->size;
	if (recode_file(&rr, out_fd, &res, e) != ERR_OK)
		err_wrap(e, "%s", m->name);
	else if (scan_check(m, fd, &st, e) == ERR_OK &&
	    res.outcome == RECODE_PACKED) {
		*kept = true;
		scan_replace(m, out_fd, res.size);
	}
	if (e->code == ERR_OK && res.why[0] != '\0' && r->warn != NULL)
		r->warn(r->warn_ctx, m->name, res.why);
	if (e->code == ERR_OK && res.left_why[0] != '\0' && r->warn != NULL)
		r->warn(r->warn_ctx, m->name, res.left_why);
	if (e->code == ERR_OK && rr.report && (res.outcome == RECODE_PACKED ||
	    res.outcome == RECODE_SAME))
		r->tell(r->tell_ctx, m->name, &res, e);
	recode_free(&res);
	return e->code;
}

static enum err_code
try_member(const struct prepack_request *r, const struct scan *s,
    struct member *m, struct err *e)
{
	uint8_t head[STFILE_PREFIX + 1];
	uint64_t header_size;
	int fd = -1, out_fd = -1;
	bool kept = false;
	struct stat st;
	size_t got;

	if (scan_open(s, m, &fd, &st, e) == ERR_OK) {
		if (io_pread(fd, head, sizeof(head), 0, &got, e) != ERR_OK)
			err_wrap(e, "%s", m->name);
		else if (stfile_looks(head, got, &header_size) &&
		    io_temporary(&out_fd, e) == ERR_OK)
			pack(r, m, fd, out_fd, &kept, e);
	}
	if (fd >= 0)
		(void)close(fd);	/* was only read */
	if (out_fd >= 0 && !kept)
		(void)close(out_fd);
	return e->code;
}

enum err_code
prepack_members(const struct prepack_request *r, struct scan *s, struct err *e)
{
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		if (s->members[i].type == MEMBER_FILE &&
		    try_member(r, s, &s->members[i], e) != ERR_OK)
			break;
	}
	return e->code;
}
