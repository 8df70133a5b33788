/*
 * The listener: it accepts, looks whether the address may connect, and runs a
 * fresh rask-recv for each connection, whose lines it passes on whole.
 *
 * Always true: nothing that a peer sends is read by this process; a child is
 * in the list from its start until it has been waited for.
 */
#include <sys/socket.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "calm.h"
#include "diag.h"
#include "json.h"
#include "listen.h"
#include "notify.h"

#define GRACE		10.	/* seconds from SIGTERM to SIGKILL */
#define PAUSE		1.	/* seconds that nothing can be accepted */
#define LAST_WAIT	1000	/* ms for stdout to take more at the end */
#define FD_FIRST	3	/* the first descriptor that systemd passes */

/* Refuse a connection that will get no process. */
static void
turn_away(int fd, int status, const char *why)
{
	struct rask_buf b = { NULL, 0, 0, 0 };

	rask_words_add(&b, RASK_BYE, 0, (unsigned)status, why);
	if (b.len > 0 && send(fd, b.p, b.len, MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		shutdown(fd, SHUT_WR);
	rask_buf_free(&b);
	close(fd);
}

/* Accept connections, or leave them to wait. */
static void
accept_all(struct listener *l, bool yes)
{
	unsigned i;

	for (i = 0; i < l->n_socks; i++)
		if (yes)
			ev_io_start(l->loop, &l->socks[i]);
		else
			ev_io_stop(l->loop, &l->socks[i]);
}

/* There may be descriptors again. */
static void
on_pause(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	accept_all(w->data, true);
}

/* accept(2) has failed: one connection is gone, or there is no room. */
static void
not_accepted(struct listener *l)
{
	if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS &&
	    errno != ENOMEM)
		return;
	diag(LOG_ERR, "cannot accept: %s", strerror(errno));
	accept_all(l, false);
	ev_timer_set(&l->pause, PAUSE, 0.);
	ev_timer_start(l->loop, &l->pause);
}

/* A connection has come. */
static void
on_connection(struct ev_loop *loop, ev_io *w, int revents)
{
	struct listener *l = w->data;
	struct rask_sockaddr sa;
	char who[128], why[160];
	int fd;

	(void)loop;
	(void)revents;
	memset(&sa, 0, sizeof(sa));
	sa.len = sizeof(sa.a);
	if ((fd = accept4(w->fd, &sa.a.any, &sa.len, SOCK_CLOEXEC)) == -1) {
		not_accepted(l);
		return;
	}
	rask_addr_print(&sa, who, sizeof(who));
	if (!allow_check(l->o, &sa)) {
		diag(LOG_WARNING, "%s: not in the list of -a; refused", who);
		snprintf(why, sizeof(why), "%s may not connect here", who);
		turn_away(fd, EX_NOPERM, why);
	} else if (l->n_children >= CHILDREN_MAX) {
		diag(LOG_WARNING, "more than %d connections; refused",
		    CHILDREN_MAX);
		turn_away(fd, EX_TEMPFAIL, "too many connections");
	} else if (child_start(l, fd) == -1) {
		diag(LOG_ERR, "cannot run rask-recv: %s", strerror(errno));
		turn_away(fd, EX_TEMPFAIL, "cannot run a process");
	} else
		close(fd);
}

/* stdout takes more lines. */
static void
on_stdout(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	listen_flush(w->data);
}

void
listen_flush(struct listener *l)
{
	int r = rask_out_flush(&l->lines);

	if (r == 0) {
		ev_io_start(l->loop, &l->out_wr);
		return;
	}
	ev_io_stop(l->loop, &l->out_wr);
	if (r == -1) {
		rask_buf_free(&l->lines.buf);
		listen_stop(l);
	}
}

void
listen_stop(struct listener *l)
{
	if (!l->stopping) {
		accept_all(l, false);
		ev_timer_stop(l->loop, &l->pause);
		ev_timer_start(l->loop, &l->grace);
		child_kill_all(l, SIGTERM);
	}
	l->stopping = true;
	if (l->n_children == 0)
		ev_break(l->loop, EVBREAK_ALL);
}

/* Print a remark such as '# listening 127.0.0.1:7171'. */
static void
remark(struct listener *l, const char *fmt, const char *arg)
{
	struct rask_change ch = { .op = RASK_OP_REMARK };
	struct rask_buf b = { NULL, 0, 0, 0 };
	char text[256];

	snprintf(text, sizeof(text), fmt, arg);
	ch.path = text;
	if (l->o->json)
		rask_json_format(&b, &ch);
	else
		rask_line_format(&b, &ch);
	if (b.len > 0)
		rask_out_add(&l->lines, b.p, b.len, 1);
	rask_buf_free(&b);
}

/* Wait for connections on fd, and say so. */
static int
watch_socket(struct listener *l, int fd)
{
	struct rask_sockaddr sa;
	char s[192];

	if (l->n_socks == LISTEN_MAX || rask_sock_name(fd, false, &sa) == -1) {
		diag(LOG_ERR, "descriptor %d: %s", fd, l->n_socks ==
		    LISTEN_MAX ? "too many sockets" : strerror(errno));
		return -1;
	}
	if (!rask_addr_local(&sa) && !l->o->open && l->o->n_allow == 0) {
		diag(LOG_ERR, "listening beyond this machine needs -a HOST "
		    "or --open");
		return -1;
	}
	ev_io_init(&l->socks[l->n_socks], on_connection, fd, EV_READ);
	l->socks[l->n_socks].data = l;
	ev_io_start(l->loop, &l->socks[l->n_socks++]);
	rask_addr_print(&sa, s, sizeof(s));
	remark(l, "listening %s", s);
	return 0;
}

/* Listen on one -l address. */
static int
listen_on(struct listener *l, const char *where)
{
	struct rask_sockaddr to[RASK_ADDRS];
	struct rask_addr a;
	const char *why = "not an address";
	int fd, i, n;

	if (rask_addr_parse(&a, where) == -1 ||
	    (n = rask_addr_resolve(&a, true, to, &why)) == -1) {
		diag(LOG_ERR, "%s: %s", where, why);
		return EX_USAGE;
	}
	for (i = 0; i < n; i++) {
		if ((fd = rask_sock_listen(&to[i])) == -1) {
			diag(LOG_ERR, "%s: cannot listen: %s", where,
			    strerror(errno));
			return errno == EACCES ? EX_NOPERM : EX_UNAVAILABLE;
		}
		if (watch_socket(l, fd) == -1)
			return EX_CONFIG;
	}
	return 0;
}

/* Sockets that systemd has opened for us: sd_listen_fds(3). */
static int
inherited(struct listener *l)
{
	const char *pid = getenv("LISTEN_PID"), *fds = getenv("LISTEN_FDS");
	int i, n = 0;

	if (pid != NULL && fds != NULL && atol(pid) == (long)getpid())
		n = atoi(fds);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	unsetenv("LISTEN_FDNAMES");
	for (i = 0; i < n; i++) {
		fcntl(FD_FIRST + i, F_SETFD, FD_CLOEXEC);
		if (watch_socket(l, FD_FIRST + i) == -1)
			return -1;
	}
	return n;
}

/* Time is up for the children. */
static void
on_grace(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	child_kill_all(w->data, SIGKILL);
}

/* SIGTERM, SIGINT: finish; SIGUSR1: tell. */
static void
on_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct listener *l = w->data;

	(void)loop;
	(void)revents;
	if (w->signum == SIGUSR1) {
		fprintf(stderr, "rask-recv: connections=%u accepted=%llu "
		    "lines=%llu dropped=%llu\n", l->n_children,
		    (unsigned long long)l->n_accepted,
		    (unsigned long long)l->n_lines,
		    (unsigned long long)l->n_dropped);
		return;
	}
	listen_stop(l);
}

