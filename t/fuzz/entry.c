/*
 * Bytes that are an entry: what is accepted is its only encoding.  A length of
 * 16 bits and two entries: once they are of one path, both sides say the same
 * of them, and come to the same.
 */
#include <string.h>

#include "../../lib/entry.h"
#include "check.h"

/* What is accepted goes out as it came. */
static int
decode(struct rask_entry *e, const uint8_t *p, size_t len)
{
	unsigned char again[RASK_ENTRY_MAX];
	const char *path;
	size_t n;

	path = rask_entry_path(p, len, &n);
	CHECK(path == NULL || n <= len);
	if (rask_entry_decode(e, p, len) == -1)
		return -1;
	CHECK(len <= RASK_ENTRY_MAX && rask_entry_encode(e, again) == len);
	CHECK(memcmp(again, p, len) == 0);
	CHECK(path == e->path && n == e->path_len);
	return 0;
}

/* The bytes of what stands, but for what only one node knows. */
static size_t
stands(const struct rask_entry *local, const struct rask_entry *incoming,
    unsigned char *p)
{
	struct rask_entry out, more;

	if (!rask_entry_merge(&out, local, incoming))
		out = *local;
	CHECK(!rask_entry_merge(&more, &out, local));
	CHECK(!rask_entry_merge(&more, &out, incoming));
	out.has_sig = false;
	out.seq = 0;
	rask_version_found(&out.version, 0);
	return rask_entry_encode(&out, p);
}

/* Judge and merge two from both sides. */
static void
both(struct rask_entry *a, struct rask_entry *b)
{
	unsigned char p[RASK_ENTRY_MAX], q[RASK_ENTRY_MAX];
	struct rask_verdict v, w;
	size_t n;

	b->path = a->path;
	b->path_len = a->path_len;
	v = rask_entry_judge(a, b);
	w = rask_entry_judge(b, a);
	CHECK(v.loss == w.loss);
	CHECK((v.stands == RASK_STANDS_LOCAL) ==
	    (w.stands == RASK_STANDS_INCOMING));
	CHECK((v.stands == RASK_STANDS_BOTH) ==
	    (w.stands == RASK_STANDS_BOTH));
	n = stands(a, b, p);
	CHECK(n == stands(b, a, q) && memcmp(p, q, n) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rask_entry a, b;
	size_t n;

	if (decode(&a, data, len) == 0)
		both(&a, &a);
	if (len < 2)
		return 0;
	n = (size_t)data[0] << 8 | data[1];
	if (n > len - 2 || decode(&a, data + 2, n) == -1 ||
	    decode(&b, data + 2 + n, len - 2 - n) == -1)
		return 0;
	both(&a, &b);
	return 0;
}
