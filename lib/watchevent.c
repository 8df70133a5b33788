/* What the kernel says of a tree, and what is clear from it at once. */
#include <sys/inotify.h>

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "watchint.h"

#define READ_SIZE	(64 * 1024)		/* bytes of one read(2) */
#define EVENTS_MAX	(4 * 1024 * 1024)	/* bytes that are kept */
#define RUN		4096			/* events between polls */

int
rask_wevent_drain(struct rask_watch *w)
{
	void *to;
	ssize_t n;

	do {
		if (rask_buf_left(&w->events) >= EVENTS_MAX)
			return 0;
		if ((to = rask_buf_room(&w->events, READ_SIZE)) == NULL)
			return rask_watch_fail(w, RASK_WATCH_ERROR, NULL,
			    errno);
		n = read(w->fd, to, READ_SIZE);
		if (n == -1 && (errno == EAGAIN || errno == EINTR))
			return 0;
		if (n == -1)
			return rask_watch_fail(w, RASK_WATCH_ERROR, NULL,
			    errno);
		rask_buf_grew(&w->events, (size_t)n);
		/* A read that was not filled has emptied the queue. */
	} while (n > READ_SIZE / 2);
	return 0;
}

/* Somebody writes to a file without having closed it. */
static int
modified(struct rask_watch *w, struct rask_wdir *n, const char *name)
{
	struct rask_wait *it = rask_wait_find(&w->waits, n->wd, name);
	int level = w->part ? RASK_WAIT_PART : RASK_WAIT_STEP;

	if (it != NULL && it->level != RASK_WAIT_NOW &&
	    (!w->part || it->level == RASK_WAIT_PART))
		return 0;
	if ((it = rask_watch_wait(w, n->wd, name, level)) == NULL)
		return -1;
	it->born = false;
	return 0;
}

/* An event of a name that is no directory. */
static int
file_event(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct inotify_event *ev)
{
	struct rask_wait *it;

	if (ev->mask & IN_MODIFY)
		return modified(w, n, name);
	it = rask_wait_find(&w->waits, n->wd, name);
	if (ev->mask & IN_CLOSE_WRITE) {
		rask_wait_drop(&w->waits, it);
		return rask_watch_todo(w, RASK_OP_PUT, n->tree, path, NULL);
	}
	if (ev->mask & IN_CREATE) {
		rask_seen_born(&w->seen, n->tree, path);
		it = rask_watch_wait(w, n->wd, name, RASK_WAIT_NOW);
		if (it == NULL)
			return -1;
		it->born = true;
		it->gone = false;
		return 0;
	}
	if (ev->mask & IN_DELETE) {
		rask_wait_drop(&w->waits, it);
		return rask_watch_todo(w, RASK_OP_DEL, n->tree, path, NULL);
	}
	if ((ev->mask & IN_ATTRIB) && it == NULL &&
	    rask_watch_wait(w, n->wd, name, RASK_WAIT_NOW) == NULL)
		return -1;
	return 0;
}

/* An event of a directory in a directory. */
static int
dir_event(struct rask_watch *w, struct rask_wdir *n, const char *name,
    const char *path, const struct inotify_event *ev)
{
	struct rask_wdir *d = rask_wdirs_child(&w->dirs, n, name);

	if (ev->mask & IN_CREATE) {
		rask_seen_born(&w->seen, n->tree, path);
		if (rask_watch_todo(w, RASK_OP_MKDIR, n->tree, path,
		    NULL) == -1)
			return -1;
		return rask_wjob_grow(w, n->tree, path, 0);
	}
	if (ev->mask & IN_DELETE) {
		if (rask_whalf_settle(w, n->tree, path) == -1)
			return -1;
		if (d != NULL)
			rask_wnode_drop(w, d);
		return rask_watch_todo(w, RASK_OP_DEL, n->tree, path, NULL);
	}
	if (ev->mask & IN_ATTRIB) {
		if (rask_watch_todo(w, RASK_OP_MKDIR, n->tree, path,
		    NULL) == -1)
			return -1;
		/* Perhaps it could not be read so far. */
		return d == NULL ? rask_wjob_grow(w, n->tree, path, 0) : 0;
	}
	return 0;
}