/* Watch one signal. */
static void
watch_signal(struct listener *l, ev_signal *w, int signum)
{
	ev_signal_init(w, on_signal, signum);
	w->data = l;
	ev_signal_start(l->loop, w);
}

/* Open every socket that was asked for. */
static int
open_sockets(struct listener *l)
{
	unsigned i;
	int r;

	if ((r = inherited(l)) == -1)
		return EX_CONFIG;
	if (r > 0)
		return 0;
	if (l->o->n_listen == 0)
		return listen_on(l, "127.0.0.1");
	for (i = 0; i < l->o->n_listen; i++)
		if ((r = listen_on(l, l->o->listen[i])) != 0)
			return r;
	return 0;
}

/* The end: what waits for a reader that reads is still written. */
static void
last_lines(struct listener *l)
{
	struct pollfd pfd = { .fd = 1, .events = POLLOUT };

	while (rask_out_flush(&l->lines) == 0 &&
	    poll(&pfd, 1, LAST_WAIT) > 0)
		;
}

int
listen_run(const struct opts *o)
{
	struct listener *l;
	int r;

	if ((l = calloc(1, sizeof(*l))) == NULL)
		return EX_OSERR;
	l->o = o;
	l->loop = calm_loop(&l->never);
	rask_out_init(&l->lines, 1, o->json);
	ev_io_init(&l->out_wr, on_stdout, 1, EV_WRITE);
	ev_timer_init(&l->grace, on_grace, GRACE, 0.);
	ev_timer_init(&l->pause, on_pause, PAUSE, 0.);
	l->out_wr.data = l->grace.data = l->pause.data = l;
	watch_signal(l, &l->term, SIGTERM);
	watch_signal(l, &l->intr, SIGINT);
	watch_signal(l, &l->usr1, SIGUSR1);
	if ((r = check_tree(o)) == 0 && (r = open_sockets(l)) == 0) {
		listen_flush(l);
		notify("READY=1");
		ev_run(l->loop, 0);
	}
	for (; l->n_socks > 0; l->n_socks--)
		close(l->socks[l->n_socks - 1].fd);
	last_lines(l);
	rask_out_free(&l->lines);
	free(l);
	return r;
}
