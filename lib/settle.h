#ifndef RASK_SETTLE_H
#define RASK_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"

/*
 * What stands at a path in the tree, as fstatat(2) and readlinkat(2) say: a
 * directory's size and mtime and a link's size and mode may stand here, and
 * are passed over.
 */
struct rask_seen {
	enum rask_kind kind;	/* GONE: nothing, or nothing that is carried */
	uint16_t mode;		/* permissions, 0 to 0777 */
	uint16_t target_len;	/* bytes, of a link */
	uint64_t size;		/* bytes */
	int64_t mtime;		/* ns since the epoch */
	uint64_t ino;		/* inode number */
	int64_t ctime;		/* ns since the epoch */
	const char *target;	/* of a link; borrowed */
};

/* What is to be done about it. */
enum rask_settle {
	RASK_SETTLE_NONE,	/* the entry says the same */
	RASK_SETTLE_REFRESH,	/* it does but for the signature */
	RASK_SETTLE_HASH,	/* only the content's hash can tell */
	RASK_SETTLE_FOUND,	/* new: content found by a scan */
	RASK_SETTLE_EDIT,	/* an edit of this node; hash unknown */
	RASK_SETTLE_META,	/* an edit that left the content as it was */
	RASK_SETTLE_DELETE	/* a delete on this node */
};

/*
 * Decide what a look at a path means, given what is known of it.
 *
 * The same kind, size, mtime, mode, target and signature is no change.
 *
 * A directory is its mode alone: size, mtime and signature tell nothing, since
 * whatever is made in it changes them; another mode is META.
 *
 * A link is its mtime and target; another signature is REFRESH.
 *
 * Of a file another size or mtime is an edit.  Another mode is META if the
 * inode is the same, else an edit.  Where only inode or ctime differ, the hash
 * decides if the entry has one: REFRESH or an edit.  Without one a file whose
 * inode is the same has not changed (REFRESH), another one is an edit.  An
 * entry without a signature (taken over, or loaded) agrees with any inode, but
 * not without its hash being asked for if it has one.
 *
 * Gone is a delete of a live entry, and else nothing.  What a scan finds on a
 * path without an entry is FOUND; on any other path, a tombstone's too, it is
 * an edit.
 *
 * Shape:   e is NULL for an unknown path; hash NULL until it was asked for by
 *          HASH, then that of the content that `seen` describes.
 */
enum rask_settle rask_settle(const struct rask_entry *e,
    const struct rask_seen *seen, bool found, const unsigned char *hash);

/*
 * The entry that comes of it, for FOUND, EDIT, META, DELETE and REFRESH.
 *
 * FOUND has the dot (mtime, 0); a directory's mtime not being carried, all
 * directories that were ever found have the dot (1, 0), so that those found on
 * both sides are one and the same.  The others but REFRESH have a new dot above
 * all that stood there.  META and REFRESH keep the hash; a tombstone keeps
 * size, mtime, mode, hash and signature.  A link has size and mode 0.
 *
 * Always true: rask_settle() of that entry and the same look is NONE.
 *
 * Shape:   e may be NULL (FOUND, EDIT); path is the entry's; node, last and
 *          now as for rask_version_next(); hash may be NULL: unknown.
 * Returns: 0 and *out, whose seq is 0 but for REFRESH, its strings those of
 *          path and seen or e; -1 with EOVERFLOW past RASK_COUNTER_MAX, EINVAL
 *          for NONE and HASH, and *out as it was.  A full ancestry is shortened
 *          by rask_version_forget().
 */
int rask_settle_entry(struct rask_entry *out, enum rask_settle how,
    const char *path, size_t path_len, const struct rask_entry *e,
    const struct rask_seen *seen, const unsigned char *hash, uint64_t node,
    uint64_t last, uint64_t now);

#endif
