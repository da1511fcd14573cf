#include "pack/recode.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"
#include "weights/unpacker.h"

#define ALL_MAX ((size_t)1 << 24)

/* --- files --- */

/* A tensor and what its bytes are: 'n' noise of a bell shape, '3' three values,
 * 'f' floats, 'r' random, '0' zeros. */
struct made {
	const char *name, *dtype, *shape;
	char kind;
	size_t size;
};

static void
fill(uint8_t *p, char kind, size_t n)
{
	uint8_t *r = harness_bytes('r', (uint32_t)n, n);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = kind == 'n' ? (uint8_t)((r[i] & 15) + (r[i] >> 4) - 15) :
		    kind == '3' ? (uint8_t)(r[i] % 5 % 3 - 1) :
		    kind == 'f' && i % 4 == 3 ? (r[i] & 0x80) | 0x3C :
		    kind == 'f' && i % 4 == 2 ? r[i] & 0xBF :
		    kind == '0' ? 0 : r[i];
	free(r);
}

/* Write a safetensors file of n tensors, whose header has `between` after each
 * colon and begins with `first` (metadata).  Data are in the order of the
 * tensors, or backward. */
static void
make(const char *path, const struct made *t, size_t n, const char *between,
    const char *first, bool backward)
{
	struct err e = ERR_INIT;
	char text[4096], prefix[8] = { 0 };
	uint8_t *data = calloc(1, ALL_MAX);
	size_t i, length, off = 0, end = 0;
	struct buf all;

	length = (size_t)snprintf(text, sizeof(text), "{%s", first);
	for (i = 0; i < n; i++)
		end += t[i].size;
	for (i = 0; i < n; i++) {
		off = backward ? end - t[i].size : off;
		length += (size_t)snprintf(text + length, sizeof(text) -
		    length, "%s\"%s\":%s{\"dtype\":\"%s\",\"shape\":[%s],"
		    "\"data_offsets\":[%zu,%zu]}", i > 0 ? "," : "",
		    t[i].name, between, t[i].dtype, t[i].shape, off,
		    off + t[i].size);
		fill(data + off, t[i].kind, t[i].size);
		end = backward ? off : end;
		off += t[i].size;
	}
	for (text[length++] = '}'; length % 8 != 0; length++)
		text[length] = ' ';
	prefix[0] = (char)(length & 255);
	prefix[1] = (char)(length >> 8);
	for (i = 0, end = 0; i < n; i++)
		end += t[i].size;
	buf_init(&all, ALL_MAX);
	buf_append(&all, prefix, 8, &e);
	buf_append(&all, text, length, &e);
	buf_append(&all, data, end, &e);
	harness_write(path, all.data, all.size);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	buf_free(&all);
	free(data);
}

static const struct made many[] = {
	{ "z.q", "I8", "60,500", 'n', 30000 },
	{ "a.t", "I8", "70,500", '3', 35000 },
	{ "empty", "F32", "0,4", '0', 0 },
	{ "s\\\"\\u00e9", "F32", "", 'r', 4 },
	{ "f", "F32", "5000", 'f', 20000 },
	{ "u", "U16", "2000", 'r', 4000 },
	{ "b", "BOOL", "4000", '0', 4000 },
	{ "d", "F64", "100", 'r', 800 },
};

/* --- recoding --- */

static struct recode_request
request(void)
{
	struct recode_request r;

	memset(&r, 0, sizeof(r));
	r.target = TARGET_XZ_5_0;
	r.memory = UINT64_MAX;
	r.n_threads = 1;
	return r;
}

/* Recode in to out; *res is the caller's. */
static enum err_code
recode(struct recode_request *r, const char *in, const char *out,
    struct recode_result *res, struct err *e)
{
	int fd = open(out, O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;

	r->fd = open(in, O_RDONLY);
	CU_ASSERT_EQUAL(fstat(r->fd, &st), 0);
	r->size = (uint64_t)st.st_size;
	recode_file(r, fd, res, e);
	CU_ASSERT_EQUAL(fstat(fd, &st), 0);
	CU_ASSERT_EQUAL((uint64_t)st.st_size, res->size);
	(void)close(r->fd);
	(void)close(fd);
	return e->code;
}

static enum err_code
append(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	return buf_append(ctx, p, n, e);
}

/* Is `packed` unpacked the same as `in`? */
static bool
unpacks_to(const char *packed, const char *in)
{
	size_t n, n_in;
	uint8_t *p = harness_read(packed, &n), *q = harness_read(in, &n_in);
	struct unpacker *u = NULL;
	struct err e = ERR_INIT;
	struct buf out;
	bool same;

	buf_init(&out, ALL_MAX);
	struct unpacker_request r = { .size = n, .max_memory = UINT64_MAX,
	    .put = append, .ctx = &out };
	same = unpacker_new(&r, &u, &e) == ERR_OK &&
	    unpacker_data(u, p, n, &e) == ERR_OK &&
	    unpacker_end(u, &e) == ERR_OK && out.size == n_in &&
	    memcmp(out.data, q, n_in) == 0;
	unpacker_free(u);
	buf_free(&out);
	free(p);
	free(q);
	return same;
}

static bool
same_files(const char *a, const char *b)
{
	size_t n, m;
	uint8_t *p = harness_read(a, &n), *q = harness_read(b, &m);
	bool same = n == m && memcmp(p, q, n) == 0;

	free(p);
	free(q);
	return same;
}

/* Files of all kinds come back byte for byte, from any number of threads. */
static void
back_again(void)
{
	static const struct {
		const char *between, *first;
		bool backward;
	} cases[] = {
		{ "", "", false },
		{ "", "\"__metadata__\":{\"format\":\"pt\"},", false },
		{ " ", "", false },
		{ "", "", true },
		{ "\\t", " ", true },
	};
	struct recode_request r = request();
	struct recode_result res;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(cases); i++) {
		struct err e = ERR_INIT;

