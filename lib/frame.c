/* Frame headers, and cutting a stream of bytes into frames. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "wire.h"

#define AHEAD	(64 * 1024)	/* bytes read ahead */
#define PEEK	(RASK_FRAME_HEAD + 8)	/* of these, behind a large body */
#define LEAD	(4096 - 8)	/* bytes of a slab before the body */

struct rask_deframe {
	struct rask_slabs *pool;	/* borrowed */
	unsigned char buf[AHEAD];	/* bytes in [off, len) wait */
	size_t off, len;
	unsigned char *slab;		/* body being gathered, or just given */
	size_t got;			/* bytes of the body in it */
	struct rask_frame big;		/* its header, while gathering */
	enum { CUT, GATHER, GIVEN, BROKEN } state;
};

void
rask_frame_head(unsigned char head[RASK_FRAME_HEAD],
    const struct rask_frame *f)
{
	unsigned char *p = rask_wire_u32(head, f->len);

	*p++ = f->type;
	*p++ = f->class;
	rask_wire_u64(rask_wire_u16(p, 0), f->stream);
}

/* The same among those of the index's socket. */
static uint32_t
max_index(uint8_t type)
{
	switch (type) {
	case RASK_Q_SYNC:
	case RASK_Q_STAT:
	case RASK_Q_FOLLOW:
	case RASK_Q_VIEW:
	case RASK_Q_ROOT:
	case RASK_Q_GAVEUP:
	case RASK_A_DURABLE:
	case RASK_A_END:
	case RASK_A_ROOT:
		return 64;
	case RASK_INDEX_HELLO:
	case RASK_Q_GET:
	case RASK_A_TAKEN:
	case RASK_A_TEXT:
	case RASK_A_VIEW:
	case RASK_A_FAILED:
		return 4096;
	case RASK_Q_SUMS:
	case RASK_Q_ITEMS:
	case RASK_Q_ENTRIES:
	case RASK_Q_ASK:
	case RASK_Q_INSTALLED:
	case RASK_A_ENTRY:
	case RASK_A_ANSWER:
		return 16 * 1024;
	case RASK_Q_LINES:
	case RASK_Q_MERGE:
		return RASK_SMALL_MAX;
	case RASK_A_RECORDS:
	case RASK_A_SUMS:
	case RASK_A_ITEMS:
	case RASK_A_ENTRIES:
		return RASK_FRAME_MAX;
	}
	return 0;
}

/* The largest body of a type; 0 for a type that does not exist. */
static uint32_t
max_body(uint8_t type)
{
	if (type >= RASK_INDEX_HELLO)
		return max_index(type);
	switch (type) {
	case RASK_PUT:
	case RASK_DATA:
	case RASK_ACK:
		return RASK_FRAME_MAX;
	case RASK_HELLO:
	case RASK_BYE:
	case RASK_REFUSE:
	case RASK_END:
	case RASK_ABORT:
	case RASK_SKIP:
	case RASK_RESUME:
	case RASK_WRITTEN:
		return 4096;
	case RASK_SYMLINK:
	case RASK_MKDIR:
	case RASK_DEL:
	case RASK_MV:
	case RASK_OPEN:
	case RASK_META:
		return 16 * 1024;
	}
	return 0;
}

int
rask_frame_parse(struct rask_frame *f,
    const unsigned char head[RASK_FRAME_HEAD])
{
	struct rask_rd r = { head, head + RASK_FRAME_HEAD, false };
	uint32_t max;
	uint16_t zero;

	f->len = rask_rd_u32(&r);
	f->type = rask_rd_u8(&r);
	f->class = rask_rd_u8(&r);
	zero = rask_rd_u16(&r);
	f->stream = rask_rd_u64(&r);
	f->body = NULL;
	max = max_body(f->type);
	if (max == 0 || f->len > max || f->class >= RASK_CLASSES ||
	    zero != 0) {
		errno = EPROTO;
		return -1;
	}
	return 0;
}

int
rask_frame_begin(struct rask_buf *out, size_t *at)
{
	if (rask_buf_room(out, RASK_FRAME_HEAD) == NULL)
		return -1;
	*at = rask_buf_left(out);
	rask_buf_grew(out, RASK_FRAME_HEAD);
	return 0;
}

void
rask_frame_undo(struct rask_buf *out, size_t at)
{
	out->len = out->off + at;
}

