#include "cli/completion.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/dtype.h"
#include "cli/nearest.h"
#include "cli/optable.h"
#include "harness.h"

#define WORD_MAX 64		/* bytes of a word */
#define LIST_MAX 1024		/* bytes of words */

/* --- what the tests share --- */

/* The next word of a list with blanks between; false at its end. */
static bool
next(const char **list, char word[WORD_MAX])
{
	size_t n;

	*list += strspn(*list, " ");
	n = strcspn(*list, " ");
	if (n == 0)
		return false;
	snprintf(word, WORD_MAX, "%.*s", (int)n, *list);
	*list += n;
	return true;
}

/* Is the word in the list? */
static bool
among(const char *list, const char *word)
{
	char other[WORD_MAX];

	while (list != NULL && next(&list, other)) {
		if (strcmp(other, word) == 0)
			return true;
	}
	return false;
}

static size_t
count(const char *list)
{
	char word[WORD_MAX];
	size_t n = 0;

	while (next(&list, word))
		n++;
	return n;
}

/* Parse the option with a value, for the first command that has it. */
static enum err_code
parse(const struct optable_option *option, const char *value, struct err *e)
{
	static char name[] = "xzbundle", operand[] = "x";
	char text[LIST_MAX], command[WORD_MAX];
	char *argv[] = { name, command, text, operand, operand, NULL };
	struct options o;
	size_t i = 0;
	int n;

	while ((option->commands & 1U << i) == 0)
		i++;
	snprintf(command, sizeof(command), "%s", optable_commands[i].name);
	snprintf(text, sizeof(text), "--%s=%s", option->name, value);
	n = 3 + (int)optable_commands[i].min;
	argv[n] = NULL;
	optind = 0;
	*e = (struct err)ERR_INIT;
	options_parse(n, argv, &o, e);
	options_free(&o);
	return e->code;
}

/* --- the tests --- */

/* A name or word means nothing to a shell. */
static bool
plain(const char *text)
{
	return text[0] != '\0' && text[strspn(text, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")] == '\0';
}

/* Every row says what completes it. */
static void
rows(void)
{
	const struct optable_option *o;
	const struct optable_command *c;
	char word[WORD_MAX];
	const char *list;
	bool ok;
	size_t i;

	for (i = 0; i < optable_n; i++) {
		o = &optable[i];
		list = o->words;
		ok = plain(o->name) &&
		    (o->arg != NULL) == (o->kind != OPTABLE_UNSAID) &&
		    (list != NULL) == (o->kind == OPTABLE_WORDS ||
		    o->kind == OPTABLE_PAIR);
		while (list != NULL && next(&list, word))
			ok = ok && plain(word);
		CU_ASSERT_TRUE(ok);
		if (!ok)
			printf("\n    --%s: what is its value?", o->name);
	}
	for (i = 0; i < optable_n_commands; i++) {
		c = &optable_commands[i];
		ok = plain(c->name) && c->first != OPTABLE_UNSAID &&
		    c->rest != OPTABLE_UNSAID;
		CU_ASSERT_TRUE(ok);
		if (!ok)
			printf("\n    %s: what are its operands?", c->name);
	}
}

/* Every word that is offered is accepted. */
static void
accepted(void)
{
	const struct optable_option *o;
	char word[WORD_MAX], value[WORD_MAX + 2];
	const char *list;
	struct err e;
	size_t i;

	for (i = 0; i < optable_n; i++) {
		o = &optable[i];
		list = o->words;
		while (list != NULL && next(&list, word)) {
			snprintf(value, sizeof(value), "%s%s",
			    o->kind == OPTABLE_PAIR ? "x=" : "", word);
			CU_ASSERT_EQUAL(parse(o, value, &e), ERR_OK);
			if (e.code != ERR_OK)
				printf("\n    %s", e.text);
		}
	}
}

/* The words that an error says there are: "a, b or c" at the end of it. */
static void
said(const struct err *e, char list[LIST_MAX])
{
	const char *p = strstr(e->text, " is ");
	char *blank;

	if (p != NULL)
		p += 4;
	else if ((p = strstr(e->text, ": not ")) != NULL)
		p += 6;
	snprintf(list, LIST_MAX, "%s", p != NULL ? p : "");
	for (blank = list; *blank != '\0'; blank++) {
		if (*blank == ',')
			*blank = ' ';
	}
	while ((blank = strstr(list, " or ")) != NULL)
		memset(blank, ' ', 4);
}

/* Every word that there is is offered. */
static void
complete(void)
{
	const struct optable_option *o;
	char list[LIST_MAX], word[WORD_MAX];
	const char *p, *name;
	struct err e;
	size_t i, k;

	for (i = 0; i < optable_n; i++) {
		o = &optable[i];
		/* Of the baseline those of --codec, and any other column. */
		if (o->words == NULL || o->id == OPT_DTYPE ||
		    o->id == OPT_BASELINE)
			continue;
		CU_ASSERT_EQUAL(parse(o, "=?", &e), ERR_USAGE);
		said(&e, list);
		CU_ASSERT_EQUAL(count(list), count(o->words));
		for (p = list; next(&p, word); )
			CU_ASSERT_TRUE(among(o->words, word));
		if (count(list) != count(o->words))
			printf("\n    --%s: %s", o->name, list);
	}
	for (i = 0; optable[i].id != OPT_DTYPE; i++)
		;
	for (k = 0; (name = dtype_name(k)) != NULL; k++)
		CU_ASSERT_TRUE(among(optable[i].words, name));
	CU_ASSERT_EQUAL(count(optable[i].words), k);
}

/* Has the text all of the names, each as a word of its own? */
static bool
has(const char *text, const char *front, const char *name)
{
	char wanted[2 * WORD_MAX];

	snprintf(wanted, sizeof(wanted), "%s%s", front, name);
	return strstr(text, wanted) != NULL;
}

static void
scripts(void)
{
	const char *list = optable_commands[COMMAND_COMPLETION].words;
	char shell[WORD_MAX];
	struct err e = ERR_INIT;
	struct buf b;
	bool ok = true;
	size_t i, n = 0;

	for (; next(&list, shell); n++) {
		buf_init(&b, 1 << 20);
		CU_ASSERT_EQUAL(completion_write(shell, &b, &e), ERR_OK);
		CU_ASSERT_EQUAL(buf_append(&b, "", 1, &e), ERR_OK);
		CU_ASSERT_PTR_NULL(strstr((char *)b.data, "#@"));
		for (i = 0; i < optable_n; i++)
			ok = ok && has((char *)b.data, strcmp(shell, "fish")
			    == 0 ? "-l " : "--", optable[i].name);
		for (i = 0; i < optable_n_commands; i++)
			ok = ok && has((char *)b.data, "",
			    optable_commands[i].name);
		CU_ASSERT_TRUE(ok);
		buf_free(&b);
	}
	for (i = 0; completion_texts[i].shell != NULL; i++)
		CU_ASSERT_TRUE(among(optable_commands[COMMAND_COMPLETION].words,
		    completion_texts[i].shell));
	CU_ASSERT_EQUAL(i, n);
	buf_init(&b, 1 << 20);
	CU_ASSERT_EQUAL(completion_write("ksh", &b, &e), ERR_USAGE);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "'ksh'"));
	CU_ASSERT_EQUAL(b.size, 0);
	buf_free(&b);
	buf_init(&b, 100);
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(completion_write("bash", &b, &e), ERR_FAIL);
	buf_free(&b);
}

