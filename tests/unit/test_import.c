#include "import/archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "pack/order.h"
#include "unpack/limits.h"

/* --- archives, made by libarchive --- */

/* An entry: data is text, or n bytes of a pattern. */
struct item {
	const char *name;
	char type;		/* f d s h p(ipe) */
	const char *text;	/* of a file, or where a link leads */
	size_t n;		/* of a pattern instead; 0: none */
	unsigned int perm;
};

static const struct item tree[] = {
	{ "./", 'd', NULL, 0, 0755 },
	{ "./src/", 'd', NULL, 0, 0750 },
	{ "./src/run.sh", 'f', "#!/bin/sh\n", 0, 0755 },
	{ "./src//weights", 'f', NULL, 70000, 0644 },
	{ "./empty", 'f', "", 0, 0600 },
	{ "./ln", 's', "src/run.sh", 0, 0777 },
};

static uint8_t *
data_of(const struct item *it, size_t *n)
{
	if (it->n > 0) {
		*n = it->n;
		return harness_bytes('r', (uint32_t)it->n, it->n);
	}
	*n = it->text != NULL ? strlen(it->text) : 0;
	return (uint8_t *)strdup(it->text != NULL ? it->text : "");
}

static void
put_item(struct archive *a, const struct item *it)
{
	struct archive_entry *en = archive_entry_new();
	size_t n = 0;
	uint8_t *p = data_of(it, &n);

	archive_entry_set_pathname(en, it->name);
	archive_entry_set_perm(en, it->perm);
	archive_entry_set_mtime(en, 1234567890, 0);
	archive_entry_set_filetype(en, it->type == 'd' ? AE_IFDIR :
	    it->type == 's' ? AE_IFLNK : it->type == 'p' ? AE_IFIFO :
	    AE_IFREG);
	if (it->type == 's')
		archive_entry_set_symlink(en, it->text);
	if (it->type == 'h')
		archive_entry_set_hardlink(en, it->text);
	archive_entry_set_size(en, it->type == 'f' ? (la_int64_t)n : 0);
	CU_ASSERT(archive_write_header(a, en) >= ARCHIVE_WARN);
	if (it->type == 'f' && n > 0)
		CU_ASSERT_EQUAL(archive_write_data(a, p, n), (la_ssize_t)n);
	archive_entry_free(en);
	free(p);
}

/* Write "a": an archive of a format, of libarchive's name for it, and a filter.
 * False when it cannot be written here. */
static bool
make(const char *format, const char *filter, const char *options,
    const struct item *items, size_t n)
{
	struct archive *a = archive_write_new();
	bool good;
	size_t i;

	good = archive_write_set_format_by_name(a, format) == ARCHIVE_OK &&
	    (filter == NULL || archive_write_add_filter_by_name(a, filter) ==
	    ARCHIVE_OK) &&
	    (options == NULL || archive_write_set_options(a, options) ==
	    ARCHIVE_OK) && archive_write_open_filename(a, "a") == ARCHIVE_OK;
	for (i = 0; good && i < n; i++)
		put_item(a, &items[i]);
	if (good)
		CU_ASSERT_EQUAL(archive_write_close(a), ARCHIVE_OK);
	archive_write_free(a);
	return good;
}

#define MAKE(format, filter, items) \
	make(format, filter, NULL, items, HARNESS_COUNT(items))

/* --- reading them --- */

static struct limits limits;

static enum err_code
import_how(const char *path, bool single, struct scan *s, struct err *e)
{
	struct import_request r = { .limits = &limits, .single = single,
	    .name = "one" };

	r.fd = open(path, O_RDONLY);
	r.data_fd = open(".", O_TMPFILE | O_RDWR, 0600);
	CU_ASSERT(r.fd >= 0 && r.data_fd >= 0);
	*e = (struct err)ERR_INIT;
	import_members(&r, s, e);
	close(r.fd);
	return e->code;
}

static enum err_code
import(struct scan *s, struct err *e)
{
	return import_how("a", false, s, e);
}

