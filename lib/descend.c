/* Finding where two digests differ: the side that drives. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "descend.h"
#include "wire.h"

/* Nodes that wait to be asked about. */
struct stack {
	struct rask_node *v;	/* owned */
	size_t n, cap;		/* in use, allocated */
};

/* A question that was asked. */
struct open {
	enum rask_descend_ask ask;	/* DONE: none, the slot is free */
	uint32_t id;
	int n;			/* nodes */
	struct rask_node node[RASK_SUMS_MAX];
	unsigned char *answer[2];	/* by side; owned; NULL: none yet */
	size_t len[2];		/* bytes of them */
};

/* An item of an answer. */
struct item {
	uint64_t place, first;	/* as on the wire */
};

struct rask_descend {
	unsigned bits;		/* depth from which items are asked for */
	uint32_t last_id;
	void (*differ)(void *ctx, uint64_t place);
	void *ctx;
	struct stack sums, items;	/* deepest on top, more or less */
	struct open open[RASK_DESCEND_OPEN];
	struct item item[2][RASK_ITEMS_EACH];	/* being compared */
};

/* Make room for n more.  Returns: 0, or -1 with ENOMEM. */
static int
stack_room(struct stack *s, size_t n)
{
	size_t cap = s->cap * 2;
	struct rask_node *v;

	if (s->cap - s->n >= n)
		return 0;
	if (cap < s->n + n)
		cap = s->n + n;
	if ((v = reallocarray(s->v, cap, sizeof(*v))) == NULL)
		return -1;
	s->v = v;
	s->cap = cap;
	return 0;
}

/* Add a node, for which there is room. */
static void
stack_push(struct stack *s, unsigned depth, uint64_t place)
{
	s->v[s->n++] = (struct rask_node){ depth, place };
}

struct rask_descend *
rask_descend_new(unsigned bits, void (*differ)(void *ctx, uint64_t place),
    void *ctx)
{
	struct rask_descend *d;
	struct stack *first;

	if ((d = calloc(1, sizeof(*d))) == NULL)
		return NULL;
	d->bits = bits;
	d->differ = differ;
	d->ctx = ctx;
	first = bits == 0 ? &d->items : &d->sums;
	if (stack_room(first, 1) == -1) {
		rask_descend_free(d);
		return NULL;
	}
	stack_push(first, 0, 0);
	return d;
}

/* Forget a question and its answers. */
static void
release(struct open *o)
{
	free(o->answer[0]);
	free(o->answer[1]);
	o->answer[0] = o->answer[1] = NULL;
	o->ask = RASK_DESCEND_DONE;
}

void
rask_descend_free(struct rask_descend *d)
{
	int i;

	if (d == NULL)
		return;
	for (i = 0; i < RASK_DESCEND_OPEN; i++)
		release(&d->open[i]);
	free(d->sums.v);
	free(d->items.v);
	free(d);
}

unsigned
rask_descend_depth(uint64_t n)
{
	unsigned depth = 0;

	while (depth < 60 && n >> depth > 16)
		depth += 4;
	return depth;
}

enum rask_descend_ask
rask_descend_next(struct rask_descend *d, struct rask_buf *out, uint32_t *id)
{
	struct open *o = NULL;
	struct stack *s = &d->items;
	enum rask_descend_ask ask = RASK_DESCEND_ITEMS;
	size_t n, max = RASK_ITEMS_MAX;
	int i, busy = 0;

	for (i = 0; i < RASK_DESCEND_OPEN; i++)
		if (d->open[i].ask == RASK_DESCEND_DONE)
			o = &d->open[i];
		else
			busy++;
	if (s->n == 0) {
		s = &d->sums;
		ask = RASK_DESCEND_SUMS;
		max = RASK_SUMS_MAX;
	}
	if (s->n == 0)
		return busy > 0 ? RASK_DESCEND_WAIT : RASK_DESCEND_DONE;
	if (o == NULL)
		return RASK_DESCEND_WAIT;
	n = s->n < max ? s->n : max;
	if (rask_nodes_add(out, s->v + s->n - n, (int)n) == -1)
		return RASK_DESCEND_FAILED;
	s->n -= n;
	memcpy(o->node, s->v + s->n, n * sizeof(o->node[0]));
	o->n = (int)n;
	o->ask = ask;
	*id = o->id = ++d->last_id;
	return ask;
}

/* Is this an answer to an ITEMS? question? */
static bool
items_fit(const struct open *o, const unsigned char *p, size_t len)
{
	struct rask_rd rd = { p, p + len, false };
	unsigned k;
	int i;

	for (i = 0; i < o->n; i++) {
		if ((k = rask_rd_u16(&rd)) == RASK_ITEMS_MORE)
			continue;
		if (k > RASK_ITEMS_EACH)
			return false;
		for (; k > 0; k--) {
			if (!rask_node_holds(o->node[i], rask_rd_u64(&rd)))
				return false;
			rask_rd_u64(&rd);
		}
	}
	return !rd.bad && rd.p == rd.end;
}

