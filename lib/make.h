#ifndef RASK_MAKE_H
#define RASK_MAKE_H

#include <sys/stat.h>

#include <stdbool.h>
#include <stdint.h>

#include "tree.h"

/* What tells one state of a file from another. */
struct rask_sig {
	uint64_t ino;
	uint64_t size;		/* bytes */
	int64_t mtime;		/* ns since the epoch */
	int64_t ctime;		/* ns since the epoch; a rename changes it */
	uint32_t mode;		/* type and permissions */
};

/* Take it from a stat. */
void rask_sig_of(struct rask_sig *sig, const struct stat *st);

/* The same content as far as inode, size, mtime and type can tell? */
bool rask_sig_same(const struct rask_sig *a, const struct rask_sig *b);

/*
 * Something that was taken out of the tree to make place, in t->tmp until its
 * successor is durable.
 */
struct rask_taken {
	struct rask_taken *next;	/* the holder's list */
	char name[RASK_TMP_LEN];	/* in t->tmp */
	struct rask_sig sig;		/* as it was known before */
	char path[];			/* where it was in the tree */
};

#define RASK_TAKEN_MARK	'o'	/* first in the name of what was taken out */

/*
 * Keep what stands in a directory of ours below .rask/conflicts, as what was
 * at path.  Returns: 0, or -1 with errno.
 */
int rask_keep(const struct rask_tree *t, int dir, const char *name,
    const char *path);

/*
 * Decide on something taken out, now that its successor is durable: what is
 * still as it was known is unlinked; what a writer changed meanwhile is kept
 * below .rask/conflicts.
 * Owns:    frees k unless it returns 0.
 * Returns: 1 unlinked; 2 kept as a conflict; 0 with a writer still at it: ask
 *          again later; -1 with errno, and it stays where it is.
 */
int rask_taken_settle(const struct rask_tree *t, struct rask_taken *k);

/* A file in the making, without a name or with one in t->tmp. */
struct rask_made {
	int fd;			/* open for reading and writing */
	int dir;		/* where its name is: t->tmp, t->parts */
	char name[48];		/* "" while it has none */
};

/*
 * Begin a file that will stand at pl, with the permissions that its directory
 * gives.  Returns: 0, or -1 with errno.
 */
int rask_make(struct rask_tree *t, const struct rask_place *pl,
    uint32_t mode, struct rask_made *m);

/* Give a name to fd, which may have none: linkat(2). */
int rask_link_fd(int fd, int dir, const char *name);

/* Drop what was not put in place. */
void rask_make_drop(struct rask_made *m);

/* How a change ended that did not fail. */
enum rask_outcome {
	RASK_MADE,		/* it was done */
	RASK_HELD		/* it was so already */
};

/*
 * Put a made file at its place in one step, with its mode and mtime.  What was
 * there is taken out and given in *taken (NULL if nothing was).
 * Returns: 0; -1 with errno: EBUSY (a local writer holds it), EISDIR (a
 *          directory is there that is not empty), ...; the file can be tried
 *          again or dropped.
 */
int rask_make_place(struct rask_tree *t, struct rask_made *m,
    const struct rask_place *pl, uint32_t mode, int64_t mtime,
    struct rask_taken **taken);

/*
 * What is at pl?
 * Returns: 0; -1 with errno: ENOENT, EBUSY when a local writer holds it, ...
 */
int rask_place_look(const struct rask_place *pl, struct stat *st);

/*
 * Take what is at pl out of the tree.
 * Returns: 0 with *taken; -1 with errno: ENOENT, EBUSY, EISDIR for a
 *          directory, EAGAIN when it changed under our hands.
 */
int rask_take_out(struct rask_tree *t, const struct rask_place *pl,
    struct rask_taken **taken);

/*
 * Undo that; if there is something at pl by now, keep it as a conflict.
 * Owns: frees *taken and sets it to NULL.
 */
void rask_put_back(const struct rask_tree *t, const struct rask_place *pl,
    struct rask_taken **taken);

/*
 * Rename to pl, where nothing is.  Returns: 0; -1 with errno, EEXIST when
 * something is.
 */
int rask_rename_new(int dir, const char *name, const struct rask_place *pl);

/* Put at pl what has a name in a directory of ours; as rask_make_place(). */
int rask_put_in(struct rask_tree *t, int dir, const char *name,
    const struct rask_place *pl, struct rask_taken **taken);

#endif
