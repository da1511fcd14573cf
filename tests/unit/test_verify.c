#include "import/verify.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "harness.h"
#include "import/archive.h"
#include "pack/bundle.h"
#include "pack/order.h"
#include "../fuzz/tarseed.h"
#include "unpack/limits.h"
#include "../fuzz/xzseed.h"

static const char script[] = "d:d f:d/a=5 f:b=70000 h:c=b s:ln=b e";

/* The archive, and the bundle of its members. */
static int archive_fd, bundle_fd;
static struct scan scan;
static const struct tarstream_options options;

static int
archive(const char *text)
{
	struct seed s = { .n = 0 };
	int fd;

	tarseed_script(&s, text);
	fd = xzseed_plain(s.p, s.n);
	seed_free(&s);
	return fd;
}

static void
begin(void)
{
	struct bundle_request r = { .target = TARGET_XZ_5_4,
	    .check = LZMA_CHECK_CRC32, .n_threads = 1, .memory = UINT64_MAX,
	    .output = "b" };
	struct import_request im = { .fd = archive(script) };
	struct bundle_result made;
	struct err e = ERR_INIT;
	struct limits limits;

	limits_init(&limits);
	im.limits = &limits;
	archive_fd = im.fd;
	im.data_fd = memfd_create("data", 0);
	bundle_fd = memfd_create("bundle", 0);
	CU_ASSERT_EQUAL(import_members(&im, &scan, &e), ERR_OK);
	CU_ASSERT_EQUAL(order_members(&scan, ORDER_KIND, &e), ERR_OK);
	CU_ASSERT_EQUAL(bundle_write(&r, &scan, bundle_fd, &made, &e),
	    ERR_OK);
	bundle_result_free(&made);
}

static void
finish(void)
{
	scan_free(&scan);
	close(archive_fd);
	close(bundle_fd);
}

static struct member *
find(const char *name)
{
	size_t i;

	for (i = 0; strcmp(scan.members[i].name, name) != 0; i++)
		;
	return &scan.members[i];
}

/* Neither is the same as the members any more, and with words. */
static void
both_differ(const char *bundle, const char *other)
{
	struct err e = ERR_INIT;

	CU_ASSERT_EQUAL(verify_bundle(bundle_fd, &scan, &options, 1,
	    UINT64_MAX, NULL, &e), bundle != NULL ? ERR_FAIL : ERR_OK);
	CU_ASSERT(bundle == NULL || HARNESS_SAYS(&e, bundle));
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(verify_archive(archive_fd, &scan, NULL, &e),
	    other != NULL ? ERR_FAIL : ERR_OK);
	CU_ASSERT(other == NULL || HARNESS_SAYS(&e, other));
}

static void
test_same(void)
{
	begin();
	both_differ(NULL, NULL);
	finish();
}

static void
test_data(void)
{
	off_t at;

	begin();
	at = (off_t)find("b")->data_off + 69999;
	CU_ASSERT_EQUAL(pwrite(scan.data_fd, "\1\2", 1, at), 1);
	both_differ("b: has other data", "b: has other data");
	finish();
	begin();
	find("b")->size--;
	both_differ("b: of another size", "b: has more data");
	finish();
	begin();
	find("d/a")->data_off++;
	both_differ("d/a: has other data", "d/a: has other data");
	finish();
}

static void
test_headers(void)
{
	begin();
	find("d/a")->name[2] = 'x';
	both_differ("d/x: another name", "d/a: was not there before");
	finish();
	begin();
	find("d/a")->mode |= 0100;
	both_differ("d/a: another mode", "d/a: another mode");
	finish();
	begin();
	find("ln")->link[0] = 'c';
	both_differ("ln: another link", "ln: of another type or with another "
	    "link");
	finish();
	begin();
	find("c")->type = MEMBER_FILE;
	both_differ("c: of another type", "c: of another type");
	finish();
	begin();
	find("d/a")->mtime.tv_sec++;	/* which the bundle does not have */
	both_differ(NULL, "d/a: another mode or time");
	finish();
}

/* One member more or less, here or there. */
static void
test_count(void)
{
	struct member last;
	int fd;

	begin();
	last = scan.members[--scan.n_members];
	both_differ("a member too many", "was not there before");
	scan.members[scan.n_members++] = last;
	fd = archive_fd;
	archive_fd = archive("d:d f:d/a=5 f:b=70000 h:c=b e");
	both_differ(NULL, "ln: is missing");
	close(archive_fd);
	archive_fd = archive("d:d f:d/a=5 f:b=70000 h:c=b s:ln=b f:d/a=5 e");
	both_differ(NULL, "d/a: is there twice");
	close(archive_fd);
	archive_fd = archive("d:d f:d/a=5 f:b=70000 h:c=d/a s:ln=b e");
	both_differ(NULL, "c: of another type or with another link");
	close(archive_fd);
	archive_fd = fd;
	finish();
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "the same", test_same },
		{ "other data", test_data },
		{ "other headers", test_headers },
		{ "other members", test_count },
	};

	return harness_run("verify", tests, HARNESS_COUNT(tests));
}
