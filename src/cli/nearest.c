#include "cli/nearest.h"

#include <stddef.h>
#include <stdio.h>
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

static const char *
command_name(size_t i)
{
	return i < optable_n_commands ? optable_commands[i].name : NULL;
}

static const char *
option_name(size_t i)
{
	return i < optable_n ? optable[i].name : NULL;
}

/* Of the names, of which NULL ends the list. */
static const char *
nearest(const char *word, const char *(*name_of)(size_t))
{
	const size_t n = strlen(word);
	size_t best = n > 4 ? 3 : 2, i, far;
	const char *name, *found = NULL;

	if (n < 2 || n > LENGTH_MAX)
		return NULL;
	for (i = 0; (name = name_of(i)) != NULL; i++) {
		if (strlen(name) > LENGTH_MAX)
			continue;
		far = distance(word, name);
		if (far < best) {
			best = far;
			found = name;
		}
	}
	return found;
}

const char *
nearest_command(const char *word)
{
	return nearest(word, command_name);
}

enum err_code
nearest_refuse(const char *word, struct err *e)
{
	const char *meant = nearest_command(word), *option = NULL;

	if (meant == NULL && strncmp(word, "--", 2) == 0)
		option = nearest(word + 2, option_name);
	/* One that there is belongs behind a command. */
	if (option != NULL && strcmp(word + 2, option) != 0)
		return nearest_refuse_option(word, e);
	err_set(e, ERR_USAGE, "%s: no such command; ", word);
	if (meant != NULL)
		return err_append(e, "did you mean '%s'?", meant);
	return err_append(e, "see 'xzbundle help'");
}

enum err_code
nearest_refuse_option(const char *word, struct err *e)
{
	char name[LENGTH_MAX + 2];
	const char *meant;
	size_t n = strcspn(word, "=");

	snprintf(name, sizeof(name), "%.*s", (int)least(n, sizeof(name)),
	    word);
	meant = nearest(name + strspn(name, "-"), option_name);
	if (meant != NULL && strcmp(name + strspn(name, "-"), meant) == 0 &&
	    word[n] == '=')
		return err_set(e, ERR_USAGE, "%s: takes no value", word);
	err_set(e, ERR_USAGE, "%s: unknown option; ", word);
	if (meant != NULL)
		return err_append(e, "did you mean '--%s'?", meant);
	return err_append(e, "see 'xzbundle help'");
}
