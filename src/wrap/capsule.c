#include "wrap/capsule.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "unpack/input.h"
#include "wrap/capsule_find.h"
#include "wrap/capsule_text.h"
#include "wrap/literal.h"
#include "wrap/packer.h"
#include "wrap/python.h"
#include "wrap/scripttext.h"
#include "wrap/zipped.h"

#define PIECE ((size_t)1 << 20)		/* bytes copied at a time */
#define SOURCE_MAX ((uint64_t)128 << 20)	/* bytes of a bundle in a
					 * source, which Python reads as a
					 * whole */
#define SMALL ((uint64_t)64 << 10)	/* bytes of a bundle: escapes may be
					 * less than a zip's headers */
#define PAD 33				/* bytes, of which base 124 makes a
					 * multiple */
#define MAIN_NAME "__main__.py"

struct work {
	const struct capsule_request *r;
	struct capsule_result *out;
	struct extract_request read;	/* the bundle */
	struct capsule_find find;
	struct buf loader;		/* its text */
	struct buf packed;		/* the same, compressed */
	enum packer packer;
	int bundle;
	char path[PYTHON_PATH_SIZE];	/* the name of that descriptor */
	struct stat before;		/* of the bundle */
	int fd;				/* the result */
};

/* --- is it fit? --- */

/* What reads the bundle opens it by the name of our descriptor, so that it is
 * the file that is copied; messages have the name that the user knows. */
static enum err_code
named(const struct work *k, struct err *e)
{
	char text[ERR_TEXT_MAX];

	if (e->code == ERR_OK || err_bare(e->text, k->path) == e->text)
		return e->code;
	snprintf(text, sizeof(text), "%s", err_bare(e->text, k->path));
	memcpy(e->text, text, sizeof(text));
	return err_wrap(e, "%s", k->r->bundle);
}

/* As extract would have it, with the weights unpacked. */
static enum err_code
check_bundle(struct work *k, struct err *e)
{
	struct extract_result res;

	extract_result_init(&res);
	if (extract_bundle(&k->read, &res, e) == ERR_OK) {
		k->out->files = res.stats.files;
		k->out->unpacked = res.stats.unpacked;
	}
	k->out->sandbox = res.sandbox;
	extract_result_free(&res);
	return named(k, e);
}

static enum err_code
find(struct work *k, struct err *e)
{
	capsule_find(&k->read, k->r->main, k->r->in_memory, &k->find, e);
	return named(k, e);
}

/* Does the main script compile? */
static enum err_code
check_main(struct work *k, struct err *e)
{
	char member[PATH_MAX + 1], path[64];
	const char *wanted = member;
	struct extract_request r = k->read;
	struct scripttext_request s = { .path = path, .name = member,
	    .python = k->r->python, .watch = k->r->watch };
	struct scripttext text;
	struct extract_result res;
	int fd = -1;

	if (k->find.main_size > SCRIPTTEXT_MAX)
		return err_set(e, ERR_USAGE, "%s: is larger than %zu MiB",
		    k->find.main, SCRIPTTEXT_MAX >> 20);
	snprintf(member, sizeof(member), "%s%s", k->find.prefix,
	    k->find.main);
	r.wanted = &wanted;
	r.n_wanted = 1;
	extract_result_init(&res);
	memset(&text, 0, sizeof(text));
	if (io_temporary(&fd, e) == ERR_OK &&
	    extract_cat(&r, fd, &res, e) == ERR_OK) {
		python_path(fd, path);
		scripttext_read(&s, &text, e);
	}
	scripttext_free(&text);
	extract_result_free(&res);
	if (fd >= 0)
		io_close(fd, e);
	return named(k, e);
}

/* --- the loader --- */

static enum err_code
make_loader(struct work *k, bool zip, struct err *e)
{
	const struct capsule_text t = {
		.main = k->find.main, .prefix = k->find.prefix,
		.packed = k->find.packed, .n_packed = k->find.n_packed,
		.packings = k->find.packings, .dir = k->r->dir,
		.keep = k->r->keep, .in_memory = k->r->in_memory,
		.numpy = k->r->numpy, .zip = zip
	};

	buf_free(&k->loader);
	buf_free(&k->packed);
	buf_init(&k->loader, SIZE_MAX / 2);
	if (capsule_text_write(&t, &k->loader, e) == ERR_OK)
		packer_checked(k->loader.data, k->loader.size, &k->packed,
		    &k->packer, e);
	return e->code;
}

/* --- a zip file --- */

/* The stub takes the loader from the end of the file: `behind` bytes are behind
 * its first one. */
