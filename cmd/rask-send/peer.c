/*
 * The life of a connection: finding the address, connecting, greeting, losing
 * it, trying again.  Whatever happens here, what was not acknowledged waits.
 */
#include <sys/wait.h>

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "peer.h"

#define CONNECT_TIME	10.	/* seconds for connecting and greeting */
#define WAIT_MAX	5.	/* seconds between tries while paths wait */
#define WAIT_IDLE	60.	/* seconds while none do */

/* Seconds until the next try. */
static double
wait_time(const struct send *s)
{
	double most = rask_todo_count(s->todo) > 0 || s->eof ? WAIT_MAX :
	    WAIT_IDLE;
	double wait = s->attempt < 7 ? (double)(1 << s->attempt) : most;

	return wait < most ? wait : most;
}

/* Try again after a while. */
static void
wait_and_retry(struct send *s)
{
	double wait = wait_time(s);

	s->attempt++;
	ev_timer_stop(s->loop, &s->retry);
	ev_timer_set(&s->retry, wait, 0.);
	ev_timer_start(s->loop, &s->retry);
}

/* Say why there is no connection, once until it changes or succeeds. */
static void
tell(struct send *s, const char *why)
{
	if (s->told && strcmp(s->why, why) == 0)
		return;
	snprintf(s->why, sizeof(s->why), "%s", why);
	s->told = true;
	diag(LOG_WARNING, "%s: %s; trying again in %.0f s", s->o->who, why,
	    wait_time(s));
}

void
peer_close(struct send *s)
{
	enum state was = s->state;

	if (was == STATE_AWAY || was == STATE_ROOTLESS ||
	    was == STATE_FINDING)
		return;
	s->state = STATE_AWAY;
	ev_timer_stop(s->loop, &s->retry);
	if (was == STATE_CONNECTING)
		ev_io_stop(s->loop, &s->wr);
	else
		session_stop(s);
	rask_link_close(&s->link);
}

void
peer_lost(struct send *s, const char *why)
{
	char reason[RASK_TEXT_MAX + 1];

	snprintf(reason, sizeof(reason), "%s", why);
	peer_close(s);
	s->state = STATE_AWAY;
	if (s->over)
		return;
	tell(s, reason);
	wait_and_retry(s);
}

void
peer_bye(struct send *s, unsigned code, const char *why)
{
	if (code == 0 || code == EX_TEMPFAIL || code == EX_UNAVAILABLE ||
	    code == EX_OSERR || code == EX_IOERR) {
		peer_lost(s, why);
		return;
	}
	diag(LOG_ERR, "%s: %s", s->o->who, why);
	send_end(s, code >= EX_USAGE && code <= EX_CONFIG ? (int)code :
	    EX_PROTOCOL);
}

/* The command has ended. */
static void
on_child(struct ev_loop *loop, ev_child *w, int revents)
{
	struct send *s = w->data;
	int st = w->rstatus;

	(void)revents;
	ev_child_stop(loop, w);
	if (WIFEXITED(st) && (WEXITSTATUS(st) == 127 ||
	    WEXITSTATUS(st) == 126))
		diag(LOG_ERR, "%s: the command cannot be run", s->o->who);
}

/* Run the command that is the connection. */
static void
run_command(struct send *s)
{
	if (rask_link_command(&s->link, s->o->command) == -1) {
		peer_lost(s, strerror(errno));
		return;
	}
	ev_child_stop(s->loop, &s->child);
	ev_child_set(&s->child, s->link.pid, 0);
	ev_child_start(s->loop, &s->child);
	ev_timer_set(&s->retry, CONNECT_TIME, 0.);
	ev_timer_start(s->loop, &s->retry);
	session_begin(s);
}

/* A connection was made, or not. */
static void
on_connected(struct ev_loop *loop, ev_io *w, int revents)
{
	struct send *s = w->data;
	int e = rask_sock_error(w->fd);

	(void)revents;
	ev_io_stop(loop, w);
	if (e == 0) {
		session_begin(s);
		return;
	}
	rask_link_close(&s->link);
	finder_next(s, e);
}

void
peer_connect(struct send *s, const struct rask_sockaddr *to)
{
	int fd;

	if ((fd = rask_sock_connect(to)) == -1) {
		finder_next(s, errno);
		return;
	}
	s->state = STATE_CONNECTING;
	rask_link_init(&s->link, fd, fd, true);
	ev_io_init(&s->wr, on_connected, fd, EV_WRITE);
	s->wr.data = s;
	ev_io_start(s->loop, &s->wr);
	ev_timer_stop(s->loop, &s->retry);
	ev_timer_set(&s->retry, CONNECT_TIME, 0.);
	ev_timer_start(s->loop, &s->retry);
}

/* Begin a try. */
static void
attempt(struct send *s)
{
	ev_timer_stop(s->loop, &s->retry);
	s->tried = now_ns();
	if (s->o->command != NULL)
		run_command(s);
	else
		finder_start(s);
}

/* It is time for another try, or this one takes too long. */
static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct send *s = w->data;

	(void)loop;
	(void)revents;
	if (s->state == STATE_AWAY)
		attempt(s);
	else if (s->state == STATE_CONNECTING) {
		ev_io_stop(s->loop, &s->wr);
		rask_link_close(&s->link);
		finder_next(s, ETIMEDOUT);
	} else if (s->state == STATE_GREETING)
		peer_lost(s, "no HELLO came");
}

void
peer_start(struct send *s)
{
	ev_timer_init(&s->retry, on_retry, 0., 0.);
	ev_timer_init(&s->rate_timer, stream_on_rate, 0., 0.);
	ev_child_init(&s->child, on_child, 0, 0);
	s->retry.data = s->rate_timer.data = s->child.data = s;
	s->state = STATE_AWAY;
	s->hello.min = RASK_PROTO_MIN;
	s->hello.max = RASK_PROTO_MAX;
	s->hello.inline_max = RASK_INLINE_MAX;
	snprintf(s->hello.tree, sizeof(s->hello.tree), "%s", s->o->tree);
	gethostname(s->hello.name, sizeof(s->hello.name) - 1);
	if (rask_tree_identity(s->roots[0].fd, s->hello.root) == -1 ||
	    rask_random(&s->hello.node, sizeof(s->hello.node)) == -1) {
		diag(LOG_ERR, "%s: %s", s->roots[0].path, strerror(errno));
		send_end(s, EX_OSERR);
		return;
	}
	attempt(s);
}

void
peer_ready(struct send *s)
{
	ev_timer_stop(s->loop, &s->retry);
	s->state = STATE_READY;
	s->n_connects++;
	rask_window_init(&s->window, s->peer.window < RASK_WINDOW ?
	    RASK_SLICE_MAX : RASK_WINDOW, s->peer.window, now_ns());
	if (s->told)
		diag(LOG_NOTICE, "%s: connected", s->o->who);
	s->told = false;
	s->attempt = 0;
}

void
peer_poke(struct send *s)
{
	if (s->state == STATE_READY) {
		pump(s);
		return;
	}
	/* Something waits now: do not sleep for as long as when nothing did. */
	if (s->state == STATE_AWAY && ev_is_active(&s->retry) &&
	    ev_timer_remaining(s->loop, &s->retry) > WAIT_MAX &&
	    rask_todo_count(s->todo) > 0) {
		ev_timer_stop(s->loop, &s->retry);
		ev_timer_set(&s->retry, now_ns() - s->tried > 1000000000 ?
		    0. : 1., 0.);
		ev_timer_start(s->loop, &s->retry);
	}
}
