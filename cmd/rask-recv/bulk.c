/*
 * Large files on their way in.  The loop cuts frames and decides; a worker
 * writes the slices and checks them, in the order in which they came.
 *
 * Always true: slices are handed to the worker without a gap, so that what is
 * written is a prefix of the content; a stream is freed only when none of its
 * jobs is on the way.
 */
#include <sys/statvfs.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bulk.h"

#define TELL	(128 * 1024)	/* bytes of credit that are told at once */

/* Unlink a stream and give it back. */
static void
drop(struct stream *s)
{
	struct stream **p;

	for (p = &s->c->streams; *p != s; p = &(*p)->next)
		;
	*p = s->next;
	s->c->n_streams--;
	rask_mac_free(s->mac);
	rask_part_close(&s->part, s->forget || s->expect == 0);
	free(s);
}

/* Refuse a stream; it goes once its jobs are through. */
static void
refuse(struct stream *s, unsigned code, const char *why, bool forget)
{
	if (s->dead)
		return;
	conn_refuse(s->c, s->id, s->m.path, code, why);
	s->dead = true;
	s->forget = forget;
}

/* All is written and checked: put it in place. */
static void
install(struct stream *s)
{
	struct conn *c = s->c;
	struct rask_taken *taken = NULL;
	struct rask_place pl;
	int r;

	s->dead = true;
	if (rask_place_open(&c->tree, s->m.path, true, &pl) == -1) {
		conn_refuse_errno(c, s->id, s->m.path, errno);
		return;
	}
	r = rask_make_place(&c->tree, &s->part.made, &pl, s->m.mode,
	    s->m.mtime, &taken);
	rask_place_close(&pl);
	if (r == -1) {
		s->forget = errno != EBUSY && errno != EAGAIN;
		conn_refuse_errno(c, s->id, s->m.path, errno);
		return;
	}
	c->n_bytes += s->m.size;
	conn_ack(c, s->id, RASK_MADE, &s->m);
	durable_add(c, s->id, true, s->m.path, NULL, taken);
}

void
bulk_settle(struct stream *s)
{
	unsigned char tag[RASK_TAG_LEN];

	if (s->jobs > 0)
		return;
	if (s->error != 0)
		refuse(s, RASK_REFUSE_LATER, strerror(s->error), true);
	if (!s->dead && s->ended) {
		if (s->expect != s->m.size ||
		    rask_mac_end(s->mac, tag) == -1 ||
		    rask_hash_differ(tag, s->tag, sizeof(tag)) != 0)
			refuse(s, RASK_REFUSE_DAMAGED,
			    "the content does not match its check", true);
		else
			install(s);
	}
	if (s->dead)
		drop(s);
}

/* The stream of a number that is still wanted. */
static struct stream *
find(struct conn *c, uint64_t id)
{
	struct stream *s;

	for (s = c->streams; s != NULL; s = s->next)
		if (s->id == id && !s->dead)
			return s;
	return NULL;
}

/* Is there room for what is still to come? */
static bool
room_for(struct conn *c, uint64_t bytes)
{
	struct statvfs vfs;

	return fstatvfs(c->tree.root, &vfs) == -1 || vfs.f_frsize == 0 ||
	    bytes / vfs.f_frsize < vfs.f_bavail;
}

/* Begin a stream at pl. */
static void
begin(struct conn *c, const struct rask_place *pl, const struct rask_msg *m)
{
	struct stream *s;

	if ((s = calloc(1, sizeof(*s))) == NULL ||
	    (s->mac = rask_mac_new(m->hash)) == NULL ||
	    rask_part_open(&c->tree, pl, m->id, m->size, &s->part) == -1) {
		conn_refuse_errno(c, m->stream, m->path, errno);
		if (s != NULL)
			rask_mac_free(s->mac);
		free(s);
		return;
	}
	s->c = c;
	s->id = m->stream;
	s->m = *m;
	s->expect = s->part.have;
	s->next = c->streams;
	c->streams = s;
	c->n_streams++;
	if (!room_for(c, m->size - s->expect)) {
		refuse(s, RASK_REFUSE_LATER, strerror(ENOSPC), true);
		bulk_settle(s);
	} else if (s->expect > 0) {
		if (slice_submit(s, NULL, NULL, 0, (size_t)s->expect,
		    0) == -1) {
			refuse(s, RASK_REFUSE_LATER, strerror(errno), false);
			bulk_settle(s);
			return;
		}
		rask_number_add(&c->out, RASK_RESUME, s->id, s->expect);
	}
}

