/* The watcher: what its callers see of it. */
#include <sys/inotify.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hash.h"
#include "path.h"
#include "watchint.h"

struct rask_watch *
rask_watch_new(unsigned flags, int64_t part,
    void (*note)(void *arg, const struct rask_watch_note *n), void *arg)
{
	struct rask_watch *w;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	w->flags = flags | (flags & RASK_WATCH_ONCE ? RASK_WATCH_SCAN : 0);
	w->part = part > 0;
	w->note = note;
	w->arg = arg;
	w->fd = w->dir = -1;
	if (rask_wdirs_init(&w->dirs) == -1 ||
	    rask_waits_init(&w->waits, part) == -1 ||
	    (w->exclude = rask_exclude_new()) == NULL ||
	    (w->todo = rask_todo_new(RASK_WATCH_TODO)) == NULL ||
	    rask_random(&w->seen.seed, sizeof(w->seen.seed)) == -1) {
		rask_watch_free(w);
		return NULL;
	}
	return w;
}

/* End the item that was given last. */
static void
end_item(struct rask_watch *w)
{
	rask_todo_drop(w->cur);
	w->cur = NULL;
	free(w->remark);
	w->remark = NULL;
}

void
rask_watch_free(struct rask_watch *w)
{
	struct rask_remark *r;
	struct rask_half *h;
	unsigned i;

	if (w == NULL)
		return;
	end_item(w);
	while ((r = w->remarks) != NULL) {
		w->remarks = r->next;
		free(r);
	}
	while ((h = w->half) != NULL) {
		w->half = h->next;
		free(h);
	}
	rask_wjob_clear(&w->live);
	rask_wjob_clear(&w->ripe);
	rask_wjob_clear(&w->scan);
	rask_watch_rest(w);
	rask_moves_clear(&w->moves);
	rask_todo_free(w->todo);
	rask_exclude_free(w->exclude);
	rask_waits_free(&w->waits);
	rask_wdirs_free(&w->dirs);
	rask_buf_free(&w->events);
	for (i = 0; i < w->ntrees; i++)
		free(w->trees[i].root);
	free(w->trees);
	if (w->fd != -1)
		close(w->fd);
	free(w);
}

/* Is one absolute path the other, or above it? */
static bool
above(const char *a, const char *b)
{
	enum rask_rel rel = rask_path_rel(a + 1, b + 1);

	return rel == RASK_REL_SAME || rel == RASK_REL_ABOVE;
}

int
rask_watch_add(struct rask_watch *w, const char *dir)
{
	struct rask_watch_tree *t;
	struct stat st;
	char *root;
	unsigned i;
	int fd, e;

	if ((root = realpath(dir, NULL)) == NULL)
		return -1;
	fd = open(root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1 || fstat(fd, &st) == -1)
		goto err;
	for (i = 0; i < w->ntrees; i++) {
		t = &w->trees[i];
		errno = EEXIST;
		if ((t->dev == st.st_dev && t->ino == st.st_ino) ||
		    above(t->root, root) || above(root, t->root))
			goto err;
	}
	t = realloc(w->trees, (w->ntrees + 1) * sizeof(*t));
	if (t == NULL)
		goto err;
	w->trees = t;
	t += w->ntrees++;
	t->root = root;
	t->dev = st.st_dev;
	t->ino = st.st_ino;
	t->fd = -1;
	t->exact = rask_wlimit_exact(fd);
	t->top = NULL;
	close(fd);
	return 0;
err:
	e = errno;
	if (fd != -1)
		close(fd);
	free(root);
	errno = e;
	return -1;
}

int
rask_watch_exclude(struct rask_watch *w, const char *glob)
{
	return rask_exclude_add(w->exclude, glob);
}

const char *
rask_watch_root(const struct rask_watch *w, unsigned tree)
{
	return w->trees[tree].root;
}

