#ifndef NODE_H
#define NODE_H

#include <stdbool.h>
#include <stdint.h>

#define NODE_NAME_MAX	255	/* bytes */

/*
 * What a node is, in a file `node` of its own, which is replaced as a whole:
 * its id and its feed's epoch, made once, and how far counters and seqs may
 * have been given.
 *
 * Always true on disk: no counter or seq above the ceilings was given, unless
 * the clock went back since (counters: see store_counter_used()).
 */
struct node {
	uint64_t id;			/* random, not 0 */
	uint64_t epoch;			/* of the feed, random, not 0 */
	uint64_t counter_ceiling;	/* us since the epoch, or above */
	uint64_t seq_ceiling;		/* of seqs */
	bool clean;			/* it was closed, nothing to recover */
	unsigned char boot[16];		/* the boot that wrote this */
	char name[NODE_NAME_MAX + 1];	/* for people */
	char tree[4096];		/* root of the tree, or "" */
};

/*
 * Read it.
 * Returns: 0; -1 with errno: ENOENT, EBADMSG (damaged), ENOTSUP (a newer
 *          format), or of the system.
 */
int node_read(int dir, struct node *n);

/* Make a new one, with random ids; nothing is written.  0, -1 with errno. */
int node_make(struct node *n);

/* Replace the file, durably.  Returns: 0; -1 with errno, and it is as it was.
 * Blocks:  on the disk. */
int node_write(int dir, const struct node *n);

/* This boot's id, as the kernel says it; zeros if it does not. */
void node_boot(unsigned char boot[16]);

#endif
