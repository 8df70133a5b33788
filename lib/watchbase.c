/* What the modules of the watcher share. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tree.h"
#include "watchint.h"

int
rask_watch_fail(struct rask_watch *w, enum rask_watch_what what,
    const char *root, int error)
{
	if (w->failed)
		return -1;	/* the first one counts */
	w->failed = true;
	memset(&w->why, 0, sizeof(w->why));
	w->why.what = what;
	w->why.root = root;
	w->why.error = error;
	if (what == RASK_WATCH_WATCHES || what == RASK_WATCH_INSTANCES)
		rask_wlimit(w, &w->why);
	return -1;
}

void
rask_watch_say(struct rask_watch *w, enum rask_watch_what what,
    unsigned tree, const char *path, int error)
{
	struct rask_watch_note n;

	memset(&n, 0, sizeof(n));
	n.what = what;
	n.root = w->trees[tree].root;
	n.path = path;
	n.error = error;
	if (what == RASK_WATCH_OVERFLOW)
		rask_wlimit(w, &n);
	w->note(w->arg, &n);
}

int
rask_watch_remark(struct rask_watch *w, unsigned tree, const char *word,
    const char *path, const char *more)
{
	struct rask_remark *r = NULL, **p;
	struct rask_buf b = { 0 };

	if (rask_buf_str(&b, word) == 0 &&
	    (path == NULL || (rask_buf_str(&b, " ") == 0 &&
	    rask_line_escape(&b, path) == 0)) &&
	    (more == NULL || (rask_buf_str(&b, " ") == 0 &&
	    rask_buf_str(&b, more) == 0)) &&
	    rask_buf_add(&b, "", 1) == 0 &&
	    (r = malloc(sizeof(*r) + rask_buf_left(&b))) != NULL) {
		r->next = NULL;
		r->tree = tree;
		memcpy(r->text, rask_buf_head(&b), rask_buf_left(&b));
		for (p = &w->remarks; *p != NULL; p = &(*p)->next)
			;
		*p = r;
	}
	rask_buf_free(&b);
	return r == NULL ? rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM) :
	    0;
}

int
rask_watch_rootfd(struct rask_watch *w, unsigned tree)
{
	struct rask_watch_tree *t = &w->trees[tree];
	struct stat st;

	if (t->fd != -1)
		return t->fd;
	t->fd = open(t->root, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (t->fd == -1 && errno != ENOENT && errno != ENOTDIR)
		return rask_watch_fail(w, RASK_WATCH_ERROR, t->root, errno);
	if (t->fd == -1 || fstat(t->fd, &st) == -1 || st.st_dev != t->dev ||
	    st.st_ino != t->ino)
		return rask_watch_fail(w, RASK_WATCH_LOST, t->root, 0);
	return t->fd;
}

int
rask_watch_dirfd(struct rask_watch *w, const struct rask_wdir *n)
{
	char path[RASK_PATH_MAX + 1];
	int root;

	if (w->dir != -1 && w->dir_wd == n->wd)
		return w->dir;
	if (w->dir != -1)
		close(w->dir);
	w->dir = -1;
	if ((root = rask_watch_rootfd(w, n->tree)) == -1 ||
	    rask_wdir_path(n, NULL, path) == -1)
		return -1;
	w->dir = rask_beneath(root, path[0] ? path : ".",
	    O_PATH | O_DIRECTORY, 0);
	w->dir_wd = n->wd;
	return w->dir;
}

/* Does a job still read below its root? */
static bool
walking(const struct rask_watch *w, unsigned tree)
{
	const struct rask_wjobs *all[] = { &w->live, &w->scan };
	const struct rask_wjob *job;
	unsigned i;

	for (i = 0; i < 2; i++)
		for (job = all[i]->first; job != NULL; job = job->next)
			if (job->tree == tree && job->walk != NULL)
				return true;
	return false;
}

void
rask_watch_rest(struct rask_watch *w)
{
	unsigned i;

	if (w->dir != -1)
		close(w->dir);
	w->dir = -1;
	for (i = 0; i < w->ntrees; i++) {
		if (w->trees[i].fd == -1 || walking(w, i))
			continue;
		close(w->trees[i].fd);
		w->trees[i].fd = -1;
	}
}

bool
rask_watch_hidden(const struct rask_watch *w, const char *path)
{
	if (path[0] == '\0')
		return false;
	if (strncmp(path, ".rask", 5) == 0 &&
	    (path[5] == '\0' || path[5] == '/'))
		return true;
	return rask_exclude_match(w->exclude, path);
}

int
rask_watch_todo(struct rask_watch *w, enum rask_op op, unsigned tree,
    const char *path, const char *path2)
{
	if (rask_todo_add(w->todo, RASK_LANE_LIVE, op, tree, path, path2,
	    0) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, errno);
	return 0;
}

struct rask_wait *
rask_watch_wait(struct rask_watch *w, int wd, const char *name, int level)
{
	struct rask_wait *it;

	if (w->waits.count >= RASK_WATCH_WAITS &&
	    rask_wait_find(&w->waits, wd, name) == NULL) {
		rask_wait_drop(&w->waits, rask_wait_oldest(&w->waits));
		w->forgot = true;
	}
	it = rask_wait_add(&w->waits, wd, name, level, rask_watch_now());
	if (it == NULL)
		rask_watch_fail(w, RASK_WATCH_ERROR, NULL, errno);
	return it;
}

struct rask_wdir *
rask_watch_parent(const struct rask_watch *w, unsigned tree, const char *path)
{
	struct rask_wdir *top = w->trees[tree].top;
	char dir[RASK_PATH_MAX + 1];
	size_t n = rask_path_dirlen(path);

	memcpy(dir, path, n);
	dir[n] = '\0';
	return top == NULL ? NULL : rask_wdirs_find(&w->dirs, top, dir);
}

int
rask_watch_wait_path(struct rask_watch *w, unsigned tree, const char *path,
    int level)
{
	struct rask_wdir *up = rask_watch_parent(w, tree, path);

	if (up == NULL)
		return 0;
	return rask_watch_wait(w, up->wd, rask_path_base(path), level) == NULL ?
	    -1 : 0;
}

int64_t
rask_watch_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return rask_ns(&ts);
}
