#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/num.h"
#include "cli/cmd.h"
#include "cli/msg.h"
#include "cli/packtable.h"
#include "cli/progress.h"
#include "pack/packfile.h"
#include "unpack/input.h"

#define NUMBER_MAX 24		/* bytes of a number with its NUL */

/* The numbers of --shape, with commas between; "" has none. */
static enum err_code
parse_shape(const char *text, uint64_t shape[TENSOR_DIMS_MAX], size_t *n,
    struct err *e)
{
	char part[NUMBER_MAX];
	size_t length;

	for (*n = 0; *text != '\0'; text += length) {
		length = strcspn(text, ",");
		if (*n == TENSOR_DIMS_MAX || length >= sizeof(part))
			break;
		memcpy(part, text, length);
		part[length] = '\0';
		if (!num_plain(part, 0, UINT64_MAX, &shape[(*n)++]))
			break;
		if (text[length] == '\0')
			return ERR_OK;
		length++;
	}
	if (*n == 0 && *text == '\0')
		return ERR_OK;
	return err_set(e, ERR_USAGE, "--shape: not up to %d numbers with "
	    "commas between, such as 512,1536", TENSOR_DIMS_MAX);
}

static enum err_code
make_array(const struct options *o, struct tensor *t, struct err *e)
{
	uint64_t shape[TENSOR_DIMS_MAX];
	size_t n;

	if (o->dtype == NULL || o->shape == NULL)
		return err_set(e, ERR_USAGE, "--raw needs --dtype and "
		    "--shape");
	if (parse_shape(o->shape, shape, &n, e) != ERR_OK)
		return e->code;
	if (tensor_set(t, o->dtype, shape, n, e) == ERR_CORRUPT)
		e->code = ERR_USAGE;
	return e->code;
}

/* Is the output what standard output is? */
static bool
is_stdout(const char *path)
{
	struct stat a, b;

	return strcmp(path, "-") == 0 || (stat(path, &a) == 0 &&
	    fstat(STDOUT_FILENO, &b) == 0 && a.st_dev == b.st_dev &&
	    a.st_ino == b.st_ino);
}

static enum err_code
print(const struct options *o, const struct recode_result *res,
    const struct watch *w, struct err *e)
{
	struct buf text;

	buf_init(&text, CMD_TEXT_MAX);
	switch (o->format) {
	case FORMAT_JSON:
		packtable_json(res, &text, e);
		break;
	case FORMAT_TSV:
		packtable_tsv(res, &text, e);
		break;
	default:
		packtable_text(res, &text, e);
	}
	if (e->code == ERR_OK)
		msg_output(&text, w, e);
	buf_free(&text);
	return e->code;
}

static void
note(const char *path, const struct recode_result *res)
{
	if (res->outcome == RECODE_ALREADY)
		msg_note("%s: is packed already; copied as it is", path);
	else if (res->outcome == RECODE_SAME && res->why[0] != '\0')
		msg_note("%s: cannot be packed: %s; copied as it is", path,
		    res->why);
	else if (res->outcome == RECODE_SAME)
		msg_note("%s: nothing would be gained; copied as it is", path);
	if (res->left_why[0] != '\0')
		msg_note("%s: not packed: %s", path, res->left_why);
}

enum err_code
cmd_pack_rules(const struct options *o, struct recode_rules *rules,
    struct err *e)
{
	rules->v = o->packings;
	rules->n = o->n_packings;
	rules->met = calloc(rules->n + 1, sizeof(*rules->met));
	return rules->met != NULL ? ERR_OK : err_nomem(e);
}

void
cmd_pack_note_rules(const struct recode_rules *rules)
{
	size_t i;

	for (i = 0; i < rules->n; i++) {
		if (!rules->met[i])
			msg_note("--packing: no tensor's name matches '%s'",
			    rules->v[i].pattern);
	}
}

enum err_code
cmd_pack(const struct options *o, const struct watch *w, struct err *e)
{
	struct packfile_request r;
	struct recode_result res;
	struct tensor array;
	bool shown;

	memset(&r, 0, sizeof(r));
	r.path = o->operands[0];
	r.output = o->output;
	r.recode.target = o->target;
	r.recode.memory = o->memory != 0 ? o->memory : UINT64_MAX;
	r.recode.n_threads = o->n_threads;
	r.recode.watch = w;
	if (o->output == NULL)
		return err_set(e, ERR_USAGE, "pack: name the file to write "
		    "with -o OUT");
	if (!o->raw && (o->dtype != NULL || o->shape != NULL))
		return err_set(e, ERR_USAGE, "--dtype and --shape are those of "
		    "a bare array; use --raw");
	if (o->raw && make_array(o, &array, e) != ERR_OK)
		return e->code;
	r.recode.array = o->raw ? &array : NULL;
	shown = (o->verbose || o->format != FORMAT_TEXT) &&
	    !is_stdout(o->output);
	r.recode.report = shown;
	if (input_open(r.path, "file", &r.recode.fd, &r.recode.size, e) !=
	    ERR_OK)
		return e->code;
	memset(&res, 0, sizeof(res));
	if (cmd_pack_rules(o, &r.recode.rules, e) == ERR_OK)
		packfile_write(&r, &res, e);
	progress_end();
	if (e->code == ERR_OK)
		note(r.path, &res);
	if (e->code == ERR_OK && res.outcome != RECODE_ALREADY)
		cmd_pack_note_rules(&r.recode.rules);
	if (e->code == ERR_OK && shown && res.outcome != RECODE_ALREADY)
		print(o, &res, w, e);
	recode_free(&res);
	free(r.recode.rules.met);
	(void)close(r.recode.fd);	/* was only read */
	return e->code;
}
