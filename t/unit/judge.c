/* lib/version.h: which of two contents stands, and what of the other. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/hash.h"
#include "../../lib/version.h"
#include "unit.h"

/* A content with memory of its own. */
struct content {
	struct rask_version version;
	unsigned char hash[RASK_SHA_LEN];
	struct rask_content c;		/* points into this */
};

/* Make x a content from its version, kind (0: tombstone) and bytes. */
static void
make(struct content *x, const char *version, unsigned kind, unsigned char byte)
{
	CHECK_FOR(version, rask_version_parse(&x->version, version) == 0);
	memset(x->hash, byte, sizeof(x->hash));
	x->c.version = &x->version;
	x->c.hash = kind ? x->hash : NULL;
	x->c.size = kind ? 1 : 0;
	x->c.kind = kind;
}

/* A legal content of no history, so that dots often meet. */
static void
draw(uint64_t *seed, struct content *x)
{
	size_t i, n = 1 + unit_below(seed, 3);
	struct rask_dot *d = x->version.v;

	for (i = 0; i < n; i++) {
		d[i].node = (i ? d[i - 1].node : 0) + unit_below(seed, 2);
		d[i].node += i > 0;
		d[i].counter = 1 + unit_below(seed, 3);
	}
	d[unit_below(seed, n)].counter = 4 + unit_below(seed, 3);
	x->version.n = n;
	memset(x->hash, (int)unit_below(seed, 3), sizeof(x->hash));
	x->c.version = &x->version;
	x->c.kind = (unsigned)unit_below(seed, 4);
	x->c.hash = x->c.kind ? x->hash : NULL;
	x->c.size = x->c.kind ? x->hash[0] : 0;
}

/* The one that stands. */
static const struct content *
winner(const struct content *a, const struct content *b)
{
	switch (rask_judge(&a->c, &b->c).stands) {
	case RASK_STANDS_INCOMING:
		return b;
	case RASK_STANDS_UNSURE:
		unit_fail(__FILE__, __LINE__, "sure", NULL);
	default:
		return a;
	}
}

/* Are they the same to a user? */
static bool
same(const struct content *a, const struct content *b)
{
	return rask_dot_cmp(rask_version_dot(&a->version),
	    rask_version_dot(&b->version)) == 0 && a->c.kind == b->c.kind &&
	    (a->c.kind == 0 || memcmp(a->hash, b->hash, RASK_SHA_LEN) == 0);
}

/* Check a verdict, and that it is the same from the other side. */
static void
verdict(const struct content *l, const struct content *i,
    enum rask_stands stands, enum rask_loss loss)
{
	struct rask_verdict v = rask_judge(&l->c, &i->c);

	CHECK(v.stands == stands && v.loss == loss);
	v = rask_judge(&i->c, &l->c);
	if (stands == RASK_STANDS_LOCAL)
		stands = RASK_STANDS_INCOMING;
	else if (stands == RASK_STANDS_INCOMING)
		stands = RASK_STANDS_LOCAL;
	CHECK(v.stands == stands && v.loss == loss);
}

static void
test_order(void)
{
	struct content a, b;

	make(&a, "5@1", 1, 'a');
	make(&b, "6@2", 1, 'b');
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	make(&b, "5@2", 1, 'b');
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	make(&b, "5@0", 1, 'b');
	verdict(&a, &b, RASK_STANDS_LOCAL, RASK_LOSS_KEEP);
	verdict(&a, &a, RASK_STANDS_BOTH, RASK_LOSS_NONE);
}

static void
test_seen(void)
{
	struct content a, b;

	make(&a, "5@1", 1, 'a');
	make(&b, "5@1,6@2", 1, 'b');
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_NONE);
	make(&b, "4@1,6@2", 1, 'b');
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	make(&b, "4@1,6@2", 1, 'a');
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_NONE);
	make(&b, "4@1,6@2", 2, 'a');	/* another kind is not equal */
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	make(&b, "4@1,6@2", 1, 'a');
	b.c.hash = NULL;		/* who knows */
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
}

