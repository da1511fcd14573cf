#include "report/json.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

#define N_BLOCKS 3

/* An account made up by hand: 5 members in 3 Blocks. */
static struct xzblock blocks[N_BLOCKS] = {
	{ .check = LZMA_CHECK_CRC32 }, { .check = LZMA_CHECK_SHA256 },
	{ .check = (lzma_check)5 },
};
static const struct xzread xz = {
	.file_size = 5000000000, .blocks = blocks, .n_blocks = N_BLOCKS,
};
static char chain_0[] = "lzma2:dict=4KiB,lc=0,lp=0,pb=0";
static char chain_1[] = "delta:dist=2 lzma2:dict=64KiB";
static char chain_2[] = "x86 lzma2:dict=8MiB,lc=3,lp=0,pb=2";
static char *chains[N_BLOCKS] = { chain_0, chain_1, chain_2 };

static struct tarread_member members[] = {
	{ .name = (char[]){ "d" }, .type = TARREAD_DIR },
	{ .name = (char[]){ "d/weights.bin" }, .size = UINT64_C(6000000000) },
	{ .name = (char[]){ "d/sym" }, .link = (char[]){ "weights.bin" },
	    .type = TARREAD_SYMLINK },
	{ .name = (char[]){ "d/hard" }, .link = (char[]){ "d/weights.bin" },
	    .type = TARREAD_HARDLINK },
	{ .name = (char[]){ "d/fifo" }, .type = TARREAD_OTHER },
};
static struct account_row rows[] = {
	{ 100, true, 0, 1 },
	{ UINT64_C(4500000000), true, 0, 2 },
	{ 5, false, 1, 2 },
	{ 6, false, 2, 3 },
	{ 7, false, 2, 3 },
};
static struct tarread_toc toc = { members, 5, 12288 };
static struct account plain = {
	&xz, &toc, rows, chains, 499999882, UINT64_C(6000000000)
};

/* --- what the tests share --- */

/* Format a and parse the text again, strictly; the caller decrefs. */
static json_t *
parse(const struct account *a)
{
	struct err e = ERR_INIT;
	json_error_t error;
	struct buf b;
	json_t *o;

	buf_init(&b, 1 << 20);
	CU_ASSERT_EQUAL(json_account(a, &b, &e), ERR_OK);
	CU_ASSERT_TRUE_FATAL(b.size > 0);
	CU_ASSERT_EQUAL(b.data[b.size - 1], '\n');
	o = json_loadb((const char *)b.data, b.size, JSON_REJECT_DUPLICATES,
	    &error);
	buf_free(&b);
	CU_ASSERT_TRUE_FATAL(json_is_object(o));
	return o;
}

static const char *
string(const json_t *o, const char *key)
{
	const char *s = json_string_value(json_object_get(o, key));

	CU_ASSERT_PTR_NOT_NULL(s);
	return s != NULL ? s : "";
}

static uint64_t
integer(const json_t *o, const char *key)
{
	const json_t *n = json_object_get(o, key);

	CU_ASSERT_TRUE(json_is_integer(n));
	return (uint64_t)json_integer_value(n);
}

/* Is the number about what is wanted? */
static int
near(const json_t *o, const char *key, double wanted)
{
	const json_t *n = json_object_get(o, key);
	double d = json_real_value(n) - wanted;

	return json_is_real(n) && d < wanted * 1e-5 && d > wanted * -1e-5;
}

static json_t *
member(const json_t *o, size_t i)
{
	json_t *m = json_array_get(json_object_get(o, "members"), i);

	CU_ASSERT_TRUE_FATAL(json_is_object(m));
	return m;
}

/* --- the tests --- */

/* The keys of xzbundle(1), and no other type under them. */
static void
keys(void)
{
	static const char *const numbers[] = { "raw_bytes", "packed_bytes" };
	static const char *const strings[] = { "name", "type", "chain",
	    "check" };
	json_t *o = parse(&plain), *m;
	size_t i, k;

	CU_ASSERT_EQUAL(integer(o, "file_bytes"), 5000000000);
	CU_ASSERT_EQUAL(integer(o, "container_bytes"), 499999882);
	CU_ASSERT_EQUAL(integer(o, "raw_bytes"), 6000000000);
	CU_ASSERT_TRUE(json_is_array(json_object_get(o, "members")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(o, "members")), 5);
	for (i = 0; i < 5; i++) {
		m = member(o, i);
		for (k = 0; k < HARNESS_COUNT(numbers); k++)
			CU_ASSERT_TRUE(json_is_integer(json_object_get(m,
			    numbers[k])));
		for (k = 0; k < HARNESS_COUNT(strings); k++)
			CU_ASSERT_TRUE(json_is_string(json_object_get(m,
			    strings[k])));
		CU_ASSERT_TRUE(json_is_boolean(json_object_get(m,
		    "apportioned")));
		CU_ASSERT_PTR_NOT_NULL(json_object_get(m, "ratio"));
		CU_ASSERT_PTR_NOT_NULL(json_object_get(m, "bits_per_byte"));
		CU_ASSERT_PTR_NULL(json_object_get(m, "name_hex"));
	}
	json_decref(o);
}

