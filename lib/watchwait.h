#ifndef RASK_WATCHWAIT_H
#define RASK_WATCHWAIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Names that have to be looked at again: somebody may still be writing them,
 * or it is not known yet what became of them.  A name hangs on the watch
 * descriptor of its directory, so that it follows when that is renamed.
 *
 * Always true: a name waits once; all that wait at one level wait equally
 * long, so that each level is a list in order of time.
 *
 * Pure: no descriptor or global; the caller brings the time, in ns.
 */
enum {
	RASK_WAIT_NOW,		/* until the events at hand are through */
	RASK_WAIT_SOON,		/* 5 ms: a rename may explain it */
	RASK_WAIT_QUIET,	/* 500 ms: did it change meanwhile? */
	RASK_WAIT_PART,		/* as long as rask_waits_init() was told */
	RASK_WAIT_STEP,		/* 20 ms, the next levels twice as long each */
	RASK_WAIT_LEVELS = RASK_WAIT_STEP + 10	/* the last is 10 s */
};

#define RASK_WAIT_MOVE	(5 * INT64_C(1000000))	/* ns of RASK_WAIT_SOON */

struct rask_wait {
	struct rask_wait *next, *prev;	/* at its level */
	struct rask_wait *hnext;	/* in its chain */
	uint32_t hash;			/* of wd and name */
	int wd;				/* of the directory */
	int level;			/* RASK_WAIT_ */
	int64_t due;			/* when to look at it */
	bool born;			/* it was just created */
	bool gone;			/* it was said to be deleted */
	int64_t size, mtime, ctime;	/* QUIET: as it was when put there */
	char name[];			/* in that directory */
};

struct rask_waits {
	struct rask_wait level[RASK_WAIT_LEVELS];	/* heads of lists */
	int64_t delay[RASK_WAIT_LEVELS];		/* ns */
	struct rask_wait **slot;			/* chains */
	size_t slots;					/* a power of two */
	size_t count;					/* names that wait */
};

/*
 * Start with none.
 * Shape:   part is the delay of RASK_WAIT_PART in ns.
 * Returns: 0, or -1 with ENOMEM.
 */
int rask_waits_init(struct rask_waits *w, int64_t part);
/* Forget all that waits. */
void rask_waits_free(struct rask_waits *w);

/* The waiting name, or NULL. */
struct rask_wait *rask_wait_find(const struct rask_waits *w, int wd,
    const char *name);

/*
 * Let a name wait at a level, from now on; if it waits already, it moves.
 * Returns: it, or NULL with ENOMEM.
 */
struct rask_wait *rask_wait_add(struct rask_waits *w, int wd, const char *name,
    int level, int64_t now);

/* Move a waiting name to a level, from now on. */
void rask_wait_move(struct rask_waits *w, struct rask_wait *it, int level,
    int64_t now);

/* The next longer wait for somebody who goes on writing. */
int rask_wait_longer(int level);

/* End the wait; NULL does nothing. */
void rask_wait_drop(struct rask_waits *w, struct rask_wait *it);

/* A name that is due, which goes on waiting; or NULL. */
struct rask_wait *rask_wait_due(const struct rask_waits *w, int64_t now);

/* When the first name is due; INT64_MAX: nothing waits. */
int64_t rask_wait_next(const struct rask_waits *w);

/* The name that has waited longest for its writer, or NULL. */
struct rask_wait *rask_wait_oldest(const struct rask_waits *w);

#endif
