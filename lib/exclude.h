#ifndef RASK_EXCLUDE_H
#define RASK_EXCLUDE_H

#include <stdbool.h>

/*
 * Names to be left out of a tree, as patterns of glob(7).  One without a slash
 * is matched with the name of an entry; one with a slash with its whole path,
 * where '*' and '?' match no slash.  A slash at the front says 'from the
 * root', one at the end is passed over.
 *
 * What is in an excluded directory is not asked about: whoever descends stops
 * there.
 */
struct rask_exclude;

/* Returns: an empty set, or NULL with ENOMEM. */
struct rask_exclude *rask_exclude_new(void);
/* Forget all patterns; NULL does nothing. */
void rask_exclude_free(struct rask_exclude *x);

/*
 * Add a pattern.
 * Returns: 0; -1 with EINVAL for an empty one, ENOMEM.
 * Owns:    copies it.
 */
int rask_exclude_add(struct rask_exclude *x, const char *glob);

/* Is this path, taken by itself, excluded?  NULL excludes nothing. */
bool rask_exclude_match(const struct rask_exclude *x, const char *path);

#endif
