/* Answers about many entries at once. */
#include <errno.h>
#include <string.h>

#include "storeint.h"
#include "wire.h"

/* The 16 sums below a node that lies too deep for the digest. */
static int
deep_sums(struct store *s, struct rask_node node, struct rask_sum sums[16])
{
	const unsigned char *e;
	struct rask_entry entry;
	struct part p;
	uint64_t place;
	size_t len;

	memset(sums, 0, 16 * sizeof(*sums));
	if (part_read(s, &p, node.depth, node.place) == -1) {
		part_free(&p);
		return -1;
	}
	while (part_next(&p, &place, &e, &len))
		if (rask_entry_decode(&entry, e, len) == 0)
			rask_sums_item(sums, node, place,
			    rask_entry_item(&entry));
	part_free(&p);
	return 0;
}

int
store_sums(struct store *s, const struct rask_node *nodes, int n,
    struct rask_buf *out)
{
	struct rask_sum sums[16];
	int i;

	for (i = 0; i < n; i++)
		if ((!rask_sums_digest(sums, s->digest, nodes[i]) &&
		    deep_sums(s, nodes[i], sums) == -1) ||
		    rask_sums_add(out, sums) == -1)
			return -1;
	return 0;
}

/* Add the live items of a node's part, or say that there are too many. */
static int
items_of(struct part *p, struct rask_node node, struct rask_buf *out)
{
	struct rask_items items = { .n = 0 };
	const unsigned char *e;
	struct rask_entry entry;
	uint64_t place;
	size_t len;

	while (items.n <= RASK_ITEMS_EACH && part_next(p, &place, &e, &len))
		if (rask_entry_decode(&entry, e, len) == 0)
			rask_items_item(&items, node, place,
			    rask_entry_item(&entry));
	return rask_items_add(out, &items);
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
	const struct rask_items more = { .n = RASK_ITEMS_EACH + 1 };
	struct part p;
	int i, r = 0;

	for (i = 0; i < n && r == 0; i++) {
		if (too_shallow(s, nodes[i].depth)) {
			r = rask_items_add(out, &more);
			continue;
		}
		if ((r = part_read(s, &p, nodes[i].depth,
		    nodes[i].place)) == 0)
			r = items_of(&p, nodes[i], out);
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
