#ifndef LOOK_H
#define LOOK_H

#include <sys/stat.h>

#include <limits.h>

#include "path.h"
#include "settle.h"

/*
 * Looks at paths of a tree.  The directory of the path before is kept open
 * for the next, until somebody says that it may be another now.
 */
struct look {
	int root;		/* the tree's, O_PATH, owned; -1: none */
	int dir;		/* of the path looked at last, owned; -1 */
	size_t len;		/* bytes of its path */
	char path[RASK_PATH_MAX + 1];	/* of dir, not terminated */
	char target[PATH_MAX];	/* of the link seen last */
};

/* Nothing is open. */
void look_init(struct look *l);
/* Close all. */
void look_close(struct look *l);

/* Directories may have changed: open them anew. */
void look_forget(struct look *l);
/* The same, if that concerns the one kept open. */
void look_changed(struct look *l, const char *path);

/*
 * Look at a path.
 * Returns: 1 and *seen, whose target is l's until the next look; 0: that
 *          cannot be told (behind a mount point, not ours to see); -1 with
 *          errno (EMFILE, ENOMEM, EIO, ...): it has to be tried again.
 * Blocks:  on the filesystem.
 */
int look_at(struct look *l, const char *path, struct rask_seen *seen);

/* What stat(2) says, but for a link's target. */
void look_fill(struct rask_seen *seen, const struct stat *st);

#endif
