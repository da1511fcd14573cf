/*
 * fuzz_import: any bytes at all as an archive are refused, or what is read from
 * them is what members may be, and is the same when it is read again.
 *
 * The first byte of an input tells what is done with the rest.  Bit 0: the
 * checksums of tar headers are made right, so that mutants get farther.  Bit 1:
 * what is no archive is one member.
 */
#include <archive.h>
#include <archive_entry.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/name.h"
#include "fuzz.h"
#include "import/archive.h"
#include "import/verify.h"
#include "pack/order.h"
#include "tarseed.h"
#include "unpack/limits.h"
#include "xzseed.h"

#define ENOUGH ((uint64_t)4 << 20)	/* bytes of all members */
#define SEED_MAX 65536			/* bytes */

/* The address space of the process is the bound to what decoders take, and
 * AddressSanitizer needs more than any bound. */
const char *__asan_default_options(void);
const char *
__asan_default_options(void)
{
	return "max_allocation_size_mb=512:allocator_may_return_null=1";
}

static void
wrong(const char *what, const struct err *e)
{
	fprintf(stderr, "fuzz_import: %s: %s\n", what, e->text);
	abort();
}

/* --- seeds --- */

static void
put(struct archive *a, const char *name, unsigned int type, const char *text)
{
	struct archive_entry *en = archive_entry_new();

	archive_entry_set_pathname(en, name);
	archive_entry_set_filetype(en, type);
	archive_entry_set_perm(en, 0644);
	archive_entry_set_mtime(en, 7, 0);
	archive_entry_set_size(en, type == AE_IFREG ? (la_int64_t)strlen(text) :
	    0);
	if (type == AE_IFLNK)
		archive_entry_set_symlink(en, text);
	if (strcmp(name, "holes") == 0) {
		archive_entry_set_size(en, 20000);
		archive_entry_sparse_add_entry(en, 4096, 512);
		archive_entry_sparse_add_entry(en, 16384, 512);
	}
	if (archive_write_header(a, en) >= ARCHIVE_WARN && type == AE_IFREG)
		(void)archive_write_data(a, text, strlen(text));
	archive_entry_free(en);
}

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const struct {
		const char *format, *filter;
		uint8_t flags;
	} rows[] = {
		{ "ustar", NULL, 1 }, { "pax", NULL, 1 },
		{ "gnutar", NULL, 3 }, { "newc", NULL, 0 },
		{ "odc", NULL, 0 }, { "bin", NULL, 0 },
		{ "zip", NULL, 0 }, { "7zip", NULL, 0 },
		{ "arbsd", NULL, 0 }, { "gnutar", "gzip", 2 },
		{ "gnutar", "bzip2", 0 }, { "gnutar", "xz", 2 },
		{ "gnutar", "lzma", 0 }, { "gnutar", "zstd", 0 },
		{ "gnutar", "lz4", 0 }, { "newc", "lzip", 0 },
		{ "newc", "compress", 0 },
	};
	static const char script[] = "@gnu L:long f:x=3 d:dd h:ln=long "
	    "x:path=pax;size=9 f:y=9 S:sparse=0 e";
	struct archive *a;
	size_t used = 0;
	char *p;

	memset(s, 0, sizeof(*s));
	if (i > sizeof(rows) / sizeof(rows[0]))
		return false;
	if (i == sizeof(rows) / sizeof(rows[0])) {
		seed_le(s, 1, 1);
		tarseed_script(s, script);
		return true;
	}
	p = malloc(SEED_MAX);
	a = archive_write_new();
	if (p == NULL || a == NULL)
		abort();
	/* What this libarchive cannot write is an empty seed. */
	if (archive_write_set_format_by_name(a, rows[i].format) ==
	    ARCHIVE_OK && (rows[i].filter == NULL ||
	    archive_write_add_filter_by_name(a, rows[i].filter) ==
	    ARCHIVE_OK)) {
		(void)archive_write_set_bytes_in_last_block(a, 1);
		(void)archive_write_open_memory(a, p, SEED_MAX, &used);
		put(a, "d", AE_IFDIR, "");
		put(a, "d/file", AE_IFREG, "some text, some text, some text");
		put(a, "ln", AE_IFLNK, "d/file");
		put(a, "holes", AE_IFREG, "x");
		(void)archive_write_close(a);
	}
	(void)archive_write_free(a);
	seed_le(s, rows[i].flags, 1);
	seed_bytes(s, p, used);
	free(p);
	return true;
}

/* --- the target --- */

static void
look(const struct scan *s, const struct err *e)
{
	const struct member *m;
	uint64_t end = (uint64_t)lseek(s->data_fd, 0, SEEK_END), total = 0;
	char *clean = NULL;
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		m = &s->members[i];
		if (i > 0 && scan_compare(s->members[i - 1].name,
		    m->name) >= 0)
			wrong("names out of order", e);
		if (name_clean(m->name, &clean, &(struct err)ERR_INIT) !=
		    ERR_OK || strcmp(clean, m->name) != 0 || *clean == '\0')
			wrong("a name that is not clean", e);
		free(clean);
		if ((m->type == MEMBER_SYMLINK) != (m->link != NULL))
			wrong("a link", e);
		if (m->type == MEMBER_FILE && (m->data_fd != s->data_fd ||
		    m->data_off > end || m->size > end - m->data_off))
			wrong("data that are not there", e);
		total += m->ino == 0 || m->ino == m->operand + 1 ? m->size :
		    0;
	}
	if (total > ENOUGH)
		wrong("more than is allowed", e);
}

/* What is read from an archive has to be the same when it is read again. */
static void
again(int fd, struct scan *s, bool single)
{
	struct err e = ERR_INIT;

	if (order_members(s, ORDER_KIND, &e) != ERR_OK)
		wrong("cannot be put in order", &e);
	if (!single && verify_archive(fd, s, NULL, &e) != ERR_OK)
		wrong("differs", &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct import_request r = { .name = "one" };
	struct err e = ERR_INIT;
	struct limits limits;
	struct scan s;
	uint8_t *copy;

	if (n == 0 || (copy = malloc(n)) == NULL)
		return 0;
	memcpy(copy, p + 1, n - 1);
	if ((p[0] & 1) != 0)
		tarseed_repair(copy, n - 1);
	limits_init(&limits);
	limits.max[LIMIT_TOTAL] = ENOUGH;
	limits.max[LIMIT_MEMBERS] = 1000;
	r.limits = &limits;
	r.single = (p[0] & 2) != 0;
	r.fd = xzseed_plain(copy, n - 1);
	r.data_fd = memfd_create("data", MFD_CLOEXEC);
	if (r.data_fd < 0)
		abort();
	(void)import_looks(copy, n - 1 < 512 ? n - 1 : 512);
	if (import_members(&r, &s, &e) == ERR_OK) {
		look(&s, &e);
		again(r.fd, &s, r.single);
	} else if (e.text[0] == '\0') {
		wrong("an error without words", &e);
	}
	scan_free(&s);
	(void)close(r.fd);
	free(copy);
	return 0;
}
