/* What an index replies. */
#include <errno.h>
#include <string.h>

#include "query.h"
#include "wire.h"

#define HEAD_MAX	(128 + RASK_WHY_MAX)	/* bytes, but for `bytes` */

enum { VIEW_STATE = 1, VIEW_DIR = 2 };	/* bits of a VIEW's flags */

/* EPROTO, in one line. */
static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

/* Write a string, cut if need be. */
static unsigned char *
write_words(unsigned char *p, const char *s)
{
	size_t n = strnlen(s, RASK_WHY_MAX);

	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, s, n);
	return p + n;
}

/* Read words; controls become '?'. */
static void
read_words(struct rask_rd *r, char to[RASK_WHY_MAX + 1])
{
	const char *s;
	size_t i, n;

	to[0] = '\0';
	if ((s = rask_rd_str(r, RASK_WHY_MAX, &n)) == NULL) {
		r->bad = true;
		return;
	}
	for (i = 0; i < n; i++)
		to[i] = (unsigned char)s[i] < 0x20 || s[i] == 0x7f ?
		    '?' : s[i];
	to[n] = '\0';
}

/* Write what a VIEW says. */
static unsigned char *
write_view(unsigned char *p, const struct rask_view *v)
{
	p = rask_wire_u64(p, v->node);
	p = rask_wire_u64(p, v->epoch);
	p = rask_wire_u64(p, v->seq);
	p = rask_wire_u64(p, v->pos);
	p = rask_wire_u64(p, v->upto);
	p = rask_wire_u64(p, v->live);
	p = rask_wire_u64(p, v->gone);
	rask_sum_write(v->root, p);
	p += 16;
	*p++ = (unsigned char)((v->has_state ? VIEW_STATE : 0) |
	    (v->has_dir ? VIEW_DIR : 0));
	return rask_wire_u16(p, v->n);
}

/* Read a sum. */
static void
read_sum(struct rask_rd *r, struct rask_sum *s)
{
	const unsigned char *p;

	if ((p = rask_rd_bytes(r, 16)) != NULL)
		*s = rask_sum_read(p);
}

/* Read what a VIEW says; r is bad if it makes no sense. */
static void
read_view(struct rask_rd *r, struct rask_view *v)
{
	uint8_t flags;

	v->node = rask_rd_u64(r);
	v->epoch = rask_rd_u64(r);
	v->seq = rask_rd_u64(r);
	v->pos = rask_rd_u64(r);
	v->upto = rask_rd_u64(r);
	v->live = rask_rd_u64(r);
	v->gone = rask_rd_u64(r);
	read_sum(r, &v->root);
	flags = rask_rd_u8(r);
	v->n = rask_rd_u16(r);
	v->has_state = (flags & VIEW_STATE) != 0;
	v->has_dir = (flags & VIEW_DIR) != 0;
	if (flags > (VIEW_STATE | VIEW_DIR) || v->pos > v->upto ||
	    v->n + 2 > RASK_VIEW_MAX)
		r->bad = true;
}

/* Write what stands before the bytes; where they go. */
static unsigned char *
write_head(unsigned char *p, const struct rask_reply *r)
{
	switch (r->type) {
	case RASK_A_TAKEN:
		p = rask_wire_u64(p, r->seq);
		p = rask_wire_u64(p, r->lines);
		p = rask_wire_u64(p, r->changes);
		p = rask_wire_u64(p, r->bad);
		p = rask_wire_u64(p, r->first_bad);
		*p++ = r->keep;
		return write_words(p, r->why);
	case RASK_A_DURABLE:
		return rask_wire_u64(p, r->seq);
	case RASK_A_RECORDS:
		p = rask_wire_u64(p, r->epoch);
		*p++ = r->lost;
		return p;
	case RASK_A_END:
		p = rask_wire_u64(p, r->seq);
		*p++ = r->lost;
		return p;
	case RASK_A_VIEW:
		return write_view(p, &r->view);
	case RASK_A_ROOT:
		rask_sum_write(r->root, p);
		return rask_wire_u64(p + 16, r->count);
	case RASK_A_ENTRIES:
		return rask_wire_u16(p, (uint16_t)r->n);
	case RASK_A_ANSWER:
		*p++ = (unsigned char)r->how;
		*p++ = r->keep;
		return rask_wire_u16(p, (uint16_t)r->error);
	case RASK_A_FAILED:
		p = rask_wire_u16(p, (uint16_t)r->error);
		return write_words(p, r->why);
	default:		/* ENTRY, TEXT, SUMS, ITEMS: bytes alone */
		return p;
	}
}

/* Do bytes follow what write_head() writes? */
static bool
has_bytes(enum rask_type type)
{
	switch (type) {
	case RASK_A_ENTRY:
	case RASK_A_TEXT:
	case RASK_A_RECORDS:
	case RASK_A_SUMS:
	case RASK_A_ITEMS:
	case RASK_A_ENTRIES:
	case RASK_A_ANSWER:
		return true;
	default:
		return false;
	}
}

