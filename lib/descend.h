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
 *	ITEMS    n times: u16 k, k items of 16 bytes; k 0xffff and no items:
 *		 more than RASK_ITEMS_EACH, ask below
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
#define RASK_NODE_LEN	9	/* bytes of a node */

struct rask_node {
	unsigned depth;		/* bits, 0 to 60 */
	uint64_t place;		/* the prefix, its other bits 0 */
};

/* Read a SUMS? or ITEMS? body.  Returns: n nodes in `out`, room for max of
 * them, or -1 with EPROTO. */
int rask_nodes_read(const unsigned char *p, size_t len,
    struct rask_node *out, int max);
/* Add such a body.  Returns: 0, or -1 with ENOMEM. */
int rask_nodes_add(struct rask_buf *out, const struct rask_node *nodes,
    int n);

/* What is asked next. */
enum rask_descend_ask {
	RASK_DESCEND_DONE,	/* nothing: all differences are known */
	RASK_DESCEND_WAIT,	/* nothing before an answer comes */
	RASK_DESCEND_SUMS,	/* ask both sides SUMS? */
	RASK_DESCEND_ITEMS	/* ask both sides ITEMS? */
};

/*
 * The driver.
 *
 * Always true: memory grows with the differences, not with the trees; sums of
 * at most RASK_DESCEND_OPEN questions are on their way; every place at which
 * the items differ is told once.
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

/* The depth below which about ten of n entries are. */
unsigned rask_descend_depth(uint64_t n);

/*
 * The next question: its body is added to `out`, and *id names it.
 */
enum rask_descend_ask rask_descend_next(struct rask_descend *d,
    struct rask_buf *out, uint32_t *id);

/*
 * An answer to question id: side 0 is one's own, side 1 the other's.  When
 * both are there they are compared.
 * Returns: 0; -1 with EPROTO (the answer is none to that question), ENOMEM.
 */
int rask_descend_answer(struct rask_descend *d, uint32_t id, int side,
    const unsigned char *p, size_t len);

#endif
