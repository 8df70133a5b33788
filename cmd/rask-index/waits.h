#ifndef WAITS_H
#define WAITS_H

#include <stdbool.h>
#include <stddef.h>

#include "paths.h"

struct hints;
struct grant;

/* What is to be done with a path once nobody holds it. */
enum wait_kind {
	WAIT_LOOK,
	WAIT_MV,
	WAIT_ASK
};

struct wait {
	struct wait *next, *prev;	/* in a list */
	enum wait_kind kind;
	unsigned said;		/* LOOK: LOOK_ bits */
	bool live;		/* MV: by the watcher */
	struct grant *ask;	/* ASK: borrowed; whoever ends it ends this */
	char *path2;		/* MV: the new path, owned with this */
	char path[];
};

/* A list, first to last. */
struct wait_list {
	struct wait *first, *last;
};

#define WAITS_MAX	4096	/* paths that wait */

/*
 * Who holds paths, and what waits for the end of that, in its order.
 *
 * Always true: no two held paths meet; what waits and may change a path other
 * than by looking is in `queued`, so that nobody overtakes it there; a path
 * is waited for by one look at most.
 */
struct waits {
	struct paths *held;	/* by grants and hashing; owner: a grant */
	struct paths *queued;	/* of MV and ASK in the list */
	struct paths *looks;	/* of LOOK in the list */
	struct wait_list list;
	struct wait_list pass;	/* those whose turn waits_wake() has come to */
	size_t n;		/* that wait */
	unsigned hashing;	/* holds of hash.c */
	bool waking, again;	/* waits_wake() runs; has to run again */
	bool retry;		/* some could not be done, by no hold */
};

/* Nothing is held.  Returns: 0, or -1 with ENOMEM. */
int waits_init(struct waits *w);
/* Drop all; askers are not told. */
void waits_end(struct waits *w);

/* Has somebody to wait who wants this path? */
bool waits_must(const struct waits *w, const char *path);
/* Let a look, a rename or an asking wait.  Returns: 0, or -1 with ENOMEM. */
int waits_look(struct waits *w, const char *path, unsigned said);
int waits_mv(struct waits *w, const char *old, const char *new, bool live);
int waits_ask(struct waits *w, const char *path, struct grant *g);
/* An asking gives up. */
void waits_drop_ask(struct waits *w, struct grant *g);

/* Hold a path for an owner (NULL: a hash).  Returns: 0, or -1 with ENOMEM. */
int waits_hold(struct waits *w, const char *path, void *owner);
/* End that, without telling those who wait. */
void waits_unhold(struct waits *w, const char *path);
/* Now do what waited for that path, if anything did; commit it. */
void waits_wake(struct hints *h, const char *path);
/* Do again what could not be done. */
void waits_retry(struct hints *h);

#endif
