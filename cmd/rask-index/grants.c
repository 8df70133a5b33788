/* Grants, and the connections that hold them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "client.h"

_Static_assert((int)RASK_ANSWER_YES == (int)GRANT_YES &&
    (int)RASK_ANSWER_HELD == (int)GRANT_HELD &&
    (int)RASK_ANSWER_SUPERSEDED == (int)GRANT_SUPERSEDED &&
    (int)RASK_ANSWER_REISSUE == (int)GRANT_REISSUE &&
    (int)RASK_ANSWER_FAILED == (int)GRANT_FAILED,
    "answers go over the socket by their numbers");

/* Forget an ask. */
static void
forget(struct ask *a)
{
	LIST_REMOVE(a, list);
	a->c->n_asks--;
	free(a);
}

/* Add ANSWER. */
static void
reply(struct ask *a, enum grant_answer how, const struct rask_entry *stands,
    bool keep, int error)
{
	struct rask_reply *r = &a->c->cs->r;
	unsigned char bytes[RASK_ENTRY_MAX];

	r->type = RASK_A_ANSWER;
	r->stream = a->stream;
	r->how = (enum rask_answer)how;
	r->keep = keep;
	r->error = error;
	r->bytes = bytes;
	r->len = stands == NULL ? 0 : rask_entry_encode(stands, bytes);
	client_reply(a->c);
}

/* It is decided. */
static void
on_answer(void *ctx, struct grant *g, enum grant_answer how,
    const struct rask_entry *stands, bool keep, int error)
{
	struct ask *a = ctx;
	struct client *c = a->c;

	reply(a, how, stands, keep, error);
	c->cs->changed = true;	/* it may have issued something again */
	a->g = g;
	a->held = how == GRANT_YES;
	a->over = !a->held;
	if (a->asking)
		return;		/* grants_ask() goes on from here */
	if (a->over)
		forget(a);
	if (!c->gone)
		client_flush(c);
}

enum done
grants_ask(struct client *c, const struct rask_question *q)
{
	struct grant *g;
	struct ask *a;

	if (c->n_asks == ASKS_MAX || (a = calloc(1, sizeof(*a))) == NULL) {
		client_fail(c, q->stream, EAGAIN, "too many grants");
		return DONE;
	}
	a->c = c;
	a->stream = q->stream;
	a->asking = true;
	LIST_INSERT_HEAD(&c->asks, a, list);
	c->n_asks++;
	g = grant_ask(c->cs->o.hints, &q->entry, on_answer, a);
	a->asking = false;
	if (a->held)
		return DONE;
	if (g == NULL && !a->over)
		client_fail(c, q->stream, errno, strerror(errno));
	if (g == NULL || a->over)
		forget(a);
	else
		a->g = g;
	return DONE;
}

/* The ask with a number. */
static struct ask *
find(struct client *c, uint64_t stream)
{
	struct ask *a;

	LIST_FOREACH(a, &c->asks, list)
		if (a->stream == stream)
			return a;
	return NULL;
}

/* Say that it is done. */
static enum done
done(struct client *c, const struct rask_question *q, uint64_t seq, bool keep)
{
	struct rask_reply *r = &c->cs->r;

	r->type = RASK_A_TAKEN;
	r->stream = q->stream;
	r->seq = seq;
	r->keep = keep;
	r->lines = r->changes = r->bad = r->first_bad = 0;
	r->why[0] = '\0';
	c->cs->changed = true;
	client_reply(c);
	return DONE;
}

enum done
grants_installed(struct client *c, const struct rask_question *q)
{
	struct ask *a = find(c, q->grant);
	uint64_t seq = 0;
	int r;

	if (a == NULL || !a->held) {
		client_fail(c, q->stream, ENOENT, "no such grant");
		return DONE;
	}
	/* It is there already, and nobody else touches it meanwhile. */
	if (!store_ready(c->cs->o.store) &&
	    store_stuck(c->cs->o.store) == 0)
		return HOLD_LATER;
	r = grant_installed(c->cs->o.hints, a->g, &q->seen,
	    q->has_taken ? &q->taken : NULL, &seq);
	forget(a);
	if (r != -1)
		return done(c, q, seq, r == 1);
	c->cs->changed = true;
	client_fail(c, q->stream, errno, errno == EBUSY ?
	    "what was taken out stands: put it back" : strerror(errno));
	return DONE;
}

enum done
grants_gaveup(struct client *c, const struct rask_question *q)
{
	struct ask *a = find(c, q->grant);
	struct grant *g;

	if (a == NULL) {
		client_fail(c, q->stream, ENOENT, "no such grant");
		return DONE;
	}
	if (!a->held)
		reply(a, GRANT_FAILED, NULL, false, ECANCELED);
	g = a->g;
	forget(a);
	grant_end(c->cs->o.hints, g);
	return done(c, q, 0, false);
}

void
grants_drop(struct client *c)
{
	struct ask *a;
	struct grant *g;

	while ((a = LIST_FIRST(&c->asks)) != NULL) {
		g = a->g;
		forget(a);
		grant_end(c->cs->o.hints, g);
	}
}
