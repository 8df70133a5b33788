/* What is done a little at a time, between requests. */
#include <errno.h>
#include <time.h>

#include "hints.h"

#define SLICE	1000000	/* ns: how long one may take, about */
#define STALL	500000000	/* ns: not again so soon after a failure */

/* ns since some moment. */
static int64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * INT64_C(1000000000) + ts.tv_nsec;
}

/* The oldest move that walks, or NULL. */
static struct move *
walking(const struct hints *h)
{
	size_t i;

	for (i = 0; i < h->moves.n; i++)
		if (h->moves.v[i]->phase == MOVE_WALKING)
			return h->moves.v[i];
	return NULL;
}

/* Go on with a walk through NEW, until a time. */
static int
walk(struct hints *h, struct move *m, int64_t until)
{
	struct rask_walk_entry e;
	unsigned n = 0;
	int r;

	if (m->walk == NULL &&
	    (m->walk = rask_walk_open(h->look.root, m->new, 0)) == NULL)
		return -1;
	while (n++ % 16 != 15 || now() < until) {
		if ((r = rask_walk_next(m->walk, &e)) == -1)
			return -1;
		if (r == 0) {
			m->phase = MOVE_WALKED;
			return 0;
		}
		if (e.error == 0 && !e.mount &&
		    hints_look_wait(h, e.path, 0) == -1)
			return -1;
	}
	return 0;
}

/* Some of the walk of m; from its beginning if that could not be taken. */
static int
walk_slice(struct hints *h, struct move *m, int64_t until)
{
	int r = walk(h, m, until);

	if (hints_commit(h) == -1)
		r = -1;
	if (r == 0 && m->phase == MOVE_WALKING)
		return 0;
	rask_walk_close(m->walk);
	m->walk = NULL;
	if (r == -1)
		m->phase = MOVE_WALKING;
	else if (m->kind == MOVE_WALK)
		moves_drop(&h->moves, m);
	return r;
}

/* Some of a sweep. */
static int
sweep_slice(struct hints *h, int64_t until)
{
	uint64_t from = h->sweep.place;
	bool was = h->sweep.on;
	int r;

	do
		r = sweep_some(h);
	while (r == 0 && h->sweep.on && now() < until);
	if (hints_commit(h) == -1)
		r = -1;
	if (r == -1)
		sweep_again(h, was ? from : 0);
	return r;
}

bool
hints_busy(const struct hints *h)
{
	if (!store_ready(h->store) || h->look.root == -1 ||
	    (h->stalled != 0 && now() - h->stalled < STALL))
		return false;
	return h->waits.retry || sweep_busy(h);
}

void
hints_slice(struct hints *h)
{
	int64_t until = now() + SLICE;
	struct move *m;
	int r;

	h->stalled = 0;
	if (!hints_busy(h))
		return;
	look_forget(&h->look);
	if (h->waits.retry)
		waits_retry(h);
	if ((m = walking(h)) != NULL)
		r = walk_slice(h, m, until);
	else
		r = sweep_slice(h, until);
	if (r == -1)
		h->failed = errno;
	look_forget(&h->look);
	if (r == -1 || h->waits.retry)
		h->stalled = now();
}

bool
hints_pending(const struct hints *h, int *why)
{
	bool failed = h->stalled != 0 && h->failed != EBUSY &&
	    h->failed != EAGAIN;

	*why = store_stuck(h->store);
	if (h->look.root == -1 || (h->waits.hashing == 0 &&
	    !h->waits.retry && !sweep_busy(h)))
		return false;
	if (failed && *why == 0)
		*why = h->failed;
	return true;
}

bool
hints_moving(const struct hints *h)
{
	return h->look.root != -1 && h->moves.n > 0;
}

void
hints_rest(struct hints *h)
{
	int why;

	while (hints_pending(h, &why) && why == 0) {
		if (h->waits.hashing > 0)
			rask_work_drain(h->hasher);
		else if (hints_busy(h))
			hints_slice(h);
		else
			return;
	}
}
