/* The node's memory: taking changes, in batches. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storeint.h"

#define BATCH_SEQS	65536	/* more than any batch has */

uint64_t
store_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

uint64_t
store_ahead(const struct store *s)
{
	return s->feed.written + rask_buf_left(&s->feed.batch) - s->meta.pos;
}

void
store_effect(const struct rask_record *r, uint64_t was, uint64_t pos,
    struct undo *u)
{
	static const struct rask_sum none;
	bool first = r->flags & RASK_RECORD_FIRST;
	bool dead = rask_sum_equal(r->old, none);

	*u = (struct undo){ .was = was, .is = pos,
	    .place = rask_place(r->entry.path, r->entry.path_len) };
	if (!first)
		u->minus = r->old;
	u->live = first || dead ? 0 : -1;
	u->gone = !first && dead ? -1 : 0;
	if (r->type == RASK_RECORD_DROP)
		return;
	u->plus = rask_entry_item(&r->entry);
	if (r->entry.kind == RASK_KIND_GONE)
		u->gone++;
	else
		u->live++;
}

/* Replace an item in one digest. */
static void
replace(struct rask_digest *d, uint64_t place, struct rask_sum minus,
    struct rask_sum plus)
{
	if (d == NULL || rask_sum_equal(minus, plus))
		return;
	rask_digest_sub(d, place, minus);
	rask_digest_add(d, place, plus);
}

void
store_shift(struct store *s, const struct undo *u, bool back)
{
	uint64_t from = back ? u->is : u->was, to = back ? u->was : u->is;
	struct rask_sum minus = back ? u->plus : u->minus;
	struct rask_sum plus = back ? u->minus : u->plus;
	int sign = back ? -1 : 1;

	if (from == 0)
		rask_gather_add(s->active, u->place, to);
	else
		rask_gather_move(s->active, u->place, from, to);
	replace(s->digest, u->place, minus, plus);
	replace(s->since, u->place, minus, plus);
	s->live += (uint64_t)(int64_t)(sign * u->live);
	s->gone += (uint64_t)(int64_t)(sign * u->gone);
}

/* Have room for one more step that can be undone. */
static int
room(struct store *s)
{
	size_t cap = s->undo_cap == 0 ? 1024 : s->undo_cap * 2;
	struct undo *u;

	if (s->undos < s->undo_cap)
		return 0;
	if ((u = realloc(s->undo, cap * sizeof(*u))) == NULL)
		return -1;
	s->undo = u;
	s->undo_cap = cap;
	return 0;
}

/* A batch begins: what it was before. */
static void
begin(struct store *s)
{
	if (rask_buf_left(&s->feed.batch) > 0)
		return;
	s->seq_was = s->feed.seq;
	s->moves_was = s->moves;
}

bool
store_ready(const struct store *s)
{
	return s->frozen == NULL ||
	    (rask_gather_count(s->active) < s->o.gather_max &&
	    store_ahead(s) < s->o.feed_max);
}

int
store_stuck(const struct store *s)
{
	if (!store_ready(s))
		return s->stuck;
	return s->feed.seq + BATCH_SEQS > s->seq_safe ? s->unsynced : 0;
}

void
store_on_ready(struct store *s, void (*fn)(void *ctx), void *ctx)
{
	s->ready = fn;
	s->ready_ctx = ctx;
}

/*
 * Write r into the batch; is is where.  Whether there is room is asked when a
 * batch begins: what belongs together comes in one, and half of it is wrong.
 */
static int
add(struct store *s, struct rask_record *r, uint64_t *is)
{
	bool begun = rask_buf_left(&s->feed.batch) > 0;
	bool safe = s->feed.seq + (begun ? 1 : BATCH_SEQS) <= s->seq_safe;

	begin(s);
	if (!safe || (!begun && !store_ready(s))) {
		if (!safe)
			store_hurry(s);
		errno = store_stuck(s) != 0 ? store_stuck(s) : EBUSY;
		return -1;
	}
	r->time = store_now();
	if (feed_add(&s->feed, r, is) == 0)
		return 0;
	if (errno == EBUSY && s->stuck != 0)
		errno = s->stuck;
	return -1;
}

