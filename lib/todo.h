#ifndef RASK_TODO_H
#define RASK_TODO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "line.h"

/*
 * What is still to be told about a tree: an ordered set of paths whose state
 * somebody has to look at.  A path says only that it changed; what it is now
 * is found out when its turn comes, so that a path which changed a hundred
 * times is told once, as it is last.
 *
 * Always true: a path waits at most once after the latest waiting mv, and
 * nothing folds across an mv; within a lane, order is that of the latest
 * change that can matter to another path; at most `limit` items wait, beyond
 * that they fold into their directories, which somebody has to walk.
 *
 * Pure: no descriptor, clock or global.
 */
struct rask_todo;

/* The lanes, in the order in which they are served. */
enum rask_lane {
	RASK_LANE_LIVE,		/* seen changing, or small */
	RASK_LANE_BULK,		/* seen changing, large */
	RASK_LANE_BACK,		/* found by a scan, or walked */
	RASK_LANES
};

enum rask_todo_kind {
	RASK_TODO_PATH,		/* look at path */
	RASK_TODO_MV,		/* path became path2 */
	RASK_TODO_SCAN,		/* walk the entries of directory path */
	RASK_TODO_DEEP		/* walk all that is below directory path */
};

/* Item fields up to `path2` are for reading; the rest is the set's own. */
struct rask_todo_item {
	enum rask_todo_kind kind;
	enum rask_lane lane;
	enum rask_op op;	/* PATH: what was said of it, a hint */
	unsigned tree;		/* caller's number of the tree */
	int64_t since;		/* caller's time of the first change folded */
	const char *path;	/* legal, or "" for a walk of the root */
	const char *path2;	/* MV: the new path, else NULL */
	void *aux;		/* the caller's, once it has taken the item */

	struct rask_todo_item *next, *prev;	/* in its lane */
	struct rask_todo_item *hnext;		/* in its hash chain */
	uint64_t num;				/* order of addition */
	uint32_t hash;				/* of tree and path */
};

/*
 * A new empty set that folds beyond limit items.
 * Returns: the set, or NULL with ENOMEM.
 */
struct rask_todo *rask_todo_new(size_t limit);
/* End it, with all items that wait; NULL does nothing. */
void rask_todo_free(struct rask_todo *t);

/*
 * Note a change: op is PUT, SYMLINK, MKDIR or DEL, or MV with path2.
 * A live change of a path that waits in the BACK lane moves it to `lane`.
 * Owns:    copies the strings.
 * Returns: 0, or -1 with ENOMEM and the set as it was.
 */
int rask_todo_add(struct rask_todo *t, enum rask_lane lane, enum rask_op op,
    unsigned tree, const char *path, const char *path2, int64_t now);

/* Note a directory to be walked, kind SCAN or DEEP.  Returns: as above. */
int rask_todo_walk(struct rask_todo *t, enum rask_todo_kind kind,
    unsigned tree, const char *path, int64_t now);

/* The next item of a lane, which stays in the set; NULL when there is none. */
struct rask_todo_item *rask_todo_first(struct rask_todo *t,
    enum rask_lane lane);

/*
 * Take an item out.  It is the caller's now, who ends it with
 * rask_todo_drop() or brings it back with rask_todo_back().
 */
void rask_todo_take(struct rask_todo *t, struct rask_todo_item *it);

/*
 * Bring an item back to the front of lane, since it could not be done; it is
 * dropped instead if its path waits again already.
 * Owns:    takes the item.
 */
void rask_todo_back(struct rask_todo *t, enum rask_lane lane,
    struct rask_todo_item *it);

/* The same, but to the end of the lane: its turn comes after the others. */
void rask_todo_defer(struct rask_todo *t, enum rask_lane lane,
    struct rask_todo_item *it);

/* End an item that was taken; NULL does nothing. */
void rask_todo_drop(struct rask_todo_item *it);

/* Items that wait. */
size_t rask_todo_count(const struct rask_todo *t);

/*
 * Deletes and renames that folding has forgotten since the last call; whoever
 * is told the rest cannot know of these.
 */
uint64_t rask_todo_lost(struct rask_todo *t);

#endif
