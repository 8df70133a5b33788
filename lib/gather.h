#ifndef RASK_GATHER_H
#define RASK_GATHER_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where the entries are that changed since the last checkpoint: a table from
 * places to positions in the feed, 16 bytes an entry in use.
 *
 * Always true: a (place, position) stands once; several positions may have
 * one place, being of different paths (whoever asks compares the paths);
 * growing moves a 256th of the table at a time, so that no call takes long.
 * Positions are not 0.
 */
struct rask_gather;

/* An empty table, or NULL with ENOMEM. */
struct rask_gather *rask_gather_new(void);
/* End it; NULL does nothing. */
void rask_gather_free(struct rask_gather *g);

/*
 * Positions that have a place, one after the other: begin with *cursor 0.
 * Returns: a position, or 0 when there is no further one.  The cursor stands
 *          until the next call that changes g.
 */
uint64_t rask_gather_next(const struct rask_gather *g, uint64_t place,
    uint64_t *cursor);

/*
 * Positions of all places that begin with the first `depth` bits of one, in
 * no order; *at is the place of each.
 * Shape:   depth is 0 to 64; the cursor as above.
 */
uint64_t rask_gather_below(const struct rask_gather *g, unsigned depth,
    uint64_t place, uint64_t *cursor, uint64_t *at);

/*
 * Make room for one more, so that the next rask_gather_add() cannot fail.
 * Returns: 0, or -1 with ENOMEM and g as it was.
 */
int rask_gather_room(struct rask_gather *g, uint64_t place);

/* Add one.  Shape: rask_gather_room() was called for this place before. */
void rask_gather_add(struct rask_gather *g, uint64_t place, uint64_t pos);

/* Replace a position that is there by another, or take it out (to: 0). */
void rask_gather_move(struct rask_gather *g, uint64_t place, uint64_t from,
    uint64_t to);

size_t rask_gather_count(const struct rask_gather *g);	/* entries */
size_t rask_gather_bytes(const struct rask_gather *g);	/* of memory */

#endif
