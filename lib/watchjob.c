/* Walks that are done in slices, and what comes of their entries. */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watchint.h"

struct rask_wjob *
rask_wjob_new(struct rask_watch *w, struct rask_wjobs *to, unsigned tree,
    const char *path, const char *old, unsigned flags)
{
	struct rask_wjob *job, **p;

	if ((job = calloc(1, sizeof(*job))) == NULL ||
	    (job->path = strdup(path)) == NULL ||
	    (old != NULL && (job->old = strdup(old)) == NULL)) {
		if (job != NULL)
			free(job->path);
		free(job);
		rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
		return NULL;
	}
	job->tree = tree;
	job->flags = flags;
	job->fd = job->wd = -1;
	for (p = &to->first; *p != NULL; p = &(*p)->next)
		;
	*p = job;
	to->count++;
	return job;
}

int
rask_wjob_add(struct rask_watch *w, struct rask_wjobs *to, unsigned tree,
    const char *path, unsigned flags)
{
	struct rask_wjob *job;

	for (job = to->first; job != NULL; job = job->next)
		if (job->walk == NULL && job->tree == tree &&
		    job->flags == flags && strcmp(job->path, path) == 0)
			return 0;
	job = rask_wjob_new(w, to, tree, path, NULL, flags);
	return job == NULL ? -1 : 0;
}

void
rask_wjob_end(struct rask_wjobs *jobs, struct rask_wjob *job)
{
	struct rask_wjob **p;

	for (p = &jobs->first; *p != job; p = &(*p)->next)
		;
	*p = job->next;
	jobs->count--;
	rask_walk_close(job->walk);
	if (job->fd != -1)
		close(job->fd);
	rask_buf_free(&job->dirs);
	free(job->handle);
	free(job->old);
	free(job->path);
	free(job);
}

void
rask_wjob_clear(struct rask_wjobs *jobs)
{
	while (jobs->first != NULL)
		rask_wjob_end(jobs, jobs->first);
}

int
rask_wjob_grow(struct rask_watch *w, unsigned tree, const char *path,
    unsigned flags)
{
	return rask_wjob_add(w, &w->live, tree, path,
	    flags | RASK_WJOB_WATCH | RASK_WJOB_TELL);
}

/* Begin the walk of a job.  Returns: 1; 0 if it cannot be found; -1. */
static int
begin(struct rask_watch *w, struct rask_wjob *job)
{
	const char *path = job->path;
	unsigned flags = 0;
	int fd;

	if (job->fd == -1 && job->handle != NULL)
		job->fd = rask_wnode_open(w, job->tree, job->handle);
	if (job->flags & RASK_WJOB_FLAT)
		flags |= RASK_WALK_FLAT;
	if (job->flags & (RASK_WJOB_TELL | RASK_WJOB_FOUND))
		flags |= RASK_WALK_STAT;
	else if (job->flags & RASK_WJOB_WATCH)
		flags |= RASK_WALK_DIRS;
	if ((fd = job->fd) != -1) {
		path = "";
		flags |= RASK_WALK_ANY;
	} else if (job->flags & RASK_WJOB_AWAY)
		return w->failed ? -1 : 0;
	else if ((fd = rask_watch_rootfd(w, job->tree)) == -1)
		return -1;
	if ((job->walk = rask_walk_open(fd, path, flags)) == NULL)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	return 1;
}

/* Say what stands in the way of an entry. */
static int
obstacle(struct rask_watch *w, const struct rask_wjob *job,
    const struct rask_walk_entry *e)
{
	/* It is told once, by whoever comes first. */
	if ((job->flags & RASK_WJOB_FOUND) &&
	    (w->flags & RASK_WATCH_ONCE) == 0)
		return 0;
	if (e->mount)
		return rask_watch_remark(w, job->tree, "mount", e->path, NULL);
	if (e->error == ENAMETOOLONG)
		rask_watch_say(w, RASK_WATCH_TOOLONG, job->tree, e->path, 0);
	else if (e->error != ENOENT && e->error != ENOTDIR &&
	    e->error != ELOOP)
		rask_watch_say(w, RASK_WATCH_UNREAD, job->tree, e->path,
		    e->error);
	return 0;
}

int
rask_wjob_next(struct rask_watch *w, struct rask_wjob *job,
    struct rask_walk_entry *e)
{
	int r;

	if (job->walk == NULL && (r = begin(w, job)) != 1)
		return r;
	if ((r = rask_walk_next(job->walk, e)) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, errno);
	if (r == 0 || job->flags & RASK_WJOB_LEFT)
		return r;
	if (rask_watch_hidden(w, e->path)) {
		rask_walk_skip(job->walk);
		return 2;
	}
	if (e->error != 0 || e->mount)
		return obstacle(w, job, e) == -1 ? -1 : 2;
	return 1;
}

