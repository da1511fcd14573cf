/* Python strings, zips and what Python decompresses, of which capsules are. */
#include <string.h>

#include "harness.h"
#include "weights/loader.h"
#include "wrap/capsule_text.h"
#include "wrap/packer.h"
#include "wrap/zipped.h"

static struct err e;

static void
quote(const char *text, const char *want)
{
	struct buf b;

	e = (struct err)ERR_INIT;
	buf_init(&b, 1000);
	capsule_text_quote(text, &b, &e);
	buf_append(&b, "", 1, &e);
	CU_ASSERT_STRING_EQUAL((char *)b.data, want);
	buf_free(&b);
}

static void
test_quote(void)
{
	quote("", "''");
	quote("a b/c.py", "'a b/c.py'");
	quote("it's\\", "'it\\'s\\\\'");
	quote("a\nb\t\x01\x7f", "'a\\x0ab\\x09\\x01\\x7f'");
	quote("\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
	    "'\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80'");
	/* Not UTF-8: alone, cut, a surrogate. */
	quote("\xff", "'\\udcff'");
	quote("\xe2\x82", "'\\udce2\\udc82'");
	quote("\xc3(", "'\\udcc3('");
	quote("\xed\xa0\x80", "'\\udced\\udca0\\udc80'");
}

static void
write_text(const struct capsule_text *t, struct buf *b)
{
	e = (struct err)ERR_INIT;
	buf_init(b, 100000);
	CU_ASSERT_EQUAL(capsule_text_write(t, b, &e), ERR_OK);
	buf_append(b, "", 1, &e);
}

/* "@NAME@"; an operator of Python is no place. */
static bool
has_place(const char *p)
{
	for (; (p = strchr(p, '@')) != NULL; p++) {
		if (p[1 + strspn(p + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")] ==
		    '@' && p[1] != '@')
			return true;
	}
	return false;
}

/* No place is left open, whatever is asked for. */
static void
test_places(void)
{
	static const char *const packed[] = { "a", "b'" };
	struct capsule_text t = { .main = "m.py", .prefix = "" };
	struct buf b;
	int i;

	for (i = 0; i < 128; i++) {
		t.zip = i & 1;
		t.in_memory = i & 2;
		t.keep = i & 4;
		t.dir = i & 8 ? "d'x" : NULL;
		t.prefix = i & 16 ? "top/" : "";
		t.packed = packed;
		t.n_packed = i & 32 ? 2 : 0;
		t.packings = i & 32 ? LOADER_ALL : 0;
		t.numpy = i & 64;
		write_text(&t, &b);
		CU_ASSERT_FALSE(has_place((char *)b.data));
		CU_ASSERT_PTR_NOT_NULL(strstr((char *)b.data, "'m.py'"));
		CU_ASSERT_EQUAL(strstr((char *)b.data, "'b\\''") != NULL,
		    t.n_packed > 0);
		CU_ASSERT_EQUAL(strstr((char *)b.data, "dir='d\\'x'") != NULL,
		    t.dir != NULL && !t.in_memory);
		CU_ASSERT_NOT_EQUAL(b.data[b.size - 2], '\n');
		buf_free(&b);
	}
}

/* Of the RFC's fixed codes: "a" is 0x91, and the end is 7 bits 0. */
static void
test_zip(void)
{
	static const uint8_t deflated[] = { 0x4b, 0x04, 0x00 };
	struct buf b;

	e = (struct err)ERR_INIT;
	buf_init(&b, 1000);
	CU_ASSERT_EQUAL(zipped_write("__main__.py", "a", &b, &e), ERR_OK);
	CU_ASSERT_EQUAL(b.size, 30 + 11 + 3 + 46 + 11 + 22);
	CU_ASSERT(memcmp(b.data, "PK\3\4", 4) == 0);
	CU_ASSERT_EQUAL(b.data[8], 8);
	CU_ASSERT(memcmp(b.data + 14, "\x43\xbe\xb7\xe8\3\0\0\0\1\0\0\0",
	    12) == 0);
	CU_ASSERT(memcmp(b.data + 30, "__main__.py", 11) == 0);
	CU_ASSERT(memcmp(b.data + 41, deflated, 3) == 0);
	CU_ASSERT(memcmp(b.data + 44, "PK\1\2", 4) == 0);
	CU_ASSERT(memcmp(b.data + b.size - 22, "PK\5\6", 4) == 0);
	buf_free(&b);
}

static void
test_packer(void)
{
	static uint8_t text[2000];
	enum packer best = PACKER_BZ2;
	struct buf b;

	memset(text, 'x', sizeof(text));
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(packer_checked(text, sizeof(text), &b, &best, &e),
	    ERR_OK);
	CU_ASSERT(b.size > 5 && b.size < 100);
	/* A .lzma file begins with a small number. */
	CU_ASSERT(b.data[0] == (best == PACKER_ZLIB ? 0x78 :
	    best == PACKER_BZ2 ? 'B' : 0xfd));
	CU_ASSERT_STRING_EQUAL(packer_module(PACKER_LZMA), "lzma");
	buf_free(&b);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "quote", test_quote },
		{ "places", test_places },
		{ "zip", test_zip },
		{ "packer", test_packer },
	};

	return harness_run("capsule_text", tests, HARNESS_COUNT(tests));
}
