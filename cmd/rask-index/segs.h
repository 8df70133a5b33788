#ifndef SEGS_H
#define SEGS_H

#include <sys/types.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "record.h"

/*
 * The feed's segments, open for reading: by the server, or by whoever was
 * handed their descriptors.
 *
 * Always true: ascending and without gaps: each starts at the position where
 * the one before it ends; all are of one epoch.
 */
struct seg {
	int fd;			/* owned */
	uint64_t end;		/* position behind its last byte */
	const unsigned char *map;	/* owned, from start to end; or NULL */
	struct rask_segment head;
};

struct segs {
	struct seg *v;		/* owned */
	size_t n;
};

#define SEGS_MAX	128	/* more is no feed of ours */
#define SEG_NAME_LEN	24
/* The name of the segment that starts at a position: feed-%016llx. */
void segs_name(char name[SEG_NAME_LEN], uint64_t start);

/*
 * Open all segments in a directory.
 * Returns: 0; -1 with errno: EBADMSG (a head is damaged, a segment is
 *          missing), ENOTSUP (a newer format), or of the system; and name is
 *          that of the file, s is empty.
 */
int segs_open(struct segs *s, int dir, char name[SEG_NAME_LEN]);

/*
 * The same after a stop that may have been unclean.  A segment that is there
 * but has no head yet, or begins behind the end of the one before it, is left
 * out, and all behind it, if no MARK in those says that what is missing was
 * durable.
 * Returns: 0; 1 if anything was left out, and name is the first such file's;
 *          -1 with errno as segs_open().
 */
int segs_open_torn(struct segs *s, int dir, char name[SEG_NAME_LEN]);

/*
 * Remove a file that was left out and all behind it, durably.
 * Returns: 0, or -1 with errno.
 * Blocks:  on the disk.
 */
int segs_drop(int dir, const char *name);

/*
 * Is a position behind which nothing sound follows the end of an unclean stop,
 * or damage?  Damage, if a later record says that it was durable.
 */
bool segs_proves(const struct segs *s, uint64_t pos);

/*
 * The same as segs_open() of n descriptors in their order, whose ends are
 * their sizes.
 * Owns:    takes the descriptors, also on failure.
 */
int segs_adopt(struct segs *s, const int *fds, size_t n);

/*
 * Map all of them, for who reads nearly everything, and not at a moment when
 * he is waited for: an error of the disk is a SIGBUS then.
 * Returns: 0, or -1 with errno.
 */
int segs_map(struct segs *s);

/* Close all. */
void segs_close(struct segs *s);

/* The segment that a position is in, or NULL. */
struct seg *segs_at(const struct segs *s, uint64_t pos);

/*
 * Read the record at a position, with its checks.
 * Shape:   buf has room for RASK_RECORD_HEAD + RASK_RECORD_MAX bytes; `end`
 *          is a position behind which nothing is looked at.
 * Returns: the record's bytes; 0 if pos is the end; -1 with EBADMSG if there
 *          is no sound record, ENOENT if the feed does not reach back so far,
 *          ENOTSUP, EIO.
 * Owns:    r points into buf.
 */
ssize_t segs_read(const struct segs *s, uint64_t pos, uint64_t end,
    struct rask_record *r, unsigned char *buf);

/*
 * A scan over many records with large reads.  Heads of segments are passed
 * over by itself.
 */
struct seg_scan {
	const struct segs *segs;	/* borrowed */
	uint64_t pos;		/* of the record to come */
	uint64_t end;		/* where to stop */
	unsigned char *buf;	/* owned, SCAN_BUF bytes */
	uint64_t from;		/* position of the first byte in buf */
	size_t len;		/* bytes in it */
};

/* Begin at a position.  Returns: 0, or -1 with ENOMEM. */
int seg_scan_begin(struct seg_scan *c, const struct segs *s, uint64_t pos,
    uint64_t end);
/*
 * The next record; *at is its position, c->pos the one behind it.
 * Returns: 1; 0 at the end; -1 as segs_read(), and c->pos is where.
 */
int seg_scan_next(struct seg_scan *c, struct rask_record *r, uint64_t *at);
/* End it. */
void seg_scan_end(struct seg_scan *c);

#endif
