#ifndef HINTS_H
#define HINTS_H

#include "line.h"
#include "lines.h"
#include "look.h"
#include "move.h"
#include "paths.h"
#include "sweep.h"
#include "waits.h"

/* What was said of a path. */
enum {
	LOOK_FOUND = 1 << 0,	/* a scan met it */
	LOOK_GONE = 1 << 1	/* it is gone */
};

#define HINTS_BUF	(RASK_RECORD_HEAD + RASK_RECORD_MAX)

/*
 * The insides of lines.h.  One rule holds them together: whoever looks at a
 * path, or is granted it, first has all moves that concern it applied to it
 * (move_apply), so that nothing is lost or doubled by when they end.
 */
struct hints {
	struct store *store;	/* borrowed */
	struct rask_work *hasher;	/* borrowed */
	uint64_t node;		/* this one's id */
	char *tree;		/* absolute, owned; NULL: not known */
	bool fixed;		/* the tree was given by the caller */
	bool foreign;		/* lines are those of another tree */
	bool ending;		/* hints_free() was called */
	int64_t stalled;	/* when a slice failed, ns; 0: it did not */
	int failed;		/* errno of the last failure of a slice */
	struct look look;
	struct waits waits;	/* holds, and who waits for their end */
	struct moves moves;	/* that are not over */
	struct sweep sweep;	/* over the whole store */
	uint64_t changes;	/* taken so far, for counting */
	bool dirty;		/* something is to be committed */
	bool undone;		/* a commit failed since somebody asked */
	struct rask_buf text;	/* lines, to be spoilt */
	struct rask_record rec;	/* scratch, as the following */
	unsigned char buf[HINTS_BUF];	/* of take.c and grant.c */
	unsigned char from[HINTS_BUF], to[HINTS_BUF];	/* of moves */
};

/*
 * take.c: look at a path, and take what that means.  That a directory is gone
 * is believed only if that was said: else it may have another name, which a
 * later line tells, and what is in it goes with it.
 * Shape:   line is the line that told of it, or NULL; said has LOOK_ bits.
 * Returns: 0; -1 with errno, and it has to be looked at again.
 */
int hints_look(struct hints *h, const char *path, unsigned said,
    const struct rask_change *line);
/* The same, but wait if the path is held. */
int hints_look_wait(struct hints *h, const char *path, unsigned said);
/* The same, knowing the hash of what `hashed` describes. */
int hints_look_hashed(struct hints *h, const char *path, unsigned said,
    const struct rask_seen *hashed, const unsigned char *hash);
/*
 * Take what rask_settle() decided of a path, whose entry is e or NULL.
 * *seq may be NULL.  Returns: 0; -1 with errno.
 */
int hints_settled(struct hints *h, enum rask_settle how, const char *path,
    const struct rask_entry *e, const struct rask_seen *seen,
    const unsigned char *hash, unsigned flags);
/* Take h->rec, a CHANGE or REFRESH in place of `before`. */
int hints_record(struct hints *h, const struct rask_entry *before);
/* End the batch.  Returns: 0; -1 with errno, and all of it is undone. */
int hints_commit(struct hints *h);

/*
 * hash.c: compute the hash of a file off the loop; meanwhile its path is held,
 * then it is looked at.  Returns: 0; -1 with errno.
 */
int hints_hash(struct hints *h, const char *path, unsigned said);

/* grant.c: judge an asking whose path nobody holds, and answer it. */
void grant_try(struct hints *h, struct grant *g);
/* Answer one that cannot be judged. */
void grant_failed(struct hints *h, struct grant *g, int error);
/* Is this the watcher's line about what was granted there? */
bool grant_echo(const struct hints *h, const struct rask_change *c);

/* movelines.c: take a rename.  Returns: 0; -1 with errno. */
int hints_mv(struct hints *h, const char *old, const char *new, bool live);

#endif
