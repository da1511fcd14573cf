/*
 * nearest: the command or option that a word was probably meant to be.
 */
#ifndef XZB_NEAREST_H
#define XZB_NEAREST_H

#include "base/err.h"

/* The command with the fewest letters to change, of which there may be two, or
 * one in words of up to four letters.  NULL: none is so near. */
const char *nearest_command(const char *word);

/* ERR_USAGE: the word is no command, and which one is near; or which option. */
enum err_code nearest_refuse(const char *word, struct err *e);

/* ERR_USAGE: the word, with dashes in front and perhaps "=value" behind, is no
 * long option, or one that takes no value. */
enum err_code nearest_refuse_option(const char *word, struct err *e);

#endif
