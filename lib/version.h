#ifndef RASK_VERSION_H
#define RASK_VERSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define RASK_VERSION_MAX	64	/* nodes in one ancestry */
#define RASK_VERSION_WIRE	(1 + 16 * RASK_VERSION_MAX)
#define RASK_VERSION_TEXT	(34 * RASK_VERSION_MAX)
#define RASK_COUNTER_MAX	INT64_MAX

/*
 * A dot is one edit: the counter that the editing node gave it.  Node 0 is
 * nobody; its dots are contents that a scan found, the counter being their
 * mtime.
 */
struct rask_dot {
	uint64_t counter;	/* us since the epoch or above, from 1 */
	uint64_t node;		/* id; 0: found, edited by nobody */
};

/*
 * The ancestry of a content: for each node its latest edit that went into it,
 * this content's own edit among them.
 *
 * Always true: 1 to RASK_VERSION_MAX elements, strictly ascending by node; no
 * counter is 0 or above RASK_COUNTER_MAX; one counter is higher than every
 * other, and that element is the content's own dot.  (What
 * rask_version_join() gives keeps all but the last.)
 *
 * All that is here is pure and allocates nothing.
 */
struct rask_version {
	size_t n;			/* elements */
	struct rask_dot v[RASK_VERSION_MAX];
};

/* Order of dots, by counter and then node: below, at or above 0. */
int rask_dot_cmp(struct rask_dot a, struct rask_dot b);

/* The dot of the edit that made the content whose version v is. */
struct rask_dot rask_version_dot(const struct rask_version *v);

/*
 * Did the content with version v see the edit d?  Its ancestry has that node
 * at d's counter or later; of node 0, at exactly that counter, since the
 * mtimes of what was found tell nothing about each other.
 */
bool rask_version_covers(const struct rask_version *v, struct rask_dot d);

/*
 * The version of content that a scan found on a path without an entry.
 * Units:   ns since the epoch; what is not above it counts as 1 us.
 */
void rask_version_found(struct rask_version *out, int64_t mtime);

/*
 * The version of an edit that replaces content with version `replaced`: the
 * ancestry of that, and a dot whose counter is above all in it, above the
 * node's last one, and at least now.
 * Shape:   replaced is NULL if nothing is; out may be the same object; node
 *          is not 0; last is 0 for a node without an edit.
 * Units:   us since the epoch.
 * Returns: 0; -1 with ENOSPC if the ancestry is full (rask_version_forget()
 *          helps), EOVERFLOW past RASK_COUNTER_MAX, and out as it was.
 */
int rask_version_next(struct rask_version *out,
    const struct rask_version *replaced, uint64_t node, uint64_t last,
    uint64_t now);

/*
 * What both a and b have seen, for an edit made in sight of both, such as a
 * delete's content issued again.  It is an ancestry for rask_version_next(),
 * not the version of a content.
 * Shape:   out may be a or b.
 * Returns: 0, or -1 with ENOSPC and out as it was.
 */
int rask_version_join(struct rask_version *out, const struct rask_version *a,
    const struct rask_version *b);

/*
 * Forget the oldest element of v, which has two at least.  Only an edit about
 * to be made may do that, with its copy of the ancestry.  It costs no content
 * and no agreement: who stands is for dots alone to say, and an ancestry that
 * covers less only keeps a copy, or undoes a delete, too often.
 */
void rask_version_forget(struct rask_version *v);

/*
 * Write v: a byte for the number of elements, then for each its node and its
 * counter, 64 bits each, big-endian.
 * Shape:   room for RASK_VERSION_WIRE bytes at p.
 * Returns: the bytes written.
 * From:    rask-protocol(7), Versions.
 */
size_t rask_version_encode(const struct rask_version *v, unsigned char *p);

/*
 * Read what rask_version_encode() wrote from the first of len bytes; anything
 * else is refused, so that a version has one encoding only.
 * Returns: the bytes read, or -1 with EINVAL and *v undefined.
 */
ssize_t rask_version_decode(struct rask_version *v, const unsigned char *p,
    size_t len);

/*
 * Print v as in version= of a change line: COUNTER@NODE, hexadecimal without
 * leading zeros, in the order of nodes, with commas between.
 * Shape:   room for RASK_VERSION_TEXT bytes at s, the NUL included.
 * Returns: s.
 */
char *rask_version_print(const struct rask_version *v, char *s);

/*
 * Read what rask_version_print() printed; digits above 9 may be upper-case.
 * Returns: 0, or -1 with EINVAL and *v undefined.
 */
int rask_version_parse(struct rask_version *v, const char *s);

/* What a path holds, for rask_judge(). */
struct rask_content {
	const struct rask_version *version;
	const unsigned char *hash;	/* RASK_SHA_LEN bytes; NULL: unknown */
	uint64_t size;			/* bytes */
	unsigned kind;			/* caller's number for file, symlink,
					 * directory; 0: a tombstone */
};

/* Who stands on a path. */
enum rask_stands {
	RASK_STANDS_LOCAL,
	RASK_STANDS_INCOMING,
	RASK_STANDS_BOTH,	/* they are the same */
	RASK_STANDS_UNSURE	/* both hashes are needed to say */
};

/* What becomes of the one that does not, in the tree that holds it. */
enum rask_loss {
	RASK_LOSS_NONE,		/* seen, equal or a tombstone: dropped */
	RASK_LOSS_KEEP,		/* goes to the conflicts */
	RASK_LOSS_REISSUE	/* its holder makes it an edit of both */
};

struct rask_verdict {
	enum rask_stands stands;
	enum rask_loss loss;
};

/*
 * Judge two contents of one path.  The higher dot stands; of equal dots the
 * higher kind, then the higher hash.  The loser is dropped if the winner has
 * seen it or is equal; an edit that a tombstone had not seen is issued again,
 * with a rask_version_next() of the join of both versions; any other
 * goes to the conflicts, found content that a tombstone beats included.
 *
 * Always true: with the two exchanged the verdict is the same, seen from the
 * other side; over any number of contents, any order of judging ends with
 * the same one.  Contents with equal dots and sizes of which a hash is
 * unknown count as the same.
 *
 * Shape:   a directory is nothing but its kind: size 0, and a constant hash.
 * From:    a last-writer-wins register; Preguica et al., "Dotted Version
 *          Vectors", 2010, for what it covers.
 */
struct rask_verdict rask_judge(const struct rask_content *local,
    const struct rask_content *incoming);

#endif
