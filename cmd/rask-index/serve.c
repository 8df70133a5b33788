/*
 * rask-index serve: the tree's change lines on stdin, whoever asks on the
 * socket; stdout tells the socket, and nothing else.
 */
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "calm.h"
#include "diag.h"
#include "notify.h"
#include "serve.h"

void
serve_end(struct serve *sv, int status)
{
	if (sv->ending)
		return;
	sv->ending = true;
	sv->status = status;
	ev_break(sv->loop, EVBREAK_ALL);
}

/* The store tells that something is durable. */
static void
on_durable(void *ctx, uint64_t seq, int error)
{
	struct serve *sv = ctx;

	if (sv->conns != NULL)
		conns_durable(sv->conns, seq, error);
}

/* The store has something to say. */
static void
on_say(void *ctx, int prio, const char *text)
{
	(void)ctx;
	diag(prio, "%s", text);
}

/* The store has room again. */
static void
on_ready(void *ctx)
{
	struct serve *sv = ctx;

	conns_retry(sv->conns);
	if (sv->held)
		input_take(sv);
	serve_slices(sv);
}

/* A worker has done something. */
static void
on_work(struct ev_loop *loop, ev_io *w, int revents)
{
	struct serve *sv = w->data;
	bool hashed = w == &sv->hasher_io;

	(void)loop;
	(void)revents;
	rask_work_reap(hashed ? sv->hasher :
	    w == &sv->slow_io ? sv->slow : sv->sync);
	if (!hashed)
		return;
	conns_retry(sv->conns);
	if (sv->held || sv->eof)
		input_take(sv);
	serve_slices(sv);
}

/* Some of what is done in slices. */
static void
on_slice(struct ev_loop *loop, ev_idle *w, int revents)
{
	struct serve *sv = w->data;

	(void)revents;
	hints_slice(sv->hints);
	if (hints_busy(sv->hints))
		return;
	ev_idle_stop(loop, w);
	conns_retry(sv->conns);
	if (sv->held || sv->eof)
		input_take(sv);
}

void
serve_slices(struct serve *sv)
{
	if (hints_busy(sv->hints))
		ev_idle_start(sv->loop, &sv->slice);
}

/* Before the loop sleeps: followers hear of what is new. */
static void
on_before(struct ev_loop *loop, ev_prepare *w, int revents)
{
	struct serve *sv = w->data;
	uint64_t seq = store_seq(sv->store);

	(void)loop;
	(void)revents;
	if (seq != sv->told)
		conns_changed(sv->conns);
	sv->told = seq;
	serve_slices(sv);
}

/* SIGTERM, SIGINT: finish; SIGUSR1: tell. */
static void
on_signal(struct ev_loop *loop, ev_signal *w, int revents)
{
	struct serve *sv = w->data;
	struct store_info i;

	(void)loop;
	(void)revents;
	if (w->signum != SIGUSR1) {
		serve_end(sv, EX_OK);
		return;
	}
	store_info(sv->store, &i);
	diag(LOG_NOTICE, "seq %llu, durable %llu, entries %llu, tombstones "
	    "%llu, gathered %llu, checkpoints %llu, clients %u, lines %llu",
	    (unsigned long long)i.seq, (unsigned long long)i.durable,
	    (unsigned long long)i.live, (unsigned long long)i.gone,
	    (unsigned long long)i.gathered,
	    (unsigned long long)i.checkpoints, conns_count(sv->conns),
	    (unsigned long long)sv->lines);
}

/* Watch a worker. */
static int
watch_work(struct serve *sv, struct rask_work **w, ev_io *io,
    bool background)
{
	if ((*w = rask_work_new(background)) == NULL)
		return -1;
	ev_io_init(io, on_work, rask_work_fd(*w), EV_READ);
	io->data = sv;
	ev_io_start(sv->loop, io);
	return 0;
}

/* Watch a signal. */
static void
watch_signal(struct serve *sv, ev_signal *w, int signum)
{
	ev_signal_init(w, on_signal, signum);
	w->data = sv;
	ev_signal_start(sv->loop, w);
}

