/*
 * profile: the numbers of the strict profile, which extraction applies by
 * default and create --strict keeps to.
 *
 * They are far above what a submission of 16 MB needs, and low enough that no
 * bundle fills a disk or takes a program that cleans up after it by surprise:
 * 64 directories in each other are no trouble to anybody, 10,000 are.
 */
#ifndef XZB_PROFILE_H
#define XZB_PROFILE_H

#include <stdint.h>

#define PROFILE_TOTAL UINT64_C(8000000000)	/* bytes of all files */
#define PROFILE_MEMBER UINT64_C(8000000000)	/* bytes of a file */
#define PROFILE_MEMBERS UINT64_C(100000)
#define PROFILE_DEPTH UINT64_C(64)		/* components of a name */
#define PROFILE_PATH UINT64_C(1024)		/* bytes of a name */
#define PROFILE_COMPONENT UINT64_C(255)		/* bytes */

#endif
