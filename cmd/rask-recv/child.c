/* The processes of the connections, and what they say. */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "listen.h"

#define LINE_MAX_LEN	(64 * 1024)	/* bytes in a line, all escaped */

/* A child is gone, and all that it said was read: forget it. */
static void
forget(struct child *ch)
{
	struct listener *l = ch->l;
	struct child **p;

	if (!ch->eof || !ch->dead)
		return;
	for (p = &l->children; *p != ch; p = &(*p)->next)
		;
	*p = ch->next;
	l->n_children--;
	close(ch->fd);
	rask_buf_free(&ch->buf);
	free(ch);
	if (l->stopping && l->n_children == 0)
		ev_break(l->loop, EVBREAK_ALL);
}

/* Is there an older process of the same sender?  0 is nobody's number. */
static struct child *
older(const struct child *ch)
{
	struct child *o;

	if (ch->node == 0)
		return NULL;
	for (o = ch->next; o != NULL; o = o->next)
		if (o->node == ch->node && !o->dead)
			return o;
	return NULL;
}

/* Let those go on whose older ones have ended. */
static void
release(struct listener *l)
{
	struct child *ch;

	for (ch = l->children; ch != NULL; ch = ch->next)
		if (ch->waiting && older(ch) == NULL) {
			ch->waiting = false;
			if (send(ch->fd, "g", 1, MSG_NOSIGNAL |
			    MSG_DONTWAIT) != 1)
				kill(ch->pid, SIGTERM);
		}
}

/* A child says whose connection it has. */
static void
hello(struct child *ch, const char *id)
{
	struct child *o;

	ch->node = strtoull(id, NULL, 16);
	ch->waiting = true;
	if (ch->node != 0)
		for (o = ch->next; o != NULL; o = o->next)
			if (o->node == ch->node && !o->dead)
				kill(o->pid, SIGTERM);
	release(ch->l);
}

/* Pass a line of n bytes on; a remark is for us, its LF already cut off. */
static void
relay_line(struct child *ch, const char *s, size_t n)
{
	static const char word[] = "# hello ", gap[] = "# dropped ";
	struct listener *l = ch->l;
	uint64_t lost;

	if (strncmp(s, word, sizeof(word) - 1) == 0)
		hello(ch, s + sizeof(word) - 1);
	else if (strncmp(s, gap, sizeof(gap) - 1) == 0) {
		lost = strtoull(s + sizeof(gap) - 1, NULL, 10);
		l->lines.dropped += lost;
		l->n_dropped += lost;
	} else if (rask_out_add(&l->lines, s, n, 1))
		l->n_lines++;
	else
		l->n_dropped++;
}

/* Pass whole lines on. */
static void
relay(struct child *ch)
{
	char *s, *lf;
	size_t n;

	while ((n = rask_buf_left(&ch->buf)) > 0) {
		s = (char *)rask_buf_head(&ch->buf);
		if ((lf = memchr(s, '\n', n)) == NULL)
			break;
		n = (size_t)(lf - s) + 1;
		if (s[0] == '#')
			*lf = '\0';
		relay_line(ch, s, n);
		rask_buf_take(&ch->buf, n);
	}
	listen_flush(ch->l);
}

/* A child says something, or has closed its end. */
static void
on_child_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	struct child *ch = w->data;
	ssize_t n = -1;
	void *to;

	(void)revents;
	if (rask_buf_left(&ch->buf) <= LINE_MAX_LEN &&
	    (to = rask_buf_room(&ch->buf, 16 * 1024)) != NULL)
		n = recv(ch->fd, to, 16 * 1024, MSG_DONTWAIT);
	if (n > 0) {
		rask_buf_grew(&ch->buf, (size_t)n);
		relay(ch);
		return;
	}
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	ev_io_stop(loop, &ch->rd);
	ch->eof = true;
	forget(ch);
}

/* A child has ended. */
static void
on_exit_of_child(struct ev_loop *loop, ev_child *w, int revents)
{
	struct child *ch = w->data;
	struct listener *l = ch->l;
	struct rask_tree t;

	(void)revents;
	ev_child_stop(loop, w);
	ch->dead = true;
	if (WIFSIGNALED(w->rstatus)) {
		diag(LOG_WARNING, "the process of a connection was ended by "
		    "signal %d", WTERMSIG(w->rstatus));
		if (rask_tree_open(&t, l->o->dir) == 0) {
			rask_tree_clean(&t);
			rask_tree_close(&t);
		}
	}
	forget(ch);
	release(l);
}

/* In the child: only what may follow fork(2), then the program anew. */
static void
exec_child(const struct opts *o, int fd, int ctl)
{
	const char *argv[16];
	sigset_t none;
	int n = 0;

	sigemptyset(&none);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	argv[n++] = "rask-recv";
	argv[n++] = "--accepted";
	argv[n++] = "-T";
	argv[n++] = o->tree;
	argv[n++] = "-f";
	argv[n++] = o->sync_word;
	if (o->json)
		argv[n++] = "-j";
	if (o->quiet)
		argv[n++] = "-q";
	argv[n++] = "--";
	argv[n++] = o->dir;
	argv[n] = NULL;
	/* Neither is 0 or 1, since those are open in the listener. */
	if (dup2(fd, 0) == -1 || dup2(ctl, 1) == -1)
		_exit(EX_OSERR);
	execv("/proc/self/exe", (char *const *)(uintptr_t)argv);
	diag(LOG_ERR, "cannot run /proc/self/exe: %s", strerror(errno));
	_exit(EX_OSERR);
}

int
child_start(struct listener *l, int fd)
{
	struct child *ch;
	int pair[2];

	if ((ch = calloc(1, sizeof(*ch))) == NULL)
		return -1;
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1) {
		free(ch);
		return -1;
	}
	if ((ch->pid = fork()) == 0)
		exec_child(l->o, fd, pair[1]);
	close(pair[1]);
	if (ch->pid == -1) {
		close(pair[0]);
		free(ch);
		return -1;
	}
	ch->l = l;
	ch->fd = pair[0];
	ev_io_init(&ch->rd, on_child_readable, ch->fd, EV_READ);
	ev_child_init(&ch->exit, on_exit_of_child, ch->pid, 0);
	ch->rd.data = ch->exit.data = ch;
	ev_io_start(l->loop, &ch->rd);
	ev_child_start(l->loop, &ch->exit);
	ch->next = l->children;
	l->children = ch;
	l->n_children++;
	l->n_accepted++;
	return 0;
}

void
child_kill_all(struct listener *l, int signum)
{
	struct child *ch;

	for (ch = l->children; ch != NULL; ch = ch->next)
		if (!ch->dead)
			kill(ch->pid, signum);
}

int
check_tree(const struct opts *o)
{
	struct rask_tree t;

	if (rask_tree_open(&t, o->dir) == 0) {
		rask_tree_clean(&t);
		rask_tree_close(&t);
		return 0;
	}
	diag(LOG_ERR, "%s: %s", o->dir, strerror(errno));
	switch (errno) {
	case ENOENT:
	case ENOTDIR:
		return EX_NOINPUT;
	case EACCES:
	case EPERM:
		return EX_NOPERM;
	default:
		return EX_CANTCREAT;
	}
}
