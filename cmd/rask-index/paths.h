#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>
#include <stddef.h>

/*
 * A multiset of paths that is asked whether a path is the same as one of its
 * own, lies above one or below one, in a time that depends on the depth of
 * the path alone.
 *
 * Memory: a node for each path and each of its ancestors.
 */
struct paths;

/* An empty set, or NULL with ENOMEM. */
struct paths *paths_new(void);
/* End it; NULL does nothing. */
void paths_free(struct paths *p);

/* Add a legal path and whose it is.  Returns: 0, or -1 with ENOMEM. */
int paths_add(struct paths *p, const char *path, void *owner);
/* Take out one that was added. */
void paths_del(struct paths *p, const char *path);

/* Does a path meet (rask_path_meet) one of them? */
bool paths_meet(const struct paths *p, const char *path);
/* Whose this very path is; NULL: nobody's. */
void *paths_owner(const struct paths *p, const char *path);

#endif
