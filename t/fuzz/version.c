/*
 * Bytes that are two versions, or a text that is one: what is accepted is its
 * only encoding, an edit of it is ordered after it, and of two contents both
 * sides say the same.
 */
#include <string.h>
#include <strings.h>

#include "../../lib/version.h"
#include "check.h"

/* What is accepted from the wire goes out as it came. */
static size_t
decode(const uint8_t *p, size_t len, struct rask_version *v)
{
	unsigned char wire[RASK_VERSION_WIRE];
	char text[RASK_VERSION_TEXT];
	struct rask_version again;
	ssize_t n;

	if ((n = rask_version_decode(v, p, len)) == -1)
		return 0;
	CHECK((size_t)n <= len && rask_version_encode(v, wire) == (size_t)n);
	CHECK(memcmp(wire, p, (size_t)n) == 0);
	rask_version_print(v, text);
	CHECK(rask_version_parse(&again, text) == 0);
	CHECK(rask_version_encode(&again, wire) == (size_t)n);
	CHECK(memcmp(wire, p, (size_t)n) == 0);
	return (size_t)n;
}

/* A text that is accepted is printed as it was, but for upper case. */
static void
text(const uint8_t *p, size_t len)
{
	char s[RASK_VERSION_TEXT + 1], again[RASK_VERSION_TEXT];
	struct rask_version v;

	if (len >= sizeof(s))
		return;
	memcpy(s, p, len);
	s[len] = '\0';
	if (rask_version_parse(&v, s) == 0)
		CHECK(strcasecmp(rask_version_print(&v, again), s) == 0);
}

/* An edit that replaces this content has seen it, and is above it. */
static void
edit(const struct rask_version *v)
{
	struct rask_dot d = rask_version_dot(v);
	struct rask_version w;
	size_t i;

	CHECK(rask_version_covers(v, d));
	if (rask_version_next(&w, v, 1, 0, 0) == -1)
		return;
	CHECK(rask_dot_cmp(rask_version_dot(&w), d) > 0);
	for (i = 0; i < v->n; i++)
		CHECK(rask_version_covers(&w, v->v[i]));
}

/* Both sides come to one verdict. */
static void
judge(const struct rask_version *a, const struct rask_version *b)
{
	struct rask_content l = { a, NULL, 1, 1 }, i = { b, NULL, 0, 0 };
	struct rask_verdict v = rask_judge(&l, &i), w = rask_judge(&i, &l);

	CHECK(v.loss == w.loss && v.stands != RASK_STANDS_UNSURE);
	CHECK((v.stands == RASK_STANDS_LOCAL) ==
	    (w.stands == RASK_STANDS_INCOMING));
	CHECK((v.stands == RASK_STANDS_INCOMING) ==
	    (w.stands == RASK_STANDS_LOCAL));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rask_version a, b, ab, ba;
	size_t n;

	text(data, len);
	if ((n = decode(data, len, &a)) == 0)
		return 0;
	edit(&a);
	judge(&a, &a);
	if (decode(data + n, len - n, &b) == 0)
		return 0;
	judge(&a, &b);
	CHECK(rask_version_join(&ab, &a, &b) ==
	    rask_version_join(&ba, &b, &a));
	return 0;
}
