/*
 * fuzz_validate: what unpack/validate accepts is the same tar to libarchive,
 * without a warning; and pieces of any length make no difference.
 *
 * The first byte of an input tells what is done with the rest.  Bit 0: the
 * checksums of the headers and the lengths of pax records are made right, so
 * that mutants get farther.  Bit 1: an end marker is appended.  The others:
 * the bytes of a piece.
 */
#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "fuzz.h"
#include "tarseed.h"
#include "unpack/tarfield.h"
#include "unpack/validate.h"

#define MEMBERS 256		/* of an input at most */
#define BLOCK ((size_t)TARFIELD_BLOCK)

struct outcome {
	struct validate_member members[MEMBERS];
	size_t n;
	uint64_t end;
	struct err err;
};

bool
fuzz_seed(struct seed *s, size_t i)
{
	static const char *const scripts[] = {
		"f:a=6 d:d/ f:d/b=513 s:s=a h:h=a e",
		"@gnu f:a=6 d:d/ L:long/name f:x=3 K:a%2Fb s:s=t e 0:512",
		"@gnu K:k L:l s:s=t f:a=0 !100=%80%00%00%00%00%00%01%ED e",
		"@v7 f:a=6 d:d/ h:l=a e",
		"x:path=p/q;mtime=-1.5;uid=7;size=9 f:a=9 d:d e",
		"x:linkpath=to;atime=5;comment=c s:l=x e",
		"x:SCHILY.xattr.user.a=b;LIBARCHIVE.xattr.user.a=Yg f:a=1 e",
		"x:SCHILY.acl.access=user::rw-,group::r--,other::r-- f:a e",
		"x:LIBARCHIVE.creationtime=1;LIBARCHIVE.symlinktype=dir "
		    "s:a=b e",
		"x:SCHILY.dev=1;SCHILY.ino=2;SCHILY.nlink=3;uname=%C3%A9 f:a "
		    "e",
		"g:comment=0123 g:comment=4 f:a=6 x:path=q f:b=1 e",
		"3:c 4:b 6:p f:a !345=pre/fix f:b=600 e 0:1000",
		"x:path=%C3%A9;gname=%FF;charset=c f:a=700 x:ctime=1;gid=2 "
		    "d:d e",
		"f:%FF=1 !124=%80%00%00%00%00%00%00%00%00%00%00%01 "
		    "f:b=1 !136=%20%20%20%20%20%20%20%20%20%20%20%00 e",
		"16*g:comment=x x:path=y f:a e",
		"x:path=p f:=5 e",
		"@gnu L:p d: e",
		/* Near to what readers disagree about; these are refused. */
		"5:d=1024 h:l=d !124=00000001000 f:a=6 e",
		"s:l=a !124=00000001000 f:a=600 e",
		"x:size=1024 f:a f:b=600 e",
		"x:size=0 f:a=1024 f:b=600 e",
		"x:size=6 h:l=a f:b=6 e",
		"x:size=1024 L:l f:a=6 e",
		"x:path=p L:l f:a=6 e",
		"L:l x:path=p f:a e",
		"x:path=p x:size=7 f:a=7 e",
		"L:l L:m f:a e",
		"x:path=p;path=q f:a e",
		"L+a%00b f:a e",
		"x:GNU.sparse.major=1;GNU.sparse.minor=0 f:a=1024 e",
		"@gnu f:a=600 !386=00000000010%0000000001000 e",
		"@gnu S:a=600 !483=00000010000 e",
		"f:a/=600 f:a e",
		"x:path=b/ f:a=5 e",
		"x:linkpath=b f:a=6 K:b f:b=6 e",
		"x:linkpath=b s:a e",
		"K:b h:a e",
		"f:a s:b h:c x:path=p%00q f:a e",
		"f:a z f:b e",
		"7:a=6 V:v M:m=600 f:a e",
		"17*g:comment=x 20*x:path=a f:a e",
	};
	struct seed tar = { 0 };

	memset(s, 0, sizeof(*s));
	if (i >= sizeof(scripts) / sizeof(scripts[0]))
		return false;
	tarseed_script(&tar, scripts[i]);
	seed_bytes(s, &(uint8_t){ (uint8_t)(i % 3 * 64 + 1) }, 1);
	seed_bytes(s, tar.p, tar.n);
	seed_free(&tar);
	return true;
}

/* --- the validator --- */

static void
drain(struct validate *v, struct outcome *o)
{
	struct validate_member m;

	while (validate_take(v, &m)) {
		if (o->n < MEMBERS)
			o->members[o->n++] = m;
		else
			validate_member_free(&m);
	}
}

static struct outcome *
judge(const uint8_t *p, size_t n, size_t piece)
{
	const struct validate_options options = { 1 << 20, 1 << 20 };
	struct outcome *o = calloc(1, sizeof(*o));
	struct validate *v;
	size_t at, step;

	if (o == NULL || validate_new(&options, &v, &o->err) != ERR_OK)
		abort();
	for (at = 0; at < n && o->err.code == ERR_OK; at += step) {
		step = n - at < piece ? n - at : piece;
		validate_bytes(v, p + at, step, &o->err);
		drain(v, o);
	}
	validate_end(v, &o->end, &o->err);
	validate_free(v);
	return o;
}