		make("in", many, HARNESS_COUNT(many), i == 4 ? "\t" :
		    cases[i].between, cases[i].first, cases[i].backward);
		r.n_threads = 1;
		CU_ASSERT_EQUAL(recode(&r, "in", "one", &res, &e), ERR_OK);
		CU_ASSERT_EQUAL(res.outcome, RECODE_PACKED);
		CU_ASSERT_TRUE(res.size < 60000);
		recode_free(&res);
		CU_ASSERT_TRUE(unpacks_to("one", "in"));
		r.n_threads = 3;
		CU_ASSERT_EQUAL(recode(&r, "in", "three", &res, &e), ERR_OK);
		recode_free(&res);
		CU_ASSERT_TRUE(same_files("one", "three"));
		/* A packed one stays. */
		CU_ASSERT_EQUAL(recode(&r, "one", "two", &res, &e), ERR_OK);
		CU_ASSERT_EQUAL(res.outcome, RECODE_ALREADY);
		recode_free(&res);
	}
}

static const struct recode_row *
row_of(const struct recode_result *res, const char *name)
{
	size_t i;

	for (i = 0; i < res->n_rows; i++) {
		if (res->rows[i].name != NULL &&
		    strcmp(res->rows[i].name, name) == 0)
			return &res->rows[i];
	}
	return NULL;
}

static void
reports(void)
{
	struct recode_request r = request();
	const struct recode_row *row;
	struct recode_result res;
	struct err e = ERR_INIT;

	make("in", many, HARNESS_COUNT(many), "", "", false);
	r.report = true;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.n_rows, HARNESS_COUNT(many));
	CU_ASSERT_EQUAL(res.left_size, 4);
	CU_ASSERT_PTR_NULL(row_of(&res, "empty"));
	row = row_of(&res, "z.q");
	CU_ASSERT_PTR_NOT_NULL(row);
	CU_ASSERT_STRING_EQUAL(row->tensor.dtype, "I8");
	CU_ASSERT_EQUAL(row->tensor.size, 30000);
	CU_ASSERT_STRING_EQUAL(row->candidates[row->best].packing->name,
	    "rans");
	/* About 4.7 bits of 8. */
	CU_ASSERT_TRUE(row->baseline.order0 > 17000 &&
	    row->baseline.order0 < 18000);
	CU_ASSERT_TRUE(row->baseline.lzma > row->baseline.order0);
	CU_ASSERT_TRUE(row->baseline.zlib > row->baseline.order0);
	row = row_of(&res, "u");
	CU_ASSERT_EQUAL(row->best, 0);
	CU_ASSERT_TRUE(res.header_after > res.header_before);
	recode_free(&res);
}

/* --- rules --- */

static void
rules(void)
{
	static const struct made plain[] = {
		{ "w.q", "I8", "1000", 'r', 1000 },
		{ "w.t", "I8", "1000", '3', 1000 },
		{ "odd", "F4", "100", 'r', 50 },
		{ "one", "I8", "1", 'r', 1 },
	};
	struct recode_rule v[] = {
		{ "*", packing_find("base3") }, { "*", NULL },
		{ "w.*", packing_find("rans") }, { "w.q", NULL },
	};
	struct recode_request r = request();
	struct recode_result res;
	struct err e = ERR_INIT, fourth = ERR_INIT, odd = ERR_INIT;

	make("in", plain, HARNESS_COUNT(plain), "", "", false);
	r.rules.v = v;
	r.rules.n = HARNESS_COUNT(v);
	r.report = true;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_PACKED);
	CU_ASSERT_PTR_NULL(row_of(&res, "w.q"));
	CU_ASSERT_PTR_NOT_NULL(row_of(&res, "w.t"));
	recode_free(&res);
	CU_ASSERT_TRUE(unpacks_to("out", "in"));
	/* Also where it takes more bytes. */
	v[0].packing = packing_find("bits");
	v[0].pattern = "one";
	r.rules.n = 1;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_PACKED);
	recode_free(&res);
	CU_ASSERT_TRUE(unpacks_to("out", "in"));
	v[0].pattern = "w.q";
	v[0].packing = packing_find("base3");
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &fourth), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&fourth, "w.q: cannot be packed by "
	    "base3"));
	recode_free(&res);
	v[0].pattern = "odd";
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &odd), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&odd, "odd: "));
	recode_free(&res);
}

