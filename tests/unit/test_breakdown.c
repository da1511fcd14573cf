#include "report/breakdown.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/num.h"
#include "harness.h"
#include "report/account.h"
#include "report/entropy.h"

#define MEMORY (UINT64_C(64) << 20)

/*
 * A stand-in for region/, so that this test needs no parser.  A file whose
 * first byte is 'T' has as many tensors as its second byte says; of each the
 * offset and the size follow, 4 bytes little-endian.  'W' has one, and a
 * warning; 'J' jumps about in it.
 */
enum err_code
region_find(const struct source *s, uint64_t off, uint64_t size,
    struct region_list *list, struct err *e)
{
	uint8_t head[2], at[8];
	struct region *r;
	char name[24];
	size_t i;

	memset(list, 0, sizeof(*list));
	if (s->read(s->ctx, off, head, size < 2 ? 1 : 2, e) != ERR_OK)
		return e->code;
	for (i = 0; head[0] == 'J' && i < 1000; i++) {
		if (s->read(s->ctx, off + (i % 2 == 0 ? size - 1 : 0), at,
		    1, e) != ERR_OK)
			return e->code;
	}
	list->n = head[0] == 'T' ? head[1] : 1;
	list->regions = calloc(list->n + 1, sizeof(*list->regions));
	for (i = 0; i < list->n; i++) {
		r = &list->regions[i];
		r->size = size;
		if (head[0] != 'T' && head[0] != 'W' && head[0] != 'J')
			break;
		r->kind = i % 2 == 0 ? REGION_NUMBERS : REGION_CODE;
		snprintf(name, sizeof(name), "t%zu", i);
		r->name = strdup(name);
		snprintf(r->dtype, sizeof(r->dtype), "F16");
		if (head[0] == 'W')
			snprintf(list->warning, sizeof(list->warning), "no");
		if (head[0] != 'T')
			continue;
		if (s->read(s->ctx, off + 2 + 8 * i, at, 8, e) != ERR_OK)
			return e->code;
		r->off = at[0] | at[1] << 8 | at[2] << 16;
		r->size = at[4] | at[5] << 8 | at[6] << 16;
	}
	return ERR_OK;
}

void
region_list_free(struct region_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->regions[i].name);
	free(list->regions);
	memset(list, 0, sizeof(*list));
}

static uint8_t *tar;
static size_t tar_size;
static struct xzread xz;
static struct tarread_toc toc;
static struct breakdown b;

/* --- the bundle --- */

/* Append a member of a kind: a ustar header, data that begins with the
 * n_head bytes at head, padding. */
static void
add(const char *name, char kind, size_t size, const void *head,
    size_t n_head)
{
	size_t padded = (size_t)num_round_up(size, 512), i;
	unsigned int sum = 0;
	uint8_t *h, *data;

	tar = realloc(tar, tar_size + 512 + padded);
	h = tar + tar_size;
	memset(h, 0, 512 + padded);
	snprintf((char *)h, 100, "%s", name);
	memcpy(h + 100, "0000644\0" "0000000\0" "0000000\0", 24);
	snprintf((char *)h + 124, 12, "%011zo", size);
	memcpy(h + 136, "00000000000\0        0", 21);
	memcpy(h + 257, "ustar\0" "00", 8);
	for (i = 0; i < 512; i++)
		sum += h[i];
	snprintf((char *)h + 148, 8, "%06o", sum);
	data = harness_bytes(kind, (uint32_t)tar_size, size);
	memcpy(h + 512, data, size);
	if (n_head > 0)
		memcpy(h + 512, head, n_head);
	free(data);
	tar_size += 512 + padded;
}

/* A member of 100,000 bytes with tensors [1000, 31000) and [50000, 50001),
 * and one that ends it. */
static void
add_tensors(const char *name)
{
	static const uint8_t head[] = { 'T', 3,
	    0xe8, 0x03, 0, 0, 0x30, 0x75, 0, 0,
	    0x50, 0xc3, 0, 0, 1, 0, 0, 0,
	    0x80, 0x38, 1, 0, 0x20, 0x4e, 0, 0 };

	add(name, 't', 100000, head, sizeof(head));
}

