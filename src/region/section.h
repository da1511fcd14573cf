/*
 * section: the parts of an executable, by what its headers say of them.
 *
 * What ELF, PE and Mach-O have in common: machine code next to machine code
 * is one region, other sections are regions if they are large enough to be
 * worth it, and what overlaps an earlier section is left out.
 */
#ifndef XZB_SECTION_H
#define XZB_SECTION_H

#include "region/region.h"

#define SECTION_MAX 65536	/* sections of one file */
#define SECTION_NAME_MAX 48	/* bytes of a name, cut */

struct section {
	uint64_t off;		/* in the file */
	uint64_t size;		/* of its bytes in the file */
	bool code;
	uint32_t element;	/* of what is not code; >= 1 */
	char name[SECTION_NAME_MAX];	/* NUL-terminated unless full */
};

/* Room for n sections, n <= SECTION_MAX. */
enum err_code section_alloc(size_t n, struct section **sections,
    struct err *e);

/* Is a section worth a region of its own? */
bool section_counts(const struct section *s);

/*
 * Add the n sections to the list, in any order (which is changed).  One that
 * is not inside of the input breaks the list.  The input's first bytes say
 * the machine.
 */
enum err_code section_add(const struct region_input *in,
    struct region_list *list, struct section *sections, size_t n,
    struct err *e);

#endif
