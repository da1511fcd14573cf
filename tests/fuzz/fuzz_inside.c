/*
 * fuzz_inside: whatever a bundle is, the confined process makes files and
 * directories of the usual modes below its directory, or stops.
 *
 * The first byte of an input: even, and the rest is a tar whose checksums are
 * made right and that becomes a .xz of several Blocks; odd, and it is the
 * bundle as it is.  The second byte: bit 0: links are allowed; bit 1: names of
 * any kind; bits 2 and 3: extract, extract some, check, cat; bits 4 and 5:
 * how large Blocks are; bit 6: the manifest's form.
 */
#include <dirent.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "fuzz.h"
#include "tarseed.h"
#include "unpack/inside.h"
#include "unpack/rmtree.h"
#include "unpack/tarread.h"
#include "xzseed.h"

#define MIB ((uint64_t)1 << 20)

enum what {
	EXTRACT,
	EXTRACT_SOME,
	CHECK,
	CAT
};

struct run {
	bool links;
	enum what what;
	struct extract_request r;
	struct inside_job j;
	struct extract_stats stats;
	unsigned int n_stats;
	struct buf text;
	struct buf manifest;
};

static void
wrong(const char *what, const char *detail)
{
	fprintf(stderr, "fuzz_inside: %s: %s\n", what, detail);
	abort();
}

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const struct {
		uint8_t flags;
		const char *script;
	} rows[] = {
		{ 0x00, "d:d f:d/a=600 f:imp/x=3 f:a=6 e" },
		{ 0x11, "d:d f:a=6 s:d/s=../a h:h=a f:z=5000 e" },
		{ 0x02, "f:%FFx=4 f:A=1 f:a=2 e" },
		{ 0x45, "f:a=9 h:d/h=a d:d s:s=d/h f:b=7 e" },
		{ 0x24, "f:b=1 d:a f:a/b=2 x:path=a/%C3%A9 f:c=3 e" },
		{ 0x08, "f:a=9 f:../x=1 s:s=/etc h:h=a 6:p f:a=1 d:A e" },
		{ 0x49, "@gnu L:long/name f:x=3 K:a s:s=t f:a=0 e 0:512" },
		{ 0x0C, "d:./ f:./b=600 f:./a=700 e" },
		{ 0x0D, "f:b=20 h:a=b e" },
		{ 0x10, "x:SCHILY.xattr.user.a=b;mtime=7 f:a=1 d:e f:e/f e" },
	};
	struct seed tar = { 0 };

	memset(s, 0, sizeof(*s));
	if (i > sizeof(rows) / sizeof(rows[0]))
		return false;
	/* The last one is a bundle. */
	tarseed_script(&tar, rows[i % 10].script);
	seed_bytes(s, &(uint8_t){ i == 10 }, 1);
	seed_bytes(s, &rows[i % 10].flags, 1);
	if (i == 10)
		xzseed_append(s, tar.p, tar.n, 1000, "lzma2:preset=0");
	else
		seed_bytes(s, tar.p, tar.n);
	seed_free(&tar);
	return true;
}

/* --- the run --- */

static enum err_code
put(void *ctx, enum inside_channel channel, const void *p, size_t n,
    struct err *e)
{
	struct run *t = ctx;

	switch (channel) {
	case INSIDE_STATS:
		if (n != sizeof(t->stats) || t->n_stats++ > 0)
			wrong("statistics", "of another size, or twice");
		memcpy(&t->stats, p, n);
		return ERR_OK;
	case INSIDE_TEXT:
		if (t->what == EXTRACT || t->what == EXTRACT_SOME)
			wrong("text", "where none is wanted");
		return buf_append(&t->text, p, n, e);
	default:
		return buf_append(&t->manifest, p, n, e);
	}
}

static void
run_init(struct run *t, unsigned int flags)
{
	static const char *const wanted[] = { "a", "d" };

	memset(t, 0, sizeof(*t));
	t->links = (flags & 1) != 0;
	t->what = (enum what)(flags >> 2 & 3);
	limits_init(&t->r.rules.limits);
	t->r.rules.limits.max[LIMIT_TOTAL] = MIB;
	t->r.rules.limits.max[LIMIT_MEMBERS] = 64;
	t->r.rules.limits.max[LIMIT_MEMORY] = 8 * MIB;
	t->r.rules.links = t->links;
	t->r.rules.names = (flags & 2) != 0 ? NAME_ANY : NAME_STRICT;
	t->r.bundle = "b";
	t->r.n_threads = 1;
	t->r.wanted = wanted;
	t->r.n_wanted = t->what == CAT ? 1 : t->what == EXTRACT_SOME ? 2 : 0;
	t->r.keep_mtime = true;
	t->r.collect = t->what == CHECK;
	t->r.json = t->r.sniff = t->what == CHECK && (flags & 64) != 0;
	t->r.manifest = t->what == EXTRACT ? "m" : NULL;
	t->r.form = (flags & 64) != 0 ? MANIFEST_JSON : MANIFEST_SUMS;
	t->j.r = &t->r;
	t->j.dir_fd = -1;
	t->j.cat = t->what == CAT;
	t->j.put = put;
	t->j.ctx = t;
	buf_init(&t->text, 64 * MIB);
	buf_init(&t->manifest, 64 * MIB);
}

