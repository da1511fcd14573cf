/*
 * settings: what a caller of the library has asked for, by name.
 */
#ifndef XZB_SETTINGS_H
#define XZB_SETTINGS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "pack/create.h"
#include "unpack/extract.h"

struct settings {
	char *directory;	/* or NULL; owned */
	enum effort effort;
	enum chain_target target;
	uint64_t limit;		/* bytes; UINT64_MAX: none */
	uint64_t memory;	/* bytes; 0: the default of what is called */
	unsigned int n_threads;
	bool keep_over_limit;
	bool pack;
	bool strict;
	struct extract_rules rules;
	bool into, replace;
	bool mtime;
};

void settings_init(struct settings *s);		/* those of the program */
void settings_free(struct settings *s);

/* ERR_USAGE, naming the option: there is none, or its value is no such; what
 * was set before stays. */
enum err_code settings_set(struct settings *s, const char *option,
    const char *value, struct err *e);

/* All that the settings say; *r borrows from them. */
void settings_create(const struct settings *s, struct create_request *r);
void settings_extract(const struct settings *s, struct extract_request *r);

#endif
