#ifndef STORE_H
#define STORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "descend.h"
#include "entry.h"
#include "record.h"
#include "work.h"

/*
 * The node's memory: feed, state and digest as one.
 *
 * Always true: what store_find() says is the state with all records of the
 * feed folded in; the digest is the sum of all live entries; a change is
 * wholly in the feed or not at all.
 *
 * Changes are taken in batches: store_take() any number of times, then
 * store_commit(), which writes them all or undoes them all.  In between they
 * are seen by store_find() already.
 */
struct store;

struct store_opts {
	const char *dir;	/* exists, or is made */
	const char *name;	/* of the node; NULL: as it was */
	uint64_t feed_max;	/* bytes of feed that are kept at most */
	uint64_t gather_max;	/* changed paths before a checkpoint */
	struct rask_work *work;	/* syncs, and pauses; borrowed */
	struct rask_work *slow;	/* checkpoints; borrowed */
	/* called on the loop: seq and what is before it is durable now;
	 * error: 0, or why what is behind it cannot be made durable yet */
	void (*durable)(void *ctx, uint64_t seq, int error);
	/* called on the loop: something to say, as diag() */
	void (*say)(void *ctx, int prio, const char *text);
	void *ctx;		/* for both */
};

#define STORE_WHY	512	/* bytes of a reason */

/*
 * Open a store, or make one where there is none, and recover what is in the
 * feed but not in the state.
 * Returns: 0; an exit status of sysexits(3), and why says what to tell.
 * Blocks:  for as long as recovery takes.
 */
int store_open(struct store **out, const struct store_opts *o,
    char why[STORE_WHY]);

/*
 * Close it cleanly: a checkpoint, so that nothing is left to replay.
 * Returns: 0, or -1 with errno (the next opening recovers).
 * Blocks:  until all is durable.
 */
int store_close(struct store *s);

struct store_info {
	uint64_t node, epoch;	/* ids */
	const char *name;	/* of the node */
	uint64_t seq;		/* last one given */
	uint64_t durable;	/* last one that is durable */
	int unsynced;		/* errno of the last sync, or 0 */
	uint64_t oldest;	/* first one still in the feed, or seq + 1 */
	uint64_t live, gone;	/* entries, tombstones */
	uint64_t state_bytes, feed_bytes, memory_bytes;
	uint64_t checkpoints;	/* since the start */
	bool folding;		/* one is running */
	uint64_t gathered;	/* paths changed since the last one */
	uint64_t replayed;	/* records read back at the opening */
	struct rask_sum root;	/* of the digest */
};
/* What there is to tell. */
void store_info(const struct store *s, struct store_info *i);

/* The last seq given. */
uint64_t store_seq(const struct store *s);

/*
 * Find what is known of a path.
 * Shape:   buf has room for RASK_RECORD_HEAD + RASK_RECORD_MAX bytes.
 * Returns: 1 and *e, whose strings are in buf; 0 unknown; -1 with errno
 *          (EBADMSG: that part of the store is damaged).
 */
int store_find(struct store *s, const char *path, size_t len,
    struct rask_entry *e, unsigned char *buf);

/*
 * Take a change: r's type (CHANGE, REFRESH, DROP), flags (FIRST is the
 * store's own) and entry.  Its seq, time and old item are filled in.
 * Shape:   r->entry is complete but for seq; before is what store_find() gave
 *          for the path just now, or NULL.
 * Returns: 0; -1 with errno and nothing taken (ENOSPC: no room; ENOMEM; EBUSY,
 *          when a batch begins: as much as is allowed waits for a checkpoint:
 *          later; or the errno for which that could not be made).
 */
int store_take(struct store *s, struct rask_record *r,
    const struct rask_entry *before);

/*
 * Write down that OLD became NEW (MOVE: its seq is filled in), or that this is
 * over (MOVED, with that seq).
 * Returns: 0; -1 with errno as store_take(), EBUSY when 64 are not over.
 */
int store_move(struct store *s, struct rask_record *r);

/*
 * End the batch.
 * Returns: 0: all of it is taken; -1 with errno: none of it.
 */
int store_commit(struct store *s);

/* Make all that was taken durable soon: somebody waits. */
void store_hurry(struct store *s);

/* Is there room for changes, or does a checkpoint have to end first? */
bool store_ready(const struct store *s);
/* 0; or the errno for which the checkpoint or sync that has to come first
 * fails. */
int store_stuck(const struct store *s);
/* Call fn once when that or a full disk may have ended; or NULL. */
void store_on_ready(struct store *s, void (*fn)(void *ctx), void *ctx);

/* The counter for rask_version_next(): the last one given; and giving it. */
uint64_t store_counter(const struct store *s);
/* Note that a counter was given.  It is written ahead, in blocks. */
void store_counter_used(struct store *s, uint64_t counter);
/* us since the epoch. */
uint64_t store_now(void);

/* The moves that were not over when the store was opened: call fn for each,
 * in their order. */
void store_moves(struct store *s,
    void (*fn)(void *ctx, const struct rask_record *move), void *ctx);

/*
 * Descriptors for whoever reads the whole store: the state's, or -1 without
 * one (the caller's to close: its offset is shared with nobody), and borrowed,
 * to be handed over at once, the directory's and the feed's segments'.
 * Records in [pos, upto) are not in the state.
 */
struct store_view {
	int state, dir;
	uint64_t pos, upto;
	size_t n;		/* segments */
	int segs[128];
};
/* Returns: 0, or -1 with errno. */
int store_view(struct store *s, struct store_view *v);

/*
 * Where to begin to follow the feed: the position of the first record behind
 * seq (or, with since, taken at that time or later, us).
 * Returns: a position; and the oldest one when the feed does not reach back,
 *          with *lost true.
 */
uint64_t store_follow(struct store *s, uint64_t after, uint64_t since,
    bool *lost);
/*
 * Read on from a position: whole records, as they are in the feed, with their
 * heads, each behind its position (8 bytes), which a subscriber may see:
 * changes and moves, not parts of moves.
 * Returns: 1: go on at *pos; about `max` bytes at most were added to out, and
 *          none where much of the feed is not for subscribers; 0: there are no
 *          more just now, and none were added; -1 with errno, ENOENT when the
 *          feed dropped what comes next.
 * Blocks:  for about 1 MiB of reading at most.
 */
int store_read(struct store *s, uint64_t *pos, struct rask_buf *out,
    size_t max);

/* Keep the root of the tree with the node; written with the next sync. */
void store_set_tree(struct store *s, const char *tree);

/*
 * Answer a SUMS? or ITEMS? question, or find the entries at some places.
 * Returns: 0 and the answer added to out; -1 with errno (EPROTO).
 */
int store_sums(struct store *s, const struct rask_node *nodes, int n,
    struct rask_buf *out);
/* See store_sums(). */
int store_items(struct store *s, const struct rask_node *nodes, int n,
    struct rask_buf *out);
/* The encoded entries at a place, live or not: u16 len, entry, each. */
int store_at(struct store *s, uint64_t place, struct rask_buf *out);

/*
 * Call fn for live entries in the order of places, from a place on, for about
 * `max` pages of the store.
 * Returns: 1 and *place where to go on; 0 at the end; -1 with errno.
 */
int store_each(struct store *s, uint64_t *place, unsigned max,
    int (*fn)(void *ctx, const struct rask_entry *e), void *ctx);

#endif
