/* One connection: what goes back to the peer and to the listener. */
#include <sys/socket.h>

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "diag.h"
#include "json.h"
#include "recv.h"

int64_t
conn_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return rask_ns(&ts);
}

void
conn_end(struct conn *c, int status, const char *why)
{
	if (c->ending)
		return;
	c->ending = true;
	c->status = status;
	c->bye_code = (unsigned)status;
	snprintf(c->bye, sizeof(c->bye), "%s", why);
	diag(LOG_ERR, "%s: %s", c->who, why);
	ev_break(c->loop, EVBREAK_ALL);
}

void
conn_lost(struct conn *c, const char *why)
{
	if (!c->ending && why != NULL)
		diag(LOG_NOTICE, "%s: %s", c->who, why);
	c->ending = true;
	ev_break(c->loop, EVBREAK_ALL);
}

bool
conn_full(const struct conn *c)
{
	return rask_buf_left(&c->out) > OUT_MAX || c->waiting > WINDOW_MAX ||
	    c->slices > SLICES_MAX;
}

/* Write what the listener's end takes of the applied lines. */
static void
flush_lines(struct conn *c)
{
	int r = rask_out_flush(&c->lines);

	if (r == 0)
		ev_io_start(c->loop, &c->lines_wr);
	else
		ev_io_stop(c->loop, &c->lines_wr);
}

void
conn_flush(struct conn *c)
{
	struct iovec iov;
	ssize_t n;

	if (rask_acks_send(&c->out, &c->visible, RASK_ACK_VISIBLE) == 0)
		c->visible.n = 0;
	if (c->written != c->told && c->ready) {
		rask_number_add(&c->out, RASK_WRITTEN, 0, c->written);
		c->told = c->written;
	}
	while ((iov.iov_len = rask_buf_left(&c->out)) > 0) {
		iov.iov_base = rask_buf_head(&c->out);
		if ((n = rask_link_writev(&c->link, &iov, 1)) == -1) {
			if (errno == EAGAIN || errno == EINTR)
				break;
			conn_lost(c, "the connection is gone");
			return;
		}
		rask_buf_take(&c->out, (size_t)n);
	}
	if (iov.iov_len > 0)
		ev_io_start(c->loop, &c->wr);
	else
		ev_io_stop(c->loop, &c->wr);
	if (rask_buf_left(&c->lines.buf) > 0 || c->lines.dropped > 0)
		flush_lines(c);
}

void
conn_drain(struct conn *c)
{
	struct pollfd pfd[2] = { { .fd = c->link.out, .events = POLLOUT },
	    { .fd = 1, .events = POLLOUT } };
	int64_t end = conn_now() + 1000000000;
	char junk[4096];
	struct iovec waste = { junk, sizeof(junk) };

	c->ending = true;
	conn_flush(c);
	if (c->bye[0] != '\0')
		rask_words_add(&c->out, RASK_BYE, 0, c->bye_code, c->bye);
	conn_flush(c);
	while (rask_buf_left(&c->out) + rask_buf_left(&c->lines.buf) > 0 &&
	    conn_now() < end) {
		pfd[0].fd = rask_buf_left(&c->out) > 0 ? c->link.out : -1;
		pfd[1].fd = rask_buf_left(&c->lines.buf) > 0 ? 1 : -1;
		if (poll(pfd, 2, 100) > 0 &&
		    ((pfd[0].revents | pfd[1].revents) & POLLOUT) == 0)
			break;
		conn_flush(c);
	}
	/* A socket closed with bytes unread would take the BYE with it. */
	if (!c->link.out_sock || shutdown(c->link.out, SHUT_WR) == -1)
		return;
	pfd[0].fd = c->link.in;
	pfd[0].events = POLLIN;
	while (conn_now() < end && poll(pfd, 1, 200) > 0 &&
	    rask_link_readv(&c->link, &waste, 1) > 0)
		;
}

