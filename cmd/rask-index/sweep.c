/* Sweeps over all entries, for what no line tells of. */
#include <errno.h>
#include <string.h>

#include "hints.h"

#define PAGES	4	/* of the store at a time */

/* The last seq given. */
static uint64_t
last_seq(const struct hints *h)
{
	struct store_info i;

	store_info(h->store, &i);
	return i.seq;
}

void
sweep_overflow(struct hints *h)
{
	struct sweep *s = &h->sweep;

	if (s->on && s->rescan)
		s->on = false;
	s->lost = true;
	s->due = false;
	s->since = last_seq(h);
}

void
sweep_rescanned(struct hints *h)
{
	/* The same line may come twice, if the disk is full. */
	if (h->sweep.lost)
		h->sweep.due = true;
	h->sweep.lost = false;
}

/* Is a move waiting for a sweep, or (any) is there one at all? */
static bool
have_moves(const struct hints *h, bool any)
{
	size_t i;

	for (i = 0; i < h->moves.n; i++)
		if (any || h->moves.v[i]->phase == MOVE_WALKED)
			return true;
	return false;
}

bool
sweep_busy(const struct hints *h)
{
	return h->sweep.on || h->sweep.due || have_moves(h, true);
}

/* Begin one for moves, or when none are left for a rescan. */
static void
begin(struct hints *h)
{
	struct sweep *s = &h->sweep;
	size_t i;

	s->rescan = !have_moves(h, true);
	if (s->rescan && !s->due)
		return;
	if (!s->rescan && !have_moves(h, false))
		return;
	for (i = 0; i < h->moves.n; i++)
		if (h->moves.v[i]->phase == MOVE_WALKED)
			h->moves.v[i]->phase = MOVE_SWEEPING;
	/* What a move put there meanwhile is older than its seq says. */
	s->upto = s->since > s->moved ? s->since : s->moved;
	s->due = s->due && !s->rescan;
	s->place = 0;
	s->on = true;
}

/* Is this entry below the OLD of a move that is swept for? */
static bool
is_moved(const struct hints *h, const char *path, uint64_t seq)
{
	const struct move *m;
	const char *rest;
	size_t i;

	for (i = 0; i < h->moves.n; i++) {
		m = h->moves.v[i];
		if (m->phase == MOVE_SWEEPING && (m->kind == MOVE_LEFT ||
		    seq < m->seq) && move_below(path, m->old, &rest))
			return true;
	}
	return false;
}

/* An entry of the store: note it if it is to be looked at. */
static int
note(void *ctx, const struct rask_entry *e)
{
	char path[RASK_PATH_MAX + 1];
	struct hints *h = ctx;

	memcpy(path, e->path, e->path_len);
	path[e->path_len] = '\0';
	if (h->sweep.rescan ? e->seq > h->sweep.upto :
	    !is_moved(h, path, e->seq))
		return 0;
	return rask_buf_add(&h->sweep.paths, path, e->path_len + 1u);
}

/* If a path is gone, that is a delete. */
static int
bury(struct hints *h, const char *path)
{
	struct rask_seen seen;
	int r;

	if (waits_must(&h->waits, path))
		return waits_look(&h->waits, path, LOOK_GONE);
	if ((r = look_at(&h->look, path, &seen)) != 1)
		return r;
	return seen.kind == RASK_KIND_GONE ?
	    hints_look(h, path, LOOK_GONE, NULL) : 0;
}

/*
 * An entry below OLD goes with its move, though nothing was met at its new
 * place.  If NEW itself is not there, a later line says where it is.
 */
static int
follow(struct hints *h, const char *path)
{
	char to[RASK_PATH_MAX + 1];
	const struct move *m;
	struct rask_seen seen;
	int r;

	if (move_carry(h, path, to, &m) == -1 ||
	    hints_look_wait(h, path, LOOK_GONE) == -1)
		return -1;
	if (m == NULL)
		return 0;
	if ((r = look_at(&h->look, m->new, &seen)) != 1)
		return r;
	return seen.kind == RASK_KIND_DIR ?
	    hints_look_wait(h, to, LOOK_GONE) : 0;
}

/* Look at one path that was noted, for each that wants it. */
static int
visit(struct hints *h, const char *path)
{
	const struct move *m;
	const char *rest;
	size_t i;
	int r = 0;

	if (h->sweep.rescan)
		return bury(h, path);
	for (i = 0; i < h->moves.n && r == 0; i++) {
		m = h->moves.v[i];
		if (m->phase == MOVE_SWEEPING &&
		    move_below(path, m->old, &rest))
			r = m->kind == MOVE_LEFT ? bury(h, path) :
			    follow(h, path);
	}
	return r;
}

/* The sweep has met all entries. */
static int
end(struct hints *h)
{
	struct move *m;
	size_t i = 0;

	if (hints_commit(h) == -1)
		return -1;
	while (i < h->moves.n) {
		m = h->moves.v[i];
		if (m->phase != MOVE_SWEEPING) {
			i++;
			continue;
		}
		if (m->kind == MOVE_ENTRIES && move_over(h, m->seq) == -1)
			return -1;
		if (hints_commit(h) == -1)
			return -1;
		h->sweep.moved = last_seq(h);
		moves_drop(&h->moves, m);
	}
	h->sweep.on = false;
	rask_buf_free(&h->sweep.paths);
	return 0;
}

int
sweep_some(struct hints *h)
{
	struct sweep *s = &h->sweep;
	const char *path;
	int r, more;

	if (!s->on)
		begin(h);
	if (!s->on)
		return 0;
	if ((more = store_each(h->store, &s->place, PAGES, note, h)) == -1)
		return -1;
	while (rask_buf_left(&s->paths) > 0) {
		path = (const char *)rask_buf_head(&s->paths);
		if ((r = visit(h, path)) == -1)
			return -1;
		rask_buf_take(&s->paths, strlen(path) + 1);
	}
	return more == 0 ? end(h) : 0;
}

void
sweep_again(struct hints *h, uint64_t place)
{
	struct sweep *s = &h->sweep;

	rask_buf_take(&s->paths, rask_buf_left(&s->paths));
	s->place = place;
}
