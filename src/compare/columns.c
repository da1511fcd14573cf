#include "compare/columns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

#define LZMA_NEEDS "liblzma, which tar, Python and 7-Zip have"
#define PACKED_NEEDS "xzbundle, or its Python loader with numpy"

/* Of the preset that delta and BCJ go before. */
#define PRESET (9 | LZMA_PRESET_EXTREME)

static const char *const usual[] = { "zlib", "bzip2", "zstd", "brotli",
    "xz-6", "xz-9", "xz-9e", "delta", "bcj", "xzbundle", "packed" };

static enum err_code
add(struct columns *c, const struct column *column, const char *name,
    struct err *e)
{
	struct column *to = &c->v[c->n];

	if (columns_find(c, name) < c->n)
		return err_set(e, ERR_USAGE, "%s: is there twice", name);
	if (c->n == COLUMNS_MAX)
		return err_set(e, ERR_USAGE, "over %d columns", COLUMNS_MAX);
	*to = *column;
	to->name = strdup(name);
	if (to->name == NULL)
		return err_nomem(e);
	c->n++;
	return ERR_OK;
}

static enum err_code
add_codec(struct columns *c, const struct codec *codec, int level,
    struct err *e)
{
	struct column column = { .kind = COLUMN_CODEC, .codec = codec,
	    .level = level, .needs = codec->needs };
	char name[32];

	snprintf(name, sizeof(name), "%s %s%d", codec->name, codec->option,
	    level);
	return add(c, &column, name, e);
}

/* "xz", "xz-6", "xz-9e" */
static bool
preset_of(const char *name, uint32_t *preset)
{
	if (strncmp(name, "xz", 2) != 0)
		return false;
	*preset = PRESET;
	if (name[2] == '\0')
		return true;
	if (name[2] != '-' || name[3] < '0' || name[3] > '9')
		return false;
	*preset = (uint32_t)(name[3] - '0');
	if (name[4] == 'e')
		*preset |= LZMA_PRESET_EXTREME;
	return name[4] == '\0' || (name[4] == 'e' && name[5] == '\0');
}

static enum err_code
add_preset(struct columns *c, uint32_t preset, struct err *e)
{
	struct column column = { .kind = COLUMN_CHAIN, .needs = LZMA_NEEDS };
	char name[16];

	chain_preset(&column.chain, preset);
	snprintf(name, sizeof(name), "xz -%u%s",
	    (unsigned int)(preset & LZMA_PRESET_LEVEL_MASK),
	    preset & LZMA_PRESET_EXTREME ? "e" : "");
	return add(c, &column, name, e);
}

static enum err_code
add_kind(struct columns *c, enum column_kind kind, const char *name,
    const char *needs, struct err *e)
{
	struct column column = { .kind = kind, .needs = needs };

	chain_preset(&column.chain, PRESET);
	return add(c, &column, name, e);
}

/* What is wrong with a name that is none. */
static enum err_code
refuse(const char *name, struct err *e)
{
	const struct codec *codec;
	size_t i, n;

	for (i = 0; (codec = codecs[i]) != NULL; i++) {
		n = strlen(codec->name);
		if (strncmp(name, codec->name, n) == 0 && name[n] == '-')
			return err_set(e, ERR_USAGE, "'%s': the levels of %s "
			    "are %d to %d", name, codec->name, codec->min,
			    codec->max);
	}
	if (strncmp(name, "xz-", 3) == 0)
		return err_set(e, ERR_USAGE, "'%s': the presets of xz are 0 "
		    "to 9 and 0e to 9e", name);
	return err_set(e, ERR_USAGE, "'%s' (a level may follow, as in "
	    "zstd-19): not zlib, bzip2, zstd, brotli, xz-6, xz-9, xz-9e, "
	    "delta, bcj, xzbundle, packed or default", name);
}

/* Add it, available or not. */
static enum err_code
add_any(struct columns *c, const char *name, struct err *e)
{
	const struct codec *codec;
	uint32_t preset;
	int level;

	if ((codec = codec_find(name, &level)) != NULL)
		return add_codec(c, codec, level, e);
	if (preset_of(name, &preset))
		return add_preset(c, preset, e);
	if (strcmp(name, "delta") == 0)
		return add_kind(c, COLUMN_DELTA, "delta + xz -9e",
		    LZMA_NEEDS, e);
	if (strcmp(name, "bcj") == 0)
		return add_kind(c, COLUMN_BCJ, "BCJ + xz -9e", LZMA_NEEDS,
		    e);
	if (strcmp(name, "xzbundle") == 0)
		return add_kind(c, COLUMN_PLAN, name, LZMA_NEEDS, e);
	if (strcmp(name, "packed") == 0)
		return add_kind(c, COLUMN_PACKED, "xzbundle --pack",
		    PACKED_NEEDS, e);
	return refuse(name, e);
}

