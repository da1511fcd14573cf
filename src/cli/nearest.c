#include "cli/nearest.h"

#include <stddef.h>
#include <string.h>

#include "cli/optable.h"

#define LENGTH_MAX 24		/* bytes of a word */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * Letters to be put in, left out, changed, or swapped with the next one: the
 * distance of optimal string alignment.  Both words have up to LENGTH_MAX.
 */
static size_t
distance(const char *a, const char *b)
{
	size_t d[LENGTH_MAX + 1][LENGTH_MAX + 1];
	const size_t n = strlen(a), m = strlen(b);
	size_t i, k;

	for (i = 0; i <= n; i++)
		d[i][0] = i;
	for (k = 0; k <= m; k++)
		d[0][k] = k;
	for (i = 1; i <= n; i++)
	for (k = 1; k <= m; k++) {
		d[i][k] = least(least(d[i - 1][k], d[i][k - 1]) + 1,
		    d[i - 1][k - 1] + (a[i - 1] != b[k - 1]));
		if (i > 1 && k > 1 && a[i - 1] == b[k - 2] &&
		    a[i - 2] == b[k - 1])
			d[i][k] = least(d[i][k], d[i - 2][k - 2] + 1);
	}
	return d[n][m];
}

const char *
nearest_command(const char *word)
{
	const size_t n = strlen(word);
	size_t best = n > 4 ? 3 : 2, i, far;
	const char *name = NULL;

	if (n < 2 || n > LENGTH_MAX)
		return NULL;
	for (i = 0; i < optable_n_commands; i++) {
		if (strlen(optable_commands[i].name) > LENGTH_MAX)
			continue;
		far = distance(word, optable_commands[i].name);
		if (far < best) {
			best = far;
			name = optable_commands[i].name;
		}
	}
	return name;
}

enum err_code
nearest_refuse(const char *word, struct err *e)
{
	const char *meant = nearest_command(word);

	err_set(e, ERR_USAGE, "%s: no such command; ", word);
	if (meant != NULL)
		return err_append(e, "did you mean '%s'?", meant);
	return err_append(e, "see 'xzbundle help'");
}
