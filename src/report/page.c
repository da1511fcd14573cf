#include "report/page.h"

#include <nettle/base64.h>
#include <nettle/sha2.h>
#include <nettle/version.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define TEXT_MAX ((size_t)64 << 20)	/* bytes of a name, by far */
#define ELLIPSIS "\xE2\x80\xA6"
#define HASH_MAX (BASE64_ENCODE_RAW_LENGTH(SHA256_DIGEST_SIZE) + 1)
#define NUMBER_MAX 32		/* bytes of a number, with commas */

/* --- the frame --- */

static const char *
piece(const char *name)
{
	size_t i;

	for (i = 0; page_pieces[i].name != NULL; i++) {
		if (strcmp(page_pieces[i].name, name) == 0)
			return page_pieces[i].text;
	}
	return "";
}

/* As a policy names a style or script. */
static void
hash(const char *text, char out[HASH_MAX])
{
	uint8_t digest[SHA256_DIGEST_SIZE];
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, strlen(text), (const uint8_t *)text);
#if NETTLE_VERSION_MAJOR >= 4
	sha256_digest(&ctx, digest);
#else
	sha256_digest(&ctx, sizeof(digest), digest);
#endif
	base64_encode_raw(out, sizeof(digest), digest);
	out[HASH_MAX - 1] = '\0';
}

static enum err_code
policy(struct buf *to, struct err *e)
{
	char style[HASH_MAX], script[HASH_MAX];

	hash(piece("page.css"), style);
	hash(piece("page.js"), script);
	return text_printf(to, e, "<meta http-equiv=\"Content-Security-Policy\""
	    " content=\"default-src 'none'; style-src 'sha256-%s'; script-src "
	    "'sha256-%s'; base-uri 'none'; form-action 'none'\">\n", style,
	    script);
}

enum err_code
page_begin(struct buf *to, const char *title, struct err *e)
{
	text_printf(to, e, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
	    "<meta charset=\"utf-8\">\n");
	policy(to, e);
	text_printf(to, e, "<meta name=\"viewport\" content=\"width="
	    "device-width, initial-scale=1\">\n<title>");
	page_text(to, title, e);
	text_printf(to, e, "</title>\n<style>%s</style>\n</head>\n<body>\n"
	    "<header class=\"top\">\n<h1>", piece("page.css"));
	page_text(to, title, e);
	return text_printf(to, e, "</h1>\n</header>\n<main>\n");
}

enum err_code
page_end(struct buf *to, struct err *e)
{
	return text_printf(to, e, "</main>\n<footer class=\"end\">Made by "
	    "xzbundle.</footer>\n<script>%s</script>\n</body>\n</html>\n",
	    piece("page.js"));
}

/* --- text --- */

/* What stands for the character in markup, or NULL: itself. */
static const char *
entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static size_t
markup_size(const char *p, size_t n)
{
	const char *as = entity(*p);

	return as != NULL ? strlen(as) : n;
}

static void
put_unit(struct buf *to, const char *p, size_t n, struct err *e)
{
	const char *as = entity(*p);

	if (as != NULL)
		buf_append(to, as, strlen(as), e);
	else
		buf_append(to, p, n, e);
}

/* Put escaped text, NUL-terminated, of which `whole` bytes of markup are made
 * where most are allowed. */
static void
put_units(struct buf *to, const char *p, size_t whole, size_t most,
    struct err *e)
{
	size_t head = whole > most ? most * 2 / 3 : whole;
	size_t tail = whole > most ? most - head - strlen(ELLIPSIS) : 0;
	size_t at = 0, n, size;
	bool cut = false;

	for (; *p != '\0' && e->code == ERR_OK; p += n, at += size) {
		n = text_unit(p);
		size = markup_size(p, n);
		if ((!cut && at + size <= head) || at + tail >= whole) {
			put_unit(to, p, n, e);
		} else if (!cut) {
			buf_append(to, ELLIPSIS, strlen(ELLIPSIS), e);
			cut = true;
		}
	}
}

enum err_code
page_escaped(struct buf *to, const char *s, struct err *e)
{
	put_units(to, s, SIZE_MAX, SIZE_MAX, e);
	return e->code;
}

enum err_code
page_name(struct buf *to, const char *s, size_t max, struct err *e)
{
	struct buf text;
	size_t whole = 0, n;
	const char *p;

	buf_init(&text, TEXT_MAX);
	if (text_escape_name(&text, s, e) == ERR_OK &&
	    buf_append(&text, "", 1, e) == ERR_OK) {
		for (p = (const char *)text.data; *p != '\0'; p += n) {
			n = text_unit(p);
			whole += markup_size(p, n);
		}
		put_units(to, (const char *)text.data, whole, max, e);
	}
	buf_free(&text);
	return e->code;
}

enum err_code
page_text(struct buf *to, const char *s, struct err *e)
{
	return page_name(to, s, SIZE_MAX, e);
}

/* --- numbers --- */

enum err_code
page_number(struct buf *to, uint64_t n, struct err *e)
{
	char digits[NUMBER_MAX], out[NUMBER_MAX];
	size_t len, i, at = 0;

	len = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, n);
	for (i = 0; i < len; i++) {
		if (i > 0 && (len - i) % 3 == 0)
			out[at++] = ',';
		out[at++] = digits[i];
	}
	return buf_append(to, out, at, e);
}

enum err_code
page_cell(struct buf *to, uint64_t n, struct err *e)
{
	text_printf(to, e, "<td class=\"n\" data-v=\"%" PRIu64 "\">", n);
	page_number(to, n, e);
	return text_printf(to, e, "</td>");
}

enum err_code
page_cell_none(struct buf *to, struct err *e)
{
	return text_printf(to, e, "<td class=\"n\">-</td>");
}

enum err_code
page_cell_ratio(struct buf *to, uint64_t packed, uint64_t raw,
    double factor, int digits, struct err *e)
{
	double v;

	if (raw == 0)
		return page_cell_none(to, e);
	v = factor * (double)packed / (double)raw;
	return text_printf(to, e, "<td class=\"n\" data-v=\"%.6g\">%.*f</td>",
	    v, digits, v);
}
