#ifndef FEED_H
#define FEED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "segs.h"

/*
 * The feed being written: records are gathered in a batch, and a batch is
 * written as a whole or not at all.
 *
 * Always true: what is in the segments is sound up to `written`; the batch
 * comes behind it; within a segment the changes' seqs go up by one from
 * its head's `after`; a segment's room is asked of the filesystem when it is
 * begun, so that a full disk shows there and not at a sync.
 */
struct feed {
	struct segs segs;	/* for reading, the last is written to */
	int dir;		/* borrowed */
	int fd;			/* last segment, for writing; or -1 */
	uint64_t epoch, node;	/* ids */
	uint64_t seq;		/* last one given */
	uint64_t written;	/* position behind what is written */
	uint64_t synced;	/* position behind what is durable */
	uint64_t marked;	/* what the last MARK said was durable */
	bool torn;		/* a part of a dropped batch is behind the
				 * end, and has to go first */
	struct rask_buf batch;	/* not yet written; begins at `written` */
	uint64_t max;		/* bytes of feed */
};

/*
 * Start on what is there; nothing is written.  Up to `pos` it is known to be
 * durable; writing goes on at the end of the last segment, or at `pos`.
 */
void feed_init(struct feed *f, int dir, uint64_t pos);
/* Close all; a batch is dropped. */
void feed_close(struct feed *f);

/* Bytes in all its files. */
uint64_t feed_bytes(const struct feed *f);

/*
 * Begin a segment, durably: for a seq that does not go on from the last one,
 * which its head tells even if nothing comes behind it.
 * Returns: 0; -1 with errno: the next batch begins it.
 * Blocks:  on the disk.
 */
int feed_begin(struct feed *f);

/*
 * Add a record to the batch.
 * Shape:   r is complete; its position is put into *pos.
 * Returns: 0; -1 with errno, ENOMEM or of beginning a segment (ENOSPC).
 */
int feed_add(struct feed *f, const struct rask_record *r, uint64_t *pos);

/* Write the batch.  Returns: 0; -1 with errno, and the batch is as it was. */
int feed_write(struct feed *f);
/* Drop the batch. */
void feed_drop(struct feed *f);

/*
 * Read a record, written or in the batch.  As segs_read().
 * Shape:   buf has room for RASK_RECORD_HEAD + RASK_RECORD_MAX bytes.
 */
ssize_t feed_read(const struct feed *f, uint64_t pos, struct rask_record *r,
    unsigned char *buf);

/*
 * Cut the feed off at a position that is not before what feed_init() was told,
 * after an unclean stop: what follows it was never durable.  It is gone
 * durably, so that it cannot come back behind what is written in its place.
 * Returns: 0, or -1 with errno.
 * Blocks:  on the disk.
 */
int feed_cut(struct feed *f, uint64_t pos);

/* With more segments room is to be made for others: each unclean stop of the
 * machine may leave one, however short. */
#define SEGS_MANY	(SEGS_MAX / 2)

/* Remove whole segments before a position while there is more than max, or
 * there are more of them than SEGS_MANY. */
void feed_trim(struct feed *f, uint64_t before);

/*
 * Descriptors that have to be synced for `written` to be durable, each a copy,
 * and where the segments start; the directory's among them when a segment is
 * new, with the start UINT64_MAX.
 * Returns: how many, or -1 with errno.
 */
int feed_dirty(const struct feed *f, int *fds, uint64_t *starts, int max);

/*
 * The position of the first record that has a seq above `after` and was taken
 * at `since` (us) or later; of the oldest with *lost true when the feed does
 * not reach back to it.
 */
uint64_t feed_find(const struct feed *f, uint64_t after, uint64_t since,
    bool *lost);

#endif
