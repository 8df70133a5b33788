/* Tokens and credit. */
#include <errno.h>

#include "frame.h"
#include "rate.h"

#define SECOND	1000000000	/* ns */
#define LEAST	1000000		/* ns between two looks at the rate */

void
rask_rate_init(struct rask_rate *r, uint64_t rate, int64_t now)
{
	r->rate = rate;
	r->burst = rate / 4 > RASK_SLICE_MAX ? RASK_SLICE_MAX : rate / 4;
	r->tokens = (double)r->burst;
	r->at = now;
}

int64_t
rask_rate_wait(struct rask_rate *r, size_t n, int64_t now)
{
	double need = n < r->burst ? (double)n : (double)r->burst;

	if (r->rate == 0)
		return 0;
	r->tokens += (double)(now - r->at) * (double)r->rate / SECOND;
	r->at = now;
	if (r->tokens > (double)r->burst)
		r->tokens = (double)r->burst;
	if (r->tokens >= need)
		return 0;
	return (int64_t)((need - r->tokens) * SECOND / (double)r->rate) + 1;
}

void
rask_rate_take(struct rask_rate *r, size_t n)
{
	if (r->rate != 0)
		r->tokens -= (double)n;
}

void
rask_window_init(struct rask_window *w, uint64_t least, uint64_t most,
    int64_t now)
{
	w->least = w->size = least;
	w->most = most > least ? most : least;
	w->sent = w->written = w->mark = 0;
	w->marked = now;
	w->full = false;
}

bool
rask_window_open(struct rask_window *w, size_t n)
{
	if (w->sent - w->written + n <= w->size)
		return true;
	w->full = true;
	return false;
}

void
rask_window_sent(struct rask_window *w, size_t n)
{
	w->sent += n;
}

int
rask_window_written(struct rask_window *w, uint64_t written, long rtt,
    int64_t now)
{
	double rate, need;

	if (written < w->written || written > w->sent) {
		errno = EPROTO;
		return -1;
	}
	w->written = written;
	if (now - w->marked < LEAST || rtt < 0 ||
	    now - w->marked < (int64_t)rtt * 1000)
		return 0;
	rate = (double)(written - w->mark) / (double)(now - w->marked);
	need = 2 * rate * (double)rtt * 1000;
	if (w->full && need > (double)w->size)
		w->size = need < (double)w->most ? (uint64_t)need : w->most;
	w->mark = written;
	w->marked = now;
	w->full = false;
	return 0;
}