/* Print a change that was made. */
static void
print_change(struct conn *c, const struct rask_msg *m)
{
	static const enum rask_op ops[] = {
		[RASK_PUT] = RASK_OP_PUT, [RASK_OPEN] = RASK_OP_PUT,
		[RASK_META] = RASK_OP_PUT, [RASK_SYMLINK] = RASK_OP_SYMLINK,
		[RASK_MKDIR] = RASK_OP_MKDIR, [RASK_DEL] = RASK_OP_DEL,
		[RASK_MV] = RASK_OP_MV
	};
	struct rask_change ch = { .op = ops[m->type], .path = m->path };
	struct rask_buf line = { NULL, 0, 0, 0 };

	if (m->type == RASK_MV)
		ch.path2 = m->other;
	if (c->o->json) {
		if (ch.op == RASK_OP_PUT) {
			ch.have = RASK_F_SIZE | RASK_F_MTIME | RASK_F_MODE;
			ch.size = m->size;
			ch.mtime = m->mtime;
			ch.mode = m->mode;
		}
		if (ch.op == RASK_OP_SYMLINK)
			ch.target = m->other;
		ch.from = c->peer.name;
		rask_json_format(&line, &ch);
	} else
		rask_line_format(&line, &ch);
	if (line.len > 0)
		rask_out_add(&c->lines, line.p, line.len, 1);
	rask_buf_free(&line);
}

void
conn_ack(struct conn *c, uint64_t stream, enum rask_outcome how,
    const struct rask_msg *m)
{
	c->n_changes++;
	if (c->o->sync != SYNC_EACH &&
	    rask_acks_add(&c->visible, stream) == -1)
		conn_lost(c, strerror(errno));
	if (how == RASK_HELD)
		c->n_held++;
	else if (!c->o->quiet && !c->o->stdio)
		print_change(c, m);
}

/* A path for a message: without controls, and no longer than a few lines. */
static const char *
shown(const char *path, char to[256])
{
	size_t i;

	snprintf(to, 256, strlen(path) < 256 ? "%s" : "%.250s...", path);
	for (i = 0; to[i] != '\0'; i++)
		if ((unsigned char)to[i] < 0x20 || to[i] == 0x7f)
			to[i] = '?';
	return to;
}

void
conn_refuse(struct conn *c, uint64_t stream, const char *path, unsigned code,
    const char *why)
{
	char s[256];

	c->n_refused++;
	if (code != RASK_REFUSE_NEED)
		diag(LOG_WARNING, "%s: %s: %s", c->who, shown(path, s), why);
	rask_words_add(&c->out, RASK_REFUSE, stream, code, why);
}

void
conn_refuse_errno(struct conn *c, uint64_t stream, const char *path, int e)
{
	switch (e) {
	case EBUSY:
		conn_refuse(c, stream, path, RASK_REFUSE_LATER,
		    "a local writer holds it open");
		break;
	case EAGAIN:
	case EEXIST:
	case ENOENT:
		conn_refuse(c, stream, path, RASK_REFUSE_LATER,
		    "it is changing here");
		break;
	case ESTALE:
		conn_refuse(c, stream, path, RASK_REFUSE_NEED,
		    "what it builds on is not here");
		break;
	case ENOSPC:
	case EDQUOT:
	case EIO:
	case EROFS:
	case ENOMEM:
	case EMFILE:
	case ENFILE:
		conn_refuse(c, stream, path, RASK_REFUSE_LATER, strerror(e));
		break;
	case EISDIR:
		conn_refuse(c, stream, path, RASK_REFUSE_NEVER,
		    "a directory that is not empty is in its place");
		break;
	case ENOTDIR:
		conn_refuse(c, stream, path, RASK_REFUSE_NEVER,
		    "what is no directory is on its way");
		break;
	case ELOOP:
		conn_refuse(c, stream, path, RASK_REFUSE_NEVER,
		    "a symbolic link is on its way");
		break;
	case EXDEV:
		conn_refuse(c, stream, path, RASK_REFUSE_NEVER,
		    "it is on another filesystem");
		break;
	default:
		conn_refuse(c, stream, path, RASK_REFUSE_NEVER, strerror(e));
	}
}

