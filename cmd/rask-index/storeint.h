#ifndef STOREINT_H
#define STOREINT_H

#include "checkpoint.h"
#include "feed.h"
#include "filter.h"
#include "gather.h"
#include "node.h"
#include "state.h"
#include "store.h"

#define MOVES_MAX	64

/* Moves that are not over, in their order. */
struct moves {
	unsigned n;
	uint64_t seq[MOVES_MAX];	/* of each */
	uint64_t pos[MOVES_MAX];	/* where its record is */
};

/* What one store_take() did, so that it can be undone. */
struct undo {
	uint64_t place;
	uint64_t was, is;	/* positions in the gather table; 0: none */
	struct rask_sum minus, plus;	/* items */
	int live, gone;		/* what it added to the counts */
};

/* Jobs of the workers; each is one at a time. */
struct sync_job {
	struct rask_job job;	/* first */
	struct store *s;
	int fds[SEGS_MAX + 1];	/* owned while it runs */
	uint64_t starts[SEGS_MAX + 1];	/* of the segments they are of */
	int n;			/* of them */
	uint64_t from;		/* position behind what is durable */
	bool rewrite;		/* a sync failed: its pages are written again */
	uint64_t to;		/* position that will be durable */
	uint64_t seq;		/* of the last change before it */
	struct node node;	/* to be written first, if node_due */
	bool node_due;
	int error;		/* errno, or 0 */
	bool busy;		/* submitted and not done */
};

struct pause_job {
	struct rask_job job;	/* first */
	struct store *s;
	int wake;		/* eventfd that ends it early, borrowed */
	int ms;			/* how long */
	bool busy;
};

struct ckpt_job {
	struct rask_job job;	/* first */
	struct store *s;
	int dir;		/* borrowed */
	uint64_t pos, upto;	/* what is to be folded */
	bool renamed;		/* second half: rename and load it */
	bool placed;		/* it was renamed already */
	struct state *state;	/* the new one, on success */
	int fd;			/* the same, for others, or -1 */
	struct rask_digest *digest;	/* its digest */
	struct rask_filter *filter;	/* its filter */
	char why[256];		/* on failure */
	int error;		/* errno, or 0 */
	bool busy;
};

struct store {
	struct store_opts o;
	int dir;		/* the directory */
	int lock;		/* locked file in it */
	struct node node;
	struct feed feed;
	struct state *state;	/* NULL: none yet */
	struct state_meta meta;	/* its, or as if there were an empty one */
	struct rask_filter *filter;	/* of the state, or NULL */
	struct rask_gather *active;	/* changed since `frozen_to` */
	struct rask_gather *frozen;	/* being folded in, or NULL */
	uint64_t frozen_to;	/* position behind the frozen ones */
	struct rask_digest *digest;	/* of all live entries */
	struct rask_digest *since;	/* what was added since the freezing,
					 * at the new depth; or NULL */
	uint64_t counter;	/* last one given */
	uint64_t live, gone;	/* entries, tombstones */
	uint64_t durable_seq;	/* last one that is durable */
	uint64_t seq_safe;	/* none is given above it: the ceiling that
				 * is on the disk */
	uint64_t checkpoints, replayed, began;	/* counts; us */
	struct undo *undo;	/* owned; of the batch */
	size_t undos, undo_cap;	/* in use, room */
	struct moves moves;	/* that are not over */
	struct moves moves_was;	/* the same before the batch */
	uint64_t seq_was;	/* feed.seq before the batch */
	bool node_due;		/* the node's file has to be written */
	int state_fd;		/* of the state, or -1 */
	int hurry;		/* eventfd: do not pause between syncs */
	int end;		/* eventfd: do not wait to try again */
	bool somebody;		/* waits for durability */
	int stuck;		/* errno of the last checkpoint, if it is one
				 * that lasts; else 0 */
	int unsynced;		/* errno of the last sync, or 0 */
	bool no_sync, no_ckpt;	/* it failed, and is tried again later */
	char told[2][160];	/* why, as it was said last; "" */
	int retry_ms;		/* until the next try; 0: none failed */
	bool folded;		/* the next state waits to be renamed */
	bool closing;
	void (*ready)(void *ctx);	/* or NULL */
	void *ready_ctx;
	struct sync_job sync;
	struct pause_job pause;	/* between syncs */
	struct pause_job retry;	/* after a failure */
	struct ckpt_job ckpt;
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];	/* scratch */
};

/*
 * storefind.c: the record of a path in a table, read into buf.
 * Returns: 0 and *pos, 0 if it is not in that table; -1 with errno.
 */
int store_locate(const struct store *s, const struct rask_gather *g,
    uint64_t place, const char *path, size_t len, uint64_t *pos,
    struct rask_record *r, unsigned char *buf);

/* store.c: put what a record says into table, digest and counts, or undo it. */
void store_shift(struct store *s, const struct undo *u, bool back);
/* A MOVE or MOVED at pos was read, or written. */
void store_moves_read(struct store *s, const struct rask_record *r,
    uint64_t pos);
/* Add the moves that are not over to the batch again.  0, -1 with errno. */
int store_moves_again(struct store *s);
/* What the record r at pos does; `was` is the position it takes over from. */
void store_effect(const struct rask_record *r, uint64_t was, uint64_t pos,
    struct undo *u);

/* storesync.c: begin to make durable what is written; after a commit. */
void store_sync(struct store *s);
/* Try again what failed, and let others try, in a while. */
void store_later(struct store *s);
enum { FAILED_SYNC, FAILED_CKPT };
/* A sync or checkpoint failed: said once for each reason; tried again. */
void store_failed(struct store *s, int which, const char *why);
/* One did not. */
void store_works(struct store *s, int which);
/* Tell of something. */
void store_say(struct store *s, int prio, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* storeckpt.c: begin a checkpoint if it is time for one, or `now`. */
void store_checkpoint(struct store *s, bool now);
/* Fold everything in; for closing.  Returns: 0, or -1 with errno. */
int store_settle(struct store *s);

#define PART_BITS	12	/* parts are no larger than a 4096th */

/* Entries of a part of the store, each of them once. */
struct part {
	struct rask_buf bytes;	/* u64 place, u16 len, entry; each */
	uint64_t *places;	/* of what the tables have; owned */
	size_t n, cap;		/* in use, room */
};

/* storepart.c: all entries below a prefix, tombstones among them, unordered.
 * Returns: 0, or -1 with errno; p is to be freed in any case. */
int part_read(struct store *s, struct part *p, unsigned depth,
    uint64_t prefix);
/* Give a part's memory back; keeps errno. */
void part_free(struct part *p);
/* The next entry of a part; it is taken off, and stands until part_free(). */
bool part_next(struct part *p, uint64_t *place, const unsigned char **e,
    size_t *len);
/* The bits of a place behind a prefix, set. */
#define part_rest(depth)	((depth) == 64 ? 0 : UINT64_MAX >> (depth))

/* Bytes of the feed that the state does not have. */
uint64_t store_ahead(const struct store *s);

#endif
