/* lib/path.h: what a legal path is. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/path.h"
#include "unit.h"

/* The error of a check, 0 for a legal path. */
static int
fault(const char *p, size_t len)
{
	return rask_path_check(p, len) == 0 ? 0 : errno;
}

/* Check that every path of a vector has this error. */
static void
all_have(const char *name, int error)
{
	FILE *f = unit_vectors(name);
	char *line = NULL;
	size_t cap = 0, count = 0;
	long n;

	while ((n = unit_line(f, &line, &cap)) != -1) {
		CHECK_FOR(line, fault(line, (size_t)n) == error);
		count++;
	}
	CHECK(count > 0);
	free(line);
	fclose(f);
}

static void
test_legal(void)
{
	all_have("paths/legal.txt", 0);
	CHECK(fault("\n", 1) == 0);
}

static void
test_bad(void)
{
	all_have("paths/bad.txt", EINVAL);
	CHECK(fault("a\0b", 3) == EINVAL);
	CHECK(fault("\0", 1) == EINVAL);
}

static void
test_long(void)
{
	char p[RASK_PATH_MAX + 2];
	size_t i;

	memset(p, 'a', sizeof(p));
	CHECK(fault(p, RASK_NAME_MAX) == 0);
	CHECK(fault(p, RASK_NAME_MAX + 1) == ENAMETOOLONG);
	for (i = 200; i < sizeof(p); i += 200)
		p[i] = '/';
	CHECK(fault(p, RASK_PATH_MAX) == 0);
	CHECK(fault(p, RASK_PATH_MAX + 1) == ENAMETOOLONG);
}

static void
test_relations(void)
{
	static const struct {
		const char *a, *b;
		enum rask_rel rel;
	} t[] = {
		{ "a", "a", RASK_REL_SAME },
		{ "a", "a/b", RASK_REL_ABOVE },
		{ "a/b", "a", RASK_REL_BELOW },
		{ "a", "ab", RASK_REL_APART },
		{ "a/b", "a/c", RASK_REL_APART },
		{ "a/b", "a/bc", RASK_REL_APART },
		{ "", "a", RASK_REL_ABOVE },
		{ "a/b/c", "", RASK_REL_BELOW },
		{ "", "", RASK_REL_SAME },
		{ "a", "a.b", RASK_REL_APART },
		{ "a/b", "a/b/c/d", RASK_REL_ABOVE },
	};
	size_t i;

	for (i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		CHECK_FOR(t[i].b, rask_path_rel(t[i].a, t[i].b) == t[i].rel);
		CHECK_FOR(t[i].b, rask_path_meet(t[i].a, t[i].b) ==
		    (t[i].rel != RASK_REL_APART));
		CHECK_FOR(t[i].b, rask_path_meet(t[i].b, t[i].a) ==
		    (t[i].rel != RASK_REL_APART));
	}
}

static void
test_parts(void)
{
	CHECK(rask_path_dirlen("a") == 0);
	CHECK(rask_path_dirlen("a/b") == 1);
	CHECK(rask_path_dirlen("a/b/c") == 3);
	CHECK(strcmp(rask_path_base("a"), "a") == 0);
	CHECK(strcmp(rask_path_base("a/b/c"), "c") == 0);
}

static const struct unit tests[] = {
	{ "a name is any bytes but slash and NUL", test_legal },
	{ "nothing but a plain relative path outside .rask is legal",
	    test_bad },
	{ "4,095 bytes in a path and 255 in a name are the most", test_long },
	{ "a path is above, below, the same or apart", test_relations },
	{ "a path has a directory and a name", test_parts },
};

UNIT_MAIN(tests)