static void
values(void)
{
	static const char *const types[] = { "file", "dir", "symlink",
	    "hardlink", "other" };
	static const char *const wanted_chains[] = { chain_0,
	    "lzma2:dict=4KiB,lc=0,lp=0,pb=0 + delta:dist=2 "
	    "lzma2:dict=64KiB", chain_1, chain_2, chain_2 };
	static const char *const wanted_checks[] = { "crc32", "crc32",
	    "sha256", "unknown", "unknown" };
	json_t *o = parse(&plain), *m;
	uint64_t sum = integer(o, "container_bytes");
	size_t i;

	for (i = 0; i < 5; i++) {
		m = member(o, i);
		CU_ASSERT_STRING_EQUAL(string(m, "name"), members[i].name);
		CU_ASSERT_STRING_EQUAL(string(m, "type"),
		    types[members[i].type]);
		CU_ASSERT_EQUAL(integer(m, "raw_bytes"), members[i].size);
		CU_ASSERT_EQUAL(integer(m, "packed_bytes"),
		    rows[i].packed_size);
		CU_ASSERT_STRING_EQUAL(string(m, "chain"),
		    wanted_chains[i]);
		CU_ASSERT_STRING_EQUAL(string(m, "check"),
		    wanted_checks[i]);
		CU_ASSERT_EQUAL(json_is_true(json_object_get(m,
		    "apportioned")), rows[i].apportioned);
		sum += integer(m, "packed_bytes");
	}
	CU_ASSERT_EQUAL(sum, integer(o, "file_bytes"));
	CU_ASSERT_STRING_EQUAL(string(member(o, 2), "link"), "weights.bin");
	CU_ASSERT_STRING_EQUAL(string(member(o, 3), "link"),
	    "d/weights.bin");
	CU_ASSERT_PTR_NULL(json_object_get(member(o, 1), "link"));
	json_decref(o);
}

static void
ratios(void)
{
	json_t *o = parse(&plain), *m;

	m = member(o, 1);
	CU_ASSERT_TRUE(near(m, "ratio", 0.75));
	CU_ASSERT_TRUE(near(m, "bits_per_byte", 6.0));
	m = member(o, 0);
	CU_ASSERT_TRUE(json_is_null(json_object_get(m, "ratio")));
	CU_ASSERT_TRUE(json_is_null(json_object_get(m, "bits_per_byte")));
	CU_ASSERT_TRUE(near(o, "ratio", 5.0 / 6.0));
	json_decref(o);
}

/* An account of one file with that name, and link if not NULL. */
static json_t *
one(const char *name, const char *link)
{
	struct tarread_member m = { .name = strdup(name),
	    .link = link != NULL ? strdup(link) : NULL, .size = 1,
	    .type = link != NULL ? TARREAD_SYMLINK : TARREAD_FILE };
	struct tarread_toc t = { &m, 1, 512 };
	struct account a = plain;
	json_t *o;

	a.toc = &t;
	o = parse(&a);
	free(m.name);
	free(m.link);
	return o;
}

/* Names that are UTF-8 come back as they are, whatever is in them. */
static void
utf8_names(void)
{
	static const char *const names[] = { "", "a", "\xC3\xA9",
	    "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xEF\xBF\xBE",
	    "quote\"back\\slash/", "\x01\x02\b\t\n\f\r\x1B[31m\x7F",
	    ("\xC2\x9B" "31m"), "\xE2\x80\xAE\xE2\x80\xA8", "\\u0041\\xff" };
	json_t *o, *m;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(names); i++) {
		o = one(names[i], names[i]);
		m = member(o, 0);
		CU_ASSERT_STRING_EQUAL(string(m, "name"), names[i]);
		CU_ASSERT_PTR_NULL(json_object_get(m, "name_hex"));
		CU_ASSERT_STRING_EQUAL(string(m, "link"), names[i]);
		CU_ASSERT_PTR_NULL(json_object_get(m, "link_hex"));
		json_decref(o);
	}
}

