/* lib/version.h: versions as a vector, as bytes and as text. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/version.h"
#include "unit.h"

/* Read one that is right. */
static struct rask_version
version(const char *s)
{
	struct rask_version v;

	CHECK_FOR(s, rask_version_parse(&v, s) == 0);
	return v;
}

/* Does v print as s? */
static bool
is(const struct rask_version *v, const char *s)
{
	char text[RASK_VERSION_TEXT];

	return strcmp(rask_version_print(v, text), s) == 0;
}

/* Undo hexadecimal up to the first TAB; the number of bytes. */
static size_t
unhex(const char *s, unsigned char *p)
{
	size_t n;
	unsigned byte;

	for (n = 0; s[2 * n] != '\t'; n++) {
		CHECK_FOR(s, sscanf(s + 2 * n, "%2x", &byte) == 1);
		p[n] = (unsigned char)byte;
	}
	return n;
}

static void
test_good_vectors(void)
{
	unsigned char wire[2048], again[RASK_VERSION_WIRE];
	char *line = NULL, text[RASK_VERSION_TEXT];
	struct rask_version v;
	FILE *f = unit_vectors("versions/good.hex");
	size_t n, cap = 0, count = 0;

	while (unit_line(f, &line, &cap) != -1) {
		if (*line == '#')
			continue;
		n = unhex(line, wire);
		CHECK_FOR(line, rask_version_decode(&v, wire, n) ==
		    (ssize_t)n);
		CHECK_FOR(line, rask_version_encode(&v, again) == n);
		CHECK_FOR(line, memcmp(wire, again, n) == 0);
		rask_version_print(&v, text);
		CHECK_FOR(line, strcmp(line + 2 * n + 1, text) == 0);
		CHECK_FOR(line, rask_version_parse(&v, text) == 0);
		CHECK_FOR(line, rask_version_encode(&v, again) == n);
		CHECK_FOR(line, memcmp(wire, again, n) == 0);
		count++;
	}
	CHECK(count > 0);
	free(line);
	fclose(f);
}

static void
test_bad_vectors(void)
{
	unsigned char wire[2048];
	char *line = NULL;
	struct rask_version v;
	FILE *f = unit_vectors("versions/bad.hex");
	size_t cap = 0;

	while (unit_line(f, &line, &cap) != -1) {
		if (*line == '#')
			continue;
		errno = 0;
		CHECK_FOR(line, rask_version_decode(&v, wire,
		    unhex(line, wire)) == -1);
		CHECK_FOR(line, errno == EINVAL);
	}
	fclose(f);
	f = unit_vectors("versions/bad.txt");
	while (unit_line(f, &line, &cap) != -1) {
		errno = 0;
		CHECK_FOR(line, rask_version_parse(&v, line) == -1);
		CHECK_FOR(line, errno == EINVAL);
	}
	free(line);
	fclose(f);
}

/* A version of some edits by few nodes. */
static struct rask_version
draw(uint64_t *seed)
{
	struct rask_version v;
	size_t edits = unit_below(seed, 12);

	rask_version_found(&v, (int64_t)unit_below(seed, 9000));
	if (unit_random(seed) & 1)
		CHECK(rask_version_next(&v, NULL, 1 + unit_below(seed, 6),
		    unit_below(seed, 20), 0) == 0);
	while (edits-- > 0)
		CHECK(rask_version_next(&v, &v, 1 + unit_below(seed, 6),
		    unit_below(seed, 20), unit_below(seed, 50)) == 0);
	return v;
}

/* Whatever the bytes: refused, or they are what encoding gives again. */
static void
refused_or_same(const unsigned char *p, size_t len)
{
	unsigned char again[RASK_VERSION_WIRE];
	struct rask_version v;
	ssize_t n;

	if ((n = rask_version_decode(&v, p, len)) == -1)
		return;
	CHECK((size_t)n <= len);
	CHECK(rask_version_encode(&v, again) == (size_t)n);
	CHECK(memcmp(p, again, (size_t)n) == 0);
}

static void
test_damage(void)
{
	unsigned char wire[RASK_VERSION_WIRE], *copy;
	struct rask_version v;
	uint64_t seed = 1;
	size_t n, i, bit;
	int round;

	for (round = 0; round < 500; round++) {
		v = draw(&seed);
		n = rask_version_encode(&v, wire);
		for (i = 0; i < n; i++) {
			CHECK((copy = malloc(i + 1)) != NULL);
			memcpy(copy, wire, i);
			CHECK(rask_version_decode(&v, copy, i) == -1);
			free(copy);
		}
		for (bit = 0; bit < 8 * n; bit++) {
			wire[bit / 8] ^= (unsigned char)(1 << bit % 8);
			refused_or_same(wire, n);
			wire[bit / 8] ^= (unsigned char)(1 << bit % 8);
		}
	}
}

static void
test_covers(void)
{
	struct rask_version v = version("5@0,9@1,b@7");

	CHECK(rask_version_covers(&v, (struct rask_dot){ 9, 1 }));
	CHECK(rask_version_covers(&v, (struct rask_dot){ 1, 1 }));
	CHECK(!rask_version_covers(&v, (struct rask_dot){ 10, 1 }));
	CHECK(rask_version_covers(&v, (struct rask_dot){ 11, 7 }));
	CHECK(!rask_version_covers(&v, (struct rask_dot){ 1, 2 }));
	CHECK(!rask_version_covers(&v, (struct rask_dot){ 1, 8 }));
	CHECK(rask_version_covers(&v, (struct rask_dot){ 5, 0 }));
	CHECK(!rask_version_covers(&v, (struct rask_dot){ 4, 0 }));
	CHECK(!rask_version_covers(&v, (struct rask_dot){ 6, 0 }));
}

