/* A line says that a path was renamed. */
#include <errno.h>
#include <string.h>

#include "hints.h"

/* The highest counter that an entry has seen; NULL: none. */
static uint64_t
top(const struct rask_entry *e)
{
	return e == NULL ? 0 : rask_version_dot(&e->version).counter;
}

/* A dot for a move, above two entries. */
static struct rask_dot
next_dot(struct hints *h, const struct rask_entry *a,
    const struct rask_entry *b)
{
	struct rask_dot dot = { store_now(), h->node };

	if (dot.counter <= store_counter(h->store))
		dot.counter = store_counter(h->store) + 1;
	if (dot.counter <= top(a))
		dot.counter = top(a) + 1;
	if (dot.counter <= top(b))
		dot.counter = top(b) + 1;
	return dot;
}

/* Write down that m happens: its seq is the record's. */
static int
record(struct hints *h, struct move *m)
{
	struct rask_record *r = &h->rec;

	r->type = RASK_RECORD_MOVE;
	r->flags = 0;
	r->dot = m->dot;
	r->path = m->old;
	r->path_len = (uint16_t)strlen(m->old);
	r->path2 = m->new;
	r->path2_len = (uint16_t)strlen(m->new);
	h->dirty = true;
	if (store_move(h->store, r) == -1)
		return -1;
	m->seq = r->seq;
	h->changes++;
	store_counter_used(h->store, m->dot.counter);
	return 0;
}

/* Write down that it is over. */
int
move_over(struct hints *h, uint64_t seq)
{
	h->rec.type = RASK_RECORD_MOVED;
	h->rec.flags = 0;
	h->rec.seq = seq;
	h->dirty = true;
	return store_move(h->store, &h->rec);
}

/* A file or link is at its new name; *now is what is there, or kind GONE. */
static int
mv_file(struct hints *h, char *old, char *new, const struct rask_seen *now,
    const struct rask_entry *e, const struct rask_entry *before)
{
	struct move m = { .kind = MOVE_ENTRIES, .old = old, .new = new };

	m.dot = next_dot(h, e, before);
	if (record(h, &m) == -1 || move_entry(h, &m, old, new,
	    now->kind == RASK_KIND_GONE ? NULL : now) == -1)
		return -1;
	return move_over(h, m.seq);
}

/* Is what is seen what the entry was, but for mode and ctime? */
static bool
same_thing(const struct rask_entry *e, const struct rask_seen *seen)
{
	return e->kind == seen->kind && e->size == seen->size &&
	    e->mtime == seen->mtime && e->has_sig && e->ino == seen->ino &&
	    e->target_len == seen->target_len &&
	    (e->target_len == 0 ||
	    memcmp(e->target, seen->target, e->target_len) == 0);
}

/* A directory was renamed: its entries follow in slices, itself at once. */
static int
mv_dir(struct hints *h, const char *old, const char *new, bool record_it)
{
	struct move *m;
	size_t i;

	for (i = 0; i < h->moves.n; i++)
		if (!record_it && h->moves.v[i]->kind == MOVE_WALK &&
		    h->moves.v[i]->phase == MOVE_WALKING &&
		    h->moves.v[i]->walk == NULL &&
		    strcmp(h->moves.v[i]->new, new) == 0)
			return 0;
	if (record_it && !moves_room(&h->moves, old, new)) {
		errno = EAGAIN;
		return -1;
	}
	m = moves_add(&h->moves, record_it ? MOVE_ENTRIES : MOVE_WALK,
	    record_it ? old : "", new);
	if (m == NULL)
		return -1;
	if (!record_it)
		return 0;
	m->dot = next_dot(h, NULL, NULL);
	m->seq = UINT64_MAX;
	if (record(h, m) == -1) {
		moves_drop(&h->moves, m);
		return -1;
	}
	return 0;
}

/* What is known and seen of both names. */
struct names {
	struct rask_entry e, before;	/* at OLD, at NEW */
	bool known, taken;		/* is there such an entry? */
	struct rask_seen was, now;	/* at OLD, at NEW */
};

