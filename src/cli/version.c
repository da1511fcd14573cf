#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include "cli/version.h"

#include <archive.h>
#include <jansson.h>
#include <lzma.h>
#include <stdio.h>

#include "base/name.h"
#include "base/sandbox_filter.h"
#include "base/text.h"
#include "compare/codec.h"
#include "unpack/manifest.h"
#include "unpack/outcome.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0"
#endif

#define VERSION_MAX 32		/* bytes of a version's text */

enum err_code
version_text(struct buf *to, struct err *e)
{
	return text_printf(to, e, "xzbundle %s (liblzma %s, %s)\n",
	    PACKAGE_VERSION, lzma_version_string(),
	    archive_version_string());
}

/* As text, libarchive has its own name in it. */
static void
archive_text(char text[VERSION_MAX])
{
	const int n = archive_version_number();

	snprintf(text, VERSION_MAX, "%d.%d.%d", n / 1000000,
	    n / 1000 % 1000, n % 1000);
}

/* Or null, if the program does without. */
static enum err_code
put_codec(json_t *all, const struct codec *c, struct err *e)
{
	json_t *text = c->version != NULL ? json_string(c->version()) :
	    json_null();

	if (json_object_set_new(all, c->name, text) != 0)
		return err_nomem(e);
	return ERR_OK;
}

enum err_code
version_json(struct buf *to, struct err *e)
{
	char archive[VERSION_MAX], seccomp[VERSION_MAX], nettle[VERSION_MAX];
	json_t *all;
	size_t i;

	archive_text(archive);
	sandbox_filter_version(seccomp, sizeof(seccomp));
	manifest_version(nettle, sizeof(nettle));
	all = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s, s:s, s:s, s:s}",
	    "format", "xzbundle-version", "version", 1,
	    "program", PACKAGE_VERSION,
	    "libarchive", archive,
	    "liblzma", lzma_version_string(),
	    "jansson", jansson_version_str(),
	    "libseccomp", seccomp,
	    "utf8proc", name_version(),
	    "nettle", nettle);
	for (i = 0; codecs[i] != NULL && all != NULL && e->code == ERR_OK;
	    i++)
		put_codec(all, codecs[i], e);
	if (all == NULL || e->code != ERR_OK) {
		json_decref(all);
		return err_nomem(e);
	}
	outcome_print(all, to, e);
	json_decref(all);
	return e->code;
}