static void
run_free(struct run *t)
{
	buf_free(&t->text);
	buf_free(&t->manifest);
	limits_free(&t->r.rules.limits);
}

/* --- what came of it --- */

static void
look_json(const struct buf *text)
{
	json_error_t where;
	json_t *o = json_loadb((const char *)text->data, text->size, 0,
	    &where);

	if (o == NULL)
		wrong("not JSON", where.text);
	json_decref(o);
}

/* Nothing but what may be there; the bytes of files are added up. */
static void
look_below(int fd, bool links, uint64_t *files, uint64_t *bytes)
{
	DIR *dir = fdopendir(fd);
	struct dirent *d;
	struct stat st;

	if (dir == NULL)
		abort();
	while ((d = readdir(dir)) != NULL) {
		if (!rmtree_entry(d))
			continue;
		if (fstatat(dirfd(dir), d->d_name, &st,
		    AT_SYMLINK_NOFOLLOW) != 0)
			abort();
		if (S_ISDIR(st.st_mode) && (st.st_mode & 07777) == 0755) {
			look_below(openat(dirfd(dir), d->d_name, O_RDONLY |
			    O_DIRECTORY | O_NOFOLLOW), links, files, bytes);
		} else if (S_ISREG(st.st_mode) && (links ||
		    st.st_nlink == 1) && ((st.st_mode & 07777) == 0644 ||
		    (st.st_mode & 07777) == 0755)) {
			++*files;
			*bytes += (uint64_t)st.st_size;
		} else if (!links || !S_ISLNK(st.st_mode)) {
			wrong("a member of another kind", d->d_name);
		}
	}
	(void)closedir(dir);
}

static void
look(struct run *t, int fd, const struct err *e)
{
	uint64_t files = 0, bytes = 0;

	if (t->n_stats != 1)
		wrong("statistics", "missing");
	if (e->code != ERR_OK && e->text[0] == '\0')
		wrong("an error", "without words");
	if (t->r.json)
		look_json(&t->text);
	if (t->manifest.size > 0 && e->code == ERR_OK &&
	    t->r.form == MANIFEST_JSON)
		look_json(&t->manifest);
	look_below(openat(fd, "in", O_RDONLY | O_DIRECTORY | O_NOFOLLOW),
	    t->links, &files, &bytes);
	if (t->j.dir_fd < 0 && files > 0)
		wrong("files", "where none are wanted");
	if (!t->links && bytes > MIB)
		wrong("more bytes", "than are allowed");
	if (e->code == ERR_OK && !t->links && t->j.dir_fd >= 0 &&
	    (files != t->stats.files || bytes != t->stats.bytes))
		wrong("other files", "than were counted");
}

/* --- all of it --- */

static int
bundle(const uint8_t *p, size_t n)
{
	static const size_t steps[] = { 4096, 1000, 512, 100000 };
	uint8_t *tar;
	int fd;

	if ((p[0] & 1) != 0)
		return xzseed_plain(p + 2, n - 2);
	tar = malloc(n);
	if (tar == NULL)
		abort();
	memcpy(tar, p + 2, n - 2);
	tarseed_repair(tar, n - 2);
	fd = xzseed_xz(tar, n - 2, steps[p[1] >> 4 & 3],
	    "lzma2:preset=0,dict=4KiB,mf=hc4,nice=8");
	free(tar);
	return fd;
}

/* A directory with "in" in it; the path goes to path. */
static int
fresh(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");
	struct stat st;
	int fd;

	if (tmp == NULL)
		tmp = stat("/dev/shm", &st) == 0 ? "/dev/shm" : "/tmp";
	if ((size_t)snprintf(path, size, "%s/fuzz-inside.XXXXXX", tmp) >=
	    size || mkdtemp(path) == NULL)
		abort();
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || mkdirat(fd, "in", 0755) != 0)
		abort();
	return fd;
}

/* Only "in" may be there. */
static void
look_beside(int fd)
{
	struct dirent **list;
	int n = scandirat(fd, ".", &list, rmtree_entry, NULL), i;

	if (n != 1)
		wrong("something", "beside the directory");
	for (i = 0; i < n; i++)
		free(list[i]);
	free(list);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct err e = ERR_INIT;
	char path[4096];
	struct run t;
	mode_t mask;
	int fd, in;

	if (n < 2)
		return 0;
	tarread_prepare();
	mask = umask(0);
	fd = fresh(path, sizeof(path));
	in = openat(fd, "in", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	run_init(&t, p[1]);
	t.j.fd = bundle(p, n);
	if (t.what == EXTRACT || t.what == EXTRACT_SOME)
		t.j.dir_fd = in;
	inside_run(&t.j, &e);
	look(&t, fd, &e);
	look_beside(fd);
	run_free(&t);
	(void)close(in);
	if (rmtree_below(fd) != 0 || rmdir(path) != 0)
		abort();
	(void)umask(mask);
	return 0;
}
