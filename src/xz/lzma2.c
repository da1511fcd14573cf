#include "xz/lzma2.h"

#include <string.h>

#include "base/io.h"

#define CHUNK_HEADER_MAX 6	/* control, 2 + 2 bytes of sizes, properties */
#define PROPS_MAX (4 * 45 + 4 * 9 + 8)	/* pb = 4, lp = 4, lc = 8 */

struct chunk {
	uint32_t header_size;	/* bytes */
	uint32_t packed_size;	/* bytes that follow the header */
	uint32_t raw_size;	/* bytes they decode to */
	bool stored;
	int props;		/* the properties byte, or -1 */
};

/* False: not a chunk header. */
static bool
parse(const uint8_t *h, struct chunk *c)
{
	uint32_t low = (uint32_t)h[1] << 8 | h[2];

	memset(c, 0, sizeof(*c));
	c->props = -1;
	if (h[0] == 1 || h[0] == 2) {
		c->stored = true;
		c->header_size = 3;
		c->raw_size = c->packed_size = low + 1;
		return true;
	}
	if (h[0] < 0x80)
		return false;
	c->raw_size = ((uint32_t)(h[0] & 0x1F) << 16) + low + 1;
	c->packed_size = ((uint32_t)h[3] << 8 | h[4]) + 1;
	c->header_size = h[0] >= 0xC0 ? 6 : 5;
	if (h[0] >= 0xC0)
		c->props = h[5];
	return c->props <= PROPS_MAX;
}

static void
take_props(struct lzma2_props *p, int props)
{
	uint32_t pb = (uint32_t)props / 45, rest = (uint32_t)props % 45;

	if (p->known && (p->pb != pb || p->lp != rest / 9 ||
	    p->lc != rest % 9))
		p->varied = true;
	if (p->known)
		return;
	p->known = true;
	p->pb = pb;
	p->lp = rest / 9;
	p->lc = rest % 9;
}

enum err_code
lzma2_props(int fd, const struct xzblock *b, struct lzma2_props *p,
    struct err *e)
{
	uint64_t at = b->file_off + b->header_size;
	uint64_t end = at + b->packed_size;
	uint8_t h[CHUNK_HEADER_MAX];
	struct chunk c;
	size_t got;

	memset(p, 0, sizeof(*p));
	while (at < end) {
		memset(h, 0, sizeof(h));
		if (io_pread(fd, h, sizeof(h), at, &got, e) != ERR_OK)
			return e->code;
		if (h[0] == 0 && at + 1 == end)
			return ERR_OK;
		if (!parse(h, &c) || c.header_size + (uint64_t)c.packed_size >
		    end - at)
			break;
		if (c.stored)
			p->stored_size += c.raw_size;
		if (c.props >= 0)
			take_props(p, c.props);
		at += c.header_size + (uint64_t)c.packed_size;
	}
	return err_set(e, ERR_CORRUPT, "an LZMA2 chunk header is damaged");
}