/* Read "a", which is refused with these words. */
static void
refuses(enum err_code code, const char *words)
{
	struct scan s;
	struct err e;

	CU_ASSERT_EQUAL(import(&s, &e), code);
	CU_ASSERT(HARNESS_SAYS(&e, words));
	if (e.code != code || !HARNESS_SAYS(&e, words))
		fprintf(stderr, "%d %s\n", (int)e.code, e.text);
	scan_free(&s);
}

static const struct member *
find(const struct scan *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_members; i++) {
		if (strcmp(s->members[i].name, name) == 0)
			return &s->members[i];
	}
	return NULL;
}

static bool
holds(const struct scan *s, const char *name, const uint8_t *p, size_t n)
{
	const struct member *m = find(s, name);
	uint8_t *got = malloc(n + 1);
	struct err e = ERR_INIT;
	bool same = m != NULL && m->type == MEMBER_FILE && m->size == n &&
	    m->data_fd >= 0 && scan_read_data(m, 0, got, n, &e) == ERR_OK &&
	    memcmp(got, p, n) == 0;

	free(got);
	return same;
}

static bool
holds_text(const struct scan *s, const char *name, const char *text)
{
	return holds(s, name, (const uint8_t *)text, strlen(text));
}

/* Is it the tree above?  Some formats have no symlinks. */
static bool
is_tree(const struct scan *s, bool links)
{
	uint8_t *weights = harness_bytes('r', 70000, 70000);
	const struct member *m = find(s, "ln"), *dir = find(s, "src");
	const struct member *run = find(s, "src/run.sh");
	bool same = s->n_members == (links ? 5 : 4) &&
	    holds_text(s, "src/run.sh", "#!/bin/sh\n") &&
	    holds(s, "src/weights", weights, 70000) &&
	    holds_text(s, "empty", "") && dir != NULL &&
	    dir->type == MEMBER_DIR && run->mode == (S_IFREG | 0755) &&
	    run->mtime.tv_sec == 1234567890 &&
	    (!links || (m != NULL && m->type == MEMBER_SYMLINK &&
	    strcmp(m->link, "src/run.sh") == 0));

	free(weights);
	return same;
}

/* --- tests --- */

static void
test_formats(void)
{
	static const char *const formats[] = { "ustar", "pax", "gnutar",
	    "newc", "odc", "bin", "zip", "7zip", "v7tar", "iso9660" };
	struct scan s;
	struct err e;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(formats); i++) {
		if (!MAKE(formats[i], NULL, tree))
			continue;
		CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
		/* Images of discs have modes as they are of use there. */
		CU_ASSERT(is_tree(&s, true) ||
		    strcmp(formats[i], "iso9660") == 0);
		/* As scan_paths() has them. */
		CU_ASSERT_STRING_EQUAL(s.members[0].name, "empty");
		CU_ASSERT_STRING_EQUAL(s.members[4].name, "src/weights");
		scan_free(&s);
	}
}

static void
test_filters(void)
{
	static const char *const filters[] = { "gzip", "bzip2", "xz", "lzma",
	    "zstd", "lz4", "lzip", "compress" };
	static const char *const formats[] = { "pax", "newc", "gnutar" };
	struct scan s;
	struct err e;
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(filters); i++) {
		for (k = 0; k < HARNESS_COUNT(formats); k++) {
			if (!MAKE(formats[k], filters[i], tree))
				continue;
			CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
			CU_ASSERT(is_tree(&s, true));
			if (e.code != ERR_OK)
				fprintf(stderr, "%s: %s\n", filters[i],
				    e.text);
			scan_free(&s);
		}
	}
	/* What its local headers lack would be lost. */
	if (MAKE("zip", "xz", tree))
		refuses(ERR_CORRUPT, "no archive of a known format");
}

