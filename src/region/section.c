#include "region/section.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "region/machine.h"

#define SMALL ((uint64_t)4 << 10)	/* less is left to the gaps */
#define CODE_GAP 64		/* bytes between code that are part of it */
#define HEAD 4096		/* bytes that tell the machine */

enum err_code
section_alloc(size_t n, struct section **sections, struct err *e)
{
	*sections = calloc(n > 0 ? n : 1, sizeof(**sections));
	return *sections != NULL ? ERR_OK : err_nomem(e);
}

bool
section_counts(const struct section *s)
{
	return s->size > 0 && (s->code || s->size >= SMALL);
}

static int
by_offset(const void *a, const void *b)
{
	const struct section *sa = a, *sb = b;

	if (sa->off != sb->off)
		return sa->off > sb->off ? 1 : -1;
	return (sa->size < sb->size) - (sa->size > sb->size);
}

/* Keep what counts and does not overlap; the result is how many. */
static size_t
choose(struct section *s, size_t n)
{
	size_t i, kept = 0;
	uint64_t end = 0;

	for (i = 0; i < n; i++) {
		if (!section_counts(&s[i]) || s[i].off < end)
			continue;
		end = s[i].off + s[i].size;
		s[kept++] = s[i];
	}
	return kept;
}

/* Machine code that is nearly adjacent becomes one, with the name of its
 * largest part; the result is how many are left. */
static size_t
merge(struct section *s, size_t n)
{
	uint64_t end = 0, largest = 0;
	size_t i, made = 0;

	for (i = 0; i < n; i++) {
		if (made > 0 && s[i].code && s[made - 1].code &&
		    s[i].off - end < CODE_GAP) {
			s[made - 1].size = s[i].off + s[i].size -
			    s[made - 1].off;
			if (s[i].size > largest)
				memcpy(s[made - 1].name, s[i].name,
				    sizeof(s[i].name));
			largest = num_max(largest, s[i].size);
		} else {
			largest = s[i].size;
			s[made++] = s[i];
		}
		end = s[made - 1].off + s[made - 1].size;
	}
	return made;
}

/* Bytes of an instruction, or of what they are a multiple of. */
static uint32_t
instruction_size(lzma_vli bcj)
{
	switch (bcj) {
	case LZMA_FILTER_POWERPC:
	case LZMA_FILTER_ARM:
	case LZMA_FILTER_ARM64:
	case LZMA_FILTER_SPARC:
		return 4;
	case LZMA_FILTER_ARMTHUMB:
		return 2;
	case LZMA_FILTER_IA64:
		return 16;
	default:
		return 1;
	}
}

static enum err_code
read_machine(const struct region_input *in, lzma_vli *bcj, struct err *e)
{
	size_t n = (size_t)num_min(in->size, HEAD);
	uint8_t head[HEAD];
	bool ok;

	if (region_read(in, 0, head, n, &ok, e) != ERR_OK)
		return e->code;
	*bcj = machine_bcj(head, n);
	return ERR_OK;
}

enum err_code
section_add(const struct region_input *in, struct region_list *list,
    struct section *sections, size_t n, struct err *e)
{
	lzma_vli bcj = LZMA_VLI_UNKNOWN;
	const char *name;
	struct region r;
	size_t i;

	if (n == 0)
		return ERR_OK;
	for (i = 0; i < n; i++) {
		if (sections[i].off > in->size ||
		    sections[i].size > in->size - sections[i].off) {
			region_broken(list, "%s: a section is not inside the "
			    "file", list->format);
			return ERR_OK;
		}
	}
	if (read_machine(in, &bcj, e) != ERR_OK)
		return e->code;
	qsort(sections, n, sizeof(*sections), by_offset);
	n = merge(sections, choose(sections, n));
	for (i = 0; i < n; i++) {
		memset(&r, 0, sizeof(r));
		r.off = sections[i].off;
		r.size = sections[i].size;
		r.element = sections[i].element;
		r.bcj = LZMA_VLI_UNKNOWN;
		if (sections[i].code) {
			r.element = instruction_size(bcj);
			r.bcj = bcj;
		}
		if (r.bcj != LZMA_VLI_UNKNOWN)
			r.kind = REGION_CODE;
		name = sections[i].name[0] != '\0' ? sections[i].name : NULL;
		if (region_add(list, in->size, &r, name, SECTION_NAME_MAX,
		    e) != ERR_OK)
			return e->code;
	}
	return ERR_OK;
}
