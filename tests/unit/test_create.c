#include "pack/create.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

#define OUT "out/b.tar.xz"

static const char *const here[] = { "." };

/* Inputs in t/, an empty directory out/ for the bundle. */
static void
make_tree(void)
{
	char name[32];
	uint8_t *p;
	size_t i;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("t/d", 0755), 0);
	CU_ASSERT_EQUAL(mkdir("out", 0755), 0);
	for (i = 0; i < 12; i++) {
		snprintf(name, sizeof(name), "t/d/%zu.%c", i, "rtd"[i % 3]);
		p = harness_bytes("rtd"[i % 3], (uint32_t)i, i * 777);
		harness_write(name, p, i * 777);
		free(p);
	}
	CU_ASSERT_EQUAL(symlink("d/1.t", "t/link"), 0);
	CU_ASSERT_EQUAL(link("t/d/5.d", "t/hard"), 0);
	CU_ASSERT_EQUAL(chmod("t/d/5.d", 0755), 0);
}

/* A request that every decoder's target allows. */
static struct create_request
request(void)
{
	struct create_request r;

	memset(&r, 0, sizeof(r));
	r.scan.root = "t";
	r.scan.paths = here;
	r.scan.n_paths = 1;
	r.scan.output = OUT;
	r.order = ORDER_NAME;
	r.bundle.effort = EFFORT_DEFAULT;
	r.bundle.target = TARGET_XZ_5_4;
	r.bundle.check = LZMA_CHECK_CRC32;
	r.bundle.n_threads = 1;
	r.bundle.memory = UINT64_MAX;
	r.bundle.output = OUT;
	r.limit = UINT64_MAX;
	return r;
}

/* A plan of a Block or more for each file, without trials: r.bundle.rules. */
static void
force(struct create_request *r)
{
	static struct unit_rule rules[3];
	struct err e = ERR_INIT;

	rules[0].pattern = "*";
	chain_parse("0", &rules[0].chain, &e);
	rules[1].pattern = "*.t";
	chain_parse("lzma2:preset=1,lc=0", &rules[1].chain, &e);
	rules[2].pattern = "*.d";
	chain_parse("delta:dist=1 lzma2:preset=0", &rules[2].chain, &e);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	r->bundle.rules = rules;
	r->bundle.n_rules = 3;
}

/* --- reading it as a stranger would --- */

/* The tar, by liblzma's decoder of whole files; the caller frees. */
static uint8_t *
decoded(const char *path, const struct create_result *res)
{
	uint64_t limit = UINT64_MAX;
	size_t n, in = 0, out = 0;
	uint8_t *file = harness_read(path, &n);
	uint8_t *raw = calloc(1, res->raw_size + 1);

	CU_ASSERT_PTR_NOT_NULL(file);
	CU_ASSERT_EQUAL(n, res->file_size);
	if (file != NULL)
		CU_ASSERT_EQUAL(lzma_stream_buffer_decode(&limit, 0, NULL,
		    file, &in, n, raw, &out, res->raw_size), LZMA_OK);
	CU_ASSERT_EQUAL(in, n);
	CU_ASSERT_EQUAL(out, res->raw_size);
	free(file);
	return raw;
}

static void
compare(struct archive *a, struct archive_entry *entry)
{
	size_t size = (size_t)archive_entry_size(entry), n;
	uint8_t *got = malloc(size + 1), *file;
	char path[64];

	snprintf(path, sizeof(path), "t/%s", archive_entry_pathname(entry));
	if (archive_entry_symlink(entry) != NULL) {
		CU_ASSERT_STRING_EQUAL(archive_entry_symlink(entry), "d/1.t");
	} else if (archive_entry_hardlink(entry) != NULL) {
		CU_ASSERT_STRING_EQUAL(path, "t/hard");
		CU_ASSERT_STRING_EQUAL(archive_entry_hardlink(entry),
		    "d/5.d");
	} else if (archive_entry_filetype(entry) == AE_IFREG) {
		file = harness_read(path, &n);
		CU_ASSERT_PTR_NOT_NULL(file);
		CU_ASSERT_EQUAL(n, size);
		CU_ASSERT_EQUAL(archive_read_data(a, got, size),
		    (la_ssize_t)size);
		if (file != NULL && n == size)
			CU_ASSERT_EQUAL(memcmp(got, file, size), 0);
		free(file);
	} else {
		CU_ASSERT_STRING_EQUAL(path, "t/d/");
	}
	free(got);
}

