/* The loop: what wakes the program, and how it ends. */
#include <sys/stat.h>

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "calm.h"
#include "diag.h"
#include "prog.h"

#define RECHECK	1e-3	/* s between looks at a pipe that is too full */
#define REST	0.5	/* s without anything before the tree is let go */
#define LAST	10	/* times 100 ms for stdout to take what is left */

void
stop(struct prog *p, int status)
{
	p->status = status;
	ev_break(p->loop, EVBREAK_ALL);
}

/* Go on after a call of the watcher. */
static void
go_on(struct prog *p, int r)
{
	if (r == -1)
		stop(p, say_failure(rask_watch_failure(p->w)));
	else
		pump(p);
}

/* Inotify has something to say. */
static void
on_events(struct ev_loop *loop, ev_io *io, int revents)
{
	struct prog *p = io->data;

	(void)loop;
	(void)revents;
	go_on(p, rask_watch_read(p->w));
}

/* Something that had to wait is due. */
static void
on_due(struct ev_loop *loop, ev_timer *t, int revents)
{
	struct prog *p = t->data;

	(void)loop;
	(void)revents;
	go_on(p, rask_watch_tick(p->w));
}

/* Stdout takes more lines. */
static void
on_writable(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	pump(io->data);
}

/* The pipe may have been emptied. */
static void
on_room(struct ev_loop *loop, ev_timer *t, int revents)
{
	(void)loop;
	(void)revents;
	pump(t->data);
}

/* Let go of the tree once nothing has happened for a while. */
static void
on_rest(struct ev_loop *loop, ev_timer *t, int revents)
{
	struct prog *p = t->data;

	(void)revents;
	if (!p->busy) {
		rask_watch_rest(p->w);
		ev_timer_stop(loop, t);
	}
	p->busy = false;
}

/* There is work, and nothing else to do. */
static void
on_idle(struct ev_loop *loop, ev_idle *i, int revents)
{
	(void)loop;
	(void)revents;
	pump(i->data);
}

/* A pipe's writing end becomes readable when the last reader has gone. */
static void
on_gone(struct ev_loop *loop, ev_io *io, int revents)
{
	(void)loop;
	(void)revents;
	stop(io->data, EX_OK);
}

/* SIGTERM, SIGINT: finish; SIGUSR1: tell. */
static void
on_signal(struct ev_loop *loop, ev_signal *s, int revents)
{
	struct prog *p = s->data;
	struct rask_watch_stats st;

	(void)loop;
	(void)revents;
	if (s->signum != SIGUSR1) {
		stop(p, EX_OK);
		return;
	}
	rask_watch_stats(p->w, &st);
	fprintf(stderr, "rask-watch: events=%llu lines=%llu directories=%llu "
	    "undecided=%llu waiting=%llu overflows=%llu\n",
	    (unsigned long long)st.events, (unsigned long long)p->lines,
	    (unsigned long long)st.dirs, (unsigned long long)st.undecided,
	    (unsigned long long)st.waiting, (unsigned long long)st.overflows);
}

/* Watch one signal. */
static void
watch_signal(struct prog *p, ev_signal *s, int signum)
{
	ev_signal_init(s, on_signal, signum);
	s->data = p;
	ev_signal_start(p->loop, s);
}

/* Is stdout a pipe's writing end and nothing else? */
static bool
is_pipe(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && S_ISFIFO(st.st_mode) &&
	    (fcntl(fd, F_GETFL) & O_ACCMODE) == O_WRONLY;
}

/* Make the loop's watchers, and start those that are always there. */
static void
set_up(struct prog *p)
{
	ev_io_init(&p->wr, on_writable, STDOUT_FILENO, EV_WRITE);
	ev_io_init(&p->gone, on_gone, STDOUT_FILENO, EV_READ);
	ev_init(&p->due, on_due);
	ev_init(&p->room, on_room);
	p->room.repeat = RECHECK;
	ev_init(&p->rest, on_rest);
	p->rest.repeat = REST;
	ev_idle_init(&p->more, on_idle);
	p->in.data = p->wr.data = p->gone.data = p;
	p->due.data = p->room.data = p->rest.data = p->more.data = p;
	watch_signal(p, &p->term, SIGTERM);
	watch_signal(p, &p->intr, SIGINT);
	watch_signal(p, &p->usr1, SIGUSR1);
	if (p->pipe)
		ev_io_start(p->loop, &p->gone);
	if (rask_watch_fd(p->w) == -1)
		return;
	ev_io_init(&p->in, on_events, rask_watch_fd(p->w), EV_READ);
	ev_io_start(p->loop, &p->in);
	above_start(p);
}

/* Write what has been made of lines, if somebody takes it before long. */
static void
write_last(struct prog *p)
{
	struct pollfd pfd = { .fd = STDOUT_FILENO, .events = POLLOUT };
	int i;

	for (i = 0; i < LAST && rask_out_flush(&p->out) == 0; i++)
		poll(&pfd, 1, 100);
}

int
run(const struct opts *o, struct rask_watch *w)
{
	struct prog p;

	memset(&p, 0, sizeof(p));
	p.o = o;
	p.w = w;
	if ((p.loop = calm_loop(&p.never)) == NULL) {
		diag(LOG_ERR, "no event loop");
		return EX_OSERR;
	}
	rask_out_init(&p.out, STDOUT_FILENO, o->json);
	p.pipe = is_pipe(STDOUT_FILENO);
	if (rask_watch_start(w) == -1) {
		p.status = say_failure(rask_watch_failure(w));
	} else {
		set_up(&p);
		if (print_tree(&p, 0) == 0)
			pump(&p);
		if (p.status == 0 && !(o->once && p.ready))
			ev_run(p.loop, 0);
	}
	write_last(&p);
	rask_buf_free(&p.line);
	rask_out_free(&p.out);
	ev_loop_destroy(p.loop);
	return p.status;
}
