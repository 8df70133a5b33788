/* The feed, on its way to clients. */
#include <errno.h>
#include <string.h>

#include "client.h"

#define PART_MAX	(64 * 1024)	/* bytes of records in one frame */

/* A FOLLOW is over. */
static void
over(struct client *c, struct follow *f)
{
	f->stream = 0;
	if (--c->follows == 0)
		LIST_REMOVE(c, followers);
}

enum done
follow_begin(struct client *c, const struct rask_question *q)
{
	struct follow *f = c->follow;

	while (f < c->follow + FOLLOWS_MAX && f->stream != 0)
		f++;
	if (f == c->follow + FOLLOWS_MAX) {
		client_fail(c, q->stream, EMFILE, "too many at once");
		return DONE;
	}
	if (c->follows++ == 0)
		LIST_INSERT_HEAD(&c->cs->followers, c, followers);
	f->stream = q->stream;
	f->live = q->live;
	f->lost = false;
	f->idle = false;
	f->pos = store_follow(c->cs->o.store, q->seq, q->since, &f->lost);
	return DONE;
}

/* The feed has no more for now. */
static void
at_end(struct client *c, struct follow *f)
{
	struct rask_reply *r = &c->cs->r;
	struct store_info i;

	f->idle = true;
	if (f->live)
		return;
	store_info(c->cs->o.store, &i);
	r->type = RASK_A_END;
	r->stream = f->stream;
	r->seq = i.seq;
	r->lost = f->lost;
	over(c, f);
	client_reply(c);
}

/* Add a part of the feed.  Returns: 1, 0 at the end, -1 with errno. */
static int
add_part(struct client *c, struct follow *f)
{
	struct rask_reply *r = &c->cs->r;
	size_t at, before;
	int k, e;

	r->type = RASK_A_RECORDS;
	r->stream = f->stream;
	r->epoch = c->cs->epoch;
	r->lost = f->lost;
	if (rask_reply_begin(&c->out, r, &at) == -1)
		return -1;
	before = rask_buf_left(&c->out);
	k = store_read(c->cs->o.store, &f->pos, &c->out, PART_MAX);
	if (rask_buf_left(&c->out) == before) {
		e = errno;
		rask_frame_undo(&c->out, at);
		errno = e;
		return k;
	}
	return rask_reply_end(&c->out, r, at) == -1 ? -1 : 1;
}

/* What to say of an errno. */
static const char *
reason(int e)
{
	switch (e) {
	case ENOENT:
		return "the feed does not reach back so far any more";
	case EBADMSG:
		return "the feed is damaged; rask-index check tells where";
	case ENOTSUP:
		return "the feed goes on with what a newer version wrote";
	default:
		return strerror(e);
	}
}

bool
follow_more(struct client *c)
{
	struct follow *f;
	uint64_t stream;
	bool some = false;
	int k, e;

	for (f = c->follow; f < c->follow + FOLLOWS_MAX && !c->gone; f++) {
		if (f->stream == 0 || f->idle)
			continue;
		some = true;
		k = add_part(c, f);
		if (k == 0)
			at_end(c, f);
		else if (k == -1) {
			e = errno;
			stream = f->stream;
			over(c, f);
			client_fail(c, stream, e, reason(e));
		}
	}
	return some;
}

void
follow_wake(struct client *c)
{
	struct follow *f;

	for (f = c->follow; f < c->follow + FOLLOWS_MAX; f++)
		f->idle = false;
	client_flush(c);
}
