#include "pack/tarstream.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "harness.h"

static struct scan scan;
static struct tarstream *tar;

/* Names of all kinds: short, 100 and 300 bytes, not UTF-8, with links. */
static void
build(const struct tarstream_options *o, struct err *e)
{
	static const char *const paths[] = { "." };
	struct scan_request r = { "t", paths, 1, NULL };
	char name[400];
	uint8_t *p;

	CU_ASSERT_EQUAL(mkdir("t", 0700), 0);
	CU_ASSERT_EQUAL(mkdir("t/d", 0700), 0);
	harness_write("t/empty", "", 0);
	p = harness_bytes('r', 1, 70000);
	harness_write("t/d/one", p, 1);
	harness_write("t/d/block", p, 512);
	harness_write("t/d/large", p, 70000);
	harness_write("t/\xFF\xFE", p, 100);
	harness_write("t/\xC3\xA9", p, 3);
	free(p);
	snprintf(name, sizeof(name), "t/%0100d", 1);
	harness_write(name, "long", 4);
	memset(name, 'n', sizeof(name));
	memcpy(name, "t/d/", 4);
	name[200] = '\0';
	CU_ASSERT_EQUAL(mkdir(name, 0755), 0);
	name[200] = '/';
	name[350] = '\0';
	harness_write(name, "longer", 6);
	CU_ASSERT_EQUAL(symlink("d/one", "t/sym"), 0);
	CU_ASSERT_EQUAL(link("t/d/one", "t/zhard"), 0);
	CU_ASSERT_EQUAL(chmod("t/empty", 0751), 0);
	CU_ASSERT_EQUAL(chmod("t/d/one", 04600), 0);
	CU_ASSERT_EQUAL(scan_paths(&r, &scan, e), ERR_OK);
	CU_ASSERT_EQUAL(scan_link(&scan, e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_build(&scan, o, &tar, e), ERR_OK);
}

static void
drop(void)
{
	tarstream_free(tar);
	tar = NULL;
	scan_free(&scan);
}

static uint8_t *
whole(struct err *e)
{
	uint64_t n = tarstream_size(tar);
	uint8_t *bytes = calloc(1, n + 1);
	struct source c;

	CU_ASSERT_EQUAL(tarstream_cursor(tar, &c, e), ERR_OK);
	CU_ASSERT_EQUAL(c.read(c.ctx, 0, bytes, n, e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_cursor_end(&c, e), ERR_OK);
	return bytes;
}

static void
spans(void)
{
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT;
	const struct tarspan *s;
	uint64_t off = 0;
	size_t i;

	build(&o, &e);
	CU_ASSERT_EQUAL(tarstream_count(tar), scan.n_members);
	for (i = 0; i < tarstream_count(tar); i++) {
		s = tarstream_span(tar, i);
		CU_ASSERT_EQUAL(s->head_off, off);
		CU_ASSERT_TRUE(s->data_off >= off + 512);
		CU_ASSERT_EQUAL(s->data_off % 512, 0);
		CU_ASSERT_EQUAL(s->pad_off - s->data_off,
		    tarstream_member(tar, i)->size);
		CU_ASSERT_EQUAL(s->end_off, (s->pad_off + 511) / 512 * 512);
		CU_ASSERT_EQUAL(tarstream_find(tar, off), i);
		CU_ASSERT_EQUAL(tarstream_find(tar, s->end_off - 1), i);
		off = s->end_off;
	}
	CU_ASSERT_EQUAL(tarstream_members_end(tar), off);
	CU_ASSERT_EQUAL(tarstream_size(tar), off + 1024);
	drop();
	tarstream_free(NULL);
}

/* One entry, as libarchive reads it from the whole tar, against member i. */
static void
compare(struct archive *a, struct archive_entry *entry, size_t i, bool keep)
{
	const struct member *m = tarstream_member(tar, i);
	const char *name = archive_entry_pathname(entry);
	size_t n = strlen(m->name), size;
	int mode = (int)archive_entry_perm(entry);
	uint8_t *got = malloc(m->size + 1), *file;
	char path[600];

	CU_ASSERT_EQUAL(strncmp(name, m->name, n), 0);
	CU_ASSERT_STRING_EQUAL(name + n, m->type == MEMBER_DIR ? "/" : "");
	CU_ASSERT_EQUAL(archive_entry_size(entry), (la_int64_t)m->size);
	CU_ASSERT_EQUAL(archive_entry_uid(entry), 0);
	CU_ASSERT_EQUAL(archive_entry_gid(entry), 0);
	CU_ASSERT_EQUAL(archive_entry_mtime_nsec(entry), 0);
	CU_ASSERT_EQUAL(archive_entry_mtime(entry),
	    keep ? m->mtime.tv_sec : 1234567);
	if (m->type == MEMBER_SYMLINK) {
		CU_ASSERT_EQUAL(mode, 0777);
		CU_ASSERT_STRING_EQUAL(archive_entry_symlink(entry), m->link);
	} else if (m->type == MEMBER_HARDLINK) {
		CU_ASSERT_STRING_EQUAL(archive_entry_hardlink(entry),
		    m->link);
	} else if (keep) {
		CU_ASSERT_EQUAL(mode, (int)(m->mode & 07777));
	} else {
		CU_ASSERT_EQUAL(mode, m->type == MEMBER_DIR ||
		    (m->mode & 0100) ? 0755 : 0644);
	}
	if (m->type == MEMBER_FILE) {
		snprintf(path, sizeof(path), "t/%s", m->name);
		file = harness_read(path, &size);
		CU_ASSERT_EQUAL(size, m->size);
		CU_ASSERT_EQUAL(archive_read_data(a, got, m->size),
		    (la_ssize_t)m->size);
		CU_ASSERT_EQUAL(memcmp(got, file, size), 0);
		free(file);
	}
	free(got);
}

static void
read_back(bool keep)
{
	struct tarstream_options o = { .mtime = 1234567, .keep_mtime = keep,
	    .keep_mode = keep };
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	struct err e = ERR_INIT;
	uint8_t *bytes;
	size_t i = 0;

	build(&o, &e);
	bytes = whole(&e);
	archive_read_support_format_tar(a);
	CU_ASSERT_EQUAL(archive_read_open_memory(a, bytes,
	    tarstream_size(tar)), ARCHIVE_OK);
	while (archive_read_next_header(a, &entry) >= ARCHIVE_WARN &&
	    i < tarstream_count(tar)) {
		/* libarchive stands at the data when it has the header. */
		compare(a, entry, i, keep);
		i++;
	}
	CU_ASSERT_EQUAL(i, tarstream_count(tar));
	archive_read_free(a);
	free(bytes);
	drop();
}

static void
normal(void)
{
	read_back(false);
}

static void
kept(void)
{
	read_back(true);
}

/* Any range is that part of the whole, in any order of reading. */
static void
any_range(void)
{
	static const size_t sizes[] = { 1, 511, 512, 513, 3000, 80000 };
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT, past = ERR_INIT;
	uint8_t *bytes, *part = malloc(80000);
	struct source c, zero = { NULL, NULL };
	size_t i, n, wrong = 0;
	uint64_t off, end;

	build(&o, &e);
	bytes = whole(&e);
	end = tarstream_size(tar);
	CU_ASSERT_EQUAL(tarstream_cursor(tar, &c, &e), ERR_OK);
	for (i = 0; i < 3000; i++) {
		n = sizes[i % HARNESS_COUNT(sizes)];
		off = i * UINT64_C(7919) % (end - n + 1);
		if (c.read(c.ctx, off, part, n, &e) != ERR_OK ||
		    memcmp(part, bytes + off, n) != 0)
			wrong++;
	}
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(c.read(c.ctx, end, part, 0, &e), ERR_OK);
	CU_ASSERT_EQUAL(c.read(c.ctx, end - 1, part, 2, &past), ERR_FAIL);
	CU_ASSERT_EQUAL(tarstream_cursor_end(&c, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_cursor_end(&c, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_cursor_end(&zero, &e), ERR_OK);
	free(bytes);
	free(part);
	drop();
}

/* Each way to change a file between the scan and the end of reading it. */
static void
changes(void)
{
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT;
	struct source c;
	uint64_t off = 0;
	uint8_t byte;
	size_t i;
	int how;

	for (how = 0; how < 5; how++) {
		struct err changed = ERR_INIT;

		build(&o, &e);
		for (i = 0; i < tarstream_count(tar); i++) {
			if (strcmp(tarstream_member(tar, i)->name, "d/large")
			    == 0)
				off = tarstream_span(tar, i)->data_off;
		}
		CU_ASSERT_EQUAL(tarstream_cursor(tar, &c, &e), ERR_OK);
		if (how >= 3)	/* while it is open */
			c.read(c.ctx, off, &byte, 1, &e);
		usleep(20000);	/* the clock of ctime has ticks */
		if (how == 0 || how == 3)
			CU_ASSERT_EQUAL(truncate("t/d/large", 60000), 0);
		if (how == 1 || how == 4)
			CU_ASSERT_EQUAL(chmod("t/d/large", 0600), 0);
		if (how == 2)
			CU_ASSERT_EQUAL(unlink("t/d/large"), 0);
		if (how < 3)
			c.read(c.ctx, off + 69999, &byte, 1, &changed);
		CU_ASSERT_EQUAL(tarstream_cursor_end(&c, &changed), ERR_FAIL);
		CU_ASSERT_TRUE(HARNESS_SAYS(&changed, "d/large"));
		drop();
		CU_ASSERT_EQUAL(e.code, ERR_OK);
		CU_ASSERT_EQUAL(system("rm -rf t"), 0);
	}
}

/* Data that are not at the path of a member, which changes and goes. */
static void
replaced(void)
{
	static const char *const paths[] = { "t" };
	struct scan_request r = { NULL, paths, 1, NULL };
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT, early = ERR_INIT;
	struct source c;
	struct stat st;
	uint8_t byte, *p = harness_bytes('r', 2, 70000), *bytes;
	int fd;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	harness_write("t/a", "a", 1);
	harness_write("t/b", "original", 8);
	harness_write("t/c", "c", 1);
	harness_write("other", p, 70000);
	CU_ASSERT_EQUAL(scan_paths(&r, &scan, &e), ERR_OK);
	CU_ASSERT_STRING_EQUAL(scan.members[2].name, "t/b");
	CU_ASSERT_EQUAL(scan_open(&scan, &scan.members[2], &fd, &st, &e),
	    ERR_OK);
	CU_ASSERT_EQUAL(close(fd), 0);
	scan_replace(&scan.members[2], open("other", O_RDONLY), 69999);
	CU_ASSERT_EQUAL(unlink("t/b"), 0);
	CU_ASSERT_EQUAL(tarstream_build(&scan, &o, &tar, &e), ERR_OK);
	bytes = whole(&e);
	CU_ASSERT_EQUAL(tarstream_span(tar, 2)->pad_off -
	    tarstream_span(tar, 2)->data_off, 69999);
	CU_ASSERT_EQUAL(memcmp(bytes + tarstream_span(tar, 2)->data_off, p,
	    69999), 0);
	CU_ASSERT_EQUAL(bytes[tarstream_span(tar, 2)->pad_off], 0);
	CU_ASSERT_EQUAL(bytes[tarstream_span(tar, 1)->data_off], 'a');
	CU_ASSERT_EQUAL(bytes[tarstream_span(tar, 3)->data_off], 'c');
	CU_ASSERT_EQUAL(truncate("other", 10), 0);
	CU_ASSERT_EQUAL(tarstream_cursor(tar, &c, &e), ERR_OK);
	CU_ASSERT_EQUAL(c.read(c.ctx, tarstream_span(tar, 2)->data_off + 10,
	    &byte, 1, &early), ERR_FAIL);
	CU_ASSERT_TRUE(HARNESS_SAYS(&early, "t/b"));
	CU_ASSERT_EQUAL(tarstream_cursor_end(&c, &e), ERR_OK);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	free(bytes);
	free(p);
	drop();
}

/* Members that share a file, without headers; one of them is empty. */
static void
bare(void)
{
	static const struct {
		uint64_t off, size;
	} at[] = { { 10, 3000 }, { 0, 0 }, { 5000, 1 }, { 2000, 4000 } };
	struct tarstream_options o = { .bare = true };
	struct err e = ERR_INIT;
	uint8_t *p = harness_bytes('r', 2, 6000), *bytes;
	uint64_t off = 0;
	size_t i;

	harness_write("all", p, 6000);
	scan_init(&scan);
	scan.data_fd = open("all", O_RDONLY);
	scan.members = calloc(4, sizeof(*scan.members));
	scan.n_members = 4;
	for (i = 0; i < 4; i++) {
		scan.members[i].name = strdup("m");
		scan.members[i].data_fd = scan.data_fd;
		scan.members[i].data_off = at[i].off;
		scan.members[i].size = at[i].size;
	}
	CU_ASSERT_EQUAL(tarstream_build(&scan, &o, &tar, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_size(tar), 7001);
	CU_ASSERT_EQUAL(tarstream_members_end(tar), 7001);
	CU_ASSERT_EQUAL(tarstream_find(tar, 3000), 2);
	bytes = whole(&e);
	for (i = 0; i < 4; i++) {
		CU_ASSERT_EQUAL(memcmp(bytes + off, p + at[i].off,
		    at[i].size), 0);
		off += at[i].size;
	}
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	free(bytes);
	free(p);
	drop();
}

/* Holes read as zeros, and data beside them as data. */
static void
sparse(void)
{
	static const char *const paths[] = { "t/s" };
	struct scan_request r = { NULL, paths, 1, NULL };
	struct tarstream_options o = { .mtime = 0 };
	struct err e = ERR_INIT;
	uint8_t *bytes;
	FILE *f;

	CU_ASSERT_EQUAL(mkdir("t", 0755), 0);
	f = fopen("t/s", "wb");
	fputs("begin", f);
	fseek(f, 4000000, SEEK_SET);
	fputs("end", f);
	CU_ASSERT_EQUAL(fclose(f), 0);
	CU_ASSERT_EQUAL(truncate("t/s", 8000000), 0);
	CU_ASSERT_EQUAL(scan_paths(&r, &scan, &e), ERR_OK);
	CU_ASSERT_EQUAL(tarstream_build(&scan, &o, &tar, &e), ERR_OK);
	bytes = whole(&e);
	CU_ASSERT_EQUAL(memcmp(bytes + 512, "begin\0", 6), 0);
	CU_ASSERT_EQUAL(memcmp(bytes + 512 + 3999999, "\0end\0", 5), 0);
	CU_ASSERT_EQUAL(bytes[512 + 7999999], 0);
	free(bytes);
	drop();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "spans", spans },
		{ "libarchive reads it back", normal },
		{ "modes and times kept", kept },
		{ "any range", any_range },
		{ "files that change", changes },
		{ "data from elsewhere", replaced },
		{ "bare", bare },
		{ "holes", sparse },
	};

	return harness_run("tarstream", tests, HARNESS_COUNT(tests));
}
