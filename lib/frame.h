#ifndef RASK_FRAME_H
#define RASK_FRAME_H

#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "slab.h"

/*
 * Frames: what goes over a socket.  A header of RASK_FRAME_HEAD bytes, all
 * numbers big-endian, then `len` bytes of body:
 *
 *	u32 len   u8 type   u8 class   u16 zero   u64 stream
 *
 * From: rask-protocol(7), Frames.
 */
#define RASK_FRAME_HEAD		16
#define RASK_SLICE_MAX		(256 * 1024)	/* content in one DATA */
#define RASK_INLINE_MAX		(64 * 1024)	/* content in one PUT */
#define RASK_FRAME_MAX		(RASK_SLICE_MAX + 16 * 1024)	/* a body */
#define RASK_SMALL_MAX		(32 * 1024)	/* a body that needs no slab */
#define RASK_SLAB_SIZE		(4096 + RASK_FRAME_MAX)	/* room for one */

/* Who a frame is from: the sender of changes (S) or their receiver (R). */
enum rask_type {
	RASK_HELLO = 1,		/* both: first of all */
	RASK_BYE = 2,		/* both: last of all, and why */
	RASK_PUT = 16,		/* S: a whole small file */
	RASK_SYMLINK = 17,	/* S */
	RASK_MKDIR = 18,	/* S */
	RASK_DEL = 19,		/* S */
	RASK_MV = 20,		/* S */
	RASK_OPEN = 21,		/* S: a large file begins */
	RASK_DATA = 22,		/* S: a slice of it */
	RASK_END = 23,		/* S: all of it was sent */
	RASK_ABORT = 24,	/* S: forget it */
	RASK_META = 25,		/* S: a file's mode and mtime alone */
	RASK_ACK = 32,		/* R: changes are visible, or durable */
	RASK_REFUSE = 33,	/* R: a change was not made, and why */
	RASK_SKIP = 34,		/* R: stop sending, it is here already */
	RASK_RESUME = 35,	/* R: go on from this offset */
	RASK_WRITTEN = 36,	/* R: bytes of class 2 and 3 written so far */

	/* Between an index and its clients: Q_ a question, A_ an answer. */
	RASK_INDEX_HELLO = 64,	/* both: first of all */
	RASK_Q_GET = 65,	/* what is known of a path? */
	RASK_Q_LINES = 66,	/* take these change lines */
	RASK_Q_MERGE = 67,	/* take these entries */
	RASK_Q_SYNC = 68,	/* when is this seq durable? */
	RASK_Q_STAT = 69,	/* how are you? */
	RASK_Q_FOLLOW = 70,	/* the feed from here on */
	RASK_Q_VIEW = 71,	/* the files themselves */
	RASK_Q_ROOT = 72,	/* my digest's root; and yours? */
	RASK_Q_SUMS = 73,	/* sums below these nodes */
	RASK_Q_ITEMS = 74,	/* items below these nodes */
	RASK_Q_ENTRIES = 75,	/* entries at these places */
	RASK_Q_ASK = 76,	/* may I install this? */
	RASK_Q_INSTALLED = 77,	/* that is done */
	RASK_Q_GAVEUP = 78,	/* that will not be done */
	RASK_A_ENTRY = 96,	/* to GET */
	RASK_A_TAKEN = 97,	/* to LINES, MERGE, INSTALLED, GAVEUP */
	RASK_A_DURABLE = 98,	/* to SYNC */
	RASK_A_TEXT = 99,	/* to STAT */
	RASK_A_RECORDS = 100,	/* to FOLLOW, any number of them */
	RASK_A_END = 101,	/* to FOLLOW: that was the last */
	RASK_A_VIEW = 102,	/* to VIEW, with descriptors */
	RASK_A_ROOT = 103,	/* to ROOT */
	RASK_A_SUMS = 104,	/* to SUMS */
	RASK_A_ITEMS = 105,	/* to ITEMS */
	RASK_A_ENTRIES = 106,	/* to ENTRIES */
	RASK_A_ANSWER = 107,	/* to ASK */
	RASK_A_FAILED = 108	/* to any of them: it cannot be done */
};