/* Ask below the children whose sums differ. */
static void
compare_sums(struct rask_descend *d, const struct open *o)
{
	const unsigned char *a = o->answer[0], *b = o->answer[1];
	unsigned depth, i;
	uint64_t place;
	int k;

	for (k = 0; k < o->n; k++) {
		depth = o->node[k].depth + 4;
		for (i = 0; i < 16; i++, a += 16, b += 16) {
			if (memcmp(a, b, 16) == 0)
				continue;
			place = o->node[k].place |
			    (uint64_t)i << (64 - depth);
			if (depth == 64)
				d->differ(d->ctx, place);
			else
				stack_push(depth < d->bits ? &d->sums :
				    &d->items, depth, place);
		}
	}
}

/* Order of items. */
static int
item_cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->first > y->first) - (x->first < y->first);
}

/* Take the items of one node, in order.  Returns: how many, -1: too many. */
static int
take_items(struct rask_rd *rd, struct item *v)
{
	unsigned i, n = rask_rd_u16(rd);

	if (n == RASK_ITEMS_MORE)
		return -1;
	for (i = 0; i < n; i++) {
		v[i].place = rask_rd_u64(rd);
		v[i].first = rask_rd_u64(rd);
	}
	qsort(v, n, sizeof(*v), item_cmp);
	return (int)n;
}

/* Tell the places at which two ordered lists of items differ. */
static void
tell_items(struct rask_descend *d, const struct item *a, int na,
    const struct item *b, int nb)
{
	uint64_t place, told = 0;
	bool any = false;
	int order;

	while (na > 0 || nb > 0) {
		order = na == 0 ? 1 : nb == 0 ? -1 : item_cmp(a, b);
		place = order <= 0 ? a->place : b->place;
		if (order <= 0) {
			a++;
			na--;
		}
		if (order >= 0) {
			b++;
			nb--;
		}
		if (order == 0 || (any && place == told))
			continue;
		d->differ(d->ctx, place);
		told = place;
		any = true;
	}
}

/* Tell which items differ, and ask below where there are too many. */
static void
compare_items(struct rask_descend *d, const struct open *o)
{
	struct rask_rd rd[2];
	int i, side, n[2];

	for (side = 0; side < 2; side++)
		rd[side] = (struct rask_rd){ o->answer[side],
		    o->answer[side] + o->len[side], false };
	for (i = 0; i < o->n; i++) {
		for (side = 0; side < 2; side++)
			n[side] = take_items(&rd[side], d->item[side]);
		if (n[0] == -1 || n[1] == -1)
			stack_push(&d->sums, o->node[i].depth,
			    o->node[i].place);
		else
			tell_items(d, d->item[0], n[0], d->item[1], n[1]);
	}
}

/* Compare both answers; nothing here can fail once there is room. */
static int
compare(struct rask_descend *d, struct open *o)
{
	size_t n = (size_t)o->n;

	if (o->ask == RASK_DESCEND_ITEMS) {
		if (stack_room(&d->sums, n) == -1)
			return -1;
		compare_items(d, o);
		return 0;
	}
	if (stack_room(&d->sums, 16 * n) == -1 ||
	    stack_room(&d->items, 16 * n) == -1)
		return -1;
	compare_sums(d, o);
	return 0;
}

/* The open question of an id, or NULL. */
static struct open *
find(struct rask_descend *d, uint32_t id)
{
	int i;

	for (i = 0; i < RASK_DESCEND_OPEN; i++)
		if (d->open[i].ask != RASK_DESCEND_DONE &&
		    d->open[i].id == id)
			return &d->open[i];
	return NULL;
}

int
rask_descend_answer(struct rask_descend *d, uint32_t id, int side,
    const unsigned char *p, size_t len)
{
	struct open *o = find(d, id);
	unsigned char *copy;

	if (o == NULL || side < 0 || side > 1 || o->answer[side] != NULL ||
	    !(o->ask == RASK_DESCEND_SUMS ?
	    len == (size_t)o->n * RASK_SUMS_LEN : items_fit(o, p, len))) {
		errno = EPROTO;
		return -1;
	}
	if ((copy = malloc(len)) == NULL)
		return -1;
	memcpy(copy, p, len);
	o->answer[side] = copy;
	o->len[side] = len;
	if (o->answer[!side] == NULL)
		return 0;
	if (compare(d, o) == -1) {
		free(copy);
		o->answer[side] = NULL;
		return -1;
	}
	release(o);
	return 0;
}
