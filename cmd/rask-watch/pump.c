/*
 * Whatever happens ends in pump(): take items as long as there is room, write
 * them at once, and arrange to be called again for what is left.
 */
#include <sys/ioctl.h>

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "diag.h"
#include "notify.h"
#include "prog.h"

#define ENOUGH	8192	/* bytes: no items are taken while more wait */
#define SHORT	1e-4	/* s: no timer is shorter */

/* Bytes of found lines that may be put behind what is in the pipe. */
static size_t
room_found(const struct prog *p)
{
	int n = 0;

	if (p->pipe && ioctl(p->out.fd, FIONREAD, &n) == -1)
		n = 0;
	return n < ENOUGH ? ENOUGH - (size_t)n : 0;
}

/*
 * Take items while there is room for them.  Found ones only where nothing
 * else waits, up to what the pipe may hold of them.
 * Returns: what rask_watch_next() said at the end, and whether room was short.
 */
static int
take(struct prog *p, bool *full)
{
	enum rask_watch_room room = RASK_ROOM_LIVE;
	struct rask_watch_item item;
	size_t enough = ENOUGH;
	int got;

	*full = false;
	while (rask_buf_left(&p->out.buf) < enough) {
		got = rask_watch_next(p->w, room, &item);
		if (got == RASK_GOT_HELD && rask_buf_left(&p->out.buf) == 0 &&
		    (enough = room_found(p)) > 0) {
			room = RASK_ROOM_FOUND;
			continue;
		}
		if (got != RASK_GOT_ITEM)
			return got;
		if (print(p, &item) == -1) {
			diag(LOG_ERR, "%s", strerror(errno));
			stop(p, EX_OSERR);
			return RASK_GOT_NOTHING;
		}
	}
	*full = true;
	return rask_watch_next(p->w, RASK_ROOM_NONE, &item);
}

/* Start or stop the timer for the watcher's deadline. */
static void
set_due(struct prog *p)
{
	int64_t due = rask_watch_deadline(p->w);
	struct timespec ts;
	double in;

	if (due == -1) {
		ev_timer_stop(p->loop, &p->due);
		return;
	}
	clock_gettime(CLOCK_MONOTONIC, &ts);
	in = (double)(due - (ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec)) /
	    1e9;
	p->due.repeat = in < SHORT ? SHORT : in;
	ev_timer_again(p->loop, &p->due);
}

/*
 * Be called again: when stdout takes more if some lines wait (all is 0), at
 * once for work and for what there was no room for, in a while for found
 * lines.
 */
static void
arrange(struct prog *p, int got, bool full, int all)
{
	if (all == 0)
		ev_io_start(p->loop, &p->wr);
	else
		ev_io_stop(p->loop, &p->wr);
	if (got == RASK_GOT_WORK || (full && all == 1))
		ev_idle_start(p->loop, &p->more);
	else
		ev_idle_stop(p->loop, &p->more);
	if (got == RASK_GOT_HELD && !full && all == 1)
		ev_timer_again(p->loop, &p->room);
	else
		ev_timer_stop(p->loop, &p->room);
	set_due(p);
}

void
pump(struct prog *p)
{
	bool full;
	int got = take(p, &full), all = rask_out_flush(&p->out);

	if (all == -1) {
		/* That nobody reads any more is no error. */
		if (errno != EPIPE)
			diag(LOG_ERR, "stdout: %s", strerror(errno));
		stop(p, errno == EPIPE ? EX_OK : EX_IOERR);
	} else if (got == -1) {
		stop(p, say_failure(rask_watch_failure(p->w)));
	} else
		arrange(p, got, full, all);
	if (!p->ready && rask_watch_ready(p->w)) {
		p->ready = true;
		notify("READY=1");
	}
	if (p->o->once && all == 1 && p->ready)
		stop(p, EX_OK);
	p->busy = true;
	if (!ev_is_active(&p->rest))
		ev_timer_again(p->loop, &p->rest);
}
