/*
 * clock: processor time, which what runs beside does not change.
 */
#ifndef XZB_CLOCK_H
#define XZB_CLOCK_H

#include <stdint.h>

uint64_t clock_thread_ns(void);		/* of the calling thread */
uint64_t clock_process_ns(void);	/* of all threads */

#endif