static void
assert_matches(const char *path, const struct create_result *res)
{
	uint8_t *raw = decoded(path, res);
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	size_t n = 0;

	archive_read_support_format_tar(a);
	CU_ASSERT_EQUAL(archive_read_open_memory(a, raw, res->raw_size),
	    ARCHIVE_OK);
	for (; archive_read_next_header(a, &entry) == ARCHIVE_OK; n++)
		compare(a, entry);
	CU_ASSERT_EQUAL(n, res->n_members);
	archive_read_free(a);
	free(raw);
}

/* --- tests --- */

/* With a file of which the end repeats the beginning, from afar: two chains
 * are encoded with, and the smaller Block kept. */
static void
bundles(void)
{
	struct unit_rule d = { "d/*", { .n_pre = 0 } };
	struct create_request r = request();
	uint8_t *p = harness_bytes('r', 3, 600000);
	struct create_result res;
	struct err e = ERR_INIT;
	struct stat st;

	make_tree();
	memset(p + 30000, 0, 540000);
	memcpy(p + 570000, p, 30000);
	harness_write("t/far", p, 600000);
	free(p);
	chain_preset(&d.chain, 1);
	r.bundle.rules = &d;
	r.bundle.n_rules = 1;
	CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
	/* d and 12 files in it, far, hard and link */
	CU_ASSERT_EQUAL(res.n_members, 16);
	CU_ASSERT_FALSE(res.skipped_output);
	CU_ASSERT_EQUAL(stat(OUT, &st), 0);
	CU_ASSERT_EQUAL((uint64_t)st.st_size, res.file_size);
	CU_ASSERT_EQUAL(harness_entries("out"), 1);
	/* 13,986 random bytes in d, 30,000 in far, once */
	CU_ASSERT_TRUE(res.file_size < 65000);
	assert_matches(OUT, &res);
}

/* The filter that the header of the first Block names first. */
static lzma_vli
first_filter(void)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	lzma_block b = { .version = 1, .check = LZMA_CHECK_CRC32,
	    .filters = filters };
	lzma_vli id = LZMA_VLI_UNKNOWN;
	uint8_t *file;
	size_t n;

	file = harness_read(OUT, &n);
	CU_ASSERT_TRUE(n > 32);
	if (n > 32) {
		b.header_size = lzma_block_header_size_decode(file[12]);
		CU_ASSERT_EQUAL(lzma_block_header_decode(&b, NULL,
		    file + 12), LZMA_OK);
		id = filters[0].id;
		CU_ASSERT_NOT_EQUAL(b.compressed_size, LZMA_VLI_UNKNOWN);
		CU_ASSERT_NOT_EQUAL(b.uncompressed_size, LZMA_VLI_UNKNOWN);
		lzma_filters_free(filters, NULL);
	}
	free(file);
	return id;
}

/* Rules and the target arrive at the plan: a ramp, with and without. */
static void
chains(void)
{
	static const char *const ramp[] = { "d/11.d" };
	struct unit_rule all = { "*", { .n_pre = 0 } };
	struct create_request r = request();
	struct create_result res;
	struct err e = ERR_INIT;

	make_tree();
	r.scan.paths = ramp;
	CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(first_filter(), LZMA_FILTER_DELTA);
	r.bundle.target = TARGET_ANY;
	CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(first_filter(), LZMA_FILTER_LZMA2);
	assert_matches(OUT, &res);
	r.bundle.target = TARGET_XZ_5_4;
	chain_parse("arm64 lzma2:preset=0", &all.chain, &e);
	r.bundle.rules = &all;
	r.bundle.n_rules = 1;
	CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(first_filter(), LZMA_FILTER_ARM64);
	assert_matches(OUT, &res);
}