/* Find all that out.  Returns: 1; 0: it cannot be told; -1 with errno. */
static int
find_names(struct hints *h, const char *old, const char *new, struct names *n)
{
	int r;

	if (move_apply(h, old) == -1 || move_apply(h, new) == -1)
		return -1;
	if ((r = store_find(h->store, old, strlen(old), &n->e, h->buf)) == -1)
		return -1;
	n->known = r == 1;
	r = store_find(h->store, new, strlen(new), &n->before, h->to);
	if (r == -1)
		return -1;
	n->taken = r == 1;
	if ((r = look_at(&h->look, old, &n->was)) != 1)
		return r;
	return look_at(&h->look, new, &n->now);
}

/* Look at both names, but not at one that a later line will tell of. */
static int
look_both(struct hints *h, const char *old, const char *new, bool lost)
{
	if (hints_look(h, old, LOOK_GONE, NULL) == -1)
		return -1;
	return lost ? move_apply(h, new) : hints_look(h, new, 0, NULL);
}

/* Is the thing that OLD's entry tells of there no more? */
static bool
is_away(const struct names *n)
{
	return n->was.kind == RASK_KIND_GONE || (n->known &&
	    (n->was.kind != n->e.kind ||
	    (n->e.has_sig && n->was.ino != n->e.ino)));
}

/* It cannot be told as one: what is at NEW is new, and at OLD perhaps gone. */
static int
mv_apart(struct hints *h, const char *old, const char *new,
    const struct names *n)
{
	if (n->now.kind == RASK_KIND_DIR && mv_dir(h, old, new, false) == -1)
		return -1;
	if (n->known && n->e.kind == RASK_KIND_DIR &&
	    moves_add(&h->moves, MOVE_LEFT, old, "") == NULL)
		return -1;
	return look_both(h, old, new, false);
}

int
hints_mv(struct hints *h, const char *old, const char *new, bool live)
{
	char from[RASK_PATH_MAX + 1], to[RASK_PATH_MAX + 1];
	bool dir, lost;
	struct names n;
	int r;

	look_forget(&h->look);
	if ((r = find_names(h, old, new, &n)) != 1)
		return r == -1 ? -1 : look_both(h, old, new, false);
	if (!is_away(&n) || (n.known && n.e.kind == RASK_KIND_GONE))
		return mv_apart(h, old, new, &n);
	dir = n.now.kind == RASK_KIND_DIR;
	/* If it has gone on from there, a later line says so. */
	lost = live && n.now.kind == RASK_KIND_GONE;
	/* That OLD is unknown may be since it was there and back again. */
	if (n.known ? n.e.kind == RASK_KIND_DIR && (dir || live) :
	    dir && !(n.taken && n.before.kind == RASK_KIND_DIR)) {
		if (mv_dir(h, old, new, true) == -1)
			return -1;
		return look_both(h, old, new, lost);
	}
	if (n.known && n.e.kind != RASK_KIND_DIR &&
	    (lost || same_thing(&n.e, &n.now))) {
		strcpy(from, old);
		strcpy(to, new);
		if (mv_file(h, from, to, &n.now, &n.e,
		    n.taken ? &n.before : NULL) == -1)
			return -1;
		return look_both(h, old, new, lost);
	}
	return mv_apart(h, old, new, &n);
}

void
move_resume(void *ctx, const struct rask_record *r)
{
	char old[RASK_PATH_MAX + 1], new[RASK_PATH_MAX + 1];
	struct hints *h = ctx;
	struct move *m;

	memcpy(old, r->path, r->path_len);
	old[r->path_len] = '\0';
	memcpy(new, r->path2, r->path2_len);
	new[r->path2_len] = '\0';
	if ((m = moves_add(&h->moves, MOVE_ENTRIES, old, new)) == NULL)
		return;
	m->seq = r->seq;
	m->dot = r->dot;
	m->fresh = false;
}
