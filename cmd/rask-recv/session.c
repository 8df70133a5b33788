/*
 * A session: frames from the peer, until one of both ends it.  It is a process
 * of its own, so whatever the peer does ends here.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "calm.h"
#include "diag.h"
#include "recv.h"

#define HELLO_TIME	10.	/* seconds that a peer has for its HELLO */
#define READS		8	/* reads in a row before acks are sent */
#define SLABS		8	/* slices kept for reuse */

/* The peer says farewell. */
static void
handle_bye(struct conn *c, const struct rask_frame *f)
{
	char text[RASK_TEXT_MAX + 1];
	unsigned code;

	if (rask_words_parse(f, &code, text) == -1) {
		conn_end(c, EX_PROTOCOL, "a BYE that makes no sense");
		return;
	}
	conn_lost(c, code == 0 ? NULL : text);
}

/* One frame. */
static void
handle(struct conn *c, struct rask_frame *f)
{
	int r = 0;

	if (f->type == RASK_BYE) {
		handle_bye(c, f);
		return;
	}
	if (!c->ready) {
		greet(c, f);
		return;
	}
	switch (f->type) {
	case RASK_PUT:
	case RASK_SYMLINK:
	case RASK_MKDIR:
	case RASK_DEL:
	case RASK_MV:
	case RASK_META:
	case RASK_OPEN:
		apply(c, f);
		break;
	case RASK_DATA:
		r = bulk_data(c, f);
		break;
	case RASK_END:
		r = bulk_end(c, f);
		break;
	case RASK_ABORT:
		bulk_abort(c, f->stream);
		break;
	default:
		r = -1;
	}
	if (r == -1)
		conn_end(c, EX_PROTOCOL, "a frame that breaks the rules");
}

/* The whole frames that were read, unless too much waits. */
static void
take_frames(struct conn *c)
{
	struct rask_frame f;
	int r;

	while (!c->ending && !conn_full(c) &&
	    (r = rask_deframe_next(c->in, &f)) != 0) {
		if (r == 1)
			handle(c, &f);
		else
			conn_end(c, EX_PROTOCOL, c->ready ?
			    "a frame that breaks the rules" :
			    "this is not Rask speaking");
	}
}

/* Bytes from the peer. */
static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct conn *c = w->data;
	struct iovec iov[2];
	ssize_t n;
	size_t room;
	int i, k;

	(void)revents;
	for (i = 0; i < READS && !c->ending && !conn_full(c); i++) {
		k = rask_deframe_room(c->in, iov, &room);
		n = rask_link_readv(&c->link, iov, k);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			conn_lost(c, n == 0 ? NULL : strerror(errno));
			break;
		}
		rask_deframe_got(c->in, (size_t)n);
		take_frames(c);
		if ((size_t)n < room)
			break;
	}
	if (!c->ending)
		conn_flush(c);
	if (conn_full(c))
		ev_io_stop(loop, w);
}

/* Send what is to be sent, and read again if that had been stopped. */
static void
go_on(struct conn *c)
{
	if (c->ending)
		return;
	conn_flush(c);
	if (c->ending || conn_full(c) || ev_is_active(&c->rd))
		return;
	take_frames(c);
	if (!c->ending)
		conn_flush(c);
	if (!conn_full(c))
		ev_io_start(c->loop, &c->rd);
}

/* The peer or the listener takes more. */
static void
on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	go_on(w->data);
}

/* The listener says nothing: it is gone, and nobody takes our lines. */
static void
on_listener(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	conn_end(w->data, EX_TEMPFAIL, "the listener is gone");
}

/* Jobs of the disk worker, or the syncer, are done. */
static void
on_disk(struct ev_loop *loop, ev_io *w, int revents)
{
	struct conn *c = w->data;

	(void)loop;
	(void)revents;
	rask_work_reap(w == &c->disk_rd ? c->disk : c->syncer);
	go_on(c);
}

/* The peer has said nothing. */
static void
on_hello_time(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	conn_end(w->data, EX_PROTOCOL, "no HELLO came");
}

