#include "harness.h"

#include <CUnit/Basic.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "xz/chain.h"
#include "xz/encode.h"
#include "xz/xzread.h"
#include "xz/xzwrite.h"

#define NOBODY 65534		/* an ordinary user's ID */

static int home_fd = -1;
static char *scratch;

/* --- one test's directory --- */

static void
enter(void)
{
	const char *dir = getenv("TMPDIR");

	if (dir == NULL || dir[0] != '/')
		dir = "/tmp";
	if (asprintf(&scratch, "%s/xzbundle-test.XXXXXX", dir) < 0)
		abort();
	home_fd = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (home_fd < 0 || mkdtemp(scratch) == NULL || chdir(scratch) != 0) {
		perror(scratch);
		exit(99);
	}
}

static int
remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void
leave(void)
{
	CU_ASSERT_EQUAL(fchdir(home_fd), 0);
	CU_ASSERT_EQUAL(nftw(scratch, remove_one, 16,
	    FTW_DEPTH | FTW_PHYS), 0);
	(void)close(home_fd);
	free(scratch);
}

/* After so many the program is taken to hang.  Under valgrind there are more. */
static unsigned int
seconds(void)
{
	const char *text = getenv("XZBUNDLE_TEST_SECONDS");

	return text != NULL ? (unsigned int)strtoul(text, NULL, 10) : 240;
}

int
harness_run(const char *suite, const struct harness_test *tests, size_t n)
{
	CU_pSuite s;
	size_t i;
	int bad;

	/* A test that hangs is a failed test. */
	alarm(seconds());
	if (CU_initialize_registry() != CUE_SUCCESS)
		return 99;
	s = CU_add_suite_with_setup_and_teardown(suite, NULL, NULL, enter,
	    leave);
	for (i = 0; s != NULL && i < n; i++) {
		if (CU_add_test(s, tests[i].name, tests[i].run) == NULL)
			return 99;
	}
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	bad = CU_get_number_of_failure_records() != 0 ||
	    CU_get_number_of_tests_run() == 0;
	CU_cleanup_registry();
	return bad;
}

/* --- mounts --- */

int
harness_mounting(int (*run)(void))
{
	int status = 0;
	pid_t pid = geteuid() == 0 ? fork() : -1;

	if (pid == 0) {
		if (mkdir("mount", 0700) != 0 || unshare(CLONE_NEWNS) != 0 ||
		    mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0 ||
		    mount("none", "mount", "tmpfs", 0, NULL) != 0 ||
		    umount("mount") != 0 || rmdir("mount") != 0)
			_exit(100);
		_exit(run());
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		return -1;
	(void)rmdir("mount");
	if (WIFEXITED(status) && WEXITSTATUS(status) == 100)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

/* --- files --- */

void
harness_write(const char *path, const void *p, size_t n)
{
	FILE *f = fopen(path, "wb");

	CU_ASSERT_PTR_NOT_NULL(f);
	if (f == NULL)
		return;
	if (n > 0)
		CU_ASSERT_EQUAL(fwrite(p, 1, n, f), n);
	CU_ASSERT_EQUAL(fclose(f), 0);
}

uint8_t *
harness_read(const char *path, size_t *n)
{
	FILE *f = fopen(path, "rb");
	struct stat st;
	uint8_t *p;

	*n = 0;
	if (f == NULL)
		return NULL;
	p = fstat(fileno(f), &st) == 0 ? malloc((size_t)st.st_size + 1) :
	    NULL;
	if (p != NULL)
		*n = fread(p, 1, (size_t)st.st_size, f);
	(void)fclose(f);
	return p;
}

bool
harness_holds(const char *path, const char *text)
{
	size_t n;
	uint8_t *p = harness_read(path, &n);
	bool same = p != NULL && n == strlen(text) && memcmp(p, text, n) == 0;

	free(p);
	return same;
}

rlim_t
harness_descriptors(rlim_t n)
{
	struct rlimit r;
	rlim_t was;

	CU_ASSERT_EQUAL(getrlimit(RLIMIT_NOFILE, &r), 0);
	was = r.rlim_cur;
	r.rlim_cur = n;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_NOFILE, &r), 0);
	return was;
}

size_t
harness_entries(const char *dir)
{
	DIR *d = opendir(dir);
	size_t n = 0;

	if (d == NULL)
		return SIZE_MAX;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n - 2;
}

/* --- bytes --- */

uint8_t *
harness_bytes(char kind, uint32_t seed, size_t n)
{
	static const char words[] = "the weights of a model are most of it ";
	uint8_t *p = malloc(n + 1);
	uint32_t x = seed * 2654435761u + 1;
	size_t i;

	if (p == NULL)
		abort();
	for (i = 0; i < n; i++) {
		x ^= x << 13;
		x ^= x >> 17;
		x ^= x << 5;
		if (kind == 'r')
			p[i] = (uint8_t)(x >> 11);
		else if (kind == 'd')
			p[i] = (uint8_t)(i * i / 64 + (x & 1));
		else
			p[i] = (uint8_t)(x % 31 == 0 ? 'a' + (x >> 8) % 26 :
			    (uint32_t)words[i % (sizeof(words) - 1)]);
	}
	return p;
}