/* Write the tar in Blocks of step bytes, and break it down. */
static enum err_code
make(size_t step, uint64_t memory, struct err *e)
{
	tar = realloc(tar, tar_size + 1024);
	memset(tar + tar_size, 0, 1024);
	tar_size += 1024;
	harness_bundle("f", tar, tar_size, step);
	if (xzread_open("f", MEMORY, &xz, e) == ERR_OK &&
	    tarread_toc(&xz, MEMORY, NULL, &toc, e) == ERR_OK)
		breakdown_make(&xz, &toc, 2, memory, NULL, &b, e);
	return e->code;
}

static void
drop(void)
{
	breakdown_free(&b);
	tarread_toc_free(&toc);
	xzread_free(&xz);
	free(tar);
	tar = NULL;
	tar_size = 0;
	(void)unlink("f");
}

static uint64_t
bound_of(size_t off, size_t size)
{
	struct entropy h;

	memset(&h, 0, sizeof(h));
	entropy_count(&h, tar + off, size);
	return entropy_bound(&h);
}

/* Each byte of the file is somebody's, once, in both views; members cost
 * what the account says. */
static void
balanced(void)
{
	uint64_t rows = b.rows_container, blocks = b.blocks_container;
	uint64_t data = 0, packed;
	struct err e = ERR_INIT;
	struct account a;
	size_t i, k = 0;

	CU_ASSERT_EQUAL(account_make(&xz, &toc, 1, MEMORY, NULL, &a, &e),
	    ERR_OK);
	for (i = 0; i < toc.n_members; i++) {
		packed = 0;
		for (; k < b.n_rows && b.rows[k].member ==
		    toc.members[i].name; k++) {
			packed += b.rows[k].packed_size;
			data += b.rows[k].raw_size;
		}
		CU_ASSERT_EQUAL(packed, a.rows[i].packed_size);
		rows += packed;
	}
	CU_ASSERT_EQUAL(k, b.n_rows);
	CU_ASSERT_EQUAL(rows, xz.file_size);
	CU_ASSERT_EQUAL(b.rows_container, a.container_size);
	CU_ASSERT_EQUAL(data, a.raw_size);
	CU_ASSERT_EQUAL(b.data_size, a.raw_size);
	for (i = 0; i < xz.n_blocks; i++) {
		blocks += b.blocks[i].packed_size;
		CU_ASSERT_EQUAL(b.blocks[i].packed_size,
		    xz.blocks[i].total_size);
		CU_ASSERT_EQUAL(b.blocks[i].bound, bound_of(
		    (size_t)xz.blocks[i].raw_off,
		    (size_t)xz.blocks[i].raw_size));
		CU_ASSERT_STRING_EQUAL(b.blocks[i].chain, a.chains[i]);
	}
	CU_ASSERT_EQUAL(blocks, xz.file_size);
	account_free(&a);
}

/* --- the tests --- */

static void
bounds(void)
{
	struct entropy h, more;
	uint8_t bytes[512];
	size_t i;

	memset(&h, 0, sizeof(h));
	CU_ASSERT_EQUAL(entropy_bound(&h), 0);
	for (i = 0; i < 512; i++)
		bytes[i] = (uint8_t)i;
	entropy_count(&h, bytes, 0);
	entropy_count(&h, bytes + 7, 1);
	CU_ASSERT_EQUAL(entropy_bound(&h), 0);
	memset(&h, 0, sizeof(h));
	entropy_count(&h, bytes, 512);
	CU_ASSERT_EQUAL(entropy_bound(&h), 512);
	memset(&h, 0, sizeof(h));
	memset(&more, 0, sizeof(more));
	memset(bytes, 9, 256);
	entropy_count(&h, bytes, 256);
	memset(bytes, 1, 256);
	entropy_count(&more, bytes, 256);
	entropy_add(&h, &more);
	CU_ASSERT_EQUAL(entropy_bound(&h), 64);
	/* 1 of 2 values in 4: 0.811 bits each. */
	entropy_add(&h, &more);
	entropy_add(&h, &more);
	CU_ASSERT_EQUAL(entropy_bound(&h), 104);
}

