#ifndef RASK_ENTRY_H
#define RASK_ENTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "hash.h"
#include "version.h"

/* What stands at a path; of equal dots the higher kind stands. */
enum rask_kind {
	RASK_KIND_GONE,		/* a tombstone */
	RASK_KIND_FILE,
	RASK_KIND_LINK,		/* a symbolic link */
	RASK_KIND_DIR,
	RASK_KINDS
};

/*
 * What the index knows of one path.
 *
 * Always true, once encoded: the path is legal (rask_path_check); a directory
 * has size and mtime 0 and no hash, a symlink mode 0 and no hash, and only a
 * symlink a target; a tombstone keeps size, mtime, mode, hash and signature of
 * what was deleted; the counter of the version's dot is not 0.
 *
 * Strings are not NUL-terminated and belong to whoever decoded or filled the
 * entry, most often to the bytes that it was decoded from.
 */
struct rask_entry {
	enum rask_kind kind;
	bool has_sig;		/* ino and ctime are known */
	bool has_hash;		/* hash is known */
	uint16_t mode;		/* permissions, 0 to 0777 */
	uint16_t path_len;	/* bytes, 1 to RASK_PATH_MAX */
	uint16_t target_len;	/* bytes, 1 to RASK_PATH_MAX of a link; 0 */
	uint64_t size;		/* bytes, at most INT64_MAX */
	int64_t mtime;		/* ns since the epoch */
	uint64_t ino;		/* local signature: inode number */
	int64_t ctime;		/* local signature: ns since the epoch */
	uint64_t seq;		/* of its last change in the feed; 0: none */
	const char *path;
	const char *target;	/* of a link */
	unsigned char hash[RASK_SHA_LEN];	/* SHA-256 of the content */
	struct rask_version version;
};

#define RASK_ENTRY_MAX	(2 * 4096 + RASK_VERSION_WIRE + 128)

/*
 * Write e.  An entry has one encoding only:
 *
 *	u8 flags	kind, 4 signature, 8 hash, 16 found
 *	n path_len, path
 *	n mode		not of a link
 *	n size, u64 mtime	not of a directory
 *	n ino, n ctime - mtime	with signature; sign in the lowest bit
 *	hash		with hash, 32 bytes
 *	version		but with found, which is set just when the version is
 *			what rask_version_found() makes of mtime
 *	n target_len, target	of a link
 *	n seq
 *
 * where n is a number of 1 to 10 bytes, as few as can be, each but the last
 * with its highest bit set, 7 bits a byte, the highest first.
 *
 * Shape:   e keeps what is always true; room for RASK_ENTRY_MAX bytes at p.
 * Returns: the bytes written.
 * From:    rask-index(5), Entries.
 */
size_t rask_entry_encode(const struct rask_entry *e, unsigned char *p);

/*
 * Read what rask_entry_encode() wrote from exactly len bytes; anything else
 * is refused.
 * Returns: 0, or -1 with EINVAL and *e undefined.
 * Owns:    e's strings point into p.
 */
int rask_entry_decode(struct rask_entry *e, const unsigned char *p,
    size_t len);

/*
 * The path alone, as cheaply as can be, of bytes that came from
 * rask_entry_encode().
 * Returns: the path in p, and its bytes; NULL and 0 if other bytes are too
 *          short for theirs.
 */
const char *rask_entry_path(const unsigned char *p, size_t len,
    size_t *path_len);

/* The same of its kind. */
enum rask_kind rask_entry_kind(const unsigned char *p, size_t len);

/*
 * Judge two entries of one path by rask_judge(), a link's hash being that of
 * its target.
 * Shape:   local may be NULL: nothing is known, and the incoming stands.
 */
struct rask_verdict rask_entry_judge(const struct rask_entry *local,
    const struct rask_entry *incoming);

/*
 * What a set of entries comes to, path by path: of two, the one that stands.
 * Where they are the same, signature, seq and whatever else only the local one
 * knows is kept, and a hash that one of them lacks is taken from the other.
 * What the judge leaves open goes by an order: a known hash before none, then
 * the higher size, mtime and mode.
 *
 * Always true: over any set of entries, any order of merging, in parts or
 * again, ends with the same dot, kind, hash, size, mtime, mode and target.
 * Returns: true, and *out is what is to be stored (its strings those of local
 *          or incoming); false when local is to stay exactly as it is.
 */
bool rask_entry_merge(struct rask_entry *out, const struct rask_entry *local,
    const struct rask_entry *incoming);

#endif
