/* A blocked Bloom filter: all bits of a place are in one cache line. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "filter.h"

#define BLOCK		64	/* bytes of a block */
#define PER_PLACE	10	/* bits for a place, at the least */
#define BITS		7	/* of them set in its block */

struct rask_filter {
	unsigned char *p;	/* n bytes, owned */
	size_t n;		/* a power of 2, BLOCK at least */
	unsigned log;		/* of the number of blocks */
};

/* A filter of n bytes, a power of 2, with nothing in it. */
static struct rask_filter *
make(size_t n)
{
	struct rask_filter *f;

	if ((f = calloc(1, sizeof(*f))) == NULL)
		return NULL;
	if ((f->p = aligned_alloc(BLOCK, n)) == NULL) {
		free(f);
		return NULL;
	}
	memset(f->p, 0, n);
	f->n = n;
	while ((size_t)BLOCK << f->log < n)
		f->log++;
	return f;
}

struct rask_filter *
rask_filter_new(uint64_t n)
{
	size_t size = BLOCK;

	while (size * (uint64_t)8 / PER_PLACE < n) {
		if (size > SIZE_MAX / 16) {
			errno = ENOMEM;
			return NULL;
		}
		size *= 2;
	}
	return make(size);
}

void
rask_filter_free(struct rask_filter *f)
{
	if (f == NULL)
		return;
	free(f->p);
	free(f);
}

uint64_t
rask_filter_made_for(const struct rask_filter *f)
{
	return (uint64_t)f->n * 8 / PER_PLACE;
}

/* A place's block: by its first bits, so that places in order go in order. */
static unsigned char *
block(const struct rask_filter *f, uint64_t place)
{
	return f->p + BLOCK * (f->log == 0 ? 0 : place >> (64 - f->log));
}

/*
 * Numbers of 9 bits each from this are a place's bits in its block, BITS of
 * them.  All places of a block begin alike; the multiplications spread what
 * is left of them (the finalizer of splitmix64).
 */
static uint64_t
spread(uint64_t place)
{
	place = (place ^ place >> 30) * 0xbf58476d1ce4e5b9;
	place = (place ^ place >> 27) * 0x94d049bb133111eb;
	return place ^ place >> 31;
}

void
rask_filter_add(struct rask_filter *f, uint64_t place)
{
	unsigned char *b = block(f, place);
	uint64_t h = spread(place);
	int i;

	for (i = 0; i < BITS; i++, h >>= 9)
		b[h >> 3 & (BLOCK - 1)] |= (unsigned char)(1 << (h & 7));
}

bool
rask_filter_has(const struct rask_filter *f, uint64_t place)
{
	const unsigned char *b = block(f, place);
	uint64_t h = spread(place);
	int i;

	for (i = 0; i < BITS; i++, h >>= 9)
		if ((b[h >> 3 & (BLOCK - 1)] >> (h & 7) & 1) == 0)
			return false;
	return true;
}

const unsigned char *
rask_filter_bytes(const struct rask_filter *f, size_t *n)
{
	*n = f->n;
	return f->p;
}

struct rask_filter *
rask_filter_load(const unsigned char *p, size_t n)
{
	struct rask_filter *f;

	if (n < BLOCK || (n & (n - 1)) != 0) {
		errno = EINVAL;
		return NULL;
	}
	if ((f = make(n)) != NULL)
		memcpy(f->p, p, n);
	return f;
}
