/* One connection: its reading and writing, and its end. */
#include <sys/socket.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client.h"
#include "diag.h"
#include "msg.h"

#define READ_MAX	(16 * 1024)	/* bytes of one client in a turn */
#define TURNS_MAX	8		/* parts of the feed in a turn */
#define HELLO_TIME	10.		/* s for a HELLO */

/* A client is due for a HELLO no more. */
static void
due_over(struct client *c)
{
	TAILQ_REMOVE(&c->cs->due, c, due);
	if (TAILQ_EMPTY(&c->cs->due))
		ev_timer_stop(c->cs->o.loop, &c->cs->hello);
}

void
client_free(struct client *c)
{
	struct conns *cs = c->cs;

	c->gone = true;
	grants_drop(c);
	ev_io_stop(cs->o.loop, &c->rd);
	ev_io_stop(cs->o.loop, &c->wr);
	if (!c->greeted)
		due_over(c);
	if (c->follows > 0)
		LIST_REMOVE(c, followers);
	if (c->n_syncs > 0)
		LIST_REMOVE(c, syncers);
	if (c->later)
		LIST_REMOVE(c, holders);
	LIST_REMOVE(c, list);
	cs->n--;
	close(c->fd);
	rask_deframe_free(c->in);
	rask_buf_free(&c->out);
	free(c);
}

void
client_lose(struct client *c)
{
	if (c->gone)
		return;
	c->gone = true;
	ev_io_stop(c->cs->o.loop, &c->rd);
	ev_io_stop(c->cs->o.loop, &c->wr);
	ev_feed_event(c->cs->o.loop, &c->rd, EV_READ);
}

void
client_reply(struct client *c)
{
	if (!c->gone && rask_reply_add(&c->out, &c->cs->r) == -1)
		client_lose(c);
}

void
client_fail(struct client *c, uint64_t stream, int error, const char *why)
{
	struct rask_reply *r = &c->cs->r;

	r->type = RASK_A_FAILED;
	r->stream = stream;
	r->error = error;
	strncpy(r->why, why, RASK_WHY_MAX);
	r->why[RASK_WHY_MAX] = '\0';
	client_reply(c);
}

void
client_bye(struct client *c, unsigned code, const char *why)
{
	if (rask_words_add(&c->out, RASK_BYE, 0, code, why) == -1)
		client_lose(c);
	c->ending = true;
}

/* Send what the socket takes.  Returns: true if all of it went. */
static bool
send_out(struct client *c)
{
	ssize_t n;

	while (rask_buf_left(&c->out) > 0 && !c->gone) {
		n = send(c->fd, rask_buf_head(&c->out),
		    rask_buf_left(&c->out), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1 && errno == EAGAIN)
			return false;
		if (n == -1)
			client_lose(c);
		else
			rask_buf_take(&c->out, (size_t)n);
	}
	if (c->out.cap > OUT_MAX / 4)
		rask_buf_free(&c->out);
	return true;
}

void
client_flush(struct client *c)
{
	struct ev_loop *loop = c->cs->o.loop;
	bool sent, more = false;
	int turns = 0;

	while ((sent = send_out(c)) && !c->gone && !c->ending &&
	    (more = follow_more(c)) && ++turns < TURNS_MAX)
		;
	if (c->ending)
		client_lose(c);
	if (c->gone)
		return;
	if (!sent || more || (c->holding && !c->later))
		ev_io_start(loop, &c->wr);
	else
		ev_io_stop(loop, &c->wr);
	if (c->holding || rask_buf_left(&c->out) > OUT_MAX)
		ev_io_stop(loop, &c->rd);
	else
		ev_io_start(loop, &c->rd);
}

/* Set a question aside until it can be answered, or no longer. */
static void
hold(struct client *c, const struct rask_frame *f, enum done how)
{
	struct conns *cs = c->cs;
	bool later = how == HOLD_LATER;

	if (later && !c->later) {
		if (LIST_EMPTY(&cs->holders))
			ev_timer_again(cs->o.loop, &cs->retry);
		LIST_INSERT_HEAD(&cs->holders, c, holders);
	} else if (!later && c->later)
		LIST_REMOVE(c, holders);
	c->holding = how != DONE;
	c->later = later;
	if (c->holding)
		c->held = *f;
}

