#ifndef WHOLE_H
#define WHOLE_H

#include "fold.h"
#include "node.h"
#include "query.h"
#include "segs.h"
#include "state.h"

/*
 * A store as it was at one moment, read in a process of its own: from the
 * descriptors that a server gave away, or from a directory that nobody serves.
 */
struct whole {
	struct rask_view v;	/* what is known of that moment */
	struct state *st;	/* owned; NULL: there is none */
	struct segs segs;	/* owned */
	int dir;		/* owned; -1: none */
	struct fold *f;		/* owned */
	unsigned bits;		/* pages are read by so many */
	bool served;		/* root and counts were given by a server */
	bool strict;		/* pages are looked at for order, too */
	bool cut;		/* the feed ends in what was never durable */
	int lock;		/* owned; of a directory that is not served */
	struct node node;	/* whose it is, if there is a directory */
	char where[64];		/* what is damaged, for a message */
};

struct verb;

/* Get one from the index of v->sock.  Returns: 0, or an exit status. */
int whole_view(struct whole *w, struct verb *v);
/*
 * Open a directory that nobody serves.  What an unclean stop has left at the
 * feed's end is left out, and `cut` says so.
 * Returns: 0, or an exit status.
 */
int whole_dir(struct whole *w, const char *dir);
/* Give everything back. */
void whole_close(struct whole *w);

/*
 * Call fn for every entry, tombstones too, in the order of places.
 * Returns: 0; what fn returned if that was not 0; or an exit status, damage
 *          having been told as of `who`.
 */
int whole_each(struct whole *w, const char *who,
    int (*fn)(void *ctx, const struct rask_entry *e), void *ctx);

/* Name a position of the feed in w->where. */
void whole_place(struct whole *w, uint64_t pos);

/* Say that something is damaged or could not be read (errno). */
int whole_damaged(const char *who, const char *where);

#endif
