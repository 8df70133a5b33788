/*
 * Changes on their way, by number.
 *
 * Always true: a change is here from its frame's queueing until the receiver
 * has said that it is durable (visible, where it never says more), refused it,
 * or the connection has ended; then it waits again.
 */
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "json.h"
#include "send.h"

#define SLOTS	1024	/* to begin with, a power of two */
#define NAMED	20	/* paths that are named when all did not arrive */

/* Twice the slots; without memory the chains just get longer. */
static void
grow(struct send *s)
{
	struct sent **slot, *e, *next;
	size_t i, n = s->sent_slots ? s->sent_slots * 2 : SLOTS;

	if ((slot = calloc(n, sizeof(*slot))) == NULL)
		return;
	for (i = 0; i < s->sent_slots; i++)
		for (e = s->sent[i]; e != NULL; e = next) {
			next = e->next;
			e->next = slot[e->stream & (n - 1)];
			slot[e->stream & (n - 1)] = e;
		}
	free(s->sent);
	s->sent = slot;
	s->sent_slots = n;
}

struct sent *
sent_add(struct send *s, uint64_t stream, struct rask_todo_item *it,
    uint8_t type, uint8_t class)
{
	struct sent *e;

	if (s->n_sent >= s->sent_slots)
		grow(s);
	if (s->sent_slots == 0 || (e = calloc(1, sizeof(*e))) == NULL)
		return NULL;
	e->stream = stream;
	e->item = it;
	e->type = type;
	e->class = class;
	e->next = s->sent[stream & (s->sent_slots - 1)];
	s->sent[stream & (s->sent_slots - 1)] = e;
	s->n_sent++;
	return e;
}

struct sent *
sent_find(struct send *s, uint64_t stream)
{
	struct sent *e;

	if (s->sent_slots == 0)
		return NULL;
	for (e = s->sent[stream & (s->sent_slots - 1)]; e != NULL; e = e->next)
		if (e->stream == stream)
			return e;
	return NULL;
}

struct rask_todo_item *
sent_remove(struct send *s, uint64_t stream)
{
	struct sent **p, *e;
	struct rask_todo_item *it;

	if ((e = sent_find(s, stream)) == NULL)
		return NULL;
	for (p = &s->sent[stream & (s->sent_slots - 1)]; *p != e;
	    p = &(*p)->next)
		;
	*p = e->next;
	it = e->item;
	free(e);
	s->n_sent--;
	return it;
}

/* Print a change that was acknowledged. */
static void
print_ack(struct send *s, const struct sent *e, enum rask_ack level)
{
	static const enum rask_op ops[] = {
		[RASK_PUT] = RASK_OP_PUT, [RASK_OPEN] = RASK_OP_PUT,
		[RASK_META] = RASK_OP_PUT, [RASK_SYMLINK] = RASK_OP_SYMLINK,
		[RASK_MKDIR] = RASK_OP_MKDIR, [RASK_DEL] = RASK_OP_DEL,
		[RASK_MV] = RASK_OP_MV
	};
	struct rask_change c = { .op = ops[e->type], .path = e->item->path,
	    .peer = s->o->who, .ack = level, .have = RASK_F_ACK | RASK_F_LAG };
	struct rask_buf line = { NULL, 0, 0, 0 };

	if (s->o->quiet)
		return;
	if (e->type == RASK_MV)
		c.path2 = e->item->path2;
	c.lag_us = (uint64_t)(now_ns() - e->item->since) / 1000;
	if (s->o->json)
		rask_json_format(&line, &c);
	else
		rask_line_format(&line, &c);
	if (line.len > 0)
		rask_out_add(&s->lines, line.p, line.len, 1);
	rask_buf_free(&line);
}

/* One change has reached a level. */
static void
acked(struct send *s, struct sent *e, enum rask_ack level)
{
	uint64_t stream = e->stream;

	if (!e->visible || level == RASK_ACK_DURABLE)
		print_ack(s, e, level);
	if (!e->visible) {
		stream_forget(s, stream, true);
		s->n_acked++;
	}
	e->visible = true;
	if (level == RASK_ACK_DURABLE ||
	    (s->peer.features & RASK_FEATURE_FLEETING) != 0)
		rask_todo_drop(sent_remove(s, stream));
}

/* A range that names more than there is: look at what there is instead. */
static void
acked_many(struct send *s, uint64_t first, uint64_t last, enum rask_ack level)
{
	struct sent *e, *next;
	size_t i;

	for (i = 0; i < s->sent_slots; i++)
		for (e = s->sent[i]; e != NULL; e = next) {
			next = e->next;
			if (e->stream >= first && e->stream <= last)
				acked(s, e, level);
		}
}

void
sent_acked(struct send *s, const struct rask_acks *a, enum rask_ack level)
{
	struct sent *e;
	uint64_t id, last;
	unsigned i;

	for (i = 0; i < a->n; i++) {
		last = a->r[i].last < s->stream ? a->r[i].last : s->stream;
		if (a->r[i].first > last)
			continue;
		if (last - a->r[i].first > s->n_sent) {
			acked_many(s, a->r[i].first, last, level);
			continue;
		}
		for (id = a->r[i].first; id <= last; id++)
			if ((e = sent_find(s, id)) != NULL)
				acked(s, e, level);
	}
}

/* By number, the latest first. */
static int
latest_first(const void *a, const void *b)
{
	const struct sent *const *x = a, *const *y = b;

	return (*x)->stream < (*y)->stream ? 1 : -1;
}

/* All that is on its way, in an array; the table is empty then. */
static struct sent **
take_all(struct send *s, size_t *n)
{
	struct sent **all, *e;
	size_t i;

	*n = 0;
	if ((all = calloc(s->n_sent + 1, sizeof(*all))) == NULL)
		return NULL;
	for (i = 0; i < s->sent_slots; i++) {
		for (e = s->sent[i]; e != NULL; e = e->next)
			all[(*n)++] = e;
		s->sent[i] = NULL;
	}
	s->n_sent = 0;
	qsort(all, *n, sizeof(*all), latest_first);
	return all;
}

void
sent_give_back(struct send *s)
{
	struct sent **all;
	enum rask_lane lane;
	size_t i, n;

	if (s->n_sent == 0 || (all = take_all(s, &n)) == NULL)
		return;
	for (i = 0; i < n; i++) {
		lane = all[i]->class == RASK_CLASS_BACK ? RASK_LANE_BACK :
		    all[i]->class == RASK_CLASS_BULK ? RASK_LANE_BULK :
		    RASK_LANE_LIVE;
		rask_todo_back(s->todo, lane, all[i]->item);
		free(all[i]);
	}
	free(all);
}

void
sent_name_all(struct send *s)
{
	struct rask_todo_item *it;
	size_t named = 0, total = rask_todo_count(s->todo);
	int lane;

	for (lane = 0; lane < RASK_LANES; lane++)
		while (named < NAMED &&
		    (it = rask_todo_first(s->todo, lane)) != NULL) {
			diag(LOG_ERR, "%s: not arrived: %s", s->o->who,
			    it->path);
			rask_todo_take(s->todo, it);
			rask_todo_drop(it);
			named++;
		}
	if (total > named)
		diag(LOG_ERR, "%s: not arrived: %zu more", s->o->who,
		    total - named);
}
