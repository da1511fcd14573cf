#include "tarseed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "unpack/tarfield.h"

#define BLOCK ((size_t)TARFIELD_BLOCK)

struct writer {
	struct seed *s;
	size_t header;		/* offset of the last one */
	const char *form;	/* bytes 257 to 264; static */
};

struct bytes {
	uint8_t p[2048];
	size_t n;
};

void
tarseed_sum(uint8_t *block)
{
	unsigned int sum = 0;
	char text[8];
	size_t i;

	memset(block + 148, ' ', 8);
	for (i = 0; i < BLOCK; i++)
		sum += block[i];
	(void)snprintf(text, sizeof(text), "%06o", sum);
	memcpy(block + 148, text, 7);
}

/* What text stands for, up to its end or to the byte `until`. */
static struct bytes
decode(const char *text, char until)
{
	struct bytes b = { .n = 0 };
	unsigned int v;

	for (; *text != '\0' && *text != until; text++) {
		if (b.n == sizeof(b.p))
			abort();
		v = (uint8_t)*text;
		if (*text == '%') {
			if (sscanf(text + 1, "%2x", &v) != 1)
				abort();
			text += 2;
		}
		b.p[b.n++] = (uint8_t)v;
	}
	return b;
}

static void
pad(struct seed *s)
{
	seed_zeros(s, (BLOCK - s->n % BLOCK) % BLOCK);
}

static void
header(struct writer *w, char type, const struct bytes *name,
    const struct bytes *link, size_t size)
{
	uint8_t block[BLOCK] = { 0 };
	char text[16];

	memcpy(block, name->p, name->n < 100 ? name->n : 100);
	memcpy(block + 100, "0000644", 7);
	memcpy(block + 108, "0001750", 7);
	memcpy(block + 116, "0001750", 7);
	(void)snprintf(text, sizeof(text), "%011zo", size);
	memcpy(block + 124, text, 11);
	memcpy(block + 136, "00000012345", 11);
	block[156] = (uint8_t)type;
	memcpy(block + 157, link->p, link->n < 100 ? link->n : 100);
	memcpy(block + 257, w->form, 8);
	if (w->form[0] != '\0') {
		memcpy(block + 265, "root", 4);
		memcpy(block + 297, "root", 4);
		memcpy(block + 329, "0000000", 7);
		memcpy(block + 337, "0000000", 7);
	}
	tarseed_sum(block);
	w->header = w->s->n;
	seed_bytes(w->s, block, sizeof(block));
}

static void
member(struct writer *w, char type, const char *text)
{
	const struct bytes name = decode(text, '='), none = { .n = 0 };
	const char *equals = strchr(text, '=');
	struct bytes link = none;
	size_t size = 0, i;

	if (type == '1' || type == '2')
		link = equals != NULL ? decode(equals + 1, '\0') : none;
	else if (equals != NULL)
		size = strtoul(equals + 1, NULL, 10);
	header(w, type, &name, &link, size);
	for (i = 0; i < size; i++)
		seed_bytes(w->s, &(uint8_t){ (uint8_t)('a' + i % 26) }, 1);
	pad(w->s);
}

static void
extension(struct writer *w, char type, const void *p, size_t n)
{
	const struct bytes name = { "././@LongLink", 13 }, none = { .n = 0 };

	header(w, type, &name, &none, n);
	seed_bytes(w->s, p, n);
	pad(w->s);
}

/* "LEN KEY=VALUE\n" with the LEN that counts itself. */
static void
record(struct seed *body, const struct bytes *b)
{
	size_t len = b->n + 3;
	char text[24];

	while ((size_t)snprintf(text, sizeof(text), "%zu", len) + b->n + 2 !=
	    len)
		len++;
	seed_text(body, text);
	seed_text(body, " ");
	seed_bytes(body, b->p, b->n);
	seed_text(body, "\n");
}

static void
records(struct writer *w, char type, const char *text)
{
	struct seed body = { 0 };
	struct bytes b;

	for (;;) {
		b = decode(text, ';');
		record(&body, &b);
		text += strcspn(text, ";");
		if (*text == '\0')
			break;
		text++;
	}
	extension(w, type, body.p, body.n);
	seed_free(&body);
}