static void
test_zip_ways(void)
{
	static const char *const options[] = { "compression=store",
	    "compression=deflate", "zip64", "!zip64" };
	struct scan s;
	struct err e;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(options); i++) {
		CU_ASSERT(make("zip", NULL, options[i], tree,
		    HARNESS_COUNT(tree)));
		CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
		CU_ASSERT(is_tree(&s, true));
		scan_free(&s);
	}
}

static const struct item links[] = {
	{ "b", 'f', "data", 0, 0755 },
	{ "a", 'h', "./b", 0, 0755 },
	{ "c", 'h', "a", 0, 0755 },
	{ "other", 'f', "more", 0, 0644 },
};

static void
test_hard_links(void)
{
	struct scan s;
	struct err e;

	CU_ASSERT(MAKE("pax", NULL, links));
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT_EQUAL(s.n_members, 4);
	CU_ASSERT(holds_text(&s, "a", "data"));
	CU_ASSERT(holds_text(&s, "c", "data"));
	CU_ASSERT_EQUAL(find(&s, "a")->n_links, 3);
	CU_ASSERT_EQUAL(find(&s, "a")->ino, find(&s, "b")->ino);
	CU_ASSERT_EQUAL(find(&s, "other")->n_links, 1);
	CU_ASSERT_EQUAL(find(&s, "other")->operand, 3);
	/* The first by name stays a file, as it does with files on a disk. */
	CU_ASSERT_EQUAL(order_members(&s, ORDER_KIND, &e), ERR_OK);
	CU_ASSERT_EQUAL(find(&s, "a")->type, MEMBER_FILE);
	CU_ASSERT_EQUAL(find(&s, "b")->type, MEMBER_HARDLINK);
	CU_ASSERT_STRING_EQUAL(find(&s, "c")->link, "a");
	scan_free(&s);
}

static void
test_bad_hard_links(void)
{
	static const struct item later[] = { { "a", 'h', "b", 0, 0644 },
	    { "b", 'f', "x", 0, 0644 } };
	static const struct item none[] = { { "b", 'f', "x", 0, 0644 },
	    { "a", 'h', "c", 0, 0644 } };
	static const struct item dir[] = { { "d/", 'd', NULL, 0, 0755 },
	    { "a", 'h', "d", 0, 0644 } };
	static const struct item out[] = { { "a", 'h', "../x", 0, 0644 } };

	CU_ASSERT(MAKE("gnutar", NULL, later));
	refuses(ERR_UNSAFE, "a: a hard link to b, which is no earlier file");
	CU_ASSERT(MAKE("gnutar", NULL, none));
	refuses(ERR_UNSAFE, "no earlier file");
	CU_ASSERT(MAKE("gnutar", NULL, dir));
	refuses(ERR_UNSAFE, "no earlier file");
	CU_ASSERT(MAKE("gnutar", NULL, out));
	refuses(ERR_UNSAFE, "'..' in the name");
}

/* cpio has the data with the last of the names. */
static void
test_cpio_links(void)
{
	static const char text[] =
	    "070701" "00000007" "000081A4" "00000000" "00000000" "00000002"
	    "00000001" "00000000" "00000000" "00000000" "00000000" "00000000"
	    "00000002" "00000000" "a\0"
	    "070701" "00000007" "000081A4" "00000000" "00000000" "00000002"
	    "00000001" "00000004" "00000000" "00000000" "00000000" "00000000"
	    "00000002" "00000000" "b\0" "data"
	    "070701" "00000000" "00000000" "00000000" "00000000" "00000001"
	    "00000000" "00000000" "00000000" "00000000" "00000000" "00000000"
	    "0000000B" "00000000" "TRAILER!!!\0\0\0";
	struct scan s;
	struct err e;

	harness_write("a", text, sizeof(text));
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT(holds_text(&s, "a", "data"));
	CU_ASSERT(holds_text(&s, "b", "data"));
	scan_free(&s);
	harness_write("a", text, sizeof(text) - 130);
	refuses(ERR_CORRUPT, "");
}