static void
nearest(void)
{
	static const struct {
		const char *word;
		const char *command;	/* or NULL */
	} lines[] = {
		{ "creat", "create" }, { "crate", "create" },
		{ "craete", "create" }, { "lsit", "list" }, { "ls", NULL },
		{ "lists", "list" }, { "extarct", "extract" },
		{ "Extract", "extract" }, { "unpac", "unpack" },
		{ "unpak", "unpack" }, { "pak", "pack" }, { "hlep", "help" },
		{ "cta", "cat" }, { "completoin", "completion" },
		{ "c", NULL }, { "", NULL }, { "frobnicate", NULL },
		{ "--list", "list" }, { "xxxxxxxxxxxxxxxxxxxxxxxx", NULL },
		{ "createcreatecreatecreatecreatecreatecreate", NULL },
	};
	struct err e = ERR_INIT;
	const char *found;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(lines); i++) {
		found = nearest_command(lines[i].word);
		CU_ASSERT_TRUE(lines[i].command == NULL ? found == NULL :
		    found != NULL && strcmp(found, lines[i].command) == 0);
		if ((found == NULL) != (lines[i].command == NULL))
			printf("\n    %s", lines[i].word);
	}
	for (i = 0; i < optable_n_commands; i++)
		CU_ASSERT_STRING_EQUAL(nearest_command(
		    optable_commands[i].name), optable_commands[i].name);
	CU_ASSERT_EQUAL(nearest_refuse("lst", &e), ERR_USAGE);
	CU_ASSERT_STRING_EQUAL(e.text,
	    "lst: no such command; did you mean 'list'?");
	e = (struct err)ERR_INIT;
	CU_ASSERT_EQUAL(nearest_refuse("xyzzy", &e), ERR_USAGE);
	CU_ASSERT_STRING_EQUAL(e.text,
	    "xyzzy: no such command; see 'xzbundle help'");
}

static void
nearest_option(void)
{
	static const struct {
		const char *word;
		const char *says;
	} lines[] = {
		{ "--cdoec", "did you mean '--codec'?" },
		{ "--tensor=3", "did you mean '--tensors'?" },
		{ "--tensors=3", "--tensors=3: takes no value" },
		{ "--frobnicate", "unknown option; see 'xzbundle help'" },
		{ "--", "unknown option; see" },
		{ "--createcreatecreatecreatecreatecreate", "unknown option" },
	};
	struct err e = ERR_INIT;
	size_t i;

	for (i = 0; i < HARNESS_COUNT(lines); i++) {
		e = (struct err)ERR_INIT;
		CU_ASSERT_EQUAL(nearest_refuse_option(lines[i].word, &e),
		    ERR_USAGE);
		CU_ASSERT_TRUE(HARNESS_SAYS(&e, lines[i].says));
	}
	/* In place of a command. */
	e = (struct err)ERR_INIT;
	nearest_refuse("--verison", &e);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "did you mean '--version'?"));
	e = (struct err)ERR_INIT;
	nearest_refuse("--json", &e);
	CU_ASSERT_TRUE(HARNESS_SAYS(&e, "no such command"));
}

int
main(void)
{
	static const struct harness_test tests[] = {
		{ "every row says it", rows },
		{ "every word is accepted", accepted },
		{ "every word is there", complete },
		{ "scripts", scripts },
		{ "the nearest command", nearest },
		{ "the nearest option", nearest_option },
	};

	(void)unsetenv("POSIXLY_CORRECT");
	return harness_run("completion", tests, HARNESS_COUNT(tests));
}
