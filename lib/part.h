#ifndef RASK_PART_H
#define RASK_PART_H

#include "make.h"

/*
 * A large file on its way in.  It has a name below .rask/tmp that its
 * transfer's identity gives, so that a later connection can go on where this
 * one ended, and is locked by whoever writes it.
 */
struct rask_part {
	struct rask_made made;		/* the file; name "" when anonymous */
	uint64_t have;			/* bytes that were there already */
};

/*
 * Open or begin the partial file of a transfer that is to stand at pl.  If
 * another process writes it, this one begins afresh without a name.
 * Returns: 0, or -1 with errno.
 */
int rask_part_open(struct rask_tree *t, const struct rask_place *pl,
    const unsigned char id[RASK_ID_LEN], uint64_t size, struct rask_part *p);

/*
 * Let go of it.  forget: remove it too; else it stays for another try.
 */
void rask_part_close(struct rask_part *p, bool forget);

#endif