int
rask_frame_end(struct rask_buf *out, size_t at, struct rask_frame f)
{
	size_t len = rask_buf_left(out) - at - RASK_FRAME_HEAD;

	if (len > max_body(f.type)) {
		rask_frame_undo(out, at);
		errno = EMSGSIZE;
		return -1;
	}
	f.len = (uint32_t)len;
	rask_frame_head(rask_buf_head(out) + at, &f);
	return 0;
}

struct rask_deframe *
rask_deframe_new(struct rask_slabs *pool)
{
	struct rask_deframe *d;

	if ((d = malloc(sizeof(*d))) == NULL)
		return NULL;
	d->pool = pool;
	d->off = d->len = d->got = 0;
	d->slab = NULL;
	d->state = CUT;
	return d;
}

void
rask_deframe_free(struct rask_deframe *d)
{
	if (d == NULL)
		return;
	rask_slab_put(d->pool, d->slab);
	free(d);
}

int
rask_deframe_room(struct rask_deframe *d, struct iovec iov[2], size_t *n)
{
	if (d->state == GATHER) {
		/* To the end of the body, and what tells the next one. */
		iov[0].iov_base = d->slab + LEAD + d->got;
		iov[0].iov_len = d->big.len - d->got;
		iov[1].iov_base = d->buf;
		iov[1].iov_len = PEEK;
		*n = iov[0].iov_len + iov[1].iov_len;
		return 2;
	}
	if (d->off > 0) {
		memmove(d->buf, d->buf + d->off, d->len - d->off);
		d->len -= d->off;
		d->off = 0;
	}
	iov[0].iov_base = d->buf + d->len;
	iov[0].iov_len = *n = AHEAD - d->len;
	return 1;
}

void
rask_deframe_got(struct rask_deframe *d, size_t n)
{
	size_t body;

	if (d->state == GATHER) {
		body = d->big.len - d->got < n ? d->big.len - d->got : n;
		d->got += body;
		n -= body;
	}
	d->len += n;
}

size_t
rask_deframe_put(struct rask_deframe *d, const void *p, size_t n)
{
	struct iovec iov[2];
	const unsigned char *from = p;
	size_t room, done = 0, k;
	int i, pieces = rask_deframe_room(d, iov, &room);

	for (i = 0; i < pieces && done < n; i++) {
		k = iov[i].iov_len < n - done ? iov[i].iov_len : n - done;
		memcpy(iov[i].iov_base, from + done, k);
		done += k;
	}
	rask_deframe_got(d, done);
	return done;
}

/* A body too large for what is read ahead: gather it in a slab. */
static int
start_gather(struct rask_deframe *d, const struct rask_frame *f)
{
	if (d->pool == NULL) {
		d->state = BROKEN;
		errno = EPROTO;
		return -1;
	}
	if ((d->slab = rask_slab_get(d->pool)) == NULL)
		return -1;
	d->off += RASK_FRAME_HEAD;
	d->big = *f;
	d->got = d->len - d->off;
	memcpy(d->slab + LEAD, d->buf + d->off, d->got);
	d->off = d->len = 0;
	d->state = GATHER;
	return 0;
}

int
rask_deframe_next(struct rask_deframe *d, struct rask_frame *f)
{
	if (d->state == GIVEN) {
		rask_slab_put(d->pool, d->slab);
		d->slab = NULL;
		d->state = CUT;
	}
	if (d->state == GATHER) {
		if (d->got < d->big.len)
			return 0;
		*f = d->big;
		f->body = d->slab + LEAD;
		d->state = GIVEN;
		return 1;
	}
	if (d->state == CUT && d->len - d->off < RASK_FRAME_HEAD)
		return 0;
	if (d->state == BROKEN || rask_frame_parse(f, d->buf + d->off) == -1) {
		d->state = BROKEN;
		errno = EPROTO;
		return -1;
	}
	if (f->len <= d->len - d->off - RASK_FRAME_HEAD) {
		f->body = d->buf + d->off + RASK_FRAME_HEAD;
		d->off += RASK_FRAME_HEAD + f->len;
		return 1;
	}
	if (f->len > RASK_SMALL_MAX)
		return start_gather(d, f);
	return 0;
}

void *
rask_deframe_keep(struct rask_deframe *d, struct rask_frame *f)
{
	unsigned char *slab = d->slab;

	if (d->state == GIVEN) {
		d->slab = NULL;
		d->state = CUT;
		return slab;
	}
	if ((slab = rask_slab_get(d->pool)) == NULL)
		return NULL;
	memcpy(slab + LEAD, f->body, f->len);
	f->body = slab + LEAD;
	return slab;
}
