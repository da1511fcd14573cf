#include "unpack/manifest.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "base/buf.h"
#include "harness.h"

/* FIPS 180-4, examples of SHA-256: of nothing, "abc", and a million times
 * 'a'. */
#define SUM_NONE \
	"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define SUM_ABC \
	"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define SUM_MILLION \
	"cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

static enum err_code
put(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	return buf_append(ctx, p, n, e);
}

/* A manifest into an empty *to. */
static struct manifest *
begin(enum manifest_form form, struct buf *to)
{
	struct err e = ERR_INIT;
	struct manifest *m;

	buf_init(to, 1 << 20);
	CU_ASSERT_EQUAL_FATAL(manifest_new(form, put, to, &m, &e), ERR_OK);
	return m;
}

/* One file, in pieces of step bytes. */
static void
file(struct manifest *m, const char *name, const char *data, size_t n,
    size_t step, struct manifest_sum *sum)
{
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < n; i += step)
		manifest_data(m, (const uint8_t *)data + i,
		    n - i < step ? n - i : step);
	CU_ASSERT_EQUAL(manifest_file(m, name, n, sum, &e), ERR_OK);
}

/* End m, and compare. */
static void
end(struct manifest *m, struct buf *got, const char *want)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(manifest_end(m, &e), ERR_OK);
	CU_ASSERT_EQUAL(got->size, strlen(want));
	CU_ASSERT_TRUE(got->size == strlen(want) &&
	    (got->size == 0 || memcmp(got->data, want, got->size) == 0));
	if (got->size != strlen(want))
		printf("\n    %.*s", (int)got->size, (char *)got->data);
	manifest_free(m);
	buf_free(got);
}

static void
sums(void)
{
	static const char want[] =
	    "# 0 bytes\n" SUM_NONE "  empty\n"
	    "# 3 bytes\n" SUM_ABC "  d/a b\n"
	    "# 1000000 bytes\n" SUM_MILLION "  \xFF#\n"
	    "# 3 bytes\n\\" SUM_ABC "  a\\\\b\\nc\\rd\\\\\n"
	    "# 3 bytes\n\\" SUM_ABC "  \\n\n"
	    "# 3 bytes\n" SUM_ABC "  ./-\n"
	    "# 1000000 bytes\n" SUM_MILLION "  again\n"
	    "# 0 bytes\n" SUM_NONE "  \n";
	char *million = malloc(1000000);
	struct err e = ERR_INIT;
	struct manifest_sum sum;
	struct manifest *m;
	struct buf got;

	memset(million, 'a', 1000000);
	m = begin(MANIFEST_SUMS, &got);
	file(m, "empty", "", 0, 1, NULL);
	file(m, "d/a b", "abc", 3, 1, NULL);
	file(m, "\xFF#", million, 1000000, 65537, &sum);
	CU_ASSERT_EQUAL(sum.size, 1000000);
	file(m, "a\\b\nc\rd\\", "abc", 3, 2, NULL);
	file(m, "\n", "abc", 3, 3, NULL);
	file(m, "-", "abc", 3, 3, NULL);
	CU_ASSERT_EQUAL(manifest_same(m, "again", &sum, &e), ERR_OK);
	file(m, "", "", 0, 1, NULL);
	end(m, &got, want);
	end(begin(MANIFEST_SUMS, &got), &got, "");
	free(million);
	manifest_free(NULL);
}

static void
objects(void)
{
	static const char head[] =
	    "{\"format\":\"xzbundle-manifest\",\"version\":1,\"files\":[\n";
	char want[1024];
	struct err e = ERR_INIT;
	struct manifest_sum sum;
	struct manifest *m;
	struct buf got;
	json_t *o;

	snprintf(want, sizeof(want), "%s]}\n", head);
	end(begin(MANIFEST_JSON, &got), &got, want);
	m = begin(MANIFEST_JSON, &got);
	file(m, "d/\"a\"\n", "abc", 3, 3, &sum);
	file(m, "\xFF", "", 0, 1, NULL);
	CU_ASSERT_EQUAL(manifest_same(m, "\xC3\xA9", &sum, &e), ERR_OK);
	snprintf(want, sizeof(want), "%s{\"name\":\"d/\\\"a\\\"\\n\","
	    "\"bytes\":3,\"sha256\":\"" SUM_ABC "\"},\n"
	    "{\"name\":\"\\\\xff\",\"name_hex\":\"ff\",\"bytes\":0,"
	    "\"sha256\":\"" SUM_NONE "\"},\n"
	    "{\"name\":\"\\u00E9\",\"bytes\":3,\"sha256\":\"" SUM_ABC "\"}\n"
	    "]}\n", head);
	end(m, &got, want);
	o = json_loads(want, JSON_REJECT_DUPLICATES, NULL);
	CU_ASSERT_EQUAL(json_array_size(json_object_get(o, "files")), 3);
	json_decref(o);
}

/* A file of another size than it should have; the next one is not spoiled. */
static void
other_size(void)
{
	struct err e = ERR_INIT;
	struct manifest *m;
	struct buf got;

	m = begin(MANIFEST_SUMS, &got);
	manifest_data(m, (const uint8_t *)"abcd", 4);
	CU_ASSERT_EQUAL(manifest_file(m, "a", 3, NULL, &e), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "a: has 3 bytes, and 4"));
	CU_ASSERT_EQUAL(got.size, 0);
	file(m, "b", "abc", 3, 3, NULL);
	end(m, &got, "# 3 bytes\n" SUM_ABC "  b\n");
}

