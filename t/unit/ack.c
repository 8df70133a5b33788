/* lib/ack.h: numbers of changes as ranges. */
#include <errno.h>
#include <string.h>

#include "../../lib/ack.h"
#include "../../lib/msg.h"
#include "unit.h"

/* Add n numbers from first on, step apart. */
static void
add(struct rask_acks *a, uint64_t first, unsigned n, unsigned step)
{
	for (; n > 0; n--, first += step)
		CHECK(rask_acks_add(a, first) == 0);
}

/* The frame at the front of b, taken from it. */
static struct rask_frame
next(struct rask_buf *b)
{
	struct rask_frame f;

	CHECK(rask_buf_left(b) >= RASK_FRAME_HEAD);
	CHECK(rask_frame_parse(&f, rask_buf_head(b)) == 0);
	CHECK(rask_buf_left(b) >= RASK_FRAME_HEAD + f.len);
	f.body = rask_buf_head(b) + RASK_FRAME_HEAD;
	rask_buf_take(b, RASK_FRAME_HEAD + f.len);
	return f;
}

static void
test_ranges(void)
{
	struct rask_acks a = { 0 };

	add(&a, 5, 1000, 1);
	CHECK(a.n == 1 && a.r[0].first == 5 && a.r[0].last == 1004);
	add(&a, 1006, 1, 1);
	add(&a, 1, 3, 1);
	CHECK(a.n == 3 && a.r[1].first == 1006 && a.r[1].last == 1006);
	CHECK(a.r[2].first == 1 && a.r[2].last == 3);
	rask_acks_free(&a);
	CHECK(a.n == 0 && a.r == NULL);
}

static void
test_many(void)
{
	struct rask_acks a = { 0 }, got = { 0 };
	struct rask_buf b = { 0 };
	enum rask_ack level;
	struct rask_frame f;
	unsigned i, seen = 0;

	add(&a, 1, 10000, 2);
	CHECK(a.n == 10000);
	CHECK(rask_acks_send(&b, &a, RASK_ACK_DURABLE) == 0);
	CHECK(a.n == 10000);
	while (rask_buf_left(&b) > 0) {
		f = next(&b);
		CHECK(f.class == RASK_CLASS_CONTROL && f.stream == 0);
		CHECK(rask_acks_parse(&got, &f, &level) == 0);
		CHECK(level == RASK_ACK_DURABLE && got.n <= RASK_ACKS_MAX);
		for (i = 0; i < got.n; i++, seen++)
			CHECK(got.r[i].first == 1 + 2 * (uint64_t)seen &&
			    got.r[i].last == got.r[i].first);
	}
	CHECK(seen == 10000);
	rask_acks_free(&a);
	rask_acks_free(&got);
	rask_buf_free(&b);
}

static void
test_none(void)
{
	struct rask_acks a = { 0 };
	struct rask_buf b = { 0 };

	CHECK(rask_acks_send(&b, &a, RASK_ACK_VISIBLE) == 0);
	CHECK(rask_buf_left(&b) == 0);
	rask_acks_free(&a);
}

static void
test_too_many(void)
{
	static unsigned char body[1 + 16 * (RASK_ACKS_MAX + 1)];
	struct rask_frame f = { .type = RASK_ACK, .body = body };
	struct rask_acks a = { 0 };
	enum rask_ack level;
	size_t i;

	body[0] = RASK_ACK_VISIBLE;
	for (i = 1; i < sizeof(body); i += 8)
		body[i + 7] = 1;
	f.len = sizeof(body) - 16;
	CHECK(rask_acks_parse(&a, &f, &level) == 0);
	CHECK(a.n == RASK_ACKS_MAX);
	f.len = sizeof(body);
	errno = 0;
	CHECK(rask_acks_parse(&a, &f, &level) == -1 && errno == EPROTO);
	rask_acks_free(&a);
}

static const struct unit tests[] = {
	{ "numbers that follow each other are one range", test_ranges },
	{ "many ranges are as many frames as they need", test_many },
	{ "no numbers are no frame", test_none },
	{ "a frame with more than 4,096 ranges is refused", test_too_many },
};

UNIT_MAIN(tests)
