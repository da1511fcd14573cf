#include "xz/chain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ANY_DICT_MAX (UINT32_C(64) << 20)	/* BusyBox refuses more */

void
chain_preset(struct chain *c, uint32_t preset)
{
	memset(c, 0, sizeof(*c));
	/* Fails only for presets that do not exist. */
	if (lzma_lzma_preset(&c->lzma, preset))
		(void)lzma_lzma_preset(&c->lzma, LZMA_PRESET_DEFAULT);
}

void
chain_prepend(struct chain *c, lzma_vli id, uint32_t dist)
{
	memmove(c->pre + 1, c->pre, c->n_pre * sizeof(c->pre[0]));
	memset(&c->pre[0], 0, sizeof(c->pre[0]));
	c->pre[0].id = id;
	c->pre[0].dist = dist;
	c->n_pre++;
}

enum err_code
chain_from_filters(const lzma_filter *filters, struct chain *c,
    struct err *e)
{
	const lzma_options_delta *delta;
	const lzma_options_bcj *bcj;
	struct chain_pre *pre;
	size_t i;

	memset(c, 0, sizeof(*c));
	for (i = 0; filters[i].id != LZMA_VLI_UNKNOWN; i++) {
		if (filters[i].id == LZMA_FILTER_LZMA2)
			break;
		if (i == CHAIN_PRE_MAX)
			break;
		pre = &c->pre[c->n_pre++];
		pre->id = filters[i].id;
		delta = filters[i].options;
		bcj = filters[i].options;
		if (pre->id == LZMA_FILTER_DELTA && delta != NULL)
			pre->dist = delta->dist;
		else if (bcj != NULL)
			pre->start_offset = bcj->start_offset;
	}
	if (filters[i].id != LZMA_FILTER_LZMA2)
		return err_set(e, ERR_UNSUPPORTED,
		    "the filter chain does not end in LZMA2");
	memcpy(&c->lzma, filters[i].options, sizeof(c->lzma));
	c->lzma.preset_dict = NULL;
	c->lzma.preset_dict_size = 0;
	return ERR_OK;
}

/* How would liblzma's encoder start?  Asked with a small dictionary, since it
 * allocates that. */
static lzma_ret
try_encoder(const struct chain *c)
{
	lzma_stream s = LZMA_STREAM_INIT;
	struct chain_filters f;
	struct chain small = *c;
	lzma_ret r;

	if (chain_encoder_memory(c) == UINT64_MAX)
		return LZMA_OPTIONS_ERROR;
	chain_fit(&small, LZMA_DICT_SIZE_MIN);
	chain_filters(&small, &f);
	r = lzma_raw_encoder(&s, f.v);
	lzma_end(&s);
	return r;
}

enum err_code
chain_parse(const char *text, struct chain *c, struct err *e)
{
	lzma_filter filters[LZMA_FILTERS_MAX + 1];
	const char *what;
	lzma_ret r = LZMA_OK;
	int pos = 0;

	what = lzma_str_to_filters(text, &pos, filters, 0, NULL);
	if (what != NULL)
		return err_set(e, ERR_USAGE,
		    "bad filter chain '%s' at character %d: %s", text,
		    pos + 1, what);
	chain_from_filters(filters, c, e);
	lzma_filters_free(filters, NULL);
	if (e->code == ERR_OK)
		r = try_encoder(c);
	if (r == LZMA_MEM_ERROR)
		err_nomem(e);
	else if (r != LZMA_OK)
		err_set(e, ERR_USAGE,
		    "liblzma cannot encode with the filter chain '%s'", text);
	return e->code;
}

void
chain_filters(const struct chain *c, struct chain_filters *f)
{
	unsigned int i;

	memset(f, 0, sizeof(*f));
	f->chain = *c;
	for (i = 0; i < c->n_pre; i++) {
		f->v[i].id = c->pre[i].id;
		if (c->pre[i].id == LZMA_FILTER_DELTA) {
			f->delta[i].type = LZMA_DELTA_TYPE_BYTE;
			f->delta[i].dist = c->pre[i].dist;
			f->v[i].options = &f->delta[i];
		} else {
			f->bcj[i].start_offset = c->pre[i].start_offset;
			f->v[i].options = &f->bcj[i];
		}
	}
	f->v[i].id = LZMA_FILTER_LZMA2;
	f->v[i].options = &f->chain.lzma;
	f->v[i + 1].id = LZMA_VLI_UNKNOWN;
}

static void
print(const struct chain *c, uint32_t flags, char *text)
{
	struct chain_filters f;
	char *s = NULL;

	chain_filters(c, &f);
	if (lzma_str_from_filters(&s, f.v, flags, NULL) != LZMA_OK)
		s = NULL;
	snprintf(text, CHAIN_TEXT_MAX, "%s", s != NULL ? s : "?");
	free(s);
}

void
chain_print(const struct chain *c, char *text)
{
	print(c, LZMA_STR_ENCODER, text);
}

