#ifndef RASK_FRAME_H
#define RASK_FRAME_H

#include <sys/uio.h>

#include <stddef.h>
#include <stdint.h>

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
	RASK_WRITTEN = 36	/* R: bytes of class 2 and 3 written so far */
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
	uint64_t stream;	/* number of a change, 0: the connection */
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
 * Cuts a stream of bytes into frames.
 *
 * Always true: no more than RASK_FRAME_MAX and a read-ahead of 64 KiB are
 * held; once -1 was given, nothing else is.
 */
struct rask_deframe;

/*
 * A cutter that takes the memory for large bodies from a pool of slabs of
 * RASK_SLAB_SIZE.  What follows the first 8 bytes of such a body, the content
 * of a DATA, begins at a page.
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
