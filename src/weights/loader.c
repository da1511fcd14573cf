#include "weights/loader.h"

#include <stdbool.h>
#include <string.h>

uint32_t
loader_bit(const struct packing *p)
{
	uint32_t bit = 1;
	size_t i;

	for (i = 0; packing_all[i] != NULL && packing_all[i] != p; i++)
		bit <<= 1;
	return bit;
}

static enum err_code
put_piece(const char *name, struct buf *to, struct err *e)
{
	const struct loader_piece *p;

	for (p = loader_pieces; p->name != NULL; p++) {
		if (strcmp(p->name, name) == 0)
			return buf_append(to, p->text, strlen(p->text), e);
	}
	return err_set(e, ERR_FAIL, "the loader has no piece '%s'", name);
}

/* The order is that of contrib/python/loader/README. */
enum err_code
loader_write(uint32_t packings, struct buf *to, struct err *e)
{
	const uint32_t coded = loader_bit(&packing_rans) |
	    loader_bit(&packing_planes);
	size_t i;

	put_piece("base", to, e);
	for (i = 0; packing_all[i] != NULL; i++) {
		if ((packings & loader_bit(packing_all[i])) != 0)
			put_piece(packing_all[i]->name, to, e);
	}
	put_piece("end", to, e);
	if ((packings & coded) != 0)
		put_piece("field", to, e);
	return e->code;
}