static enum err_code
put_stub(const struct work *k, size_t behind, struct buf *to, struct err *e)
{
	return text_printf(to, e, "with open(__file__[:-12],'rb')as f:\n "
	    "[exec(__import__('%s').decompress((p:=f.read())[-%zu:]))]",
	    packer_module(k->packer), behind);
}

/* The zip with a stub for `behind`. */
static enum err_code
make_zip(const struct work *k, size_t behind, struct buf *to, struct err *e)
{
	struct buf stub;

	to->size = 0;
	buf_init(&stub, SIZE_MAX / 2);
	put_stub(k, behind, &stub, e);
	if (buf_append(&stub, "", 1, e) == ERR_OK)
		zipped_write(MAIN_NAME, (const char *)stub.data, to, e);
	buf_free(&stub);
	return e->code;
}

/* Append the loader and the zip.  How long the stub is depends on a number in
 * it, which depends on how long the stub is: the first that is large enough is
 * right, since a digit more is a byte more. */
static enum err_code
put_zip(struct work *k, struct buf *to, struct err *e)
{
	size_t size = 0;
	struct buf zip;

	buf_init(&zip, SIZE_MAX / 2);
	while (make_zip(k, k->packed.size + size, &zip, e) == ERR_OK &&
	    zip.size != size)
		size = zip.size;
	buf_append(to, k->packed.data, k->packed.size, e);
	buf_append(to, zip.data, zip.size, e);
	buf_free(&zip);
	return e->code;
}

static enum err_code
copy_bundle(struct work *k, struct err *e)
{
	const uint64_t size = k->out->bundle_size;
	struct buf piece;
	uint64_t off;
	size_t got;

	buf_init(&piece, PIECE);
	watch_begin(k->r->watch, "copying", size);
	if (buf_reserve(&piece, PIECE, e) == ERR_OK) {
		for (off = 0; off < size && e->code == ERR_OK; off += got) {
			if (io_pread(k->bundle, piece.data, PIECE, off, &got,
			    e) != ERR_OK || got == 0)
				break;
			if (io_write(k->fd, piece.data, got, NULL, e) ==
			    ERR_OK)
				watch_step(k->r->watch, got, e);
		}
	}
	buf_free(&piece);
	return e->code;
}

static enum err_code
write_zip(struct work *k, const struct buf *end, struct err *e)
{
	if (copy_bundle(k, e) == ERR_OK)
		io_write(k->fd, end->data, end->size, NULL, e);
	k->out->payload_size = k->out->bundle_size;
	k->out->size = k->out->bundle_size + end->size;
	k->out->encoding = ENCODING_ZIP;
	return e->code;
}

/* --- a source --- */

static enum literal
literal_of(const struct work *k, size_t size)
{
	switch (k->r->encoding) {
	case ENCODING_ASCII:
		return LITERAL_ASCII;
	case ENCODING_B85:
		return LITERAL_B85;
	default:
		return size < 8000 ? LITERAL_LATIN1 : LITERAL_KEYS;
	}
}

/* The bundle with the loader behind it. */
static enum err_code
read_payload(struct work *k, struct buf *to, struct err *e)
{
	const size_t size = (size_t)k->out->bundle_size;
	size_t got;

	if (buf_reserve(to, size, e) != ERR_OK ||
	    io_pread(k->bundle, to->data, size, 0, &got, e) != ERR_OK)
		return e->code;
	to->size = got;
	return buf_append(to, k->packed.data, k->packed.size, e);
}

static enum err_code
put_source(struct work *k, const struct buf *payload, struct buf *to,
    struct err *e)
{
	const enum literal l = literal_of(k, payload->size);
	size_t quoted = 0, pad = 0;

	if (l == LITERAL_ASCII)
		pad = (PAD - payload->size % PAD) % PAD;
	text_printf(to, e, "%sfor p in[", literal_cookie(l));
	literal_write(l, payload->data, payload->size, 1, to, &quoted, e);
	k->out->payload_size = quoted;
	return text_printf(to, e, "]:\n [exec(__import__('%s').decompress("
	    "p[-%zu:]))]\n", packer_module(k->packer), k->packed.size + pad);
}

static enum err_code
make_source(struct work *k, struct buf *to, struct err *e)
{
	struct buf payload;

	if (k->out->bundle_size > SOURCE_MAX)
		return err_set(e, ERR_USAGE, "is larger than %d MiB, which "
		    "only --encoding zip takes", (int)(SOURCE_MAX >> 20));
	buf_init(&payload, SIZE_MAX / 2);
	if (make_loader(k, false, e) == ERR_OK &&
	    read_payload(k, &payload, e) == ERR_OK)
		put_source(k, &payload, to, e);
	buf_free(&payload);
	return e->code;
}

