#ifndef STATE_H
#define STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "digest.h"
#include "filter.h"
#include "page.h"

/*
 * The state: a GDBM file (db.h) of packed pages, complete up to a position in
 * the feed.  It is made whole under another name, synced, and renamed; then
 * nobody ever writes to it.
 *
 * All 2^bits pages exist, empty ones too, so that a missing one is damage.
 * Each value has its own checksum.  Beside it a file `sums-POS` (POS: its
 * position, 16 hexadecimal digits) holds a checksum for each block of 64 KiB
 * of the GDBM file, so that a flipped bit is found also where GDBM keeps its
 * own things.
 *
 * Beside the pages there are the values
 *	meta	u64 node, epoch, pos, seq, live, gone, whole, bits, digest bits
 *	digest	its leaves, from the first place to the last
 *	filter	its bytes
 *
 * From: rask-index(5), State.
 */
struct state;

struct state_meta {
	uint64_t node;		/* whose state it is */
	uint64_t epoch;		/* of the feed */
	uint64_t pos;		/* every record before it is in the state */
	uint64_t seq;		/* the last seq in it */
	uint64_t live;		/* entries but tombstones */
	uint64_t gone;		/* tombstones */
	uint64_t whole;		/* bytes of the file when it was last written
				 * anew; state_made() fills it in */
	unsigned bits;		/* 2^bits pages */
	unsigned digest_bits;	/* depth of the digest's leaves */
};

#define STATE_BITS_MAX	26	/* GDBM's values end below 2 GiB */

/* Bits for so many entries, at least `least`: about 40 in a page. */
unsigned state_bits(uint64_t entries, unsigned least);
/*
 * The same of a digest: the pages' bits, but 12 at least, and up to 20 the next
 * multiple of 4, at which a descent stops: so it needs no sum of what is
 * within a page, which would have to be computed from its entries.
 */
unsigned state_digest_bits(unsigned bits);

/*
 * Open a state for reading.
 * Returns: 0; -1 with errno: ENOENT, EBADMSG (damaged), ENOTSUP (a newer
 *          format), or of the system.
 */
int state_open(struct state **s, int dir, const char *name);
/*
 * The same of a descriptor, which it takes over, also on failure.  It opens
 * the file again (through /proc), because GDBM seeks, and a descriptor that
 * was handed over has one offset with the giver's; where it may not, the
 * descriptor has to be one that nobody else uses.
 */
int state_adopt(struct state **s, int fd);
/* Close it; NULL does nothing. */
void state_close(struct state *s);

const struct state_meta *state_meta(const struct state *s);
/* Its descriptor, borrowed: to be handed to state_adopt(), or for fstat(2). */
int state_fd(const struct state *s);

/*
 * Read a page; it stands until the next call on s.
 * Returns: 0; -1 with errno: EBADMSG (damaged or missing), ENOTSUP (a newer
 *          format), EIO, ENOMEM.
 */
int state_page(struct state *s, uint32_t number, struct rask_page *pg);

/* Its digest and its filter, the caller's.  NULL with errno as above. */
struct rask_digest *state_digest(struct state *s);
/* See state_digest(). */
struct rask_filter *state_filter(struct state *s);

/*
 * Compare the blocks of the file with its sums file in dir.  Both may be gone
 * from dir while this reader still has the file, because a newer state took
 * over; then there is nothing to compare.
 * Returns: 0; -1 with EBADMSG and *block the number of the first that differs
 *          (UINT64_MAX: the sums file itself is damaged or missing).
 */
int state_verify(struct state *s, int dir, uint64_t *block);

/*
 * Make a state under a name in dir: pages in the order of their numbers, then
 * the end, which syncs it and its sums file.  The caller renames it.
 */
struct state_maker;
/* Begin.  NULL with errno. */
struct state_maker *state_make(int dir, const char *name, unsigned bits);
/*
 * Begin with all that is in a state, each block of it compared with its sums
 * file in dir; only pages that differ need to be stored then.
 * Returns: as state_make(); NULL with EBADMSG and *block as state_verify().
 */
struct state_maker *state_make_from(int dir, const char *name,
    struct state *from, uint64_t *block);
/*
 * Store a page's bytes.  What waits to be written to the disk stays within
 * some 16 MiB.
 * Returns: 0, or -1 with errno.
 */
int state_put(struct state_maker *m, uint32_t number, const void *p,
    size_t len);
/*
 * Store meta, digest and filter; write sums-POS; sync both.
 * Returns: 0; -1 with errno.
 * Owns:    frees m in any case; what was written stays for the caller to
 *          unlink.
 */
int state_made(struct state_maker *m, const struct state_meta *meta,
    const struct rask_digest *d, const struct rask_filter *f);
/* Give up. */
void state_unmake(struct state_maker *m);

#endif