/* An event in a directory that has moved, nobody knows yet where to. */
static int
detached_event(struct rask_watch *w, struct rask_wdir *n,
    struct rask_wdir *top, const char *path, const struct inotify_event *ev)
{
	bool gone = (ev->mask & (IN_DELETE | IN_MOVED_FROM)) != 0;
	struct rask_wdir *d;
	struct rask_wait *it;

	if (ev->mask & IN_ISDIR) {
		if ((ev->mask & IN_DELETE) &&
		    (d = rask_wdirs_child(&w->dirs, n, ev->name)) != NULL)
			rask_wnode_drop(w, d);
		top->unseen = true;
	}
	if (top->left)
		return !gone ? 0 :
		    rask_watch_todo(w, RASK_OP_DEL, n->tree, path, NULL);
	it = rask_watch_wait(w, n->wd, ev->name, RASK_WAIT_SOON);
	if (it == NULL)
		return -1;
	it->gone = gone;
	return 0;
}

/* An event of a watched directory itself. */
static int
self_event(struct rask_watch *w, struct rask_wdir *n,
    const struct inotify_event *ev)
{
	const char *root = w->trees[n->tree].root;

	if (ev->mask & IN_UNMOUNT)
		return rask_watch_fail(w, RASK_WATCH_UNMOUNTED, root, 0);
	if (n->up == NULL &&
	    (ev->mask & (IN_DELETE_SELF | IN_MOVE_SELF | IN_IGNORED)) != 0)
		return rask_watch_fail(w, RASK_WATCH_LOST, root, 0);
	if (ev->mask & IN_IGNORED)
		rask_wnode_drop(w, n);
	return 0;
}

/* Think about one event. */
static int
event(struct rask_watch *w, const struct inotify_event *ev)
{
	struct rask_wdir *n, *top;
	char path[RASK_PATH_MAX + 1];

	w->n_events++;
	if (ev->mask & IN_Q_OVERFLOW) {
		w->n_overflows++;
		w->overflow = true;
		rask_watch_say(w, RASK_WATCH_OVERFLOW, 0, NULL, 0);
		return 0;
	}
	if ((n = rask_wdirs_wd(&w->dirs, ev->wd)) == NULL)
		return 0;	/* its watch has been ended */
	if (ev->len == 0)
		return self_event(w, n, ev);
	if (rask_wdir_path(n, ev->name, path) == -1) {
		if (!(ev->mask & (IN_MODIFY | IN_DELETE | IN_MOVED_FROM)))
			rask_watch_say(w, RASK_WATCH_TOOLONG, n->tree,
			    ev->name, 0);
		return 0;
	}
	if (rask_watch_hidden(w, path))
		return 0;
	if (ev->mask & (IN_DELETE | IN_MOVED_FROM))
		rask_seen_died(&w->seen, n->tree, path);
	if ((top = rask_wdir_detached(&w->dirs, n)) != NULL)
		return detached_event(w, n, top, path, ev);
	if (ev->mask & IN_MOVED_FROM)
		return rask_whalf_from(w, n, ev->name, path, ev);
	if (ev->mask & IN_MOVED_TO)
		return rask_whalf_to(w, n, ev->name, path, ev);
	return ev->mask & IN_ISDIR ? dir_event(w, n, ev->name, path, ev) :
	    file_event(w, n, ev->name, path, ev);
}

int
rask_wevent_run(struct rask_watch *w)
{
	const struct inotify_event *ev;
	size_t len;
	int i;

	for (i = 0; i < RUN && rask_buf_left(&w->events) > 0; i++) {
		ev = (const void *)rask_buf_head(&w->events);
		len = sizeof(*ev) + ev->len;
		if (event(w, ev) == -1)
			return -1;
		rask_buf_take(&w->events, len);
		/* Others write while we think. */
		if (i % 1024 == 1023 && rask_wevent_drain(w) == -1)
			return -1;
	}
	return rask_buf_left(&w->events) > 0;
}