/* SIGTERM, SIGINT: finish; SIGUSR1: tell. */
static void
on_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct conn *c = w->data;

	(void)loop;
	(void)revents;
	if (w->signum != SIGUSR1) {
		c->stopping = true;
		ev_break(c->loop, EVBREAK_ALL);
		return;
	}
	fprintf(stderr, "rask-recv: %s: changes=%llu held=%llu refused=%llu "
	    "bytes=%llu streams=%u syncs=%llu conflicts=%llu\n", c->who,
	    (unsigned long long)c->n_changes, (unsigned long long)c->n_held,
	    (unsigned long long)c->n_refused, (unsigned long long)c->n_bytes,
	    c->n_streams, (unsigned long long)c->n_syncs,
	    (unsigned long long)c->n_conflicts);
}

/* Watch one signal. */
static void
watch_signal(struct conn *c, ev_signal *w, int signum)
{
	ev_signal_init(w, on_signal, signum);
	w->data = c;
	ev_signal_start(c->loop, w);
}

/* Everything that is waited for. */
static void
watch(struct conn *c)
{
	ev_io_init(&c->rd, on_readable, c->link.in, EV_READ);
	ev_io_init(&c->wr, on_writable, c->link.out, EV_WRITE);
	ev_io_init(&c->lines_rd, on_listener, 1, EV_READ);
	ev_io_init(&c->lines_wr, on_writable, 1, EV_WRITE);
	ev_io_init(&c->disk_rd, on_disk, rask_work_fd(c->disk), EV_READ);
	ev_io_init(&c->sync_rd, on_disk, rask_work_fd(c->syncer), EV_READ);
	ev_timer_init(&c->hello_timer, on_hello_time, HELLO_TIME, 0.);
	c->rd.data = c->wr.data = c->lines_rd.data = c->lines_wr.data =
	    c->disk_rd.data = c->sync_rd.data = c->hello_timer.data = c;
	ev_io_start(c->loop, &c->rd);
	if (c->o->accepted)
		ev_io_start(c->loop, &c->lines_rd);
	ev_io_start(c->loop, &c->disk_rd);
	ev_io_start(c->loop, &c->sync_rd);
	ev_timer_start(c->loop, &c->hello_timer);
	watch_signal(c, &c->term, SIGTERM);
	watch_signal(c, &c->intr, SIGINT);
	watch_signal(c, &c->usr1, SIGUSR1);
}

/* The peer's address, until it says its name. */
static void
name_peer(struct conn *c)
{
	struct rask_sockaddr sa;

	if (c->link.in_sock && rask_sock_name(c->link.in, true, &sa) == 0)
		rask_addr_print(&sa, c->who, sizeof(c->who));
	else
		snprintf(c->who, sizeof(c->who), "the peer");
}

/* Finish what was begun, tell the peer, and give everything back. */
static void
finish(struct conn *c)
{
	rask_work_drain(c->disk);
	bulk_free(c);
	durable_finish(c);
	if (c->stopping && !c->ending) {
		c->bye_code = EX_TEMPFAIL;
		strcpy(c->bye, "shutting down");
	}
	conn_drain(c);
}

int
conn_run(const struct opts *o)
{
	struct conn *c;
	int status = EX_OSERR;

	if ((c = calloc(1, sizeof(*c))) == NULL)
		return EX_OSERR;
	c->o = o;
	c->loop = calm_loop(&c->never);
	rask_link_init(&c->link, 0, o->accepted ? 0 : 1, false);
	if (c->link.in_sock)
		rask_sock_tune(c->link.in);
	name_peer(c);
	rask_out_init(&c->lines, 1, false);	/* remarks for the listener */
	if ((c->slabs = rask_slabs_new(RASK_SLAB_SIZE, SLABS)) == NULL ||
	    (c->in = rask_deframe_new(c->slabs)) == NULL ||
	    (c->disk = rask_work_new(true)) == NULL ||
	    (c->syncer = rask_work_new(true)) == NULL ||
	    durable_init(c) == -1) {
		diag(LOG_ERR, "cannot start: %s", strerror(errno));
		goto out;
	}
	watch(c);
	ev_run(c->loop, 0);
	finish(c);
	status = c->status;
out:
	rask_work_free(c->syncer);
	rask_work_free(c->disk);
	durable_free(c);
	rask_deframe_free(c->in);
	rask_slabs_free(c->slabs);
	if (c->tree_open)
		rask_tree_close(&c->tree);
	rask_acks_free(&c->visible);
	rask_buf_free(&c->out);
	rask_out_free(&c->lines);
	free(c);
	return status;
}
