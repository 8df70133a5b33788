#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settle.h"
#include "store.h"

/*
 * Change lines become changes: each is a hint to look at a path.
 *
 * What waits (for a hash, for a grant's end, for a directory's entries to be
 * moved) is kept as paths to look at again, not as lines, and has a bound.
 */
struct hints;

/* tree: an absolute path, or NULL until a `tree` line says it. */
struct hints *hints_new(struct store *s, struct rask_work *hasher,
    const char *tree);
/* End it; what waits is dropped: the next start finds it by its scan. */
void hints_free(struct hints *h);

/* What became of a batch of lines. */
struct hints_result {
	uint64_t lines;		/* read */
	uint64_t changes;	/* that were changes */
	uint64_t bad;		/* malformed, passed over */
	uint64_t first_bad;	/* the number of the first of them, from 1 */
	const char *why;	/* a constant phrase about it */
};

/*
 * Take whole lines, and commit them.
 * Shape:   text is spoilt; it ends with LF; `live`: they come from the tree's
 *          watcher, whose `tree` line and remarks count.
 * Returns: 0; -1 with errno and nothing of it taken: EAGAIN (what waits has
 *          reached its bound, or a checkpoint has to end: store_on_ready()),
 *          ENOSPC and others of the disk, also when it is for these that what
 *          waits does not end; the same text may come again, so it is not
 *          spoilt then.
 */
int hints_take(struct hints *h, char *text, size_t len, bool live,
    struct hints_result *res);

/* Would hints_take() say EAGAIN just now? */
bool hints_full(const struct hints *h);

/* Something waits in slices (moves, rescans): call hints_slice() when idle. */
bool hints_busy(const struct hints *h);
/* Do some of it, for a millisecond or so. */
void hints_slice(struct hints *h);

/*
 * Is something that lines have asked for not decided yet: files are hashed,
 * or it is done in slices, also when just now it cannot be?  What waits for a
 * grant does not count, since who holds that may wait for the answer.
 * *why: 0, or the errno for which it, or if it is nothing the store, did not
 * go on when it was tried last.
 */
bool hints_pending(const struct hints *h, int *why);
/* Is a directory's renaming among that? */
bool hints_moving(const struct hints *h);
/*
 * Grants have ended: do what has waited for them, as far as it goes.
 * Blocks:  for as long as that takes.
 */
void hints_rest(struct hints *h);

/* The root of the tree as it is known, or NULL; a descriptor of it, or -1. */
const char *hints_tree(const struct hints *h);
int hints_root(const struct hints *h);

/*
 * Grants: who is about to install something at a path asks first, and until he
 * is done nobody else touches that path, an ancestor or a descendant of it.
 *
 * Always true: two granted paths neither are the same nor lie below each
 * other; a watcher's line about a granted path is looked at when the grant
 * ends; asking is answered once, perhaps after others have ended.
 */
enum grant_answer {
	GRANT_YES = 1,		/* install; `stands` is what should be there */
	GRANT_HELD,		/* the same is here already */
	GRANT_SUPERSEDED,	/* `stands` is newer, or beats it */
	GRANT_REISSUE,		/* a delete that had not seen what is here:
				 * `stands` is that, issued again */
	GRANT_FAILED		/* error says why */
};

struct grant;			/* one asking, and what became of it */

/*
 * Ask for a path.
 * Shape:   incoming is the entry to be installed (a copy is made), its ino that
 *          of the finished temporary, or 0.
 * Calls:   answer(ctx, g, ...) once, perhaps before this returns; after
 *          GRANT_YES the grant is held, after any other answer it is over and
 *          g is gone.  stands is NULL when nothing is known; keep says that
 *          what is taken out has to be kept as a conflict.
 * Returns: the grant, or NULL with ENOMEM or EAGAIN (too many wait).
 */
struct grant *grant_ask(struct hints *h, const struct rask_entry *incoming,
    void (*answer)(void *ctx, struct grant *g, enum grant_answer how,
    const struct rask_entry *stands, bool keep, int error), void *ctx);

/*
 * It is installed.  final: kind GONE or the entry's, with ino and ctime as
 * they are now; taken: what was taken out (NULL: nothing was there).  If that
 * is not what was known, it is recorded as an edit first.
 * Returns: 0 and *seq the change's; 1: the same, and what was taken out was
 *          an edit that it had not seen, and has to be kept as a conflict; -1
 *          with errno: EBUSY: the edit that was taken out beats it (put it
 *          back; what to put back is the caller's to know); EAGAIN: the store
 *          was not ready; or as store_commit().  The grant is over.
 */
int grant_installed(struct hints *h, struct grant *g,
    const struct rask_seen *final, const struct rask_seen *taken,
    uint64_t *seq);

/* It is not, and will not be; or the asker is gone. */
void grant_end(struct hints *h, struct grant *g);

#endif
