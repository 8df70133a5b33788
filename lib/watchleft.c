/*
 * Names that a directory took with it.  When a directory leaves the tree, or
 * comes to another place without a rename that the reader could be told, the
 * kernel says nothing of what is in it.  Its names are found where it is now,
 * and told as deleted where they were: files first, then directories, those
 * met last first, so that children come before their parents.
 *
 * As long as that takes, some milliseconds, another rename there cannot be
 * told as one.  What vanishes meanwhile from where such a walk is under way,
 * within the tree, is known to the reader by a name that nobody can tell any
 * more: then all is walked again.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "watchint.h"

#define RIPE	(3 * RASK_WAIT_MOVE)	/* ns from the walk to the end */
#define MANY	16			/* such jobs within the tree */
#define PAUSE	INT64_C(1000000000)	/* ns from a tangle to the walk */

/* Let a job that needs no walk any more end in a while. */
static void
ripen(struct rask_watch *w, struct rask_wjob *job)
{
	struct rask_wjob **p;

	for (p = &w->live.first; *p != job; p = &(*p)->next)
		;
	*p = job->next;
	w->live.count--;
	for (p = &w->ripe.first; *p != NULL; p = &(*p)->next)
		;
	job->next = NULL;
	job->due = rask_watch_now() + RIPE;
	*p = job;
	w->ripe.count++;
}

void
rask_wleft_tangle(struct rask_watch *w)
{
	int64_t due = rask_watch_now() + PAUSE;

	if (w->tangle == 0)
		w->tangle = due > w->scan_again ? due : w->scan_again;
}

int
rask_wleft_tree(struct rask_watch *w, struct rask_wdir *n, const char *path)
{
	struct rask_wjob *job;
	int fd;

	n->left = true;
	rask_wleft_vanished(w, n->tree, path);
	fd = rask_wnode_open(w, n->tree, n->handle);
	if (w->failed)
		return -1;
	if (fd == -1 && errno != ESTALE && errno != ENOENT) {
		rask_watch_say(w, RASK_WATCH_LEFT, n->tree, path, errno);
		if (rask_watch_remark(w, n->tree, "left", path, NULL) == -1 ||
		    rask_watch_todo(w, RASK_OP_DEL, n->tree, path,
		    NULL) == -1)
			return -1;
		rask_wnode_drop(w, n);
		return 0;
	}
	/* If it was removed there, its watches have told what of it. */
	if (fd != -1)
		close(fd);
	job = rask_wjob_new(w, &w->live, n->tree, "", path,
	    RASK_WJOB_LEFT | RASK_WJOB_AWAY);
	if (job == NULL)
		return -1;
	job->handle = rask_wnode_handle(n);
	job->wd = n->wd;
	return 0;
}

int
rask_wleft_moved(struct rask_watch *w, unsigned tree, const char *old,
    const char *path, const struct rask_wdir *n)
{
	struct rask_wjob *job;
	unsigned many = 0;

	for (job = w->live.first; job != NULL; job = job->next)
		many += (job->flags & RASK_WJOB_LEFT) != 0 &&
		    (job->flags & RASK_WJOB_AWAY) == 0;
	if (many >= MANY) {
		rask_wleft_tangle(w);
		return 0;
	}
	if (n == NULL)
		n = rask_wdirs_find(&w->dirs, w->trees[tree].top, path);
	job = rask_wjob_new(w, &w->live, tree, path, old, RASK_WJOB_LEFT);
	if (job == NULL)
		return -1;
	job->handle = rask_wnode_handle(n);
	return 0;
}

