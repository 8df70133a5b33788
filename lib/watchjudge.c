/* Is this file whole, or does somebody still write to it? */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <time.h>

#include "lease.h"
#include "tree.h"
#include "watchint.h"

#define QUIET	(500 * INT64_C(1000000))	/* ns without a change */

enum rask_verdict
rask_wjudge_file(int dir, const char *name, const struct stat *st)
{
	struct timespec now;
	int64_t age;

	switch (rask_lease_at(dir, name)) {
	case RASK_LEASE_FREE:
		return RASK_FILE_WHOLE;
	case RASK_LEASE_BUSY:
		return RASK_FILE_WRITTEN;
	case RASK_LEASE_GONE:
		return RASK_FILE_GONE;
	default:
		clock_gettime(CLOCK_REALTIME, &now);
		age = rask_ns(&now) - rask_ns(&st->st_ctim);
		return age >= QUIET ? RASK_FILE_WHOLE : RASK_FILE_UNSURE;
	}
}

/* Remember what a file is like, to see whether it changes. */
static void
remember(struct rask_wait *it, const struct stat *st)
{
	it->size = st->st_size;
	it->mtime = rask_ns(&st->st_mtim);
	it->ctime = rask_ns(&st->st_ctim);
}

/* Is it still like that? */
static bool
unchanged(const struct rask_wait *it, const struct stat *st)
{
	return it->size == st->st_size &&
	    it->mtime == rask_ns(&st->st_mtim) &&
	    it->ctime == rask_ns(&st->st_ctim);
}

int
rask_wjudge_met(struct rask_watch *w, int wd, const struct rask_walk_entry *e)
{
	enum rask_verdict v = rask_wjudge_file(e->dir, e->name, &e->st);
	struct rask_wait *it;

	if (v == RASK_FILE_WHOLE || v == RASK_FILE_GONE || wd == -1)
		return v;
	it = rask_watch_wait(w, wd, e->name, v == RASK_FILE_WRITTEN ?
	    RASK_WAIT_STEP : RASK_WAIT_QUIET);
	if (it == NULL)
		return -1;
	it->born = it->gone = false;
	remember(it, &e->st);
	return v;
}

/* A waiting name is in a directory that has moved, perhaps out of the tree. */
static int
judge_detached(struct rask_watch *w, struct rask_wdir *n,
    struct rask_wdir *top, struct rask_wait *it)
{
	char path[RASK_PATH_MAX + 1];
	int r = 0;

	if (!top->left) {
		rask_wait_move(&w->waits, it, RASK_WAIT_SOON,
		    rask_watch_now());
		return 0;
	}
	if (it->gone && rask_wdir_path(n, it->name, path) == 0)
		r = rask_watch_todo(w, RASK_OP_DEL, n->tree, path, NULL);
	rask_wait_drop(&w->waits, it);
	return r;
}

/* Judge a waiting name that is a regular file.  Returns: 1 if it waits on. */
static int
judge_regular(struct rask_watch *w, int dir, struct rask_wait *it,
    const struct stat *st)
{
	int64_t now = rask_watch_now();
	int level = it->level;

	if (it->born && level == RASK_WAIT_NOW && st->st_size == 0 &&
	    st->st_nlink == 1) {
		/* It was just opened: its writer has yet to begin. */
		rask_wait_move(&w->waits, it, RASK_WAIT_STEP, now);
		return 1;
	}
	switch (rask_wjudge_file(dir, it->name, st)) {
	case RASK_FILE_WRITTEN:
		/* A name made by linkat(2) is often closed right after. */
		rask_wait_move(&w->waits, it, it->born &&
		    level == RASK_WAIT_NOW ? RASK_WAIT_SOON :
		    rask_wait_longer(level), now);
		return level == RASK_WAIT_PART ? 0 : 1;
	case RASK_FILE_UNSURE:
		if (level == RASK_WAIT_QUIET && unchanged(it, st))
			break;
		remember(it, st);
		rask_wait_move(&w->waits, it, RASK_WAIT_QUIET, now);
		return level == RASK_WAIT_PART ? 0 : 1;
	default:
		break;
	}
	rask_wait_drop(&w->waits, it);
	return 0;
}

/*
 * A waiting name is not there.  A rename may have taken it elsewhere that has
 * yet to be read of; that explains it soon, or it is forgotten.
 */
static int
judge_missing(struct rask_watch *w, struct rask_wait *it, unsigned tree,
    const char *path)
{
	int r = 0;

	if (it->gone)
		r = rask_watch_todo(w, RASK_OP_DEL, tree, path, NULL);
	else if (it->level != RASK_WAIT_SOON) {
		rask_wait_move(&w->waits, it, RASK_WAIT_SOON,
		    rask_watch_now());
		return 0;
	}
	rask_wait_drop(&w->waits, it);
	return r;
}

/* Judge a waiting name. */
static int
judge(struct rask_watch *w, struct rask_wait *it)
{
	struct rask_wdir *n = rask_wdirs_wd(&w->dirs, it->wd), *top;
	char path[RASK_PATH_MAX + 1];
	struct stat st;
	int dir;

	if (n != NULL && (top = rask_wdir_detached(&w->dirs, n)) != NULL)
		return judge_detached(w, n, top, it);
	if (n == NULL || rask_wdir_path(n, it->name, path) == -1) {
		rask_wait_drop(&w->waits, it);
		return 0;
	}
	if ((dir = rask_watch_dirfd(w, n)) == -1 ||
	    fstatat(dir, it->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return w->failed ? -1 : judge_missing(w, it, n->tree, path);
	if (!S_ISREG(st.st_mode))
		rask_wait_drop(&w->waits, it);
	else if (judge_regular(w, dir, it, &st) == 1)
		return 0;
	return rask_watch_todo(w, RASK_OP_PUT, n->tree, path, NULL);
}

/* Names were dropped, and there is room again: find them by a walk. */
static int
recall(struct rask_watch *w)
{
	unsigned i;

	w->forgot = false;
	for (i = 0; i < w->ntrees; i++)
		if (rask_todo_walk(w->todo, RASK_TODO_DEEP, i, "", 0) == -1)
			return rask_watch_fail(w, RASK_WATCH_ERROR, NULL,
			    errno);
	return 0;
}

int
rask_wjudge_due(struct rask_watch *w, bool now)
{
	int64_t time = w->waits.count > 0 ? rask_watch_now() : 0;
	struct rask_wait *it;
	int i;

	for (i = 0; i < RASK_WATCH_SLICE; i++) {
		it = rask_wait_due(&w->waits, time);
		if (it == NULL || (now && it->level != RASK_WAIT_NOW))
			break;
		if (judge(w, it) == -1)
			return -1;
	}
	if (w->forgot && w->waits.count < RASK_WATCH_WAITS / 2)
		return recall(w);
	return 0;
}