void
bulk_open(struct conn *c, const struct rask_msg *m)
{
	struct rask_place pl;
	int held;

	if (find(c, m->stream) != NULL || c->n_streams >= STREAMS_MAX) {
		conn_refuse(c, m->stream, m->path, RASK_REFUSE_LATER,
		    "too many large files at once");
		return;
	}
	if (rask_place_open(&c->tree, m->path, true, &pl) == -1) {
		conn_refuse_errno(c, m->stream, m->path, errno);
		return;
	}
	if ((held = rask_op_holds(&pl, m)) == 1) {
		rask_number_add(&c->out, RASK_SKIP, m->stream, 0);
		conn_ack(c, m->stream, RASK_HELD, m);
		durable_add(c, m->stream, true, m->path, NULL, NULL);
	} else if (held == 0)
		begin(c, &pl, m);
	else
		conn_refuse_errno(c, m->stream, m->path, errno);
	rask_place_close(&pl);
}

/*
 * Write a slice in the loop itself, and give its credit back soon, since the
 * sender waits for it.
 */
static void
write_now(struct stream *s, const unsigned char *p, size_t n, size_t count,
    int64_t now)
{
	struct conn *c = s->c;
	int r = slice_write(s, p, s->expect, n);

	rask_pace_took(&c->pace, now, conn_now());
	c->written += count;
	s->expect += n;
	if (r == -1)
		bulk_settle(s);
	if (c->written - c->told >= TELL)
		conn_flush(c);
}

/* Have the worker write a slice. */
static void
write_later(struct stream *s, struct rask_frame *f, size_t skip, size_t n,
    size_t count)
{
	struct conn *c = s->c;
	void *slab;

	/* Keeping the body may move it. */
	if ((slab = rask_deframe_keep(c->in, f)) != NULL &&
	    slice_submit(s, slab, f->body + skip, s->expect, n, count) == 0) {
		s->expect += n;
		return;
	}
	rask_slab_put(c->slabs, slab);
	c->written += count;
	refuse(s, RASK_REFUSE_LATER, strerror(ENOMEM), true);
	bulk_settle(s);
}

int
bulk_data(struct conn *c, struct rask_frame *f)
{
	const unsigned char *p;
	int64_t now = conn_now();
	struct stream *s;
	uint64_t at;
	size_t n, over;

	if (rask_data_parse(f, &at, &p, &n) == -1)
		return -1;
	s = find(c, f->stream);
	if (s != NULL && (s->ended || at > s->expect || at + n > s->m.size))
		return -1;
	if (s == NULL || at + n <= s->expect) {
		c->written += n;	/* not wanted any more */
		return 0;
	}
	over = (size_t)(s->expect - at);
	if (s->jobs == 0 && rask_pace_inline(&c->pace, now))
		write_now(s, p + over, n - over, n, now);
	else
		write_later(s, f, (size_t)(p - f->body) + over, n - over, n);
	return 0;
}

int
bulk_end(struct conn *c, const struct rask_frame *f)
{
	unsigned char tag[RASK_TAG_LEN];
	struct stream *s;

	if (rask_end_parse(f, tag) == -1)
		return -1;
	if ((s = find(c, f->stream)) == NULL)
		return 0;
	if (s->ended)
		return -1;
	memcpy(s->tag, tag, sizeof(tag));
	s->ended = true;
	bulk_settle(s);
	return 0;
}

void
bulk_abort(struct conn *c, uint64_t stream)
{
	struct stream *s;

	if ((s = find(c, stream)) == NULL)
		return;
	s->dead = true;
	bulk_settle(s);
}

void
bulk_free(struct conn *c)
{
	while (c->streams != NULL)
		drop(c->streams);
}