/* Every integrity check, and a target for each; the Stream says which. */
static void
checks(void)
{
	static const struct {
		lzma_check check;
		enum chain_target target;
	} cases[] = {
		{ LZMA_CHECK_NONE, TARGET_EMBEDDED },
		{ LZMA_CHECK_CRC32, TARGET_EMBEDDED },
		{ LZMA_CHECK_CRC64, TARGET_ANY },
		{ LZMA_CHECK_SHA256, TARGET_XZ_5_0 },
	};
	struct create_request r = request();
	struct create_result res;
	uint8_t *file;
	size_t i, n;

	make_tree();
	force(&r);
	r.bundle.n_rules = 2;		/* without delta */
	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		r.bundle.check = cases[i].check;
		r.bundle.target = cases[i].target;
		CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
		assert_matches(OUT, &res);
		file = harness_read(OUT, &n);
		CU_ASSERT_TRUE(n > 12 && file[7] == cases[i].check);
		free(file);
	}
}

/* The same bytes for any threads, and for little memory and any threads. */
static void
threads(void)
{
	static const unsigned int counts[] = { 1, 2, 8 };
	static const uint64_t memory[] = { UINT64_MAX, 3000000 };
	struct create_request r = request();
	struct create_result res;
	uint8_t *first = NULL, *file;
	size_t i, j, n, first_n = 0;

	make_tree();
	force(&r);
	for (j = 0; j < 2; j++)
	for (i = 0; i < HARNESS_COUNT(counts); i++) {
		struct err e = ERR_INIT;

		r.bundle.n_threads = counts[i];
		r.bundle.memory = memory[j];
		CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
		file = harness_read(OUT, &n);
		CU_ASSERT_PTR_NOT_NULL(file);
		if (first == NULL) {
			first = file;
			first_n = n;
			assert_matches(OUT, &res);
			continue;
		}
		CU_ASSERT_TRUE(n == first_n && memcmp(first, file, n) == 0);
		free(file);
	}
	free(first);
}

static void
limits(void)
{
	struct create_request r = request();
	struct err e = ERR_INIT, over = ERR_INIT, old = ERR_INIT,
	    kept = ERR_INIT;
	struct create_result res, again;
	uint8_t *file;
	char text[64];
	size_t n;

	make_tree();
	force(&r);
	CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
	r.limit = res.file_size;
	CU_ASSERT_EQUAL(create_bundle(&r, &again, &e), ERR_OK);
	CU_ASSERT_EQUAL(unlink(OUT), 0);
	r.limit = res.file_size - 1;
	CU_ASSERT_EQUAL(create_bundle(&r, &again, &over), ERR_LIMIT);
	CU_ASSERT_EQUAL(again.file_size, res.file_size);
	CU_ASSERT_EQUAL(again.raw_size, res.raw_size);
	CU_ASSERT_EQUAL(again.n_members, res.n_members);
	CU_ASSERT_EQUAL(harness_entries("out"), 0);
	snprintf(text, sizeof(text), "%ju bytes, 1 over the limit",
	    (uintmax_t)res.file_size);
	CU_ASSERT_TRUE(HARNESS_SAYS(&over, text));
	/* What was there before is there afterwards. */
	harness_write(OUT, "old", 3);
	CU_ASSERT_EQUAL(create_bundle(&r, &again, &old), ERR_LIMIT);
	file = harness_read(OUT, &n);
	CU_ASSERT_TRUE(n == 3 && memcmp(file, "old", 3) == 0);
	free(file);
	CU_ASSERT_EQUAL(harness_entries("out"), 1);
	r.keep_over_limit = true;
	CU_ASSERT_EQUAL(create_bundle(&r, &again, &kept), ERR_LIMIT);
	assert_matches(OUT, &again);
	CU_ASSERT_EQUAL(harness_entries("out"), 1);
}

/* --- the watch --- */

static atomic_int stop;

static void
stop_now(void)
{
	stop = 1;
}

static struct {
	const char *stop_in;	/* a phase, or NULL */
	bool at_end;		/* with its last bytes, not at its begin, */
	void (*what)(void);	/* is this done */
	char phases[64];
	uint64_t total, done;
	bool all_counted;
} seen;