static void
test_deletes(void)
{
	struct content live, gone;

	make(&live, "5@1", 1, 'a');
	make(&gone, "5@1,6@2", 0, 0);
	verdict(&live, &gone, RASK_STANDS_INCOMING, RASK_LOSS_NONE);
	make(&gone, "4@1,6@2", 0, 0);
	verdict(&live, &gone, RASK_STANDS_INCOMING, RASK_LOSS_REISSUE);
	make(&live, "7@1", 1, 'a');
	verdict(&live, &gone, RASK_STANDS_LOCAL, RASK_LOSS_NONE);
	make(&live, "5@0", 1, 'a');
	verdict(&live, &gone, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	make(&gone, "5@0,6@2", 0, 0);
	verdict(&live, &gone, RASK_STANDS_INCOMING, RASK_LOSS_NONE);
	make(&live, "7@1", 0, 0);
	verdict(&live, &gone, RASK_STANDS_LOCAL, RASK_LOSS_NONE);
}

static void
test_twins(void)
{
	struct content a, b;

	make(&a, "5@0", 1, 'a');
	make(&b, "5@0", 1, 'b');
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	a.c.hash = NULL;
	verdict(&a, &b, RASK_STANDS_BOTH, RASK_LOSS_NONE);
	a.c.size = 2;
	verdict(&a, &b, RASK_STANDS_UNSURE, RASK_LOSS_KEEP);
	make(&b, "5@0", 3, 0);
	verdict(&a, &b, RASK_STANDS_INCOMING, RASK_LOSS_KEEP);
	make(&b, "5@0", 0, 0);
	verdict(&a, &b, RASK_STANDS_LOCAL, RASK_LOSS_NONE);
}

static void
test_sides(void)
{
	struct content a, b;
	struct rask_verdict v;
	uint64_t seed = 1, from;
	int round;

	for (round = 0; round < 100000; round++) {
		from = seed;
		draw(&seed, &a);
		draw(&seed, &b);
		v = rask_judge(&a.c, &b.c);
		verdict(&a, &b, v.stands, v.loss);
		CHECK_SEED(from, same(winner(&a, &b), winner(&b, &a)));
		CHECK_SEED(from, same(winner(&a, &a), &a));
		CHECK_SEED(from, (v.stands == RASK_STANDS_BOTH) ==
		    same(&a, &b));
	}
}

static void
test_any_order(void)
{
	struct content x[6];
	const struct content *first, *w;
	uint64_t seed = 1, from;
	size_t i, n = sizeof(x) / sizeof(x[0]);
	int round, order;

	for (round = 0; round < 5000; round++) {
		from = seed;
		for (i = 0; i < n; i++)
			draw(&seed, &x[i]);
		first = NULL;
		for (order = 0; order < 10; order++) {
			/* Any that came twice changes nothing either. */
			w = &x[unit_below(&seed, n)];
			for (i = 0; i < 12; i++)
				w = winner(w, &x[unit_below(&seed, n)]);
			for (i = 0; i < n; i++)
				w = winner(&x[(i + (size_t)order) % n], w);
			if (first == NULL)
				first = w;
			CHECK_SEED(from, same(first, w));
		}
		/* Joined in two halves, too. */
		w = winner(winner(winner(&x[0], &x[3]), &x[5]),
		    winner(&x[4], winner(&x[1], &x[2])));
		CHECK_SEED(from, same(first, w));
	}
}

static const struct unit tests[] = {
	{ "the higher counter stands, then the higher node", test_order },
	{ "content that the winner saw, or has itself, is dropped; other is "
	    "kept", test_seen },
	{ "a delete takes what it saw, an edit is issued again, what was "
	    "found is kept", test_deletes },
	{ "of equal dots the hash decides, once it has to", test_twins },
	{ "both sides of a connection come to one verdict", test_sides },
	{ "any order of judging ends with the same content",
	    test_any_order },
};

UNIT_MAIN(tests)
