/* lib/buf.h: a queue of bytes. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/buf.h"
#include "unit.h"

/* What was added comes out in order, whatever the sizes of the pieces. */
static void
test_order(void)
{
	struct rask_buf b = { 0 };
	uint64_t seed = 1;
	unsigned char in = 0, out = 0, piece[3000];
	size_t i, n;
	int round;

	for (round = 0; round < 20000; round++) {
		n = unit_below(&seed, sizeof(piece));
		if (unit_random(&seed) & 1) {
			for (i = 0; i < n; i++)
				piece[i] = in++;
			CHECK(rask_buf_add(&b, piece, n) == 0);
		} else {
			if (n > rask_buf_left(&b))
				n = rask_buf_left(&b);
			for (i = 0; i < n; i++)
				CHECK(rask_buf_head(&b)[i] == out++);
			rask_buf_take(&b, n);
		}
		CHECK(b.off <= b.len && b.len <= b.cap);
	}
	rask_buf_free(&b);
}

static void
test_text(void)
{
	struct rask_buf b = { 0 };

	CHECK(rask_buf_str(&b, "a") == 0);
	CHECK(rask_buf_str(&b, "") == 0);
	CHECK(rask_buf_printf(&b, "%d-%s", 5, "xyz") == 0);
	CHECK(rask_buf_left(&b) == 6);
	CHECK(memcmp(rask_buf_head(&b), "a5-xyz", 6) == 0);
	rask_buf_free(&b);
}

static void
test_room(void)
{
	struct rask_buf b = { 0 };
	char *p;

	CHECK((p = rask_buf_room(&b, 1000)) != NULL);
	CHECK(rask_buf_left(&b) == 0);
	memset(p, 'x', 1000);
	rask_buf_grew(&b, 1000);
	CHECK(rask_buf_left(&b) == 1000);
	rask_buf_take(&b, 999);
	CHECK(*rask_buf_head(&b) == 'x');
	rask_buf_free(&b);
	CHECK(b.p == NULL && b.cap == 0 && rask_buf_left(&b) == 0);
}

static void
test_too_much(void)
{
	struct rask_buf b = { 0 }, old;

	CHECK(rask_buf_str(&b, "abc") == 0);
	rask_buf_take(&b, 1);
	old = b;
	errno = 0;
	CHECK(rask_buf_room(&b, SIZE_MAX / 2) == NULL);
	CHECK(errno == ENOMEM);
	CHECK(rask_buf_room(&b, SIZE_MAX - 2) == NULL);
	CHECK(memcmp(&b, &old, sizeof(b)) == 0);
	CHECK(memcmp(rask_buf_head(&b), "bc", 2) == 0);
	rask_buf_free(&b);
}

static void
test_gives_back(void)
{
	struct rask_buf b = { 0 };

	CHECK(rask_buf_room(&b, 10 * 1024 * 1024) != NULL);
	rask_buf_grew(&b, 10 * 1024 * 1024);
	rask_buf_take(&b, rask_buf_left(&b));
	CHECK(b.cap <= 1024 * 1024);
	rask_buf_free(&b);
}

static const struct unit tests[] = {
	{ "what was added is taken in order", test_order },
	{ "text is added without its NUL", test_text },
	{ "room is made first and counted later", test_room },
	{ "what memory cannot hold is refused, with nothing changed",
	    test_too_much },
	{ "an empty queue does not sit on much memory", test_gives_back },
};

UNIT_MAIN(tests)
