#ifndef RASK_WATCHSEEN_H
#define RASK_WATCHSEEN_H

#include <stdbool.h>
#include <stdint.h>

/*
 * What the reader of the lines was last told of a path, as far as it is
 * remembered: a table of fixed size, where the new displaces the old.
 *
 * Always true: whatever is found is true; not to find it means nothing.
 *
 * Pure: no descriptor, clock or global.
 */
#define RASK_SEEN_SETS	4096	/* of two entries each; a power of two */

enum {
	RASK_SEEN_UNKNOWN,	/* not remembered */
	RASK_SEEN_FRESH,	/* the path is new: the reader knows of none */
	RASK_SEEN_GONE,		/* the reader knows that there is none */
	RASK_SEEN_KNOWN,	/* the reader may know it, as it was once */
	RASK_SEEN_VALUE		/* this or more: the hash of a state told */
};

struct rask_seen {
	uint64_t seed;		/* random, against made-up collisions */
	uint64_t epoch;		/* what is remembered from another is void */
	bool lost;		/* a RASK_SEEN_KNOWN may have been forgotten */
	struct {
		uint64_t key;	/* hash of epoch, tree and path */
		uint64_t value;	/* as above */
	} set[RASK_SEEN_SETS][2];	/* the later one first */
};

/* Forget everything. */
void rask_seen_forget(struct rask_seen *s);

/* Remember a value for a path. */
void rask_seen_set(struct rask_seen *s, unsigned tree, const char *path,
    uint64_t value);

/* What is remembered of a path. */
uint64_t rask_seen_get(const struct rask_seen *s, unsigned tree,
    const char *path);

/*
 * A path has come into being.  It is fresh to the reader unless he knows it
 * from before: deletes may have been seen that have not been told.
 */
void rask_seen_born(struct rask_seen *s, unsigned tree, const char *path);

/* A path has gone, which may not be told for a while. */
void rask_seen_died(struct rask_seen *s, unsigned tree, const char *path);

/* All that was seen has been told. */
void rask_seen_level(struct rask_seen *s);

/* The value for a state that is made up of n numbers. */
uint64_t rask_seen_value(const struct rask_seen *s, const uint64_t *state,
    unsigned n);

#endif
