/* The questions to an index, and HELLO. */
#include <errno.h>
#include <string.h>

#include "path.h"
#include "query.h"
#include "wire.h"

/* Most bytes of what is seen at a path. */
#define SEEN_MAX	(1 + 2 + 4 * 8 + 2 + RASK_PATH_MAX)

static const unsigned char magic[4] = { 'R', 'I', 'D', 'X' };

/* EPROTO, in one line. */
static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

int
rask_ihello_add(struct rask_buf *out, const struct rask_ihello *h)
{
	struct rask_frame f = { .type = RASK_INDEX_HELLO };
	size_t at, n = strlen(h->name);
	unsigned char *start, *p;

	if (rask_frame_begin(out, &at) == -1)
		return -1;
	if ((start = p = rask_buf_room(out, 32 + n)) == NULL) {
		rask_frame_undo(out, at);
		return -1;
	}
	memcpy(p, magic, sizeof(magic));
	p += sizeof(magic);
	*p++ = h->min;
	*p++ = h->max;
	p = rask_wire_u16(p, 0);
	p = rask_wire_u64(p, h->node);
	p = rask_wire_u32(p, h->pid);
	p = rask_wire_u16(p, (uint16_t)n);
	memcpy(p, h->name, n);
	rask_buf_grew(out, (size_t)(p - start) + n);
	return rask_frame_end(out, at, f);
}

int
rask_ihello_parse(struct rask_ihello *h, const struct rask_frame *f)
{
	struct rask_rd r = { f->body, f->body + f->len, false };
	const unsigned char *p;
	const char *s;
	size_t i, n;

	memset(h, 0, sizeof(*h));
	if (f->type != RASK_INDEX_HELLO ||
	    (p = rask_rd_bytes(&r, sizeof(magic))) == NULL ||
	    memcmp(p, magic, sizeof(magic)) != 0)
		return broken();
	h->min = rask_rd_u8(&r);
	h->max = rask_rd_u8(&r);
	if (r.bad || h->min > h->max)
		return broken();
	if (h->min > RASK_QUERY_MAX || h->max < RASK_QUERY_MIN) {
		errno = EPROTONOSUPPORT;
		return -1;
	}
	rask_rd_u16(&r);
	h->node = rask_rd_u64(&r);
	h->pid = rask_rd_u32(&r);
	if ((s = rask_rd_str(&r, sizeof(h->name) - 1, &n)) == NULL)
		return broken();
	for (i = 0; i < n; i++)
		if ((unsigned char)s[i] < 0x20 || s[i] == 0x7f)
			return broken();
	memcpy(h->name, s, n);
	return 0;
}

/* Write what is seen at a path; where the next byte goes. */
static unsigned char *
write_seen(unsigned char *p, const struct rask_seen *s)
{
	*p++ = (unsigned char)s->kind;
	p = rask_wire_u16(p, s->mode);
	p = rask_wire_u64(p, s->size);
	p = rask_wire_u64(p, (uint64_t)s->mtime);
	p = rask_wire_u64(p, s->ino);
	p = rask_wire_u64(p, (uint64_t)s->ctime);
	p = rask_wire_u16(p, s->target_len);
	memcpy(p, s->target_len ? s->target : "", s->target_len);
	return p + s->target_len;
}

/* Read it; r is bad if it is not so. */
static void
read_seen(struct rask_rd *r, struct rask_seen *s)
{
	uint8_t kind = rask_rd_u8(r);
	size_t n = 0;

	s->kind = kind < RASK_KINDS ? (enum rask_kind)kind : RASK_KIND_GONE;
	s->mode = rask_rd_u16(r);
	s->size = rask_rd_u64(r);
	s->mtime = (int64_t)rask_rd_u64(r);
	s->ino = rask_rd_u64(r);
	s->ctime = (int64_t)rask_rd_u64(r);
	s->target = rask_rd_str(r, RASK_PATH_MAX, &n);
	s->target_len = (uint16_t)n;
	if (kind >= RASK_KINDS || s->mode > 0777 || s->size > INT64_MAX ||
	    (n > 0) != (s->kind == RASK_KIND_LINK))
		r->bad = true;
}

/* Write the body of a question that is not only text, nodes or an entry. */
static unsigned char *
write_fields(unsigned char *p, const struct rask_question *q)
{
	int i;

	switch (q->type) {
	case RASK_Q_SYNC:
		return rask_wire_u64(p, q->seq);
	case RASK_Q_FOLLOW:
		p = rask_wire_u64(p, q->seq);
		p = rask_wire_u64(p, q->since);
		*p++ = q->live;
		return p;
	case RASK_Q_ROOT:
		rask_sum_write(q->root, p);
		return rask_wire_u64(p + 16, q->count);
	case RASK_Q_ENTRIES:
		p = rask_wire_u16(p, (uint16_t)q->n);
		for (i = 0; i < q->n; i++)
			p = rask_wire_u64(p, q->places[i]);
		return p;
	case RASK_Q_GAVEUP:
		return rask_wire_u64(p, q->grant);
	case RASK_Q_INSTALLED:
		p = rask_wire_u64(p, q->grant);
		p = write_seen(p, &q->seen);
		*p++ = q->has_taken;
		return q->has_taken ? write_seen(p, &q->taken) : p;
	case RASK_Q_ASK:
		return p + rask_entry_encode(&q->entry, p);
	default:		/* STAT, VIEW */
		return p;
	}
}

