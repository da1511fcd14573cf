#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/progress.h"
#include "report/parts.h"
#include "unpack/tarread.h"
#include "weights/loader.h"
#include "weights/stfile.h"
#include "xz/xzread.h"

/* --- in the confined process --- */

struct needs {
	const struct options *o;
	uint32_t packings;	/* as loader_bit() has them */
};

/* A safetensors file whose header has so many bytes. */
static enum err_code
look_at_file(struct needs *n, int fd, uint64_t size, uint64_t header_size,
    struct err *e)
{
	struct stfile f;
	size_t i, got;
	char *header;

	memset(&f, 0, sizeof(f));
	if (header_size > STFILE_HEADER_MAX ||
	    header_size > size - STFILE_PREFIX)
		return err_set(e, ERR_CORRUPT, "its header has a wrong size");
	header = malloc((size_t)header_size + 1);
	if (header == NULL)
		return err_nomem(e);
	if (io_pread(fd, header, (size_t)header_size, STFILE_PREFIX, &got,
	    e) == ERR_OK)
		stfile_read(header, got, size - STFILE_PREFIX - header_size,
		    &f, e);
	for (i = 0; e->code == ERR_OK && i < f.n; i++) {
		if (f.tensors[i].recipe != NULL)
			n->packings |= loader_bit(
			    f.tensors[i].recipe->packing);
	}
	stfile_free(&f);
	free(header);
	return e->code;
}

static enum err_code
look_at_bundle(struct needs *n, int fd, const struct watch *w, struct err *e)
{
	static const struct xzread_rules any = { true, true };
	const uint64_t memory = n->o->rules.limits.max[LIMIT_MEMORY];
	struct xzread xz = { .fd = -1 };
	struct tarread_toc toc;
	struct parts parts;
	size_t i;

	memset(&toc, 0, sizeof(toc));
	memset(&parts, 0, sizeof(parts));
	if (xzread_strict(fd, memory, &any, &xz, e) == ERR_OK &&
	    tarread_toc(&xz, memory, w, &toc, e) == ERR_OK)
		parts_make(&xz, &toc, memory, w, &parts, e);
	for (i = 0; i < parts.n; i++) {
		if (parts.parts[i].packing != NULL)
			n->packings |= loader_bit(packing_find(
			    parts.parts[i].packing));
	}
	parts_free(&parts);
	tarread_toc_free(&toc);
	xzread_free(&xz);
	return e->code;
}

static enum err_code
look(void *ctx, int fd, struct extract_output *out, const struct watch *w,
    struct err *e)
{
	struct needs *n = ctx;
	uint64_t header_size;
	uint8_t head[9];
	struct stat st;
	size_t got;

	if (fstat(fd, &st) != 0)
		return err_sys(e, errno, "cannot stat");
	if (io_pread(fd, head, sizeof(head), 0, &got, e) != ERR_OK)
		return e->code;
	if (stfile_looks(head, got, &header_size))
		look_at_file(n, fd, (uint64_t)st.st_size, header_size, e);
	else
		look_at_bundle(n, fd, w, e);
	if (e->code == ERR_OK)
		extract_put(out, &n->packings, sizeof(n->packings), e);
	return e->code;
}

/* --- in the parent --- */

static enum err_code
find_needs(const struct options *o, const struct watch *w,
    uint32_t *packings, struct err *e)
{
	struct extract_request r = cmd_read_request(o, o->loader_for, w);
	struct needs n = { o, 0 };
	struct extract_result res;

	extract_result_init(&res);
	if (extract_confined(&r, look, &n, &res, e) == ERR_OK) {
		progress_end();
		cmd_note_weak(r.bundle, &res.sandbox);
		if (res.text.size != sizeof(*packings))
			err_set(e, ERR_FAIL, "%s: the confined process makes "
			    "no sense", r.bundle);
		else
			memcpy(packings, res.text.data, sizeof(*packings));
	}
	if (e->code == ERR_OK && *packings == 0)
		err_set(e, ERR_USAGE, "%s: nothing in it is packed, so it "
		    "needs no loader", r.bundle);
	extract_result_free(&res);
	return e->code;
}

enum err_code
cmd_loader(const struct options *o, const struct watch *w, struct err *e)
{
	uint32_t packings = LOADER_ALL;
	struct buf text;

	if (o->loader_for != NULL &&
	    find_needs(o, w, &packings, e) != ERR_OK)
		return e->code;
	buf_init(&text, CMD_TEXT_MAX);
	if (loader_write(packings, &text, e) == ERR_OK)
		msg_output(&text, w, e);
	buf_free(&text);
	return e->code;
}