static enum err_code
write_source(struct work *k, const struct buf *source, struct err *e)
{
	io_write(k->fd, source->data, source->size, NULL, e);
	k->out->size = source->size;
	k->out->encoding = k->r->encoding == ENCODING_SMALLEST ?
	    ENCODING_LATIN1 : k->r->encoding;
	return e->code;
}

/* As was asked for, or whichever is smaller; only of a small bundle may that be
 * the source.  The loader that is made last is the one that verify() wants. */
static enum err_code
write_wanted(struct work *k, struct err *e)
{
	const enum encoding wanted = k->r->encoding;
	const bool both = wanted == ENCODING_SMALLEST &&
	    k->out->bundle_size <= SMALL;
	struct buf source, end;
	bool zip = wanted == ENCODING_ZIP || wanted == ENCODING_SMALLEST;

	buf_init(&source, SIZE_MAX / 2);
	buf_init(&end, SIZE_MAX / 2);
	if (zip && make_loader(k, true, e) == ERR_OK)
		put_zip(k, &end, e);
	if (e->code == ERR_OK && (!zip || both))
		make_source(k, &source, e);
	if (both && source.size < k->out->bundle_size + end.size)
		zip = false;
	else if (both && e->code == ERR_OK)
		make_loader(k, true, e);
	if (e->code == ERR_OK && zip)
		write_zip(k, &end, e);
	else if (e->code == ERR_OK)
		write_source(k, &source, e);
	buf_free(&source);
	buf_free(&end);
	return e->code;
}

/* --- is it right? --- */

static enum err_code
remember(struct work *k, struct err *e)
{
	if (fstat(k->bundle, &k->before) != 0)
		return err_sys(e, errno, "%s: cannot stat", k->r->bundle);
	python_path(k->bundle, k->path);
	k->read.bundle = k->path;
	return ERR_OK;
}

static enum err_code
unchanged(const struct work *k, struct err *e)
{
	struct stat now;

	if (fstat(k->bundle, &now) != 0)
		return err_sys(e, errno, "cannot stat");
	if (now.st_size != k->before.st_size ||
	    now.st_mtim.tv_sec != k->before.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != k->before.st_mtim.tv_nsec ||
	    now.st_ctim.tv_sec != k->before.st_ctim.tv_sec ||
	    now.st_ctim.tv_nsec != k->before.st_ctim.tv_nsec)
		return err_set(e, ERR_FAIL, "changed while it was read");
	return ERR_OK;
}

static enum err_code
verify(const struct work *k, struct err *e)
{
	char out[PYTHON_PATH_SIZE], loader[PYTHON_PATH_SIZE];
	char bundle[PYTHON_PATH_SIZE];
	const char *args[] = { k->out->encoding == ENCODING_ZIP ? "zip" :
	    "source", out, loader, bundle, NULL };
	int text = -1;

	python_path(k->fd, out);
	python_path(k->bundle, bundle);
	if (io_temporary(&text, e) == ERR_OK && io_write(text, k->loader.data,
	    k->loader.size, NULL, e) == ERR_OK) {
		python_path(text, loader);
		python_judge(k->r->python, python_text("capsule"), args, text,
		    k->r->watch, e);
	}
	if (text >= 0)
		io_close(text, e);
	return e->code;
}

static enum err_code
make(struct work *k, struct err *e)
{
	if (k->out->unpacked != k->find.n_packed)
		err_set(e, ERR_UNSUPPORTED, "has packed weights that the "
		    "loader would not find; make it anew");
	else if (check_main(k, e) == ERR_OK && write_wanted(k, e) == ERR_OK &&
	    unchanged(k, e) == ERR_OK)
		verify(k, e);
	k->out->loader_size = k->packed.size;
	return e->code == ERR_OK || err_bare(e->text, k->r->bundle) !=
	    e->text ? e->code : err_wrap(e, "%s", k->r->bundle);
}

enum err_code
capsule_wrap(const struct capsule_request *r, int fd,
    struct capsule_result *out, struct err *e)
{
	struct work k;

	memset(&k, 0, sizeof(k));
	memset(out, 0, sizeof(*out));
	k.r = r;
	k.out = out;
	k.fd = fd;
	k.bundle = -1;
	k.read.n_threads = r->n_threads;
	k.read.rules = *r->rules;
	k.read.rules.unpack = true;
	k.read.watch = r->watch;
	if (input_open(r->bundle, "bundle", &k.bundle, &out->bundle_size, e) ==
	    ERR_OK && remember(&k, e) == ERR_OK &&
	    check_bundle(&k, e) == ERR_OK &&
	    find(&k, e) == ERR_OK)
		make(&k, e);
	if (k.bundle >= 0)
		(void)close(k.bundle);	/* was only read */
	capsule_find_free(&k.find);
	buf_free(&k.loader);
	buf_free(&k.packed);
	return e->code;
}
