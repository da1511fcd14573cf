#include "pack/choice.h"

#include <string.h>

void
choice_only(struct choice *c, const struct chain *chain, bool far)
{
	memset(c, 0, sizeof(*c));
	c->chains[0] = *chain;
	c->n = 1;
	c->far = far;
}

void
choice_also(struct choice *c, const struct chain *chain)
{
	size_t i;

	for (i = 0; i < c->n; i++) {
		if (chain_equal(&c->chains[i], chain))
			return;
	}
	if (c->n < CHOICE_MAX)
		c->chains[c->n++] = *chain;
}
