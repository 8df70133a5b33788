#ifndef RASK_SETTLE_H
#define RASK_SETTLE_H

#include <stdbool.h>
#include <stdint.h>

#include "entry.h"

/* What stands at a path in the tree, as fstatat(2) and readlinkat(2) say. */
struct rask_seen {
	enum rask_kind kind;	/* GONE: nothing, or nothing that is carried */
	uint16_t mode;		/* as in an entry, and so the others */
	uint16_t target_len;
	uint64_t size;
	int64_t mtime;
	uint64_t ino;
	int64_t ctime;
	const char *target;	/* borrowed */
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
 * The same kind, size, mtime, mode, target and signature is no change, nor is
 * a directory's mtime or size.  Where only inode or ctime differ, the hash
 * decides if the entry has one; without one a file whose inode is the same has
 * not changed, another one is an edit.  A changed mode or mtime alone, inode
 * and size being the same, is META when the mtime stayed.  Gone is a delete of
 * a live entry, and else nothing.  What a scan finds on a path without an
 * entry is FOUND; on any other path it is an edit.
 *
 * Shape:   e is NULL for an unknown path; hash NULL until it was asked for by
 *          HASH, then that of the content that `seen` describes.
 */
enum rask_settle rask_settle(const struct rask_entry *e,
    const struct rask_seen *seen, bool found, const unsigned char *hash);

/*
 * The entry that comes of it, for FOUND, EDIT, META, DELETE and REFRESH.
 * Shape:   e may be NULL (FOUND, EDIT); path is the entry's; node, last and
 *          now as for rask_version_next(); hash may be NULL: unknown.
 * Returns: 0 and *out, whose seq is 0 but for REFRESH, its strings those of
 *          path and seen or e; -1 with EOVERFLOW past RASK_COUNTER_MAX.  A
 *          full ancestry is shortened by rask_version_forget().
 */
int rask_settle_entry(struct rask_entry *out, enum rask_settle how,
    const char *path, size_t path_len, const struct rask_entry *e,
    const struct rask_seen *seen, const unsigned char *hash, uint64_t node,
    uint64_t last, uint64_t now);

#endif
