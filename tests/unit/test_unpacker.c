#include "weights/unpacker.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "weights/stfile.h"
#include "xz/crc.h"

#define N 1000			/* values of tensors */

/* What came out. */
struct taken {
	struct buf bytes;
	enum unpacker_kind kind;
	uint64_t size;			/* as it was said */
	size_t n_begins;
	bool fail_begin, fail_put;
};

static enum err_code
take_begin(void *ctx, enum unpacker_kind kind, uint64_t size, struct err *e)
{
	struct taken *t = ctx;

	CU_ASSERT_EQUAL(t->bytes.size, 0);
	t->n_begins++;
	t->kind = kind;
	t->size = size;
	return t->fail_begin ? err_set(e, ERR_LIMIT, "no begin") : ERR_OK;
}

static enum err_code
take_bytes(void *ctx, const uint8_t *p, size_t n, struct err *e)
{
	struct taken *t = ctx;

	CU_ASSERT_EQUAL(t->n_begins, 1);
	CU_ASSERT_TRUE(n > 0);
	if (t->fail_put)
		return err_set(e, ERR_FAIL, "no put");
	return buf_append(&t->bytes, p, n, e);
}

/* Unpack the n bytes at p, which go in in pieces of step. */
static enum err_code
unpack_with(const uint8_t *p, size_t n, size_t step, uint64_t size,
    uint64_t max_memory, struct taken *t, struct err *e)
{
	struct unpacker_request r = { size, max_memory, take_begin,
	    take_bytes, t };
	struct unpacker *u = NULL;
	uint8_t *copy;
	size_t i, k;

	e->code = ERR_OK;
	e->text[0] = '\0';
	buf_init(&t->bytes, (size_t)1 << 26);
	CU_ASSERT_EQUAL(unpacker_new(&r, &u, e), ERR_OK);
	for (i = 0; i < n && e->code == ERR_OK; i += k) {
		k = n - i < step ? n - i : step;
		/* Exactly as large, for the sanitizers. */
		copy = malloc(k);
		memcpy(copy, p + i, k);
		unpacker_data(u, copy, k, e);
		free(copy);
	}
	if (e->code == ERR_OK)
		unpacker_end(u, e);
	unpacker_free(u);
	return e->code;
}

static enum err_code
unpack(const struct buf *b, size_t step, struct taken *t, struct err *e)
{
	memset(t, 0, sizeof(*t));
	return unpack_with(b->data, b->size, step, b->size, 1 << 20, t, e);
}

/* The file comes out as these bytes, however it goes in. */
static void
gives(const struct buf *b, const struct buf *wanted, enum unpacker_kind kind)
{
	static const size_t steps[] = { 1, 7, 8, 9, 100, 4096, 1 << 20 };
	struct err e = ERR_INIT;
	struct taken t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(steps); i++) {
		CU_ASSERT_EQUAL(unpack(b, steps[i], &t, &e), ERR_OK);
		CU_ASSERT_STRING_EQUAL(e.text, "");
		CU_ASSERT_EQUAL(t.n_begins, 1);
		CU_ASSERT_EQUAL(t.kind, kind);
		CU_ASSERT_EQUAL(t.size, wanted->size);
		CU_ASSERT_EQUAL(t.bytes.size, wanted->size);
		CU_ASSERT_TRUE(t.bytes.size == wanted->size &&
		    (wanted->size == 0 || memcmp(t.bytes.data, wanted->data,
		    wanted->size) == 0));
		buf_free(&t.bytes);
	}
}

static void
fails(const struct buf *b, enum err_code code, const char *says)
{
	static const size_t steps[] = { 1, 1000, 1 << 20 };
	struct err e = ERR_INIT;
	struct taken t;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(steps); i++) {
		CU_ASSERT_EQUAL(unpack(b, steps[i], &t, &e), code);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, says));
		if (!HARNESS_SAYS(&e, says))
			printf("\n    \"%s\" and not \"%s\"", e.text, says);
		buf_free(&t.bytes);
	}
}

/* --- files --- */

static void
put(struct buf *to, const void *p, size_t n)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(buf_append(to, p, n, &e), ERR_OK);
}

/* A file of this header, padded, and n bytes of data. */
static void
make(struct buf *to, const char *header, const uint8_t *data, size_t n)
{
	size_t size = (strlen(header) + 7) / 8 * 8, i;
	uint8_t prefix[8];

	buf_init(to, 1 << 20);
	for (i = 0; i < 8; i++)
		prefix[i] = (uint8_t)((uint64_t)size >> (8 * i));
	put(to, prefix, 8);
	put(to, header, strlen(header));
	for (i = strlen(header); i < size; i++)
		put(to, " ", 1);
	put(to, data, n);
}

