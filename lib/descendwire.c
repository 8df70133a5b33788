/* The questions and answers of lib/descend.h, for who answers. */
#include <errno.h>
#include <string.h>

#include "descend.h"
#include "wire.h"

/* The bits of a place that do not count at a depth. */
static uint64_t
low_bits(unsigned depth)
{
	return depth == 0 ? UINT64_MAX : ((uint64_t)1 << (64 - depth)) - 1;
}

bool
rask_node_holds(struct rask_node node, uint64_t place)
{
	return (place & ~low_bits(node.depth)) == node.place;
}

uint32_t
rask_node_leaves(struct rask_node node, unsigned bits, uint32_t *first)
{
	*first = bits == 0 ? 0 : (uint32_t)(node.place >> (64 - bits));
	return node.depth >= bits ? 1 : (uint32_t)1 << (bits - node.depth);
}

int
rask_nodes_read(const unsigned char *p, size_t len, struct rask_node *out,
    int max)
{
	struct rask_rd rd = { p, p + len, false };
	int i, n = rask_rd_u16(&rd);

	if (n == 0 || n > max || len != 2 + (size_t)n * RASK_NODE_LEN) {
		errno = EPROTO;
		return -1;
	}
	for (i = 0; i < n; i++) {
		out[i].depth = rask_rd_u8(&rd);
		out[i].place = rask_rd_u64(&rd);
		if (out[i].depth % 4 != 0 || out[i].depth > 60 ||
		    (out[i].place & low_bits(out[i].depth)) != 0) {
			errno = EPROTO;
			return -1;
		}
	}
	return n;
}

int
rask_nodes_add(struct rask_buf *out, const struct rask_node *nodes, int n)
{
	size_t len = 2 + (size_t)n * RASK_NODE_LEN;
	unsigned char *p;
	int i;

	if ((p = rask_buf_room(out, len)) == NULL)
		return -1;
	p = rask_wire_u16(p, (uint16_t)n);
	for (i = 0; i < n; i++) {
		*p++ = (unsigned char)nodes[i].depth;
		p = rask_wire_u64(p, nodes[i].place);
	}
	rask_buf_grew(out, len);
	return 0;
}

bool
rask_sums_digest(struct rask_sum sums[16], const struct rask_digest *d,
    struct rask_node node)
{
	unsigned depth = node.depth + 4, i;

	if (depth > rask_digest_bits(d))
		return false;
	for (i = 0; i < 16; i++)
		sums[i] = rask_digest_sum(d, depth,
		    node.place | (uint64_t)i << (64 - depth));
	return true;
}

void
rask_sums_item(struct rask_sum sums[16], struct rask_node node,
    uint64_t place, struct rask_sum item)
{
	if (rask_node_holds(node, place))
		rask_sum_add(&sums[place >> (60 - node.depth) & 15], item);
}

int
rask_sums_add(struct rask_buf *out, const struct rask_sum sums[16])
{
	unsigned char *p;
	int i;

	if ((p = rask_buf_room(out, RASK_SUMS_LEN)) == NULL)
		return -1;
	for (i = 0; i < 16; i++)
		rask_sum_write(sums[i], p + 16 * i);
	rask_buf_grew(out, RASK_SUMS_LEN);
	return 0;
}

void
rask_items_item(struct rask_items *items, struct rask_node node,
    uint64_t place, struct rask_sum item)
{
	unsigned char *p;

	if (!rask_node_holds(node, place) || (item.hi == 0 && item.lo == 0))
		return;
	if (items->n < RASK_ITEMS_EACH) {
		p = rask_wire_u64(items->at + 16 * items->n, place);
		rask_wire_u64(p, item.hi);
	}
	if (items->n <= RASK_ITEMS_EACH)
		items->n++;
}

int
rask_items_add(struct rask_buf *out, const struct rask_items *items)
{
	bool more = items->n > RASK_ITEMS_EACH;
	size_t len = more ? 0 : 16 * items->n;
	unsigned char *p;

	if ((p = rask_buf_room(out, 2 + len)) == NULL)
		return -1;
	p = rask_wire_u16(p, more ? RASK_ITEMS_MORE : (uint16_t)items->n);
	memcpy(p, items->at, len);
	rask_buf_grew(out, 2 + len);
	return 0;
}
