#include "regions.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define PYTHON "/usr/bin/python3"
#define BEFORE 3		/* the offset of the file in its source */

void
regions_put(struct buf *b, const void *p, size_t n)
{
	struct err e = ERR_INIT;

	if (b->ceiling == 0)
		buf_init(b, (size_t)1 << 28);
	CU_ASSERT_EQUAL_FATAL(buf_append(b, p, n, &e), ERR_OK);
}

void
regions_put_le(struct buf *b, uint64_t v, size_t n)
{
	uint8_t p[8];
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (uint8_t)(v >> 8 * i);
	regions_put(b, p, n);
}

void
regions_put_text(struct buf *b, const char *text)
{
	regions_put(b, text, strlen(text));
}

/* One assertion for a list: CUnit remembers each. */
static bool
covers(const struct region_list *list, uint64_t size)
{
	uint64_t at = 0;
	size_t i;

	for (i = 0; i < list->n; i++) {
		if (list->regions[i].off != at || list->regions[i].size == 0 ||
		    list->regions[i].element == 0)
			return false;
		at += list->regions[i].size;
	}
	return at == size;
}

/* Reads are of the file alone: a parser that reads what surrounds it is
 * wrong. */
static enum err_code
inner_read(void *ctx, uint64_t off, uint8_t *buf, size_t size, struct err *e)
{
	const struct harness_memory *m = ctx;

	if (off < BEFORE || off - BEFORE > m->n ||
	    size > m->n - (off - BEFORE))
		return err_set(e, ERR_FAIL, "read outside the file");
	memcpy(buf, m->p + (off - BEFORE), size);
	return ERR_OK;
}

void
regions_find(const uint8_t *p, size_t n, struct region_list *list)
{
	struct harness_memory m = { p, n };
	struct source src = { inner_read, &m };
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(region_find(&src, BEFORE, n, list, &e), ERR_OK);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_TRUE(covers(list, n));
}

static bool
is(const struct region *r, const struct regions_want *w)
{
	bool same_name = w->name == NULL || r->name == NULL ?
	    w->name == r->name : strcmp(w->name, r->name) == 0;

	return r->off == w->off && r->size == w->size && r->kind == w->kind &&
	    r->element == w->element && r->row == w->row &&
	    (r->bcj == LZMA_VLI_UNKNOWN) == (r->kind != REGION_CODE) &&
	    strcmp(r->dtype, w->dtype) == 0 &&
	    same_name;
}

static void
show(const struct region *r)
{
	printf("\n    { %" PRIu64 ", %" PRIu64 ", %d, %" PRIu32 ", %" PRIu64
	    ", \"%s\", \"%s\" }", r->off, r->size, (int)r->kind, r->element,
	    r->row, r->dtype, r->name != NULL ? r->name : "(none)");
}

void
regions_are(const uint8_t *p, size_t n, const char *format,
    const struct regions_want *want, size_t n_want)
{
	struct region_list list;
	size_t i;

	regions_find(p, n, &list);
	CU_ASSERT_STRING_EQUAL(list.warning, "");
	CU_ASSERT_PTR_NOT_NULL(list.format);
	if (list.format != NULL)
		CU_ASSERT_STRING_EQUAL(list.format, format);
	CU_ASSERT_EQUAL(list.n, n_want);
	for (i = 0; i < list.n; i++) {
		bool same = i < n_want && is(&list.regions[i], &want[i]);

		CU_ASSERT_TRUE(same);
		if (!same)
			show(&list.regions[i]);
	}
	region_list_free(&list);
}

void
regions_one(const uint8_t *p, size_t n, const char *says)
{
	const struct regions_want whole = { 0, n, REGION_OTHER, 1, 0, "",
	    NULL };
	struct region_list list;

	regions_find(p, n, &list);
	CU_ASSERT_EQUAL(list.n, 1);
	CU_ASSERT_TRUE(list.n > 0 && is(&list.regions[0], &whole));
	CU_ASSERT_EQUAL(list.warning[0] != '\0',
	    says != NULL && says[0] != '\0');
	CU_ASSERT_TRUE(says == NULL || strstr(list.warning, says) != NULL);
	CU_ASSERT_TRUE(says == NULL || says[0] != '\0' ||
	    list.format == NULL);
	if (says != NULL && strstr(list.warning, says) == NULL)
		printf("\n    \"%s\" and not \"%s\"", list.warning, says);
	region_list_free(&list);
}

void
regions_hurt(const uint8_t *p, size_t n, size_t from, size_t to)
{
	size_t i, k, step = n > 1000 ? n / 1000 : 1;
	uint8_t *copy = malloc(n);
	struct region_list list;

	CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
	memcpy(copy, p, n);
	for (i = 1; i < n; i += step) {
		regions_find(copy, i, &list);
		region_list_free(&list);
	}
	for (i = from; i < to && i < n; i++)
	for (k = 0; k < 10; k++) {
		copy[i] = k == 0 ? 0 : k == 1 ? 0xFF :
		    (uint8_t)(p[i] ^ 1u << (k - 2));
		regions_find(copy, n, &list);
		region_list_free(&list);
		copy[i] = p[i];
	}
	free(copy);
}

static void
check_line(const char *line)
{
	char file[64], dtype[REGION_DTYPE_MAX], name[64];
	struct regions_want want = { 0, 0, REGION_NUMBERS, 0, 0, dtype, name };
	struct region_list list;
	bool found = false;
	size_t i, n;
	uint8_t *p;

	CU_ASSERT_EQUAL_FATAL(sscanf(line, "%63s %" SCNu64 " %" SCNu64 " %"
	    SCNu32 " %" SCNu64 " %15s %63s", file, &want.off, &want.size,
	    &want.element, &want.row, dtype, name), 7);
	if (strcmp(name, "-") == 0)
		want.name = NULL;
	if (want.element == 1 && (dtype[0] == '-' || dtype[0] == 'd'))
		want.kind = REGION_OTHER;
	if (strcmp(dtype, "-") == 0)
		want.dtype = "";
	p = harness_read(file, &n);
	CU_ASSERT_TRUE_FATAL(p != NULL && n > 0);
	regions_find(p, n, &list);
	for (i = 0; i < list.n; i++)
		found = found || is(&list.regions[i], &want);
	CU_ASSERT_TRUE(found);
	if (!found)
		printf("\n    not found: %s    (%s)", line, list.warning);
	region_list_free(&list);
	free(p);
}

void
regions_by_python(const char *script)
{
	char line[256];
	size_t n = 0;
	FILE *f;

	if (system(PYTHON " -c 'import numpy' 2>/dev/null") != 0)
		return;
	harness_write("script.py", script, strlen(script));
	CU_ASSERT_EQUAL(system(PYTHON " script.py >want"), 0);
	f = fopen("want", "r");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (; fgets(line, sizeof(line), f) != NULL; n++)
		check_line(line);
	CU_ASSERT_TRUE(n > 0);
	(void)fclose(f);
}
