/* Addresses of the peer: the worker asks the resolver. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

struct finder {
	struct rask_job job;			/* first */
	struct send *s;
	struct rask_addr name;			/* as it was written */
	struct rask_sockaddr to[RASK_ADDRS];	/* what was found */
	int n, next;				/* found; to be tried next */
	const char *why;			/* when none was */
};

/* Worker: ask. */
static void
run_finder(struct rask_job *job)
{
	struct finder *f = (struct finder *)job;

	f->n = rask_addr_resolve(&f->name, false, f->to, &f->why);
}

/* Loop: the answer. */
static void
finder_done(struct rask_job *job)
{
	struct finder *f = (struct finder *)job;
	struct send *s = f->s;

	if (s->over)
		return;
	if (f->n == -1) {
		peer_lost(s, f->why);
		return;
	}
	f->next = 1;
	peer_connect(s, &f->to[0]);
}

void
finder_start(struct send *s)
{
	struct finder *f = s->finder;

	if (f == NULL) {
		if ((f = calloc(1, sizeof(*f))) == NULL ||
		    rask_addr_parse(&f->name, s->o->host) == -1) {
			free(f);
			peer_lost(s, strerror(errno));
			return;
		}
		s->finder = f;
	}
	f->s = s;
	f->job.run = run_finder;
	f->job.done = finder_done;
	s->state = STATE_FINDING;
	rask_work_submit(s->work, &f->job);
}

void
finder_next(struct send *s, int e)
{
	struct finder *f = s->finder;

	s->state = STATE_AWAY;
	if (f->next < f->n)
		peer_connect(s, &f->to[f->next++]);
	else
		peer_lost(s, strerror(e));
}

void
finder_free(struct send *s)
{
	free(s->finder);
	s->finder = NULL;
}
