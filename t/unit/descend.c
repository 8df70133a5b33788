/* lib/descend.h: finding where two sets of items differ. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/descend.h"
#include "../../lib/wire.h"
#include "unit.h"

/* An entry's place and item. */
struct item {
	uint64_t place;
	struct rask_sum sum;
};

/* An index as far as it answers: its items, in order, and a digest. */
struct side {
	struct item *v;		/* owned */
	size_t n;		/* items */
	struct rask_digest *digest;	/* owned */
};

/* A question on its way to a side. */
struct flying {
	enum rask_descend_ask ask;
	uint32_t id;
	int side;
	struct rask_buf body;	/* owned */
};

/* The places that were told. */
struct told {
	uint64_t *v;		/* owned */
	size_t n, cap;		/* in use, allocated */
};

/* A run of the driver over two sides. */
struct run {
	struct side side[2];
	struct told told;
	struct flying flying[2 * RASK_DESCEND_OPEN];
	int n;			/* flying */
	size_t bytes[2];	/* asked and answered with side 1 */
	size_t asked;		/* questions */
};

/* Order of items. */
static int
cmp(const void *a, const void *b)
{
	const struct item *x = a, *y = b;

	if (x->place != y->place)
		return x->place < y->place ? -1 : 1;
	return (x->sum.hi > y->sum.hi) - (x->sum.hi < y->sum.hi);
}