int
rask_wleft_other(struct rask_watch *w, unsigned tree, const char *old, int fd)
{
	struct rask_wjob *job;

	job = rask_wjob_new(w, &w->live, tree, "", old,
	    RASK_WJOB_LEFT | RASK_WJOB_AWAY);
	if (job == NULL)
		return -1;
	if ((job->fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, errno);
	return 0;
}

/* Is this job about names at, in or above path, before or after? */
static bool
about(const struct rask_wjob *job, unsigned tree, const char *path)
{
	return (job->flags & RASK_WJOB_LEFT) != 0 && job->tree == tree &&
	    (rask_path_meet(job->old, path) ||
	    ((job->flags & RASK_WJOB_AWAY) == 0 &&
	    rask_path_meet(job->path, path)));
}

bool
rask_wleft_meets(const struct rask_watch *w, unsigned tree, const char *path)
{
	const struct rask_wjobs *all[] = { &w->live, &w->ripe };
	const struct rask_wjob *job;
	const struct rask_half *h;
	int i;

	for (h = w->half; h != NULL; h = h->next)
		if (h->dir && !h->pushed && h->tree == tree &&
		    rask_path_meet(h->path, path))
			return true;
	for (i = 0; i < 2; i++)
		for (job = all[i]->first; job != NULL; job = job->next)
			if (about(job, tree, path))
				return true;
	return false;
}

void
rask_wleft_vanished(struct rask_watch *w, unsigned tree, const char *path)
{
	const struct rask_wjobs *all[] = { &w->live, &w->ripe };
	const struct rask_wjob *job;
	int i;

	for (i = 0; i < 2; i++)
		for (job = all[i]->first; job != NULL; job = job->next)
			if (job->tree == tree &&
			    (job->flags & RASK_WJOB_LEFT) != 0 &&
			    (job->flags & RASK_WJOB_AWAY) == 0 &&
			    rask_path_rel(job->path, path) == RASK_REL_ABOVE)
				rask_wleft_tangle(w);
}

int
rask_wleft_entry(struct rask_watch *w, struct rask_wjob *job,
    const struct rask_walk_entry *e)
{
	char path[2 * RASK_PATH_MAX + RASK_NAME_MAX + 4];
	size_t n = job->fd == -1 ? strlen(job->path) : 0;

	if (strlen(e->path) <= n)
		return 0;	/* the directory itself */
	strcpy(path, job->old);
	strcat(strcat(path, "/"), e->path + n + (n > 0));
	if (strlen(path) > RASK_PATH_MAX || rask_watch_hidden(w, path)) {
		if (e->type == DT_DIR)
			rask_walk_skip(job->walk);
		return 0;
	}
	if (e->type != DT_DIR) {
		if (rask_seen_get(&w->seen, job->tree, path) < RASK_SEEN_VALUE)
			rask_seen_set(&w->seen, job->tree, path,
			    RASK_SEEN_KNOWN);
		return rask_watch_todo(w, RASK_OP_DEL, job->tree, path, NULL);
	}
	if (rask_buf_add(&job->dirs, path, strlen(path) + 1) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	return 0;
}

void
rask_wleft_walked(struct rask_watch *w)
{
	struct rask_wjob *job = w->live.first;

	rask_walk_close(job->walk);
	job->walk = NULL;
	/*
	 * What vanished before the walk came to it is in the queue, or half
	 * a rename that waits.
	 */
	ripen(w, job);
}

/* Tell a directory all below which has been told. */
static int
tell_dir(struct rask_watch *w, unsigned tree, const char *path)
{
	/* What is there instead may have been told too early to be taken. */
	rask_seen_set(&w->seen, tree, path, RASK_SEEN_KNOWN);
	return rask_watch_todo(w, RASK_OP_DEL, tree, path, NULL);
}

int
rask_wleft_tell(struct rask_watch *w, unsigned tree, const char *path)
{
	char up[RASK_PATH_MAX + 1];
	size_t n;

	if (rask_watch_todo(w, RASK_OP_DEL, tree, path, NULL) == -1)
		return -1;
	strcpy(up, path);
	while ((n = rask_path_dirlen(up)) > 0) {
		up[n] = '\0';
		if (rask_wdirs_find(&w->dirs, w->trees[tree].top, up) != NULL)
			break;
		if (tell_dir(w, tree, up) == -1)
			return -1;
	}
	return 0;
}

/* Tell the directories of a job.  Returns: 1 if there is no room for more. */
static int
tell_dirs(struct rask_watch *w, struct rask_wjob *job)
{
	struct rask_buf *b = &job->dirs;
	const char *start = (const char *)b->p;
	size_t at;

	while (rask_buf_left(b) > 0) {
		if (rask_todo_count(w->todo) >= RASK_WATCH_TODO / 2)
			return 1;
		for (at = b->len - 1; at > b->off && start[at - 1] != '\0';
		    at--)
			;
		if (tell_dir(w, job->tree, start + at) == -1)
			return -1;
		b->len = at;
	}
	if (tell_dir(w, job->tree, job->old) == -1)
		return -1;
	return rask_wleft_tell(w, job->tree, job->old);
}

int
rask_wleft_ripen(struct rask_watch *w, int64_t now)
{
	struct rask_wjob *job, *next;
	struct rask_wdir *n;
	int r;

	if (w->tangle != 0 && w->tangle <= now) {
		w->tangle = 0;
		w->overflow = true;
		rask_watch_say(w, RASK_WATCH_TANGLED, 0, NULL, 0);
	}
	for (job = w->ripe.first; job != NULL; job = next) {
		next = job->next;
		if (job->due > now)
			continue;
		if ((r = tell_dirs(w, job)) == -1)
			return -1;
		if (r == 1) {
			job->due = now + RIPE;
			continue;
		}
		n = job->wd == -1 ? NULL : rask_wdirs_wd(&w->dirs, job->wd);
		if (n != NULL && n->detached)
			rask_wnode_drop(w, n);
		rask_wjob_end(&w->ripe, job);
	}
	return 0;
}

int64_t
rask_wleft_next(const struct rask_watch *w)
{
	const struct rask_wjob *job;
	int64_t due = w->tangle != 0 ? w->tangle : INT64_MAX;

	for (job = w->ripe.first; job != NULL; job = job->next)
		if (job->due < due)
			due = job->due;
	return due;
}
