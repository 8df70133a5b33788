/* Acks as ranges of numbers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ack.h"
#include "msg.h"
#include "wire.h"

/* Room for one more range. */
static int
grow(struct rask_acks *a)
{
	struct rask_range *r;
	unsigned room = a->room ? a->room * 2 : 16;

	if (a->n < a->room)
		return 0;
	if ((r = realloc(a->r, room * sizeof(*r))) == NULL)
		return -1;
	a->r = r;
	a->room = room;
	return 0;
}

int
rask_acks_add(struct rask_acks *a, uint64_t stream)
{
	if (a->n > 0 && a->r[a->n - 1].last + 1 == stream) {
		a->r[a->n - 1].last = stream;
		return 0;
	}
	if (grow(a) == -1)
		return -1;
	a->r[a->n].first = a->r[a->n].last = stream;
	a->n++;
	return 0;
}

/* One frame of n ranges. */
static int
send_some(struct rask_buf *out, const struct rask_range *r, unsigned n,
    enum rask_ack level)
{
	struct rask_frame f = { .type = RASK_ACK, .class = RASK_CLASS_CONTROL };
	unsigned char *p;
	unsigned i;

	f.len = 1 + 16 * n;
	if ((p = rask_buf_room(out, RASK_FRAME_HEAD + f.len)) == NULL)
		return -1;
	rask_frame_head(p, &f);
	p += RASK_FRAME_HEAD;
	*p++ = (unsigned char)level;
	for (i = 0; i < n; i++) {
		p = rask_wire_u64(p, r[i].first);
		p = rask_wire_u64(p, r[i].last);
	}
	rask_buf_grew(out, RASK_FRAME_HEAD + f.len);
	return 0;
}

int
rask_acks_send(struct rask_buf *out, const struct rask_acks *a,
    enum rask_ack level)
{
	unsigned at, n;

	for (at = 0; at < a->n; at += n) {
		n = a->n - at < RASK_ACKS_MAX ? a->n - at : RASK_ACKS_MAX;
		if (send_some(out, a->r + at, n, level) == -1)
			return -1;
	}
	return 0;
}

void
rask_acks_free(struct rask_acks *a)
{
	free(a->r);
	memset(a, 0, sizeof(*a));
}

int
rask_acks_parse(struct rask_acks *a, const struct rask_frame *f,
    enum rask_ack *level)
{
	struct rask_rd rd = { f->body, f->body + f->len, false };
	struct rask_range r;
	uint8_t l = rask_rd_u8(&rd);

	a->n = 0;
	if (rd.bad || (f->len - 1) % 16 != 0 || f->len == 1 ||
	    (l != RASK_ACK_VISIBLE && l != RASK_ACK_DURABLE))
		goto bad;
	*level = l;
	while (rd.p < rd.end) {
		r.first = rask_rd_u64(&rd);
		r.last = rask_rd_u64(&rd);
		if (r.first == 0 || r.first > r.last)
			goto bad;
		if (a->n >= RASK_ACKS_MAX)
			goto bad;
		if (grow(a) == -1)
			return -1;
		a->r[a->n++] = r;
	}
	return 0;
bad:
	errno = EPROTO;
	return -1;
}
