/*
 * Changes that could not be made now: each waits its own time, twice as long
 * at each failure, and then waits in the set like a new one.  A restless one
 * is a file that changes whenever it is read: lines that say so again do not
 * hasten it.
 */
#include <stdlib.h>
#include <string.h>

#include "send.h"

struct later {
	struct later *next;		/* due later, or at the same time */
	struct rask_todo_item *item;	/* owned */
	int64_t due;			/* ns, monotonic */
	bool restless;
};

/* Failures so far are kept in the item, which comes back to us. */
#define TRIES(it)	((uintptr_t)(it)->aux)

/* Wait for the first that is due. */
static void
arm(struct send *s)
{
	double wait;

	ev_timer_stop(s->loop, &s->later_timer);
	if (s->later == NULL || s->state != STATE_READY)
		return;
	wait = (double)(s->later->due - now_ns()) / 1e9;
	ev_timer_set(&s->later_timer, wait > 0 ? wait : 0., 0.);
	ev_timer_start(s->loop, &s->later_timer);
}

/* Let the first wait in the set again. */
static void
give_back(struct send *s)
{
	struct later *l = s->later;

	s->later = l->next;
	s->n_later--;
	if (l->restless)
		s->n_restless--;
	rask_todo_defer(s->todo, l->item->lane, l->item);
	free(l);
}

/* Some are due. */
static void
on_due(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct send *s = w->data;
	int64_t now = now_ns();

	(void)loop;
	(void)revents;
	while (s->later != NULL && s->later->due <= now)
		give_back(s);
	arm(s);
	pump(s);
}

void
later_init(struct send *s)
{
	ev_timer_init(&s->later_timer, on_due, 0., 0.);
	s->later_timer.data = s;
}

void
later_add(struct send *s, struct rask_todo_item *it, double first,
    double most, bool restless)
{
	struct later *l, **p;
	double wait = first;
	uintptr_t i;

	for (i = 0; i < TRIES(it) && wait < most; i++)
		wait *= 2;
	it->aux = (void *)(TRIES(it) + 1);
	if ((l = calloc(1, sizeof(*l))) == NULL) {
		rask_todo_defer(s->todo, it->lane, it);
		return;
	}
	l->item = it;
	l->due = now_ns() + (int64_t)((wait < most ? wait : most) * 1e9);
	l->restless = restless;
	for (p = &s->later; *p != NULL && (*p)->due <= l->due;
	    p = &(*p)->next)
		;
	l->next = *p;
	*p = l;
	s->n_later++;
	if (restless)
		s->n_restless++;
	arm(s);
}

bool
later_holds(const struct send *s, unsigned tree, const char *path)
{
	const struct later *l;

	if (s->n_restless == 0)
		return false;
	for (l = s->later; l != NULL; l = l->next)
		if (l->restless && l->item->tree == tree &&
		    strcmp(l->item->path, path) == 0)
			return true;
	return false;
}

void
later_give_back(struct send *s)
{
	while (s->later != NULL)
		give_back(s);
	ev_timer_stop(s->loop, &s->later_timer);
}