/* Order of places. */
static int
place_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Put the items in order and make the digest of them. */
static void
seal(struct side *s, unsigned bits)
{
	size_t i;

	if (s->n > 0)
		qsort(s->v, s->n, sizeof(*s->v), cmp);
	CHECK((s->digest = rask_digest_new(bits)) != NULL);
	for (i = 0; i < s->n; i++)
		rask_digest_add(s->digest, s->v[i].place, s->v[i].sum);
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

/* Answer a question. */
static void
answer(const struct side *s, const struct flying *f, struct rask_buf *out)
{
	struct rask_node node[RASK_SUMS_MAX];
	bool sums = f->ask == RASK_DESCEND_SUMS;
	int n;

	n = rask_nodes_read(rask_buf_head(&f->body), rask_buf_left(&f->body),
	    node, sums ? RASK_SUMS_MAX : RASK_ITEMS_MAX);
	CHECK(n > 0);
	if (sums)
		answer_sums(s, node, n, out);
	else
		answer_items(s, node, n, out);
	CHECK(rask_buf_left(out) <= (size_t)256 << 10);
}

/* Note a place. */
static void
differ(void *ctx, uint64_t place)
{
	struct told *t = ctx;

	if (t->n == t->cap) {
		t->cap = t->cap * 2 + 64;
		CHECK((t->v = reallocarray(t->v, t->cap,
		    sizeof(*t->v))) != NULL);
	}
	t->v[t->n++] = place;
}

/* Ask all that can be asked.  Returns: false when there is nothing left. */
static bool
ask(struct run *r, struct rask_descend *d)
{
	enum rask_descend_ask what;
	struct rask_buf body = { 0 };
	struct flying *f;
	uint32_t id;
	int side;

	while ((what = rask_descend_next(d, &body, &id)) >=
	    RASK_DESCEND_SUMS) {
		for (side = 0; side < 2; side++) {
			CHECK(r->n < 2 * RASK_DESCEND_OPEN);
			f = &r->flying[r->n++];
			*f = (struct flying){ what, id, side, { 0 } };
			CHECK(rask_buf_add(&f->body, rask_buf_head(&body),
			    rask_buf_left(&body)) == 0);
		}
		r->bytes[0] += rask_buf_left(&body);
		r->asked++;
		rask_buf_free(&body);
	}
	CHECK(rask_buf_left(&body) == 0);
	CHECK(what == (r->n > 0 ? RASK_DESCEND_WAIT : RASK_DESCEND_DONE) ||
	    r->n == 2 * RASK_DESCEND_OPEN);
	return what != RASK_DESCEND_DONE;
}

/* Let the driver find the differences; answers come in any order. */
static void
descend(struct run *r, unsigned bits, uint64_t *seed)
{
	struct rask_descend *d = rask_descend_new(bits, differ, &r->told);
	struct rask_buf out = { 0 };
	struct flying *f;

	CHECK(d != NULL);
	while (ask(r, d)) {
		f = &r->flying[unit_below(seed, (size_t)r->n)];
		answer(&r->side[f->side], f, &out);
		r->bytes[1] += f->side == 1 ? rask_buf_left(&out) : 0;
		CHECK(rask_descend_answer(d, f->id, f->side,
		    rask_buf_head(&out), rask_buf_left(&out)) == 0);
		rask_buf_free(&out);
		rask_buf_free(&f->body);
		*f = r->flying[--r->n];
	}
	rask_descend_free(d);
}

/* The places at which two sides differ, by walking through both. */
static void
model(const struct side *a, const struct side *b, struct told *t)
{
	size_t i = 0, j = 0;
	uint64_t place;
	int order;

	while (i < a->n || j < b->n) {
		order = i == a->n ? 1 : j == b->n ? -1 :
		    cmp(&a->v[i], &b->v[j]);
		place = order <= 0 ? a->v[i].place : b->v[j].place;
		i += order <= 0;
		j += order >= 0;
		if (order != 0 && (t->n == 0 || t->v[t->n - 1] != place))
			differ(t, place);
	}
}

/* Have exactly the differences been told, each once? */
static bool
right(struct run *r)
{
	struct told t = { 0 };
	bool ok;

	model(&r->side[0], &r->side[1], &t);
	if (r->told.n > 0)
		qsort(r->told.v, r->told.n, sizeof(uint64_t), place_cmp);
	ok = t.n == r->told.n && (t.n == 0 ||
	    memcmp(t.v, r->told.v, t.n * sizeof(uint64_t)) == 0);
	free(t.v);
	return ok;
}

/* Give all of a run back. */
static void
done(struct run *r)
{
	int side;

	for (side = 0; side < 2; side++) {
		free(r->side[side].v);
		rask_digest_free(r->side[side].digest);
	}
	free(r->told.v);
	memset(r, 0, sizeof(*r));
}

/* An item anywhere, or close to others. */
static struct item
draw(uint64_t *seed, unsigned close)
{
	struct item it = { unit_random(seed),
	    { unit_random(seed) | 1, unit_random(seed) } };

	if (close > 0)
		it.place = UINT64_C(0xabcdef0123456789) ^ it.place >> close;
	return it;
}

/*
 * Two sides of n common items, with `mine` and `yours` of their own, and
 * `other` at the same place that are not the same.
 */
static void
fill(struct run *r, size_t n, size_t mine, size_t yours, size_t other,
    unsigned close, uint64_t *seed)
{
	struct side *a = &r->side[0], *b = &r->side[1];
	struct item it;
	size_t i;

	a->v = calloc(n + mine + other + 1, sizeof(*a->v));
	b->v = calloc(n + yours + other + 1, sizeof(*b->v));
	CHECK(a->v != NULL && b->v != NULL);
	for (i = 0; i < n + other; i++) {
		it = draw(seed, close);
		a->v[a->n++] = it;
		if (i >= n)
			it.sum = draw(seed, 0).sum;
		b->v[b->n++] = it;
	}
	while (mine-- > 0)
		a->v[a->n++] = draw(seed, close);
	while (yours-- > 0)
		b->v[b->n++] = draw(seed, close);
}

/* The depth from which items are asked for: the deeper side's. */
static unsigned
depth(const struct run *r)
{
	unsigned a = rask_descend_depth(r->side[0].n);
	unsigned b = rask_descend_depth(r->side[1].n);

	return a > b ? a : b;
}

static void
test_differences(void)
{
	static struct run r;
	static const size_t sizes[] = { 0, 1, 2, 40, 1000, 6000 };
	uint64_t seed, s;
	size_t n;

	for (seed = 0; seed < 150; seed++) {
		s = seed;
		n = sizes[unit_below(&s, 6)];
		fill(&r, n, unit_below(&s, sizes[unit_below(&s, 5)] + 1),
		    unit_below(&s, sizes[unit_below(&s, 5)] + 1),
		    unit_below(&s, 30), 0, &s);
		seal(&r.side[0], (unsigned)unit_below(&s, 14));
		seal(&r.side[1], (unsigned)unit_below(&s, 14));
		descend(&r, depth(&r), &s);
		CHECK_SEED(seed, right(&r));
		done(&r);
	}
}

static void
test_any_depth(void)
{
	static struct run r;
	uint64_t seed;
	unsigned bits;

	for (bits = 0; bits <= 60; bits += 4) {
		seed = bits;
		fill(&r, 500, 20, 30, 10, 0, &seed);
		seal(&r.side[0], 7);
		seal(&r.side[1], 5);
		descend(&r, bits, &seed);
		CHECK_SEED(bits, right(&r));
		done(&r);
	}
}

static void
test_crowds(void)
{
	static struct run r;
	static const unsigned close[] = { 8, 13, 30, 50, 56, 58, 61 };
	uint64_t seed;
	size_t i;

	for (i = 0; i < 7; i++) {
		seed = i;
		fill(&r, 900, 100, 150, 20, close[i], &seed);
		seal(&r.side[0], 6);
		seal(&r.side[1], 11);
		descend(&r, depth(&r), &seed);
		CHECK_SEED(i, right(&r));
		done(&r);
	}
}

static void
test_same_place(void)
{
	static struct run r;
	uint64_t seed = 1;
	size_t i;

	fill(&r, 300, 0, 0, 0, 0, &seed);
	/* the same twice on one side; another order; other items beside */
	r.side[0].v = reallocarray(r.side[0].v, 310, sizeof(struct item));
	CHECK(r.side[0].v != NULL);
	r.side[0].v[r.side[0].n++] = r.side[0].v[7];
	for (i = 20; i < 23; i++) {
		r.side[0].v[r.side[0].n] = draw(&seed, 0);
		r.side[0].v[r.side[0].n++].place = r.side[0].v[20].place;
	}
	seal(&r.side[0], 4);
	seal(&r.side[1], 4);
	descend(&r, depth(&r), &seed);
	CHECK(right(&r));
	CHECK(r.told.n == 2);
	done(&r);
}

static void
test_equal(void)
{
	static struct run r;
	uint64_t seed = 1;

	fill(&r, 5000, 0, 0, 0, 0, &seed);
	seal(&r.side[0], 7);
	seal(&r.side[1], 8);
	descend(&r, depth(&r), &seed);
	CHECK(r.told.n == 0 && r.asked == 1);
	done(&r);
}

static void
test_empty(void)
{
	static struct run r;
	uint64_t seed = 1;

	fill(&r, 0, 0, 20000, 0, 0, &seed);
	seal(&r.side[0], 0);
	seal(&r.side[1], 9);
	descend(&r, depth(&r), &seed);
	CHECK(r.told.n == 20000 && right(&r));
	done(&r);
}

static void
test_bytes(void)
{
	static struct run r;
	uint64_t seed = 1;

	fill(&r, 100000, 300, 300, 400, 0, &seed);
	seal(&r.side[0], 11);
	seal(&r.side[1], 12);
	descend(&r, depth(&r), &seed);
	printf("100,000 items, 1,000 differences: %zu questions, "
	    "%zu bytes asked, %zu answered\n", r.asked, r.bytes[0],
	    r.bytes[1]);
	CHECK(right(&r) && r.told.n == 1000);
	CHECK(r.bytes[0] + r.bytes[1] <= (size_t)512 << 10);
	done(&r);
}

static void
test_depth(void)
{
	uint64_t n;
	unsigned d;

	CHECK(rask_descend_depth(0) == 0);
	CHECK(rask_descend_depth(16) == 0);
	CHECK(rask_descend_depth(17) == 4);
	CHECK(rask_descend_depth(10000000) == 20);
	CHECK(rask_descend_depth(UINT64_MAX) == 60);
	for (n = 1; n < UINT64_MAX / 3; n = n * 3 + 1) {
		d = rask_descend_depth(n);
		CHECK(d % 4 == 0 && n >> d <= 16);
		CHECK(d == 0 || n >> d >= 1);
	}
}

static void
test_nodes(void)
{
	static const struct rask_node v[] = { { 0, 0 },
	    { 4, UINT64_C(0xa) << 60 }, { 60, UINT64_C(0xfedcba9876543210) } };
	struct rask_node w[3];
	struct rask_buf b = { 0 };
	unsigned char *p;
	size_t i;

	CHECK(rask_nodes_add(&b, v, 3) == 0);
	p = rask_buf_head(&b);
	CHECK(rask_buf_left(&b) == 2 + 3 * RASK_NODE_LEN);
	CHECK(rask_nodes_read(p, b.len, w, 3) == 3);
	for (i = 0; i < 3; i++)
		CHECK(w[i].depth == v[i].depth && w[i].place == v[i].place);
	for (i = 0; i < b.len; i++)
		CHECK(rask_nodes_read(p, i, w, 3) == -1 && errno == EPROTO);
	CHECK(rask_nodes_read(p, b.len, w, 2) == -1 && errno == EPROTO);
	p[11] = 5;		/* no multiple of 4 */
	CHECK(rask_nodes_read(p, b.len, w, 3) == -1 && errno == EPROTO);
	p[11] = 64;		/* too deep */
	CHECK(rask_nodes_read(p, b.len, w, 3) == -1 && errno == EPROTO);
	p[11] = 0;		/* bits that do not count */
	CHECK(rask_nodes_read(p, b.len, w, 3) == -1 && errno == EPROTO);
	p[1] = 0;		/* no nodes */
	CHECK(rask_nodes_read(p, 2, w, 3) == -1 && errno == EPROTO);
	rask_buf_free(&b);
}

/* A driver that has asked for items of two nodes: 0 and 5, 4 bits deep. */
static struct rask_descend *
asked_items(struct told *t, uint32_t *id)
{
	struct rask_descend *d = rask_descend_new(4, differ, t);
	unsigned char sums[2][RASK_SUMS_LEN] = { { 0 } };
	struct rask_buf b = { 0 };
	uint32_t first;

	CHECK(d != NULL);
	CHECK(rask_descend_next(d, &b, &first) == RASK_DESCEND_SUMS);
	sums[0][0] = sums[1][5 * 16] = 1;
	CHECK(rask_descend_answer(d, first, 0, sums[0], 256) == 0);
	CHECK(rask_descend_answer(d, first, 0, sums[0], 256) == -1);
	CHECK(errno == EPROTO);	/* that one has answered */
	CHECK(rask_descend_answer(d, first + 1, 1, sums[1], 256) == -1);
	CHECK(errno == EPROTO);	/* nobody asked for that */
	CHECK(rask_descend_answer(d, first, 1, sums[1], 255) == -1);
	CHECK(errno == EPROTO);	/* not as long as it must be */
	CHECK(rask_descend_answer(d, first, 2, sums[1], 256) == -1);
	CHECK(rask_descend_answer(d, first, 1, sums[1], 256) == 0);
	CHECK(rask_descend_answer(d, first, 1, sums[1], 256) == -1);
	rask_buf_free(&b);
	CHECK(rask_descend_next(d, &b, id) == RASK_DESCEND_ITEMS);
	CHECK(rask_descend_next(d, &b, id) == RASK_DESCEND_WAIT);
	rask_buf_free(&b);
	return d;
}

static void
test_hostile(void)
{
	struct told t = { 0 };
	uint32_t id;
	struct rask_descend *d = asked_items(&t, &id);
	unsigned char p[2 + 129 * 16 + 2] = { 0, 1 };
	static const unsigned char none[4];
	size_t len = 2 + 16 + 2;

	p[2] = 0x50;
	CHECK(rask_descend_answer(d, id, 1, p, len) == -1);
	CHECK(errno == EPROTO);		/* of the other node */
	p[2] = 0x0f;
	CHECK(rask_descend_answer(d, id, 1, p, len - 1) == -1);
	CHECK(rask_descend_answer(d, id, 1, p, len + 1) == -1);
	CHECK(rask_descend_answer(d, id, 1, p, 0) == -1);
	p[1] = 129;
	CHECK(rask_descend_answer(d, id, 1, p, sizeof(p)) == -1);
	p[1] = 1;
	CHECK(rask_descend_answer(d, id, 0, none, 4) == 0);
	CHECK(t.n == 0);
	CHECK(rask_descend_answer(d, id, 1, p, len) == 0);
	CHECK(t.n == 1 && t.v[0] == UINT64_C(15) << 56);
	free(t.v);
	rask_descend_free(d);
}

static const struct unit tests[] = {
	{ "the differences are found, each once, and nothing else",
	    test_differences },
	{ "they are found whatever depth items are asked from",
	    test_any_depth },
	{ "they are found where far more items are than places are due",
	    test_crowds },
	{ "several paths at one place differ as one", test_same_place },
	{ "equal trees are one question", test_equal },
	{ "against an empty tree everything is told", test_empty },
	{ "of 100,000 items 1,000 that differ cost less than 512 KiB",
	    test_bytes },
	{ "few entries are below the depth that is chosen", test_depth },
	{ "a list of nodes is read as it was written, or refused",
	    test_nodes },
	{ "an answer to no question, of a wrong length, with foreign or too "
	    "many items is refused, and changes nothing", test_hostile },
};

UNIT_MAIN(tests)
