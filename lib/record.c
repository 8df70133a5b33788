/* The feed's records: written for one position, and read only there. */
#include <errno.h>
#include <string.h>

#include "path.h"
#include "record.h"
#include "wire.h"

#define SEGMENT_FORMAT	1
#define SEGMENT_SUM	(RASK_SEGMENT_HEAD - 8)	/* where its sum stands */
#define FLAGS		(RASK_RECORD_FOUND | RASK_RECORD_PART | \
			RASK_RECORD_AFAR | RASK_RECORD_FIRST)

static const unsigned char magic[8] = { 'R', 'a', 's', 'k', 'f', 'e', 'e',
	'd' };

void
rask_segment_write(unsigned char to[RASK_SEGMENT_HEAD],
    const struct rask_segment *s)
{
	unsigned char *p = to;

	memcpy(p, magic, sizeof(magic));
	p = rask_wire_u32(p + sizeof(magic), SEGMENT_FORMAT);
	p = rask_wire_u32(p, 0);
	p = rask_wire_u64(p, s->epoch);
	p = rask_wire_u64(p, s->node);
	p = rask_wire_u64(p, s->start);
	p = rask_wire_u64(p, s->after);
	p = rask_wire_u64(p, s->time);
	rask_wire_u64(p, rask_checksum(to, SEGMENT_SUM, 0));
}

int
rask_segment_read(struct rask_segment *s,
    const unsigned char from[RASK_SEGMENT_HEAD])
{
	struct rask_rd rd = { from + sizeof(magic), from + RASK_SEGMENT_HEAD,
	    false };
	uint32_t format, zero;

	format = rask_rd_u32(&rd);
	zero = rask_rd_u32(&rd);
	s->epoch = rask_rd_u64(&rd);
	s->node = rask_rd_u64(&rd);
	s->start = rask_rd_u64(&rd);
	s->after = rask_rd_u64(&rd);
	s->time = rask_rd_u64(&rd);
	if (memcmp(from, magic, sizeof(magic)) != 0 ||
	    rask_rd_u64(&rd) != rask_checksum(from, SEGMENT_SUM, 0) ||
	    format < SEGMENT_FORMAT) {
		errno = EINVAL;
		return -1;
	}
	if (format > SEGMENT_FORMAT) {
		errno = ENOTSUP;
		return -1;
	}
	if (zero != 0) {
		errno = EINVAL;
		return -1;
	}
	return 0;
}

/* The sum of a record of which len bytes are the body. */
static uint64_t
sum_of(const unsigned char *p, size_t len, uint64_t epoch, uint64_t pos)
{
	unsigned char head[24];

	memcpy(head, p, 8);
	rask_wire_u64(rask_wire_u64(head + 8, epoch), pos);
	return rask_checksum(p + RASK_RECORD_HEAD, len,
	    rask_checksum(head, sizeof(head), 0));
}

/* Write a string with its length. */
static unsigned char *
put_str(unsigned char *p, const char *s, uint16_t n)
{
	p = rask_wire_u16(p, n);
	memcpy(p, s, n);
	return p + n;
}

/* Write the body of a CHANGE, REFRESH or DROP. */
static unsigned char *
put_entry(unsigned char *p, const struct rask_record *r)
{
	struct rask_entry copy;

	p = rask_wire_u64(p, r->time);
	if (!(r->flags & RASK_RECORD_FIRST)) {
		rask_sum_write(r->old, p);
		p += 16;
	}
	if (r->entry.seq == r->seq)
		return p + rask_entry_encode(&r->entry, p);
	copy = r->entry;
	copy.seq = r->seq;
	return p + rask_entry_encode(&copy, p);
}

/* Write the body of a MOVE. */
static unsigned char *
put_move(unsigned char *p, const struct rask_record *r)
{
	p = rask_wire_u64(p, r->seq);
	p = rask_wire_u64(p, r->time);
	p = rask_wire_u64(p, r->dot.node);
	p = rask_wire_u64(p, r->dot.counter);
	p = put_str(p, r->path, r->path_len);
	return put_str(p, r->path2, r->path2_len);
}

size_t
rask_record_write(unsigned char *p, const struct rask_record *r,
    uint64_t epoch, uint64_t pos)
{
	unsigned char *body = p + RASK_RECORD_HEAD, *end = body;
	size_t len;

	switch (r->type) {
	case RASK_RECORD_CHANGE:
	case RASK_RECORD_REFRESH:
	case RASK_RECORD_DROP:
		end = put_entry(body, r);
		break;
	case RASK_RECORD_MOVE:
		end = put_move(body, r);
		break;
	case RASK_RECORD_MOVED:
		end = rask_wire_u64(body, r->seq);
		break;
	case RASK_RECORD_MARK:
		end = rask_wire_u64(body, r->durable);
		break;
	}
	len = (size_t)(end - body);
	rask_wire_u32(p, (uint32_t)len);
	p[4] = (unsigned char)r->type;
	p[5] = (unsigned char)r->flags;
	rask_wire_u16(p + 6, 0);
	rask_wire_u64(p + 8, sum_of(p, len, epoch, pos));
	return RASK_RECORD_HEAD + len;
}

