/* An index as far as it answers SUMS? and ITEMS?. */
#include <stdlib.h>
#include <string.h>

#include "answerer.h"
#include "unit.h"

int
side_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->sum.hi > y->sum.hi) - (x->sum.hi < y->sum.hi);
}

void
side_seal(struct side *s, unsigned bits)
{
	size_t i;

	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), side_cmp);
	CHECK((s->digest = rask_digest_new(bits)) != NULL);
	for (i = 0; i < s->n; i++)
		rask_digest_add(s->digest, s->v[i].place, s->v[i].sum);
}

void
side_free(struct side *s)
{
	free(s->v);
	rask_digest_free(s->digest);
	*s = (struct side){ NULL, 0, NULL };
}

/* The first item at a place or behind it. */
static size_t
lower(const struct side *s, uint64_t place)
{
	size_t low = 0, high = s->n, mid;

	while (low < high) {
		mid = (low + high) / 2;
		if (s->v[mid].place < place)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

/* The items of the pages that hold a node: from *i to before *end. */
static void
pages(const struct side *s, struct rask_node node, size_t *i, size_t *end)
{
	unsigned bits = rask_digest_bits(s->digest);
	uint32_t first, n = rask_node_leaves(node, bits, &first);

	*i = bits == 0 ? 0 : lower(s, (uint64_t)first << (64 - bits));
	*end = (uint64_t)first + n == (uint64_t)1 << bits ? s->n :
	    lower(s, (uint64_t)(first + n) << (64 - bits));
}

/* Answer SUMS?. */
static void
answer_sums(const struct side *s, const struct rask_node *node, int n,
    struct rask_buf *out)
{
	struct rask_sum sums[16];
	size_t i, end;
	int k;

	for (k = 0; k < n; k++) {
		if (!rask_sums_digest(sums, s->digest, node[k])) {
			memset(sums, 0, sizeof(sums));
			pages(s, node[k], &i, &end);
			for (; i < end; i++)
				rask_sums_item(sums, node[k], s->v[i].place,
				    s->v[i].sum);
		}
		CHECK(rask_sums_add(out, sums) == 0);
	}
}

/* Answer ITEMS?. */
static void
answer_items(const struct side *s, const struct rask_node *node, int n,
    struct rask_buf *out)
{
	struct rask_items items;
	size_t i, end;
	int k;

	for (k = 0; k < n; k++) {
		memset(&items, 0, sizeof(items));
		pages(s, node[k], &i, &end);
		for (; i < end; i++)
			rask_items_item(&items, node[k], s->v[i].place,
			    s->v[i].sum);
		CHECK(rask_items_add(out, &items) == 0);
	}
}

void
side_answer(const struct side *s, enum rask_descend_ask ask,
    const struct rask_buf *body, struct rask_buf *out)
{
	struct rask_node node[RASK_SUMS_MAX];
	bool sums = ask == RASK_DESCEND_SUMS;
	int n;

	n = rask_nodes_read(rask_buf_head(body), rask_buf_left(body), node,
	    sums ? RASK_SUMS_MAX : RASK_ITEMS_MAX);
	CHECK(n > 0);
	if (sums)
		answer_sums(s, node, n, out);
	else
		answer_items(s, node, n, out);
	CHECK(rask_buf_left(out) <= (size_t)256 << 10);
}

void
told_differ(void *ctx, uint64_t place)
{
	struct told *t = ctx;

	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 64;
		CHECK((t->v = reallocarray(t->v, t->cap,
		    sizeof(*t->v))) != NULL);
	}
	t->v[t->n++] = place;
}
