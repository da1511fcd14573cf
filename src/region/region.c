#include "region/region.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The first that knows the file has it.  ONNX has no magic bytes, so it is
 * asked last. */
static region_parser *const parsers[] = {
	region_safetensors, region_npy, region_zip, region_gguf, region_elf,
	region_pe, region_macho, region_onnx,
};

enum err_code
region_read(const struct region_input *in, uint64_t at, void *buf, size_t n,
    bool *ok, struct err *e)
{
	*ok = at <= in->size && n <= in->size - at;
	if (!*ok || n == 0)
		return ERR_OK;
	return in->src->read(in->src->ctx, in->off + at, buf, n, e);
}

void
region_broken(struct region_list *list, const char *fmt, ...)
{
	va_list ap;

	if (list->warning[0] != '\0')
		return;
	va_start(ap, fmt);
	(void)vsnprintf(list->warning, sizeof(list->warning), fmt, ap);
	va_end(ap);
}

static enum err_code
grow(struct region_list *list, struct err *e)
{
	size_t cap = list->cap > 0 ? 2 * list->cap : 16;
	struct region *p;

	if (list->n < list->cap)
		return ERR_OK;
	p = realloc(list->regions, cap * sizeof(*p));
	if (p == NULL)
		return err_nomem(e);
	list->regions = p;
	list->cap = cap;
	return ERR_OK;
}

enum err_code
region_add(struct region_list *list, uint64_t size, const struct region *r,
    const char *name, size_t name_size, struct err *e)
{
	struct region *to;

	if (r->size == 0 || list->warning[0] != '\0')
		return ERR_OK;
	if (r->off > size || r->size > size - r->off) {
		region_broken(list, "%s: a part of it would end behind the "
		    "file", list->format != NULL ? list->format : "file");
		return ERR_OK;
	}
	if (list->n == REGION_COUNT_MAX) {
		region_broken(list, "%s: more than %zu parts",
		    list->format != NULL ? list->format : "file",
		    REGION_COUNT_MAX);
		return ERR_OK;
	}
	if (grow(list, e) != ERR_OK)
		return e->code;
	to = &list->regions[list->n];
	*to = *r;
	to->name = NULL;
	if (name != NULL) {
		to->name = strndup(name, name_size);
		if (to->name == NULL)
			return err_nomem(e);
	}
	list->n++;
	return ERR_OK;
}

static void
forget(struct region_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->regions[i].name);
	list->n = 0;
}

void
region_list_free(struct region_list *list)
{
	forget(list);
	free(list->regions);
	memset(list, 0, sizeof(*list));
}

static int
by_offset(const void *a, const void *b)
{
	const struct region *ra = a, *rb = b;

	return (ra->off > rb->off) - (ra->off < rb->off);
}

static struct region
other(uint64_t off, uint64_t end)
{
	struct region r;

	memset(&r, 0, sizeof(r));
	r.off = off;
	r.size = end - off;
	r.kind = REGION_OTHER;
	r.element = 1;
	r.bcj = LZMA_VLI_UNKNOWN;
	return r;
}

/* Sort, and fill what is between the regions. */
static enum err_code
cover(struct region_list *list, uint64_t size, struct err *e)
{
	size_t i, n = list->n;
	uint64_t at = 0;
	struct region gap;

	if (n > 0)
		qsort(list->regions, n, sizeof(*list->regions), by_offset);
	for (i = 0; i < n && list->warning[0] == '\0'; i++) {
		if (list->regions[i].off < at) {
			region_broken(list, "%s: a part overlaps another",
			    list->format);
			break;
		}
		gap = other(at, list->regions[i].off);
		at = list->regions[i].off + list->regions[i].size;
		if (region_add(list, size, &gap, NULL, 0, e) != ERR_OK)
			return e->code;
	}
	gap = other(at, size);
	if (region_add(list, size, &gap, NULL, 0, e) != ERR_OK)
		return e->code;
	if (list->n > n && list->warning[0] == '\0')
		qsort(list->regions, list->n, sizeof(*list->regions),
		    by_offset);
	return ERR_OK;
}

enum err_code
region_find(const struct source *src, uint64_t off, uint64_t size,
    struct region_list *list, struct err *e)
{
	struct region_input in = { src, off, size };
	struct region whole = other(0, size);
	char warning[REGION_WARNING_MAX];
	size_t i;

	memset(list, 0, sizeof(*list));
	for (i = 0; i < sizeof(parsers) / sizeof(parsers[0]); i++) {
		if (parsers[i](&in, list, e) != ERR_OK)
			return e->code;
		if (list->format != NULL || list->warning[0] != '\0')
			break;
	}
	if (list->warning[0] == '\0' && cover(list, size, e) != ERR_OK)
		return e->code;
	if (list->warning[0] == '\0')
		return ERR_OK;
	memcpy(warning, list->warning, sizeof(warning));
	list->warning[0] = '\0';
	forget(list);
	region_add(list, size, &whole, NULL, 0, e);
	memcpy(list->warning, warning, sizeof(warning));
	return e->code;
}
