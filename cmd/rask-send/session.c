/* The bytes of a connection: from HELLO to its end. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "origin.h"
#include "send.h"

#define READS	8		/* reads in one turn of the loop */
#define CHUNK	(256 * 1024)	/* bytes in one write, about */
#define PIECES	64		/* pieces of memory in one write */

/* Write the acknowledged lines that stdout takes. */
static void
flush_lines(struct send *s)
{
	int r = rask_out_flush(&s->lines);

	if (r == 0)
		ev_io_start(s->loop, &s->out_wr);
	else
		ev_io_stop(s->loop, &s->out_wr);
	if (r == -1)
		send_end(s, 0);		/* nobody reads: the filter ends */
}

void
session_flush(struct send *s)
{
	struct iovec iov[PIECES];
	bool wait = s->again;
	ssize_t w;
	int n;

	while ((n = rask_sendq_next(s->q, iov, PIECES, CHUNK)) > 0) {
		if ((w = rask_link_writev(&s->link, iov, n)) == -1) {
			if (errno != EAGAIN && errno != EINTR) {
				peer_lost(s, "the connection is gone");
				return;
			}
			wait = true;
			break;
		}
		rask_sendq_wrote(s->q, (size_t)w);
		s->moved = now_ns();
		/* Bulk data goes on when the kernel has sent what it has. */
		if (rask_sendq_bytes(s->q, RASK_CLASS_BULK) +
		    rask_sendq_bytes(s->q, RASK_CLASS_BACK) > 0) {
			wait = true;
			break;
		}
	}
	if (wait)
		ev_io_start(s->loop, &s->wr);
	else
		ev_io_stop(s->loop, &s->wr);
	if (rask_buf_left(&s->lines.buf) > 0 || s->lines.dropped > 0)
		flush_lines(s);
}

/* The receiver's HELLO: may we send to it? */
static void
greeted(struct send *s, const struct rask_frame *f)
{
	char why[256];

	if (f->type == RASK_BYE || rask_hello_parse(&s->peer, f) == -1) {
		snprintf(why, sizeof(why), errno == EPROTONOSUPPORT ?
		    "it speaks protocol versions %d to %d, this is %d to %d" :
		    "this is not Rask speaking", s->peer.min, s->peer.max,
		    RASK_PROTO_MIN, RASK_PROTO_MAX);
		peer_bye(s, EX_PROTOCOL, why);
	} else if (strcmp(s->peer.tree, s->o->tree) != 0) {
		snprintf(why, sizeof(why), "the tree there is '%s', not '%s'",
		    s->peer.tree, s->o->tree);
		peer_bye(s, EX_CONFIG, why);
	} else if (memcmp(s->peer.root, s->hello.root, RASK_ID_LEN) == 0)
		peer_bye(s, EX_CONFIG, "that is the same directory");
	else if (rask_origin_has(s->roots[0].fd, s->peer.root)) {
		snprintf(why, sizeof(why), "two directions need rask-index: "
		    "%s/.rask/from says that this tree takes its changes",
		    s->roots[0].path);
		peer_bye(s, EX_CONFIG, why);
	} else
		peer_ready(s);
}

/* Farewell from the receiver. */
static void
bye(struct send *s, const struct rask_frame *f)
{
	unsigned code;

	if (rask_words_parse(f, &code, s->text) == -1)
		peer_lost(s, "a BYE that makes no sense");
	else
		peer_bye(s, code, s->text);
}

/* One frame. */
static void
handle(struct send *s, const struct rask_frame *f)
{
	s->moved = now_ns();
	if (f->type == RASK_BYE)
		bye(s, f);
	else if (s->state == STATE_GREETING)
		greeted(s, f);
	else if (answer(s, f) == -1)
		peer_lost(s, "a frame that breaks the rules");
}

/* Bytes from the receiver. */
static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct send *s = w->data;
	struct rask_frame f;
	struct iovec iov[2];
	size_t room;
	ssize_t n;
	int i, r;

	(void)loop;
	(void)revents;
	for (i = 0; i < READS && s->state >= STATE_GREETING; i++) {
		r = rask_deframe_room(s->deframe, iov, &room);
		n = rask_link_readv(&s->link, iov, r);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			break;
		if (n <= 0) {
			peer_lost(s, n == 0 ? "the connection was closed" :
			    strerror(errno));
			return;
		}
		rask_deframe_got(s->deframe, (size_t)n);
		while (s->state >= STATE_GREETING && !s->over &&
		    (r = rask_deframe_next(s->deframe, &f)) != 0) {
			if (r == 1)
				handle(s, &f);
			else
				peer_lost(s, "this is not Rask speaking");
		}
		if ((size_t)n < room)
			break;
	}
	if (s->state == STATE_READY)
		pump(s);
}

/* The receiver takes more. */
static void
on_writable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct send *s = w->data;

	(void)loop;
	(void)revents;
	if (s->state == STATE_READY)
		pump(s);
	else
		session_flush(s);
}

void
session_begin(struct send *s)
{
	struct rask_buf b = { NULL, 0, 0, 0 };

	if ((s->deframe = rask_deframe_new(s->slabs)) == NULL ||
	    (s->q = rask_sendq_new()) == NULL ||
	    rask_hello_add(&b, &s->hello) == -1 ||
	    rask_sendq_add(s->q, RASK_CLASS_CONTROL, 0, b.p, b.len,
	    NULL) == -1) {
		rask_buf_free(&b);
		peer_lost(s, strerror(errno));
		return;
	}
	rask_buf_free(&b);
	s->state = STATE_GREETING;
	s->n_recent = 0;
	ev_io_init(&s->rd, on_readable, s->link.in, EV_READ);
	ev_io_init(&s->wr, on_writable, s->link.out, EV_WRITE);
	s->rd.data = s->wr.data = s;
	ev_io_start(s->loop, &s->rd);
	session_flush(s);
}

void
session_stop(struct send *s)
{
	ev_io_stop(s->loop, &s->rd);
	ev_io_stop(s->loop, &s->wr);
	ev_timer_stop(s->loop, &s->rate_timer);
	stream_free_all(s);
	rask_work_drain(s->work);
	rask_sendq_free(s->q);
	rask_deframe_free(s->deframe);
	s->q = NULL;
	s->deframe = NULL;
	later_give_back(s);
	sent_give_back(s);
}
