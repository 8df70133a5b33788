#ifndef RASK_SENDQ_H
#define RASK_SENDQ_H

#include <sys/uio.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"

/*
 * Frames on their way out, in four classes.
 *
 * Always true: a frame that was begun is finished first; then the lowest class
 * that has one goes, strictly; within a class frames go in the order in which
 * they were added, so that streams which add in turns are served in turns.
 * Bytes that wait are counted per class.
 *
 * Pure: it says what to write next and is told how much of it was.
 */
struct rask_sendq;

/* Content behind a frame's head. */
struct rask_piece {
	const void *content;	/* n bytes */
	size_t n;		/* bytes of content */
	/* called when the last byte is gone; NULL: the content is copied */
	void (*done)(void *ctx, void *arg);
	void *ctx, *arg;	/* for done */
};

/* Returns: an empty queue, or NULL with ENOMEM. */
struct rask_sendq *rask_sendq_new(void);

/* Everything that waits is given back. */
void rask_sendq_free(struct rask_sendq *q);

/*
 * Add one frame of a class and stream: len bytes of head, and a piece's
 * content behind them when piece is not NULL.
 * Owns:    copies the head; content with a `done` stays where it is until
 *          that is called.
 * Returns: 0, or -1 with ENOMEM and the content still the caller's.
 */
int rask_sendq_add(struct rask_sendq *q, unsigned class, uint64_t stream,
    const void *head, size_t len, const struct rask_piece *piece);

/*
 * Drop the frames of a stream that were not begun.
 * Returns: how many; and adds to *content the bytes of content that they had
 *          and that was not copied.
 */
unsigned rask_sendq_cancel(struct rask_sendq *q, unsigned class,
    uint64_t stream, uint64_t *content);

/*
 * What to write next: up to n pieces, at least 2, and about max bytes, in
 * order.
 * Returns: the number of pieces, 0 when nothing waits.
 */
int rask_sendq_next(struct rask_sendq *q, struct iovec *iov, int n,
    size_t max);

/* Count so many bytes of what rask_sendq_next() said last as written. */
void rask_sendq_wrote(struct rask_sendq *q, size_t bytes);

/* Bytes that wait in a class, and in all. */
size_t rask_sendq_bytes(const struct rask_sendq *q, unsigned class);
/* Bytes that wait in all classes. */
size_t rask_sendq_total(const struct rask_sendq *q);

#endif
