#ifndef MOVE_H
#define MOVE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "settle.h"
#include "version.h"
#include "walk.h"

struct hints;
struct rask_record;

/* What is being done about a directory, in slices. */
enum move_kind {
	MOVE_ENTRIES,		/* OLD became NEW: its entries follow */
	MOVE_WALK,		/* NEW is to be walked: what is in it is new */
	MOVE_LEFT		/* OLD has left the tree */
};

enum move_phase {
	MOVE_WALKING,		/* through NEW in the tree */
	MOVE_WALKED,		/* waits for the next sweep */
	MOVE_SWEEPING		/* entries below OLD are looked for */
};

struct move {
	enum move_kind kind;
	enum move_phase phase;
	bool fresh;		/* the batch that began it is not committed */
	uint64_t seq;		/* of its record: what is later stays */
	struct rask_dot dot;	/* that its entries get */
	struct rask_walk *walk;	/* owned; NULL: not begun */
	char *old, *new;	/* owned with this; "" where none */
};

#define MOVES_LIMIT	60	/* pending, below what a store remembers */
#define MOVES_NESTED	6	/* of them that meet a new one */

/* In the order of their lines.  Always true: all of an older move's effect
 * on a path comes before any of a younger one's. */
struct moves {
	size_t n;
	struct move *v[MOVES_LIMIT];	/* owned */
};

/* Free all. */
void moves_free(struct moves *m);
/* Drop those that the batch began, or, if it is committed, keep them. */
void moves_settle(struct moves *m, bool committed);
/* Take one out, and free it. */
void moves_drop(struct moves *m, struct move *it);

/* Is there room for one between these paths? */
bool moves_room(const struct moves *m, const char *old, const char *new);
/*
 * Add one, fresh and to be walked (or swept, if nothing can be walked).
 * Returns: it, or NULL with ENOMEM or EAGAIN (there is no room).
 */
struct move *moves_add(struct moves *m, enum move_kind kind, const char *old,
    const char *new);

/* Is path dir itself, or below it?  Then *rest is what follows dir. */
bool move_below(const char *path, const char *dir, const char **rest);

/*
 * Apply the pending moves to the entry of a path: what was there goes where
 * they took it, and what they brought there comes.
 * Returns: 0; -1 with errno.
 */
int move_apply(struct hints *h, const char *path);
/*
 * The first half of that: an entry older than a move below whose OLD it is
 * goes with that and all younger ones, in their order, at once; so whatever
 * was carried is younger than all moves there are.
 * Shape:   room for RASK_PATH_MAX + 1 bytes at to.
 * Returns: 0, *to is where it is now and *last the last move that took it, or
 *          NULL; -1 with errno.
 */
int move_carry(struct hints *h, const char *path, char *to,
    const struct move **last);
/*
 * Let the entry of src, if it is live, become that of dst, as part of m; sig:
 * its inode and ctime from now on, or NULL: as they were.
 */
int move_entry(struct hints *h, const struct move *m, const char *src,
    const char *dst, const struct rask_seen *sig);

/* movelines.c: write down that a move is over.  0; -1 with errno. */
int move_over(struct hints *h, uint64_t seq);
/* movelines.c: begin again what a store's opening found unfinished. */
void move_resume(void *ctx, const struct rask_record *r);

#endif
