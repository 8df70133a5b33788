/* A pool of equal pieces of memory. */
#include <stdlib.h>

#include "slab.h"

#define PAGE	4096

struct rask_slabs {
	size_t size;	/* bytes of one */
	unsigned keep;	/* unused ones to hold at most */
	unsigned n;	/* unused ones held */
	void **unused;	/* keep places, n of them filled */
};

struct rask_slabs *
rask_slabs_new(size_t size, unsigned keep)
{
	struct rask_slabs *p;

	if ((p = calloc(1, sizeof(*p))) == NULL)
		return NULL;
	p->size = size;
	p->keep = keep;
	if ((p->unused = calloc(keep ? keep : 1, sizeof(void *))) == NULL) {
		free(p);
		return NULL;
	}
	return p;
}

void
rask_slabs_free(struct rask_slabs *p)
{
	if (p == NULL)
		return;
	while (p->n > 0)
		free(p->unused[--p->n]);
	free(p->unused);
	free(p);
}

void *
rask_slab_get(struct rask_slabs *p)
{
	return p->n > 0 ? p->unused[--p->n] : aligned_alloc(PAGE, p->size);
}

void
rask_slab_put(struct rask_slabs *p, void *slab)
{
	if (slab != NULL && p->n < p->keep)
		p->unused[p->n++] = slab;
	else
		free(slab);
}
