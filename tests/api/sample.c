/*
 * sample: what a program does with the library, and what it must not be able
 * to do.  Of the library's headers it has the public one alone.
 *
 * usage: sample DIR OUT DEST
 *
 * Makes the bundle OUT of DIR, prints a line for each member as `list --tsv`
 * has its columns 2 to 5, checks it, and extracts it to DEST.  Exit status: 0
 * all is well, 1 something is not, which standard error names.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <xzbundle.h>

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int failures;

#define EXPECT(x, condition) expect((x), (condition), #condition, __LINE__)

static void
expect(const struct xzbundle *x, int ok, const char *what, int line)
{
	if (ok)
		return;
	failures++;
	fprintf(stderr, "sample: line %d: %s: %s\n", line, what,
	    xzbundle_error(x));
}

struct sums {
	uint64_t n, raw, packed;
	uint64_t most;			/* members, at most */
};

static int
member(void *ctx, const struct xzbundle_member *m)
{
	static const char *const types[] = { "file", "dir", "symlink",
	    "hardlink", "other" };
	struct sums *s = ctx;

	if (s->n == s->most)
		return 1;
	s->n++;
	s->raw += m->raw;
	s->packed += m->packed;
	if (s->most == UINT64_MAX)
		printf("%s\t%s\t%" PRIu64 "\t%" PRIu64 "\n", m->name,
		    types[m->type], m->raw, m->packed);
	if (m->packed > 0 && m->ratio != (double)m->raw / (double)m->packed)
		failures++;
	return 0;
}

static void
make(struct xzbundle *x, const char *dir, const char *out)
{
	const char *const paths[] = { dir };

	EXPECT(x, xzbundle_set(x, "effort", "fast") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_set(x, "threads", "1") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_set(x, "limit", "100") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_create(x, out, paths, 1) == XZBUNDLE_LIMIT);
	EXPECT(x, strstr(xzbundle_error(x), "limit") != NULL);
	EXPECT(x, xzbundle_count(x, XZBUNDLE_FILE_BYTES) > 100);
	EXPECT(x, access(out, F_OK) != 0);
	EXPECT(x, xzbundle_set(x, "limit", "1GB") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_set(x, "limit", "much") == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_create(x, out, paths, 0) == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_create(x, "-", paths, 1) == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_create(x, out, paths, 1) == XZBUNDLE_OK);
	EXPECT(x, xzbundle_error(x)[0] == '\0');
	EXPECT(x, strstr(xzbundle_report(x), "colon") != NULL);
	EXPECT(x, xzbundle_count(x, XZBUNDLE_RAW_BYTES) % 512 == 0);
}

static void
list(struct xzbundle *x, const char *out)
{
	struct sums all = { 0, 0, 0, UINT64_MAX }, some = { 0, 0, 0, 1 };
	uint64_t file = xzbundle_count(x, XZBUNDLE_FILE_BYTES);
	uint64_t n = xzbundle_count(x, XZBUNDLE_MEMBERS);

	EXPECT(x, xzbundle_list(x, out, member, &all) == XZBUNDLE_OK);
	EXPECT(x, xzbundle_count(x, XZBUNDLE_FILE_BYTES) == file);
	EXPECT(x, all.n == n && all.n == xzbundle_count(x, XZBUNDLE_MEMBERS));
	EXPECT(x, all.raw == xzbundle_count(x, XZBUNDLE_RAW_BYTES));
	EXPECT(x, all.packed + xzbundle_count(x, XZBUNDLE_CONTAINER_BYTES) ==
	    file);
	EXPECT(x, xzbundle_list(x, out, member, &some) == XZBUNDLE_FAIL);
	EXPECT(x, some.n == 1);
	EXPECT(x, xzbundle_list(x, "nothing", member, &some) ==
	    XZBUNDLE_FAIL);
}

/* One that breaks a rule by default, which an option allows. */
static void
take_out(struct xzbundle *x, const char *out, const char *dest)
{
	const char *const none[] = { "nowhere" };

	EXPECT(x, xzbundle_check(x, out) == XZBUNDLE_UNSAFE);
	EXPECT(x, strstr(xzbundle_report(x), "colon") != NULL);
	EXPECT(x, xzbundle_extract(x, out, dest, NULL, 0) == XZBUNDLE_UNSAFE);
	EXPECT(x, access(dest, F_OK) != 0);
	EXPECT(x, xzbundle_set(x, "names", "any") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_check(x, out) == XZBUNDLE_OK);
	EXPECT(x, xzbundle_report(x)[0] == '\0');
	EXPECT(x, xzbundle_set(x, "max-total", "10") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_extract(x, out, dest, NULL, 0) == XZBUNDLE_LIMIT);
	EXPECT(x, xzbundle_set(x, "max-total", "1GB") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_extract(x, out, dest, none, 1) == XZBUNDLE_FAIL);
	EXPECT(x, access(dest, F_OK) != 0);
	EXPECT(x, xzbundle_set(x, "into", "yes") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_set(x, "replace", "yes") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_extract(x, out, dest, NULL, 0) == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_set(x, "replace", "maybe") == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_set(x, "replace", "no") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_set(x, "into", "no") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_extract(x, out, dest, NULL, 0) == XZBUNDLE_OK);
	EXPECT(x, xzbundle_extract(x, out, dest, NULL, 0) == XZBUNDLE_FAIL);
}

/* A bit of the data. */
static void
damage(const char *path)
{
	FILE *f = fopen(path, "r+b");
	int c;

	if (f == NULL || fseek(f, 40, SEEK_SET) != 0 || (c = getc(f)) == EOF ||
	    fseek(f, 40, SEEK_SET) != 0 || putc(c ^ 1, f) == EOF ||
	    fclose(f) != 0)
		failures++;
}

static void
go_wrong(struct xzbundle *x, const char *out)
{
	EXPECT(x, xzbundle_set(x, "colour", "red") == XZBUNDLE_USAGE);
	EXPECT(x, strstr(xzbundle_error(x), "colour") != NULL);
	EXPECT(x, xzbundle_set(x, NULL, "red") == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_set(x, "pack", NULL) == XZBUNDLE_USAGE);
	EXPECT(x, xzbundle_count(x, XZBUNDLE_MEMBERS) == 0);
	/* A stop holds until it has stopped something. */
	xzbundle_stop(x);
	EXPECT(x, xzbundle_set(x, "threads", "2") == XZBUNDLE_OK);
	EXPECT(x, xzbundle_check(x, out) == XZBUNDLE_FAIL);
	EXPECT(x, xzbundle_check(x, out) == XZBUNDLE_OK);
	/* Children that nobody waits for. */
	(void)signal(SIGCHLD, SIG_IGN);
	EXPECT(x, xzbundle_check(x, out) == XZBUNDLE_OK);
	damage(out);
	EXPECT(x, xzbundle_check(x, out) == XZBUNDLE_CORRUPT);
	EXPECT(x, xzbundle_error(x)[0] != '\0');
	(void)signal(SIGCHLD, SIG_DFL);
}

int
main(int argc, char **argv)
{
	struct xzbundle *x = xzbundle_new();

	if (argc != 4 || x == NULL) {
		fprintf(stderr, "usage: sample DIR OUT DEST\n");
		return 2;
	}
	EXPECT(x, xzbundle_version()[0] != '\0');
	make(x, argv[1], argv[2]);
	list(x, argv[2]);
	take_out(x, argv[2], argv[3]);
	go_wrong(x, argv[2]);
	xzbundle_free(x);
	xzbundle_free(NULL);
	return failures == 0 ? 0 : 1;
}