/* Tensors of which nothing is left may not hide the order of the data. */
static void
empties(void)
{
	static const struct made constant[] = {
		{ "a", "I8", "300000", '0', 300000 },
		{ "b", "I16", "150000", '0', 300000 },
		{ "c", "I8", "30000", 'n', 30000 },
	};
	struct recode_rule v = { "b", packing_find("bits") };
	struct recode_request r = request();
	struct err own = ERR_INIT, both = ERR_INIT;
	struct recode_result res;
	int backward;

	for (backward = 0; backward < 2; backward++) {
		struct err e = ERR_INIT;

		make("in", constant, HARNESS_COUNT(constant), "", "",
		    backward == 1);
		CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
		CU_ASSERT_EQUAL(res.outcome, RECODE_PACKED);
		recode_free(&res);
		CU_ASSERT_TRUE(unpacks_to("out", "in"));
	}
	r.rules.v = &v;
	r.rules.n = 1;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &own), ERR_OK);
	CU_ASSERT_TRUE(unpacks_to("out", "in"));
	recode_free(&res);
	v.pattern = "[ab]";
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &both), ERR_USAGE);
	recode_free(&res);
}

/* --- what is not packed --- */

static void
others(void)
{
	static const struct made random[] = {
		{ "a", "I8", "5000", 'r', 5000 }, { "b", "F32", "", 'r', 4 },
	};
	static const char *const texts[] = {
		"", "x", "\x10\0\0\0\0\0\0\0", "#!/bin/sh\necho {}{}{}{}\n",
		"\xFF\xFF\xFF\xFF\xFF\0\0\0{}",
	};
	static const size_t sizes[] = { 0, 1, 8, 24, 10 };
	static const char cut[] = "\x20\0\0\0\0\0\0\0{\"a\":";
	static const char gap[] = "\x40\0\0\0\0\0\0\0{\"a\":{\"dtype\":\"I8\","
	    "\"shape\":[1],\"data_offsets\":[1,2]}}              ..";
	struct recode_request r = request();
	struct recode_result res;
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(texts); i++) {
		harness_write("in", texts[i], sizes[i]);
		CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
		CU_ASSERT_EQUAL(res.outcome, RECODE_OTHER);
		recode_free(&res);
	}
	harness_write("in", cut, sizeof(cut) - 1);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_BROKEN);
	CU_ASSERT_TRUE(strstr(res.why, "cut off") != NULL);
	recode_free(&res);
	harness_write("in", gap, sizeof(gap) - 1);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_BROKEN);
	CU_ASSERT_TRUE(strlen(res.why) > 0);
	recode_free(&res);
	make("in", random, 2, "", "", false);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_SAME);
	recode_free(&res);
	make("in", random, 0, "", "", false);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_SAME);
	recode_free(&res);
}

/* A bare array. */
static void
arrays(void)
{
	const uint64_t shape[] = { 100, 300 }, odd[] = { 3 };
	struct recode_request r = request();
	struct recode_result res;
	struct err e = ERR_INIT, size = ERR_INIT, type = ERR_INIT;
	uint8_t *p = malloc(30000);
	struct tensor t;

	fill(p, 'n', 30000);
	harness_write("in", p, 30000);
	CU_ASSERT_EQUAL(tensor_set(&t, "I8", shape, 2, &e), ERR_OK);
	r.array = &t;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_PACKED);
	CU_ASSERT_TRUE(res.size < 20000);
	recode_free(&res);
	CU_ASSERT_TRUE(unpacks_to("out", "in"));
	CU_ASSERT_EQUAL(tensor_set(&t, "I16", shape, 2, &e), ERR_OK);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &size), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&size, "60000"));
	recode_free(&res);
	CU_ASSERT_EQUAL(tensor_set(&t, "I9", odd, 1, &e), ERR_OK);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &type), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&type, "I9"));
	recode_free(&res);
	fill(p, 'r', 30000);
	harness_write("in", p, 30000);
	CU_ASSERT_EQUAL(tensor_set(&t, "I8", shape, 2, &e), ERR_OK);
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_SAME);
	recode_free(&res);
	free(p);
}

/* What does not fit in the memory stays, or is an error if it must not. */
static void
memory(void)
{
	struct recode_rule v = { "z.q", packing_find("rans") };
	struct recode_request r = request();
	struct recode_result res;
	struct err e = ERR_INIT, too_much = ERR_INIT;

	make("in", many, HARNESS_COUNT(many), "", "", false);
	r.memory = 1 << 20;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &e), ERR_OK);
	CU_ASSERT_EQUAL(res.outcome, RECODE_SAME);
	recode_free(&res);
	r.rules.v = &v;
	r.rules.n = 1;
	CU_ASSERT_EQUAL(recode(&r, "in", "out", &res, &too_much),
	    ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&too_much, "z.q"));
	recode_free(&res);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "there and back", back_again },
		{ "reports", reports },
		{ "rules", rules },
		{ "nothing left", empties },
		{ "other files", others },
		{ "bare arrays", arrays },
		{ "memory", memory },
	};

	return harness_run("recode", tests, HARNESS_COUNT(tests));
}
