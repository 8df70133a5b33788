#ifndef RASK_WALK_H
#define RASK_WALK_H

#include <sys/stat.h>

#include <stdbool.h>

#include "path.h"

/*
 * A walk through a directory tree, an entry at a time, so that the caller can
 * stop anywhere and go on later.
 *
 * Always true: nothing outside the root, behind a symlink or beyond a mount
 * point is entered; a directory is yielded when it has been opened and before
 * it is read; what is in it comes next, its subdirectories last; the reserved
 * directory .rask at the root is passed over; one descriptor is open at most.
 * Memory: the names of the subdirectories still to be entered.
 *
 * Subdirectories are opened by their path from the root: one that has moved
 * meanwhile is yielded with the error ENOENT.
 */
struct rask_walk;

enum {
	RASK_WALK_STAT = 1 << 0,	/* fill in `st` */
	RASK_WALK_FLAT = 1 << 1,	/* only the start and its children */
	RASK_WALK_DIRS = 1 << 2,	/* directories only */
	RASK_WALK_ANY = 1 << 3		/* .rask is a name like any other */
};

/* An entry; all of it is the walk's, until the next call. */
struct rask_walk_entry {
	const char *path;	/* from the root; "" is the root itself */
	const char *name;	/* the last component, a part of path */
	int dir;		/* open on the directory it is in, or -1 */
	int fd;			/* open on it, if it is a directory; or -1 */
	unsigned char type;	/* DT_REG, DT_DIR, ... */
	bool mount;		/* a mount point, not entered */
	int error;		/* why it could not be opened or read, or 0 */
	struct stat st;		/* with RASK_WALK_STAT, if there is no error */
};

/*
 * Begin a walk at path, "" or a legal one.
 * Shape:   flags are RASK_WALK_ bits.
 * Returns: the walk, or NULL with ENOMEM.
 * Owns:    borrows root, a descriptor of a directory (O_PATH will do), until
 *          rask_walk_close(); copies path.
 */
struct rask_walk *rask_walk_open(int root, const char *path, unsigned flags);

/*
 * Find the next entry; the start is the first.  A non-directory has `dir` and
 * no `fd`, a directory that could be opened the other way round.  What cannot
 * be opened, read or looked at is yielded with its error; a path longer than
 * RASK_PATH_MAX has ENAMETOOLONG.
 * Returns: 1; 0 at the end; -1 with ENOMEM.
 * Blocks:  on the filesystem.
 */
int rask_walk_next(struct rask_walk *w, struct rask_walk_entry *e);

/* Do not enter the directory that was yielded last. */
void rask_walk_skip(struct rask_walk *w);

/* End the walk; NULL does nothing. */
void rask_walk_close(struct rask_walk *w);

#endif
