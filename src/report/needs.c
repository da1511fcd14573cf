#include "report/needs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/io.h"
#include "report/parts.h"
#include "unpack/tarread.h"
#include "weights/loader.h"
#include "weights/stfile.h"
#include "xz/xzread.h"

/* A safetensors file whose header has so many bytes. */
static enum err_code
look_at_file(int fd, uint64_t size, uint64_t header_size, uint32_t *packings,
    struct err *e)
{
	struct stfile f;
	size_t i, got;
	char *header;

	memset(&f, 0, sizeof(f));
	if (size < STFILE_PREFIX || header_size > STFILE_HEADER_MAX ||
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
			*packings |= loader_bit(f.tensors[i].recipe->packing);
	}
	stfile_free(&f);
	free(header);
	return e->code;
}

static enum err_code
look_at_bundle(int fd, uint64_t memory, const struct watch *w,
    uint32_t *packings, struct err *e)
{
	static const struct xzread_rules any = { true, true };
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
			*packings |= loader_bit(packing_find(
			    parts.parts[i].packing));
	}
	parts_free(&parts);
	tarread_toc_free(&toc);
	xzread_free(&xz);
	return e->code;
}

enum err_code
needs_packings(int fd, uint64_t memory, const struct watch *w,
    uint32_t *packings, struct err *e)
{
	uint64_t header_size;
	uint8_t head[9];
	struct stat st;
	size_t got;

	*packings = 0;
	if (fstat(fd, &st) != 0)
		return err_sys(e, errno, "cannot stat");
	if (io_pread(fd, head, sizeof(head), 0, &got, e) != ERR_OK)
		return e->code;
	if (stfile_looks(head, got, &header_size))
		return look_at_file(fd, (uint64_t)st.st_size, header_size,
		    packings, e);
	return look_at_bundle(fd, memory, w, packings, e);
}
