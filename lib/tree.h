#ifndef RASK_TREE_H
#define RASK_TREE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "msg.h"
#include "path.h"

/*
 * A tree that is written to.  Everything goes through descriptors and
 * openat2(2), beneath the root, over no symlink and onto no other filesystem.
 * What is in the making, and what was taken out of the tree, is in a directory
 * of this process below .rask/tmp, locked as long as the process lives, so
 * that what a dead one left there is known to be rubbish.
 */
struct rask_tree {
	int root;		/* the directory */
	int meta;		/* its .rask */
	int parts;		/* .rask/tmp: partial transfers */
	int tmp;		/* this process's directory in it, locked */
	char tmpname[32];	/* its name */
	bool tmpfile;		/* O_TMPFILE and linkat(2) work */
	bool exchange;		/* RENAME_EXCHANGE works */
	uint64_t names;		/* temporary names given so far */
};

/*
 * Open a tree for writing; .rask and its directories are made.
 * Returns: 0; -1 with errno (ENOENT, ENOTDIR, EROFS, EACCES, ...).
 */
int rask_tree_open(struct rask_tree *t, const char *dir);

/* Close it; what is still in its temporary directory is left for others. */
void rask_tree_close(struct rask_tree *t);

/*
 * Remove what dead processes left in .rask/tmp, and partial transfers that
 * nobody has touched for a day.  What was taken out and then written to is
 * kept below .rask/conflicts; a file that somebody still writes is left.
 */
void rask_tree_clean(struct rask_tree *t);

#define RASK_TMP_LEN	24
/* A fresh name for t->tmp. */
void rask_tree_name(struct rask_tree *t, char name[RASK_TMP_LEN]);

/* Where a path is: an open directory and a name in it. */
struct rask_place {
	int dir;		/* O_PATH descriptor */
	bool own;		/* dir is to be closed */
	const char *path;	/* the whole path, borrowed */
	const char *name;	/* its last component */
};

/*
 * Find the directory that a legal path is in; make: with the directories that
 * are missing on the way.
 * Returns: 0; -1 with errno: ENOENT, ENOTDIR, ELOOP (a symlink on the way),
 *          EXDEV (a mount point on the way), or of mkdir(2).
 */
int rask_place_open(const struct rask_tree *t, const char *path, bool make,
    struct rask_place *pl);
/* Close what rask_place_open() opened; keeps errno. */
void rask_place_close(struct rask_place *pl);

/*
 * Set the permissions of what was seen at pl, st; bits above 0777 stay.  A
 * link that has come there meanwhile is not followed.
 * Returns: 0; -1 with errno, EAGAIN when something else is there.
 */
int rask_place_chmod(const struct rask_place *pl, const struct stat *st,
    uint32_t mode);

/*
 * Open beneath a directory: openat2(2), over no symlink, magic link or mount.
 * Returns: a descriptor, or -1 with errno.
 */
int rask_beneath(int dir, const char *path, int flags, mode_t mode);

/*
 * An identity of a directory, the same as long as it is the same directory
 * of the same machine: a hash of machine, host name, device and inode.
 * Returns: 0, or -1 with errno.
 */
int rask_tree_identity(int dir, unsigned char id[RASK_ID_LEN]);

/* ns since the epoch; the nearest that there is for times out of range. */
int64_t rask_ns(const struct timespec *ts);
/* The reverse. */
struct timespec rask_timespec(int64_t ns);

#endif
