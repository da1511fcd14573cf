#include "pack/packfile.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"

static enum err_code
look(int fd, struct stat *st, struct err *e)
{
	return fstat(fd, st) == 0 ? ERR_OK : err_sys(e, errno, "cannot stat");
}

/* Is the input what it was? */
static enum err_code
check_same(int fd, const struct stat *before, struct err *e)
{
	struct stat now;

	if (look(fd, &now, e) != ERR_OK)
		return e->code;
	if (now.st_size != before->st_size ||
	    now.st_mtim.tv_sec != before->st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != before->st_mtim.tv_nsec)
		return err_set(e, ERR_FAIL, "changed while it was read; try "
		    "again when nothing writes to it");
	return ERR_OK;
}

static enum err_code
fill(const struct packfile_request *r, int out_fd, struct recode_result *res,
    struct err *e)
{
	if (recode_file(&r->recode, out_fd, res, e) != ERR_OK)
		return e->code;
	switch (res->outcome) {
	case RECODE_PACKED:
		return ERR_OK;
	case RECODE_OTHER:
		return err_set(e, ERR_CORRUPT, "is no safetensors file; a "
		    "bare array needs --raw");
	case RECODE_BROKEN:
		return err_set(e, ERR_CORRUPT, "is no safetensors file: %s",
		    res->why);
	default:
		return recode_copy(r->recode.fd, 0, r->recode.size, out_fd,
		    r->recode.watch, e);
	}
}

enum err_code
packfile_write(const struct packfile_request *r, struct recode_result *res,
    struct err *e)
{
	struct outfile out;
	struct stat st;

	memset(res, 0, sizeof(*res));
	if (outfile_open(r->output, &out, e) != ERR_OK)
		return e->code;
	if (look(r->recode.fd, &st, e) != ERR_OK ||
	    fill(r, out.fd, res, e) != ERR_OK ||
	    check_same(r->recode.fd, &st, e) != ERR_OK) {
		err_wrap(e, "%s", r->path);
	} else {
		/* No more readers than the input has. */
		out.mode &= st.st_mode;
		outfile_commit(&out, r->recode.watch, e);
	}
	outfile_abort(&out);
	return e->code;
}
