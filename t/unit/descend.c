/* lib/descend.h: nodes and depths, and answers that are none. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "answerer.h"
#include "unit.h"

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
	struct rask_descend *d = rask_descend_new(4, told_differ, t);
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
	{ "few entries are below the depth that is chosen", test_depth },
	{ "a list of nodes is read as it was written, or refused",
	    test_nodes },
	{ "an answer to no question, of a wrong length, with foreign or too "
	    "many items is refused, and changes nothing", test_hostile },
};

UNIT_MAIN(tests)
