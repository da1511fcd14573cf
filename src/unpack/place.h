/*
 * place: where a stage stands, and how it gets to its destination.
 *
 * Of unpack/stage alone.  The destination is opened once, so that what is
 * looked at here is what is replaced later, whatever has its name then.
 */
#ifndef XZB_PLACE_H
#define XZB_PLACE_H

#include <stdbool.h>
#include <sys/stat.h>

#include "base/err.h"
#include "unpack/stage.h"

enum placing {
	PLACE_MISSING,		/* rename to a name that is free */
	PLACE_EMPTY,		/* rename over an empty directory */
	PLACE_SWAP,		/* exchange with what is there */
	PLACE_INSIDE		/* move the entries out, one by one */
};

struct place {
	char *dest;		/* as given; owned */
	char *base;		/* last component of it; owned */
	char *holder;		/* what is before that; owned */
	char *temp;		/* name of the stage in home; owned; NULL when
				 * it is there no more */
	int home_fd;		/* what holds the stage */
	int fd;			/* the stage; has the lock */
	enum placing placing;
	int there_fd;		/* the destination (O_PATH), if it exists; its
				 * inode is no other's while this is open */
	int old_fd;		/* the same to be read, with PLACE_SWAP */
	struct stat there;
	bool holds_stages;	/* it is not empty but for stages */
};

/* Fill *p and make the stage; errors are those of stage_open().  To be closed
 * after a failure as well. */
enum err_code place_open(struct place *p, const char *dest,
    enum stage_mode mode, struct err *e);

/* Close and free all; a stage that is empty goes. */
void place_close(struct place *p);

#endif
