/*
 * worker: runs a function in a confined child, and relays what it says.
 *
 * The child is forked, so it has all that the parent had in memory; then it
 * enters the sandbox (base/sandbox), and only then the function is called.
 * The parent does not look into what it is sent: it counts bytes, and hands
 * them on.  The caller's threads must have ended.
 *
 * The child dies with its parent, and after the time allowed.
 */
#ifndef XZB_WORKER_H
#define XZB_WORKER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/sandbox.h"
#include "base/watch.h"

/* The child's end. */
struct worker_link;

/* Send n bytes (any number) to the parent's receive(), in pieces of at most
 * 64 KiB, in order.  One thread. */
enum err_code worker_send(struct worker_link *l, unsigned int channel,
    const void *p, size_t n, struct err *e);

/* The sandbox that the child is in. */
const struct sandbox_state *worker_state(const struct worker_link *l);

struct worker_job {
	/* In the child.  Descriptors other than those in sandbox.keep are
	 * closed; w reports to the parent's watch. */
	enum err_code (*run)(void *ctx, struct worker_link *l,
	    const struct watch *w, struct err *e);
	/* In the parent: what came over a channel (0 .. 15).  The bytes may
	 * be hostile. */
	enum err_code (*receive)(void *ctx, unsigned int channel,
	    const uint8_t *p, size_t n, struct err *e);
	void *ctx;			/* of both */
	struct sandbox_request sandbox;	/* one more descriptor is kept */
	uint64_t seconds;		/* of wall time; 0: no limit; receive()
					 * may change it */
	bool partial;		/* when the watch stops, w does, and what run()
				 * says within ten seconds is taken: half of it
				 * is of use */
	const struct watch *watch;	/* may be NULL */
};

/*
 * Run the job to its end.  The result is that of run(), or of receive(), or
 * says how the child died: ERR_UNSAFE by a crash or a forbidden call, since
 * no honest bundle does that; ERR_LIMIT by the time; ERR_UNSUPPORTED when
 * there is no sandbox.  *state says which parts are in force.
 */
enum err_code worker_run(const struct worker_job *job,
    struct sandbox_state *state, struct err *e);

#endif