/* A directory that a job is about to enter. */
static int
dir_entry(struct rask_watch *w, struct rask_wjob *job,
    const struct rask_walk_entry *e)
{
	int r;

	r = rask_wnode_watch(w, job->tree, e->path, e->fd, &job->wd);
	if (r == -1)
		return -1;
	if (r == RASK_WNODE_NONE) {
		job->wd = -1;
		rask_walk_skip(job->walk);
		return 0;
	}
	if ((job->flags & RASK_WJOB_TELL) == 0)
		return 0;
	if (r == RASK_WNODE_MOVED)
		job->flags |= RASK_WJOB_ALL;
	/* Who is watched outside of the first scan was told before. */
	if (r == RASK_WNODE_KNOWN && (job->flags & RASK_WJOB_ALL) == 0 &&
	    w->phase != RASK_PHASE_WATCH)
		rask_walk_skip(job->walk);
	if (e->path[0] == '\0')
		return 0;
	return rask_watch_todo(w, RASK_OP_MKDIR, job->tree, e->path, NULL);
}

/* One entry of a job that gives no items. */
static int
entry(struct rask_watch *w, struct rask_wjob *job,
    const struct rask_walk_entry *e)
{
	int r;

	if (job->flags & RASK_WJOB_LEFT)
		return rask_wleft_entry(w, job, e);
	if (e->type == DT_DIR)
		return dir_entry(w, job, e);
	if (e->type == DT_REG) {
		r = rask_wjudge_met(w, job->wd, e);
		if (r != RASK_FILE_WHOLE)
			return r == -1 ? -1 : 0;
	}
	return rask_watch_todo(w, RASK_OP_PUT, job->tree, e->path, NULL);
}

int
rask_wjob_run(struct rask_watch *w, struct rask_wjobs *jobs)
{
	struct rask_wjob *job = jobs->first;
	struct rask_walk_entry e;
	int i, r;

	for (i = 0; i < RASK_WATCH_SLICE; i++) {
		if ((r = rask_wjob_next(w, job, &e)) == -1)
			return -1;
		if (r == 0 && job->flags & RASK_WJOB_LEFT) {
			rask_wleft_walked(w);
			break;
		}
		if (r == 0) {
			rask_wjob_end(jobs, job);
			break;
		}
		if (r == 1 && entry(w, job, &e) == -1)
			return -1;
	}
	return 0;
}

/*
 * What one job has to do with a rename: its walk may have passed `to` and not
 * have come to `from` yet, or be under way below `from`.
 */
static int
job_moved(struct rask_watch *w, struct rask_wjobs *jobs,
    struct rask_wjob *job, const char *from, const char *to)
{
	enum rask_rel rel = rask_path_rel(job->path, from);
	size_t n = strlen(job->path);
	char *path;
	int r;

	if (rel == RASK_REL_APART)
		return 0;
	if (rel == RASK_REL_ABOVE && (job->flags & RASK_WJOB_LEFT) == 0)
		return rask_wjob_add(w, jobs, job->tree, to, job->flags);
	if (rel == RASK_REL_ABOVE)
		r = asprintf(&path, "%s/%s", job->old, from + n + (n > 0));
	else
		r = asprintf(&path, "%s%s", to, job->path + strlen(from));
	if (r == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	if (rel == RASK_REL_ABOVE) {
		r = strlen(path) > RASK_PATH_MAX ? 0 :
		    rask_wleft_moved(w, job->tree, path, to, NULL);
		free(path);
		return r;
	}
	if (strlen(path) > RASK_PATH_MAX)
		path[0] = '\0';	/* it cannot be reached: walk all */
	free(job->path);
	job->path = path;
	if (job->fd == -1) {
		rask_walk_close(job->walk);
		job->walk = NULL;
	}
	return 0;
}

int
rask_wjob_moved(struct rask_watch *w, unsigned tree, const char *from,
    const char *to)
{
	struct rask_wjobs *all[] = { &w->live, &w->ripe, &w->scan };
	struct rask_wjob *job;
	size_t i, n;

	for (i = 0; i < 3; i++)
		for (job = all[i]->first, n = all[i]->count; n > 0;
		    job = job->next, n--)
			if (job->tree == tree &&
			    (job->flags & RASK_WJOB_AWAY) == 0 &&
			    job_moved(w, all[i], job, from, to) == -1)
				return -1;
	return 0;
}
