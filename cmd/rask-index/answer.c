/* Questions about entries and digests, and who answers which. */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "client.h"

/* Fail a question with an errno and its words. */
static enum done
failed(struct client *c, uint64_t stream, int error)
{
	client_fail(c, stream, error, error == EBADMSG ?
	    "that part of the store is damaged" : strerror(error));
	return DONE;
}

/* GET: what is known of a path. */
static enum done
get(struct client *c, const struct rask_question *q)
{
	struct conns *cs = c->cs;
	struct rask_entry *e = &cs->r.entry;
	unsigned char *p;
	size_t at;
	int r;

	if ((r = store_find(cs->o.store, q->text, q->len, e, cs->buf)) == -1)
		return failed(c, q->stream, errno);
	cs->r.type = RASK_A_ENTRY;
	cs->r.stream = q->stream;
	if (rask_reply_begin(&c->out, &cs->r, &at) == -1) {
		client_lose(c);
		return DONE;
	}
	if (r == 1) {
		if ((p = rask_buf_room(&c->out, RASK_ENTRY_MAX)) == NULL) {
			client_lose(c);
			return DONE;
		}
		rask_buf_grew(&c->out, rask_entry_encode(e, p));
	}
	rask_reply_end(&c->out, &cs->r, at);
	return DONE;
}

/* ROOT: the digest's root. */
static enum done
root(struct client *c, const struct rask_question *q)
{
	struct store_info i;

	store_info(c->cs->o.store, &i);
	c->cs->r.type = RASK_A_ROOT;
	c->cs->r.stream = q->stream;
	c->cs->r.root = i.root;
	c->cs->r.count = i.live;
	client_reply(c);
	return DONE;
}

/* SUMS and ITEMS: what is below some nodes of the digest. */
static enum done
nodes(struct client *c, const struct rask_question *q)
{
	struct rask_reply *r = &c->cs->r;
	bool sums = q->type == RASK_Q_SUMS;
	int k, e;
	size_t at;

	r->type = sums ? RASK_A_SUMS : RASK_A_ITEMS;
	r->stream = q->stream;
	if (rask_reply_begin(&c->out, r, &at) == -1) {
		client_lose(c);
		return DONE;
	}
	k = sums ? store_sums(c->cs->o.store, q->nodes, q->n, &c->out) :
	    store_items(c->cs->o.store, q->nodes, q->n, &c->out);
	if (k == -1) {
		e = errno;
		rask_frame_undo(&c->out, at);
		return failed(c, q->stream, e);
	}
	if (rask_reply_end(&c->out, r, at) == -1)
		return failed(c, q->stream, errno);
	return DONE;
}

/* ENTRIES: what is at some places, as many of them as go in one frame. */
static enum done
entries(struct client *c, const struct rask_question *q)
{
	struct rask_reply *r = &c->cs->r;
	size_t at, before;
	int e;

	r->type = RASK_A_ENTRIES;
	r->stream = q->stream;
	if (rask_reply_begin(&c->out, r, &at) == -1) {
		client_lose(c);
		return DONE;
	}
	for (r->n = 0; r->n < q->n; r->n++) {
		before = rask_buf_left(&c->out);
		if (store_at(c->cs->o.store, q->places[r->n],
		    &c->out) == -1) {
			e = errno;
			rask_frame_undo(&c->out, at);
			return failed(c, q->stream, e);
		}
		if (rask_buf_left(&c->out) - at - RASK_FRAME_HEAD >
		    RASK_FRAME_MAX) {
			rask_frame_undo(&c->out, before);
			break;
		}
	}
	if (r->n == 0) {
		rask_frame_undo(&c->out, at);
		return failed(c, q->stream, EMSGSIZE);
	}
	rask_reply_end(&c->out, r, at);
	return DONE;
}

enum done
answer(struct client *c, const struct rask_frame *f)
{
	struct rask_question *q = &c->cs->q;

	if (rask_question_parse(q, f) == -1) {
		if (errno == EPROTO) {
			client_bye(c, EX_PROTOCOL, "not the index's protocol");
			return DONE;
		}
		return failed(c, f->stream, errno);
	}
	switch (q->type) {
	case RASK_Q_GET:
		return get(c, q);
	case RASK_Q_LINES:
		return change_lines(c, q);
	case RASK_Q_MERGE:
		return change_merge(c, q);
	case RASK_Q_SYNC:
		return change_sync(c, q);
	case RASK_Q_STAT:
		return view_stat(c, q);
	case RASK_Q_FOLLOW:
		return follow_begin(c, q);
	case RASK_Q_VIEW:
		return view_send(c, q);
	case RASK_Q_ROOT:
		return root(c, q);
	case RASK_Q_SUMS:
	case RASK_Q_ITEMS:
		return nodes(c, q);
	case RASK_Q_ENTRIES:
		return entries(c, q);
	case RASK_Q_ASK:
		return grants_ask(c, q);
	case RASK_Q_INSTALLED:
		return grants_installed(c, q);
	default:
		return grants_gaveup(c, q);
	}
}
