#include "unpack/manifest.h"

#include <jansson.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/jsonname.h"
#include "base/text.h"

#define LINE_MAX_SIZE ((size_t)8 << 20)	/* bytes, of any name by far */
#define HEX_MAX (2 * MANIFEST_DIGEST_SIZE + 1)

struct manifest {
	enum manifest_form form;
	enum err_code (*put)(void *, const uint8_t *, size_t, struct err *);
	void *ctx;
	struct sha256_ctx hash;
	uint64_t size;		/* of the current file, so far */
	bool comma;		/* a file was put before */
	struct buf line;
};

static enum err_code
put_text(const struct manifest *m, const char *text, struct err *e)
{
	return m->put(m->ctx, (const uint8_t *)text, strlen(text), e);
}

enum err_code
manifest_new(enum manifest_form form,
    enum err_code (*put)(void *ctx, const uint8_t *p, size_t n,
    struct err *e), void *ctx, struct manifest **out, struct err *e)
{
	struct manifest *m = calloc(1, sizeof(*m));

	*out = m;
	if (m == NULL)
		return err_nomem(e);
	m->form = form;
	m->put = put;
	m->ctx = ctx;
	sha256_init(&m->hash);
	buf_init(&m->line, LINE_MAX_SIZE);
	if (form == MANIFEST_JSON)
		put_text(m, "{\"format\":\"xzbundle-manifest\","
		    "\"version\":1,\"files\":[\n", e);
	if (e->code != ERR_OK) {
		manifest_free(m);
		*out = NULL;
	}
	return e->code;
}

void
manifest_free(struct manifest *m)
{
	if (m == NULL)
		return;
	buf_free(&m->line);
	free(m);
}

void
manifest_data(struct manifest *m, const uint8_t *p, size_t n)
{
	sha256_update(&m->hash, n, p);
	m->size += n;
}

/* --- lines --- */

static void
print_hex(const struct manifest_sum *sum, char hex[HEX_MAX])
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < MANIFEST_DIGEST_SIZE; i++) {
		hex[2 * i] = digits[sum->digest[i] >> 4];
		hex[2 * i + 1] = digits[sum->digest[i] & 15];
	}
	hex[2 * i] = '\0';
}

/* Escapes: "cksum output modes" in the manual of GNU coreutils. */
static enum err_code
sums_line(struct buf *to, const char *name, const struct manifest_sum *sum,
    const char *hex, struct err *e)
{
	/* sha256sum takes "-" for its standard input. */
	const char *front = strcmp(name, "-") == 0 ? "./" : "";
	const char *p;
	size_t n;

	text_printf(to, e, "# %llu bytes\n%s%s  %s",
	    (unsigned long long)sum->size,
	    strpbrk(name, "\\\n\r") != NULL ? "\\" : "", hex, front);
	for (p = name; *p != '\0' && e->code == ERR_OK; p += n) {
		n = strcspn(p, "\\\n\r");
		buf_append(to, p, n, e);
		if (p[n] == '\0')
			break;
		buf_append(to, p[n] == '\\' ? "\\\\" :
		    p[n] == '\n' ? "\\n" : "\\r", 2, e);
		n++;
	}
	return buf_append(to, "\n", 1, e);
}

static enum err_code
json_line(struct buf *to, const char *name, const struct manifest_sum *sum,
    const char *hex, struct err *e)
{
	json_t *o = json_object();
	int r = jsonname_put(o, "name", "name_hex", name, e);

	r |= json_object_set_new(o, "bytes",
	    json_integer((json_int_t)sum->size));
	r |= json_object_set_new(o, "sha256", json_string(hex));
	if (r == 0)
		r = json_dump_callback(o, buf_sink, to, JSON_COMPACT |
		    JSON_ENSURE_ASCII);
	json_decref(o);
	return r != 0 ? err_nomem(e) : ERR_OK;
}

enum err_code
manifest_same(struct manifest *m, const char *clean_name,
    const struct manifest_sum *sum, struct err *e)
{
	struct buf *line = &m->line;
	char hex[HEX_MAX];

	print_hex(sum, hex);
	line->size = 0;
	if (m->form == MANIFEST_SUMS) {
		sums_line(line, clean_name, sum, hex, e);
	} else {
		if (m->comma)
			buf_append(line, ",\n", 2, e);
		json_line(line, clean_name, sum, hex, e);
	}
	if (e->code != ERR_OK)
		return e->code;
	m->comma = true;
	return m->put(m->ctx, line->data, line->size, e);
}

enum err_code
manifest_file(struct manifest *m, const char *clean_name, uint64_t size,
    struct manifest_sum *sum, struct err *e)
{
	struct manifest_sum own;

	if (sum == NULL)
		sum = &own;
	sum->size = m->size;
	/* Since version 4 without a length. */
#if NETTLE_VERSION_MAJOR >= 4
	sha256_digest(&m->hash, sum->digest);
#else
	sha256_digest(&m->hash, sizeof(sum->digest), sum->digest);
#endif
	sha256_init(&m->hash);
	m->size = 0;
	if (sum->size != size)
		return err_set(e, ERR_FAIL, "%s: has %llu bytes, and %llu "
		    "went to the manifest", clean_name,
		    (unsigned long long)size,
		    (unsigned long long)sum->size);
	return manifest_same(m, clean_name, sum, e);
}

enum err_code
manifest_end(struct manifest *m, struct err *e)
{
	if (m->form != MANIFEST_JSON)
		return e->code;
	return put_text(m, m->comma ? "\n]}\n" : "]}\n", e);
}

void
manifest_version(char *text, size_t size)
{
	snprintf(text, size, "%d.%d", nettle_version_major(),
	    nettle_version_minor());
}
