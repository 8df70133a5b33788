#ifndef RASK_TREEOP_H
#define RASK_TREEOP_H

#include "make.h"
#include "item.h"
#include "msg.h"

/*
 * The operations on a tree, each a whole change.  They return 0 with an
 * outcome, or -1 with errno and the tree as it was.  What was taken out is
 * added in front of *taken, for the caller to settle once all is durable.
 */

/* A whole small file, its content in m. */
int rask_op_put(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken);

/* A symlink with its target in other, and its mtime. */
int rask_op_symlink(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken);
/* A directory; what is none in its place goes out first. */
int rask_op_mkdir(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken);

/* ENOTEMPTY: a directory in which something still is; nothing recurses. */
int rask_op_del(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken);

/*
 * A rename; ESTALE when what is here does not match the mover's, and the
 * entries have to be sent one by one.
 */
int rask_op_mv(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken);

/* Mode and mtime alone; ESTALE when the content here is another one. */
int rask_op_meta(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how);

/*
 * Does a file of this size and mtime stand at pl?  Then it gets the mode.
 * Returns: 1 yes, 0 no, -1 with errno.
 */
int rask_op_holds(const struct rask_place *pl, const struct rask_msg *m);

/*
 * The sum (item.h) over what stands at path: one file or symlink, or a
 * directory with all that is below it.
 * Returns: 0; -1 with errno, EAGAIN when something could not be read.
 * Blocks:  while it walks.
 */
int rask_subtree_sum(int root, const char *path,
    unsigned char sum[RASK_SUM_LEN]);

#endif
