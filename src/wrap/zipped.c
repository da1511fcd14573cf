#include "wrap/zipped.h"

#include <stdbool.h>
#include <string.h>

#include "xz/crc.h"

#define LOCAL 30		/* bytes of a Local File Header, and of a */
#define CENTRAL 46		/* Central Directory Header, without names */
#define NEEDED 20		/* needed to extract: 2.0 */
#define DEFLATED 8		/* the method */
#define DATE 33			/* January 1, 1980 */

static void
put(struct buf *to, uint64_t value, size_t size, struct err *e)
{
	uint8_t le[8];
	size_t i;

	for (i = 0; i < size; i++)
		le[i] = (uint8_t)(value >> (8 * i));
	buf_append(to, le, size, e);
}

/* --- RFC 1951 --- */

struct bits {
	struct buf *to;
	unsigned int value;	/* of the next byte, from its lowest bit on */
	unsigned int n;		/* bits of it */
};

static void
put_bit(struct bits *b, bool bit, struct err *e)
{
	b->value |= (unsigned int)bit << b->n;
	if (++b->n < 8)
		return;
	put(b->to, b->value, 1, e);
	b->value = b->n = 0;
}

/* A Huffman code: the highest bit first. */
static void
put_code(struct bits *b, unsigned int code, unsigned int n, struct err *e)
{
	while (n-- > 0)
		put_bit(b, (code >> n & 1) != 0, e);
}

/* One block of literals with fixed codes, 3.2.6. */
static void
deflate_text(const char *text, struct buf *to, struct err *e)
{
	struct bits b = { .to = to };

	put_bit(&b, true, e);		/* the last block */
	put_code(&b, 2, 2, e);		/* 01, the lower bit first */
	for (; *text != '\0'; text++)
		put_code(&b, 0x30 + ((unsigned int)*text & 0x7f), 8, e);
	put_code(&b, 0, 7, e);		/* the end */
	while (b.n > 0)
		put_bit(&b, false, e);
}

/* --- headers --- */

struct member {
	const char *name;
	const char *text;
	const struct buf *packed;
};

/* What both headers have. */
static void
put_common(struct buf *to, const struct member *m, struct err *e)
{
	const size_t n = strlen(m->text);

	put(to, NEEDED, 2, e);
	put(to, 0, 2, e);		/* flags */
	put(to, DEFLATED, 2, e);
	put(to, 0, 2, e);		/* time */
	put(to, DATE, 2, e);
	put(to, crc_32((const uint8_t *)m->text, n, 0), 4, e);
	put(to, m->packed->size, 4, e);
	put(to, n, 4, e);
	put(to, strlen(m->name), 2, e);
	put(to, 0, 2, e);		/* extra field */
}

static void
put_headers(const struct member *m, struct buf *to, struct err *e)
{
	const size_t length = strlen(m->name);

	buf_append(to, "PK\3\4", 4, e);
	put_common(to, m, e);
	buf_append(to, m->name, length, e);
	buf_append(to, m->packed->data, m->packed->size, e);
	buf_append(to, "PK\1\2", 4, e);
	put(to, NEEDED, 2, e);		/* made by */
	put_common(to, m, e);
	put(to, 0, 2, e);		/* comment */
	put(to, 0, 2, e);		/* disk */
	put(to, 0, 2, e);		/* attributes */
	put(to, 0, 4, e);
	put(to, 0, 4, e);		/* offset of the local header */
	buf_append(to, m->name, length, e);
	buf_append(to, "PK\5\6", 4, e);
	put(to, 0, 4, e);		/* disks */
	put(to, 1, 2, e);		/* members, here and in all */
	put(to, 1, 2, e);
	put(to, CENTRAL + length, 4, e);
	put(to, LOCAL + length + m->packed->size, 4, e);
	put(to, 0, 2, e);		/* comment */
}

enum err_code
zipped_write(const char *name, const char *text, struct buf *to,
    struct err *e)
{
	struct buf packed;
	const struct member m = { name, text, &packed };

	buf_init(&packed, SIZE_MAX / 2);
	deflate_text(text, &packed, e);
	if (e->code == ERR_OK)
		put_headers(&m, to, e);
	buf_free(&packed);
	return e->code;
}
