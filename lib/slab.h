#ifndef RASK_SLAB_H
#define RASK_SLAB_H

#include <stddef.h>

/*
 * A pool of equal pieces of memory.  Fresh mappings of this size cost as much
 * as moving the bytes through them, so a few are kept for the next user.
 *
 * Always true: at most `keep` unused slabs are held.  One thread only.
 */
struct rask_slabs;

/*
 * A pool of slabs of `size` bytes, a multiple of the page's 4096; each begins
 * at a page.  Returns: the pool, or NULL with ENOMEM.
 */
struct rask_slabs *rask_slabs_new(size_t size, unsigned keep);

/* Every slab has been put back by now. */
void rask_slabs_free(struct rask_slabs *p);

/* Returns: a slab with undefined contents, or NULL with ENOMEM. */
void *rask_slab_get(struct rask_slabs *p);

/* Give a slab back; NULL does nothing. */
void rask_slab_put(struct rask_slabs *p, void *slab);

#endif
