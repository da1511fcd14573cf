/*
 * phrases: a text -> the same with one-byte codes for what is frequent in it.
 *
 * LZMA spends some 15 to 20 bits on a repeated word, since it has to say from
 * where and how long it is; a byte that stands for the word takes 4 to 8.  So
 * a text with codes, and a list of what they mean, can be smaller after
 * compression than the text.  Which phrases are worth it only the encoder
 * knows, hence a callback that tells the size.
 *
 * A code is a control character that the text does not have.  The list is what
 * Python's str.translate() takes: entry c stands for the code point c, so that
 * characters of the text that are below the end of the list have an entry that
 * is themselves, and those between that mean nothing are empty.  Codes in an
 * entry are not expanded.
 *
 * What is found is the same for any number of threads.
 */
#ifndef XZB_PHRASES_H
#define XZB_PHRASES_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/watch.h"

#define PHRASE_MAX 32		/* bytes */
#define PHRASES_MAX 29		/* the codes 1 to 31 without 10 and 13 */
#define PHRASES_TEXT_MAX ((size_t)1 << 21)	/* bytes; of a larger text no
						 * phrases are found */

struct phrase {
	uint8_t code;
	uint8_t size;			/* 2 to PHRASE_MAX */
	uint8_t text[PHRASE_MAX];	/* whole characters */
};

struct phrases {
	struct phrase v[PHRASES_MAX];	/* [n], as they are replaced: what the
					 * first takes is not there for the
					 * second */
	size_t n;			/* 0: coded is the text */
	uint32_t own;			/* bit c: the text has the character c,
					 * which is below 32 */
	uint8_t separator;		/* of the list; ASCII, neither in the
					 * text nor a code; 0 without phrases */
	struct buf coded;		/* owned */
};

struct phrases_request {
	const uint8_t *text;		/* UTF-8 without NUL and CR */
	size_t size;			/* bytes */
	/*
	 * The bytes that the program takes with these phrases.  Called from
	 * any thread, several at a time; the same phrases must give the same
	 * size.
	 */
	enum err_code (*cost)(void *ctx, const struct phrases *p,
	    uint64_t *size, struct err *e);
	void *ctx;
	unsigned int n_threads;		/* >= 1 */
	const struct watch *watch;	/* may be NULL */
	uint64_t budget;		/* bytes of text, about, that are coded
					 * for cost() or to be counted, in all;
					 * the time is about in proportion */
};

/* *out is to be freed in every case.  Phrases that do not make the program
 * smaller are none. */
enum err_code phrases_find(const struct phrases_request *r,
    struct phrases *out, struct err *e);
void phrases_free(struct phrases *p);

/* Append the list: the entries 1, 2 and so on, each behind a separator; nothing
 * without phrases.  It ends in neither a quote nor a backslash. */
enum err_code phrases_list(const struct phrases *p, struct buf *to,
    struct err *e);

/* Append the text, as Python makes it of the coded one and the list. */
enum err_code phrases_decode(const struct phrases *p, struct buf *to,
    struct err *e);

#endif
