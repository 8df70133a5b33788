/* What a legal path is, and how two lie to each other. */
#include <errno.h>
#include <string.h>

#include "path.h"

int
rask_path_check(const char *p, size_t len)
{
	size_t i, start, n;

	if (len > RASK_PATH_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	if (len == 0 || memchr(p, '\0', len) != NULL)
		goto bad;
	for (start = i = 0; i <= len; i++) {
		if (i < len && p[i] != '/')
			continue;
		n = i - start;
		if (n > RASK_NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		if (n == 0 || (n == 1 && p[start] == '.') ||
		    (n == 2 && memcmp(p + start, "..", 2) == 0) ||
		    (start == 0 && n == 5 && memcmp(p, ".rask", 5) == 0))
			goto bad;
		start = i + 1;
	}
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

enum rask_rel
rask_path_rel(const char *a, const char *b)
{
	size_t i;

	for (i = 0; a[i] != '\0' && a[i] == b[i]; i++)
		;
	if (a[i] == b[i])
		return RASK_REL_SAME;
	if (a[i] == '\0' && (i == 0 || b[i] == '/'))
		return RASK_REL_ABOVE;
	if (b[i] == '\0' && (i == 0 || a[i] == '/'))
		return RASK_REL_BELOW;
	return RASK_REL_APART;
}

bool
rask_path_meet(const char *a, const char *b)
{
	return rask_path_rel(a, b) != RASK_REL_APART;
}

size_t
rask_path_dirlen(const char *p)
{
	const char *s = strrchr(p, '/');

	return s == NULL ? 0 : (size_t)(s - p);
}

const char *
rask_path_base(const char *p)
{
	const char *s = strrchr(p, '/');

	return s == NULL ? p : s + 1;
}
