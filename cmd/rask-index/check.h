#ifndef CHECK_H
#define CHECK_H

#include "entryline.h"
#include "look.h"
#include "verb.h"
#include "whole.h"

/* A store being held against itself, and against its tree. */
struct check {
	struct verb *v;		/* borrowed */
	const char *who;	/* the store's name in messages */
	struct whole w;
	bool damaged;		/* something was found, and told */
	uint64_t live, gone;	/* entries counted, tombstones */
	uint64_t records;	/* of the feed */
	struct rask_sum root;	/* sum of the live entries */
	bool unknown;		/* what these should be cannot be told */
	struct look look;	/* at the tree, with -t */
	uint64_t *places;	/* of live entries, with -t; owned */
	size_t n, cap;		/* in use, allocated */
	uint64_t differing;	/* paths printed */
	struct rask_question q;
	struct rask_reply r;
	struct rask_buf out;
	struct entryline l;
};

/* Open the tree.  Returns: 0, or an exit status. */
int checktree_open(struct check *c);
/* Hold one live entry against it.  As checktree_open(). */
int checktree_entry(struct check *c, const struct rask_entry *e);
/* Find what is in the tree and not in the store.  As checktree_open(). */
int checktree_rest(struct check *c);

#endif