/* The first frame has to be a HELLO. */
static void
greet(struct client *c, const struct rask_frame *f)
{
	struct rask_ihello h, mine = { .min = RASK_QUERY_MIN,
	    .max = RASK_QUERY_MAX, .pid = (uint32_t)getpid() };
	struct store_info info;

	if (rask_ihello_parse(&h, f) == -1) {
		client_bye(c, EX_PROTOCOL, errno == EPROTONOSUPPORT ?
		    "another version of the protocol" : "no HELLO");
		return;
	}
	due_over(c);
	c->greeted = true;
	store_info(c->cs->o.store, &info);
	mine.node = info.node;
	strncpy(mine.name, info.name, sizeof(mine.name) - 1);
	if (rask_ihello_add(&c->out, &mine) == -1)
		client_lose(c);
}

/*
 * Answer what is at hand while there is room.
 * Returns: true if it was room that ended it.
 */
static bool
answer_some(struct client *c)
{
	struct rask_frame f;
	int r = 0;

	if (c->holding)
		hold(c, &c->held, answer(c, &c->held));
	while (!c->gone && !c->ending && !c->holding &&
	    rask_buf_left(&c->out) <= OUT_MAX &&
	    (r = rask_deframe_next(c->in, &f)) == 1) {
		if (c->greeted)
			hold(c, &f, answer(c, &f));
		else
			greet(c, &f);
	}
	if (r == -1)
		client_bye(c, EX_PROTOCOL, "not the index's protocol");
	return rask_buf_left(&c->out) > OUT_MAX;
}

void
client_work(struct client *c)
{
	bool full;

	do {
		full = answer_some(c);
		client_flush(c);
	} while (full && !c->gone && rask_buf_left(&c->out) <= OUT_MAX);
	if (c->cs->changed)
		conns_changed(c->cs);
}

/* Something came from a client. */
static void
on_read(struct ev_loop *loop, ev_io *w, int revents)
{
	struct client *c = w->data;
	struct iovec iov[2];
	size_t room;
	ssize_t n;

	(void)loop;
	(void)revents;
	if (c->gone) {
		client_free(c);
		return;
	}
	rask_deframe_room(c->in, iov, &room);
	n = recv(c->fd, iov[0].iov_base, iov[0].iov_len < READ_MAX ?
	    iov[0].iov_len : READ_MAX, MSG_DONTWAIT);
	if (n == 0 || (n == -1 && errno != EAGAIN && errno != EINTR)) {
		client_free(c);
		return;
	}
	if (n > 0)
		rask_deframe_got(c->in, (size_t)n);
	client_work(c);
}

/* A client takes more answers. */
static void
on_write(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	client_work(w->data);
}

int
client_new(struct conns *cs, int fd)
{
	struct ev_loop *loop = cs->o.loop;
	struct client *c;

	if ((c = calloc(1, sizeof(*c))) == NULL ||
	    (c->in = rask_deframe_new(NULL)) == NULL) {
		free(c);
		return -1;
	}
	c->cs = cs;
	c->fd = fd;
	LIST_INIT(&c->asks);
	LIST_INSERT_HEAD(&cs->all, c, list);
	cs->n++;
	ev_io_init(&c->rd, on_read, fd, EV_READ);
	ev_io_init(&c->wr, on_write, fd, EV_WRITE);
	c->rd.data = c->wr.data = c;
	c->deadline = ev_now(loop) + HELLO_TIME;
	if (TAILQ_EMPTY(&cs->due)) {
		cs->hello.repeat = HELLO_TIME;
		ev_timer_again(loop, &cs->hello);
	}
	TAILQ_INSERT_TAIL(&cs->due, c, due);
	ev_io_start(loop, &c->rd);
	return 0;
}