/* It fails at the call that *ctx counts down to. */
static enum err_code
put_until(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	size_t *left = ctx;

	(void)p;
	(void)n;
	if (*left == 0)
		return err_set(e, ERR_FAIL, "no room");
	--*left;
	return ERR_OK;
}

static void
failures(void)
{
	static const struct {
		enum manifest_form form;
		size_t good;
	} rows[] = {
		{ MANIFEST_SUMS, 0 }, { MANIFEST_SUMS, 1 },
		{ MANIFEST_JSON, 0 }, { MANIFEST_JSON, 1 },
		{ MANIFEST_JSON, 2 }, { MANIFEST_JSON, 3 },
	};
	struct manifest_sum sum;
	struct manifest *m;
	size_t i, left;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		struct err e = ERR_INIT;

		left = rows[i].good;
		if (manifest_new(rows[i].form, put_until, &left, &m, &e) ==
		    ERR_OK && manifest_file(m, "a", 0, &sum, &e) == ERR_OK &&
		    manifest_same(m, "b", &sum, &e) == ERR_OK)
			manifest_end(m, &e);
		CU_ASSERT_EQUAL(e.code, ERR_FAIL);
		CU_ASSERT_STRING_EQUAL(e.text, "no room");
		CU_ASSERT_EQUAL(m == NULL, rows[i].form == MANIFEST_JSON &&
		    rows[i].good == 0);
		manifest_free(m);
	}
}

/* malloc() for jansson, which fails when allowed calls were made. */
static size_t allowed;

static void *
scarce(size_t n)
{
	if (allowed == 0)
		return NULL;
	allowed--;
	return malloc(n);
}

/* Wherever memory runs out for JSON, and for a line: no half a line. */
static void
no_memory(void)
{
	enum { NAME = 9 << 20 };
	char *name = malloc(NAME + 1);
	struct manifest_sum sum = { 0, { 0 } };
	struct manifest *m;
	struct buf got;
	size_t i, form, size;

	m = begin(MANIFEST_JSON, &got);
	size = got.size;
	json_set_alloc_funcs(scarce, free);
	for (i = 0; i < 200; i++) {
		struct err e = ERR_INIT;

		allowed = i;
		if (manifest_same(m, "a\xFF", &sum, &e) == ERR_OK)
			break;
		CU_ASSERT_EQUAL(e.code, ERR_FAIL);
		CU_ASSERT_EQUAL(got.size, size);
	}
	json_set_alloc_funcs(malloc, free);
	CU_ASSERT_TRUE(i > 5 && i < 200);
	CU_ASSERT_TRUE_FATAL(got.size > size);
	CU_ASSERT_EQUAL(got.data[size], '{');
	manifest_free(m);
	buf_free(&got);
	memset(name, '\\', NAME);
	name[NAME] = '\0';
	for (form = 0; form < 2; form++) {
		struct err e = ERR_INIT;

		m = begin((enum manifest_form)form, &got);
		size = got.size;
		CU_ASSERT_EQUAL(manifest_same(m, name, &sum, &e), ERR_FAIL);
		CU_ASSERT_EQUAL(got.size, size);
		manifest_free(m);
		buf_free(&got);
	}
	free(name);
}

/* What sha256sum makes of it. */
static void
checked(void)
{
	static const char *const names[] = {
		"plain", "-", "--help", " blank", "blank ", "*star", "a\nb",
		"a\n", "\n", "\r", "cr\r", "a\\", "\\", "\\n", "\\\n\r\\",
		"#comment", "\xFF\xFE", "\x1B[2J", "d/e", "d/\t", "$(x)`y`",
		"# 3 bytes", SUM_ABC "  x",
	};
	struct manifest *m;
	struct buf got;
	char data[64];
	size_t i;

	if (system("sha256sum --version >/dev/null 2>&1") != 0) {
		printf("skipped: no sha256sum ");
		return;
	}
	CU_ASSERT_EQUAL(mkdir("d", 0777), 0);
	m = begin(MANIFEST_SUMS, &got);
	for (i = 0; i < HARNESS_COUNT(names); i++) {
		snprintf(data, sizeof(data), "file %zu", i);
		harness_write(names[i], data, strlen(data));
		file(m, names[i], data, strlen(data), 4, NULL);
	}
	harness_write("d/sums", got.data, got.size);
	CU_ASSERT_EQUAL(system("sha256sum -c --strict --quiet d/sums "
	    "</dev/null >d/out 2>&1"), 0);
	CU_ASSERT_TRUE(harness_holds("d/out", ""));
	CU_ASSERT_EQUAL(system("test $(sha256sum -c --strict d/sums "
	    "</dev/null | grep -c ': OK$') = 23"), 0);
	harness_write("\\\n\r\\", "x", 1);
	CU_ASSERT_NOT_EQUAL(system("sha256sum -c --status d/sums "
	    "</dev/null"), 0);
	manifest_free(m);
	buf_free(&got);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "sums", sums },
		{ "JSON", objects },
		{ "another size", other_size },
		{ "failures", failures },
		{ "no memory", no_memory },
		{ "checked by sha256sum", checked },
	};

	return harness_run("manifest", tests, HARNESS_COUNT(tests));
}