/* The loop, its workers and its signals. */
static int
make_loop(struct serve *sv)
{
	if ((sv->loop = calm_loop(&sv->never)) == NULL ||
	    watch_work(sv, &sv->sync, &sv->sync_io, false) == -1 ||
	    watch_work(sv, &sv->slow, &sv->slow_io, true) == -1 ||
	    watch_work(sv, &sv->hasher, &sv->hasher_io, true) == -1)
		return -1;
	/* libev's default loop would reap the checkpointer before its waiter */
	signal(SIGCHLD, SIG_DFL);
	watch_signal(sv, &sv->term, SIGTERM);
	watch_signal(sv, &sv->intr, SIGINT);
	watch_signal(sv, &sv->usr1, SIGUSR1);
	ev_idle_init(&sv->slice, on_slice);
	ev_prepare_init(&sv->before, on_before);
	sv->slice.data = sv->before.data = sv;
	ev_prepare_start(sv->loop, &sv->before);
	return 0;
}

/* Open the store.  0, or an exit status that was told. */
static int
open_store(struct serve *sv)
{
	struct store_opts o = { .dir = sv->o->dir, .name = sv->o->name,
	    .feed_max = sv->o->feed_max, .gather_max = sv->o->gather_max,
	    .work = sv->sync, .slow = sv->slow, .durable = on_durable,
	    .say = on_say, .ctx = sv };
	char why[STORE_WHY];
	int r;

	if ((r = store_open(&sv->store, &o, why)) != 0) {
		diag(LOG_ERR, "%s", why);
		return r;
	}
	store_on_ready(sv->store, on_ready, sv);
	sv->hints = hints_new(sv->store, sv->hasher, sv->o->tree);
	if (sv->hints != NULL)
		return 0;
	diag(LOG_ERR, "%s: %s", sv->o->tree != NULL ? sv->o->tree :
	    sv->o->dir, strerror(errno));
	return errno == ENOMEM ? EX_OSERR : EX_NOINPUT;
}

/* Listen, and tell it.  0, or an exit status that was told. */
static int
begin_listening(struct serve *sv, const char *path)
{
	struct conns_opts o = { .loop = sv->loop, .store = sv->store,
	    .hints = sv->hints, .path = path,
	    .has_group = sv->o->has_group, .group = sv->o->group };

	if ((sv->conns = conns_new(&o)) == NULL) {
		diag(LOG_ERR, "%s: %s", path, strerror(errno));
		return errno == EADDRINUSE ? EX_TEMPFAIL : EX_CANTCREAT;
	}
	printf("# listening %s\n", path);
	if (fflush(stdout) == EOF) {
		diag(LOG_ERR, "stdout: %s", strerror(errno));
		return EX_IOERR;
	}
	notify("READY=1");
	return 0;
}

/* Close in reverse; the store last, so that all is in it. */
static int
close_all(struct serve *sv)
{
	int status = sv->status;

	notify("STOPPING=1");
	conns_free(sv->conns, "the index is stopped");
	sv->conns = NULL;	/* the store may still tell what is durable */
	if (sv->done)
		hints_rest(sv->hints);
	hints_free(sv->hints);
	sv->hints = NULL;
	if (sv->store != NULL && store_close(sv->store) == -1) {
		diag(LOG_ERR, "%s: closing: %s", sv->o->dir,
		    strerror(errno));
		status = EX_IOERR;
	}
	rask_work_free(sv->hasher);
	rask_work_free(sv->slow);
	rask_work_free(sv->sync);
	rask_buf_free(&sv->in);
	return status;
}

int
serve(const struct serve_opts *o)
{
	struct serve sv = { .o = o };
	char sock[PATH_MAX];

	snprintf(sock, sizeof(sock), "%s/sock", o->dir);
	if (make_loop(&sv) == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	if ((sv.status = open_store(&sv)) == 0)
		sv.status = begin_listening(&sv, o->sock != NULL ? o->sock :
		    sock);
	if (sv.status == 0) {
		input_begin(&sv);
		serve_slices(&sv);
		ev_run(sv.loop, 0);
	}
	return close_all(&sv);
}
