/* lib/digest.h: sums of items over places. */
#include <stdlib.h>
#include <string.h>

#include "../../lib/digest.h"
#include "unit.h"

#define ITEMS	400

/* An item, and whether it is in the digest. */
struct item {
	uint64_t place;
	struct rask_sum sum;
	bool in;
};

/* A random sum, often near the carry. */
static struct rask_sum
draw_sum(uint64_t *seed)
{
	struct rask_sum s = { unit_random(seed), unit_random(seed) };

	if (unit_below(seed, 3) == 0)
		s.lo = UINT64_MAX - unit_below(seed, 2);
	return s;
}

/* Draw items, some of them close together. */
static void
draw_items(struct item *v, size_t n, uint64_t *seed)
{
	size_t i;

	for (i = 0; i < n; i++) {
		v[i].place = unit_random(seed);
		if (i > 0 && unit_below(seed, 3) == 0)
			v[i].place = v[i - 1].place ^ unit_below(seed, 3);
		v[i].sum = draw_sum(seed);
		v[i].in = false;
	}
}

/* What the sum at a depth is to be. */
static struct rask_sum
model(const struct item *v, size_t n, unsigned depth, uint64_t place)
{
	struct rask_sum sum = { 0, 0 };
	size_t i;

	for (i = 0; i < n; i++)
		if (v[i].in && (depth == 0 ||
		    (v[i].place ^ place) >> (64 - depth) == 0))
			rask_sum_add(&sum, v[i].sum);
	return sum;
}

/* Is every sum above and at some places as the model has it? */
static bool
is(const struct rask_digest *d, const struct item *v, uint64_t *seed)
{
	unsigned depth;
	uint64_t place;
	int i;

	for (i = 0; i < 8; i++) {
		place = i > 0 ? v[unit_below(seed, ITEMS)].place :
		    unit_random(seed);
		for (depth = 0; depth <= rask_digest_bits(d); depth++)
			if (!rask_sum_equal(rask_digest_sum(d, depth, place),
			    model(v, ITEMS, depth, place)))
				return false;
	}
	return true;
}

/* Add and take away items at random. */
static void
shuffle(struct rask_digest *d, struct item *v, int n, uint64_t *seed)
{
	struct item *it;

	while (n-- > 0) {
		it = &v[unit_below(seed, ITEMS)];
		if (it->in)
			rask_digest_sub(d, it->place, it->sum);
		else
			rask_digest_add(d, it->place, it->sum);
		it->in = !it->in;
	}
}

/* A digest of a random set. */
static struct rask_digest *
draw(unsigned bits, struct item *v, uint64_t *seed)
{
	struct rask_digest *d;

	draw_items(v, ITEMS, seed);
	CHECK((d = rask_digest_new(bits)) != NULL);
	CHECK(rask_digest_bits(d) == bits);
	shuffle(d, v, 2 * ITEMS, seed);
	return d;
}

static void
test_sum(void)
{
	struct rask_sum a = { 1, UINT64_MAX }, b = { 0, 1 }, c;
	unsigned char p[16], q[16] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
	    13, 14, 15, 16 };
	uint64_t seed = 1;
	int i;

	c = a;
	rask_sum_add(&c, b);
	CHECK(c.hi == 2 && c.lo == 0);
	rask_sum_sub(&c, b);
	CHECK(rask_sum_equal(a, c));
	for (i = 0; i < 1000; i++) {
		a = c = draw_sum(&seed);
		b = draw_sum(&seed);
		rask_sum_add(&c, b);
		rask_sum_sub(&c, a);
		CHECK(rask_sum_equal(b, c));
	}
	a = rask_sum_read(q);
	CHECK(a.hi == 0x0102030405060708 && a.lo == 0x090a0b0c0d0e0f10);
	rask_sum_write(a, p);
	CHECK(memcmp(p, q, 16) == 0);
	b = a;
	b.lo ^= 1;
	CHECK(!rask_sum_equal(a, b));
}

static void
test_any_sequence(void)
{
	struct item v[ITEMS];
	struct rask_digest *d;
	uint64_t seed;
	unsigned bits;
	int round;

	for (bits = 0; bits <= 14; bits++) {
		seed = bits;
		d = draw(bits, v, &seed);
		for (round = 0; round < 10; round++) {
			shuffle(d, v, 50, &seed);
			CHECK_SEED(bits, is(d, v, &seed));
		}
		rask_digest_free(d);
	}
	seed = 20;
	d = draw(20, v, &seed);
	CHECK_SEED(20, is(d, v, &seed));
	rask_digest_free(d);
}

static void
test_nothing(void)
{
	struct item v[ITEMS];
	struct rask_digest *d;
	uint64_t seed = 3;
	unsigned char zero[16 << 9] = { 0 }, leaves[16 << 9];
	size_t i;

	d = draw(9, v, &seed);
	for (i = 0; i < ITEMS; i++)
		if (v[i].in)
			rask_digest_sub(d, v[i].place, v[i].sum);
	rask_digest_save(d, leaves);
	CHECK(memcmp(zero, leaves, sizeof(zero)) == 0);
	for (i = 0; i < ITEMS; i++)
		v[i].in = false;
	CHECK(is(d, v, &seed));
	rask_digest_free(d);
	rask_digest_free(NULL);
}

