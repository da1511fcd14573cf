#include "unpack/sniffname.h"

#include <string.h>
#include <strings.h>

/* In lower case.  Names that also mean something harmless are left out. */
static const struct {
	const char *end;
	enum sniff_kind kind;
} ends[] = {
	/* joblib, dill and pandas use the same format as pickle */
	{ ".pkl", SNIFF_PICKLE }, { ".pckl", SNIFF_PICKLE },
	{ ".pickle", SNIFF_PICKLE }, { ".joblib", SNIFF_PICKLE },
	{ ".dill", SNIFF_PICKLE },
	{ ".pyc", SNIFF_PYC }, { ".pyo", SNIFF_PYC },
	{ ".py", SNIFF_PYTHON }, { ".pyw", SNIFF_PYTHON },
	{ ".ipynb", SNIFF_PYTHON },
	{ ".sh", SNIFF_SHELL }, { ".bash", SNIFF_SHELL },
	{ ".zsh", SNIFF_SHELL }, { ".ksh", SNIFF_SHELL },
	{ ".csh", SNIFF_SHELL }, { ".fish", SNIFF_SHELL },
	{ ".command", SNIFF_SHELL },
	{ ".bat", SNIFF_SHELL }, { ".cmd", SNIFF_SHELL },
	{ ".ps1", SNIFF_SHELL }, { ".psm1", SNIFF_SHELL },
	{ ".pl", SNIFF_SCRIPT }, { ".rb", SNIFF_SCRIPT },
	{ ".lua", SNIFF_SCRIPT }, { ".tcl", SNIFF_SCRIPT },
	{ ".js", SNIFF_SCRIPT }, { ".mjs", SNIFF_SCRIPT },
	{ ".php", SNIFF_SCRIPT }, { ".r", SNIFF_SCRIPT },
	{ ".jl", SNIFF_SCRIPT }, { ".vbs", SNIFF_SCRIPT },
	{ ".jar", SNIFF_PACKAGE }, { ".war", SNIFF_PACKAGE },
	{ ".apk", SNIFF_PACKAGE }, { ".whl", SNIFF_PACKAGE },
	{ ".egg", SNIFF_PACKAGE }, { ".pyz", SNIFF_PACKAGE },
	{ ".gem", SNIFF_PACKAGE }, { ".deb", SNIFF_PACKAGE },
	{ ".rpm", SNIFF_PACKAGE }, { ".msi", SNIFF_PACKAGE },
	/* NumPy, PyTorch and what is built on it, Keras and TensorFlow, R */
	{ ".npz", SNIFF_CONTAINER }, { ".pt", SNIFF_CONTAINER },
	{ ".ckpt", SNIFF_CONTAINER }, { ".mar", SNIFF_CONTAINER },
	{ ".nemo", SNIFF_CONTAINER }, { ".keras", SNIFF_CONTAINER },
	{ ".h5", SNIFF_CONTAINER }, { ".hdf5", SNIFF_CONTAINER },
	{ "saved_model.pb", SNIFF_CONTAINER },
	{ ".rds", SNIFF_CONTAINER }, { ".rdata", SNIFF_CONTAINER },
};

bool
sniffname_ends(const char *name, size_t n, const char *end)
{
	size_t size = strlen(end);

	return n >= size && strncasecmp(name + n - size, end, size) == 0;
}

static enum sniff_kind
kind_of(const char *name, size_t n)
{
	size_t i;

	for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (sniffname_ends(name, n, ends[i].end))
			return ends[i].kind;
	}
	return SNIFF_NONE;
}

enum sniff_kind
sniffname_kind(const char *name, size_t n)
{
	static const char *const packed[] = {
		".gz", ".bz2", ".xz", ".lzma", ".z", ".zst", ".lz4"
	};
	enum sniff_kind kind;
	size_t i;

	for (i = 0; i < sizeof(packed) / sizeof(packed[0]); i++) {
		if (!sniffname_ends(name, n, packed[i]))
			continue;
		kind = kind_of(name, n - strlen(packed[i]));
		return kind == SNIFF_PICKLE || kind == SNIFF_CONTAINER ?
		    kind : SNIFF_NONE;
	}
	return kind_of(name, n);
}

enum sniff_kind
sniffname_odd(const char *name)
{
	enum sniff_kind kind = SNIFF_NONE;

	for (; name != NULL; name = strchr(name, '/')) {
		if (*name == '/')
			name++;
		if (*name == '-')
			return SNIFF_DASH;
		if (*name == '.')
			kind = SNIFF_HIDDEN;
	}
	return kind;
}
