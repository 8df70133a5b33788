#ifndef BULK_H
#define BULK_H

#include "recv.h"

/* A large file on its way in; see bulk.c for what is always true of it. */
struct stream {
	struct stream *next;
	struct conn *c;
	uint64_t id;		/* number of the change */
	struct rask_msg m;	/* its OPEN */
	struct rask_part part;
	struct rask_mac *mac;	/* over what is written, the worker's */
	unsigned char tag[RASK_TAG_LEN];	/* from END */
	uint64_t expect;	/* offset up to which slices were taken */
	unsigned jobs;		/* on their way */
	int error;		/* errno of a write, the worker's */
	bool ended;		/* END has come */
	bool dead;		/* refused or aborted: wait for the jobs */
	bool forget;		/* its partial file goes too */
};

/*
 * Write the next n bytes of a stream, which belong at offset `at`, now.
 * Returns: 0, or -1 with s->error set.
 */
int slice_write(struct stream *s, const unsigned char *p, uint64_t at,
    size_t n);

/*
 * Have the worker write them: p is in slab, which it takes; or, with no slab,
 * have it check the n bytes that are there already.  count is the credit that
 * is given back when it is done.  Returns: 0, or -1 with ENOMEM.
 */
int slice_submit(struct stream *s, void *slab, const unsigned char *p,
    uint64_t at, size_t n, size_t count);

/* bulk.c: look whether a stream can be ended, once no job is on the way. */
void bulk_settle(struct stream *s);

#endif
