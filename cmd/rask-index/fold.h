#ifndef FOLD_H
#define FOLD_H

#include "entry.h"
#include "segs.h"
#include "state.h"

/*
 * The whole store at one moment, read in the order of places: a state (NULL:
 * none yet) with the records of the feed from its position to another folded
 * in.  Used to make the next state, to list, to dump and to check; it touches
 * no server.
 *
 * Memory: 32 bytes for each path in that part of the feed.
 */
struct fold;

/*
 * Begin: the records in [state's pos, or `pos` without one; upto) are read
 * once, and sorted.
 * Returns: the fold; NULL with errno, EBADMSG and *at the position for damage.
 * Owns:    borrows both.
 */
struct fold *fold_new(struct state *st, const struct segs *s, uint64_t pos,
    uint64_t upto, uint64_t *at);
/* End it; NULL does nothing. */
void fold_free(struct fold *f);

/* The last seq in the part of the feed that was read, or the state's. */
uint64_t fold_seq(const struct fold *f);

/*
 * The next page of the whole, in the order of numbers, for a store of 2^bits
 * pages, at least as many as the state has; its bytes stand until the next
 * call.  *fresh is false if the state has exactly these bytes.
 * Returns: 1, 0 at the end, -1 with errno; *at as in fold_new(), or the number
 *          of the page that is damaged, when *where says so.
 */
int fold_next(struct fold *f, unsigned bits, const unsigned char **page,
    size_t *len, uint32_t *number, bool *fresh);

#endif
