#ifndef SWEEP_H
#define SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"

struct hints;

/*
 * A look at all entries of the store, in slices: after an overflow for those
 * that are gone from the tree, and at a move's end for those that were below
 * OLD and are not below NEW.
 */
struct sweep {
	bool on;		/* it is under way */
	bool rescan;		/* it looks for what is gone, not for moves */
	uint64_t place;		/* where it has come to */
	uint64_t upto;		/* rescan: the last seq that it is about */
	struct rask_buf paths;	/* to be looked at, each with its NUL */

	bool lost;		/* events were: a rescan has begun */
	bool due;		/* the rescan is done: sweep for deletes */
	uint64_t since;		/* the last seq before it began */
	uint64_t moved;		/* the last seq when a move was over */
};

/* The watcher's remarks. */
void sweep_overflow(struct hints *h);
void sweep_rescanned(struct hints *h);

/* Is there anything to do? */
bool sweep_busy(const struct hints *h);
/* Do a little.  Returns: 0; -1 with errno, and it is to be called again. */
int sweep_some(struct hints *h);
/* What was done in this slice is undone: do it again. */
void sweep_again(struct hints *h, uint64_t place);

#endif