void
chain_print_decoder(const struct chain *c, bool props_known, char *text)
{
	size_t used;

	/* liblzma leaves lc, lp and pb out: Block Headers have none. */
	print(c, LZMA_STR_DECODER, text);
	used = strlen(text);
	if (props_known)
		snprintf(text + used, CHAIN_TEXT_MAX - used,
		    ",lc=%u,lp=%u,pb=%u", c->lzma.lc, c->lzma.lp,
		    c->lzma.pb);
}

void
chain_fit(struct chain *c, uint64_t raw_size)
{
	uint64_t dict = LZMA_DICT_SIZE_MIN, half;

	while (dict < raw_size && dict < c->lzma.dict_size) {
		half = dict + dict / 2;
		dict = half >= raw_size ? half : dict * 2;
	}
	if (dict < c->lzma.dict_size)
		c->lzma.dict_size = (uint32_t)dict;
}

uint64_t
chain_encoder_memory(const struct chain *c)
{
	struct chain_filters f;

	chain_filters(c, &f);
	return lzma_raw_encoder_memusage(f.v);
}

uint64_t
chain_decoder_memory(const struct chain *c)
{
	struct chain_filters f;

	chain_filters(c, &f);
	return lzma_raw_decoder_memusage(f.v);
}

enum err_code
chain_error(lzma_ret r, struct err *e)
{
	if (r == LZMA_MEM_ERROR)
		return err_nomem(e);
	if (r == LZMA_OPTIONS_ERROR)
		return err_set(e, ERR_UNSUPPORTED,
		    "liblzma does not support this filter chain");
	if (r == LZMA_UNSUPPORTED_CHECK)
		return err_set(e, ERR_UNSUPPORTED,
		    "liblzma was built without this integrity check");
	return e->code;
}

static const char *
filter_name(lzma_vli id)
{
	switch (id) {
	case LZMA_FILTER_DELTA:
		return "delta";
	case LZMA_FILTER_ARM64:
		return "arm64";
	default:
		return "BCJ";
	}
}

/* The first of the targets whose decoders know the filter; one past the last
 * for those that are newer than this list. */
static int
oldest_target(lzma_vli id)
{
	switch (id) {
	case LZMA_FILTER_X86:
	case LZMA_FILTER_POWERPC:
	case LZMA_FILTER_IA64:
	case LZMA_FILTER_ARM:
	case LZMA_FILTER_ARMTHUMB:
	case LZMA_FILTER_SPARC:
		return TARGET_EMBEDDED;
	case LZMA_FILTER_DELTA:
		return TARGET_XZ_5_0;
	case LZMA_FILTER_ARM64:
		return TARGET_XZ_5_4;
	default:
		return TARGET_XZ_5_4 + 1;
	}
}

enum err_code
chain_allowed(const struct chain *c, enum chain_target target,
    struct err *e)
{
	unsigned int i;
	bool ok = true;

	for (i = 0; i < c->n_pre && ok; i++) {
		ok = (int)target >= oldest_target(c->pre[i].id);
		if (!ok)
			return err_set(e, ERR_UNSUPPORTED,
			    "the target does not allow the %s filter; "
			    "choose a wider --target",
			    filter_name(c->pre[i].id));
	}
	if (target == TARGET_ANY && c->lzma.dict_size > ANY_DICT_MAX)
		return err_set(e, ERR_UNSUPPORTED,
		    "the target allows dictionaries up to 64 MiB; "
		    "choose a wider --target or a smaller dict=");
	return ERR_OK;
}

enum err_code
chain_check_allowed(lzma_check check, enum chain_target target,
    struct err *e)
{
	if (target == TARGET_EMBEDDED && check != LZMA_CHECK_NONE &&
	    check != LZMA_CHECK_CRC32)
		return err_set(e, ERR_UNSUPPORTED,
		    "the target 'embedded' knows no check but crc32 and "
		    "none; choose a wider --target");
	return ERR_OK;
}

bool
chain_target_parse(const char *name, enum chain_target *target)
{
	static const char *const names[] = {
		[TARGET_ANY] = "any",
		[TARGET_EMBEDDED] = "embedded",
		[TARGET_XZ_5_0] = "xz-5.0",
		[TARGET_XZ_5_4] = "xz-5.4",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(name, names[i]) == 0) {
			*target = (enum chain_target)i;
			return true;
		}
	}
	return false;
}

static const struct {
	const char *name;
	lzma_check check;
} checks[] = {
	{ "none", LZMA_CHECK_NONE },
	{ "crc32", LZMA_CHECK_CRC32 },
	{ "crc64", LZMA_CHECK_CRC64 },
	{ "sha256", LZMA_CHECK_SHA256 },
};

bool
chain_check_parse(const char *name, lzma_check *check)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (strcmp(name, checks[i].name) == 0) {
			*check = checks[i].check;
			return true;
		}
	}
	return false;
}

const char *
chain_check_name(lzma_check check)
{
	size_t i;

	for (i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (check == checks[i].check)
			return checks[i].name;
	}
	return "unknown";
}

bool
chain_equal(const struct chain *a, const struct chain *b)
{
	char ta[CHAIN_TEXT_MAX], tb[CHAIN_TEXT_MAX];

	chain_print(a, ta);
	chain_print(b, tb);
	return strcmp(ta, tb) == 0;
}