/* Read the body of a CHANGE, REFRESH or DROP. */
static bool
get_entry(struct rask_record *r, struct rask_rd *rd)
{
	const unsigned char *p;

	r->time = rask_rd_u64(rd);
	if (!(r->flags & RASK_RECORD_FIRST)) {
		if ((p = rask_rd_bytes(rd, 16)) == NULL)
			return false;
		r->old = rask_sum_read(p);
	}
	if (rd->bad)
		return false;
	r->entry_len = (size_t)(rd->end - rd->p);
	r->entry_bytes = rask_rd_bytes(rd, r->entry_len);
	if (rask_entry_decode(&r->entry, r->entry_bytes, r->entry_len) == -1)
		return false;
	r->seq = r->entry.seq;
	return r->type != RASK_RECORD_CHANGE || r->seq > 0;
}

/* Is one of two paths the other, or above it? */
static bool
meet(const char *a, size_t a_len, const char *b, size_t b_len)
{
	size_t n = a_len < b_len ? a_len : b_len;

	return memcmp(a, b, n) == 0 && (a_len == b_len ||
	    (a_len > b_len ? a : b)[n] == '/');
}

/* Read the body of a MOVE. */
static bool
get_move(struct rask_record *r, struct rask_rd *rd)
{
	size_t n = 0, n2 = 0;

	r->seq = rask_rd_u64(rd);
	r->time = rask_rd_u64(rd);
	r->dot.node = rask_rd_u64(rd);
	r->dot.counter = rask_rd_u64(rd);
	r->path = rask_rd_str(rd, RASK_PATH_MAX, &n);
	r->path2 = rask_rd_str(rd, RASK_PATH_MAX, &n2);
	r->path_len = (uint16_t)n;
	r->path2_len = (uint16_t)n2;
	return !rd->bad && r->seq > 0 && r->dot.node != 0 &&
	    r->dot.counter > 0 && r->dot.counter <= RASK_COUNTER_MAX &&
	    rask_path_check(r->path, n) == 0 &&
	    rask_path_check(r->path2, n2) == 0 &&
	    !meet(r->path, n, r->path2, n2);
}

/* Read a body, to its end. */
static bool
get_body(struct rask_record *r, struct rask_rd *rd)
{
	bool ok = false;

	switch (r->type) {
	case RASK_RECORD_CHANGE:
	case RASK_RECORD_REFRESH:
	case RASK_RECORD_DROP:
		ok = get_entry(r, rd);
		break;
	case RASK_RECORD_MOVE:
		ok = get_move(r, rd);
		break;
	case RASK_RECORD_MOVED:
		r->seq = rask_rd_u64(rd);
		ok = r->seq > 0;
		break;
	case RASK_RECORD_MARK:
		r->durable = rask_rd_u64(rd);
		ok = true;
		break;
	}
	return ok && !rd->bad && rd->p == rd->end;
}

/* All that a type does not have is 0; of the entry, what a reader may ask. */
static void
clear(struct rask_record *r)
{
	r->seq = r->time = r->durable = 0;
	r->old = (struct rask_sum){ 0, 0 };
	r->dot = (struct rask_dot){ 0, 0 };
	r->entry_bytes = NULL;
	r->entry_len = 0;
	r->path = r->path2 = NULL;
	r->path_len = r->path2_len = 0;
}

ssize_t
rask_record_read(struct rask_record *r, const unsigned char *p, size_t len,
    uint64_t epoch, uint64_t pos)
{
	struct rask_rd rd = { p, p + len, false };
	size_t n;
	unsigned type;

	if (len < RASK_RECORD_HEAD)
		return 0;
	n = rask_rd_u32(&rd);
	type = rask_rd_u8(&rd);
	clear(r);
	r->flags = rask_rd_u8(&rd);
	errno = EINVAL;
	if (n > RASK_RECORD_MAX || type == 0 || rask_rd_u16(&rd) != 0)
		return -1;
	if (n > len - RASK_RECORD_HEAD)
		return 0;
	if (rask_rd_u64(&rd) != sum_of(p, n, epoch, pos))
		return -1;
	if (type > RASK_RECORD_DROP || (r->flags & ~(unsigned)FLAGS) != 0) {
		errno = ENOTSUP;
		return -1;
	}
	r->type = (enum rask_record_type)type;
	rd.end = rd.p + n;
	if (!get_body(r, &rd)) {
		errno = EINVAL;
		return -1;
	}
	return (ssize_t)(RASK_RECORD_HEAD + n);
}

uint64_t
rask_record_sum(const unsigned char *p)
{
	struct rask_rd rd = { p + 8, p + RASK_RECORD_HEAD, false };

	return rask_rd_u64(&rd);
}
