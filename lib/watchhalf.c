/* Renames, which come in two halves: where from, and where to. */
#include <sys/inotify.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "watchint.h"

#define MANY	16	/* directories' renames that wait to be told */

/* Add a half at the end. */
static struct rask_half *
half_add(struct rask_watch *w, unsigned tree, const char *path)
{
	struct rask_half *h;
	size_t n = strlen(path) + 1;

	if ((h = calloc(1, sizeof(*h) + n)) == NULL) {
		rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
		return NULL;
	}
	memcpy(h->path, path, n);
	h->tree = tree;
	h->wd = -1;
	h->due = rask_watch_now() + RASK_WAIT_MOVE;
	h->prev = w->half_last;
	*(w->half == NULL ? &w->half : &w->half_last->next) = h;
	w->half_last = h;
	return h;
}

/* Take a half out of the list; the caller frees it. */
static struct rask_half *
half_take(struct rask_watch *w, struct rask_half *h)
{
	*(h->prev == NULL ? &w->half : &h->prev->next) = h->next;
	*(h->next == NULL ? &w->half_last : &h->next->prev) = h->prev;
	return h;
}

/*
 * The directory that was at this place when the event happened: one that was
 * pushed out of it by an exchange goes before the one that is known there.
 */
static struct rask_wdir *
dir_at(struct rask_watch *w, struct rask_wdir *n, const char *name,
    bool *swapped)
{
	struct rask_wdir *d;
	struct rask_half *h;

	for (h = w->half; h != NULL; h = h->next) {
		if (!h->pushed ||
		    (d = rask_wdirs_wd(&w->dirs, h->wd)) == NULL ||
		    !d->detached || d->up != n || strcmp(d->name, name) != 0)
			continue;
		free(half_take(w, h));
		*swapped = true;
		return d;
	}
	return rask_wdirs_child(&w->dirs, n, name);
}

int
rask_whalf_from(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct inotify_event *ev)
{
	struct rask_wdir *d;
	struct rask_wait *it;
	struct rask_half *h;

	if ((h = half_add(w, n->tree, path)) == NULL)
		return -1;
	h->cookie = ev->cookie;
	h->dir = (ev->mask & IN_ISDIR) != 0;
	if (h->dir) {
		if ((d = dir_at(w, n, name, &h->swapped)) != NULL) {
			rask_wdirs_detach(&w->dirs, d);
			h->wd = d->wd;
		}
	} else {
		it = rask_wait_find(&w->waits, n->wd, name);
		h->waited = it != NULL;
		rask_wait_drop(&w->waits, it);
	}
	return 0;
}

/*
 * Note a rename that the reader could not follow, since it does not know yet
 * that something else has gone from one of the places.
 */
static int
tell_apart(struct rask_watch *w, unsigned tree, const char *from,
    const char *to, bool dir)
{
	if (!dir) {
		if (rask_watch_todo(w, RASK_OP_DEL, tree, from, NULL) == -1)
			return -1;
		return rask_watch_todo(w, RASK_OP_PUT, tree, to, NULL);
	}
	if (rask_wleft_moved(w, tree, from, to, NULL) == -1 ||
	    rask_watch_todo(w, RASK_OP_MKDIR, tree, to, NULL) == -1)
		return -1;
	return rask_wjob_grow(w, tree, to, RASK_WJOB_ALL);
}

