/*
 * cmd: one function a command; each turns options into requests.
 */
#ifndef XZB_CMD_H
#define XZB_CMD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/io.h"
#include "base/watch.h"
#include "cli/options.h"
#include "pack/bundle.h"
#include "pack/recode.h"
#include "unpack/extract.h"

/* Bytes of output text, at most. */
#define CMD_TEXT_MAX ((size_t)1 << 31)

enum err_code cmd_create(const struct options *o, const struct watch *w,
    struct err *e);
/* The time of all members: SOURCE_DATE_EPOCH, or 0. */
enum err_code cmd_default_mtime(int64_t *mtime, struct err *e);

enum err_code cmd_compare(const struct options *o, const struct watch *w,
    struct err *e);
enum err_code cmd_list(const struct options *o, const struct watch *w,
    struct err *e);
enum err_code cmd_report(const struct options *o, const struct watch *w,
    struct err *e);
enum err_code cmd_extract(const struct options *o, const struct watch *w,
    struct err *e);
enum err_code cmd_check(const struct options *o, const struct watch *w,
    struct err *e);
enum err_code cmd_cat(const struct options *o, const struct watch *w,
    struct err *e);
enum err_code cmd_repack(const struct options *o, const struct watch *w,
    struct err *e);

enum err_code cmd_pack(const struct options *o, const struct watch *w,
    struct err *e);
/* For the rules of --packing: has one no tensor, which may be a slip?
 * cmd_pack_rules() allocates rules->met, for the caller to free. */
enum err_code cmd_pack_rules(const struct options *o,
    struct recode_rules *rules, struct err *e);
void cmd_pack_note_rules(const struct recode_rules *rules);
enum err_code cmd_unpack(const struct options *o, const struct watch *w,
    struct err *e);

enum err_code cmd_loader(const struct options *o, const struct watch *w,
    struct err *e);

enum err_code cmd_wrap(const struct options *o, const struct watch *w,
    struct err *e);

enum err_code cmd_completion(const struct options *o, const struct watch *w,
    struct err *e);

enum err_code cmd_self_test(const struct options *o, struct err *e);

/* What all that write a bundle ask for.  ERR_USAGE: SOURCE_DATE_EPOCH is no
 * time. */
enum err_code cmd_bundle_request(const struct options *o,
    const struct watch *w, struct bundle_request *r, struct err *e);

/* With --limit, how far below it a new bundle is. */
enum err_code cmd_print_headroom(const struct options *o, uint64_t file_size,
    bool streamed, const struct watch *w, struct err *e);

/* What all that read a bundle ask for: everything, and nothing written. */
struct extract_request cmd_read_request(const struct options *o,
    const char *bundle, const struct watch *w);

/* Say which part of the sandbox is missing, if one is; a weak one must not go
 * unnoticed. */
void cmd_note_weak(const char *file, const struct sandbox_state *state);

/* Would the new file replace the input, or the link that leads there? */
bool cmd_replaces(const struct outfile *f, const char *input);

/* The list of a bundle on standard output, as `list` does; with --verbose of
 * `create` and `repack`, by Blocks too. */
enum err_code cmd_print_list(const char *bundle, const struct options *o,
    const struct watch *w, struct err *e);

#endif