static void
test_found(void)
{
	struct rask_version v;

	rask_version_found(&v, 1700000000123456789);
	CHECK(is(&v, "60a2418202240@0"));
	rask_version_found(&v, 0);
	CHECK(is(&v, "1@0"));
	rask_version_found(&v, INT64_MIN);
	CHECK(is(&v, "1@0"));
}

static void
test_next(void)
{
	struct rask_version v = version("5@0,9@1"), w;

	CHECK(rask_version_next(&w, &v, 3, 0, 0) == 0);
	CHECK(is(&w, "5@0,9@1,a@3"));		/* above all it replaces */
	CHECK(rask_version_next(&w, &v, 3, 0x20, 0) == 0);
	CHECK(is(&w, "5@0,9@1,21@3"));		/* above the node's last */
	CHECK(rask_version_next(&w, &v, 3, 0x20, 0x30) == 0);
	CHECK(is(&w, "5@0,9@1,30@3"));		/* at least now */
	CHECK(rask_version_next(&v, &v, 1, 0, 0) == 0);
	CHECK(is(&v, "5@0,a@1"));
	CHECK(rask_version_next(&v, NULL, 7, 0, 5) == 0);
	CHECK(is(&v, "5@7"));
	CHECK(rask_version_dot(&w).counter == 0x30);
	CHECK(rask_version_dot(&w).node == 3);
}

static void
test_next_order(void)
{
	struct rask_version v, w;
	uint64_t seed = 1;
	size_t i;
	int round;

	for (round = 0; round < 20000; round++) {
		v = draw(&seed);
		CHECK(rask_version_next(&w, &v, 1 + unit_below(&seed, 8),
		    unit_below(&seed, 60), unit_below(&seed, 60)) == 0);
		CHECK(rask_dot_cmp(rask_version_dot(&w),
		    rask_version_dot(&v)) > 0);
		for (i = 0; i < v.n; i++)
			CHECK(rask_version_covers(&w, v.v[i]));
		CHECK(!rask_version_covers(&v, rask_version_dot(&w)));
	}
}

static void
test_bounds(void)
{
	struct rask_version v, old;
	uint64_t i;

	CHECK(rask_version_next(&v, NULL, 1, 0, 0) == 0);
	for (i = 2; i <= RASK_VERSION_MAX; i++)
		CHECK(rask_version_next(&v, &v, i, 0, 0) == 0);
	old = v;
	CHECK(rask_version_next(&v, &v, i, 0, 0) == -1 && errno == ENOSPC);
	CHECK(memcmp(&v, &old, sizeof(v)) == 0);
	CHECK(rask_version_next(&v, &v, 1, 0, 0) == 0);
	rask_version_forget(&v);
	CHECK(v.n == RASK_VERSION_MAX - 1);
	CHECK(!rask_version_covers(&v, (struct rask_dot){ 2, 2 }));
	CHECK(rask_version_next(&v, &v, i, 0, 0) == 0);
	v = version("7fffffffffffffff@1");
	CHECK(rask_version_next(&v, &v, 1, 0, 0) == -1);
	CHECK(errno == EOVERFLOW);
	CHECK(rask_version_next(&v, NULL, 1, RASK_COUNTER_MAX, 0) == -1);
	CHECK(rask_version_next(&v, NULL, 1, 0, UINT64_MAX) == -1);
	CHECK(is(&v, "7fffffffffffffff@1"));
	CHECK(rask_version_next(&v, NULL, 1, RASK_COUNTER_MAX - 1, 0) == 0);
}

static void
test_join(void)
{
	struct rask_version a, b, c, left, right;
	uint64_t seed = 1;
	size_t i;
	int round;

	for (round = 0; round < 5000; round++) {
		memset(&left, 0, sizeof(left));
		memset(&right, 0, sizeof(right));
		a = draw(&seed);
		b = draw(&seed);
		c = draw(&seed);
		CHECK(rask_version_join(&left, &a, &b) == 0);
		for (i = 0; i < a.n; i++)
			CHECK(a.v[i].node == 0 ||
			    rask_version_covers(&left, a.v[i]));
		CHECK(rask_version_join(&right, &b, &a) == 0);
		CHECK(memcmp(&left, &right, sizeof(left)) == 0);
		CHECK(rask_version_join(&left, &left, &c) == 0);
		CHECK(rask_version_join(&right, &b, &c) == 0);
		CHECK(rask_version_join(&right, &a, &right) == 0);
		CHECK(left.n == right.n && memcmp(left.v, right.v,
		    left.n * sizeof(left.v[0])) == 0);
		CHECK(rask_version_join(&right, &left, &a) == 0);
		CHECK(memcmp(left.v, right.v, left.n * sizeof(left.v[0])) ==
		    0);
	}
}

static const struct unit tests[] = {
	{ "a version has one encoding and one text", test_good_vectors },
	{ "what breaks a rule of versions is refused", test_bad_vectors },
	{ "damaged bytes are refused or are another version", test_damage },
	{ "an ancestry covers a node's edits up to its counter, and of what "
	    "was found only the very same", test_covers },
	{ "what was found has its mtime for a counter", test_found },
	{ "an edit's counter is above all that it knows", test_next },
	{ "an edit covers what it replaces and is ordered after it",
	    test_next_order },
	{ "a full ancestry or counter is refused, with nothing changed",
	    test_bounds },
	{ "the join of ancestries does not depend on order or repetition",
	    test_join },
};

UNIT_MAIN(tests)
