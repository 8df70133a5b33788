/* Digests: sums of items over places, in levels of four bits. */
#include <stdlib.h>
#include <string.h>

#include "digest.h"
#include "path.h"
#include "wire.h"

#define LEVELS	(RASK_DIGEST_BITS_MAX / 4 + 1)

struct rask_digest {
	unsigned bits;		/* depth of the leaves */
	unsigned levels;	/* in use; the last one is the leaves */
	unsigned depth[LEVELS];	/* bits; 0, 4, 8 and so on, then `bits` */
	struct rask_sum *at[LEVELS];	/* 2^depth sums, in all[] */
	size_t n;		/* sums on all levels */
	struct rask_sum all[];
};

void
rask_sum_add(struct rask_sum *a, struct rask_sum b)
{
	a->lo += b.lo;
	a->hi += b.hi + (a->lo < b.lo);
}

void
rask_sum_sub(struct rask_sum *a, struct rask_sum b)
{
	a->hi -= b.hi + (a->lo < b.lo);
	a->lo -= b.lo;
}

bool
rask_sum_equal(struct rask_sum a, struct rask_sum b)
{
	return a.hi == b.hi && a.lo == b.lo;
}

void
rask_sum_write(struct rask_sum s, unsigned char p[16])
{
	rask_wire_u64(rask_wire_u64(p, s.hi), s.lo);
}

struct rask_sum
rask_sum_read(const unsigned char p[16])
{
	struct rask_rd rd = { p, p + 16, false };
	struct rask_sum s;

	s.hi = rask_rd_u64(&rd);
	s.lo = rask_rd_u64(&rd);
	return s;
}

struct rask_sum
rask_entry_item(const struct rask_entry *e)
{
	unsigned char b[64 + 2 * RASK_PATH_MAX], sha[RASK_SHA_LEN], *p = b;
	struct rask_dot dot;

	if (e->kind == RASK_KIND_GONE)
		return (struct rask_sum){ 0, 0 };
	dot = rask_version_dot(&e->version);
	*p++ = (unsigned char)e->kind;
	p = rask_wire_u16(p, e->mode);
	p = rask_wire_u64(p, e->size);
	p = rask_wire_u64(p, (uint64_t)e->mtime);
	p = rask_wire_u64(p, dot.node);
	p = rask_wire_u64(p, dot.counter);
	p = rask_wire_u16(p, e->path_len);
	memcpy(p, e->path, e->path_len);
	p = rask_wire_u16(p + e->path_len, e->target_len);
	if (e->target_len > 0)
		memcpy(p, e->target, e->target_len);
	p += e->target_len;
	if (rask_sha(b, (size_t)(p - b), sha) == -1)
		abort();
	return rask_sum_read(sha);
}

/* The number of the node at a depth that a place is in. */
static size_t
node_of(uint64_t place, unsigned depth)
{
	return depth == 0 ? 0 : (size_t)(place >> (64 - depth));
}

struct rask_digest *
rask_digest_new(unsigned bits)
{
	struct rask_digest *d;
	unsigned depth[LEVELS], levels = 0, i;
	size_t n = 0;

	for (i = 0; i < bits; i += 4)
		depth[levels++] = i;
	depth[levels++] = bits;
	for (i = 0; i < levels; i++)
		n += (size_t)1 << depth[i];
	if ((d = calloc(1, sizeof(*d) + n * sizeof(d->all[0]))) == NULL)
		return NULL;
	d->bits = bits;
	d->levels = levels;
	d->n = n;
	for (i = 0, n = 0; i < levels; i++) {
		d->depth[i] = depth[i];
		d->at[i] = d->all + n;
		n += (size_t)1 << depth[i];
	}
	return d;
}

void
rask_digest_free(struct rask_digest *d)
{
	free(d);
}

unsigned
rask_digest_bits(const struct rask_digest *d)
{
	return d->bits;
}

void
rask_digest_add(struct rask_digest *d, uint64_t place, struct rask_sum item)
{
	unsigned i;

	for (i = 0; i < d->levels; i++)
		rask_sum_add(&d->at[i][node_of(place, d->depth[i])], item);
}

void
rask_digest_sub(struct rask_digest *d, uint64_t place, struct rask_sum item)
{
	unsigned i;

	for (i = 0; i < d->levels; i++)
		rask_sum_sub(&d->at[i][node_of(place, d->depth[i])], item);
}

struct rask_sum
rask_digest_sum(const struct rask_digest *d, unsigned depth, uint64_t place)
{
	struct rask_sum sum = { 0, 0 };
	unsigned i = (depth + 3) / 4, below;
	size_t first, k;

	below = d->depth[i] - depth;
	first = node_of(place, depth) << below;
	for (k = 0; k < (size_t)1 << below; k++)
		rask_sum_add(&sum, d->at[i][first + k]);
	return sum;
}

void
rask_digest_load(struct rask_digest *d, const unsigned char *leaves)
{
	unsigned i = d->levels - 1, below;
	size_t k;

	memset(d->all, 0, d->n * sizeof(d->all[0]));
	for (k = 0; k < (size_t)1 << d->bits; k++)
		d->at[i][k] = rask_sum_read(leaves + 16 * k);
	for (; i > 0; i--) {
		below = d->depth[i] - d->depth[i - 1];
		for (k = 0; k < (size_t)1 << d->depth[i]; k++)
			rask_sum_add(&d->at[i - 1][k >> below], d->at[i][k]);
	}
}

void
rask_digest_save(const struct rask_digest *d, unsigned char *leaves)
{
	size_t k;

	for (k = 0; k < (size_t)1 << d->bits; k++)
		rask_sum_write(d->at[d->levels - 1][k], leaves + 16 * k);
}

void
rask_digest_merge(struct rask_digest *a, const struct rask_digest *b)
{
	size_t k;

	for (k = 0; k < a->n; k++)
		rask_sum_add(&a->all[k], b->all[k]);
}
