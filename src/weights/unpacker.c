#include "weights/unpacker.h"

#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"
#include "weights/stfile.h"
#include "xz/crc.h"

#define TEXT_MAX (8 * STFILE_HEADER_MAX)	/* bytes of a header made */
#define BEGIN (STFILE_PREFIX + 1)	/* bytes that tell what it may be */
#define WORK 5			/* bytes for a value that a decoder may need: 2
				 * of a field's, 1 of its table, and 2 of a
				 * label, of which there are as many */

struct unpacker {
	struct unpacker_request r;
	uint64_t taken;			/* bytes that went in */
	bool passing;			/* the rest goes through as it is */
	struct buf head;		/* what is not judged yet */
	uint64_t header_size;		/* 0: not known yet */
	struct err reason;
	struct stfile f;
	bool packed;			/* f is there */
	size_t next;			/* place of a tensor in by_off */
	uint64_t have;			/* bytes of it that went in */
	uint8_t *in;			/* one packed tensor; owned */
	uint8_t *out;			/* and unpacked; owned */
};

enum err_code
unpacker_new(const struct unpacker_request *r, struct unpacker **out,
    struct err *e)
{
	struct unpacker *u = calloc(1, sizeof(*u));

	if (u == NULL)
		return err_nomem(e);
	u->r = *r;
	buf_init(&u->head, STFILE_PREFIX + STFILE_HEADER_MAX);
	*out = u;
	return ERR_OK;
}

void
unpacker_free(struct unpacker *u)
{
	if (u == NULL)
		return;
	buf_free(&u->head);
	if (u->packed)
		stfile_free(&u->f);
	free(u->in);
	free(u->out);
	free(u);
}

const char *
unpacker_reason(const struct unpacker *u)
{
	return u->reason.text;
}

static enum err_code
begin(struct unpacker *u, enum unpacker_kind kind, uint64_t size,
    struct err *e)
{
	return u->r.begin == NULL ? ERR_OK :
	    u->r.begin(u->r.ctx, kind, size, e);
}

static enum err_code
put(struct unpacker *u, const uint8_t *p, size_t n, struct err *e)
{
	return n == 0 ? ERR_OK : u->r.put(u->r.ctx, p, n, e);
}

/* Let through what is held, and all that comes. */
static enum err_code
pass(struct unpacker *u, enum unpacker_kind kind, struct err *e)
{
	u->passing = true;
	if (begin(u, kind, u->r.size, e) == ERR_OK)
		put(u, u->head.data, u->head.size, e);
	buf_free(&u->head);
	return e->code;
}

/* --- the header --- */

/* Room for the largest of its tensors. */
static enum err_code
make_room(struct unpacker *u, struct err *e)
{
	const struct stfile_tensor *t, *largest = NULL;
	uint64_t in = 1, out = 1, n = 0, all = UINT64_MAX;
	size_t i;

	for (i = 0; i < u->f.n; i++) {
		t = &u->f.tensors[i];
		if (t->recipe == NULL)
			continue;
		if (largest == NULL || t->recipe->original.size > out)
			largest = t;
		in = num_max(in, t->size);
		out = num_max(out, t->recipe->original.size);
		n = num_max(n, t->recipe->original.n);
	}
	if (largest == NULL)
		return ERR_OK;
	/* n is below 2^32, and `out` at most 8 times as much. */
	if (!num_add(in, out + WORK * n, &all) || all > u->r.max_memory ||
	    (size_t)all != all) {
		err_set(e, ERR_MEMLIMIT, "unpacking takes %llu bytes of "
		    "memory, %llu are allowed; raise --memlimit",
		    (unsigned long long)all,
		    (unsigned long long)u->r.max_memory);
		return stfile_blame(largest->name, e);
	}
	u->in = malloc((size_t)in);
	u->out = malloc((size_t)out);
	return u->in != NULL && u->out != NULL ? ERR_OK : err_nomem(e);
}

static enum err_code
begin_packed(struct unpacker *u, struct err *e)
{
	struct buf text;

	buf_init(&text, TEXT_MAX);
	if (make_room(u, e) == ERR_OK &&
	    stfile_write_original(&u->f, &text, e) == ERR_OK &&
	    begin(u, UNPACKER_PACKED, u->f.original_data_size + text.size,
	    e) == ERR_OK)
		put(u, text.data, text.size, e);
	buf_free(&text);
	return e->code;
}