/*
 * An original, whose data are those of b, a, d, e and c: ternary, 1, 4 bits
 * from -3 on, of one value, and not packed.
 */
static const char header[] = "{"
    "\"a\":{\"dtype\":\"I8\",\"shape\":[],\"data_offsets\":[1000,1001]},"
    "\"b\":{\"dtype\":\"I8\",\"shape\":[10,100],\"data_offsets\":[0,1000]},"
    "\"c\":{\"dtype\":\"U8\",\"shape\":[1000],\"data_offsets\":[7001,8001]},"
    "\"d\":{\"dtype\":\"I16\",\"shape\":[2,500],\"data_offsets\":[1001,3001]},"
    "\"e\":{\"dtype\":\"F32\",\"shape\":[1000],\"data_offsets\":[3001,7001]}}";

static void
original(struct buf *to)
{
	uint8_t data[8 * N + 1];
	size_t i;

	for (i = 0; i < N; i++)
		data[i] = (uint8_t)(i * i % 3 - 1);
	data[N] = 77;
	for (i = 0; i < N; i++)
		tensor_put(data + N + 1, 2, i, tensor_unsigned(2,
		    (int64_t)(i * 7 % 16) - 3));
	for (i = 0; i < N; i++)
		tensor_put(data + 3 * N + 1, 4, i, 0x3f800000);
	for (i = 0; i < N; i++)
		data[7 * N + 1 + i] = (uint8_t)(i * 2654435761U >> 13);
	make(to, header, data, sizeof(data));
}

