/* What changes the store: lines, entries, and who waits for the disk. */
#include <errno.h>
#include <string.h>

#include "client.h"

/* Say what was taken. */
static enum done
taken(struct client *c, const struct rask_question *q)
{
	c->cs->r.type = RASK_A_TAKEN;
	c->cs->r.stream = q->stream;
	c->cs->r.seq = store_seq(c->cs->o.store);
	c->cs->r.keep = false;
	c->cs->changed = true;
	client_reply(c);
	return DONE;
}

/* Say that it was not. */
static enum done
failed(struct client *c, const struct rask_question *q, int error)
{
	/* What stood before the one that failed may have been. */
	c->cs->changed = true;
	client_fail(c, q->stream, error, strerror(error));
	return DONE;
}

enum done
change_lines(struct client *c, const struct rask_question *q)
{
	struct rask_reply *r = &c->cs->r;
	struct hints_result res = { 0 };
	/* The frame's body is ours, and looked at by nobody after this. */
	char *text = (char *)(uintptr_t)q->text;

	if (hints_take(c->cs->o.hints, text, q->len, false, &res) == -1)
		return errno == EAGAIN ? HOLD_LATER : failed(c, q, errno);
	r->lines = res.lines;
	r->changes = res.changes;
	r->bad = res.bad;
	r->first_bad = res.first_bad;
	strncpy(r->why, res.why != NULL ? res.why : "", RASK_WHY_MAX);
	r->why[RASK_WHY_MAX] = '\0';
	return taken(c, q);
}

/*
 * Merge one entry.
 * Returns: 1 if it changed anything, 0 if not, -1 with errno.
 */
static int
merge_one(struct conns *cs, const struct rask_entry *incoming)
{
	struct rask_record rec;
	struct rask_entry *local = &cs->r.entry;
	size_t n;
	int k;

	k = store_find(cs->o.store, incoming->path, incoming->path_len,
	    local, cs->buf);
	if (k == -1)
		return -1;
	memset(&rec, 0, sizeof(rec));
	rec.type = RASK_RECORD_CHANGE;
	rec.flags = RASK_RECORD_AFAR;
	if (!rask_entry_merge(&rec.entry, k == 1 ? local : NULL, incoming))
		return 0;
	if (store_take(cs->o.store, &rec, k == 1 ? local : NULL) == -1)
		return -1;
	/* Edits of this node from before its store was lost. */
	for (n = 0; n < incoming->version.n; n++)
		if (incoming->version.v[n].node == cs->node &&
		    incoming->version.v[n].counter >
		    store_counter(cs->o.store))
			store_counter_used(cs->o.store,
			    incoming->version.v[n].counter);
	return 1;
}

enum done
change_merge(struct client *c, const struct rask_question *q)
{
	const unsigned char *p = (const unsigned char *)q->text;
	struct rask_reply *r = &c->cs->r;
	struct rask_entry *e = &c->cs->q.entry;
	size_t len = q->len;
	int k = 0, error = 0;

	/* It would pass by entries that are yet to be where they belong. */
	if (hints_moving(c->cs->o.hints) && hints_pending(c->cs->o.hints,
	    &error))
		return error == 0 ? HOLD_LATER : failed(c, q, error);
	r->lines = r->changes = r->bad = r->first_bad = 0;
	r->why[0] = '\0';
	while (k != -1 && rask_entries_next(&p, &len, e) == 1) {
		r->lines++;
		if ((k = merge_one(c->cs, e)) == 1)
			r->changes++;
	}
	if (k == -1)
		error = errno;
	/* What went before is right by itself; again it is no change. */
	if (store_commit(c->cs->o.store) == -1)
		error = errno;
	if (error == EBUSY || error == EAGAIN)
		return HOLD_LATER;
	if (error != 0)
		return failed(c, q, error);
	return taken(c, q);
}

/* Say that all up to a seq is durable. */
static void
durable(struct client *c, uint64_t stream, uint64_t seq)
{
	c->cs->r.type = RASK_A_DURABLE;
	c->cs->r.stream = stream;
	c->cs->r.seq = seq;
	client_reply(c);
}

enum done
change_sync(struct client *c, const struct rask_question *q)
{
	uint64_t seq = q->seq;
	struct store_info i;
	int why;

	/* Everything: also what lines have asked for and is not yet done. */
	if (seq == 0 && hints_pending(c->cs->o.hints, &why))
		return why == 0 ? HOLD_LATER : failed(c, q, why);
	store_info(c->cs->o.store, &i);
	if (seq == 0)
		seq = i.seq;
	if (seq > i.seq) {
		client_fail(c, q->stream, EINVAL, "there is no such seq yet");
		return DONE;
	}
	if (seq <= i.durable) {
		durable(c, q->stream, i.durable);
		return DONE;
	}
	if (i.unsynced == ENOSPC || i.unsynced == EDQUOT)
		return failed(c, q, i.unsynced);
	if (c->n_syncs == SYNCS_MAX)
		return HOLD_LATER;
	if (c->n_syncs == 0)
		LIST_INSERT_HEAD(&c->cs->syncers, c, syncers);
	c->syncs[c->n_syncs].seq = seq;
	c->syncs[c->n_syncs++].stream = q->stream;
	store_hurry(c->cs->o.store);
	return DONE;
}

void
change_durable(struct client *c, uint64_t seq, int error)
{
	unsigned i, left = 0;

	if (c->gone)
		return;
	for (i = 0; i < c->n_syncs; i++) {
		if (c->syncs[i].seq <= seq)
			durable(c, c->syncs[i].stream, seq);
		else if (error != 0)
			client_fail(c, c->syncs[i].stream, error,
			    strerror(error));
		else
			c->syncs[left++] = c->syncs[i];
	}
	if (left == 0)
		LIST_REMOVE(c, syncers);
	c->n_syncs = left;
	client_flush(c);
}
