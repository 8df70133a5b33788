#ifndef RASK_DIGEST_H
#define RASK_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "entry.h"

/* A sum of items, modulo 2^128; all zero is the sum of none. */
struct rask_sum {
	uint64_t hi, lo;
};

/* Add b to a, or take it away. */
void rask_sum_add(struct rask_sum *a, struct rask_sum b);
/* The reverse of rask_sum_add(). */
void rask_sum_sub(struct rask_sum *a, struct rask_sum b);
/* Are they the same? */
bool rask_sum_equal(struct rask_sum a, struct rask_sum b);
/* Write or read 16 bytes, big-endian. */
void rask_sum_write(struct rask_sum s, unsigned char p[16]);
/* The reverse of rask_sum_write(). */
struct rask_sum rask_sum_read(const unsigned char p[16]);

/*
 * The item of an entry: zero for a tombstone, which is consulted but not
 * summed; else the first 16 bytes of SHA-256 over
 *
 *	u8 kind   u16 mode   u64 size   i64 mtime   u64 node, u64 counter of
 *	the dot   str path   str target
 *
 * Content hashes, signatures and the ancestry below the dot are not in it.
 * Returns: the item.  Out of memory inside libcrypto ends the process: an item
 *          left out would be a difference that nobody made.
 * From:    rask-protocol(7), Digests.
 */
struct rask_sum rask_entry_item(const struct rask_entry *e);

/*
 * The digest of a tree: sums over all items whose place has a prefix in
 * common.  Places are what rask_place() gives; a prefix of depth d is the
 * place's first d bits.  (In memory: 16 bytes a leaf; above them a fifteenth
 * of that if `bits` is a multiple of 4, else eight fifteenths at most.)
 *
 * Always true: the sum of a node is the sum of its children's; the root is
 * the sum of all items.
 */
struct rask_digest;

#define RASK_DIGEST_BITS_MAX	28	/* depth of leaves */

/* A digest of nothing, with 2^bits leaves.  NULL: ENOMEM. */
struct rask_digest *rask_digest_new(unsigned bits);
/* End it; NULL does nothing. */
void rask_digest_free(struct rask_digest *d);

/* The depth of its leaves. */
unsigned rask_digest_bits(const struct rask_digest *d);

/* Add an item at a place, or take it away. */
void rask_digest_add(struct rask_digest *d, uint64_t place,
    struct rask_sum item);
/* The reverse of rask_digest_add(). */
void rask_digest_sub(struct rask_digest *d, uint64_t place,
    struct rask_sum item);

/*
 * The sum at a depth, of the prefix that `place` begins with.
 * Shape:   depth is at most the leaves'.
 */
struct rask_sum rask_digest_sum(const struct rask_digest *d, unsigned depth,
    uint64_t place);

/*
 * Set all leaves, 2^bits times 16 bytes as rask_sum_write() writes them, in
 * the order of places; what is above them follows.
 */
void rask_digest_load(struct rask_digest *d, const unsigned char *leaves);
/* Write all leaves. */
void rask_digest_save(const struct rask_digest *d, unsigned char *leaves);

/* Add everything in b to a, which has as many leaves. */
void rask_digest_merge(struct rask_digest *a, const struct rask_digest *b);

#endif
