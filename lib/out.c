/* Lines to an inherited descriptor, without ever blocking on it. */
#include <sys/stat.h>

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "out.h"

#define GAP_LEN	80	/* bytes, at most, of the remark about a gap */

void
rask_out_init(struct rask_out *o, int fd, bool json)
{
	struct stat st;

	memset(o, 0, sizeof(*o));
	o->fd = fd;
	o->json = json;
	o->file = fstat(fd, &st) == 0 &&
	    (S_ISREG(st.st_mode) || S_ISBLK(st.st_mode));
}

/*
 * Say in the stream how many lines are missing at this place, if that and
 * `more` bytes fit: near the full mark it is told once, not for each line.
 */
static bool
tell_gap(struct rask_out *o, size_t more)
{
	if (o->dropped == 0)
		return true;
	if (rask_out_space(o) < GAP_LEN + more)
		return false;
	if (rask_buf_printf(&o->buf, o->json ?
	    "{\"remark\":\"dropped\",\"text\":\"%llu\"}\n" :
	    "# dropped %llu\n", (unsigned long long)o->dropped) == -1)
		return false;
	o->dropped = 0;
	return true;
}

bool
rask_out_add(struct rask_out *o, const void *lines, size_t len, unsigned n)
{
	if (!tell_gap(o, len) || len > rask_out_space(o) ||
	    rask_buf_add(&o->buf, lines, len) == -1) {
		o->dropped += n;
		return false;
	}
	return true;
}

size_t
rask_out_space(const struct rask_out *o)
{
	return RASK_OUT_MAX - rask_buf_left(&o->buf);
}

int
rask_out_flush(struct rask_out *o)
{
	struct pollfd pfd = { .fd = o->fd, .events = POLLOUT };
	size_t n;
	ssize_t w;

	for (;;) {
		tell_gap(o, 0);
		if ((n = rask_buf_left(&o->buf)) == 0)
			break;
		if (!o->file) {
			if (poll(&pfd, 1, 0) <= 0)
				return 0;
			if ((pfd.revents & POLLOUT) == 0) {
				errno = EPIPE;
				return -1;
			}
			/* A writable pipe takes PIPE_BUF bytes whole. */
			if (n > PIPE_BUF)
				n = PIPE_BUF;
		}
		if ((w = write(o->fd, rask_buf_head(&o->buf), n)) == -1) {
			if (errno == EINTR)
				continue;
			if (errno == EAGAIN)
				return 0;
			return -1;
		}
		rask_buf_take(&o->buf, (size_t)w);
	}
	return 1;
}

void
rask_out_free(struct rask_out *o)
{
	rask_buf_free(&o->buf);
}
