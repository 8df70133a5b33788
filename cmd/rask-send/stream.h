#ifndef STREAM_H
#define STREAM_H

#include "send.h"

#define SLICE	RASK_SLICE_MAX	/* bytes read and sent at once */
#define AHEAD	(2 * SLICE)	/* bytes queued that keep the socket busy */

/* A large file on its way out. */
struct stream {
	struct rask_job job;		/* first; one at a time */
	struct stream *next;		/* the next to have its turn */
	struct send *s;
	uint64_t id;			/* number of the change; 0: verify */
	struct rask_todo_item *item;	/* what it came from; see verify */
	bool verify;			/* is it what the receiver has? then
					   item is ours, and nothing is sent */
	unsigned class;
	unsigned tree;			/* number of its root */
	int fd;				/* owned */
	struct stat st;			/* of fd when it was opened */
	uint64_t size;			/* bytes in all */
	uint64_t at;			/* bytes read */
	uint64_t from;			/* bytes that need not be sent */
	struct rask_mac *mac;		/* over what was read */
	unsigned char key[RASK_KEY_LEN];	/* of mac */
	unsigned char tag[RASK_TAG_LEN];	/* over all; verify: expected */
	int64_t base;			/* verify: mtime over there, ns */
	void *slab;			/* for the slice, owned, or NULL */
	unsigned char *p;		/* in the slab */
	size_t want;			/* bytes of the slice */
	int error;			/* of the job: errno, ESTALE: changed */
	bool busy;			/* the job is on its way */
	bool ended;			/* END was queued */
	bool over;			/* to be dropped after the job */
};

/* The stream is over: it goes now, or when its job is through. */
void stream_end(struct stream *st);

/*
 * Take back what was not begun, and tell the receiver to forget it.
 * Returns: the item it came from, the caller's; NULL if it was acked already.
 */
struct rask_todo_item *stream_cancel(struct stream *st);

/* A file was verified: send its mode and mtime, or all of it. */
void stream_verified(struct stream *st);

/* For the timer of -r. */
void stream_on_rate(struct ev_loop *loop, ev_timer *w, int revents);

#endif
