/* What a walk finds becomes items: at the beginning, after an overflow, and
 * where so many changes waited that they were folded into their directory. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "watchint.h"

/* A walk of every tree. */
static int
walk_all(struct rask_watch *w, unsigned flags)
{
	unsigned i;

	for (i = 0; i < w->ntrees; i++)
		if (rask_wjob_add(w, &w->scan, i, "", flags) == -1)
			return -1;
	return 0;
}

int
rask_wscan_begin(struct rask_watch *w, bool again)
{
	rask_wjob_clear(&w->scan);
	w->overflow = false;
	w->tangle = 0;
	w->scan_began = rask_watch_now();
	if (again) {
		w->again = true;
		rask_seen_forget(&w->seen);
		if (rask_watch_remark(w, 0, "overflow", NULL, NULL) == -1)
			return -1;
	}
	if (w->flags & RASK_WATCH_ONCE) {
		w->phase = RASK_PHASE_FOUND;
		return walk_all(w, RASK_WJOB_FOUND);
	}
	w->phase = RASK_PHASE_WATCH;
	w->round++;
	return walk_all(w, RASK_WJOB_WATCH);
}

/* All has been walked. */
static int
finish(struct rask_watch *w)
{
	bool again = w->again, ready = w->ready;
	int64_t now = rask_watch_now();

	/* No more than a tenth of the time. */
	w->scan_again = now + 9 * (now - w->scan_began);
	w->phase = RASK_PHASE_REST;
	w->again = false;
	w->ready = true;
	if (again &&
	    rask_watch_remark(w, 0, "rescan done", NULL, NULL) == -1)
		return -1;
	if (!ready && rask_watch_remark(w, 0, "ready", NULL, NULL) == -1)
		return -1;
	return RASK_GOT_WORK;
}

/* Changes were folded into a directory: walk that, wherever it is now. */
static int
unfold(struct rask_watch *w)
{
	struct rask_todo_item *it = rask_todo_first(w->todo, RASK_LANE_BACK);
	unsigned flags = RASK_WJOB_FOUND;
	char now[RASK_PATH_MAX + 1];
	int r;

	if (it == NULL)
		return RASK_GOT_NOTHING;
	rask_todo_take(w->todo, it);
	if (it->kind == RASK_TODO_SCAN)
		flags |= RASK_WJOB_FLAT;
	r = rask_watch_remark(w, it->tree, "scan", it->path[0] ? it->path :
	    ".", NULL);
	if (r == 0)
		r = rask_wjob_add(w, &w->scan, it->tree, it->path, flags);
	if (r == 0 && rask_moves_map(&w->moves, true, it->tree, it->path, now))
		r = rask_wjob_add(w, &w->scan, it->tree, now, flags);
	rask_todo_drop(it);
	return r == -1 ? -1 : RASK_GOT_WORK;
}

/* No walk is left of what was at hand: what is next? */
static int
turn(struct rask_watch *w)
{
	switch (w->phase) {
	case RASK_PHASE_WATCH:
		rask_wnode_sweep(w);
		if (!w->again && (w->flags & RASK_WATCH_SCAN) == 0)
			return finish(w);
		w->phase = RASK_PHASE_FOUND;
		return walk_all(w, RASK_WJOB_FOUND) == -1 ? -1 : RASK_GOT_WORK;
	case RASK_PHASE_FOUND:
		return finish(w);
	default:
		return unfold(w);
	}
}

/* A directory that was found. */
static int
found_dir(struct rask_watch *w, struct rask_wjob *job,
    const struct rask_walk_entry *e, struct rask_watch_item *item)
{
	struct rask_wdir *n;

	if ((w->flags & RASK_WATCH_ONCE) == 0) {
		n = rask_wdirs_find(&w->dirs, w->trees[job->tree].top, e->path);
		if (n == NULL) {
			rask_walk_skip(job->walk);
			return rask_wjob_grow(w, job->tree, e->path, 0);
		}
		job->wd = n->wd;
	}
	if (e->path[0] == '\0')
		return 0;
	return rask_wtell_state(w, job->tree, e->path, &e->st, e->fd, "",
	    RASK_F_FOUND, item);
}

/* A file that ONCE finds in the hands of a writer. */
static int
pass_over(struct rask_watch *w, unsigned tree, const char *path)
{
	rask_watch_say(w, RASK_WATCH_WRITTEN, tree, path, 0);
	return rask_watch_remark(w, tree, "skipped", path, "written");
}

/* An entry that was found. */
static int
found(struct rask_watch *w, struct rask_wjob *job,
    const struct rask_walk_entry *e, struct rask_watch_item *item)
{
	bool once = (w->flags & RASK_WATCH_ONCE) != 0;
	int v;

	if (e->type == DT_DIR)
		return found_dir(w, job, e, item);
	if (e->type == DT_REG) {
		v = rask_wjudge_met(w, job->wd, e);
		if (v == RASK_FILE_WRITTEN && once)
			return pass_over(w, job->tree, e->path);
		if (v != RASK_FILE_WHOLE && !(v == RASK_FILE_UNSURE && once))
			return v == -1 ? -1 : 0;
	}
	return rask_wtell_state(w, job->tree, e->path, &e->st, e->dir,
	    e->name, RASK_F_FOUND, item);
}

int
rask_wscan_next(struct rask_watch *w, enum rask_watch_room room,
    struct rask_watch_item *item)
{
	struct rask_wjob *job = w->scan.first;
	struct rask_walk_entry e;
	int i, r;

	if (job == NULL)
		return turn(w);
	if (job->flags & RASK_WJOB_WATCH)
		return rask_wjob_run(w, &w->scan) == -1 ? -1 : RASK_GOT_WORK;
	if (room != RASK_ROOM_FOUND)
		return RASK_GOT_HELD;
	for (i = 0; i < RASK_WATCH_SLICE; i++) {
		if ((r = rask_wjob_next(w, job, &e)) == -1)
			return -1;
		if (r == 0) {
			rask_wjob_end(&w->scan, job);
			break;
		}
		if (r == 1 && (r = found(w, job, &e, item)) != 0)
			return r == -1 ? -1 : RASK_GOT_ITEM;
	}
	return RASK_GOT_WORK;
}
