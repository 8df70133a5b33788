#ifndef RASK_WATCHMOVES_H
#define RASK_WATCHMOVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "path.h"

/*
 * Renames that have been seen, in order, as long as something may wait that
 * was said of a name before.  They tell where that name is now.
 *
 * Always true: those told come before those that wait to be told.
 *
 * Pure: no descriptor, clock or global.
 */
struct rask_move {
	struct rask_move *next;		/* seen later */
	unsigned tree;			/* number of the tree */
	bool dir;			/* a directory was renamed */
	bool apart;			/* the reader cannot follow it */
	uint32_t hash;			/* of tree and from */
	const char *to;			/* behind from, in the same memory */
	char from[];
};

struct rask_moves {
	struct rask_move *first;	/* the earliest, owned */
	struct rask_move *last;		/* the latest */
	struct rask_move *wait;		/* the first not yet told, or NULL */
	size_t count;
	size_t dirs;			/* of directories, not yet told */
};

/* Note a rename.  Returns: 0, or -1 with ENOMEM. */
int rask_moves_add(struct rask_moves *m, unsigned tree, const char *from,
    const char *to, bool dir);

/*
 * Note that a rename is told, and with it what was seen before it.
 * Returns: true, and its `dir` and `apart`; false if it is not known.
 */
bool rask_moves_told(struct rask_moves *m, unsigned tree, const char *from,
    const char *to, bool *dir, bool *apart);

/*
 * Where is now what was at path?  All: also by renames that have been told.
 * Returns: true and the new path, if it is another one.
 */
bool rask_moves_map(const struct rask_moves *m, bool all, unsigned tree,
    const char *path, char to[RASK_PATH_MAX + 1]);

/*
 * The reader has, or may have, something at path that is not what is there
 * now: he cannot follow those who wait to be told and end above it, or, if
 * `same`, there.
 */
void rask_moves_part(struct rask_moves *m, unsigned tree, const char *path,
    bool same);

/* Forget all of them. */
void rask_moves_clear(struct rask_moves *m);

#endif
