#include "unpack/sniff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "unpack/sniffname.h"

/* Bytes with their number, NULs included. */
#define B(text) text, sizeof(text) - 1

#define TORCH_NUMBER "\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."
#define ZIP_HEAD "PK\3\4\24\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
/* A local header with lengths of the name and the extra field to follow; and
 * one that says its data has 4 GiB, as of zip64. */
#define ZIP_64 "PK\3\4\55\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\xff\xff\xff\xff\xff\xff\xff\xff"
#define ZIP_TEXT ZIP_HEAD "\5\0\0\0a.txtsome text"
#define NPY_O "\x93NUMPY\1\0\x10\0{'descr': '|O'} "
#define NPY_F4 "\x93NUMPY\1\0\x10\0{'descr': '<f4'"
#define ZEROS_58 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" \
	"\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define MZ "MZ" ZEROS_58
#define PYC_REST "\0\0\0\0\0\0\0\0\0\0\0\0"
#define LINE "0123456789abcdef"
#define LINE_512 LINE LINE LINE LINE LINE LINE LINE LINE LINE LINE LINE \
	LINE LINE LINE LINE LINE LINE LINE LINE LINE LINE LINE LINE LINE \
	LINE LINE LINE LINE LINE LINE LINE LINE

static const struct row {
	const char *name;
	const char *p;
	size_t n;
	enum sniff_kind kind;
} rows[] = {
	/* pickles of protocols 2 to 5 */
	{ "a", B("\x80\2}q\0."), SNIFF_PICKLE },
	{ "a", B("\x80\3]q\0."), SNIFF_PICKLE },
	{ "a", B("\x80\4\x95\5\0\0\0\0\0\0\0"), SNIFF_PICKLE },
	{ "a", B("\x80\4N."), SNIFF_PICKLE },
	{ "a", B("\x80\5\x8c\2os"), SNIFF_PICKLE },
	{ "a", B("\x80\2c"), SNIFF_PICKLE },
	{ "a", B("\x80\2"), SNIFF_NONE },
	{ "a", B("\x80\1}q"), SNIFF_NONE },
	{ "a", B("\x80\6}q"), SNIFF_NONE },
	{ "a", B("\x80\2\0\0"), SNIFF_NONE },
	{ "a", B("\x80\2.\0"), SNIFF_NONE },
	{ "a", B("\x81\2}q"), SNIFF_NONE },
	/* protocols 0 and 1 */
	{ "a", B("cos\nsystem\n(S'id'\ntR."), SNIFF_PICKLE },
	{ "a", B("cos\nsystem\np0\n("), SNIFF_PICKLE },
	{ "a", B("cos\nsystem\np12\n"), SNIFF_PICKLE },
	{ "a", B("cos\nsystem\nq\0("), SNIFF_PICKLE },
	{ "a", B("(cos.path\njoin\n)"), SNIFF_PICKLE },
	{ "a", B("ccopy_reg\n_reconstructor\n("), SNIFF_PICKLE },
	{ "a", B("(dp0\nS'a'\n"), SNIFF_PICKLE },
	{ "a", B("(lp12\n."), SNIFF_PICKLE },
	{ "a", B("}q\0("), SNIFF_PICKLE },
	{ "a", B("]q\0("), SNIFF_PICKLE },
	{ "a", B("cat\ndog\npig\n"), SNIFF_NONE },
	{ "a", B("cat\ndog\np\n"), SNIFF_NONE },
	{ "a", B("cat\ndog\np1"), SNIFF_NONE },
	{ "a", B("cat\ndog\nq\n("), SNIFF_NONE },
	{ "a", B("cat\ndog\nq\r("), SNIFF_NONE },
	{ "a", B("cat\ndog\nq"), SNIFF_NONE },
	{ "a", B("cat\ndog\n"), SNIFF_NONE },
	{ "a", B("cat\ndog"), SNIFF_NONE },
	{ "a", B("c\ndog\n("), SNIFF_NONE },
	{ "a", B("cat\n\n("), SNIFF_NONE },
	{ "a", B("c1at\ndog\n("), SNIFF_NONE },
	{ "a", B("ca1t\ndog\n("), SNIFF_PICKLE },
	{ "a", B("ca t\ndog\n("), SNIFF_NONE },
	{ "a", B("cat\ndo g\n("), SNIFF_NONE },
	{ "a", B("c"), SNIFF_NONE },
	{ "a", B("("), SNIFF_NONE },
	{ "a", B("(d"), SNIFF_NONE },
	{ "a", B("(dx0\n."), SNIFF_NONE },
	{ "a", B("(dpx\n."), SNIFF_NONE },
	{ "a", B("(dp0"), SNIFF_NONE },
	{ "a", B("}q\1("), SNIFF_NONE },
	{ "a", B("}q\0"), SNIFF_NONE },
	{ "a", B(""), SNIFF_NONE },
	/* by name */
	{ "d/a.pkl", B(""), SNIFF_PICKLE },
	{ "a.PKL", B("x"), SNIFF_PICKLE },
	{ "a.pickle", B("x"), SNIFF_PICKLE },
	{ "a.joblib", B("\x78\x9c"), SNIFF_PICKLE },
	{ "a.dill", B("x"), SNIFF_PICKLE },
	{ "pkl", B("x"), SNIFF_NONE },
	{ "a.pkl/x", B("x"), SNIFF_NONE },
	{ "a.pkl", B("\177ELF"), SNIFF_ELF },
	/* PyTorch */
	{ "a.pt", B("\x80\2" TORCH_NUMBER), SNIFF_TORCH_OLD },
	{ "a.pth", B("\x80\4" TORCH_NUMBER "\x80\2M\xe9\3."),
	    SNIFF_TORCH_OLD },
	{ "a.pt", B("\x80\2\x8a\x0a\x6c\xfc\x9c\x46"), SNIFF_PICKLE },
	{ "a.pt", B("\x80\2\x8a\x0a\x6d\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19."),
	    SNIFF_PICKLE },
	{ "a.pt", B(ZIP_HEAD "\x10\0\4\0archive/data.pkl"),
	    SNIFF_TORCH_ZIP },
	{ "a.pt", B(ZIP_HEAD "\x0e\0\4\0model/data.pkl"), SNIFF_TORCH_ZIP },
	{ "a.pt", B(ZIP_HEAD "\x0f\0\0\0archive/versionxx"),
	    SNIFF_TORCH_ZIP },
	{ "a.pt", B(ZIP_HEAD "\4\0\0\0.pkl"), SNIFF_TORCH_ZIP },
	{ "a", B(ZIP_HEAD "\5\0\0\0A.PKLx"), SNIFF_TORCH_ZIP },
	{ "a", B(ZIP_HEAD "\3\0\0\0pkl"), SNIFF_NONE },
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npyx"), SNIFF_NONE },
	{ "a.zip", B(ZIP_HEAD "\7\0\0\0archive/"), SNIFF_NONE },
	{ "a", B(ZIP_HEAD "\x10\0\0\0archive/data.pk"), SNIFF_NONE },
	{ "a", B(ZIP_HEAD "\x10\0\0"), SNIFF_NONE },
	{ "a.zip", B(ZIP_HEAD "\x0d\0\0\0a/weights.npy"), SNIFF_NONE },
	{ "a.zip", B("PK\3\4"), SNIFF_NONE },
	{ "a.zip", B("PK\5\6archive/data.pkl with enough behind it"),
	    SNIFF_NONE },
	{ "a.pth", B("PK\3\4"), SNIFF_CONTAINER },
	/* entries behind the first, whatever the sizes say */
	{ "a", B(ZIP_TEXT ZIP_HEAD "\x0e\0\0\0model/data.pkl"),
	    SNIFF_TORCH_ZIP },
	{ "a", B(ZIP_TEXT ZIP_TEXT ZIP_64 "\5\0\0\0a.pkl"),
	    SNIFF_TORCH_ZIP },
	{ "a", B(ZIP_64 "\2\0\0\0ab" ZIP_HEAD "\5\0\0\0a.pkl"),
	    SNIFF_TORCH_ZIP },
	{ "a", B(ZIP_64 "\2\0\xff\xff" "ab" ZIP_HEAD "\5\0\0\0a.pkl"),
	    SNIFF_TORCH_ZIP },
	{ "a", B(ZIP_TEXT ZIP_HEAD "\5\0\0\0a.pk"), SNIFF_NONE },
	{ "a", B(ZIP_TEXT ZIP_HEAD "\xff\xff\0\0a.pkl"), SNIFF_NONE },
	{ "a", B(ZIP_TEXT "a.pkl"), SNIFF_NONE },
	{ "a", B("x" ZIP_HEAD "\5\0\0\0a.pkl"), SNIFF_NONE },
	/* arrays in zips */
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npy" NPY_O), SNIFF_NPY_OBJECT },
	{ "a.npz", B(ZIP_64 "\5\0\4\0a.npy1234" NPY_O),
	    SNIFF_NPY_OBJECT },
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npy" NPY_F4
	    ZIP_HEAD "\5\0\0\0b.npy" NPY_O), SNIFF_NPY_OBJECT },
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npy" NPY_O
	    ZIP_HEAD "\5\0\0\0a.pkl"), SNIFF_NPY_OBJECT },
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npy" NPY_F4), SNIFF_NONE },
	{ "a", B(ZIP_HEAD "\5\0\xff\xff" "a.npy" NPY_O), SNIFF_NONE },
	/* one that goes on is told by what there is of it */
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npy\x93NUMPY\1\0\xf0\0{'descr': '|O'"),
	    SNIFF_NPY_OBJECT },
	{ "a", B(ZIP_HEAD "\5\0\0\0a.npy\x93NUMPY\1\0\xf0\0{'descr': '<f"),
	    SNIFF_NONE },
	{ "a.npz", B(ZIP_HEAD "\5\0\0\0a.npy" NPY_F4), SNIFF_CONTAINER },
	/* .npy */
	{ "a", B("\x93NUMPY\1\0\x10\0{'descr': '|O'} "), SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\2\0\x10\0\0\0{'descr': '|O'} "),
	    SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\3\0\x10\0\0\0{'descr': \"O\"} "),
	    SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\1\0\x10\0{'descr':'object'"), SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\1\0\x10\0{'descr':'i4,O'}"), SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\1\0\x1a\0{'descr': [('a', '|O')]}  "),
	    SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\1\0\x10\0{'descr':'\\x4f'}"), SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\1\0\x11\0{'descr': '|O'} "), SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\2\0\0\0\1\0{'descr': '<f4'"),
	    SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\2\0\xff\xff\xff\xff{'descr': '<f4'"),
	    SNIFF_NPY_OBJECT },
	{ "a", B("\x93NUMPY\1\0\x10\0{'descr': '<f4'}|O'"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\x38\0{'descr': '<f4', 'fortran_order': False"
	    ", 'shape': (1,)}  'O'"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\x16\0{'descr': [('Out','u1'object"),
	    SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\x02\0'Oobject"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\x02\0O'"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\4\0\0O'x"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\4\0'O\0x"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\4\0'Oxx"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\1\0\1"), SNIFF_NONE },
	{ "a", B("\x93NUMPY\2\0\1\0\0"), SNIFF_NONE },
	{ "a", B("\x93NUMPY"), SNIFF_NONE },
	/* programs */
	{ "a.so", B("\177ELF\2\1\1"), SNIFF_ELF },
	{ "a", B("\177EL"), SNIFF_NONE },
	{ "a.dll", B(MZ "\x40\0\0\0PE\0\0"), SNIFF_PE },
	{ "a.dll", B(MZ "\x40\0\0\0PE\0\1"), SNIFF_NONE },
	{ "a.dll", B(MZ "\x41\0\0\0PE\0\0"), SNIFF_NONE },
	{ "a.dll", B(MZ "\0\2\0\0" LINE_512), SNIFF_NONE },
	{ "a.dll", B(MZ "\0\4\0\0" LINE_512), SNIFF_PE },
	{ "a.dll", B(MZ "\xff\xff\xff\0" LINE_512), SNIFF_PE },
	{ "a.dll", B(MZ "\0\0\0\1" LINE_512), SNIFF_NONE },
	{ "a.txt", B("MZ" LINE_512), SNIFF_NONE },
	{ "a.dll", B(MZ "\x40\0\0"), SNIFF_NONE },
	{ "a", B("MZ"), SNIFF_NONE },
	{ "a", B("\xfe\xed\xfa\xce\0\0\0\7"), SNIFF_MACHO },
	{ "a", B("\xfe\xed\xfa\xcf\1\0\0\7"), SNIFF_MACHO },
	{ "a", B("\xce\xfa\xed\xfe\7\0\0\0"), SNIFF_MACHO },
	{ "a", B("\xcf\xfa\xed\xfe\7\0\0\1"), SNIFF_MACHO },
	{ "a", B("\xfe\xed\xfa\xcd\0\0\0\7"), SNIFF_NONE },
	{ "a", B("\xcf\xfa\xed\xfe\7\0\0"), SNIFF_NONE },
	{ "a", B("\xca\xfe\xba\xbe\0\0\0\2"), SNIFF_MACHO },
	{ "a", B("\xca\xfe\xba\xbf\0\0\0\2"), SNIFF_MACHO },
	{ "a", B("\xca\xfe\xba\xbe\0\0\0\x2c"), SNIFF_MACHO },
	{ "a", B("\xca\xfe\xba\xbe\0\0\0\x2d"), SNIFF_JAVA },
	{ "a", B("\xca\xfe\xba\xbe\0\3\0\x2d"), SNIFF_JAVA },
	{ "a", B("\xca\xfe\xba\xbe\xff\xff\0\x41"), SNIFF_JAVA },
	{ "a", B("\xca\xfe\xba\xbe\0\0\0\0"), SNIFF_NONE },
	{ "a", B("\xca\xfe\xba\xbe\0\1\0\1"), SNIFF_NONE },
	{ "a", B("\xca\xfe\xba\xbe\0\0\0"), SNIFF_NONE },
	{ "a", B("\xca\xfe\xba\xbf\0\0\0\x2d"), SNIFF_NONE },
	{ "a", B("\0asm\1\0\0\0"), SNIFF_WASM },
	{ "a", B("\0as"), SNIFF_NONE },
	{ "a", B("#!/bin/sh\n"), SNIFF_SCRIPT },
	{ "a.py", B("#! /usr/bin/env python3\n"), SNIFF_SCRIPT },
	{ "a.rs", B("#![no_std]\n"), SNIFF_NONE },
	{ "a", B("#"), SNIFF_NONE },
	{ "a", B("import os\n"), SNIFF_NONE },
	/* Python */
	{ "a.pyc", B(""), SNIFF_PYC },
	{ "a.pyo", B("x"), SNIFF_PYC },
	{ "a", B("\xa7\x0d\r\n" PYC_REST), SNIFF_PYC },
	{ "a", B("\xb8\x0b\r\n" PYC_REST), SNIFF_PYC },
	{ "a", B("\x9f\x0f\r\n" PYC_REST), SNIFF_PYC },
	{ "a", B("\x03\xf3\r\n" PYC_REST), SNIFF_PYC },
	{ "a", B("\xb7\x0b\r\n" PYC_REST), SNIFF_NONE },
	{ "a", B("\xa0\x0f\r\n" PYC_REST), SNIFF_NONE },
	{ "a", B("\xa7\x0d\n\n" PYC_REST), SNIFF_NONE },
	{ "a", B("\xa7\x0d\r\n\0"), SNIFF_NONE },
	{ "a.pth", B("import os\n"), SNIFF_PTH },
	{ "a.pth", B("import\tos"), SNIFF_PTH },
	{ "d/a.PTH", B("lib\nimport x"), SNIFF_PTH },
	{ "a.pth", B("lib\rimport x"), SNIFF_PTH },
	{ "a.pth", B("lib\x1cimport x"), SNIFF_PTH },
	{ "a.pth", B("\xEF\xBB\xBFimport x"), SNIFF_PTH },
	{ "a.pth", B("\0import x"), SNIFF_NONE },
	{ "a.pth", B("import"), SNIFF_NONE },
	{ "a.pth", B("import.d\n"), SNIFF_NONE },
	{ "a.pth", B("# import os\n import os\n"), SNIFF_NONE },
	{ "a.pth", B("/usr/lib\n"), SNIFF_NONE },
	{ "a.txt", B("import os\n"), SNIFF_NONE },
	{ "a.pth", B("\x80\2}q\0."), SNIFF_PICKLE },
	/* by name, when the content tells nothing */
	{ "plain.py", B("import os\n"), SNIFF_PYTHON },
	{ "d/setup.PY", B(""), SNIFF_PYTHON },
	{ "a.pyw", B("x"), SNIFF_PYTHON },
	{ "a.ipynb", B("{}"), SNIFF_PYTHON },
	{ ".py", B(""), SNIFF_PYTHON },
	{ "a.py", B("\x80\2}q\0."), SNIFF_PICKLE },
	{ "a.py", B("\177ELF"), SNIFF_ELF },
	{ "a.pyx", B("x"), SNIFF_NONE },
	{ "apy", B("x"), SNIFF_NONE },
	{ "a.py/x", B("x"), SNIFF_NONE },
	{ "a.py.gz", B("x"), SNIFF_NONE },
	{ "a.py\xC3\xA9", B("x"), SNIFF_NONE },
	{ "train.sh", B("echo\n"), SNIFF_SHELL },
	{ "x.Bat", B("echo\r\n"), SNIFF_SHELL },
	{ "x.ps1", B(""), SNIFF_SHELL },
	{ "x.lua", B(""), SNIFF_SCRIPT },
	{ "x.R", B(""), SNIFF_SCRIPT },
	{ "x.sh", B("#!/bin/sh\n"), SNIFF_SCRIPT },
	{ "x.jar", B(ZIP_TEXT), SNIFF_PACKAGE },
	{ "x-1-py3-none-any.whl", B(ZIP_TEXT), SNIFF_PACKAGE },
	{ "x.pyz", B("#!/usr/bin/python3\nPK"), SNIFF_SCRIPT },
	{ "m.keras", B(ZIP_TEXT), SNIFF_CONTAINER },
	{ "m.h5", B("\x89HDF\r\n\x1a\n"), SNIFF_CONTAINER },
	{ "m.ckpt", B("x"), SNIFF_CONTAINER },
	{ "m.pt", B(ZIP_TEXT), SNIFF_CONTAINER },
	{ "m/saved_model.pb", B("\x08\1"), SNIFF_CONTAINER },
	{ "m/model.pb", B("\x08\1"), SNIFF_NONE },
	{ "gz.pkl.gz", B("\x1f\x8b\x08"), SNIFF_PICKLE },
	{ "a.PICKLE.XZ", B("x"), SNIFF_PICKLE },
	{ "a.npz.zst", B("x"), SNIFF_CONTAINER },
	{ "a.pkl.gz.gz", B("x"), SNIFF_NONE },
	{ "a.gz", B("x"), SNIFF_NONE },
	{ ".gz", B("x"), SNIFF_HIDDEN },
	{ "-rf", B("x"), SNIFF_DASH },
	{ "-", B("x"), SNIFF_DASH },
	{ "d/--help", B("x"), SNIFF_DASH },
	{ "-d/a", B("x"), SNIFF_DASH },
	{ "d/-e/a", B("x"), SNIFF_DASH },
	{ ".d/-a", B("x"), SNIFF_DASH },
	{ "-d/.a", B("x"), SNIFF_DASH },
	{ "-a.py", B("x"), SNIFF_PYTHON },
	{ "-a", B("#!x"), SNIFF_SCRIPT },
	{ ".bashrc", B("x"), SNIFF_HIDDEN },
	{ ".git/config", B("x"), SNIFF_HIDDEN },
	{ "d/.e/f", B("x"), SNIFF_HIDDEN },
	{ "d/...", B("x"), SNIFF_HIDDEN },
	{ ".d/a.sh", B("x"), SNIFF_SHELL },
	{ "a-b/c.d", B("x"), SNIFF_NONE },
	/* what is nothing of these */
	{ "a.safetensors", B("\x40\0\0\0\0\0\0\0{\"a\":"), SNIFF_NONE },
	{ "a.gguf", B("GGUF\3\0\0\0"), SNIFF_NONE },
	{ "a.txt", B("plain text\n"), SNIFF_NONE },
};

/* On bytes without room behind them. */
static enum sniff_kind
sniffed(const char *name, const char *p, size_t n, bool executable)
{
	uint8_t *copy = malloc(n > 0 ? n : 1);
	enum sniff_kind kind;

	memcpy(copy, p, n);
	kind = sniff(name, copy, n, executable);
	free(copy);
	return kind;
}

static void
kinds(void)
{
	enum sniff_kind got;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		got = sniffed(rows[i].name, rows[i].p, rows[i].n, false);
		if (got != rows[i].kind) {
			printf("\n    row %zu (%s): %s", i, rows[i].name,
			    sniff_name(got));
			CU_FAIL("another kind");
		}
		got = sniffed(rows[i].name, rows[i].p, rows[i].n, true);
		CU_ASSERT_EQUAL(got, rows[i].kind != SNIFF_NONE ?
		    rows[i].kind : SNIFF_EXECUTABLE);
	}
}

/* Of what has no bytes: the name alone, and no more of it than there is. */
static void
called(void)
{
	static const struct {
		const char *name;
		enum sniff_kind kind;
	} names[] = {
		{ "a", SNIFF_NONE }, { "a.py", SNIFF_PYTHON },
		{ "d/a.pkl", SNIFF_PICKLE }, { "-a", SNIFF_DASH },
		{ ".a", SNIFF_HIDDEN }, { "", SNIFF_NONE },
		{ "a.pth", SNIFF_NONE },
	};
	char exact[3] = { '.', 'p', 'y' };
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(names); i++)
		CU_ASSERT_EQUAL(sniff_called(names[i].name), names[i].kind);
	for (n = 0; n <= sizeof(exact); n++)
		CU_ASSERT_EQUAL(sniffname_kind(exact, n), n == 3 ?
		    SNIFF_PYTHON : SNIFF_NONE);
}

/* Nothing is read outside of what there is, wherever it ends. */
static void
cut(void)
{
	size_t i, n;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		for (n = 0; n < rows[i].n; n++)
			CU_ASSERT_TRUE(sniffed(rows[i].name, rows[i].p, n,
			    false) < SNIFF_KINDS);
	}
}

/* Nor when any byte of it, such as of a size, is another one. */
static void
mutants(void)
{
	char p[1024];
	size_t i, k;

	for (i = 0; i < HARNESS_COUNT(rows); i++) {
		CU_ASSERT_FATAL(rows[i].n <= sizeof(p));
		memcpy(p, rows[i].p, rows[i].n);
		for (k = 0; k < 2 * rows[i].n; k++) {
			p[k / 2] = (char)(k % 2 > 0 ? 0xFF : p[k / 2] ^ 1);
			CU_ASSERT_TRUE(sniffed(rows[i].name, p, rows[i].n,
			    false) < SNIFF_KINDS);
			p[k / 2] = rows[i].p[k / 2];
		}
	}
}

/* Text, numbers and random bytes are nothing. */
static void
others(void)
{
	static const char kind[] = "rtd";
	uint32_t seed, hits = 0;
	uint8_t *p;

	for (seed = 1; seed <= 3000; seed++) {
		p = harness_bytes(kind[seed % 3], seed, SNIFF_HEAD);
		hits += sniff("a.bin", p, SNIFF_HEAD, false) != SNIFF_NONE;
		free(p);
	}
	CU_ASSERT_EQUAL(hits, 0);
}

static void
words(void)
{
	size_t i, k;

	CU_ASSERT_STRING_EQUAL(sniff_words(SNIFF_NONE), "");
	CU_ASSERT_STRING_EQUAL(sniff_name(SNIFF_NONE), "");
	for (i = 1; i < SNIFF_KINDS; i++) {
		CU_ASSERT_TRUE(strlen(sniff_words((enum sniff_kind)i)) > 4);
		for (k = 0; k < i; k++)
			CU_ASSERT_STRING_NOT_EQUAL(
			    sniff_name((enum sniff_kind)i),
			    sniff_name((enum sniff_kind)k));
	}
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "kinds", kinds },
		{ "names alone", called },
		{ "heads that are cut short", cut },
		{ "heads that are wrong", mutants },
		{ "what is no program", others },
		{ "words", words },
	};

	return harness_run("sniff", tests, HARNESS_COUNT(tests));
}