/* Note a rename to be told. */
static int
tell_move(struct rask_watch *w, unsigned tree, const char *from,
    const char *to, bool dir)
{
	rask_wleft_vanished(w, tree, from);
	if (rask_wleft_meets(w, tree, from) || rask_wleft_meets(w, tree, to))
		return tell_apart(w, tree, from, to, dir);
	if (w->moves.dirs >= MANY)
		rask_wleft_tangle(w);
	if (w->moves.count >= RASK_WATCH_TODO) {
		/* Nobody reads: start over, and forget where things went. */
		rask_moves_clear(&w->moves);
		w->overflow = true;
	}
	if (rask_moves_add(&w->moves, tree, from, to, dir) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	return rask_watch_todo(w, RASK_OP_MV, tree, from, to);
}

/* A file has come, from h if that is not NULL. */
static int
file_to(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct rask_half *h)
{
	/* What was there under this name has no name any more. */
	rask_wait_drop(&w->waits, rask_wait_find(&w->waits, n->wd, name));
	if (h == NULL)
		return rask_watch_todo(w, RASK_OP_PUT, n->tree, path, NULL);
	if (h->waited && rask_seen_get(&w->seen, h->tree, h->path) ==
	    RASK_SEEN_FRESH) {
		/* The reader has not heard of it yet. */
		rask_seen_set(&w->seen, h->tree, h->path, RASK_SEEN_GONE);
	} else if (tell_move(w, n->tree, h->path, path, false) == -1)
		return -1;
	if (h->waited &&
	    rask_watch_wait(w, n->wd, name, RASK_WAIT_NOW) == NULL)
		return -1;
	return 0;
}

/* Is a node the other, or above it? */
static bool
holds(const struct rask_wdir *d, const struct rask_wdir *n)
{
	while (n != NULL && n != d)
		n = n->up;
	return n != NULL;
}

/* A directory whose node is d has come here. */
static int
dir_moved(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct rask_half *from, struct rask_wdir *d)
{
	struct rask_wdir *have = rask_wdirs_child(&w->dirs, n, name);
	bool unseen = d->unseen;
	struct rask_half *h;

	if (have != NULL) {
		if ((h = half_add(w, n->tree, path)) == NULL)
			return -1;
		h->dir = h->pushed = true;
		h->wd = have->wd;
		rask_wdirs_detach(&w->dirs, have);
	}
	if (rask_whalf_settle(w, n->tree, from->path) == -1)
		return -1;
	if (rask_wdirs_move(&w->dirs, d, n, name) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	if (tell_move(w, n->tree, from->path, path, true) == -1)
		return -1;
	/* After an exchange, a path of a job may mean the one or the other. */
	if (from->swapped)
		return rask_wjob_grow(w, n->tree, path, RASK_WJOB_ALL);
	if (rask_wjob_moved(w, n->tree, from->path, path) == -1)
		return -1;
	return unseen ? rask_wjob_grow(w, n->tree, path, RASK_WJOB_ALL) : 0;
}

/* A directory has come, from h if that is not NULL. */
static int
dir_to(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct rask_half *h)
{
	struct rask_wdir *d = NULL;

	if (h != NULL && h->wd != -1)
		d = rask_wdirs_wd(&w->dirs, h->wd);
	if (d != NULL && d->detached && !holds(d, n))
		return dir_moved(w, n, name, path, h, d);
	/* It was not watched: new to us, perhaps not to the reader. */
	if (h != NULL &&
	    rask_wleft_moved(w, n->tree, h->path, path, NULL) == -1)
		return -1;
	if (rask_watch_todo(w, RASK_OP_MKDIR, n->tree, path, NULL) == -1)
		return -1;
	return rask_wjob_grow(w, n->tree, path, RASK_WJOB_ALL);
}

int
rask_whalf_to(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct inotify_event *ev)
{
	bool dir = (ev->mask & IN_ISDIR) != 0;
	struct rask_half *h;
	int r;

	for (h = w->half_last; h != NULL; h = h->prev)
		if (!h->pushed && h->cookie == ev->cookie && h->dir == dir &&
		    h->tree == n->tree)
			break;
	if (h != NULL)
		half_take(w, h);
	r = dir ? dir_to(w, n, name, path, h) :
	    file_to(w, n, name, path, h);
	free(h);
	return r;
}

/* A directory has gone and has not come. */
static int
dir_gone(struct rask_watch *w, const struct rask_half *h)
{
	struct rask_wdir *d = NULL;

	if (h->wd != -1)
		d = rask_wdirs_wd(&w->dirs, h->wd);
	if (h->pushed) {
		if (d != NULL && d->detached)
			rask_wnode_drop(w, d);
		return 0;
	}
	if (d != NULL && d->detached)
		return rask_wleft_tree(w, d, h->path);
	if (h->wd == -1) {
		rask_watch_say(w, RASK_WATCH_LEFT, h->tree, h->path, 0);
		if (rask_watch_remark(w, h->tree, "left", h->path, NULL) == -1)
			return -1;
	}
	return rask_watch_todo(w, RASK_OP_DEL, h->tree, h->path, NULL);
}

/* End a half that has no other half, and free it. */
static int
half_end(struct rask_watch *w, struct rask_half *h)
{
	int r;

	half_take(w, h);
	r = h->dir ? dir_gone(w, h) : rask_wleft_tell(w, h->tree, h->path);
	free(h);
	return r;
}

int
rask_whalf_expire(struct rask_watch *w, int64_t now)
{
	while (w->half != NULL && w->half->due <= now)
		if (half_end(w, w->half) == -1)
			return -1;
	return 0;
}

int
rask_whalf_settle(struct rask_watch *w, unsigned tree, const char *path)
{
	struct rask_half *h, *next;

	for (h = w->half; h != NULL; h = next) {
		next = h->next;
		if (!h->pushed && h->tree == tree &&
		    rask_path_rel(path, h->path) == RASK_REL_ABOVE &&
		    half_end(w, h) == -1)
			return -1;
	}
	return 0;
}

int64_t
rask_whalf_next(const struct rask_watch *w)
{
	return w->half == NULL ? INT64_MAX : w->half->due;
}