static void
patch(struct writer *w, const char *word)
{
	size_t at = strtoul(word + 1, NULL, 10);
	const struct bytes b = decode(strchr(word, '=') + 1, '\0');

	if (at + b.n > BLOCK)
		abort();
	memcpy(w->s->p + w->header + at, b.p, b.n);
	if (word[0] == '!')
		tarseed_sum(w->s->p + w->header);
}

static void
form(struct writer *w, const char *name)
{
	w->form = strcmp(name, "gnu") == 0 ? "ustar  \0" :
	    strcmp(name, "v7") == 0 ? "\0\0\0\0\0\0\0" : "ustar\0" "00";
}

/* A word with a ':' or '+' in second place. */
static void
typed(struct writer *w, const char *word)
{
	static const char letters[] = "fdsh", types[] = "0521";
	const char *letter = strchr(letters, word[0]);
	struct bytes b;

	if (word[0] == '0' || word[0] == 'b') {
		b = decode(word + 2, '\0');
		if (word[0] == '0')
			seed_zeros(w->s, strtoul(word + 2, NULL, 10));
		else
			seed_bytes(w->s, b.p, b.n);
	} else if (strchr("xgLK", word[0]) == NULL) {
		member(w, letter != NULL ? types[letter - letters] : word[0],
		    word + 2);
	} else if (word[1] == ':' && (word[0] == 'x' || word[0] == 'g')) {
		records(w, word[0], word + 2);
	} else {
		b = decode(word + 2, '\0');
		if (word[1] == ':')
			b.p[b.n++] = '\0';
		extension(w, word[0], b.p, b.n);
	}
}

static void
run(struct writer *w, const char *word)
{
	size_t digits = strspn(word, "0123456789");
	unsigned long times = digits > 0 && word[digits] == '*' ?
	    strtoul(word, NULL, 10) : 0;

	if (times > 0) {
		while (times-- > 0)
			run(w, word + digits + 1);
		return;
	}
	if (word[0] == '!' || word[0] == '?')
		patch(w, word);
	else if (word[0] == '@')
		form(w, word + 1);
	else if (word[0] == '~')
		w->s->n -= strtoul(word + 1, NULL, 10);
	else if (strcmp(word, "z") == 0 || strcmp(word, "e") == 0)
		seed_zeros(w->s, word[0] == 'z' ? BLOCK : 2 * BLOCK);
	else if (word[1] == ':' || word[1] == '+')
		typed(w, word);
	else
		abort();
}

void
tarseed_script(struct seed *s, const char *script)
{
	char *copy = strdup(script), *rest = copy, *word;
	struct writer w = { s, 0, "ustar\0" "00" };

	if (copy == NULL)
		abort();
	while ((word = strsep(&rest, " ")) != NULL) {
		if (word[0] != '\0')
			run(&w, word);
	}
	free(copy);
}

/* Let the length of each pax record be that of its line, where it has as many
 * digits. */
static void
repair_records(uint8_t *p, size_t n)
{
	char text[24];
	uint8_t *end;
	size_t digits, len;

	while (n > 0 && (end = memchr(p, '\n', n)) != NULL) {
		len = (size_t)(end - p) + 1;
		for (digits = 0; p[digits] >= '0' && p[digits] <= '9';)
			digits++;
		if ((size_t)snprintf(text, sizeof(text), "%zu", len) ==
		    digits)
			memcpy(p, text, digits);
		p += len;
		n -= len;
	}
}

void
tarseed_repair(uint8_t *p, size_t n)
{
	uint64_t size;
	size_t at = 0;

	while (n - at >= BLOCK && !tarfield_zeros(p + at, BLOCK)) {
		tarseed_sum(p + at);
		if (!tarfield_number(p + at + TARFIELD_SIZE,
		    TARFIELD_SIZE_SIZE, &size) || size > n - at - BLOCK)
			return;
		at += BLOCK;
		if (memchr("xg", p[at - BLOCK + TARFIELD_TYPE], 2) != NULL)
			repair_records(p + at, (size_t)size);
		at += (size + BLOCK - 1) / BLOCK * BLOCK;
		if (at > n)
			return;
	}
}