/* What holds of the tensors of add_tensors() whatever the Blocks are. */
static void
check_tensors(size_t first, size_t data_off)
{
	static const struct { size_t off, size; } wanted[] = {
		{ 1000, 30000 }, { 50000, 1 }, { 80000, 20000 },
	};
	const struct breakdown_row *row = &b.rows[first];
	char name[24];
	size_t i;

	for (i = 0; i < 3; i++, row++) {
		snprintf(name, sizeof(name), "t%zu", i);
		CU_ASSERT_EQUAL(row->kind, PART_TENSOR);
		CU_ASSERT_STRING_EQUAL(row->tensor, name);
		CU_ASSERT_STRING_EQUAL(row->dtype, "F16");
		CU_ASSERT_EQUAL(row->raw_size, wanted[i].size);
		CU_ASSERT_TRUE(row->has_bound);
		CU_ASSERT_EQUAL(row->bound, bound_of(data_off +
		    wanted[i].off, wanted[i].size));
		CU_ASSERT_TRUE(row->block_end > row->block);
	}
	CU_ASSERT_EQUAL(row->kind, PART_REST);
	CU_ASSERT_EQUAL(row->raw_size, 100000 - 50001);
	CU_ASSERT_FALSE(row->has_bound);
	CU_ASSERT_PTR_NULL(row->tensor);
	CU_ASSERT_PTR_NULL(row->dtype);
	CU_ASSERT_EQUAL(row->block_end, 0);
}

/* Blocks of any size: a tensor in one, or in many. */
static void
tensors(void)
{
	static const size_t steps[] = { 1 << 20, 50000, 4096, 777 };
	size_t i, second, n;

	for (i = 0; i < HARNESS_COUNT(steps); i++) {
		struct err e = ERR_INIT;

		add("a", 't', 3000, NULL, 0);
		add_tensors("b");
		second = tar_size;
		add_tensors("c");
		add("empty", 't', 0, NULL, 0);
		CU_ASSERT_EQUAL_FATAL(make(steps[i], MEMORY, &e), ERR_OK);
		balanced();
		CU_ASSERT_EQUAL_FATAL(b.n_rows, 10);
		CU_ASSERT_EQUAL(b.rows[0].kind, PART_MEMBER);
		CU_ASSERT_EQUAL(b.rows[0].raw_size, 3000);
		CU_ASSERT_EQUAL(b.rows[0].bound, bound_of(512, 3000));
		check_tensors(1, 512 + 3072 + 512);
		check_tensors(5, second + 512);
		CU_ASSERT_EQUAL(b.rows[9].raw_size, 0);
		CU_ASSERT_FALSE(b.rows[9].has_bound);
		n = b.rows[1].block_end - b.rows[1].block;
		CU_ASSERT_TRUE(n >= 30000 / steps[i] &&
		    n <= 30000 / steps[i] + 2);
		drop();
	}
}

