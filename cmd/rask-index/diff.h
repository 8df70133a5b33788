#ifndef DIFF_H
#define DIFF_H

#include "entryline.h"
#include "verb.h"

#define DIFF_PLACES	64	/* asked for at once */
#define DIFF_OPEN	16	/* questions of one side, more than the
				 * driver asks */

/* One of the two indexes; 0 is one's own. */
struct side {
	struct rask_index *x;	/* owned */
	const char *sock;	/* its name in messages */
	struct rask_sum root;	/* of its digest */
	uint64_t count;		/* of live entries */
	uint32_t ids[DIFF_OPEN];	/* of questions, in order */
	unsigned asked, answered;	/* questions */
	struct rask_buf got;	/* entries, u16 len before each */
	size_t done;		/* places answered */
};

/* What is being compared. */
struct diff {
	struct side side[2];
	bool json;
	uint64_t *places;	/* that differ; owned */
	size_t n, cap;		/* in use, allocated */
	bool full;		/* out of memory for them */
	uint64_t told;		/* lines printed */
	struct rask_question q;
	struct rask_reply r;
	struct rask_buf out;
	struct entryline l;
};

/*
 * Get the entries at the places that differ from both, and print them: of each
 * path the one that stands, from=local or remote, and reason= missing (the
 * other knows nothing of it), newer, or differs (no dot is higher).
 * Returns: 0, or an exit status.
 */
int diff_print(struct diff *d);

#endif