/* Pack the tensors of an original by these packings, NULL: not. */
static void
pack(const struct buf *from, const char *const *names, struct buf *to)
{
	const char *text = (const char *)from->data + 8;
	const uint8_t *data;
	struct err e = ERR_INIT;
	const struct packing *p;
	uint64_t header_size = 0;
	struct buf packed[5];
	struct stfile_tensor *t;
	struct stfile f;
	json_t *params;
	size_t i;

	buf_init(to, 1 << 20);
	CU_ASSERT_TRUE(stfile_looks(from->data, from->size, &header_size));
	data = from->data + 8 + header_size;
	CU_ASSERT_EQUAL(stfile_read(text, (size_t)header_size, from->size -
	    8 - header_size, &f, &e), ERR_OK);
	for (i = 0; i < f.n; i++) {
		t = &f.tensors[i];
		buf_init(&packed[i], 1 << 20);
		if (names[i] == NULL) {
			put(&packed[i], data + t->off, (size_t)t->size);
			continue;
		}
		params = json_object();
		p = packing_find(names[i]);
		CU_ASSERT_EQUAL(p->encode(&t->tensor, data + t->off,
		    p->ways[0].id, &packed[i], params, &e), ERR_OK);
		CU_ASSERT_EQUAL(stfile_pack(t, p, params, crc_32(data +
		    t->off, (size_t)t->size, 0), packed[i].size, &e), ERR_OK);
		json_decref(params);
	}
	CU_ASSERT_EQUAL(stfile_lay_out(&f, &e), ERR_OK);
	CU_ASSERT_EQUAL(stfile_finish(&f, text, (size_t)header_size, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(stfile_write(&f, to, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(e.text, "");
	for (i = 0; i < f.n; i++)
		put(to, packed[f.by_off[i]].data, packed[f.by_off[i]].size);
	for (i = 0; i < f.n; i++)
		buf_free(&packed[i]);
	stfile_free(&f);
}

static const char *const some[] = { NULL, "base3", NULL, "bits", "bits" };

static void
round_trips(void)
{
	static const char *const names[][5] = {
		{ NULL, "base3", NULL, "bits", "bits" },
		{ "rans", "bitmask", "rans", "rans", "planes" },
		{ "bits", "rans", "bits", "planes", NULL },
		{ NULL, NULL, NULL, NULL, NULL },
	};
	struct buf from, packed;
	size_t i;

	original(&from);
	for (i = 0; i < HARNESS_COUNT(names); i++) {
		pack(&from, names[i], &packed);
		gives(&packed, &from, UNPACKER_PACKED);
		buf_free(&packed);
	}
	gives(&from, &from, UNPACKER_PLAIN);
	buf_free(&from);
}

/* A tensor packed to no bytes at the end, where nothing more comes; and one
 * that is all of the file. */
static void
no_bytes(void)
{
	static const char *const bits[] = { "bits", "bits" };
	static const char *const second[] = { NULL, "bits" };
	struct buf from, packed;

	make(&from, "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":"
	    "[0,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":"
	    "[3,7]}}", (const uint8_t *)"zyxaaaa", 7);
	pack(&from, second, &packed);
	CU_ASSERT_EQUAL(memcmp(packed.data + packed.size - 3, "zyx", 3), 0);
	gives(&packed, &from, UNPACKER_PACKED);
	buf_free(&packed);
	buf_free(&from);
	make(&from, "{\"a\":{\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":"
	    "[0,3]},\"b\":{\"dtype\":\"U8\",\"shape\":[],\"data_offsets\":"
	    "[3,4]}}", (const uint8_t *)"aaab", 4);
	pack(&from, bits, &packed);
	gives(&packed, &from, UNPACKER_PACKED);
	buf_free(&packed);
	buf_free(&from);
}

static void
arrays(void)
{
	static const uint64_t shape[] = { 3, 2 };
	static const uint8_t raw[] = { 1, 255, 0, 1, 1, 0 };
	struct buf packed, wanted, data;
	struct err e = ERR_INIT;
	struct tensor t;
	struct stfile f;
	json_t *params = json_object();
	int k;

	for (k = 0; k < 2; k++) {
		buf_init(&packed, 1 << 16);
		buf_init(&wanted, 1 << 16);
		buf_init(&data, 1 << 16);
		put(&wanted, raw, sizeof(raw));
		tensor_set(&t, "I8", shape, 2, &e);
		stfile_set_array(&f, &t, &e);
		if (k == 0) {
			packing_base3.encode(&t, raw, 0, &data, params, &e);
			stfile_pack(&f.tensors[0], &packing_base3, params,
			    crc_32(raw, 6, 0), data.size, &e);
		} else {
			put(&data, raw, sizeof(raw));
		}
		stfile_lay_out(&f, &e);
		stfile_finish(&f, NULL, 0, &e);
		stfile_write(&f, &packed, &e);
		put(&packed, data.data, data.size);
		CU_ASSERT_EQUAL(e.code, ERR_OK);
		gives(&packed, &wanted, UNPACKER_PACKED);
		stfile_free(&f);
		buf_free(&data);
		buf_free(&packed);
		buf_free(&wanted);
	}
	json_decref(params);
}

static void
other_files(void)
{
	static const struct {
		const char *text;
		size_t size;
	} files[] = {
		{ "", 0 }, { "1", 1 }, { "12345678", 8 },
		{ "\x02\0\0\0\0\0\0\0[", 9 }, { "\x02\0\0\0\0\0\0\0{", 9 },
		{ "\x02\0\0\0\0\0\0\0{x", 10 },
		{ "\x02\0\0\0\0\0\0\0{}1", 11 },
		{ "\0\0\0\0\0\0\0\x80{}", 10 }, { "a text of some length", 21 },
	};
	static const char *const plain[] = { "{}", "{\"__metadata__\":{}}" };
	struct buf b;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(files); i++) {
		buf_init(&b, 64);
		put(&b, files[i].text, files[i].size);
		gives(&b, &b, UNPACKER_OTHER);
		buf_free(&b);
	}
	for (i = 0; i < HARNESS_COUNT(plain); i++) {
		make(&b, plain[i], NULL, 0);
		gives(&b, &b, UNPACKER_PLAIN);
		buf_free(&b);
	}
	make(&b, "{\"xzbundle\":0}", NULL, 0);
	fails(&b, ERR_CORRUPT, "tensor 'xzbundle': it is no object");
	buf_free(&b);
	make(&b, "{\"a\":0,\"__metadata__\":{\"xzbundle\":1}}", NULL, 0);
	fails(&b, ERR_CORRUPT, "tensor 'a'");
	buf_free(&b);
	make(&b, "{\"__metadata__\":{\"xzbundle\":\"{\\\"version\\\":2,"
	    "\\\"tensors\\\":{}}\"}}", NULL, 0);
	fails(&b, ERR_UNSUPPORTED, "format 2");
	buf_free(&b);
}

/* What looked like a safetensors file, and why it is none. */
static void
reasons(void)
{
	struct unpacker_request r = { 0, 1 << 20, NULL, take_bytes, NULL };
	struct taken t = { .n_begins = 1 };
	struct err e = ERR_INIT;
	struct unpacker *u = NULL;
	struct buf b;

	make(&b, "{\"a\":{}}", NULL, 0);
	buf_init(&t.bytes, 1 << 16);
	r.size = b.size;
	r.ctx = &t;
	CU_ASSERT_EQUAL(unpacker_new(&r, &u, &e), ERR_OK);
	CU_ASSERT_EQUAL(unpacker_data(u, b.data, b.size, &e), ERR_OK);
	CU_ASSERT_EQUAL(unpacker_end(u, &e), ERR_OK);
	CU_ASSERT_PTR_NOT_NULL(strstr(unpacker_reason(u), "tensor 'a'"));
	CU_ASSERT_EQUAL(t.bytes.size, b.size);
	unpacker_free(u);
	unpacker_free(NULL);
	buf_free(&t.bytes);
	buf_free(&b);
}

static void
sizes(void)
{
	struct err e = ERR_INIT;
	struct buf from, b;
	struct taken t;

	original(&from);
	pack(&from, some, &b);
	memset(&t, 0, sizeof(t));
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size, 99, b.size + 1, 1 << 20,
	    &t, &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "does not end where"));
	buf_free(&t.bytes);
	memset(&t, 0, sizeof(t));
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size, 99, b.size - 1, 1 << 20,
	    &t, &e), ERR_CORRUPT);
	buf_free(&t.bytes);
	memset(&t, 0, sizeof(t));
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size - 1, 99, b.size, 1 << 20,
	    &t, &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "fewer bytes"));
	buf_free(&t.bytes);
	memset(&t, 0, sizeof(t));
	CU_ASSERT_EQUAL(unpack_with((const uint8_t *)"abc", 3, 1, 2, 1, &t,
	    &e), ERR_CORRUPT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "more bytes"));
	buf_free(&t.bytes);
	buf_free(&b);
	buf_free(&from);
}

