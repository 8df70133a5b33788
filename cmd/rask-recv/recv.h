#ifndef RECV_H
#define RECV_H

#include <ev.h>
#include <stdbool.h>
#include <stdint.h>

#include "ack.h"
#include "link.h"
#include "msg.h"
#include "out.h"
#include "pace.h"
#include "part.h"
#include "slab.h"
#include "treeop.h"
#include "work.h"

#define CHILDREN_MAX	256	/* connections at once */
#define STREAMS_MAX	64	/* large files at once in a connection */
#define RULES_MAX	64	/* -a options */
#define ADDRS_MAX	16	/* -l options */
#define WINDOW_MAX	(16 * 1024 * 1024)	/* most credit given, bytes */
#define OUT_MAX		(1024 * 1024)	/* bytes to the peer that wait */
#define SLICES_MAX	1024	/* slices to be written that wait */

enum sync_mode {
	SYNC_NONE,		/* never; no change is acked as durable */
	SYNC_BATCH,		/* behind the acks of what is visible */
	SYNC_EACH		/* before any ack */
};

/* What main was told. */
struct opts {
	const char *dir;		/* the tree */
	const char *tree;		/* its name */
	const char *listen[ADDRS_MAX];	/* -l */
	const char *allow[RULES_MAX];	/* -a */
	unsigned n_listen, n_allow;
	enum sync_mode sync;
	const char *sync_word;		/* as it was given */
	bool json, quiet;		/* how lines are printed, and whether */
	bool open;			/* anybody may connect */
	bool stdio;			/* the wire is descriptors 0 and 1 */
	bool accepted;			/* run by a listener, see listen.c */
};

/*
 * Listen, and run a process for each connection.
 * Returns: an exit status.
 */
int listen_run(const struct opts *o);

/* One connection, over descriptors 0 and 1.  Returns: an exit status. */
int conn_run(const struct opts *o);

/* allow.c: may this address connect?  Is this a rule that can be followed? */
bool allow_check(const struct opts *o, const struct rask_sockaddr *sa);
/* Does every -a rule make sense?  Else it is told which does not. */
bool allow_sane(const char *rule);

/*
 * Changes on their way to the disk.
 *
 * Always true: a change is in `now` until a sync begins after it, then in the
 * job, and is acked as durable only when that sync has succeeded.
 */
#define SMALL_MAX	16	/* changes that are synced one by one */

struct batch {
	struct rask_job job;	/* first, so that the job is the batch */
	struct conn *c;		/* whose it is */
	struct rask_acks acks;	/* the changes in it */
	struct rask_taken *taken;	/* to be settled behind it */
	unsigned count;		/* changes in it */
	struct {
		char *path;	/* its directory is synced; owned */
		bool file;	/* and so is the file itself */
	} small[SMALL_MAX];
	unsigned n_small;	/* used; SMALL_MAX + 1: too many, sync all */
	bool whole;		/* the filesystem has to be synced */
	unsigned kept;		/* conflicts kept while settling */
	int error;		/* errno of the sync, or 0 */
	int64_t took;		/* ns that it took */
};

/* One connection. */
struct conn {
	const struct opts *o;
	struct ev_loop *loop;
	struct rask_link link;		/* the wire */
	struct rask_tree tree;
	bool tree_open;			/* tree stands */
	bool noted;			/* the peer is in .rask/from */
	bool ready;			/* both HELLOs are through */
	bool ending;			/* BYE was said or heard, or the end */
	bool stopping;			/* a signal said so */
	int status;			/* what conn_run() returns */
	unsigned bye_code;		/* last words: sysexits(3) */
	char bye[256];			/* and why, or "": none */
	struct rask_hello peer;
	char who[RASK_NODE_MAX + 64];	/* the peer, for messages */
	struct rask_slabs *slabs;
	struct rask_deframe *in;
	struct rask_msg msg;		/* the change being looked at */
	struct rask_buf out;		/* frames to the peer */
	struct rask_acks visible;	/* acks to be sent with them */
	struct rask_out lines;		/* to the listener */
	uint64_t written;		/* bytes of DATA done with */
	uint64_t told;			/* of these, told to the peer */
	struct rask_pace pace;		/* who writes slices */
	uint64_t waiting;		/* bytes of DATA not yet written */
	unsigned slices;		/* they are in */
	struct rask_work *disk;		/* writes large files */
	struct rask_work *syncer;	/* makes batches durable */
	struct stream *streams;		/* large files on their way in */
	unsigned n_streams;
	struct batch *now;		/* being gathered */
	struct batch *job;		/* being synced, or NULL */
	struct rask_taken *held;	/* taken out; a writer is still at it */
	ev_io rd, wr, lines_rd, lines_wr, disk_rd, sync_rd;
	ev_timer sync_timer, hello_timer, held_timer;
	ev_periodic never;		/* keeps libev from waking up */
	ev_signal term, intr, usr1;
	uint64_t n_changes, n_held, n_refused, n_bytes;	/* counters */
	int64_t sync_free;		/* ns, monotonic: none before this */
	uint64_t n_syncs, n_conflicts;
};

/* conn.c: what goes back */
/* The connection is to end with a BYE that says so. */
void conn_end(struct conn *c, int status, const char *why);
/* Does so much wait that no more is read from the peer for now? */
bool conn_full(const struct conn *c);
/* The connection is over; why is for the log alone, and may be NULL. */
void conn_lost(struct conn *c, const char *why);
/* A change stands: ack it, and print it if it was made just now. */
void conn_ack(struct conn *c, uint64_t stream, enum rask_outcome how,
    const struct rask_msg *m);
/* A change was not made: tell the sender, and stderr. */
void conn_refuse(struct conn *c, uint64_t stream, const char *path,
    unsigned code, const char *why);
/* The same, with the code and words that an errno stands for. */
void conn_refuse_errno(struct conn *c, uint64_t stream, const char *path,
    int e);
/* Send what waits, and tell the credit; never blocks. */
void conn_flush(struct conn *c);
/* Send what is left, the BYE last, and let the peer read it for a second. */
void conn_drain(struct conn *c);
/* ns, of a clock that does not go back. */
int64_t conn_now(void);

/* greet.c: the peer's first frame */
void greet(struct conn *c, const struct rask_frame *f);

/* apply.c: one change */
void apply(struct conn *c, const struct rask_frame *f);

/* bulk.c: large files */
void bulk_open(struct conn *c, const struct rask_msg *m);
/* DATA: a slice.  Returns: 0, or -1 for what breaks the rules. */
int bulk_data(struct conn *c, struct rask_frame *f);
/* END: all was sent.  Returns: 0, or -1 for what breaks the rules. */
int bulk_end(struct conn *c, const struct rask_frame *f);
/* ABORT: the sender has given it up; what is written may be resumed. */
void bulk_abort(struct conn *c, uint64_t stream);
/* Let go of all streams; no job is on the way. */
void bulk_free(struct conn *c);

/* durable.c */
int durable_init(struct conn *c);
/* file: path has new content; path2 may be NULL; takes taken. */
void durable_add(struct conn *c, uint64_t stream, bool file,
    const char *path, const char *path2, struct rask_taken *taken);
/* Sync what waits and wait for it: the end. */
void durable_finish(struct conn *c);
/* Give the batch at hand back; what it took out is left to cleaning. */
void durable_free(struct conn *c);

#endif
