/*
 * limits: how much a bundle may be, and what may be and must be in it.
 *
 * From options and from a file that the organiser of a contest writes:
 *
 *     { "format": "xzbundle-limits", "version": 1,
 *       "max_bundle": "16MB", "max_total": 16000000000, "max_members": 1000,
 *       "allow": ["*.py", "*.safetensors"], "require": ["train_gpt.py"] }
 *
 * with a key for each limit, its option's name with '_' for '-'.  Bytes may
 * be a string as num_bytes() reads it.  The file is untrusted.  A value is
 * within a limit when it is not larger.  Not for sharing between threads
 * while something is set.
 */
#ifndef XZB_LIMITS_H
#define XZB_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum limit_id {
	LIMIT_TOTAL,		/* bytes written in all */
	LIMIT_MEMBER,		/* bytes of one member */
	LIMIT_MEMBERS,		/* and directories that have no member */
	LIMIT_DEPTH,		/* components of a name or a symlink's text */
	LIMIT_PATH,		/* bytes of them */
	LIMIT_COMPONENT,	/* bytes of a component of it */
	LIMIT_PAX,		/* bytes of extension headers of a member */
	LIMIT_RATIO,		/* as limits_ratio() has it */
	LIMIT_MEMORY,		/* bytes for decoders */
	LIMIT_TIME,		/* seconds of wall time */
	LIMIT_BUNDLE,		/* bytes of the file */
	LIMIT_N
};

/* Ratios of less output say nothing: a short file of zeros has a high one. */
#define LIMITS_RATIO_FROM ((uint64_t)64 << 20)

struct limits {
	uint64_t max[LIMIT_N];	/* UINT64_MAX: none */
	char **allow;		/* [n_allow] patterns, owned; 0: all names */
	size_t n_allow;
	char **require;		/* [n_require] patterns, owned */
	size_t n_require;
};

/* What came nearest to each; all zeros at first. */
struct limits_seen {
	uint64_t value[LIMIT_N];
};

void limits_init(struct limits *l);	/* the defaults, no patterns */
void limits_free(struct limits *l);

/* The option without its "--", such as "max-total"; static. */
const char *limits_name(enum limit_id id);

/* Set a limit from text: bytes as num_bytes() reads them, other numbers as
 * num_plain() does.  ERR_USAGE: no such number, or 0 where that lets nothing
 * pass. */
enum err_code limits_parse(struct limits *l, enum limit_id id,
    const char *text, struct err *e);

/* Add a pattern as of base/pattern.  ERR_USAGE: it can match no clean name. */
enum err_code limits_allow(struct limits *l, const char *pattern,
    struct err *e);
enum err_code limits_require(struct limits *l, const char *pattern,
    struct err *e);

/*
 * Set what the file at path has; other limits stay, and a list replaces the
 * one before.  *l is as it was after an error.  ERR_USAGE, naming path: not
 * such a file, or over 1 MiB; ERR_FAIL: cannot be read.
 */
enum err_code limits_load(struct limits *l, const char *path, struct err *e);

/* The same of the n bytes at text, for which no path is named. */
enum err_code limits_parse_json(struct limits *l, const char *text, size_t n,
    struct err *e);

/*
 * Is value within the limit?  It is noted in seen (may be NULL) if nothing
 * larger was.  ERR_LIMIT, or ERR_MEMLIMIT for LIMIT_MEMORY: no, for member
 * (NULL: for the whole bundle).
 */
enum err_code limits_judge(const struct limits *l, struct limits_seen *seen,
    enum limit_id id, uint64_t value, const char *member, struct err *e);

/*
 * The same of a sum over the members that is not at its end: value is what it
 * has come to, and `most` (at least value) is what it cannot come to more than,
 * so that this is sure to pass.
 */
enum err_code limits_judge_sum(const struct limits *l,
    struct limits_seen *seen, enum limit_id id, uint64_t value, uint64_t most,
    struct err *e);

/* Raw bytes for each byte of the file, rounded up; 0 for fewer raw bytes than
 * LIMITS_RATIO_FROM. */
uint64_t limits_ratio(uint64_t raw, uint64_t file);

/* No tar of so many raw bytes counts for more by LIMIT_MEMBERS, if its names
 * are within LIMIT_DEPTH. */
uint64_t limits_most_members(const struct limits *l, uint64_t raw);

/* May a file of this clean name be in the bundle? */
bool limits_allowed(const struct limits *l, const char *clean_name);

/* Which of the required patterns matched a name. */
struct limits_met {
	bool *met;		/* [n_require of the limits]; owned */
};

/* The limits are to stay as they are from here on.  limits_met_free() is
 * legal after an error and on a zeroed value. */
enum err_code limits_met_init(struct limits_met *m, const struct limits *l,
    struct err *e);
void limits_met_free(struct limits_met *m);

void limits_met_mark(struct limits_met *m, const struct limits *l,
    const char *clean_name);

/* ERR_LIMIT: pattern *at, or one behind it, matched no name; *at is behind
 * that then, so that another call finds the next. */
enum err_code limits_met_judge(const struct limits_met *m,
    const struct limits *l, size_t *at, struct err *e);

#endif