static void
test_names(void)
{
	static char deep[300];
	/* e with an accent, in two characters */
	struct item it = { "e\xCC\x81", 'f', "x", 0, 0644 };
	struct scan s;
	struct err e;

	memset(deep, 'n', 200);
	memcpy(deep + 200, "/m", 3);
	CU_ASSERT(make("pax", NULL, NULL, &it, 1));
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT(holds_text(&s, "e\xCC\x81", "x"));
	scan_free(&s);
	CU_ASSERT(make("7zip", NULL, NULL, &it, 1));
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT_EQUAL(s.n_members, 1);
	scan_free(&s);
	it.name = deep;
	CU_ASSERT(make("gnutar", NULL, NULL, &it, 1));
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT(holds_text(&s, deep, "x"));
	scan_free(&s);
	it.name = "\xFF\xFE not UTF-8";
	CU_ASSERT(make("gnutar", NULL, NULL, &it, 1));
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT(holds_text(&s, it.name, "x"));
	scan_free(&s);
}

static void
test_unsafe(void)
{
	static const struct item twice[] = { { "a", 'f', "1", 0, 0644 },
	    { "./a", 'f', "2", 0, 0644 } };
	static const struct item below[] = { { "a", 'f', "1", 0, 0644 },
	    { "a/b", 'f', "2", 0, 0644 } };
	struct item it = { "/etc/passwd", 'f', "x", 0, 0644 };

	CU_ASSERT(make("gnutar", NULL, NULL, &it, 1));
	refuses(ERR_UNSAFE, "/etc/passwd: an absolute name");
	it.name = "a/../../b";
	CU_ASSERT(make("zip", NULL, NULL, &it, 1));
	refuses(ERR_UNSAFE, "'..' in the name");
	it.name = "pipe";
	it.type = 'p';
	CU_ASSERT(make("gnutar", NULL, NULL, &it, 1));
	refuses(ERR_UNSUPPORTED, "pipe: a device, FIFO or socket");
	it.name = "ln";
	it.type = 's';
	it.text = "../../x";
	CU_ASSERT(make("gnutar", NULL, NULL, &it, 1));
	refuses(ERR_UNSAFE, "ln: ");
	it.name = ".xzbundle-stage.x/y";
	it.type = 'f';
	CU_ASSERT(make("gnutar", NULL, NULL, &it, 1));
	refuses(ERR_UNSAFE, "xzbundle-stage");
	CU_ASSERT(MAKE("gnutar", NULL, twice));
	refuses(ERR_UNSAFE, "a: ");
	CU_ASSERT(MAKE("gnutar", NULL, below));
	refuses(ERR_UNSAFE, "a/b: ");
}

/* Holes before, between and behind the data. */
static void
test_sparse(void)
{
	struct archive *a = archive_write_new();
	struct archive_entry *en = archive_entry_new();
	uint8_t *want = calloc(1, 1 << 20);
	struct scan s;
	struct err e;

	memset(want + 65536, 'x', 4096);
	memset(want + 262144, 'y', 4096);
	archive_write_set_format_pax(a);
	archive_write_open_filename(a, "a");
	archive_entry_set_pathname(en, "holes");
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_perm(en, 0644);
	archive_entry_set_size(en, 1 << 20);
	archive_entry_sparse_add_entry(en, 65536, 4096);
	archive_entry_sparse_add_entry(en, 262144, 4096);
	CU_ASSERT_EQUAL(archive_write_header(a, en), ARCHIVE_OK);
	archive_write_data(a, want, 1 << 20);
	archive_entry_clear(en);
	archive_entry_set_pathname(en, "next");
	archive_entry_set_filetype(en, AE_IFREG);
	archive_entry_set_size(en, 4);
	archive_write_header(a, en);
	archive_write_data(a, "next", 4);
	archive_write_close(a);
	archive_write_free(a);
	archive_entry_free(en);
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	CU_ASSERT(holds(&s, "holes", want, 1 << 20));
	CU_ASSERT(holds_text(&s, "next", "next"));
	scan_free(&s);
	free(want);
}