enum {
	RASK_CLASS_CONTROL,	/* instructions and acks */
	RASK_CLASS_LIVE,	/* live changes that go inline */
	RASK_CLASS_BULK,	/* live bulk data */
	RASK_CLASS_BACK,	/* sweep, relay and backfill */
	RASK_CLASSES
};

struct rask_frame {
	uint32_t len;		/* bytes of body, at most RASK_FRAME_MAX */
	uint8_t type;		/* enum rask_type */
	uint8_t class;		/* 0 to RASK_CLASSES - 1 */
	uint64_t stream;	/* number of a change or question, 0: the
				 * connection */
	unsigned char *body;	/* len bytes; NULL while only a header */
};

/* Write f's header.  Shape: f's fields are in their ranges. */
void rask_frame_head(unsigned char head[RASK_FRAME_HEAD],
    const struct rask_frame *f);

/*
 * Read a header.  f->body becomes NULL.
 * Returns: 0; -1 with EPROTO when a field is out of its range, the type is
 *          none of those above, or the type's body cannot have this length.
 */
int rask_frame_parse(struct rask_frame *f,
    const unsigned char head[RASK_FRAME_HEAD]);

/*
 * Add a frame to out whose body is added there piece by piece: begin it, add
 * the body, and end it with its type and stream, or take all of it back.
 * Shape:   f: type, class and stream; its len and body are not looked at.
 * Returns: rask_frame_begin(): 0, *at for the others; -1 with ENOMEM.
 *          rask_frame_end(): 0; -1 with EMSGSIZE, and all of it taken back,
 *          when the type's body cannot be so long.
 */
int rask_frame_begin(struct rask_buf *out, size_t *at);
/* See rask_frame_begin(). */
int rask_frame_end(struct rask_buf *out, size_t at, struct rask_frame f);
/* See rask_frame_begin(). */
void rask_frame_undo(struct rask_buf *out, size_t at);

/*
 * Cuts a stream of bytes into frames.
 *
 * Always true: no more than RASK_FRAME_MAX and a read-ahead of 64 KiB are
 * held; once -1 was given, nothing else is.
 */
struct rask_deframe;

/*
 * A cutter that takes the memory for large bodies from a pool of slabs of
 * RASK_SLAB_SIZE.  What follows the first 8 bytes of such a body, the content
 * of a DATA, begins at a page.  Without a pool (NULL) a body of more than
 * RASK_SMALL_MAX bytes breaks the rules.
 * Owns:    borrows the pool until rask_deframe_free().
 * Returns: the cutter, or NULL with ENOMEM.
 */
struct rask_deframe *rask_deframe_new(struct rask_slabs *pool);
/* End it, with what it holds; NULL does nothing. */
void rask_deframe_free(struct rask_deframe *d);

/*
 * Where the next bytes are to be read to, by readv(2) or the like.
 * Returns: how many pieces; and in *n how many bytes fit, at least 1.
 */
int rask_deframe_room(struct rask_deframe *d, struct iovec iov[2],
    size_t *n);

/* Count n bytes as read there. */
void rask_deframe_got(struct rask_deframe *d, size_t n);

/* The same for bytes at hand.  Returns: how many of the n were copied. */
size_t rask_deframe_put(struct rask_deframe *d, const void *p, size_t n);

/*
 * The next whole frame.
 * Returns: 1 with *f, whose body stands until the next call on d; 0 when more
 *          bytes are needed; -1 with EPROTO.
 */
int rask_deframe_next(struct rask_deframe *d, struct rask_frame *f);

/*
 * Keep the body of the frame just given out; f->body moves there.
 * Owns:    the slab that is returned is the caller's, who gives it back to
 *          the pool.
 * Returns: the slab that f->body now points into, or NULL with ENOMEM.
 */
void *rask_deframe_keep(struct rask_deframe *d, struct rask_frame *f);

#endif