enum err_code
columns_check(const char *name, struct err *e)
{
	struct columns one;

	if (strcmp(name, "default") == 0)
		return ERR_OK;
	memset(&one, 0, sizeof(one));
	add_any(&one, name, e);
	columns_free(&one);
	return e->code;
}

/* The column that a name of columns_add() would add. */
static size_t
find_short(const struct columns *c, const char *name)
{
	struct columns other;
	struct err own = ERR_INIT;
	size_t i = c->n;

	memset(&other, 0, sizeof(other));
	if (add_any(&other, name, &own) == ERR_OK)
		i = columns_find(c, other.v[0].name);
	columns_free(&other);
	return i;
}

enum err_code
columns_default(struct columns *c, struct err *e)
{
	size_t i;

	for (i = 0; i < sizeof(usual) / sizeof(usual[0]); i++) {
		if (find_short(c, usual[i]) == c->n &&
		    add_any(c, usual[i], e) != ERR_OK)
			break;
	}
	return e->code;
}

enum err_code
columns_add(struct columns *c, const char *name, struct err *e)
{
	const struct codec *codec;

	if (add_any(c, name, e) != ERR_OK)
		return e->code;
	codec = c->v[c->n - 1].codec;
	if (columns_available(&c->v[c->n - 1]))
		return ERR_OK;
	return err_set(e, ERR_UNSUPPORTED, "%s: xzbundle was built without "
	    "it; on Debian: apt install %s, and build it again", codec->name,
	    codec->package);
}

enum err_code
columns_add_chain(struct columns *c, const char *name, const char *chain,
    struct err *e)
{
	struct column column = { .kind = COLUMN_CHAIN, .needs = LZMA_NEEDS };

	if (chain_parse(chain, &column.chain, e) != ERR_OK)
		return e->code;
	return add(c, &column, name != NULL ? name : chain, e);
}

static char *
trim(char *s)
{
	size_t n;

	while (isspace((unsigned char)*s))
		s++;
	n = strlen(s);
	while (n > 0 && isspace((unsigned char)s[n - 1]))
		s[--n] = '\0';
	return s;
}

/* The colons of a chain are behind a filter's name: "x86: lzma2:lc=0" is a
 * name and a chain, "delta:dist=2 lzma2" a chain. */
static enum err_code
add_line(struct columns *c, char *line, struct err *e)
{
	char *hash = strchr(line, '#'), *colon;

	if (hash != NULL)
		*hash = '\0';
	line = trim(line);
	if (*line == '\0')
		return ERR_OK;
	for (colon = strchr(line, ':'); colon != NULL &&
	    !isspace((unsigned char)colon[1]); colon = strchr(colon + 1, ':'))
		;
	if (colon == NULL)
		return columns_add_chain(c, NULL, line, e);
	*colon = '\0';
	return columns_add_chain(c, trim(line), trim(colon + 1), e);
}

enum err_code
columns_add_text(struct columns *c, struct buf *text, struct err *e)
{
	char *line, *rest;
	unsigned int n = 0;

	if (buf_append(text, "", 1, e) != ERR_OK)
		return e->code;
	rest = (char *)text->data;
	if (strlen(rest) + 1 != text->size)
		return err_set(e, ERR_USAGE, "is not text");
	while ((line = strsep(&rest, "\n")) != NULL) {
		n++;
		if (add_line(c, line, e) != ERR_OK)
			return err_wrap(e, "line %u", n);
	}
	return ERR_OK;
}

bool
columns_available(const struct column *c)
{
	return c->kind != COLUMN_CODEC || c->codec->encode != NULL;
}

size_t
columns_find(const struct columns *c, const char *name)
{
	size_t i;

	for (i = 0; i < c->n && strcmp(c->v[i].name, name) != 0; i++)
		;
	return i;
}

/* The first of that kind, or n. */
static size_t
find_kind(const struct columns *c, enum column_kind kind)
{
	size_t i;

	for (i = 0; i < c->n && (c->v[i].kind != kind ||
	    !columns_available(&c->v[i])); i++)
		;
	return i;
}

enum err_code
columns_set_baseline(struct columns *c, const char *name, struct err *e)
{
	size_t i;

	if (name == NULL) {
		c->baseline = find_kind(c, COLUMN_CODEC);
		if (c->baseline == c->n)
			c->baseline = find_kind(c, COLUMN_CHAIN);
		if (c->baseline == c->n)
			c->baseline = 0;
		return ERR_OK;
	}
	i = columns_find(c, name);
	if (i == c->n)
		i = find_short(c, name);
	if (i == c->n)
		return err_set(e, ERR_USAGE, "--baseline %s: is none of the "
		    "columns", name);
	if (!columns_available(&c->v[i]))
		return err_set(e, ERR_UNSUPPORTED, "--baseline %s: xzbundle "
		    "was built without it", name);
	c->baseline = i;
	return ERR_OK;
}

void
columns_free(struct columns *c)
{
	size_t i;

	for (i = 0; i < c->n; i++)
		free(c->v[i].name);
	memset(c, 0, sizeof(*c));
}