static void
begin(void *ctx, const char *phase, uint64_t total)
{
	(void)ctx;
	seen.all_counted = seen.all_counted && seen.done == seen.total;
	seen.total = total;
	seen.done = 0;
	strncat(seen.phases, phase, 20);
	strcat(seen.phases, " ");
	if (seen.stop_in != NULL && strcmp(phase, seen.stop_in) == 0 &&
	    !seen.at_end)
		seen.what();
}

/* For one thread: nothing is locked. */
static void
advance(void *ctx, uint64_t n)
{
	(void)ctx;
	seen.done += n;
	if (seen.at_end && seen.done == seen.total &&
	    strstr(seen.phases, seen.stop_in) != NULL)
		seen.what();
}

static void
watched(void)
{
	struct watch w = { .stop = &stop, .begin = begin, .advance = advance };
	struct create_request r = request();
	struct create_result res;
	struct err e = ERR_INIT;

	make_tree();
	force(&r);
	memset(&seen, 0, sizeof(seen));
	seen.all_counted = true;
	stop = 0;
	r.bundle.watch = &w;
	CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(seen.phases, "planning encoding verifying ");
	CU_ASSERT_TRUE(seen.all_counted);
	CU_ASSERT_EQUAL(seen.total, res.raw_size);
	CU_ASSERT_EQUAL(seen.done, seen.total);
}

/* Stopped in any phase, at its begin and at its end: nothing is left. */
static void
cancelled(void)
{
	static const char *const phases[] = { "planning", "encoding",
	    "verifying" };
	struct watch w = { .stop = &stop, .begin = begin };
	struct create_request r = request();
	struct create_result res;
	size_t i;

	make_tree();
	force(&r);
	r.bundle.watch = &w;
	for (i = 0; i < 9; i++) {
		struct err e = ERR_INIT;

		memset(&seen, 0, sizeof(seen));
		stop = 0;
		seen.stop_in = phases[i % 3];
		seen.what = stop_now;
		seen.at_end = i >= 6;
		w.advance = seen.at_end ? advance : NULL;
		r.bundle.n_threads = i / 3 == 1 ? 4 : 1;
		CU_ASSERT_EQUAL(create_bundle(&r, &res, &e), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, "interrupted"));
		CU_ASSERT_EQUAL(harness_entries("out"), 0);
	}
}

/* --- failures --- */

static void
change_input(void)
{
	usleep(20000);		/* the clock of ctime has ticks */
	harness_write("t/d/7.t", "changed", 7);
}

/* The last file that is read, which is still open. */
static void
change_last(void)
{
	usleep(20000);
	CU_ASSERT_EQUAL(chmod("t/d/9.r", 0600), 0);
	CU_ASSERT_EQUAL(chmod("t/d/9.r", 0644), 0);
}

/* Flip a byte in the middle of the one file that is open for writing. */
static void
damage_output(void)
{
	struct stat st;
	uint8_t byte;
	int fd, found = 0;

	for (fd = STDERR_FILENO + 1; fd < 256 && found == 0; fd++) {
		if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode) ||
		    (fcntl(fd, F_GETFL) & O_ACCMODE) != O_RDWR)
			continue;
		CU_ASSERT_EQUAL(pread(fd, &byte, 1, st.st_size / 2), 1);
		byte ^= 0x10;
		CU_ASSERT_EQUAL(pwrite(fd, &byte, 1, st.st_size / 2), 1);
		found = 1;
	}
	CU_ASSERT_EQUAL(found, 1);
}

