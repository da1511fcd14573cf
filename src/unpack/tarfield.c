#include "unpack/tarfield.h"

#include <string.h>

#define ID_MAX (UINT32_MAX - 1)		/* of a user or group; then comes -1 */
#define TIME_MAX ((uint64_t)1 << 40)	/* seconds */

bool
tarfield_zeros(const uint8_t *p, size_t n)
{
	/* A first zero that equals all its successors. */
	return n == 0 || (p[0] == 0 && memcmp(p, p + 1, n - 1) == 0);
}

/* Octal digits behind any blanks, then blanks and NULs. */
static bool
octal(const uint8_t *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	size_t i = 0;

	while (i < n && p[i] == ' ')
		i++;
	for (; i < n && p[i] >= '0' && p[i] <= '7'; i++) {
		if (v > (uint64_t)INT64_MAX >> 3)
			return false;
		v = v << 3 | (uint64_t)(p[i] - '0');
	}
	for (; i < n; i++) {
		if (p[i] != ' ' && p[i] != '\0')
			return false;
	}
	*out = v;
	return true;
}

bool
tarfield_number(const uint8_t *p, size_t n, uint64_t *out)
{
	uint64_t v = 0;
	size_t i;

	if (n == 0 || p[0] != 0x80)
		return octal(p, n, out);
	for (i = 1; i < n; i++) {
		if (v > (uint64_t)INT64_MAX >> 8)
			return false;
		v = v << 8 | p[i];
	}
	*out = v;
	return true;
}

bool
tarfield_text(const uint8_t *p, size_t n, size_t *used)
{
	*used = strnlen((const char *)p, n);
	return tarfield_zeros(p + *used, n - *used);
}

enum tarfield_sum
tarfield_checksum(const uint8_t *block)
{
	uint8_t last = block[TARFIELD_SUM + TARFIELD_SUM_SIZE - 1];
	int64_t plain = 0, with_signs = 0;
	uint64_t want;
	size_t i;

	if (!octal(block + TARFIELD_SUM, TARFIELD_SUM_SIZE, &want))
		return TARFIELD_SUM_BAD;
	for (i = 0; i < TARFIELD_BLOCK; i++) {
		uint8_t c = i >= TARFIELD_SUM &&
		    i < TARFIELD_SUM + TARFIELD_SUM_SIZE ? ' ' : block[i];

		plain += c;
		with_signs += c < 0x80 ? c : c - 0x100;
	}
	if ((int64_t)want != plain)
		return (int64_t)want == with_signs ? TARFIELD_SUM_SIGNED :
		    TARFIELD_SUM_BAD;
	return last == ' ' || last == '\0' ? TARFIELD_SUM_OK :
	    TARFIELD_SUM_OPEN;
}

bool
tarfield_has_header(const uint8_t *p, size_t n)
{
	uint8_t last[TARFIELD_BLOCK] = { 0 };

	for (; n >= TARFIELD_BLOCK; p += TARFIELD_BLOCK, n -= TARFIELD_BLOCK) {
		if (tarfield_checksum(p) != TARFIELD_SUM_BAD)
			return true;
	}
	if (n > 0)
		memcpy(last, p, n);
	return tarfield_checksum(last) != TARFIELD_SUM_BAD;
}

/* --- a whole header --- */

enum form { USTAR, GNU, V7 };

static enum err_code
find_form(const uint8_t *block, enum form *form, struct err *e)
{
	const uint8_t *magic = block + TARFIELD_MAGIC;

	if (memcmp(magic, "ustar\0" "00", TARFIELD_MAGIC_SIZE) == 0)
		*form = USTAR;
	else if (memcmp(magic, "ustar  ", TARFIELD_MAGIC_SIZE) == 0)
		*form = GNU;
	else if (tarfield_zeros(magic, TARFIELD_MAGIC_SIZE))
		*form = V7;
	else
		return err_set(e, ERR_UNSAFE, "a form of header that is "
		    "neither ustar nor GNU nor v7; refused");
	return ERR_OK;
}

/* Bytes that the form does not use are 0: there star and others keep fields
 * that some readers use.  Python 3.11 and Perl take the prefix of any header,
 * busybox and 7-Zip that of GNU ones, where GNU tar has times. */
