/*
 * Large files.  A worker reads and checks slices, the loop sends them, a few
 * ahead of the socket and within the window; streams take turns.
 *
 * Always true: a stream has at most one job on the way; its slices are read in
 * order and without a gap, so that its check is over the whole content, also
 * when the receiver told us to send only from an offset on; what is sent was
 * the same before and after each slice, or the transfer is given up.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "path.h"
#include "send.h"
#include "stream.h"

/* A slice was read: count it in, if the file is still what it was. */
static void
check_slice(struct stream *st)
{
	struct stat now;

	if (fstat(st->fd, &now) == -1)
		st->error = errno;
	else if (now.st_size != st->st.st_size ||
	    rask_ns(&now.st_mtim) != rask_ns(&st->st.st_mtim) ||
	    rask_ns(&now.st_ctim) != rask_ns(&st->st.st_ctim))
		st->error = ESTALE;
	else if (rask_mac_add(st->mac, st->p, st->want) == -1)
		st->error = errno;
}

/* Worker: read a slice. */
static void
run_slice(struct rask_job *job)
{
	struct stream *st = (struct stream *)job;
	size_t done = 0;
	ssize_t r;

	st->error = 0;
	while (done < st->want) {
		r = pread(st->fd, st->p + done, st->want - done,
		    (off_t)(st->at + done));
		if (r <= 0) {
			st->error = r == 0 ? ESTALE : errno;
			return;
		}
		done += (size_t)r;
	}
	check_slice(st);
}

/*
 * Read a slice here and now, if it is in memory and nobody small is waiting.
 * Returns: false if the worker has to.
 */
static bool
read_now(struct stream *st)
{
	struct iovec iov = { st->p, st->want };
	int64_t from = now_ns();
	ssize_t n;

	if (!rask_pace_inline(&st->s->pace, from))
		return false;
	n = preadv2(st->fd, &iov, 1, (off_t)st->at, RWF_NOWAIT);
	if (n == -1 && errno == EOPNOTSUPP)	/* it cannot tell: try */
		n = pread(st->fd, st->p, st->want, (off_t)st->at);
	if (n != (ssize_t)st->want)
		return false;
	st->error = 0;
	check_slice(st);
	rask_pace_took(&st->s->pace, from, now_ns());
	return true;
}

/* Unlink a stream and give it back; no job of it is on the way. */
static void
drop(struct stream *st)
{
	struct send *s = st->s;
	struct stream **p;

	for (p = &s->streams; *p != st; p = &(*p)->next)
		;
	*p = st->next;
	s->n_streams[st->class]--;
	rask_mac_free(st->mac);
	rask_slab_put(s->slabs, st->slab);
	if (st->fd != -1)
		close(st->fd);
	free(st);
}

void
stream_end(struct stream *st)
{
	st->over = true;
	if (!st->busy)
		drop(st);
}

struct rask_todo_item *
stream_cancel(struct stream *st)
{
	struct send *s = st->s;
	struct rask_buf b = { NULL, 0, 0, 0 };
	struct rask_todo_item *it;
	uint64_t content = 0;

	if (st->verify) {
		it = st->item;
		stream_end(st);
		return it;
	}
	rask_sendq_cancel(s->q, st->class, st->id, &content);
	s->window.sent -= content;
	if (rask_number_add(&b, RASK_ABORT, st->id, 0) == 0)
		rask_sendq_add(s->q, RASK_CLASS_CONTROL, st->id, b.p, b.len,
		    NULL);
	rask_buf_free(&b);
	it = sent_remove(s, st->id);
	stream_end(st);
	return it;
}

/* A slab that the socket has taken. */
static void
slab_done(void *ctx, void *arg)
{
	rask_slab_put(ctx, arg);
}

