#ifndef RASK_WATCHDIR_H
#define RASK_WATCHDIR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path.h"

/*
 * The directories that are watched: a forest of nodes, one tree for each root,
 * found by watch descriptor, by parent and name, or by path.
 *
 * Always true: a node has a watch descriptor that no other has; siblings have
 * different names; a detached node has a parent whose children do not know it,
 * as if it were still where it was last seen.
 *
 * Pure: no descriptor, clock or global.
 */
struct rask_wdir {
	struct rask_wdir *up;		/* the parent; NULL for a root */
	struct rask_wdir *down;		/* the first child */
	struct rask_wdir *next, **prev;	/* siblings, or detached nodes */
	struct rask_wdir *wnext;	/* in the chain by watch descriptor */
	struct rask_wdir *nnext;	/* in the chain by parent and name */
	char *name;			/* owned; "" for a root */
	struct file_handle *handle;	/* owned; NULL if it cannot be used */
	int wd;				/* watch descriptor */
	unsigned tree;			/* number of the root */
	uint32_t round;			/* latest check that has met it */
	bool detached;			/* moved, nobody knows yet where to */
	bool left;			/* detached: moved out of the tree */
	bool unseen;			/* detached: its directories changed */
};

/* All of them. */
struct rask_wdirs {
	struct rask_wdir **bywd;	/* chains, size of them */
	struct rask_wdir **byname;	/* chains, size of them */
	size_t size;			/* a power of two */
	size_t count;			/* nodes */
	struct rask_wdir *detached;	/* those detached */
};

/* Start without nodes.  Returns: 0, or -1 with ENOMEM. */
int rask_wdirs_init(struct rask_wdirs *d);

/* Free every node and the tables. */
void rask_wdirs_free(struct rask_wdirs *d);

/*
 * Add a node; up is NULL for a root, whose name is "".
 * Returns: the node, or NULL with ENOMEM.
 * Owns:    copies name.
 */
struct rask_wdir *rask_wdirs_add(struct rask_wdirs *d, struct rask_wdir *up,
    const char *name, int wd, unsigned tree);

/* The node with this watch descriptor, or NULL. */
struct rask_wdir *rask_wdirs_wd(const struct rask_wdirs *d, int wd);

/* The child of this name, or NULL. */
struct rask_wdir *rask_wdirs_child(const struct rask_wdirs *d,
    const struct rask_wdir *up, const char *name);

/* The node at a path below top, which is "" for top itself; or NULL. */
struct rask_wdir *rask_wdirs_find(const struct rask_wdirs *d,
    struct rask_wdir *top, const char *path);

/* Take a node, which is no root, away from its parent's children. */
void rask_wdirs_detach(struct rask_wdirs *d, struct rask_wdir *n);

/*
 * Give a node, detached or not, this place, which is free and not below it.
 * Returns: 0, or -1 with ENOMEM and everything as it was.
 */
int rask_wdirs_move(struct rask_wdirs *d, struct rask_wdir *n,
    struct rask_wdir *up, const char *name);

/*
 * Free a node and all below it; fn is told each watch descriptor before.
 * Detached nodes that were below it become its parent's.
 */
void rask_wdirs_drop(struct rask_wdirs *d, struct rask_wdir *n,
    void (*fn)(void *arg, int wd), void *arg);

/* Drop what the check `round` has not met; detached nodes are left alone. */
void rask_wdirs_sweep(struct rask_wdirs *d, uint32_t round,
    void (*fn)(void *arg, int wd), void *arg);

/* The detached node that n is or is in, or NULL. */
struct rask_wdir *rask_wdir_detached(const struct rask_wdirs *d,
    struct rask_wdir *n);

/*
 * The path of a node, or of a name in it, from its root.
 * Shape:   name may be NULL.
 * Returns: 0; -1 with ENAMETOOLONG, and path is "".
 */
int rask_wdir_path(const struct rask_wdir *n, const char *name,
    char path[RASK_PATH_MAX + 1]);

#endif
