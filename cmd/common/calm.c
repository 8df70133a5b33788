/* A loop that sleeps as long as nothing happens. */
#include "calm.h"

#define FAR	4e9	/* seconds since the epoch: the year 2096 */

/* It is the year 2096. */
static void
on_never(struct ev_loop *loop, ev_periodic *w, int revents)
{
	(void)loop;
	(void)w;
	(void)revents;
}

struct ev_loop *
calm_loop(ev_periodic *never)
{
	struct ev_loop *loop = ev_default_loop(0);

	if (loop != NULL) {
		ev_periodic_init(never, on_never, FAR, 0., NULL);
		ev_periodic_start(loop, never);
	}
	return loop;
}
