#ifndef RASK_RECORD_H
#define RASK_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "digest.h"
#include "entry.h"

/*
 * The feed's records, and the head of its segments.  A position is the number
 * of bytes in the feed before a record, heads of segments included, over all
 * segments that ever were; it is never reused within an epoch.
 *
 *	segment: head of RASK_SEGMENT_HEAD bytes, then records
 *	head:    8 bytes "Raskfeed"   u32 format (1)   u32 zero   u64 epoch
 *	         u64 node   u64 start   u64 after   u64 time
 *	         u64 XXH3 of all before it
 *	record:  u32 len   u8 type   u8 flags   u16 zero   u64 sum
 *	         body, len bytes
 *	CHANGE, REFRESH, DROP: u64 time   item of 16 bytes, not with FIRST
 *	         entry: the rest
 *	MOVE:    u64 seq   u64 time   u64 node   u64 counter   str path
 *	         str path2
 *	MOVED:   u64 seq
 *	MARK:    u64 durable
 *
 * `sum` is XXH3 of the body, seeded with XXH3 of the 8 bytes before `sum`, u64
 * epoch and u64 position, so that a record is one only where it was written.
 *
 * From: rask-index(5), Feed.
 */
#define RASK_SEGMENT_HEAD	64
#define RASK_RECORD_HEAD	16
#define RASK_RECORD_MAX		(RASK_ENTRY_MAX + 64)	/* a body */

struct rask_segment {
	uint64_t epoch;		/* of the feed, random */
	uint64_t node;		/* whose feed this is */
	uint64_t start;		/* position of the head's first byte */
	uint64_t after;		/* the last seq given before this segment */
	uint64_t time;		/* us since the epoch when it was begun */
};

/* Write a head. */
void rask_segment_write(unsigned char to[RASK_SEGMENT_HEAD],
    const struct rask_segment *s);
/*
 * Read a head.
 * Returns: 0; -1 with EINVAL, or ENOTSUP if its format is a newer one.
 */
int rask_segment_read(struct rask_segment *s,
    const unsigned char from[RASK_SEGMENT_HEAD]);

enum rask_record_type {
	RASK_RECORD_CHANGE = 1,	/* the entry as it is from now on */
	RASK_RECORD_REFRESH,	/* the same, but no change: who follows the
				 * feed does not see it */
	RASK_RECORD_MOVE,	/* OLD is now NEW, with all that is below */
	RASK_RECORD_MOVED,	/* all entries of that MOVE have been changed */
	RASK_RECORD_MARK,	/* all up to a position is durable */
	RASK_RECORD_DROP	/* the entry is not known any more */
};

enum {
	RASK_RECORD_FOUND = 1 << 0,	/* found by a scan */
	RASK_RECORD_PART = 1 << 1,	/* part of a MOVE: not seen by who
					 * follows the feed */
	RASK_RECORD_AFAR = 1 << 2,	/* taken over from another node */
	RASK_RECORD_FIRST = 1 << 3	/* no entry stood there before */
};

/*
 * A record.  Which fields stand is said by its type: CHANGE, REFRESH and DROP
 * have time, entry and, without FIRST, old; MOVE has seq, time, path, path2 and
 * dot; MOVED the seq of its MOVE; MARK durable.
 */
struct rask_record {
	enum rask_record_type type;
	unsigned flags;		/* RASK_RECORD_ bits */
	uint64_t seq;		/* CHANGE, MOVE: its number, > 0; REFRESH,
				 * DROP: the entry's, as before */
	uint64_t time;		/* us since the epoch when it was taken */
	struct rask_sum old;	/* item of the entry that stood there */
	struct rask_entry entry;	/* written with the record's seq */
	const unsigned char *entry_bytes;	/* after reading: encoded */
	size_t entry_len;	/* bytes of that */
	const char *path, *path2;	/* MOVE: not terminated */
	uint16_t path_len, path2_len;	/* bytes */
	struct rask_dot dot;	/* MOVE: that its entries get */
	uint64_t durable;	/* MARK: a position */
};

/*
 * Write a record with its head for a position.
 * Shape:   room for RASK_RECORD_HEAD + RASK_RECORD_MAX bytes at p.
 * Returns: the bytes written.
 */
size_t rask_record_write(unsigned char *p, const struct rask_record *r,
    uint64_t epoch, uint64_t pos);

/*
 * Read the record at p, of which len bytes are there.
 * Returns: its bytes; 0 when it is longer than len; -1 with EINVAL if there is
 *          no record of that epoch and position, ENOTSUP if its type or one of
 *          its flags is a later version's.  But for its bytes *r is undefined:
 *          where its type has no such field it is 0, the entry aside.
 * Owns:    r's strings point into p.
 */
ssize_t rask_record_read(struct rask_record *r, const unsigned char *p,
    size_t len, uint64_t epoch, uint64_t pos);

/* The sum of the record at p, which was read: the third part of a position
 * that a peer states (epoch, seq, sum). */
uint64_t rask_record_sum(const unsigned char *p);

#endif
