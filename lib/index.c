/* A client of an index: questions and replies. */
#include <sys/socket.h>
#include <sys/time.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "indexint.h"
#include "msg.h"

int64_t
rask_index_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* EPROTO, in one line. */
static int
broken(void)
{
	errno = EPROTO;
	return -1;
}

int
rask_index_fd(const struct rask_index *x)
{
	return x->fd;
}

bool
rask_index_waits(const struct rask_index *x)
{
	return rask_buf_left(&x->out) > 0;
}

const struct rask_ihello *
rask_index_hello(const struct rask_index *x)
{
	return &x->hello;
}

void
rask_index_traffic(const struct rask_index *x, uint64_t bytes[2],
    uint64_t frames[2])
{
	memcpy(bytes, x->bytes, sizeof(x->bytes));
	memcpy(frames, x->frames, sizeof(x->frames));
}

/* Send what the socket takes. */
static int
send_some(struct rask_index *x)
{
	ssize_t n;

	while (rask_index_waits(x)) {
		n = send(x->fd, rask_buf_head(&x->out),
		    rask_buf_left(&x->out), MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n == -1 && errno == EINTR)
			continue;
		if (n == -1)	/* its BYE may still be there to be read */
			return errno == EAGAIN || errno == EPIPE ? 0 : -1;
		rask_buf_take(&x->out, (size_t)n);
		x->bytes[0] += (size_t)n;
	}
	return 0;
}

/* Take the descriptors that came with a message; too many are closed. */
static int
take_fds(struct rask_index *x, struct msghdr *m)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	for (c = CMSG_FIRSTHDR(m); c != NULL; c = CMSG_NXTHDR(m, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(int),
			    sizeof(int));
			if (x->n_fds < RASK_VIEW_MAX)
				x->fds[x->n_fds++] = fd;
			else
				close(fd);
		}
	}
	return m->msg_flags & MSG_CTRUNC ? broken() : 0;
}

/*
 * Receive once; flags: MSG_DONTWAIT, or 0 to wait as long as is set.
 * Returns: 1 something, 0 nothing now, -1 with errno.
 */
static int
receive_some(struct rask_index *x, int flags)
{
	union {
		struct cmsghdr align;
		char room[CMSG_SPACE(RASK_VIEW_MAX * sizeof(int))];
	} control;
	struct iovec iov[2];
	struct msghdr m = { .msg_iov = iov, .msg_control = &control,
	    .msg_controllen = sizeof(control) };
	size_t room;
	ssize_t n;

	m.msg_iovlen = (size_t)rask_deframe_room(x->in, iov, &room);
	if (iov[0].iov_len == 0)
		return 0;
	n = recvmsg(x->fd, &m, flags | MSG_CMSG_CLOEXEC);
	if (n == -1)
		return errno == EAGAIN || errno == EINTR ? 0 : -1;
	if (n == 0) {
		x->eof = true;
		return 0;
	}
	rask_deframe_got(x->in, (size_t)n);
	x->bytes[1] += (size_t)n;
	return take_fds(x, &m) == -1 ? -1 : 1;
}

int
rask_index_pump(struct rask_index *x)
{
	return send_some(x) == -1 ||
	    receive_some(x, MSG_DONTWAIT) == -1 ? -1 : 0;
}

int
rask_index_frame(struct rask_index *x, struct rask_frame *f,
    char why[RASK_WHY_MAX + 1])
{
	char text[RASK_TEXT_MAX + 1];
	unsigned code;
	int r;

	if ((r = rask_deframe_next(x->in, f)) == 1) {
		x->frames[1]++;
		if (f->type != RASK_BYE)
			return 1;
		if (rask_words_parse(f, &code, text) == -1)
			return -1;
		snprintf(why, RASK_WHY_MAX + 1, "%.*s", RASK_WHY_MAX, text);
		errno = ECONNABORTED;
		return -1;
	}
	if (r == 0 && x->eof) {
		errno = ECONNRESET;
		return -1;
	}
	return r;
}

int
rask_index_next(struct rask_index *x, struct rask_reply *r)
{
	struct rask_frame f;
	int k;

	r->why[0] = '\0';
	if ((k = rask_index_frame(x, &f, r->why)) != 1)
		return k;
	return rask_reply_parse(r, &f) == -1 ? -1 : 1;
}

int
rask_index_wait(struct rask_index *x, int64_t until)
{
	struct pollfd p = { .fd = x->fd, .events = POLLIN };
	int64_t left = until < 0 ? -1 : until - rask_index_now();
	int r;

	if (rask_index_waits(x))
		p.events |= POLLOUT;
	if (until >= 0 && left <= 0) {
		errno = ETIMEDOUT;
		return -1;
	}
	r = poll(&p, 1, (int)left);
	if (r == -1 && errno != EINTR)
		return -1;
	return rask_index_pump(x);
}

/*
 * Wait for the first bytes in the call that takes them: a lookup has one
 * system call less than with poll(2).
 */
static int
receive_first(struct rask_index *x, int timeout)
{
	int ms = timeout < 0 ? 0 : timeout;
	struct timeval tv = { ms / 1000, ms % 1000 * 1000 };

	if (timeout == 0 || rask_index_waits(x))
		return 0;
	if (x->timeout != ms && setsockopt(x->fd, SOL_SOCKET, SO_RCVTIMEO,
	    &tv, sizeof(tv)) == -1)
		return -1;
	x->timeout = ms;
	return receive_some(x, 0);
}

int
rask_index_reply(struct rask_index *x, struct rask_reply *r, int timeout)
{
	int64_t until = timeout < 0 ? -1 : rask_index_now() + timeout;
	int k;

	if (send_some(x) == -1)
		return -1;
	if ((k = rask_index_next(x, r)) == 0 &&
	    receive_first(x, timeout) == -1)
		return -1;
	while (k == 0 && (k = rask_index_next(x, r)) == 0)
		if (rask_index_wait(x, until) == -1)
			return -1;
	return k == 1 ? 0 : -1;
}

int
rask_index_ask(struct rask_index *x, struct rask_question *q)
{
	if (rask_buf_left(&x->out) >= RASK_INDEX_AHEAD) {
		errno = EAGAIN;
		return -1;
	}
	q->stream = x->last + 1;
	if (rask_question_add(&x->out, q) == -1)
		return -1;
	x->last++;
	x->frames[0]++;
	return 0;
}

int
rask_index_call(struct rask_index *x, struct rask_question *q,
    struct rask_reply *r, int timeout)
{
	r->why[0] = '\0';
	if (rask_index_ask(x, q) == -1 ||
	    rask_index_reply(x, r, timeout) == -1)
		return -1;
	if (r->stream != q->stream)
		return broken();
	if (r->type == RASK_A_FAILED) {
		errno = r->error;
		return -1;
	}
	return 0;
}

int
rask_index_fds(struct rask_index *x, const struct rask_reply *r,
    int fds[RASK_VIEW_MAX])
{
	int n = r->view.has_state + r->view.has_dir + r->view.n;

	if (r->type != RASK_A_VIEW || n != x->n_fds)
		return broken();
	memcpy(fds, x->fds, (size_t)n * sizeof(int));
	x->n_fds = 0;
	return n;
}