int
rask_watch_start(struct rask_watch *w)
{
	if ((w->flags & RASK_WATCH_ONCE) == 0 &&
	    (w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return rask_watch_fail(w, errno == EMFILE ?
		    RASK_WATCH_INSTANCES : RASK_WATCH_ERROR, NULL, errno);
	return rask_wscan_begin(w, false);
}

int
rask_watch_fd(const struct rask_watch *w)
{
	return w->fd;
}

int
rask_watch_read(struct rask_watch *w)
{
	if (w->failed || rask_wevent_drain(w) == -1 ||
	    rask_wevent_run(w) == -1)
		return -1;
	return rask_wjudge_due(w, true);
}

int64_t
rask_watch_deadline(const struct rask_watch *w)
{
	int64_t due = rask_wait_next(&w->waits), other;

	if ((other = rask_whalf_next(w)) < due)
		due = other;
	if ((other = rask_wleft_next(w)) < due)
		due = other;
	return due == INT64_MAX ? -1 : due;
}

int
rask_watch_tick(struct rask_watch *w)
{
	int64_t now = rask_watch_now();

	/* Those who waited for an explanation get what is there of it. */
	if (w->failed || rask_wevent_drain(w) == -1 ||
	    rask_wevent_run(w) == -1 || rask_whalf_expire(w, now) == -1 ||
	    rask_wleft_ripen(w, now) == -1)
		return -1;
	return rask_wjudge_due(w, false);
}

/* Give the next remark, if there is one. */
static bool
give_remark(struct rask_watch *w, struct rask_watch_item *item)
{
	struct rask_remark *r = w->remarks;

	if (r == NULL)
		return false;
	w->remarks = r->next;
	w->remark = r;
	memset(item, 0, sizeof(*item));
	item->tree = r->tree;
	item->c.op = RASK_OP_REMARK;
	item->c.path = r->text;
	return true;
}

/* Give the next remark or live item.  Returns: 1, 0, -1. */
static int
give(struct rask_watch *w, struct rask_watch_item *item)
{
	int r;

	if (give_remark(w, item))
		return 1;
	if (rask_todo_lost(w->todo) > 0) {
		rask_watch_say(w, RASK_WATCH_FOLDED, 0, NULL, 0);
		w->overflow = true;
	}
	if ((r = rask_wtell_live(w, item)) != 0)
		return r;
	if (rask_todo_count(w->todo) == 0) {
		rask_moves_clear(&w->moves);
		if (w->half == NULL)
			rask_seen_level(&w->seen);
	}
	return give_remark(w, item);
}

/* Do some of the work that makes live items.  Returns: 1 if done, 0, -1. */
static int
work(struct rask_watch *w)
{
	if (rask_buf_left(&w->events) > 0)
		return rask_wevent_run(w) == -1 ? -1 : 1;
	if (w->waits.level[RASK_WAIT_NOW].next !=
	    &w->waits.level[RASK_WAIT_NOW])
		return rask_wjudge_due(w, true) == -1 ? -1 : 1;
	if (w->overflow)
		return rask_wscan_begin(w, true) == -1 ? -1 : 1;
	if (w->live.first != NULL &&
	    rask_todo_count(w->todo) < RASK_WATCH_PACE)
		return rask_wjob_run(w, &w->live) == -1 ? -1 : 1;
	return 0;
}

int
rask_watch_next(struct rask_watch *w, enum rask_watch_room room,
    struct rask_watch_item *item)
{
	int r = 0;

	end_item(w);
	if (w->failed)
		return -1;
	if (room != RASK_ROOM_NONE && (r = give(w, item)) == 1) {
		w->n_items++;
		return RASK_GOT_ITEM;
	}
	if (r == -1 || (r = work(w)) == -1)
		return -1;
	if (r == 1 || (room != RASK_ROOM_NONE &&
	    rask_todo_first(w->todo, RASK_LANE_LIVE) != NULL))
		return RASK_GOT_WORK;
	if ((r = rask_wscan_next(w, room, item)) == RASK_GOT_ITEM)
		w->n_items++;
	return r;
}

bool
rask_watch_ready(const struct rask_watch *w)
{
	return w->ready && w->remarks == NULL;
}

const struct rask_watch_note *
rask_watch_failure(const struct rask_watch *w)
{
	return &w->why;
}

void
rask_watch_stats(const struct rask_watch *w, struct rask_watch_stats *s)
{
	s->events = w->n_events;
	s->items = w->n_items;
	s->overflows = w->n_overflows;
	s->dirs = w->dirs.count;
	s->undecided = w->waits.count;
	s->waiting = rask_todo_count(w->todo);
}
