#ifndef RASK_ACK_H
#define RASK_ACK_H

#include <stdint.h>

#include "buf.h"
#include "frame.h"
#include "line.h"

/*
 * Acks on their way: numbers of changes as ranges, so that a burst of
 * thousands is one frame.
 *
 * Always true: ranges are in the order of adding, and none is empty.
 */
struct rask_acks {
	struct rask_range {
		uint64_t first, last;	/* numbers of changes, inclusive */
	} *r;			/* owned */
	unsigned n;		/* ranges */
	unsigned room;		/* ranges that fit into the memory */
};

/* Add one number.  Returns: 0, or -1 with ENOMEM. */
int rask_acks_add(struct rask_acks *a, uint64_t stream);

/*
 * Add the ACK frames for all of a, which stays as it is.
 * Returns: 0, or -1 with ENOMEM and perhaps a part of them added.
 */
int rask_acks_send(struct rask_buf *out, const struct rask_acks *a,
    enum rask_ack level);
/* Give the memory back and leave a empty. */
void rask_acks_free(struct rask_acks *a);

/*
 * Read an ACK into a, replacing what is there.
 * Returns: 0; -1 with EPROTO (a range backwards or empty, or too many), ENOMEM.
 */
int rask_acks_parse(struct rask_acks *a, const struct rask_frame *f,
    enum rask_ack *level);

#endif
