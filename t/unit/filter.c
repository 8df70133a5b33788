/* lib/filter.h: nothing that was added is denied, and little else is not. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/filter.h"
#include "../../lib/hash.h"
#include "unit.h"

/* The i-th place of a sequence. */
static uint64_t
place(uint64_t i)
{
	return rask_place((const char *)&i, sizeof(i));
}

/* How many of 100,000 that were not added are a perhaps. */
static unsigned
wrong(const struct rask_filter *f, uint64_t n)
{
	unsigned i, w = 0;

	for (i = 0; i < 100000; i++)
		w += rask_filter_has(f, place(n + i));
	return w;
}

static void
test_rate(void)
{
	static const uint64_t made[] = { 0, 1, 51, 52, 1000, 100000, 1000000 };
	struct rask_filter *f;
	uint64_t i, n;
	size_t k, size;

	for (k = 0; k < sizeof(made) / sizeof(made[0]); k++) {
		CHECK((f = rask_filter_new(made[k])) != NULL);
		n = rask_filter_made_for(f);
		rask_filter_bytes(f, &size);
		CHECK(n >= made[k] && (size & (size - 1)) == 0);
		CHECK(size == 64 || n / 2 < made[k]);
		CHECK(wrong(f, 0) == 0);
		for (i = 0; i < n; i++) {
			rask_filter_add(f, place(i));
			CHECK(rask_filter_has(f, place(i)));
		}
		for (i = 0; i < n; i++)
			CHECK(rask_filter_has(f, place(i)));
		CHECK(wrong(f, n) < 1500);
		rask_filter_free(f);
	}
	rask_filter_free(NULL);
}

static void
test_load(void)
{
	struct rask_filter *f, *g;
	const unsigned char *p, *q;
	size_t n, m;
	uint64_t i;

	CHECK((f = rask_filter_new(5000)) != NULL);
	for (i = 0; i < 5000; i++)
		rask_filter_add(f, place(i));
	p = rask_filter_bytes(f, &n);
	CHECK((g = rask_filter_load(p, n)) != NULL);
	q = rask_filter_bytes(g, &m);
	CHECK(n == m && p != q && memcmp(p, q, n) == 0);
	CHECK(rask_filter_made_for(f) == rask_filter_made_for(g));
	for (i = 0; i < 20000; i++)
		CHECK(rask_filter_has(f, place(i)) ==
		    rask_filter_has(g, place(i)));
	for (m = 0; m < 200; m++)
		if (m < 64 || (m & (m - 1)) != 0)
			CHECK(rask_filter_load(p, m) == NULL &&
			    errno == EINVAL);
	rask_filter_free(f);
	rask_filter_free(g);
}

/* A filter is kept in files: these bits must not move. */
static void
test_bits(void)
{
	struct rask_filter *f = rask_filter_new(100);
	const unsigned char *p;
	size_t n;

	CHECK(f != NULL);
	rask_filter_add(f, UINT64_C(0x0123456789abcdef));
	rask_filter_add(f, UINT64_C(0xfedcba9876543210));
	p = rask_filter_bytes(f, &n);
	CHECK(n == 128);
	CHECK(rask_checksum(p, n, 0) ==
	    UINT64_C(0x9e467de9c0b43890));
	rask_filter_free(f);
}

static void
test_huge(void)
{
	CHECK(rask_filter_new(UINT64_MAX) == NULL && errno == ENOMEM);
}

static const struct unit tests[] = {
	{ "what was added is found; of the rest one in a hundred, or so, is",
	    test_rate },
	{ "a filter is its bytes", test_load },
	{ "its bytes are the same everywhere", test_bits },
	{ "one too large for the memory is refused", test_huge },
};

UNIT_MAIN(tests)