int
store_take(struct store *s, struct rask_record *r,
    const struct rask_entry *before)
{
	bool change = r->type == RASK_RECORD_CHANGE;
	uint64_t was, is, place = rask_place(r->entry.path,
	    r->entry.path_len);
	struct rask_record old;
	int e;

	if (room(s) == -1 || rask_gather_room(s->active, place) == -1 ||
	    store_locate(s, s->active, place, r->entry.path,
	    r->entry.path_len, &was, &old, s->buf) == -1)
		return -1;
	r->flags &= ~(unsigned)RASK_RECORD_FIRST;
	r->old = (struct rask_sum){ 0, 0 };
	if (before == NULL)
		r->flags |= RASK_RECORD_FIRST;
	else
		r->old = rask_entry_item(before);
	r->seq = change ? s->feed.seq + 1 : before == NULL ? 0 : before->seq;
	r->entry.seq = r->seq;
	if (add(s, r, &is) == -1) {
		e = errno;
		if (e != EBUSY && e != ENOMEM)
			store_later(s);
		errno = e;
		return -1;
	}
	s->feed.seq += change;
	store_effect(r, was, is, &s->undo[s->undos]);
	store_shift(s, &s->undo[s->undos++], false);
	return 0;
}

/* A move is not over. */
static void
moves_add(struct moves *m, uint64_t seq, uint64_t pos)
{
	m->seq[m->n] = seq;
	m->pos[m->n++] = pos;
}

/* It is over. */
static void
moves_end(struct moves *m, uint64_t seq)
{
	unsigned i, n = 0;

	for (i = 0; i < m->n; i++) {
		if (m->seq[i] == seq)
			continue;
		m->seq[n] = m->seq[i];
		m->pos[n++] = m->pos[i];
	}
	m->n = n;
}

void
store_moves_read(struct store *s, const struct rask_record *r, uint64_t pos)
{
	moves_end(&s->moves, r->seq);
	if (r->type == RASK_RECORD_MOVE && s->moves.n < MOVES_MAX)
		moves_add(&s->moves, r->seq, pos);
}

int
store_move(struct store *s, struct rask_record *r)
{
	bool move = r->type == RASK_RECORD_MOVE;
	uint64_t pos;

	if (move && s->moves.n == MOVES_MAX) {
		errno = EBUSY;
		return -1;
	}
	if (move)
		r->seq = s->feed.seq + 1;
	if (add(s, r, &pos) == -1)
		return -1;
	s->feed.seq += move;
	store_moves_read(s, r, pos);
	return 0;
}

void
store_moves(struct store *s,
    void (*fn)(void *ctx, const struct rask_record *move), void *ctx)
{
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	struct moves m = s->moves;
	struct rask_record r;
	unsigned i;

	for (i = 0; i < m.n; i++)
		if (feed_read(&s->feed, m.pos[i], &r, buf) > 0)
			fn(ctx, &r);
}

int
store_moves_again(struct store *s)
{
	unsigned char buf[RASK_RECORD_HEAD + RASK_RECORD_MAX];
	struct rask_record r;
	unsigned i;

	begin(s);
	for (i = 0; i < s->moves.n; i++) {
		if (feed_read(&s->feed, s->moves.pos[i], &r, buf) <= 0)
			return -1;
		r.flags |= RASK_RECORD_PART;
		if (feed_add(&s->feed, &r, &s->moves.pos[i]) == -1)
			return -1;
	}
	return 0;
}

int
store_commit(struct store *s)
{
	int e;

	if (rask_buf_left(&s->feed.batch) == 0)
		return 0;
	if (feed_write(&s->feed) == 0) {
		s->undos = 0;
		feed_trim(&s->feed, s->meta.pos);
		store_checkpoint(s, false);
		store_sync(s);
		return 0;
	}
	e = errno;
	while (s->undos > 0)
		store_shift(s, &s->undo[--s->undos], true);
	s->feed.seq = s->seq_was;
	s->moves = s->moves_was;
	feed_drop(&s->feed);
	store_later(s);
	errno = e;
	return -1;
}

uint64_t
store_counter(const struct store *s)
{
	return s->counter;
}

void
store_counter_used(struct store *s, uint64_t counter)
{
	if (counter > s->counter)
		s->counter = counter;
}

void
store_set_tree(struct store *s, const char *tree)
{
	if (strcmp(s->node.tree, tree) == 0 ||
	    strlen(tree) >= sizeof(s->node.tree))
		return;
	strcpy(s->node.tree, tree);
	s->node_due = true;
	store_sync(s);
}