static void
outcome_free(struct outcome *o)
{
	size_t i;

	for (i = 0; i < o->n; i++)
		validate_member_free(&o->members[i]);
	free(o);
}

/* --- libarchive --- */

static void
fail(const char *what, const char *text)
{
	fprintf(stderr, "fuzz_validate: %s: %s\n", what, text);
	__builtin_trap();
}

static char
type_of(struct archive_entry *entry)
{
	if (archive_entry_hardlink(entry) != NULL)
		return '1';
	switch (archive_entry_filetype(entry)) {
	case AE_IFREG: return '0';
	case AE_IFLNK: return '2';
	case AE_IFCHR: return '3';
	case AE_IFBLK: return '4';
	case AE_IFDIR: return '5';
	case AE_IFIFO: return '6';
	default: return '?';
	}
}

/* Only bytes that are no text in UTF-8, or attributes that are not
 * restored? */
static bool
harmless(const struct validate_member *m, const char *text)
{
	return text != NULL && (strstr(text, "can't be converted") != NULL ||
	    m->dropped > 0);
}

static void
same_name(const char *ours, const char *theirs)
{
	/* What is no UTF-8 libarchive replaces, and policy refuses. */
	if (ours == NULL || !text_is_utf8(ours))
		return;
	if (theirs == NULL || strcmp(ours, theirs) != 0)
		fail(ours, theirs != NULL ? theirs : "(none)");
}

static void
same(struct archive *a, struct archive_entry *entry, const uint8_t *p,
    const struct validate_member *m)
{
	const void *data;
	la_int64_t off;
	size_t n;

	if (type_of(entry) != m->type)
		fail(m->name, "type");
	same_name(m->name, archive_entry_pathname(entry));
	if (m->type == '1')
		same_name(m->link, archive_entry_hardlink(entry));
	if (m->type == '2')
		same_name(m->link, archive_entry_symlink(entry));
	if (archive_entry_size(entry) != (la_int64_t)m->size)
		fail(m->name, "size");
	if (archive_entry_sparse_count(entry) > 0)
		fail(m->name, "sparse");
	/* An ACL, which is dropped, changes the mode in libarchive. */
	if (m->dropped == 0 &&
	    ((archive_entry_perm(entry) & 0100) != 0) != m->executable)
		fail(m->name, "mode");
	if (archive_read_header_position(a) != (la_int64_t)m->head_off)
		fail(m->name, "head_off");
	if (m->size > 0 && (archive_read_data_block(a, &data, &n, &off) !=
	    ARCHIVE_OK || (const uint8_t *)data != p + m->data_off))
		fail(m->name, "data_off");
}

static void
compare(const uint8_t *p, size_t n, const struct outcome *o)
{
	struct archive *a = archive_read_new();
	struct archive_entry *entry;
	size_t i;
	int r;

	if (a == NULL || archive_read_support_filter_none(a) != ARCHIVE_OK ||
	    archive_read_support_format_tar(a) != ARCHIVE_OK ||
	    archive_read_open_memory(a, p, n) != ARCHIVE_OK)
		fail("libarchive", "cannot open");
	for (i = 0; i < o->n; i++) {
		r = archive_read_next_header(a, &entry);
		if (r != ARCHIVE_OK && (r != ARCHIVE_WARN ||
		    !harmless(&o->members[i], archive_error_string(a))))
			fail(o->members[i].name, archive_error_string(a) !=
			    NULL ? archive_error_string(a) : "no member");
		same(a, entry, p, &o->members[i]);
	}
	if (o->n < MEMBERS &&
	    archive_read_next_header(a, &entry) != ARCHIVE_EOF)
		fail("the end", "not there");
	(void)archive_read_free(a);
}

static void
run(uint8_t *p, size_t n, size_t piece)
{
	struct outcome *whole = judge(p, n, n > 0 ? n : 1),
	    *pieces = judge(p, n, piece);

	if (whole->err.code != pieces->err.code ||
	    strcmp(whole->err.text, pieces->err.text) != 0 ||
	    whole->n != pieces->n)
		fail(whole->err.text, pieces->err.text);
	if (whole->err.code == ERR_OK)
		compare(p, n, whole);
	outcome_free(whole);
	outcome_free(pieces);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static locale_t utf8;
	size_t size = n > 0 ? n - 1 : 0, tail;
	uint8_t *copy;
	locale_t old;

	if (n == 0)
		return 0;
	if (utf8 == (locale_t)0)
		utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
	tail = (p[0] & 2) != 0 ? (BLOCK - size % BLOCK) % BLOCK + 2 * BLOCK :
	    0;
	copy = calloc(1, size + tail + 1);
	if (copy == NULL || utf8 == (locale_t)0)
		abort();
	memcpy(copy, p + 1, size);
	if ((p[0] & 1) != 0)
		tarseed_repair(copy, size);
	old = uselocale(utf8);
	run(copy, size + tail, 1 + (size_t)(p[0] >> 2) * 8);
	uselocale(old);
	free(copy);
	return 0;
}