/* The header is complete. */
static enum err_code
judge(struct unpacker *u, struct err *e)
{
	u->packed = true;
	if (stfile_read((const char *)u->head.data + STFILE_PREFIX,
	    (size_t)u->header_size, u->r.size - u->head.size, &u->f,
	    &u->reason) == ERR_OK && u->f.packed) {
		buf_free(&u->head);
		return begin_packed(u, e);
	}
	stfile_free(&u->f);
	u->packed = false;
	if (u->reason.code == ERR_OK)
		return pass(u, UNPACKER_PLAIN, e);
	if (u->reason.code == ERR_FAIL ||
	    stfile_mentions(u->head.data, u->head.size))
		return err_copy(e, &u->reason);
	return pass(u, UNPACKER_OTHER, e);
}

/* The first bytes, which tell how long the header is. */
static enum err_code
judge_begin(struct unpacker *u, struct err *e)
{
	uint64_t room = u->r.size - STFILE_PREFIX;

	if (!stfile_looks(u->head.data, u->head.size, &u->header_size))
		return pass(u, UNPACKER_OTHER, e);
	if (u->header_size > room)
		err_set(&u->reason, ERR_CORRUPT, "it ends in its header");
	else if (u->header_size > STFILE_HEADER_MAX)
		err_set(&u->reason, ERR_CORRUPT, "a header of more than 16 "
		    "MiB");
	return u->reason.code != ERR_OK ? pass(u, UNPACKER_OTHER, e) : ERR_OK;
}

/* Take of *p what belongs to the header. */
static enum err_code
take_head(struct unpacker *u, const uint8_t **p, size_t *n, struct err *e)
{
	uint64_t end = u->header_size > 0 ? STFILE_PREFIX + u->header_size :
	    BEGIN;
	size_t k = (size_t)num_min(*n, end - u->head.size);

	if (buf_append(&u->head, *p, k, e) != ERR_OK)
		return e->code;
	*p += k;
	*n -= k;
	if (u->head.size < end)
		return ERR_OK;
	return u->header_size == 0 ? judge_begin(u, e) : judge(u, e);
}

/* --- tensors --- */

/* packed[] is all of a tensor. */
static enum err_code
unpack(struct unpacker *u, const struct stfile_tensor *t,
    const uint8_t *packed, struct err *e)
{
	const struct stfile_recipe *r = t->recipe;
	const size_t size = (size_t)r->original.size;
	json_t *params = NULL;

	if (stfile_params(r, &params, e) == ERR_OK &&
	    r->packing->decode(&r->original, params, packed, (size_t)t->size,
	    u->out, e) == ERR_OK && crc_32(u->out, size, 0) != r->crc32)
		err_set(e, ERR_CORRUPT, "what was unpacked has another CRC32 "
		    "than the original");
	json_decref(params);
	if (e->code != ERR_OK)
		return stfile_blame(t->name, e);
	return put(u, u->out, size, e);
}

/* Take of *p what belongs to the next tensor. */
static enum err_code
take_tensor(struct unpacker *u, const uint8_t **p, size_t *n, struct err *e)
{
	const struct stfile_tensor *t = &u->f.tensors[u->f.by_off[u->next]];
	const uint8_t *from = *p;
	size_t k = (size_t)num_min(*n, t->size - u->have);

	*p += k;
	*n -= k;
	if (t->recipe == NULL) {
		put(u, from, k, e);
	} else if (k < t->size) {
		if (k > 0)
			memcpy(u->in + u->have, from, k);
		from = u->in;
	}
	u->have += k;
	if (e->code != ERR_OK || u->have < t->size)
		return e->code;
	u->next++;
	u->have = 0;
	return t->recipe != NULL ? unpack(u, t, from, e) : ERR_OK;
}

enum err_code
unpacker_data(struct unpacker *u, const uint8_t *p, size_t n, struct err *e)
{
	if (n > u->r.size - u->taken)
		return err_set(e, ERR_CORRUPT, "it has more bytes than it "
		    "should");
	u->taken += n;
	while (n > 0 && !u->passing && !u->packed && e->code == ERR_OK)
		take_head(u, &p, &n, e);
	/* Also those without bytes that follow. */
	while (u->packed && u->next < u->f.n && e->code == ERR_OK &&
	    (n > 0 || u->f.tensors[u->f.by_off[u->next]].size == 0))
		take_tensor(u, &p, &n, e);
	if (u->passing && e->code == ERR_OK)
		put(u, p, n, e);
	return e->code;
}

enum err_code
unpacker_end(struct unpacker *u, struct err *e)
{
	if (u->taken < u->r.size)
		return err_set(e, ERR_CORRUPT, "it has fewer bytes than it "
		    "should");
	/* A file may be shorter than anything that tells what it is. */
	return u->passing || u->packed ? ERR_OK :
	    pass(u, UNPACKER_OTHER, e);
}
