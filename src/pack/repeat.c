#include "pack/repeat.h"

#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "pack/sample.h"
#include "xz/encode.h"

#define TABLE_MAX ((size_t)1 << 21)	/* anchors kept */
#define PIECE ((size_t)256 << 10)	/* bytes read at a time */
#define APART 64		/* bytes between anchors, at least: runs of one
				 * byte are anchors all along */
#define ANCHOR_BYTES 256	/* bytes that an anchor stands for */
#define WORTH 32		/* joined if 1/32 of all repeats */

/* Of one unit: the earlier one that it repeats most (by majority vote). */
struct votes {
	size_t source;
	uint64_t n;		/* anchors of it in that */
	uint64_t crossing;	/* anchors of it in itself, before a cut */
};

/* What does not change of a unit while others are joined. */
struct place {
	uint64_t off, size;
	bool forced, pinned;
};

struct finder {
	struct place *units;	/* [n_units]; owned */
	size_t n_units;
	struct seen {
		uint64_t hash;
		uint64_t off;	/* in the tar, plus 1; 0: free */
	} *table;		/* [mask + 1]; owned */
	size_t mask;
	struct votes *votes;	/* [n_units]; owned */
	uint64_t gear[256];
	uint64_t hash;
	uint64_t last;		/* offset of the last anchor */
	size_t unit;		/* that holds the present byte */
};

static size_t
unit_at(const struct finder *f, uint64_t off)
{
	size_t lo = 0, hi = f->n_units, mid;

	while (hi - lo > 1) {
		mid = lo + (hi - lo) / 2;
		if (f->units[mid].off <= off)
			lo = mid;
		else
			hi = mid;
	}
	return lo;
}

/* The present unit has, at off, what was at `before`. */
static void
vote(struct finder *f, uint64_t before, uint64_t off)
{
	struct votes *v = &f->votes[f->unit];
	const struct place *u = &f->units[f->unit];
	size_t source = unit_at(f, before);
	uint64_t slice;

	if (source == f->unit) {
		slice = unit_slice(u->size, ENCODE_BLOCK_MAX);
		v->crossing += (before - u->off) / slice !=
		    (off - u->off) / slice;
		return;
	}
	if (v->n == 0)
		v->source = source;
	if (source == v->source)
		v->n++;
	else
		v->n--;
}

static void
anchor(struct finder *f, uint64_t off)
{
	struct seen *s = &f->table[(f->hash >> 8) & f->mask];

	if (off - f->last >= APART && s->off != 0 && s->hash == f->hash &&
	    off - s->off < ENCODE_BLOCK_MAX)
		vote(f, s->off - 1, off);
	s->hash = f->hash;
	s->off = off + 1;
	f->last = off;
}

static void
find_in(struct finder *f, uint64_t off, const uint8_t *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++, off++) {
		f->hash = (f->hash << 1) + f->gear[p[i]];
		if (f->hash >> (64 - SAMPLE_ANCHOR_BITS) != 0)
			continue;
		while (f->unit + 1 < f->n_units &&
		    f->units[f->unit + 1].off <= off)
			f->unit++;
		anchor(f, off);
	}
}

static enum err_code
find_all(struct finder *f, const struct tarstream *t, const struct watch *w,
    struct err *e)
{
	uint64_t size = tarstream_size(t), done;
	struct source cursor = { NULL, NULL };
	uint8_t *piece = malloc(PIECE);
	size_t n;

	if (piece == NULL)
		return err_nomem(e);
	if (tarstream_cursor(t, &cursor, e) == ERR_OK) {
		for (done = 0; done < size; done += n) {
			n = (size_t)num_min(size - done, PIECE);
			if (cursor.read(cursor.ctx, done, piece, n, e) !=
			    ERR_OK || watch_step(w, 0, e) != ERR_OK)
				break;
			find_in(f, done, piece, n);
		}
	}
	tarstream_cursor_end(&cursor, e);
	free(piece);
	return e->code;
}

/* May all of first .. last be one unit, and is that worth it? */
static bool
worth(const struct finder *f, size_t first, size_t last)
{
	uint64_t size = f->units[last].off + f->units[last].size -
	    f->units[first].off;
	size_t i;

	for (i = first; i <= last; i++) {
		if (f->units[i].forced || (i > first && f->units[i].pinned))
			return false;
	}
	return size <= ENCODE_FAR_MAX &&
	    f->votes[last].n * ANCHOR_BYTES > size / WORTH;
}

static void
join_units(const struct finder *f, struct unit *units, size_t *n)
{
	size_t i, kept = 0, first;
	size_t *place = NULL;

	place = calloc(*n, sizeof(*place));
	if (place == NULL)
		return;		/* only larger */
	for (i = 0; i < *n; i++) {
		first = f->votes[i].n > 0 && worth(f, f->votes[i].source, i) ?
		    place[f->votes[i].source] : kept;
		if (first < kept) {
			units[first].size = units[i].off + units[i].size -
			    units[first].off;
			units[first].kind = UNIT_BINARY;
			units[first].solo = true;
			units[first].element = 1;
			units[first].dtype[0] = '\0';
			units[first].crossing += f->votes[i].n * ANCHOR_BYTES;
			kept = first + 1;
		} else {
			units[kept] = units[i];
			units[kept++].crossing = f->votes[i].crossing *
			    ANCHOR_BYTES;
		}
		place[i] = kept - 1;
	}
	*n = kept;
	free(place);
}

static struct place *
places(const struct unit *units, size_t n)
{
	struct place *p = calloc(n, sizeof(*p));
	size_t i;

	for (i = 0; p != NULL && i < n; i++) {
		p[i].off = units[i].off;
		p[i].size = units[i].size;
		p[i].forced = units[i].kind == UNIT_FORCED;
		p[i].pinned = units[i].pinned;
	}
	return p;
}

enum err_code
repeat_join(const struct tarstream *t, const struct watch *w,
    struct unit *units, size_t *n, struct err *e)
{
	struct finder f = { .n_units = *n, .mask = 4095 };
	size_t want = (size_t)num_min(tarstream_size(t) / ANCHOR_BYTES * 2,
	    TABLE_MAX - 1);

	while (f.mask < want)
		f.mask = 2 * f.mask + 1;
	f.units = places(units, *n);
	f.table = calloc(f.mask + 1, sizeof(*f.table));
	f.votes = calloc(*n, sizeof(*f.votes));
	sample_gear(f.gear);
	if (f.units == NULL || f.table == NULL || f.votes == NULL)
		err_nomem(e);
	else if ((*n > 1 || tarstream_size(t) > ENCODE_BLOCK_MAX) &&
	    find_all(&f, t, w, e) == ERR_OK)
		join_units(&f, units, n);
	free(f.votes);
	free(f.table);
	free(f.units);
	return e->code;
}