static void
limits(void)
{
	struct err e = ERR_INIT;
	struct buf from, b;
	struct taken t;

	original(&from);
	pack(&from, some, &b);
	memset(&t, 0, sizeof(t));
	/* 1000 values of 4 bytes, beside what is packed and in work */
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size, 99, b.size, 4000, &t, &e),
	    ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "tensor 'e'"));
	CU_ASSERT_EQUAL(t.n_begins, 0);
	buf_free(&t.bytes);
	memset(&t, 0, sizeof(t));
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size, 99, b.size, 20000, &t,
	    &e), ERR_OK);
	buf_free(&t.bytes);
	memset(&t, 0, sizeof(t));
	t.fail_begin = true;
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size, 99, b.size, 20000, &t,
	    &e), ERR_LIMIT);
	CU_ASSERT_EQUAL(t.bytes.size, 0);
	buf_free(&t.bytes);
	memset(&t, 0, sizeof(t));
	t.fail_put = true;
	CU_ASSERT_EQUAL(unpack_with(b.data, b.size, 99, b.size, 20000, &t,
	    &e), ERR_FAIL);
	buf_free(&t.bytes);
	buf_free(&b);
	buf_free(&from);
}

/* Every bit flipped: an error; the original; or a plain file, or one of another
 * header.  What is said of a tensor is never wrong data. */
static void
flipped(void)
{
	struct err e = ERR_INIT;
	struct buf from, b;
	struct taken t;
	size_t i, head, n_data = 0;
	int k;

	original(&from);
	pack(&from, some, &b);
	head = 8 + (size_t)b.data[0] + ((size_t)b.data[1] << 8);
	for (i = 0; i < b.size; i++) {
		for (k = i < head ? 0 : 7; k < 8; k++) {
			b.data[i] ^= (uint8_t)(1 << k);
			if (unpack(&b, 4096, &t, &e) == ERR_OK && i >= head)
				n_data++;
			else if (i >= head)
				CU_ASSERT_TRUE(HARNESS_SAYS(&e, "tensor '"));
			CU_ASSERT_TRUE(e.code == ERR_OK ||
			    e.code == ERR_CORRUPT || e.code == ERR_MEMLIMIT ||
			    e.code == ERR_UNSUPPORTED);
			buf_free(&t.bytes);
			b.data[i] ^= (uint8_t)(1 << k);
		}
	}
	/* Those of a and c, which are not packed. */
	CU_ASSERT_EQUAL(n_data, N + 1);
	buf_free(&b);
	buf_free(&from);
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "there and back", round_trips },
		{ "tensors without bytes", no_bytes },
		{ "bare arrays", arrays },
		{ "other files", other_files },
		{ "reasons", reasons },
		{ "sizes that are wrong", sizes },
		{ "limits", limits },
		{ "flipped bits", flipped },
	};

	return harness_run("unpacker", tests, HARNESS_COUNT(tests));
}
