#include "wrap/zipped.h"

#include <string.h>

#include "xz/crc.h"

#define LOCAL 30		/* bytes of a Local File Header, of a Central */
#define CENTRAL 46		/* Directory Header and of the End of Central */
#define END 22			/* Directory Record, without names */
#define NEEDED 20		/* needed to extract: 2.0 */
#define DATE 33			/* January 1, 1980 */

size_t
zipped_size(const char *name, size_t n)
{
	return LOCAL + strlen(name) + n + CENTRAL + strlen(name) + END;
}

static void
put(struct buf *to, uint64_t value, size_t size, struct err *e)
{
	uint8_t le[8];
	size_t i;

	for (i = 0; i < size; i++)
		le[i] = (uint8_t)(value >> (8 * i));
	buf_append(to, le, size, e);
}

/* What both headers have. */
static void
put_common(struct buf *to, const char *name, const uint8_t *p, size_t n,
    struct err *e)
{
	put(to, NEEDED, 2, e);
	put(to, 0, 2, e);		/* flags */
	put(to, 0, 2, e);		/* method: stored */
	put(to, 0, 2, e);		/* time */
	put(to, DATE, 2, e);
	put(to, crc_32(p, n, 0), 4, e);
	put(to, n, 4, e);		/* compressed, and not */
	put(to, n, 4, e);
	put(to, strlen(name), 2, e);
	put(to, 0, 2, e);		/* extra field */
}

enum err_code
zipped_write(const char *name, const uint8_t *p, size_t n, struct buf *to,
    struct err *e)
{
	const size_t length = strlen(name);

	buf_append(to, "PK\3\4", 4, e);
	put_common(to, name, p, n, e);
	buf_append(to, name, length, e);
	buf_append(to, p, n, e);
	buf_append(to, "PK\1\2", 4, e);
	put(to, NEEDED, 2, e);		/* made by */
	put_common(to, name, p, n, e);
	put(to, 0, 2, e);		/* comment */
	put(to, 0, 2, e);		/* disk */
	put(to, 0, 2, e);		/* attributes */
	put(to, 0, 4, e);
	put(to, 0, 4, e);		/* offset of the local header */
	buf_append(to, name, length, e);
	buf_append(to, "PK\5\6", 4, e);
	put(to, 0, 4, e);		/* disks */
	put(to, 1, 2, e);		/* members, here and in all */
	put(to, 1, 2, e);
	put(to, CENTRAL + length, 4, e);
	put(to, LOCAL + length + n, 4, e);
	put(to, 0, 2, e);		/* comment */
	return e->code;
}
