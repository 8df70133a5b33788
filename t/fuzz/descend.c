/*
 * Any bytes as a list of nodes, which goes out as it came, and as the other
 * side's answers to a driver, each with its length in 16 bits before it: what
 * is refused changes nothing, and no place is told twice.
 */
#include <errno.h>
#include <string.h>

#include "../../lib/descend.h"
#include "../../lib/wire.h"
#include "check.h"

#define TOLD	4096		/* places that are kept, at most */

/* The places that were told. */
struct told {
	uint64_t v[TOLD];
	size_t n;
};

/* Note a place. */
static void
differ(void *ctx, uint64_t place)
{
	struct told *t = ctx;

	if (t->n < TOLD)
		t->v[t->n++] = place;
}

/* Order of places. */
static int
cmp(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* What is accepted goes out as it came. */
static void
nodes(const uint8_t *data, size_t len)
{
	static struct rask_node v[RASK_SUMS_MAX];
	struct rask_buf out = { 0 };
	int n;

	errno = 0;
	if ((n = rask_nodes_read(data, len, v, RASK_SUMS_MAX)) == -1) {
		CHECK(errno == EPROTO);
		return;
	}
	CHECK(n > 0 && n <= RASK_SUMS_MAX);
	CHECK(rask_nodes_add(&out, v, n) == 0);
	CHECK(rask_buf_left(&out) == len);
	CHECK(memcmp(rask_buf_head(&out), data, len) == 0);
	rask_buf_free(&out);
}

/* Answer a question from the data, or with nothing if that is refused. */
static void
answer(struct rask_descend *d, uint32_t id, size_t empty,
    struct rask_rd *data)
{
	static const unsigned char zero[RASK_SUMS_MAX * RASK_SUMS_LEN];
	const unsigned char *p;
	size_t n;

	CHECK(rask_descend_answer(d, id, 0, zero, empty) == 0);
	n = rask_rd_u16(data);
	p = rask_rd_bytes(data, n);
	errno = 0;
	if (p != NULL && rask_descend_answer(d, id, 1, p, n) == 0)
		return;
	CHECK(p == NULL || errno == EPROTO);
	CHECK(rask_descend_answer(d, id, 1, zero, empty) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct told t;
	struct rask_rd rd = { data, data + len, false };
	struct rask_descend *d;
	enum rask_descend_ask ask;
	struct rask_buf body = { 0 };
	uint32_t id;
	size_t i, n;

	nodes(data, len);
	t.n = 0;
	CHECK((d = rask_descend_new(rask_rd_u8(&rd) % 16 * 4, differ,
	    &t)) != NULL);
	while ((ask = rask_descend_next(d, &body, &id)) !=
	    RASK_DESCEND_DONE && !rd.bad) {
		CHECK(ask >= RASK_DESCEND_SUMS);
		n = (rask_buf_left(&body) - 2) / RASK_NODE_LEN;
		nodes(rask_buf_head(&body), rask_buf_left(&body));
		answer(d, id, ask == RASK_DESCEND_SUMS ? n * RASK_SUMS_LEN :
		    2 * n, &rd);
		rask_buf_take(&body, rask_buf_left(&body));
	}
	rask_buf_free(&body);
	rask_descend_free(d);
	qsort(t.v, t.n, sizeof(t.v[0]), cmp);
	for (i = 1; i < t.n; i++)
		CHECK(t.v[i] != t.v[i - 1]);
	return 0;
}
