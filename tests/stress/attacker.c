/*
 * attacker: moves directories about while somebody extracts into them.
 *
 * usage: attacker PLACE PREFIX PARK OUTSIDE PAUSE
 *
 * PLACE is where the directory that is written to comes to be: the first one
 * whose name begins with PREFIX.  Until it gets SIGTERM, each directory in it
 * (and in those) is exchanged with a symlink to OUTSIDE and back, or moved to
 * PARK, where nothing may be added to it, and back.  PAUSE is in microseconds,
 * after each of these: without one, hardly anybody gets far.
 *
 * Prints "exchanges moves grown": how often it did so, and how often a
 * directory got an entry while it was in PARK.
 *
 * SPDX-License-Identifier: BSD-2-Clause
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define DIR_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
#define SPINS 2000	/* of the time that a directory is away */
#define MOVE_EVERY 8	/* so many exchanges for a move */

static volatile sig_atomic_t stop;

struct attack {
	int park;
	useconds_t pause;
	unsigned long exchanges, moves, grown, round;
};

static void
on_term(int sig)
{
	(void)sig;
	stop = 1;
}

static void
spin(void)
{
	volatile unsigned int i;

	for (i = 0; i < SPINS; i++)
		;
}

static unsigned long
entries(int dir, const char *name)
{
	int fd = openat(dir, name, DIR_FLAGS);
	DIR *d = fd >= 0 ? fdopendir(fd) : NULL;
	unsigned long n = 0;

	if (d == NULL)
		return 0;
	while (readdir(d) != NULL)
		n++;
	(void)closedir(d);
	return n;
}

/* The symlink stands where the directory was, for a moment. */
static void
exchange(struct attack *a, int dir, const char *name)
{
	if (renameat2(dir, name, a->park, "link", RENAME_EXCHANGE) != 0)
		return;
	spin();
	(void)renameat2(dir, name, a->park, "link", RENAME_EXCHANGE);
	a->exchanges++;
}

static void
move(struct attack *a, int dir, const char *name)
{
	unsigned long before;

	if (renameat2(dir, name, a->park, "away", RENAME_NOREPLACE) != 0)
		return;
	before = entries(a->park, "away");
	spin();
	a->grown += entries(a->park, "away") > before;
	a->moves++;
	/* Another one may have been made meanwhile. */
	if (renameat2(a->park, "away", dir, name, RENAME_NOREPLACE) == 0)
		return;
	if (renameat2(a->park, "away", dir, name, RENAME_EXCHANGE) != 0) {
		char to[32];

		snprintf(to, sizeof(to), "lost%lu", a->moves);
		(void)renameat(a->park, "away", a->park, to);
	}
}

/* All directories in fd, which is closed, down to some depth. */
static void
below(struct attack *a, int fd, unsigned int depth)
{
	DIR *d = fdopendir(fd);
	struct dirent *entry;
	int child;

	if (d == NULL) {
		(void)close(fd);
		return;
	}
	while (!stop && (entry = readdir(d)) != NULL) {
		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		if (++a->round % MOVE_EVERY == 0)
			move(a, fd, entry->d_name);
		else
			exchange(a, fd, entry->d_name);
		if (a->pause > 0)
			(void)usleep(a->pause);
		child = depth > 0 ? openat(fd, entry->d_name, DIR_FLAGS) : -1;
		if (child >= 0)
			below(a, child, depth - 1);
	}
	(void)closedir(d);
}

/* The directory in place that is attacked, or -1. */
static int
find(const char *place, const char *prefix)
{
	DIR *d = opendir(place);
	struct dirent *entry;
	int fd = -1;

	while (d != NULL && fd < 0 && (entry = readdir(d)) != NULL) {
		if (strncmp(entry->d_name, prefix, strlen(prefix)) == 0)
			fd = openat(dirfd(d), entry->d_name, DIR_FLAGS);
	}
	if (d != NULL)
		(void)closedir(d);
	return fd;
}

int
main(int argc, char **argv)
{
	struct attack a;
	int fd;

	if (argc != 6) {
		fprintf(stderr, "usage: attacker PLACE PREFIX PARK OUTSIDE "
		    "PAUSE\n");
		return 2;
	}
	memset(&a, 0, sizeof(a));
	a.pause = (useconds_t)strtoul(argv[5], NULL, 10);
	a.park = open(argv[3], O_RDONLY | O_DIRECTORY);
	if (a.park < 0 || symlinkat(argv[4], a.park, "link") != 0) {
		perror(argv[3]);
		return 1;
	}
	(void)signal(SIGTERM, on_term);
	while (!stop) {
		fd = find(argv[1], argv[2]);
		if (fd >= 0)
			below(&a, fd, 1);
	}
	printf("%lu %lu %lu\n", a.exchanges, a.moves, a.grown);
	return 0;
}
