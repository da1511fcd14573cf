/*
 * files: members on their way to wherever they are wanted: the tree, the
 * manifest, the findings, or as a cat's data to the parent.
 *
 * With `unpack`, packed safetensors files become their originals on that way
 * (weights/unpacker); counts, sums and limits are those of what is written.
 * Members are judged before they come here, by unpack/policy.
 */
#ifndef XZB_FILES_H
#define XZB_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "unpack/findings.h"
#include "unpack/inside.h"
#include "unpack/manifest.h"
#include "unpack/policy.h"
#include "unpack/tarread.h"
#include "unpack/writer.h"

struct files {
	const struct inside_job *j;	/* borrowed */
	struct extract_stats *stats;	/* borrowed */
	struct policy *policy;		/* borrowed; of all members */
	struct writer *writer;		/* NULL: nothing is written */
	struct manifest *manifest;	/* or NULL */
	struct manifest_sum *sums;	/* [n_sums] by the policy's index, for
					 * hard links; owned */
	size_t n_sums;
	struct findings *findings;	/* or NULL */
	bool dry;			/* nothing goes anywhere yet */
};

/* Open what j asks for.  *f has j and stats, and is to be freed in every
 * case. */
enum err_code files_open(struct files *f, struct err *e);
void files_free(struct files *f);

/* A member of a clean name, which policy_member() has just accepted: a file
 * with its data, or anything else; `link` is the clean name of a hard link's
 * file. */
enum err_code files_file(struct files *f, struct tarread *t,
    const struct tarread_member *m, const char *name, struct err *e);
enum err_code files_dir(struct files *f, const char *name, struct err *e);
enum err_code files_link(struct files *f, const struct tarread_member *m,
    const char *name, const char *link, struct err *e);

/* After policy_finish(): symlinks, and the end of the manifest. */
enum err_code files_finish(struct files *f, struct err *e);

#endif