/* Others are escaped, and their bytes are there in hexadecimal. */
static void
other_names(void)
{
	static const struct {
		const char *name, *shown, *hex;
	} names[] = {
		{ "\xFF", "\\xff", "ff" },
		{ "a\xFE\n", "a\\xfe\\x0a", "61fe0a" },
		{ "\xC3\xA9\xC3", "\xC3\xA9\\xc3", "c3a9c3" },
		{ "\\\xE6\x97", "\\\\\\xe6\\x97", "5ce697" },
		{ "\xC0\x80", "\\xc0\\x80", "c080" },
		{ "\xED\xA0\x80", "\\xed\\xa0\\x80", "eda080" },
		{ "\xF4\x90\x80\x80", "\\xf4\\x90\\x80\\x80", "f4908080" },
	};
	json_t *o, *m;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(names); i++) {
		o = one(names[i].name, "fine");
		m = member(o, 0);
		CU_ASSERT_STRING_EQUAL(string(m, "name"), names[i].shown);
		CU_ASSERT_STRING_EQUAL(string(m, "name_hex"), names[i].hex);
		CU_ASSERT_STRING_EQUAL(string(m, "link"), "fine");
		CU_ASSERT_PTR_NULL(json_object_get(m, "link_hex"));
		json_decref(o);
		o = one("fine", names[i].name);
		m = member(o, 0);
		CU_ASSERT_STRING_EQUAL(string(m, "link"), names[i].shown);
		CU_ASSERT_STRING_EQUAL(string(m, "link_hex"), names[i].hex);
		CU_ASSERT_PTR_NULL(json_object_get(m, "name_hex"));
		json_decref(o);
	}
}

/* The longest name, each byte of which is escaped. */
static void
long_name(void)
{
	char name[4096], hex[3];
	const char *s;
	json_t *o;
	size_t i;

	for (i = 0; i < 4095; i++)
		name[i] = (char)(0x80 + i % 0x40);
	name[4095] = '\0';
	o = one(name, NULL);
	CU_ASSERT_EQUAL(strlen(string(member(o, 0), "name")),
	    (size_t)4 * 4095);
	s = string(member(o, 0), "name_hex");
	CU_ASSERT_EQUAL_FATAL(strlen(s), (size_t)2 * 4095);
	for (i = 0; i < 4095; i++) {
		snprintf(hex, sizeof(hex), "%02x", (unsigned char)name[i]);
		CU_ASSERT_EQUAL(memcmp(s + 2 * i, hex, 2), 0);
	}
	json_decref(o);
}

/* The text itself breaks no line and steers no terminal with C0. */
static void
text(void)
{
	struct err e = ERR_INIT;
	struct account a = plain;
	struct tarread_member m = { .name = (char[]){ "\x1B[2J\n\t\r\x01" } };
	struct tarread_toc t = { &m, 1, 512 };
	size_t i, bad = 0;
	struct buf b;

	a.toc = &t;
	buf_init(&b, 1 << 20);
	CU_ASSERT_EQUAL(json_account(&a, &b, &e), ERR_OK);
	for (i = 0; i < b.size; i++)
		bad += b.data[i] < ' ' && b.data[i] != '\n';
	CU_ASSERT_EQUAL(bad, 0);
	CU_ASSERT_EQUAL(b.data[0], '{');
	/* It is appended. */
	i = b.size;
	CU_ASSERT_EQUAL(json_account(&a, &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 2 * i);
	CU_ASSERT_EQUAL(memcmp(b.data, b.data + i, i), 0);
	buf_free(&b);
}

static void
nothing(void)
{
	static const struct xzread none = { .file_size = 32 };
	struct account a = plain;
	struct tarread_toc t = { NULL, 0, 0 };
	json_t *o;

	a.xz = &none;
	a.toc = &t;
	a.container_size = 32;
	a.raw_size = 0;
	o = parse(&a);
	CU_ASSERT_EQUAL(integer(o, "file_bytes"), 32);
	CU_ASSERT_EQUAL(integer(o, "container_bytes"), 32);
	CU_ASSERT_EQUAL(integer(o, "raw_bytes"), 0);
	CU_ASSERT_TRUE(json_is_array(json_object_get(o, "members")));
	CU_ASSERT_EQUAL(json_array_size(json_object_get(o, "members")), 0);
	json_decref(o);
}

static void
no_room(void)
{
	struct err e = ERR_INIT;
	struct buf b;
	size_t size, passed = 0;

	buf_init(&b, 1 << 20);
	CU_ASSERT_EQUAL(json_account(&plain, &b, &e), ERR_OK);
	size = b.size;
	buf_free(&b);
	for (; size > 0; size--) {
		struct err full = ERR_INIT;

		buf_init(&b, size - 1);
		passed += json_account(&plain, &b, &full) != ERR_FAIL;
		passed += full.code != ERR_FAIL;
		buf_free(&b);
	}
	CU_ASSERT_EQUAL(passed, 0);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "keys", keys },
		{ "values", values },
		{ "ratios", ratios },
		{ "names in UTF-8", utf8_names },
		{ "other names", other_names },
		{ "a long name", long_name },
		{ "the text", text },
		{ "nothing", nothing },
		{ "no room", no_room },
	};

	return harness_run("json", tests, HARNESS_COUNT(tests));
}
