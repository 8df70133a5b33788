/* lib/descend.h: the differences of two simulated indexes are found. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "answerer.h"
#include "unit.h"

/* A question on its way to a side. */
struct flying {
	enum rask_descend_ask ask;
	uint32_t id;
	int side;
	struct rask_buf body;	/* owned */
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

/* Order of places. */
static int
place_cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
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
	struct rask_descend *d = rask_descend_new(bits, told_differ,
	    &r->told);
	struct rask_buf out = { 0 };
	struct flying *f;

	CHECK(d != NULL);
	while (ask(r, d)) {
		f = &r->flying[unit_below(seed, (size_t)r->n)];
		side_answer(&r->side[f->side], f->ask, &f->body, &out);
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
		    side_cmp(&a->v[i], &b->v[j]);
		place = order <= 0 ? a->v[i].place : b->v[j].place;
		i += order <= 0;
		j += order >= 0;
		if (order != 0 && (t->n == 0 || t->v[t->n - 1] != place))
			told_differ(t, place);
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

	for (side = 0; side < 2; side++)
		side_free(&r->side[side]);
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
		side_seal(&r.side[0], (unsigned)unit_below(&s, 14));
		side_seal(&r.side[1], (unsigned)unit_below(&s, 14));
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
		side_seal(&r.side[0], 7);
		side_seal(&r.side[1], 5);
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
		side_seal(&r.side[0], 6);
		side_seal(&r.side[1], 11);
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
	side_seal(&r.side[0], 4);
	side_seal(&r.side[1], 4);
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
	side_seal(&r.side[0], 7);
	side_seal(&r.side[1], 8);
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
	side_seal(&r.side[0], 0);
	side_seal(&r.side[1], 9);
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
	side_seal(&r.side[0], 11);
	side_seal(&r.side[1], 12);
	descend(&r, depth(&r), &seed);
	printf("100,000 items, 1,000 differences: %zu questions, "
	    "%zu bytes asked, %zu answered\n", r.asked, r.bytes[0],
	    r.bytes[1]);
	CHECK(right(&r) && r.told.n == 1000);
	CHECK(r.bytes[0] + r.bytes[1] <= (size_t)512 << 10);
	done(&r);
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
};

UNIT_MAIN(tests)