int
rask_reply_begin(struct rask_buf *out, const struct rask_reply *r, size_t *at)
{
	unsigned char *p;

	if (rask_frame_begin(out, at) == -1)
		return -1;
	if ((p = rask_buf_room(out, HEAD_MAX)) == NULL) {
		rask_frame_undo(out, *at);
		return -1;
	}
	rask_buf_grew(out, (size_t)(write_head(p, r) - p));
	return 0;
}

int
rask_reply_end(struct rask_buf *out, const struct rask_reply *r, size_t at)
{
	struct rask_frame f = { .type = (uint8_t)r->type,
	    .stream = r->stream };

	if (r->type == RASK_A_ENTRIES)
		rask_wire_u16(rask_buf_head(out) + at + RASK_FRAME_HEAD,
		    (uint16_t)r->n);
	return rask_frame_end(out, at, f);
}

int
rask_reply_add(struct rask_buf *out, const struct rask_reply *r)
{
	size_t at;

	if (rask_reply_begin(out, r, &at) == -1)
		return -1;
	if (has_bytes(r->type) && r->len > 0 &&
	    rask_buf_add(out, r->bytes, r->len) == -1) {
		rask_frame_undo(out, at);
		return -1;
	}
	return rask_reply_end(out, r, at);
}

/* Read what stands before the bytes. */
static void
read_head(struct rask_rd *rd, struct rask_reply *r)
{
	uint8_t flag = 0;

	switch (r->type) {
	case RASK_A_TAKEN:
		r->seq = rask_rd_u64(rd);
		r->lines = rask_rd_u64(rd);
		r->changes = rask_rd_u64(rd);
		r->bad = rask_rd_u64(rd);
		r->first_bad = rask_rd_u64(rd);
		r->keep = (flag = rask_rd_u8(rd)) != 0;
		read_words(rd, r->why);
		break;
	case RASK_A_DURABLE:
		r->seq = rask_rd_u64(rd);
		break;
	case RASK_A_RECORDS:
	case RASK_A_END:
		*(r->type == RASK_A_END ? &r->seq : &r->epoch) =
		    rask_rd_u64(rd);
		r->lost = (flag = rask_rd_u8(rd)) != 0;
		break;
	case RASK_A_VIEW:
		read_view(rd, &r->view);
		break;
	case RASK_A_ROOT:
		read_sum(rd, &r->root);
		r->count = rask_rd_u64(rd);
		break;
	case RASK_A_ENTRIES:
		r->n = rask_rd_u16(rd);
		if (r->n < 1 || r->n > RASK_PLACES_MAX)
			rd->bad = true;
		break;
	case RASK_A_ANSWER:
		r->how = rask_rd_u8(rd);
		r->keep = (flag = rask_rd_u8(rd)) != 0;
		r->error = rask_rd_u16(rd);
		if (r->how < RASK_ANSWER_YES || r->how > RASK_ANSWER_FAILED)
			rd->bad = true;
		break;
	case RASK_A_FAILED:
		r->error = rask_rd_u16(rd);
		read_words(rd, r->why);
		break;
	default:
		break;
	}
	if (flag > 1)
		rd->bad = true;
}

/* Are the entries of an ENTRIES reply sound? */
static int
check_entries(struct rask_reply *r)
{
	const unsigned char *p = r->bytes;
	size_t len = r->len;
	int k;

	while ((k = rask_entries_next(&p, &len, &r->entry)) == 1)
		;
	return k == 0 ? 0 : broken();
}

int
rask_reply_parse(struct rask_reply *r, const struct rask_frame *f)
{
	struct rask_rd rd = { f->body, f->body + f->len, false };

	r->type = f->type;
	r->stream = f->stream;
	if (f->type < RASK_A_ENTRY || f->type > RASK_A_FAILED ||
	    f->stream == 0)
		return broken();
	read_head(&rd, r);
	r->bytes = rd.p;
	r->len = (size_t)(rd.end - rd.p);
	if (rd.bad || (r->len > 0 && !has_bytes(r->type)))
		return broken();
	if (r->type == RASK_A_ENTRIES)
		return check_entries(r);
	if ((r->type == RASK_A_ENTRY || r->type == RASK_A_ANSWER) &&
	    r->len > 0 &&
	    rask_entry_decode(&r->entry, r->bytes, r->len) == -1)
		return broken();
	return 0;
}

int
rask_records_next(struct rask_reply *r, struct rask_record *rec, uint64_t *at)
{
	struct rask_rd rd = { r->bytes, r->bytes + r->len, false };
	ssize_t n;

	if (r->len == 0)
		return 0;
	*at = rask_rd_u64(&rd);
	if (rd.bad)
		return broken();
	n = rask_record_read(rec, rd.p, (size_t)(rd.end - rd.p), r->epoch,
	    *at);
	if (n == -1 && errno == ENOTSUP)
		return -1;
	if (n <= 0)
		return broken();
	r->bytes = rd.p + n;
	r->len = (size_t)(rd.end - r->bytes);
	return 1;
}
