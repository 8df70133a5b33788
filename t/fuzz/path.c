/*
 * Two paths, any bytes around an LF: what is accepted names something below
 * the root and outside .rask, and how two lie to each other is what taking
 * them apart says.
 */
#include <string.h>

#include "../../lib/path.h"
#include "check.h"

/* A path that was accepted has none of what is refused. */
static void
legal(const char *p)
{
	const char *s, *end;
	size_t n;

	CHECK(*p != '\0' && strlen(p) <= RASK_PATH_MAX);
	CHECK(strcmp(p, ".rask") != 0 && strncmp(p, ".rask/", 6) != 0);
	for (s = p; ; s = end + 1) {
		end = s + strcspn(s, "/");
		n = (size_t)(end - s);
		CHECK(n > 0 && n <= RASK_NAME_MAX);
		CHECK(n != 1 || s[0] != '.');
		CHECK(n != 2 || s[0] != '.' || s[1] != '.');
		if (*end == '\0')
			break;
	}
	CHECK(strcmp(rask_path_base(p), s) == 0);
	CHECK(rask_path_dirlen(p) == (s == p ? 0 : (size_t)(s - p) - 1));
}

/* Does a hold b, by taking names off b's end? */
static int
holds(const char *a, const char *b)
{
	size_t n = strlen(b);

	while (n > 0) {
		while (n > 0 && b[n - 1] != '/')
			n--;
		if (n > 0)
			n--;
		if (n > 0 && strlen(a) == n && memcmp(a, b, n) == 0)
			return 1;
	}
	return 0;
}

/* A NUL-terminated copy. */
static char *
copy(const uint8_t *data, size_t len)
{
	char *s;

	CHECK((s = malloc(len + 1)) != NULL);
	memcpy(s, data, len);
	s[len] = '\0';
	return s;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *lf = len ? memchr(data, '\n', len) : NULL;
	size_t n = lf ? (size_t)(lf - data) : len;
	size_t m = lf ? len - n - 1 : 0;
	char *a = copy(data, n), *b = copy(lf ? lf + 1 : data, m);
	enum rask_rel rel;

	if (rask_path_check(a, n) == 0) {
		CHECK(strlen(a) == n);
		legal(a);
		if (rask_path_check(b, m) == 0) {
			rel = rask_path_rel(a, b);
			CHECK((rel == RASK_REL_SAME) == (strcmp(a, b) == 0));
			CHECK((rel == RASK_REL_ABOVE) == holds(a, b));
			CHECK((rel == RASK_REL_BELOW) == holds(b, a));
			CHECK(rask_path_meet(a, b) ==
			    (rel != RASK_REL_APART));
			CHECK(rask_path_meet(a, b) == rask_path_meet(b, a));
		}
	}
	free(a);
	free(b);
	return 0;
}
