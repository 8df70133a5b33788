#ifndef RASK_FILTER_H
#define RASK_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A set of places that says 'certainly not in it' or 'perhaps': of what is
 * not in it, about one in a hundred is a perhaps while it holds what it was
 * made for.
 *
 * Always true: what was added is a perhaps for ever.
 *
 * From: Putze, Sanders and Singler, "Cache-, Hash- and Space-Efficient Bloom
 *       Filters", 2007: blocks of one cache line.
 */
struct rask_filter;

/* A filter made for n places, of a power of 2 of bytes.  NULL: ENOMEM. */
struct rask_filter *rask_filter_new(uint64_t n);
/* End it; NULL does nothing. */
void rask_filter_free(struct rask_filter *f);

/* How many places it was made for, at most. */
uint64_t rask_filter_made_for(const struct rask_filter *f);

void rask_filter_add(struct rask_filter *f, uint64_t place);
bool rask_filter_has(const struct rask_filter *f, uint64_t place);

/* Its bytes, the same on every machine, and how many there are. */
const unsigned char *rask_filter_bytes(const struct rask_filter *f,
    size_t *n);
/*
 * The filter whose bytes these were; n is a power of 2, 64 at least.
 * Returns: the filter, or NULL with EINVAL or ENOMEM.
 */
struct rask_filter *rask_filter_load(const unsigned char *p, size_t n);

#endif