static void
cut(const char *format, const char *filter, size_t step)
{
	struct scan s;
	struct err e;
	size_t n, i;
	uint8_t *p;

	if (!MAKE(format, filter, tree))
		return;
	p = harness_read("a", &n);
	/* A tar's last bytes are padding, which need not be there. */
	if (filter == NULL && strcmp(format, "gnutar") == 0)
		n = 74240;
	for (i = 0; i < n; i += step) {
		harness_write("a", p, i);
		CU_ASSERT_NOT_EQUAL(import(&s, &e), ERR_OK);
		if (e.code == ERR_OK)
			fprintf(stderr, "%s %s: cut at %zu of %zu\n", format,
			    filter != NULL ? filter : "", i, n);
		CU_ASSERT(e.code == ERR_OK || e.code == ERR_CORRUPT);
		scan_free(&s);
	}
	free(p);
}

static void
test_cuts(void)
{
	cut("gnutar", NULL, 512);
	cut("gnutar", "gzip", 509);
	cut("gnutar", "xz", 509);
	cut("gnutar", "bzip2", 509);
	cut("gnutar", "zstd", 509);
	cut("gnutar", "lz4", 509);
	cut("newc", NULL, 512);
	cut("zip", NULL, 512);
	cut("7zip", NULL, 512);
}

/* What decoders do not look at by themselves. */
static void
test_flips(void)
{
	static const char *const filters[] = { "gzip", "bzip2", "xz" };
	struct scan s;
	struct err e;
	size_t n, i, k, wrong = 0;
	uint8_t *p;

	for (k = 0; k < HARNESS_COUNT(filters); k++) {
		if (!MAKE("gnutar", filters[k], tree))
			continue;
		p = harness_read("a", &n);
		for (i = 12; i < n; i += 499) {
			p[i] ^= 4;
			harness_write("a", p, n);
			wrong += import(&s, &e) == ERR_OK && !is_tree(&s, true);
			scan_free(&s);
			p[i] ^= 4;
		}
		free(p);
	}
	CU_ASSERT_EQUAL(wrong, 0);
}

static void
test_behind(void)
{
	struct scan s;
	struct err e;
	uint8_t *p, *two;
	size_t n;

	CU_ASSERT(MAKE("gnutar", NULL, links));
	p = harness_read("a", &n);
	two = calloc(2, n);
	memcpy(two, p, n);
	harness_write("a", two, 2 * n);
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	scan_free(&s);
	memcpy(two + n, p, n);
	harness_write("a", two, 2 * n);
	refuses(ERR_UNSAFE, "something follows the end");
	CU_ASSERT(MAKE("gnutar", "gzip", links));
	free(p);
	p = harness_read("a", &n);
	memcpy(two, p, n);
	/* Two gzip members are one file, and here two archives. */
	memcpy(two + n, p, n);
	harness_write("a", two, 2 * n);
	refuses(ERR_UNSAFE, "something follows the end");
	memcpy(two + n, "rubbish", 7);
	harness_write("a", two, n + 7);
	refuses(ERR_CORRUPT, "follows the end of the gzip data");
	memset(two + n, 0, 7);
	harness_write("a", two, n + 7);
	CU_ASSERT_EQUAL(import(&s, &e), ERR_OK);
	scan_free(&s);
	free(two);
	free(p);
}

static void
test_limits(void)
{
	CU_ASSERT(MAKE("gnutar", "gzip", tree));
	limits.max[LIMIT_MEMBER] = 69999;
	refuses(ERR_LIMIT, "src/weights: ");
	limits_init(&limits);
	limits.max[LIMIT_TOTAL] = 70009;
	refuses(ERR_LIMIT, "--max-total");
	limits_init(&limits);
	limits.max[LIMIT_MEMBERS] = 4;
	refuses(ERR_LIMIT, "--max-members");
	limits_init(&limits);
	limits.max[LIMIT_PATH] = 10;
	refuses(ERR_LIMIT, "--max-path");
	limits_init(&limits);
	limits.max[LIMIT_COMPONENT] = 6;
	refuses(ERR_LIMIT, "--max-component");
	limits_init(&limits);
	limits.max[LIMIT_DEPTH] = 1;
	refuses(ERR_LIMIT, "--max-depth");
	limits_init(&limits);
	limits.max[LIMIT_BUNDLE] = 100;
	refuses(ERR_LIMIT, "--max-bundle");
	limits_init(&limits);
}

