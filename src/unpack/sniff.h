/*
 * sniff: files that run code, or make a program that loads them do so.
 *
 * Told from the first bytes, and when these tell nothing from the name, for
 * whoever evaluates a bundle: a hint, not a proof.  What is further in, in an
 * archive, or in a source text under another name is not found.
 *
 * Sources: the documents and programs at each test in sniff.c and sniffzip.c.
 */
#ifndef XZB_SNIFF_H
#define XZB_SNIFF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SNIFF_HEAD 512		/* bytes that are worth having */

enum sniff_kind {
	SNIFF_NONE,
	SNIFF_PICKLE,		/* of Python, by its bytes or its name */
	SNIFF_TORCH_ZIP,	/* of PyTorch since 1.6, or another zip with a
				 * pickle near its begin */
	SNIFF_TORCH_OLD,	/* of PyTorch before 1.6 */
	SNIFF_NPY_OBJECT,	/* an .npy whose elements may be objects, or a
				 * zip with one near its begin */
	SNIFF_ELF,
	SNIFF_PE,
	SNIFF_MACHO,
	SNIFF_WASM,
	SNIFF_JAVA,		/* a class */
	SNIFF_PYC,		/* bytecode of Python */
	SNIFF_PTH,		/* an "import" line in a .pth of site.py */
	SNIFF_SCRIPT,		/* "#!", or by its name: Perl, ... */
	/* by their names: */
	SNIFF_PYTHON,
	SNIFF_SHELL,		/* of Unix or Windows */
	SNIFF_PACKAGE,		/* .jar, .whl, ... */
	SNIFF_CONTAINER,	/* of pickles, arrays or a model */
	SNIFF_DASH,		/* "-x", "d/-x", "-d/x" */
	SNIFF_HIDDEN,		/* ".x", "d/.x", ".d/x" */
	SNIFF_EXECUTABLE,	/* nothing of these, but marked executable */
	SNIFF_KINDS
};

/* The n bytes at head are the first of the file: all of it, or SNIFF_HEAD at
 * least.  name is a clean name. */
enum sniff_kind sniff(const char *name, const uint8_t *head, size_t n,
    bool executable);

/* The same of what has no bytes of its own, such as a link. */
enum sniff_kind sniff_called(const char *name);

/* Such as "a pickle: loading it runs what its maker chose"; "" for
 * SNIFF_NONE.  Static. */
const char *sniff_words(enum sniff_kind k);

/* One word, for JSON: "pickle", ...; "" for SNIFF_NONE.  Static. */
const char *sniff_name(enum sniff_kind k);

#endif
