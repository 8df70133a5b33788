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
#include <unistd.h>

#include "recv.h"

struct stream {
	struct stream *next;
	struct conn *c;
	uint64_t id;		/* number of the change */
	struct rask_msg m;	/* its OPEN */
	struct rask_part part;
	struct rask_mac *mac;	/* over what is written, the worker's */
	unsigned char tag[RASK_TAG_LEN];	/* from END */
	uint64_t expect;	/* offset up to which slices were taken */
	unsigned jobs;		/* on their way */
	int error;		/* errno of a write, the worker's */
	bool ended;		/* END has come */
	bool dead;		/* refused or aborted: wait for the jobs */
	bool forget;		/* its partial file goes too */
};

/* A slice to be written, or a prefix to be read again for the check. */
struct slice {
	struct rask_job job;	/* first */
	struct stream *s;
	void *slab;		/* owned; NULL: read what is there */
	const unsigned char *p;	/* in the slab */
	uint64_t at;		/* offset in the file */
	size_t n;		/* bytes */
	size_t count;		/* bytes of credit that it gives back */
};

/* Worker: check again what an earlier connection wrote. */
static int
check_prefix(struct stream *s, uint64_t n)
{
	unsigned char *buf;
	uint64_t at = 0;
	ssize_t r = 0;

	if ((buf = malloc(RASK_SLICE_MAX)) == NULL)
		return ENOMEM;
	while (at < n) {
		r = pread(s->part.made.fd, buf, n - at < RASK_SLICE_MAX ?
		    (size_t)(n - at) : RASK_SLICE_MAX, (off_t)at);
		if (r <= 0 || rask_mac_add(s->mac, buf, (size_t)r) == -1)
			break;
		at += (uint64_t)r;
	}
	free(buf);
	return at == n ? 0 : r == 0 ? EIO : errno;
}

/* Worker: one slice. */
static void
run_slice(struct rask_job *job)
{
	struct slice *sl = (struct slice *)job;
	struct stream *s = sl->s;
	size_t done = 0;
	ssize_t w;

	if (s->error != 0)
		return;
	if (sl->slab == NULL) {
		s->error = check_prefix(s, sl->n);
		return;
	}
	while (done < sl->n) {
		w = pwrite(s->part.made.fd, sl->p + done, sl->n - done,
		    (off_t)(sl->at + done));
		if (w == -1) {
			s->error = errno;
			return;
		}
		done += (size_t)w;
	}
	if (rask_mac_add(s->mac, sl->p, sl->n) == -1)
		s->error = errno;
}

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
	rask_part_close(&s->part, s->forget);
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

/* Look whether a stream can be ended, now that no job is on the way. */
static void
settle(struct stream *s)
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

/* Loop: one slice is through. */
static void
slice_done(struct rask_job *job)
{
	struct slice *sl = (struct slice *)job;
	struct stream *s = sl->s;

	s->c->written += sl->count;
	rask_slab_put(s->c->slabs, sl->slab);
	free(sl);
	s->jobs--;
	settle(s);
}

/* Hand something to the worker. */
static int
submit(struct stream *s, void *slab, const unsigned char *p, uint64_t at,
    size_t n, size_t count)
{
	struct slice *sl;

	if ((sl = calloc(1, sizeof(*sl))) == NULL)
		return -1;
	sl->job.run = run_slice;
	sl->job.done = slice_done;
	sl->s = s;
	sl->slab = slab;
	sl->p = p;
	sl->at = at;
	sl->n = n;
	sl->count = count;
	s->jobs++;
	rask_work_submit(s->c->disk, &sl->job);
	return 0;
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
		settle(s);
	} else if (s->expect > 0) {
		if (submit(s, NULL, NULL, 0, (size_t)s->expect, 0) == -1) {
			refuse(s, RASK_REFUSE_LATER, strerror(errno), false);
			settle(s);
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
		durable_add(c, m->stream, false, m->path, NULL, NULL);
	} else if (held == 0)
		begin(c, &pl, m);
	else
		conn_refuse_errno(c, m->stream, m->path, errno);
	rask_place_close(&pl);
}

int
bulk_data(struct conn *c, struct rask_frame *f)
{
	const unsigned char *p;
	struct stream *s;
	uint64_t at;
	size_t n, over, skip;
	void *slab;

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
	/* Keeping the body may move it: find the content in it again. */
	skip = (size_t)(p - f->body) + over;
	if ((slab = rask_deframe_keep(c->in, f)) == NULL ||
	    submit(s, slab, f->body + skip, s->expect, n - over, n) == -1) {
		rask_slab_put(c->slabs, slab);
		c->written += n;
		refuse(s, RASK_REFUSE_LATER, strerror(ENOMEM), true);
		settle(s);
		return 0;
	}
	s->expect = at + n;
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
	settle(s);
	return 0;
}

void
bulk_abort(struct conn *c, uint64_t stream)
{
	struct stream *s;

	if ((s = find(c, stream)) == NULL)
		return;
	s->dead = true;
	settle(s);
}

void
bulk_free(struct conn *c)
{
	while (c->streams != NULL)
		drop(c->streams);
}