static void
test_single(void)
{
	static const struct harness_block one[] = { { 't', 5000, "lzma2" } };
	uint8_t *p = harness_bytes('t', 3, 100000), *raw;
	struct scan s;
	struct err e;
	size_t n;

	harness_write("plain", p, 100000);
	CU_ASSERT_EQUAL(import_how("plain", true, &s, &e), ERR_OK);
	CU_ASSERT(holds(&s, "one", p, 100000));
	scan_free(&s);
	harness_write("plain", p, 0);
	CU_ASSERT_EQUAL(import_how("plain", true, &s, &e), ERR_OK);
	CU_ASSERT(holds(&s, "one", p, 0));
	scan_free(&s);
	memset(p, 0, 100000);
	harness_write("plain", p, 100000);
	CU_ASSERT_EQUAL(import_how("plain", true, &s, &e), ERR_OK);
	CU_ASSERT(holds(&s, "one", p, 100000));
	scan_free(&s);
	raw = harness_xz("x", one, 1, LZMA_CHECK_CRC32, &n);
	CU_ASSERT_EQUAL(import_how("x", true, &s, &e), ERR_OK);
	CU_ASSERT(holds(&s, "one", raw, n));
	scan_free(&s);
	CU_ASSERT_EQUAL(import_how("x", false, &s, &e), ERR_CORRUPT);
	scan_free(&s);
	CU_ASSERT(MAKE("gnutar", "gzip", tree));
	CU_ASSERT_EQUAL(import_how("a", true, &s, &e), ERR_OK);
	CU_ASSERT(is_tree(&s, true));
	scan_free(&s);
	free(raw);
	free(p);
}

static void
test_looks(void)
{
	static const char *const all[][2] = { { "gnutar", NULL },
	    { "ustar", NULL }, { "v7tar", NULL }, { "pax", NULL },
	    { "newc", NULL }, { "odc", NULL }, { "bin", NULL },
	    { "zip", NULL }, { "7zip", NULL }, { "pax", "gzip" },
	    { "pax", "bzip2" }, { "pax", "xz" }, { "pax", "zstd" },
	    { "pax", "lz4" }, { "pax", "lzip" }, { "pax", "lzma" },
	    { "pax", "compress" } };
	uint8_t *p;
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(all); i++) {
		if (!MAKE(all[i][0], all[i][1], tree))
			continue;
		p = harness_read("a", &n);
		CU_ASSERT(import_looks(p, n < 512 ? n : 512));
		CU_ASSERT(!import_looks(p, 1));
		free(p);
	}
	p = harness_bytes('t', 1, 512);
	CU_ASSERT(!import_looks(p, 512));
	memset(p, 0, 512);
	CU_ASSERT(!import_looks(p, 512));
	CU_ASSERT(!import_looks(p, 0));
	free(p);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "formats", test_formats },
		{ "filters", test_filters },
		{ "ways of zip", test_zip_ways },
		{ "hard links", test_hard_links },
		{ "hard links that are none", test_bad_hard_links },
		{ "hard links in cpio", test_cpio_links },
		{ "names", test_names },
		{ "what is refused", test_unsafe },
		{ "sparse files", test_sparse },
		{ "cut anywhere", test_cuts },
		{ "bits flipped", test_flips },
		{ "what follows the end", test_behind },
		{ "limits", test_limits },
		{ "no archive at all", test_single },
		{ "what looks like one", test_looks },
	};

	limits_init(&limits);
	return harness_run("import", tests, HARNESS_COUNT(tests));
}