static void
counts(void)
{
	struct err e = ERR_INIT;

	add("empty", 't', 0, NULL, 0);
	add("a", 't', 1000, NULL, 0);
	add_tensors("b");
	/* The headers of both; a to the middle of t0; and so on. */
	CU_ASSERT_EQUAL_FATAL(make(21500, MEMORY, &e), ERR_OK);
	CU_ASSERT_EQUAL_FATAL(xz.n_blocks, 5);
	CU_ASSERT_EQUAL(b.blocks[0].n_members, 2);
	CU_ASSERT_STRING_EQUAL(b.blocks[0].member, "a");
	CU_ASSERT_EQUAL(b.blocks[0].n_tensors, 1);
	CU_ASSERT_EQUAL(b.blocks[1].n_members, 1);
	CU_ASSERT_STRING_EQUAL(b.blocks[1].member, "b");
	CU_ASSERT_EQUAL(b.blocks[1].n_tensors, 1);
	CU_ASSERT_EQUAL(b.blocks[2].n_tensors, 1);
	CU_ASSERT_EQUAL(b.blocks[3].n_tensors, 1);
	CU_ASSERT_EQUAL(b.blocks[4].n_tensors, 1);
	CU_ASSERT_EQUAL(b.blocks[0].raw_size, 21500);
	drop();
	/* A Block of headers alone, and of the end marker alone. */
	add("empty", 't', 0, NULL, 0);
	add("a", 'r', 512, NULL, 0);
	CU_ASSERT_EQUAL_FATAL(make(512, MEMORY, &e), ERR_OK);
	balanced();
	CU_ASSERT_EQUAL(b.blocks[0].n_members, 0);
	CU_ASSERT_PTR_NULL(b.blocks[0].member);
	CU_ASSERT_EQUAL(b.blocks[2].n_members, 1);
	CU_ASSERT_EQUAL(b.blocks[3].n_members, 0);
	CU_ASSERT_EQUAL(b.blocks[3].bound, 0);
	drop();
}

/* A member that cannot be cut is one row. */
static void
whole_members(void)
{
	struct err e = ERR_INIT;

	add("a", 'r', 5000, "W", 1);
	add_tensors("b");
	add("c", 't', 1, NULL, 0);
	/* Jumps in a Block of which 128 KiB can be kept. */
	add("d", 't', 300000, "J", 1);
	add_tensors("e");
	CU_ASSERT_EQUAL_FATAL(make(1 << 20, 300000, &e), ERR_OK);
	balanced();
	CU_ASSERT_EQUAL_FATAL(b.n_rows, 8);
	CU_ASSERT_EQUAL(b.rows[0].kind, PART_MEMBER);
	CU_ASSERT_PTR_NULL(b.rows[0].tensor);
	CU_ASSERT_EQUAL(b.rows[0].raw_size, 5000);
	CU_ASSERT_EQUAL(b.rows[1].kind, PART_TENSOR);
	CU_ASSERT_EQUAL(b.rows[5].kind, PART_MEMBER);
	CU_ASSERT_EQUAL(b.rows[6].kind, PART_MEMBER);
	/* All has been spent on d. */
	CU_ASSERT_EQUAL(b.rows[7].kind, PART_MEMBER);
	CU_ASSERT_EQUAL(b.rows[7].raw_size, 100000);
	drop();
}

static void
failures(void)
{
	struct err e = ERR_INIT, again = ERR_INIT;
	uint8_t head[2 + 255 * 8] = { 'T', 255 };
	size_t i;

	for (i = 0; i < 255; i++) {
		head[2 + 8 * i + 1] = (uint8_t)(16 + i / 8);
		head[2 + 8 * i] = (uint8_t)(32 * (i % 8));
		head[2 + 8 * i + 4] = 1;
	}
	add("many", 'r', 20000, head, sizeof(head));
	CU_ASSERT_EQUAL(make(1 << 20, 200000, &e), ERR_MEMLIMIT);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "parts"));
	drop();
	add("many", 'r', 20000, head, sizeof(head));
	CU_ASSERT_EQUAL(make(1 << 20, MEMORY, &again), ERR_OK);
	balanced();
	CU_ASSERT_EQUAL(b.n_rows, 256);
	breakdown_free(&b);
	harness_spoil("f", 0, HARNESS_DATA);
	CU_ASSERT_EQUAL(breakdown_make(&xz, &toc, 1, MEMORY, NULL, &b,
	    &again), ERR_CORRUPT);
	drop();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "bounds", bounds },
		{ "tensors", tensors },
		{ "counts", counts },
		{ "whole members", whole_members },
		{ "failures", failures },
	};

	return harness_run("breakdown", tests, HARNESS_COUNT(tests));
}