static enum err_code
check_rest(const uint8_t *block, enum form form, struct err *e)
{
	size_t from = form == USTAR ? TARFIELD_PREFIX_END : TARFIELD_PREFIX;

	if (form == GNU && !tarfield_zeros(block + TARFIELD_GNU_TIMES,
	    TARFIELD_GNU_TIMES_SIZE))
		return err_set(e, ERR_UNSAFE, "a GNU header with times of "
		    "access or change, as in incremental archives, which "
		    "some readers take for a part of the name; refused");
	if (!tarfield_zeros(block + from, TARFIELD_BLOCK - from))
		return err_set(e, ERR_UNSAFE, "%s; refused", form == GNU ?
		    "a sparse file, a volume or unknown bytes" :
		    "bytes that are no part of the header's form");
	return ERR_OK;
}

static enum err_code
read_numbers(const uint8_t *block, struct tarfield_header *h, struct err *e)
{
	static const struct {
		const char *what;
		size_t at, size;
		uint64_t max;
	} fields[] = {
		{ "mode", TARFIELD_MODE, TARFIELD_MODE_SIZE, INT64_MAX },
		{ "size", TARFIELD_SIZE, TARFIELD_SIZE_SIZE, INT64_MAX },
		{ "mtime", TARFIELD_MTIME, TARFIELD_MTIME_SIZE, TIME_MAX },
		{ "uid", TARFIELD_UID, TARFIELD_UID_SIZE, ID_MAX },
		{ "gid", TARFIELD_GID, TARFIELD_GID_SIZE, ID_MAX },
		{ "devmajor", TARFIELD_DEVMAJOR, TARFIELD_DEVMAJOR_SIZE,
		    INT64_MAX },
		{ "devminor", TARFIELD_DEVMINOR, TARFIELD_DEVMINOR_SIZE,
		    INT64_MAX },
	};
	uint64_t v[sizeof(fields) / sizeof(fields[0])];
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		if (!tarfield_number(block + fields[i].at, fields[i].size,
		    &v[i]) || v[i] > fields[i].max)
			return err_set(e, ERR_UNSAFE, "the field %s is no "
			    "number, negative or too large; refused",
			    fields[i].what);
	}
	h->executable = (v[0] & 0100) != 0;
	h->size = v[1];
	h->mtime = (int64_t)v[2];
	return ERR_OK;
}

/* As libarchive has it, a prefix that ends in '/' gets no other. */
static enum err_code
read_names(const uint8_t *block, enum form form, struct tarfield_header *h,
    struct err *e)
{
	size_t name, link, prefix = 0, at = 0;

	if (!tarfield_text(block + TARFIELD_NAME, TARFIELD_NAME_SIZE, &name) ||
	    !tarfield_text(block + TARFIELD_LINK, TARFIELD_LINK_SIZE, &link) ||
	    (form == USTAR && !tarfield_text(block + TARFIELD_PREFIX,
	    TARFIELD_PREFIX_SIZE, &prefix)))
		return err_set(e, ERR_UNSAFE, "bytes behind the end of a "
		    "name; refused");
	if (prefix > 0 && name > 0) {
		memcpy(h->name, block + TARFIELD_PREFIX, prefix);
		at = prefix;
		if (h->name[at - 1] != '/')
			h->name[at++] = '/';
	}
	memcpy(h->name + at, block + TARFIELD_NAME, name);
	h->name[at + name] = '\0';
	memcpy(h->link, block + TARFIELD_LINK, link);
	h->link[link] = '\0';
	h->is_full = at + name == TARFIELD_NAME_SIZE && prefix == 0;
	return ERR_OK;
}

static enum err_code
read_type(const uint8_t *block, struct tarfield_header *h, struct err *e)
{
	uint8_t type = block[TARFIELD_TYPE];

	h->old_type = type == '\0';
	h->type = h->old_type ? '0' : (char)type;
	if (memchr("0123456xgLK", h->type, 11) != NULL)
		return ERR_OK;
	if (type > 0x20 && type < 0x7F)
		return err_set(e, ERR_UNSAFE, "a member of type '%c', which "
		    "is not supported; refused", type);
	return err_set(e, ERR_UNSAFE, "a member of type 0x%02X, which is not "
	    "supported; refused", type);
}

enum err_code
tarfield_header(const uint8_t *block, struct tarfield_header *h,
    struct err *e)
{
	enum form form = USTAR;

	if (find_form(block, &form, e) == ERR_OK &&
	    read_type(block, h, e) == ERR_OK &&
	    check_rest(block, form, e) == ERR_OK &&
	    read_numbers(block, h, e) == ERR_OK)
		read_names(block, form, h, e);
	return e->code;
}
