/*
 * Lines on stdin.  They are always read, whatever the connection does: what
 * they name waits in the set of things to do.
 */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "send.h"

#define LINE_LEN	(64 * 1024)	/* bytes in a line at most */
#define READ_LEN	(64 * 1024)	/* bytes read at once */

int
root_fd(const struct send *s, unsigned tree)
{
	return s->roots[tree].fd;
}

int
input_root(struct send *s, const char *path)
{
	struct root *r;
	unsigned i;

	for (i = 0; i < s->n_roots; i++)
		if (strcmp(s->roots[i].path, path) == 0) {
			s->root = i;
			return 0;
		}
	if (s->n_roots == ROOTS_MAX) {
		errno = ENOBUFS;
		return -1;
	}
	r = &s->roots[s->n_roots];
	if ((r->fd = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC)) == -1)
		return -1;
	if ((r->path = strdup(path)) == NULL) {
		close(r->fd);
		return -1;
	}
	s->root = s->n_roots++;
	if (s->state == STATE_ROOTLESS)
		peer_start(s);
	return 0;
}

/* A remark: some of them mean something here. */
static void
remark(struct send *s, const char *text)
{
	if (strcmp(text, "overflow") == 0)
		diag(LOG_WARNING, "%s: the watcher has lost events: what was "
		    "deleted meanwhile is not known, and stays on %s",
		    s->n_roots > 0 ? s->roots[s->root].path : "?", s->o->who);
}

/* One change that was read. */
static void
take_change(struct send *s, const struct rask_change *c)
{
	enum rask_lane lane = (c->have & RASK_F_FOUND) != 0 ?
	    RASK_LANE_BACK : RASK_LANE_LIVE;

	if (c->op == RASK_OP_REMARK) {
		remark(s, c->path);
		return;
	}
	if (c->op == RASK_OP_TREE) {
		if (s->o->dir == NULL && input_root(s, c->path) == -1) {
			diag(LOG_ERR, "line %lu: %s: %s", s->line, c->path,
			    strerror(errno));
			send_end(s, EX_NOINPUT);
		}
		return;
	}
	if (s->n_roots == 0) {
		diag(LOG_ERR, "line %lu: a change, but neither a tree line "
		    "before it nor -C", s->line);
		send_end(s, EX_DATAERR);
		return;
	}
	if (c->op == RASK_OP_PUT && later_holds(s, s->root, c->path))
		return;
	if (change_overtaken(s, c->op, c->path))
		return;
	if (c->op == RASK_OP_MV)
		change_overtaken(s, c->op, c->path2);
	if (rask_todo_add(s->todo, lane, c->op, s->root, c->path, c->path2,
	    now_ns()) == -1) {
		diag(LOG_ERR, "out of memory");
		send_end(s, EX_OSERR);
	}
}

/* One line of len bytes; the byte behind it may be written to. */
static void
take_line(struct send *s, char *line, size_t len)
{
	struct rask_change c;
	const char *why;

	s->line++;
	if (rask_line_parse(line, len, &c, &why) == 0) {
		take_change(s, &c);
		return;
	}
	diag(LOG_WARNING, "line %lu: %s", s->line, why);
	s->malformed++;
}

/* All whole lines that were read. */
static void
take_lines(struct send *s)
{
	char *line, *lf;
	size_t n;

	while (!s->over && (n = rask_buf_left(&s->in)) > 0) {
		line = (char *)rask_buf_head(&s->in);
		if ((lf = memchr(line, '\n', n)) == NULL) {
			if (n < LINE_LEN)
				return;
			diag(LOG_WARNING, "line %lu: too long", s->line + 1);
			s->malformed++;
			s->skipping = true;
			rask_buf_take(&s->in, n);
			return;
		}
		if (s->skipping) {
			s->line++;
			s->skipping = false;
		} else
			take_line(s, line, (size_t)(lf - line));
		rask_buf_take(&s->in, (size_t)(lf - line) + 1);
	}
}

/* stdin has ended: what waits is still sent. */
static void
end_of_input(struct send *s)
{
	static const char lf = '\n';

	if (rask_buf_left(&s->in) > 0 && rask_buf_add(&s->in, &lf, 1) == 0)
		take_lines(s);
	s->eof = true;
	s->moved = now_ns();
	if (s->state == STATE_ROOTLESS) {
		diag(LOG_NOTICE, "nothing to send");
		send_end(s, s->malformed > 0 ? EX_DATAERR : 0);
	}
	send_check_end(s);
}

/* Something is to be read. */
static void
on_stdin(struct ev_loop *loop, ev_io *w, int revents)
{
	struct send *s = w->data;
	uint64_t lost;
	ssize_t n;
	void *to;

	(void)revents;
	if ((to = rask_buf_room(&s->in, READ_LEN)) == NULL)
		return;
	if ((n = read(0, to, READ_LEN)) == -1) {
		if (errno == EINTR || errno == EAGAIN)
			return;
		diag(LOG_ERR, "stdin: %s", strerror(errno));
	}
	if (n <= 0) {
		ev_io_stop(loop, w);
		end_of_input(s);
		return;
	}
	rask_buf_grew(&s->in, (size_t)n);
	take_lines(s);
	if ((lost = rask_todo_lost(s->todo)) > 0)
		diag(LOG_WARNING, "%s: too much waits: %llu deletes and "
		    "renames are forgotten, the rest is walked when the peer "
		    "is back", s->o->who, (unsigned long long)lost);
	if (!s->over)
		peer_poke(s);
}

/* stdin is a file: read it piece by piece, the loop in between. */
static void
on_idle(struct ev_loop *loop, ev_idle *w, int revents)
{
	struct send *s = w->data;

	on_stdin(loop, &s->stdin_rd, revents);
	if (s->eof)
		ev_idle_stop(loop, w);
}

void
input_start(struct send *s)
{
	struct stat st;

	ev_io_init(&s->stdin_rd, on_stdin, 0, EV_READ);
	ev_idle_init(&s->stdin_idle, on_idle);
	s->stdin_rd.data = s->stdin_idle.data = s;
	/* epoll(7) refuses regular files. */
	if (fstat(0, &st) == 0 && S_ISREG(st.st_mode))
		ev_idle_start(s->loop, &s->stdin_idle);
	else
		ev_io_start(s->loop, &s->stdin_rd);
}