/* A file that changes, a disk that returns other bytes: nothing is there. */
static void
faults(void)
{
	static const struct {
		const char *phase;
		bool at_end;
		void (*what)(void);
		lzma_check check;
		const char *says;
	} cases[] = {
		{ "planning", false, change_input, LZMA_CHECK_CRC32,
		    "d/7.t: " },
		{ "encoding", false, change_input, LZMA_CHECK_CRC32,
		    "d/7.t: " },
		{ "verifying", false, change_input, LZMA_CHECK_CRC32,
		    "d/7.t: " },
		{ "verifying", true, change_last, LZMA_CHECK_CRC32,
		    "d/9.r: changed" },
		{ "verifying", false, damage_output, LZMA_CHECK_CRC32, "" },
		/* Only the comparison with the inputs can tell. */
		{ "verifying", false, damage_output, LZMA_CHECK_NONE,
		    "differs" },
	};
	struct watch w = { .begin = begin };
	struct create_request r = request();
	struct create_result res;
	uint8_t *p;
	size_t i;

	make_tree();
	/* More than all the rest, and stored as it is. */
	p = harness_bytes('r', 8, 200000);
	harness_write("t/d/8.random", p, 200000);
	free(p);
	force(&r);
	r.bundle.watch = &w;
	for (i = 0; i < 2 * HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		memset(&seen, 0, sizeof(seen));
		seen.stop_in = cases[i / 2].phase;
		seen.at_end = cases[i / 2].at_end;
		seen.what = cases[i / 2].what;
		w.advance = seen.at_end ? advance : NULL;
		r.bundle.check = cases[i / 2].check;
		r.bundle.n_threads = i % 2 == 0 || seen.at_end ? 1 : 4;
		CU_ASSERT_NOT_EQUAL(create_bundle(&r, &res, &e), ERR_OK);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, cases[i / 2].says));
		CU_ASSERT_EQUAL(harness_entries("out"), 0);
	}
}

static enum err_code
fails(const struct create_request *r, const char *says)
{
	struct create_result res;
	struct err e = ERR_INIT;

	create_bundle(r, &res, &e);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
	CU_ASSERT_EQUAL(harness_entries("out"), 0);
	return e.code;
}

/* What is refused before anything is written. */
static void
refused(void)
{
	static const char *const missing[] = { "d", "none" };
	struct create_request r;

	make_tree();
	r = request();
	r.scan.paths = missing;
	r.scan.n_paths = 2;
	CU_ASSERT_EQUAL(fails(&r, "none"), ERR_FAIL);
	r = request();
	r.scan.root = "no-root";
	CU_ASSERT_NOT_EQUAL(fails(&r, "no-root"), ERR_OK);
	r = request();
	force(&r);
	r.bundle.target = TARGET_EMBEDDED;
	CU_ASSERT_EQUAL(fails(&r, "--chain for '*.d'"), ERR_UNSUPPORTED);
	r.bundle.n_rules = 2;
	r.bundle.check = LZMA_CHECK_SHA256;
	CU_ASSERT_EQUAL(fails(&r, "crc32"), ERR_UNSUPPORTED);
	r = request();
	force(&r);
	r.bundle.memory = 500000;
	CU_ASSERT_EQUAL(fails(&r, "--memlimit"), ERR_MEMLIMIT);
	r = request();
	force(&r);
	r.bundle.output = "out/none/b";
	CU_ASSERT_EQUAL(fails(&r, "out/none"), ERR_FAIL);
	r.bundle.output = "out";
	CU_ASSERT_EQUAL(fails(&r, "out: is a directory"), ERR_USAGE);
}

/* A bundle among its own inputs is left out: a second run changes nothing. */
static void
among_inputs(void)
{
	struct create_request r = request();
	struct create_result one, two;
	struct err e = ERR_INIT;
	uint8_t *a, *b;
	size_t na, nb;

	make_tree();
	force(&r);
	r.bundle.output = r.scan.output = "t/b.tar.xz";
	CU_ASSERT_EQUAL(create_bundle(&r, &one, &e), ERR_OK);
	CU_ASSERT_FALSE(one.skipped_output);
	a = harness_read(r.bundle.output, &na);
	CU_ASSERT_EQUAL(create_bundle(&r, &two, &e), ERR_OK);
	CU_ASSERT_TRUE(two.skipped_output);
	b = harness_read(r.bundle.output, &nb);
	CU_ASSERT_EQUAL(two.n_members, one.n_members);
	CU_ASSERT_TRUE(a != NULL && b != NULL && na == nb &&
	    memcmp(a, b, na) == 0);
	free(a);
	free(b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "a bundle and its members", bundles },
		{ "rules and the target", chains },
		{ "checks", checks },
		{ "the same bytes for any threads", threads },
		{ "the limit", limits },
		{ "progress is counted", watched },
		{ "cancelled", cancelled },
		{ "faults meanwhile", faults },
		{ "what is refused", refused },
		{ "the output among the inputs", among_inputs },
	};

	return harness_run("create", tests, HARNESS_COUNT(tests));
}
