#include "base/ballast.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#define LEAST ((size_t)4 << 20)		/* bytes of a piece */

static void *
reserve(size_t size)
{
	void *p = mmap(NULL, size, PROT_NONE,
	    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p != MAP_FAILED ? p : NULL;
}

void
ballast_take(struct ballast *b, uint64_t spare)
{
	const int errnum = errno;
	size_t size;
	void *kept;

	memset(b, 0, sizeof(*b));
	if (BALLAST_SPACE == 0 || spare >= BALLAST_SPACE)
		return;
	/* What shall stay is set aside while all the rest is taken. */
	kept = reserve((size_t)spare);
	if (kept == NULL)
		return;
	for (size = (size_t)(BALLAST_SPACE / 2); size >= LEAST; size /= 2) {
		if (b->n < BALLAST_PIECES &&
		    (b->at[b->n] = reserve(size)) != NULL)
			b->size[b->n++] = size;
	}
	(void)munmap(kept, (size_t)spare);
	errno = errnum;		/* to fail is nothing that went wrong */
}

void
ballast_drop(struct ballast *b)
{
	while (b->n > 0) {
		b->n--;
		(void)munmap(b->at[b->n], b->size[b->n]);
	}
}