/* Queue the slice that was read. */
static int
queue_slice(struct stream *st)
{
	struct send *s = st->s;
	struct rask_piece piece = { st->p, st->want, slab_done, s->slabs,
	    st->slab };
	unsigned char head[RASK_DATA_HEAD];

	rask_data_write(head, st->class, st->id, st->at, st->want);
	if (rask_sendq_add(s->q, st->class, st->id, head, sizeof(head),
	    &piece) == -1)
		return -1;
	st->slab = NULL;
	rask_window_sent(&s->window, st->want);
	rask_rate_take(&s->rate, st->want);
	s->n_bytes += st->want;
	return 0;
}

/* All was read: say so, with the check over it. */
static int
queue_end(struct stream *st)
{
	struct rask_buf b = { NULL, 0, 0, 0 };
	int r = -1;

	if (rask_mac_end(st->mac, st->tag) == 0 &&
	    rask_end_add(&b, st->class, st->id, st->tag) == 0)
		r = rask_sendq_add(st->s->q, st->class, st->id, b.p, b.len,
		    NULL);
	rask_buf_free(&b);
	st->ended = true;
	return r;
}

/* Something went wrong: the file waits for another try. */
static void
abandon(struct stream *st, int e)
{
	struct send *s = st->s;
	struct rask_todo_item *it = stream_cancel(st);

	if (it == NULL)
		return;
	if (e == ESTALE)
		later_add(s, it, 0.5, 60., true);
	else {
		diag(LOG_ERR, "%s: %s", it->path, strerror(e));
		later_add(s, it, 1., 30., false);
	}
}

/* Loop: a slice was read. */
static void
slice_done(struct rask_job *job)
{
	struct stream *st = (struct stream *)job;

	st->busy = false;
	if (st->over) {
		drop(st);
		return;
	}
	if (st->error != 0) {
		abandon(st, st->error);
		return;
	}
	if (st->at >= st->from && queue_slice(st) == -1) {
		abandon(st, ENOMEM);
		return;
	}
	st->at += st->want;
	if (st->at < st->size)
		return;
	if (st->verify)
		stream_verified(st);
	else if (queue_end(st) == -1)
		abandon(st, ENOMEM);
}

/* Have the next slice read.  1: it was; 0: it will be; -1: it cannot be. */
static int
read_next(struct stream *st)
{
	struct send *s = st->s;
	uint64_t left = st->size - st->at;
	bool skip = st->at < st->from;

	if (skip && st->from - st->at < left)
		left = st->from - st->at;
	st->want = left < SLICE ? (size_t)left : SLICE;
	if (!skip && !rask_window_open(&s->window, st->want))
		return -1;
	if (st->slab == NULL && (st->slab = rask_slab_get(s->slabs)) == NULL)
		return -1;
	st->p = st->slab;
	if (read_now(st)) {
		slice_done(&st->job);
		return 1;
	}
	st->busy = true;
	st->job.run = run_slice;
	st->job.done = slice_done;
	rask_work_submit(s->work, &st->job);
	return 0;
}

/* The rate allows more again. */
void
stream_on_rate(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	pump(w->data);
}

bool
stream_rate_allows(struct send *s)
{
	int64_t wait = rask_rate_wait(&s->rate, SLICE, now_ns());

	if (wait == 0)
		return true;
	if (!ev_is_active(&s->rate_timer)) {
		ev_timer_set(&s->rate_timer, (double)wait / 1e9, 0.);
		ev_timer_start(s->loop, &s->rate_timer);
	}
	return false;
}

bool
stream_pump(struct send *s)
{
	struct stream **p, *st;
	unsigned class;

	for (class = RASK_CLASS_BULK; class < RASK_CLASSES; class++) {
		if (rask_sendq_bytes(s->q, class) >= AHEAD)
			return false;
		for (p = &s->streams; (st = *p) != NULL; p = &st->next)
			if (st->class == class && !st->busy && !st->over &&
			    !st->ended)
				break;
		if (st == NULL)
			continue;
		if (!stream_rate_allows(s))
			return false;
		/* The next turn is another one's. */
		*p = st->next;
		for (; *p != NULL; p = &(*p)->next)
			;
		*p = st;
		st->next = NULL;
		return read_next(st) == 1;
	}
	return false;
}
