/*
 * From what waits to frames, as long as the socket takes them: what is small
 * and live first, then large files in turns, then what a scan found.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "diag.h"
#include "send.h"

#define ENOUGH		(128 * 1024)	/* bytes queued; more can wait */
#define TURN		64	/* changes in one turn of the loop */
#define LOOKS_MAX	12	/* looks under way in the worker */
#define FOUND_MAX	4096	/* found paths that wait at once */
#define STEP		64	/* entries walked in one turn */

/* Note what a step of the walk finds. */
static void
walk_step(struct send *s)
{
	struct rask_walk_entry e;
	int i, r = 1;

	for (i = 0; i < STEP && (r = rask_walk_next(s->walk, &e)) == 1; i++) {
		if (e.path[0] == '\0' || e.mount || e.error == ENOENT)
			continue;
		if (e.error != 0) {
			diag(LOG_ERR, "%s: %s", e.path, strerror(e.error));
			s->failed++;
			continue;
		}
		if (e.type != DT_REG && e.type != DT_DIR && e.type != DT_LNK)
			continue;
		rask_todo_add(s->todo, RASK_LANE_BACK, e.type == DT_DIR ?
		    RASK_OP_MKDIR : RASK_OP_PUT, s->walking->tree, e.path,
		    NULL, s->walking->since);
	}
	if (r == 1)
		return;
	rask_walk_close(s->walk);
	s->walk = NULL;
	rask_todo_drop(s->walking);
	s->walking = NULL;
}

/* Begin to walk a directory. */
static void
walk_begin(struct send *s, struct rask_todo_item *it)
{
	s->walk = rask_walk_open(root_fd(s, it->tree), it->path,
	    it->kind == RASK_TODO_SCAN ? RASK_WALK_FLAT : 0);
	if (s->walk == NULL) {
		later_add(s, it, 1., 10., false);
		return;
	}
	s->walking = it;
}

/* One item that was seen changing.  false: there is none to be sent now. */
static bool
pump_live(struct send *s)
{
	struct rask_todo_item *it;

	if ((it = rask_todo_first(s->todo, RASK_LANE_LIVE)) == NULL ||
	    move_meets(s, it))
		return false;
	rask_todo_take(s->todo, it);
	if (it->kind == RASK_TODO_MV)
		move_send(s, it);
	else
		change_send(s, it, RASK_CLASS_LIVE);
	return true;
}

/* One large file that was seen changing. */
static bool
pump_bulk(struct send *s)
{
	struct rask_todo_item *it;

	if ((it = rask_todo_first(s->todo, RASK_LANE_BULK)) == NULL ||
	    stream_full(s, RASK_CLASS_BULK) || move_meets(s, it))
		return false;
	rask_todo_take(s->todo, it);
	change_send(s, it, RASK_CLASS_BULK);
	return true;
}

/* One item that a scan has found. */
static bool
pump_back(struct send *s)
{
	struct rask_todo_item *it;

	if (s->walk != NULL && rask_todo_count(s->todo) < FOUND_MAX)
		walk_step(s);
	if ((it = rask_todo_first(s->todo, RASK_LANE_BACK)) == NULL)
		return s->walk != NULL;
	if (s->n_looks >= LOOKS_MAX || stream_full(s, RASK_CLASS_BACK) ||
	    rask_sendq_bytes(s->q, RASK_CLASS_BACK) >= ENOUGH ||
	    !rask_window_open(&s->window, (s->n_looks + 1) *
	    (size_t)RASK_INLINE_MAX) ||
	    !stream_rate_allows(s) || move_meets(s, it))
		return false;
	rask_todo_take(s->todo, it);
	if (it->kind == RASK_TODO_PATH)
		change_later_look(s, it);
	else if (s->walk == NULL)
		walk_begin(s, it);
	else		/* one walk at a time */
		rask_todo_defer(s->todo, RASK_LANE_BACK, it);
	return true;
}

void
pump(struct send *s)
{
	bool more = true;
	int i;

	if (s->state != STATE_READY || s->over)
		return;
	for (i = 0; more && i < TURN && s->n_sent < SENT_MAX &&
	    rask_sendq_bytes(s->q, RASK_CLASS_LIVE) < ENOUGH; i++)
		more = pump_live(s) || pump_bulk(s) || pump_back(s);
	/* What is left comes in the next turn of the loop. */
	s->again = stream_pump(s) || more;
	session_flush(s);
	send_check_end(s);
}
