#ifndef RASK_PATH_H
#define RASK_PATH_H

#include <stdbool.h>
#include <stddef.h>

#define RASK_PATH_MAX	4095	/* bytes in a path, without a NUL */
#define RASK_NAME_MAX	255	/* bytes in one component */

/* How path a lies to path b. */
enum rask_rel {
	RASK_REL_APART,		/* neither holds the other */
	RASK_REL_SAME,
	RASK_REL_ABOVE,		/* a is an ancestor directory of b */
	RASK_REL_BELOW		/* a lies below b */
};

/*
 * Say whether a path may be used in a tree: relative, no empty component,
 * no "." or "..", no NUL among its len bytes, and not the reserved
 * directory ".rask" at the root or anything in it.
 * Shape:   len bytes, any but NUL; p[len] is not read.
 * Returns: 0; -1 with EINVAL, or ENAMETOOLONG past RASK_PATH_MAX bytes or
 *          RASK_NAME_MAX in a component.
 */
int rask_path_check(const char *p, size_t len);

/* How a lies to b; both are legal paths, and "" is the root above all. */
enum rask_rel rask_path_rel(const char *a, const char *b);

/* The same for the order of changes: does one hold, or lie in, the other? */
bool rask_path_meet(const char *a, const char *b);

/* The bytes of p before its last slash; 0 for a name at the root. */
size_t rask_path_dirlen(const char *p);

/* The last component of p; a pointer into p. */
const char *rask_path_base(const char *p);

#endif
