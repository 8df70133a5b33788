#ifndef RASK_PACE_H
#define RASK_PACE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Who moves bulk data, the loop itself or a worker?  A hand-over between
 * threads costs a quarter of the throughput where processors are few; but the
 * loop must not wait for a disk while small changes come.  So the loop does it
 * as long as none have come lately and its own calls have been quick.
 * Pure: times are given, in ns of any clock that does not go back.
 */
struct rask_pace {
	int64_t busy;	/* ns, until when small changes are expected */
	int64_t slow;	/* ns, until when calls are expected to block */
};

/* May the loop move the next slice itself? */
bool rask_pace_inline(const struct rask_pace *p, int64_t now);

/* A small change came or went. */
void rask_pace_live(struct rask_pace *p, int64_t now);

/* A slice that the loop moved took from one time to another. */
void rask_pace_took(struct rask_pace *p, int64_t from, int64_t to);

#endif