static enum err_code
memory_read(void *ctx, uint64_t off, uint8_t *buf, size_t size,
    struct err *e)
{
	const struct harness_memory *m = ctx;

	if (off > m->n || size > m->n - off)
		return err_set(e, ERR_FAIL, "read outside the buffer");
	memcpy(buf, m->p + off, size);
	return ERR_OK;
}

struct source
harness_source(struct harness_memory *m)
{
	struct source s = { memory_read, m };

	return s;
}

/* --- .xz files --- */

static void
add_block(struct xzwrite *x, const struct harness_block *b, uint8_t *raw,
    lzma_check check, struct err *e)
{
	struct harness_memory m = { raw, b->size };
	struct source src = harness_source(&m);
	struct encode_block block;
	struct chain chain;

	CU_ASSERT_EQUAL(chain_parse(b->chain, &chain, e), ERR_OK);
	if (encode_block(&src, 0, b->size, &chain, check, NULL, &block, e) !=
	    ERR_OK)
		return;
	xzwrite_block(x, &block, e);
	encode_block_free(&block);
}

uint8_t *
harness_xz(const char *path, const struct harness_block *blocks, size_t n,
    lzma_check check, size_t *raw_size)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct err e = ERR_INIT;
	struct xzwrite x;
	uint8_t *raw, *piece;
	size_t i, at = 0;

	*raw_size = 0;
	for (i = 0; i < n; i++)
		*raw_size += blocks[i].size;
	raw = harness_bytes('t', 0, *raw_size);
	xzwrite_begin(&x, fd, check, &e);
	for (i = 0; i < n; i++) {
		piece = harness_bytes(blocks[i].kind, (uint32_t)i + 1,
		    blocks[i].size);
		memcpy(raw + at, piece, blocks[i].size);
		free(piece);
		add_block(&x, &blocks[i], raw + at, check, &e);
		at += blocks[i].size;
	}
	xzwrite_end(&x, &e);
	xzwrite_free(&x);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(close(fd), 0);
	return raw;
}

void
harness_bundle(const char *path, const uint8_t *p, size_t n, size_t step)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	struct harness_memory m = { p, n };
	struct source src = harness_source(&m);
	struct err e = ERR_INIT;
	struct encode_block b;
	struct xzwrite x;
	struct chain c;
	size_t off, size;

	CU_ASSERT_EQUAL(chain_parse("lzma2:preset=0,dict=4KiB", &c, &e),
	    ERR_OK);
	xzwrite_begin(&x, fd, LZMA_CHECK_CRC32, &e);
	for (off = 0; off < n; off += size) {
		size = n - off < step ? n - off : step;
		if (encode_block(&src, off, size, &c, LZMA_CHECK_CRC32, NULL,
		    &b, &e) != ERR_OK)
			break;
		xzwrite_block(&x, &b, &e);
		encode_block_free(&b);
	}
	xzwrite_end(&x, &e);
	xzwrite_free(&x);
	CU_ASSERT_EQUAL(e.code, ERR_OK);
	CU_ASSERT_EQUAL(close(fd), 0);
}

void
harness_spoil(const char *path, size_t i, enum harness_part part)
{
	struct err e = ERR_INIT;
	struct xzread x;
	uint8_t *p;
	size_t n;

	CU_ASSERT_EQUAL(xzread_open(path, UINT64_MAX, &x, &e), ERR_OK);
	CU_ASSERT_TRUE_FATAL(i < x.n_blocks);
	p = harness_read(path, &n);
	if (part == HARNESS_DATA)
		p[x.blocks[i].file_off + x.blocks[i].header_size + 100] ^= 16;
	else
		p[x.blocks[i].file_off + x.blocks[i].total_size - 1] ^= 1;
	harness_write(path, p, n);
	free(p);
	xzread_free(&x);
}

unsigned int
harness_mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? (unsigned int)st.st_mode : 0;
}

ino_t
harness_inode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 ? st.st_ino : 0;
}

bool
harness_links_to(const char *path, const char *text)
{
	char got[256];
	ssize_t n = readlink(path, got, sizeof(got));

	return n == (ssize_t)strlen(text) && memcmp(got, text, n) == 0;
}

void
harness_become_user(void)
{
	if (getuid() != 0)
		return;
	CU_ASSERT_EQUAL(chown(".", NOBODY, NOBODY), 0);
	CU_ASSERT_EQUAL(setresgid(NOBODY, NOBODY, 0), 0);
	CU_ASSERT_EQUAL(setresuid(NOBODY, NOBODY, 0), 0);
}

void
harness_become_root(void)
{
	if (getuid() == NOBODY && setresuid(0, 0, 0) == 0)
		CU_ASSERT_EQUAL(setresgid(0, 0, 0), 0);
}
