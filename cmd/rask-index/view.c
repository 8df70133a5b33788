/* What is told of the store as a whole: its files, and its numbers. */
#include <sys/socket.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "line.h"

/* The descriptors of a view, in their order.  Returns: how many. */
static size_t
gather_fds(const struct store_view *v, int fds[RASK_VIEW_MAX])
{
	size_t i, n = 0;

	if (v->state != -1)
		fds[n++] = v->state;
	if (v->dir != -1)
		fds[n++] = v->dir;
	for (i = 0; i < v->n; i++)
		fds[n++] = v->segs[i];
	return n;
}

/* Send a buffer, and descriptors beside its first byte.  As sendmsg(2). */
static ssize_t
send_fds(int fd, const struct rask_buf *b, const int *fds, size_t n)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(RASK_VIEW_MAX * sizeof(int))];
	} control;
	struct iovec iov = { rask_buf_head(b), rask_buf_left(b) };
	struct msghdr m = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	memset(&control, 0, sizeof(control));
	if (n > 0) {
		m.msg_control = &control;
		m.msg_controllen = CMSG_SPACE(n * sizeof(int));
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n * sizeof(int));
	}
	return sendmsg(fd, &m, MSG_DONTWAIT | MSG_NOSIGNAL);
}

/* Write down the moment that the descriptors are of. */
static void
describe(struct rask_view *to, const struct store_view *v,
    const struct store_info *i)
{
	to->node = i->node;
	to->epoch = i->epoch;
	to->seq = i->seq;
	to->pos = v->pos;
	to->upto = v->upto;
	to->live = i->live;
	to->gone = i->gone;
	to->root = i->root;
	to->has_state = v->state != -1;
	to->has_dir = v->dir != -1;
	to->n = (uint16_t)v->n;
}

enum done
view_send(struct client *c, const struct rask_question *q)
{
	struct rask_reply *r = &c->cs->r;
	struct store_view v;
	struct store_info i;
	int fds[RASK_VIEW_MAX];
	ssize_t n;
	int e;

	/*
	 * Descriptors go with a byte of the stream, and are the store's only
	 * until it makes a checkpoint: they are sent at once, or not yet.
	 */
	if (rask_buf_left(&c->out) > 0)
		return HOLD_SPACE;
	if (store_view(c->cs->o.store, &v) == -1) {
		client_fail(c, q->stream, errno, strerror(errno));
		return DONE;
	}
	store_info(c->cs->o.store, &i);
	r->type = RASK_A_VIEW;
	r->stream = q->stream;
	describe(&r->view, &v, &i);
	client_reply(c);
	n = c->gone ? 0 : send_fds(c->fd, &c->out, fds, gather_fds(&v, fds));
	e = errno;
	if (v.state != -1)
		close(v.state);
	if (n >= 0) {
		rask_buf_take(&c->out, (size_t)n);
		return DONE;
	}
	rask_buf_take(&c->out, rask_buf_left(&c->out));
	if (e == EAGAIN || e == EINTR)
		return HOLD_SPACE;
	if (e == EPIPE || e == ECONNRESET)
		client_lose(c);
	else
		client_fail(c, q->stream, e, strerror(e));
	return DONE;
}

/* Add a line of STAT. */
static int
number(struct rask_buf *b, const char *name, uint64_t n)
{
	return rask_buf_printf(b, "%s=%llu\n", name, (unsigned long long)n);
}

enum done
view_stat(struct client *c, const struct rask_question *q)
{
	struct rask_buf *b = &c->out;
	struct rask_reply *r = &c->cs->r;
	const char *tree = hints_tree(c->cs->o.hints);
	double now = ev_now(c->cs->o.loop);
	struct store_info i;
	size_t at;
	int bad = 0;

	store_info(c->cs->o.store, &i);
	r->type = RASK_A_TEXT;
	r->stream = q->stream;
	bad |= rask_reply_begin(b, r, &at);
	bad |= bad ? -1 : rask_buf_printf(b, "node=%llx\nname=%s\n",
	    (unsigned long long)i.node, i.name);
	bad |= number(b, "seq", i.seq);
	bad |= number(b, "durable_seq", i.durable);
	bad |= number(b, "oldest_seq", i.oldest);
	bad |= number(b, "entries", i.live);
	bad |= number(b, "tombstones", i.gone);
	bad |= number(b, "conflicts", 0);
	bad |= number(b, "state_bytes", i.state_bytes);
	bad |= number(b, "feed_bytes", i.feed_bytes);
	bad |= number(b, "memory_bytes", i.memory_bytes);
	bad |= number(b, "uptime_s", (uint64_t)(now - c->cs->start));
	bad |= number(b, "checkpoints", i.checkpoints);
	bad |= number(b, "folding", i.folding);
	bad |= number(b, "gathered", i.gathered);
	bad |= number(b, "replayed", i.replayed);
	bad |= number(b, "clients", c->cs->n);
	if (!bad && tree != NULL)
		bad |= rask_buf_str(b, "tree=") | rask_line_escape(b, tree) |
		    rask_buf_str(b, "\n");
	if (bad)
		client_lose(c);
	else
		rask_reply_end(b, r, at);
	return DONE;
}
