#include "unpack/sniffzip.h"

#include <string.h>

#include "base/num.h"
#include "unpack/sniffname.h"

#define LOCAL_SIZE 30

static const char local_magic[] = "PK\3\4";

/* --- .npy (numpy/lib/format.py): the header is a literal of Python --- */

/* Could p[i] be the type code 'O' in a dtype, such as '|O' or 'i4,O'? */
static bool
is_type_o(const uint8_t *p, size_t n, size_t i)
{
	static const char before[] = "'\"|<>=,0123456789) ";
	static const char after[] = "'\",48 ";

	return p[i] == 'O' && i > 0 && p[i - 1] != 0 &&
	    strchr(before, p[i - 1]) != NULL && i + 1 < n &&
	    p[i + 1] != 0 && strchr(after, p[i + 1]) != NULL;
}

/* Also when it cannot be told, since the header has escapes. */
bool
sniffzip_npy(const uint8_t *p, size_t n, bool cut)
{
	size_t at = n > 6 && p[6] > 1 ? 12 : 10, end, i;

	if (n < at || memcmp(p, "\x93NUMPY", 6) != 0)
		return false;
	end = (size_t)num_le(p + 8, at - 8);
	cut = cut && end > n - at;
	end = end > n - at ? n : end + at;
	for (i = at; i < end; i++) {
		if (p[i] == '\\' || is_type_o(p, end, i) ||
		    (end - i >= 6 && memcmp(p + i, "object", 6) == 0))
			return true;
	}
	return cut;
}

/* --- zip (APPNOTE.TXT of PKWARE, 4.3.7) --- */

/*
 * An entry, from its local header.  torch.save() since 1.6 makes
 * "NAME/data.pkl", where NAME is "archive" unless it is that of the file;
 * numpy.savez() makes an .npy of each array, which can be read if it is stored.
 */
static enum sniff_kind
entry_kind(const uint8_t *p, size_t n)
{
	static const char folder[] = "archive/";
	const char *name = (const char *)p + LOCAL_SIZE;
	size_t n_name, data;

	if (n < LOCAL_SIZE || memcmp(p, local_magic, 4) != 0)
		return SNIFF_NONE;
	n_name = (size_t)num_le(p + 26, 2);
	if (n_name > n - LOCAL_SIZE)
		return SNIFF_NONE;
	if (sniffname_kind(name, n_name) == SNIFF_PICKLE ||
	    (n_name >= strlen(folder) &&
	    memcmp(name, folder, strlen(folder)) == 0))
		return SNIFF_TORCH_ZIP;
	data = LOCAL_SIZE + n_name + (size_t)num_le(p + 28, 2);
	return data < n && sniffzip_npy(p + data, n - data, false) ?
	    SNIFF_NPY_OBJECT : SNIFF_NONE;
}

/* Every local header counts, wherever it is: the sizes in it, which a reader
 * that has the central directory does not need, are not believed. */
enum sniff_kind
sniffzip_kind(const uint8_t *p, size_t n)
{
	enum sniff_kind kind = SNIFF_NONE;
	size_t i;

	if (n < LOCAL_SIZE || memcmp(p, local_magic, 4) != 0)
		return SNIFF_NONE;
	for (i = 0; i < n && kind == SNIFF_NONE; i++)
		kind = entry_kind(p + i, n - i);
	return kind;
}
