/* The program's one object: it is made, runs, and ends. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "calm.h"
#include "diag.h"
#include "known.h"
#include "peer.h"

#define SLABS	8	/* slices kept for reuse */

int64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return rask_ns(&ts);
}

void
send_end(struct send *s, int status)
{
	if (s->over)
		return;
	s->over = true;
	s->status = status;
	ev_break(s->loop, EVBREAK_ALL);
}

/* Is there anything that has not arrived for good? */
static bool
pending(const struct send *s)
{
	return rask_todo_count(s->todo) > 0 || s->n_sent > 0 ||
	    s->n_looks > 0 || s->n_later > 0 || s->walk != NULL ||
	    s->move != NULL || s->streams != NULL;
}

/* The status when all was tried. */
static int
verdict(const struct send *s)
{
	if (s->failed > 0)
		return 1;
	return s->malformed > 0 ? EX_DATAERR : 0;
}

void
send_check_end(struct send *s)
{
	if (s->over || !s->eof)
		return;
	if (!pending(s))
		send_end(s, verdict(s));
	else if (!ev_is_active(&s->patience)) {
		ev_timer_set(&s->patience, s->o->patience, 0.);
		ev_timer_start(s->loop, &s->patience);
	}
}

/* Has anything moved since? */
static void
on_patience(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct send *s = w->data;
	double since = (double)(now_ns() - s->moved) / 1e9;

	(void)revents;
	if (since < s->o->patience) {
		ev_timer_set(w, s->o->patience - since, 0.);
		ev_timer_start(loop, w);
		return;
	}
	diag(LOG_ERR, "%s: nothing moved for %.0f s", s->o->who,
	    s->o->patience);
	send_end(s, EX_TEMPFAIL);
}

/* Jobs of the worker are done. */
static void
on_work(struct ev_loop *loop, ev_io *w, int revents)
{
	struct send *s = w->data;

	(void)loop;
	(void)revents;
	rask_work_reap(s->work);
	pump(s);
}

/* stdout takes more lines. */
static void
on_stdout(struct ev_loop *loop, ev_io *w, int revents)
{
	struct send *s = w->data;

	(void)revents;
	switch (rask_out_flush(&s->lines)) {
	case 1:
		ev_io_stop(loop, w);
		break;
	case -1:
		send_end(s, 0);
		break;
	}
}

/* SIGTERM, SIGINT: finish; SIGUSR1: tell. */
static void
on_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct send *s = w->data;

	(void)loop;
	(void)revents;
	if (w->signum != SIGUSR1) {
		send_end(s, pending(s) ? EX_TEMPFAIL : verdict(s));
		return;
	}
	fprintf(stderr, "rask-send: %s: waiting=%zu later=%u under_way=%zu "
	    "sent=%llu acked=%llu failed=%llu bytes=%llu connects=%llu "
	    "window=%llu\n", s->o->who, rask_todo_count(s->todo), s->n_later,
	    s->n_sent, (unsigned long long)s->n_sent_all,
	    (unsigned long long)s->n_acked, (unsigned long long)s->failed,
	    (unsigned long long)s->n_bytes,
	    (unsigned long long)s->n_connects,
	    (unsigned long long)s->window.size);
}

/* Watch one signal. */
static void
watch_signal(struct send *s, ev_signal *w, int signum)
{
	ev_signal_init(w, on_signal, signum);
	w->data = s;
	ev_signal_start(s->loop, w);
}

struct send *
send_new(const struct opts *o)
{
	struct send *s;

	if ((s = calloc(1, sizeof(*s))) == NULL)
		return NULL;
	s->o = o;
	s->loop = calm_loop(&s->never);
	s->link.in = s->link.out = -1;
	rask_out_init(&s->lines, 1, o->json);
	if ((s->todo = rask_todo_new(TODO_MAX)) == NULL ||
	    (s->slabs = rask_slabs_new(RASK_SLAB_SIZE, SLABS)) == NULL ||
	    (s->sighting = malloc(sizeof(*s->sighting))) == NULL ||
	    (s->work = rask_work_new(true)) == NULL) {
		diag(LOG_ERR, "cannot start: %s", strerror(errno));
		send_free(s);
		return NULL;
	}
	rask_rate_init(&s->rate, o->rate, now_ns());
	ev_io_init(&s->work_rd, on_work, rask_work_fd(s->work), EV_READ);
	ev_io_init(&s->out_wr, on_stdout, 1, EV_WRITE);
	ev_timer_init(&s->patience, on_patience, 0., 0.);
	s->work_rd.data = s->out_wr.data = s->patience.data = s;
	later_init(s);
	ev_io_start(s->loop, &s->work_rd);
	watch_signal(s, &s->term, SIGTERM);
	watch_signal(s, &s->intr, SIGINT);
	watch_signal(s, &s->usr1, SIGUSR1);
	return s;
}

int
send_run(struct send *s)
{
	input_start(s);
	if (s->o->dir != NULL && input_root(s, s->o->dir) == -1) {
		diag(LOG_ERR, "%s: %s", s->o->dir, strerror(errno));
		return EX_NOINPUT;
	}
	if (!s->over)
		ev_run(s->loop, 0);
	peer_close(s);
	if (s->status == EX_TEMPFAIL)
		sent_name_all(s);
	rask_out_flush(&s->lines);
	return s->status;
}

void
send_free(struct send *s)
{
	rask_work_free(s->work);
	finder_free(s);
	known_free(s);
	if (s->walk != NULL)
		rask_walk_close(s->walk);
	rask_todo_drop(s->walking);
	rask_todo_free(s->todo);
	rask_slabs_free(s->slabs);
	rask_acks_free(&s->acks);
	rask_out_free(&s->lines);
	rask_buf_free(&s->in);
	for (; s->n_roots > 0; s->n_roots--) {
		close(s->roots[s->n_roots - 1].fd);
		free(s->roots[s->n_roots - 1].path);
	}
	free(s->sighting);
	free(s->sent);
	free(s);
}