/* Add the body of a question.  Returns: 0, or -1 with ENOMEM. */
static int
add_body(struct rask_buf *out, const struct rask_question *q)
{
	unsigned char *p;

	switch (q->type) {
	case RASK_Q_GET:
	case RASK_Q_LINES:
	case RASK_Q_MERGE:
		return rask_buf_add(out, q->text, q->len);
	case RASK_Q_SUMS:
	case RASK_Q_ITEMS:
		return rask_nodes_add(out, q->nodes, q->n);
	default:
		p = rask_buf_room(out, q->type == RASK_Q_INSTALLED ?
		    9 + 2 * SEEN_MAX : RASK_ENTRY_MAX);
		if (p == NULL)
			return -1;
		rask_buf_grew(out, (size_t)(write_fields(p, q) - p));
		return 0;
	}
}

int
rask_question_add(struct rask_buf *out, const struct rask_question *q)
{
	struct rask_frame f = { .type = (uint8_t)q->type,
	    .stream = q->stream };
	size_t at;

	if (rask_frame_begin(out, &at) == -1)
		return -1;
	if (add_body(out, q) == -1) {
		rask_frame_undo(out, at);
		return -1;
	}
	return rask_frame_end(out, at, f);
}

/* Read places; r is bad if there are none. */
static void
read_places(struct rask_rd *r, struct rask_question *q)
{
	int i;

	q->n = rask_rd_u16(r);
	if (q->n < 1 || q->n > RASK_PLACES_MAX)
		r->bad = true;
	for (i = 0; i < q->n && !r->bad; i++)
		q->places[i] = rask_rd_u64(r);
}

/* Count the entries of a MERGE.  Returns: 0, or -1 with errno. */
static int
check_merge(struct rask_question *q)
{
	const unsigned char *p = (const unsigned char *)q->text;
	size_t len = q->len;
	int r;

	for (q->n = 0; (r = rask_entries_next(&p, &len, &q->entry)) == 1;)
		q->n++;
	return r == 0 && q->n == 0 ? broken() : r;
}

/* Read a question that is text.  Returns: 0, or -1 with errno. */
static int
read_text(struct rask_question *q)
{
	if (q->type == RASK_Q_GET)
		return rask_path_check(q->text, q->len);
	if (q->type == RASK_Q_MERGE)
		return check_merge(q);
	if (q->type == RASK_Q_ASK)
		return rask_entry_decode(&q->entry,
		    (const unsigned char *)q->text, q->len);
	return q->len > 0 && q->text[q->len - 1] == '\n' ? 0 : broken();
}

/* Read numbers; r is bad if something is wrong with them. */
static void
read_fields(struct rask_rd *r, struct rask_question *q)
{
	const unsigned char *p;
	uint8_t flag = 0;

	switch (q->type) {
	case RASK_Q_SYNC:
		q->seq = rask_rd_u64(r);
		break;
	case RASK_Q_FOLLOW:
		q->seq = rask_rd_u64(r);
		q->since = rask_rd_u64(r);
		q->live = (flag = rask_rd_u8(r)) != 0;
		break;
	case RASK_Q_ROOT:
		if ((p = rask_rd_bytes(r, 16)) != NULL)
			q->root = rask_sum_read(p);
		q->count = rask_rd_u64(r);
		break;
	case RASK_Q_ENTRIES:
		read_places(r, q);
		break;
	case RASK_Q_INSTALLED:
	case RASK_Q_GAVEUP:
		q->grant = rask_rd_u64(r);
		if (q->grant == 0)
			r->bad = true;
		if (q->type == RASK_Q_GAVEUP)
			break;
		read_seen(r, &q->seen);
		q->has_taken = (flag = rask_rd_u8(r)) != 0;
		if (q->has_taken)
			read_seen(r, &q->taken);
		break;
	default:		/* STAT, VIEW */
		break;
	}
	if (flag > 1)
		r->bad = true;
}

int
rask_question_parse(struct rask_question *q, const struct rask_frame *f)
{
	struct rask_rd r = { f->body, f->body + f->len, false };

	q->type = f->type;
	q->stream = f->stream;
	q->text = (const char *)f->body;
	q->len = f->len;
	if (f->type < RASK_Q_GET || f->type > RASK_Q_GAVEUP ||
	    f->stream == 0)
		return broken();
	switch (f->type) {
	case RASK_Q_GET:
	case RASK_Q_LINES:
	case RASK_Q_MERGE:
	case RASK_Q_ASK:
		return read_text(q);
	case RASK_Q_SUMS:
		q->n = rask_nodes_read(f->body, f->len, q->nodes,
		    RASK_SUMS_MAX);
		return q->n == -1 ? -1 : 0;
	case RASK_Q_ITEMS:
		q->n = rask_nodes_read(f->body, f->len, q->nodes,
		    RASK_ITEMS_MAX);
		return q->n == -1 ? -1 : 0;
	}
	read_fields(&r, q);
	return r.bad || r.p != r.end ? broken() : 0;
}

int
rask_entries_add(struct rask_buf *text, const struct rask_entry *e)
{
	unsigned char *p;
	size_t n;

	if ((p = rask_buf_room(text, 2 + RASK_ENTRY_MAX)) == NULL)
		return -1;
	n = rask_entry_encode(e, p + 2);
	rask_wire_u16(p, (uint16_t)n);
	rask_buf_grew(text, 2 + n);
	return 0;
}

int
rask_entries_next(const unsigned char **p, size_t *len, struct rask_entry *e)
{
	struct rask_rd r = { *p, *p + *len, false };
	const unsigned char *bytes;
	size_t n;

	if (*len == 0)
		return 0;
	n = rask_rd_u16(&r);
	if ((bytes = rask_rd_bytes(&r, n)) == NULL)
		return broken();
	if (rask_entry_decode(e, bytes, n) == -1)
		return -1;
	*p = r.p;
	*len = (size_t)(r.end - r.p);
	return 1;
}
