#ifndef RASK_OUT_H
#define RASK_OUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"

/*
 * Lines on their way to a descriptor that was inherited: it may be shared, so
 * it is never made nonblocking; it is asked with poll(2) and written in pieces
 * that a pipe takes whole.  Regular files are written at once.
 *
 * Always true: at most RASK_OUT_MAX bytes wait; lines are written whole or
 * dropped whole, and a gap is told in its place by '# dropped N'.
 */
#define RASK_OUT_MAX	(1024 * 1024)

struct rask_out {
	struct rask_buf buf;	/* whole lines, the first perhaps half gone */
	int fd;			/* borrowed */
	bool file;		/* poll(2) has no meaning there */
	bool json;		/* the remark about the gap is JSON */
	uint64_t dropped;	/* lines since the last remark about it */
};

/* Start on fd, which stays the caller's. */
void rask_out_init(struct rask_out *o, int fd, bool json);

/*
 * Add whole lines, n of them in len bytes, or count them as dropped when
 * they do not fit.  Nothing is written yet.
 * Returns: true if taken, false if dropped.
 */
bool rask_out_add(struct rask_out *o, const void *lines, size_t len,
    unsigned n);

/* Bytes that may still be added. */
size_t rask_out_space(const struct rask_out *o);

/*
 * Write what the descriptor takes now.
 * Returns: 1 all written, 0 some wait until the descriptor is writable,
 *          -1 with errno of the write (EPIPE: nobody reads any more).
 * Blocks:  never on a pipe, socket or terminal.
 */
int rask_out_flush(struct rask_out *o);

/* Give the memory back; the descriptor stays open. */
void rask_out_free(struct rask_out *o);

#endif