static void
test_saved(void)
{
	struct item v[ITEMS];
	struct rask_digest *d, *e;
	uint64_t seed;
	unsigned char *leaves, *again;
	unsigned bits;

	for (bits = 0; bits <= 13; bits++) {
		seed = bits + 100;
		d = draw(bits, v, &seed);
		CHECK((leaves = malloc((size_t)16 << bits)) != NULL);
		CHECK((again = malloc((size_t)16 << bits)) != NULL);
		rask_digest_save(d, leaves);
		CHECK((e = rask_digest_new(bits)) != NULL);
		rask_digest_add(e, 5, (struct rask_sum){ 1, 1 });
		rask_digest_load(e, leaves);
		CHECK_SEED(bits, is(e, v, &seed));
		rask_digest_save(e, again);
		CHECK(memcmp(leaves, again, (size_t)16 << bits) == 0);
		shuffle(e, v, 20, &seed);
		CHECK_SEED(bits, is(e, v, &seed));
		free(leaves);
		free(again);
		rask_digest_free(d);
		rask_digest_free(e);
	}
}

static void
test_merge(void)
{
	struct item v[ITEMS], w[ITEMS];
	struct rask_digest *a, *b;
	uint64_t seed = 7, place;
	struct rask_sum sum;
	unsigned depth;
	int i;

	a = draw(11, v, &seed);
	b = draw(11, w, &seed);
	rask_digest_merge(a, b);
	for (i = 0; i < ITEMS; i++) {
		place = i % 2 ? v[i].place : w[i].place;
		for (depth = 0; depth <= 11; depth++) {
			sum = model(v, ITEMS, depth, place);
			rask_sum_add(&sum, model(w, ITEMS, depth, place));
			CHECK(rask_sum_equal(sum,
			    rask_digest_sum(a, depth, place)));
		}
	}
	rask_digest_free(a);
	rask_digest_free(b);
}

/* An entry to be varied. */
static struct rask_entry
entry(void)
{
	struct rask_entry e = { .kind = RASK_KIND_FILE, .mode = 0644,
	    .size = 5, .mtime = 1700000000123456789, .path = "img/1.jpg",
	    .path_len = 9 };

	CHECK(rask_version_parse(&e.version, "5@0,9@1,b@7") == 0);
	return e;
}

static void
test_item(void)
{
	struct rask_entry e = entry();
	struct rask_sum s;

	/* SHA-256 over the fields as the header lists them. */
	s = rask_entry_item(&e);
	CHECK(s.hi == 0x23ff71cb8b49c84c &&
	    s.lo == 0x376f499e5471053a);
	e.kind = RASK_KIND_GONE;
	s = rask_entry_item(&e);
	CHECK(s.hi == 0 && s.lo == 0);
}

static void
test_item_fields(void)
{
	struct rask_entry e[9];
	struct rask_sum s = { 0, 0 };
	size_t i, j;

	for (i = 0; i < 9; i++)
		e[i] = entry();
	e[1].kind = RASK_KIND_DIR;
	e[2].mode = 0600;
	e[3].size = 6;
	e[4].mtime++;
	e[5].path = "img/2.jpg";
	e[6].path_len--;
	e[7].target = "x";
	e[7].target_len = 1;
	CHECK(rask_version_parse(&e[8].version, "5@0,9@1,c@7") == 0);
	for (i = 0; i < 9; i++)
		for (j = 0; j < i; j++)
			CHECK(!rask_sum_equal(rask_entry_item(&e[i]),
			    rask_entry_item(&e[j])));
	s = rask_entry_item(&e[0]);
	e[0].has_hash = e[0].has_sig = true;
	memset(e[0].hash, 7, sizeof(e[0].hash));
	e[0].ino = 5;
	e[0].ctime = 6;
	e[0].seq = 7;
	CHECK(rask_version_parse(&e[0].version, "4@0,b@7") == 0);
	CHECK(rask_sum_equal(s, rask_entry_item(&e[0])));
}

static const struct unit tests[] = {
	{ "sums add and subtract with a carry, and are big-endian", test_sum },
	{ "after any changes a digest is the one computed from scratch, at "
	    "every depth", test_any_sequence },
	{ "what is added and taken away again leaves nothing", test_nothing },
	{ "a digest that was saved and loaded is the same, above its leaves "
	    "too", test_saved },
	{ "two digests merged are the digest of both", test_merge },
	{ "an entry's item is the hash of its fields, a tombstone's zero",
	    test_item },
	{ "an item depends on path, kind, dot, size, mtime, mode and target, "
	    "and on nothing else", test_item_fields },
};

UNIT_MAIN(tests)
