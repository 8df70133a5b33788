#ifndef FOLD_H
#define FOLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "segs.h"
#include "state.h"

/*
 * The whole store at one moment, read in the order of places: a state (NULL:
 * none yet) with the records of the feed from its position to another folded
 * in.  Used to make the next state, to list, to dump and to check; it touches
 * no server.
 *
 * Memory: 24 bytes for each record in that part of the feed, and as much again
 * while it begins.
 */
struct fold;

/* Sees each record of the feed's part while it is read; or NULL. */
typedef void fold_see(void *ctx, const struct rask_record *r);

/*
 * Begin: the records in [state's pos, or `pos` without one; upto) are read
 * once, with their checks, and sorted.  The segments are mapped.
 * Returns: the fold; NULL with errno, EBADMSG for damage; and *at the position
 *          of that, or of the end.
 * Owns:    borrows both.
 */
struct fold *fold_new(struct state *st, struct segs *s, uint64_t pos,
    uint64_t upto, fold_see *see, void *ctx, uint64_t *at);
/* End it; NULL does nothing. */
void fold_free(struct fold *f);

/* The last seq in the part of the feed that was read, or the state's. */
uint64_t fold_seq(const struct fold *f);

/*
 * How many of 2^bits pages the records are in.
 * Shape:   bits: as many as the state has, or more.
 */
uint64_t fold_touched(const struct fold *f, unsigned bits);

/*
 * From now on fold_next() passes over the pages that the state has exactly,
 * without reading them.
 * Shape:   for a fold with a state, and as many bits as that has.
 */
void fold_fresh_only(struct fold *f);

/*
 * The next page of the whole, in the order of numbers, for a store of 2^bits
 * pages, at least as many as the state has and the same each time; its bytes
 * stand until the next call.  *fresh is false if the state has exactly these
 * bytes.
 * Returns: 1, 0 at the end, -1 with errno, and fold_fault() tells where.
 */
int fold_next(struct fold *f, unsigned bits, const unsigned char **page,
    size_t *len, uint32_t *number, bool *fresh);

/*
 * Where the last call of fold_next() failed.
 * Returns: true, and *at is the number of a page of the state; or false, and
 *          it is a position in the feed.
 */
bool fold_fault(const struct fold *f, uint64_t *at);

#endif
