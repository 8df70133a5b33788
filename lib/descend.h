#ifndef RASK_DESCEND_H
#define RASK_DESCEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "digest.h"

/*
 * Finding where two digests differ.  One side drives: it asks both (its own
 * index and the other one) for the same, compares, and asks for what is below
 * where they differ.  An index answers without remembering anything.
 *
 * Bodies of the questions and answers, big-endian:
 *
 *	SUMS?    u16 n, n nodes			at most RASK_SUMS_MAX
 *	SUMS     n times 16 sums of 16 bytes: of the nodes 4 bits below
 *	ITEMS?   u16 n, n nodes			at most RASK_ITEMS_MAX
 *	ITEMS    n times: u16 k, k items of 16 bytes in any order; k 0xffff and
 *		 no items: more than RASK_ITEMS_EACH, ask below
 *	node:    u8 depth, a multiple of 4; u64 place, whose first `depth` bits
 *		 count and whose others are 0
 *	item:    u64 place   u64 the first 8 bytes of the entry's item
 *
 * The root is asked for as ROOT?, with the asker's root and count, and
 * answered with the answerer's: equal trees cost one frame each way.
 *
 * From: rask-protocol(7), Digests.
 */
#define RASK_SUMS_MAX	960	/* nodes in one SUMS?: 240 KiB of answer */
#define RASK_ITEMS_MAX	120	/* nodes in one ITEMS? */
#define RASK_ITEMS_EACH	128	/* items of a node, at most */
#define RASK_ITEMS_MORE	0xffff	/* k: more than that */
#define RASK_NODE_LEN	9	/* bytes of a node */
#define RASK_SUMS_LEN	256	/* bytes of 16 sums */

struct rask_node {
	unsigned depth;		/* bits, 0 to 60 */
	uint64_t place;		/* the prefix, its other bits 0 */
};

/* Is the place below the node? */
bool rask_node_holds(struct rask_node node, uint64_t place);

/*
 * The leaves of a digest, or pages, that hold what is below a node.
 * Returns: how many, and *first is the first one's number; 1 where the node is
 *          a part of it.
 */
uint32_t rask_node_leaves(struct rask_node node, unsigned bits,
    uint32_t *first);

/* Read a SUMS? or ITEMS? body.  Returns: n >= 1 nodes in `out`, room for max
 * of them, or -1 with EPROTO. */
int rask_nodes_read(const unsigned char *p, size_t len,
    struct rask_node *out, int max);
/* Add such a body.  Returns: 0, or -1 with ENOMEM. */
int rask_nodes_add(struct rask_buf *out, const struct rask_node *nodes,
    int n);

/*
 * The answer to a node of SUMS?: from the digest where it is deep enough, else
 * from all zero and each item of the pages that hold the node.
 */

/* Returns: true; false where the digest has not got the sums. */
bool rask_sums_digest(struct rask_sum sums[16], const struct rask_digest *d,
    struct rask_node node);
/* Count an item; one that is not below the node is passed over. */
void rask_sums_item(struct rask_sum sums[16], struct rask_node node,
    uint64_t place, struct rask_sum item);
/* Add them to an answer.  Returns: 0, or -1 with ENOMEM. */
int rask_sums_add(struct rask_buf *out, const struct rask_sum sums[16]);

/* The answer to a node of ITEMS?, all zero at first. */
struct rask_items {
	size_t n;		/* items; one more than EACH: too many */
	unsigned char at[16 * RASK_ITEMS_EACH];	/* as on the wire */
};

/* Count an item; one of zero or not below the node is passed over. */
void rask_items_item(struct rask_items *items, struct rask_node node,
    uint64_t place, struct rask_sum item);
/* Add them to an answer.  Returns: 0, or -1 with ENOMEM. */
int rask_items_add(struct rask_buf *out, const struct rask_items *items);

/* What is asked next. */
enum rask_descend_ask {
	RASK_DESCEND_FAILED = -1,	/* ENOMEM; nothing was asked */
	RASK_DESCEND_DONE,	/* nothing: all differences are known */
	RASK_DESCEND_WAIT,	/* nothing before an answer comes */
	RASK_DESCEND_SUMS,	/* ask both sides SUMS? */
	RASK_DESCEND_ITEMS	/* ask both sides ITEMS? */
};

/*
 * The driver.
 *
 * Always true: memory has a bound that does not depend on the trees, since the
 * deepest is asked first; at most RASK_DESCEND_OPEN questions are on their way;
 * every place at which the items differ is told once.  A side that lies can
 * make it go on for as long as it finds new lies: whoever asks a stranger
 * counts.
 */
struct rask_descend;
#define RASK_DESCEND_OPEN	8

/*
 * Start at the root: the caller has compared that already.
 * Shape:   bits: depth from which items are asked for instead of sums, a
 *          multiple of 4: the deeper side's rask_descend_depth().
 *          differ is called with a place at which an entry differs.
 * Returns: the driver, or NULL with ENOMEM.
 */
struct rask_descend *rask_descend_new(unsigned bits,
    void (*differ)(void *ctx, uint64_t place), void *ctx);
/* End it; NULL does nothing. */
void rask_descend_free(struct rask_descend *d);

/* The depth below which few of n entries are, 16 on average at most. */
unsigned rask_descend_depth(uint64_t n);

/*
 * The next question: its body is added to `out`, and *id names it.
 */
enum rask_descend_ask rask_descend_next(struct rask_descend *d,
    struct rask_buf *out, uint32_t *id);

/*
 * An answer to question id: side 0 is one's own, side 1 the other's.  When
 * both are there they are compared, in whatever order answers come.
 * Returns: 0; -1 with EPROTO (the answer is none to that question) or ENOMEM,
 *          and d as it was.
 */
int rask_descend_answer(struct rask_descend *d, uint32_t id, int side,
    const unsigned char *p, size_t len);

#endif
