/* Answers about many entries at once. */
#include <errno.h>
#include <string.h>

#include "storeint.h"
#include "wire.h"

/* The 16 sums below a node that lies too deep for the digest. */
static int
deep_sums(struct store *s, const struct rask_node *node,
    struct rask_sum sums[16])
{
	const unsigned char *e;
	struct rask_entry entry;
	struct part p;
	uint64_t place;
	size_t len;

	memset(sums, 0, 16 * sizeof(*sums));
	if (part_read(s, &p, node->depth, node->place) == -1) {
		part_free(&p);
		return -1;
	}
	while (part_next(&p, &place, &e, &len))
		if (rask_entry_decode(&entry, e, len) == 0)
			rask_sum_add(&sums[place << node->depth >> 60],
			    rask_entry_item(&entry));
	part_free(&p);
	return 0;
}

/* The 16 sums below a node. */
static int
sums_below(struct store *s, const struct rask_node *node,
    struct rask_sum sums[16])
{
	uint64_t i;

	if (node->depth + 4 > rask_digest_bits(s->digest))
		return deep_sums(s, node, sums);
	for (i = 0; i < 16; i++)
		sums[i] = rask_digest_sum(s->digest, node->depth + 4,
		    node->place | i << (60 - node->depth));
	return 0;
}

int
store_sums(struct store *s, const struct rask_node *nodes, int n,
    struct rask_buf *out)
{
	struct rask_sum sums[16];
	unsigned char *p;
	int i, k;

	for (i = 0; i < n; i++) {
		if (sums_below(s, &nodes[i], sums) == -1 ||
		    (p = rask_buf_room(out, sizeof(sums))) == NULL)
			return -1;
		for (k = 0; k < 16; k++)
			rask_sum_write(sums[k], p + 16 * k);
		rask_buf_grew(out, sizeof(sums));
	}
	return 0;
}

/* Add the live items of a part, or say that there are too many. */
static int
items_of(struct part *p, struct rask_buf *out)
{
	unsigned char *to = rask_buf_room(out, 2 + 16 * RASK_ITEMS_EACH);
	unsigned char *at = to + 2;
	const unsigned char *e;
	struct rask_entry entry;
	uint64_t place;
	size_t len;
	unsigned k = 0;

	if (to == NULL)
		return -1;
	while (part_next(p, &place, &e, &len)) {
		if (rask_entry_decode(&entry, e, len) == -1 ||
		    entry.kind == RASK_KIND_GONE)
			continue;
		if (k++ == RASK_ITEMS_EACH) {
			rask_wire_u16(to, 0xffff);
			rask_buf_grew(out, 2);
			return 0;
		}
		at = rask_wire_u64(rask_wire_u64(at, place),
		    rask_entry_item(&entry).hi);
	}
	rask_wire_u16(to, (uint16_t)k);
	rask_buf_grew(out, (size_t)(at - to));
	return 0;
}

/* Is there so much below a node that to read it all would take long? */
static bool
too_shallow(const struct store *s, unsigned depth)
{
	return depth < PART_BITS && s->live + s->gone > RASK_ITEMS_EACH;
}

int
store_items(struct store *s, const struct rask_node *nodes, int n,
    struct rask_buf *out)
{
	struct part p;
	int i, r = 0;

	for (i = 0; i < n && r == 0; i++) {
		if (too_shallow(s, nodes[i].depth)) {
			r = rask_buf_add(out, "\xff\xff", 2);
			continue;
		}
		if ((r = part_read(s, &p, nodes[i].depth,
		    nodes[i].place)) == 0)
			r = items_of(&p, out);
		part_free(&p);
	}
	return r;
}

int
store_at(struct store *s, uint64_t place, struct rask_buf *out)
{
	const unsigned char *e;
	unsigned char *to;
	struct part p;
	uint64_t at;
	size_t len;
	int r = part_read(s, &p, 64, place);

	while (r == 0 && part_next(&p, &at, &e, &len)) {
		if ((to = rask_buf_room(out, 2 + len)) == NULL) {
			r = -1;
			break;
		}
		memcpy(rask_wire_u16(to, (uint16_t)len), e, len);
		rask_buf_grew(out, 2 + len);
	}
	part_free(&p);
	return r;
}

/* Call fn for the live entries of a part. */
static int
each_in(struct part *p, int (*fn)(void *ctx, const struct rask_entry *e),
    void *ctx)
{
	const unsigned char *e;
	struct rask_entry entry;
	uint64_t place;
	size_t len;

	while (part_next(p, &place, &e, &len)) {
		if (rask_entry_decode(&entry, e, len) == -1) {
			errno = EBADMSG;
			return -1;
		}
		if (entry.kind != RASK_KIND_GONE && fn(ctx, &entry) == -1)
			return -1;
	}
	return 0;
}

int
store_each(struct store *s, uint64_t *place, unsigned max,
    int (*fn)(void *ctx, const struct rask_entry *e), void *ctx)
{
	unsigned depth = s->meta.bits > PART_BITS ? s->meta.bits : PART_BITS;
	struct part p;
	int r;

	for (; max > 0; max--) {
		if ((r = part_read(s, &p, depth, *place)) == 0)
			r = each_in(&p, fn, ctx);
		part_free(&p);
		if (r == -1)
			return -1;
		*place = (*place | part_rest(depth)) + 1;
		if (*place == 0)
			return 0;
	}
	return 1;
}
