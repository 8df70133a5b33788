#ifndef REBUILD_H
#define REBUILD_H

#include "salvage.h"
#include "store.h"

#define REBUILD_NEW	"rebuild.new"	/* a store in the making */
#define REBUILD_READY	"rebuilt"	/* a whole one, to be moved in */

/* A store that is made of what is sound in another. */
struct rebuild {
	const char *path;	/* of the directory */
	int dir;		/* the same, open */
	const char *tree;	/* its root */
	struct rask_work *sync, *slow;	/* workers, owned */
	struct store *store;	/* the new one */
	uint64_t taken;		/* since the last commit */
	uint64_t kept, found;	/* entries from files, and from the tree */
	uint64_t counter;	/* highest one of this node */
	uint64_t seq;		/* highest one met */
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];
};

/*
 * rebuildmove.c: put the store that is ready in place of the old one, whose
 * files go to a directory `damaged-TIME`.  When that is interrupted it can be
 * done again, and until then store_open() refuses.
 * Returns: 0, or -1 with errno.
 */
int rebuild_move(int dir);

/* Remove what a rebuild left that did not end.  Returns: 0, -1 with errno. */
int rebuild_clean(int dir);

/* Is there a store that waits to be moved in? */
int rebuild_waits(int dir);

#endif
