/* Changes become items: what a path is now is found out when it is told. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tree.h"
#include "watchint.h"

#define TICK	(20 * INT64_C(1000000))	/* ns: no kernel's is coarser */

/* What a look at a path has found. */
enum sight {
	THERE,
	GONE,
	UNKNOWN		/* behind a mount point, or not ours to see */
};

/*
 * Look at a path; *fd is open on it, O_PATH, if it is there.
 * Returns: enum sight, or -1.
 */
static int
look(struct rask_watch *w, unsigned tree, const char *path, struct stat *st,
    int *fd)
{
	int root;

	if ((root = rask_watch_rootfd(w, tree)) == -1)
		return -1;
	*fd = rask_beneath(root, path, O_PATH | O_NOFOLLOW, 0);
	if (*fd == -1)
		return errno == ENOENT || errno == ENOTDIR || errno == ELOOP ?
		    GONE : UNKNOWN;
	if (fstat(*fd, st) == 0)
		return THERE;
	close(*fd);
	*fd = -1;
	return UNKNOWN;
}

/* Start an item. */
static void
begin(struct rask_watch_item *item, unsigned tree, enum rask_op op,
    const char *path, const char *path2, unsigned have)
{
	memset(item, 0, sizeof(*item));
	item->tree = tree;
	item->c.op = op;
	item->c.path = path;
	item->c.path2 = path2;
	item->c.have = have;
}

/* Fill in what stat(2) tells. */
static void
fill(struct rask_change *c, const struct stat *st)
{
	c->mtime = rask_ns(&st->st_mtim);
	c->ctime = rask_ns(&st->st_ctim);
	c->mode = st->st_mode & 07777;
	c->ino = st->st_ino;
	c->have |= RASK_F_MTIME | RASK_F_CTIME | RASK_F_MODE | RASK_F_INO;
	if (S_ISREG(st->st_mode)) {
		c->size = (uint64_t)st->st_size;
		c->have |= RASK_F_SIZE;
	}
}

/* The operation that makes such a thing; 0: it is not replicated. */
static enum rask_op
op_of(mode_t mode)
{
	return S_ISREG(mode) ? RASK_OP_PUT : S_ISDIR(mode) ? RASK_OP_MKDIR :
	    S_ISLNK(mode) ? RASK_OP_SYMLINK : 0;
}

/* What to remember a state by; of a directory, only what is replicated. */
static uint64_t
value_of(const struct rask_watch *w, const struct stat *st)
{
	uint64_t v[] = { st->st_mode, st->st_ino, (uint64_t)st->st_size,
	    (uint64_t)rask_ns(&st->st_mtim), (uint64_t)rask_ns(&st->st_ctim) };

	return rask_seen_value(&w->seen, v, S_ISDIR(st->st_mode) ? 2 : 5);
}

/*
 * Can any later change be told from this state?  Where two changes within a
 * tick of the clock get the same time, only if that time is past.
 */
static bool
distinct(const struct rask_watch *w, unsigned tree, const struct stat *st)
{
	struct timespec now;

	if (w->trees[tree].exact || S_ISDIR(st->st_mode))
		return true;
	clock_gettime(CLOCK_REALTIME, &now);
	return rask_ns(&now) - rask_ns(&st->st_ctim) > TICK;
}

/* A fifo, socket or device. */
static int
skip(struct rask_watch *w, unsigned tree, const char *path, mode_t mode)
{
	const char *what = S_ISFIFO(mode) ? "fifo" : S_ISSOCK(mode) ?
	    "socket" : "device";

	if (rask_seen_get(&w->seen, tree, path) == RASK_SEEN_FRESH)
		rask_seen_set(&w->seen, tree, path, RASK_SEEN_GONE);
	return rask_watch_remark(w, tree, "skipped", path, what);
}

int
rask_wtell_state(struct rask_watch *w, unsigned tree, const char *path,
    const struct stat *st, int fd, const char *name, unsigned have,
    struct rask_watch_item *item)
{
	enum rask_op op = op_of(st->st_mode);
	uint64_t value;
	ssize_t n;

	if (op == 0)
		return skip(w, tree, path, st->st_mode);
	value = value_of(w, st);
	if (rask_seen_get(&w->seen, tree, path) == value)
		return 0;
	rask_seen_set(&w->seen, tree, path, distinct(w, tree, st) ? value :
	    RASK_SEEN_UNKNOWN);
	begin(item, tree, op, path, NULL, have);
	fill(&item->c, st);
	if (op == RASK_OP_SYMLINK && (w->flags & RASK_WATCH_FIELDS) != 0) {
		n = readlinkat(fd, name, w->target, sizeof(w->target) - 1);
		if (n == -1)
			return 0;	/* it is gone, and an event comes */
		w->target[n] = '\0';
		item->c.target = w->target;
	}
	return 1;
}

/* Tell a path that is there; its descriptor is closed. */
static int
tell_there(struct rask_watch *w, unsigned tree, const char *path,
    const struct stat *st, int fd, struct rask_watch_item *item)
{
	int r = 0;

	if (S_ISDIR(st->st_mode) && rask_wdirs_find(&w->dirs,
	    w->trees[tree].top, path) == NULL)
		r = rask_wjob_grow(w, tree, path, 0);
	if (r == 0)
		r = rask_wtell_state(w, tree, path, st, fd, "", 0, item);
	close(fd);
	return r;
}

/* Tell a path that is not there. */
static int
tell_gone(struct rask_watch *w, const struct rask_todo_item *it,
    struct rask_watch_item *item)
{
	uint64_t seen;

	/* Perhaps a rename has taken it elsewhere that is yet to be read. */
	if (it->op != RASK_OP_DEL)
		return rask_watch_wait_path(w, it->tree, it->path,
		    RASK_WAIT_SOON);
	rask_wleft_vanished(w, it->tree, it->path);
	seen = rask_seen_get(&w->seen, it->tree, it->path);
	rask_seen_set(&w->seen, it->tree, it->path, RASK_SEEN_GONE);
	if (seen == RASK_SEEN_FRESH || seen == RASK_SEEN_GONE)
		return 0;
	begin(item, it->tree, RASK_OP_DEL, it->path, NULL, 0);
	return 1;
}

/*
 * Tell a file in a directory that is open already, which is most of them.
 * Returns: 2 if it is none.
 */
static int
tell_near(struct rask_watch *w, const struct rask_todo_item *it,
    struct rask_watch_item *item)
{
	const char *name = rask_path_base(it->path);
	struct rask_wdir *n = rask_watch_parent(w, it->tree, it->path);
	struct stat st;
	int dir;

	if (n == NULL || (dir = rask_watch_dirfd(w, n)) == -1)
		return w->failed ? -1 : 2;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    !S_ISREG(st.st_mode) || st.st_dev != w->trees[it->tree].dev)
		return 2;
	return rask_wtell_state(w, it->tree, it->path, &st, dir, name, 0,
	    item);
}

/* Tell what is to be told of a path. */
static int
tell_path(struct rask_watch *w, const struct rask_todo_item *it,
    struct rask_watch_item *item)
{
	char now[RASK_PATH_MAX + 1];
	struct stat st;
	int fd, r;

	if (it->op == RASK_OP_PUT && w->moves.wait == NULL &&
	    (r = tell_near(w, it, item)) != 2)
		return r;
	/* What this was said of may have another name since. */
	if (rask_moves_map(&w->moves, false, it->tree, it->path, now))
		return rask_watch_todo(w, it->op, it->tree, now, NULL);
	r = look(w, it->tree, it->path, &st, &fd);
	if (r == -1 || r == UNKNOWN)
		return r == -1 ? -1 : 0;
	if (r == GONE)
		return tell_gone(w, it, item);
	rask_moves_part(&w->moves, it->tree, it->path,
	    it->op == RASK_OP_DEL);
	if (it->op == RASK_OP_DEL && !S_ISDIR(st.st_mode)) {
		/* There is another one: is that whole? */
		close(fd);
		return rask_watch_wait_path(w, it->tree, it->path,
		    RASK_WAIT_NOW);
	}
	return tell_there(w, it->tree, it->path, &st, fd, item);
}

/*
 * A rename that cannot be told as one, since there is something at the old
 * place again (or still: an exchange), or the reader does not know it there.
 */
static int
tell_apart(struct rask_watch *w, const struct rask_todo_item *it, bool gone,
    const struct stat *st, int fd, struct rask_watch_item *item)
{
	int r = 0;

	if (S_ISDIR(st->st_mode)) {
		r = rask_wleft_moved(w, it->tree, it->path, it->path2, NULL);
		if (r == 0)
			r = rask_wjob_grow(w, it->tree, it->path2,
			    RASK_WJOB_ALL);
	}
	/* If another is there, it has to be looked at, or watched. */
	if (r == 0 && !gone)
		r = rask_watch_todo(w, RASK_OP_DEL, it->tree, it->path, NULL);
	if (r == 0)
		return tell_there(w, it->tree, it->path2, st, fd, item);
	close(fd);
	return r;
}

/* The same if nothing is at the new place: has it gone on from there? */
static int
tell_lost(struct rask_watch *w, const struct rask_todo_item *it, bool dir)
{
	char now[RASK_PATH_MAX + 1];

	if (!rask_moves_map(&w->moves, false, it->tree, it->path2, now))
		strcpy(now, it->path2);
	if (dir && (rask_wleft_moved(w, it->tree, it->path, now, NULL) == -1 ||
	    rask_wjob_grow(w, it->tree, now, RASK_WJOB_ALL) == -1))
		return -1;
	return rask_watch_todo(w, dir ? RASK_OP_MKDIR : RASK_OP_PUT, it->tree,
	    now, NULL);
}

/* Tell a rename that has happened so. */
static int
tell_moved(struct rask_watch *w, const struct rask_todo_item *it, bool dir,
    const struct stat *st, struct rask_watch_item *item)
{
	/*
	 * If nothing is at the new place, what comes later says why; then the
	 * reader has to know that it was there.
	 */
	begin(item, it->tree, RASK_OP_MV, it->path, it->path2, 0);
	if (st != NULL && op_of(st->st_mode) == 0)
		return 0;
	if (st != NULL)
		fill(&item->c, st);
	if (dir || (st != NULL && S_ISDIR(st->st_mode)))
		rask_seen_forget(&w->seen);
	rask_seen_set(&w->seen, it->tree, it->path, RASK_SEEN_GONE);
	rask_seen_set(&w->seen, it->tree, it->path2, RASK_SEEN_KNOWN);
	/* The reader of a scan may not have come to the old name. */
	if (!dir && w->phase == RASK_PHASE_FOUND &&
	    rask_watch_todo(w, RASK_OP_PUT, it->tree, it->path2, NULL) == -1)
		return -1;
	return 1;
}

/* Tell a rename. */
static int
tell_mv(struct rask_watch *w, const struct rask_todo_item *it,
    struct rask_watch_item *item)
{
	bool fresh = rask_seen_get(&w->seen, it->tree, it->path) ==
	    RASK_SEEN_FRESH;
	bool dir = false, apart = false;
	struct stat st, nst;
	int fd, nfd = -1, old, new;

	rask_moves_told(&w->moves, it->tree, it->path, it->path2, &dir,
	    &apart);
	rask_wleft_vanished(w, it->tree, it->path);
	apart = apart || rask_wleft_meets(w, it->tree, it->path) ||
	    rask_wleft_meets(w, it->tree, it->path2);
	if ((old = look(w, it->tree, it->path, &st, &fd)) == THERE)
		close(fd);
	new = old == -1 ? -1 : look(w, it->tree, it->path2, &nst, &nfd);
	if (new == -1)
		return -1;
	if (old == THERE || apart || fresh) {
		if (apart && rask_watch_todo(w, RASK_OP_DEL, it->tree,
		    it->path, NULL) == -1)
			new = -1;
		else if (new == THERE)
			return tell_apart(w, it, old == GONE, &nst, nfd, item);
		else if (new == GONE)
			return tell_lost(w, it, dir);
	} else if (old == GONE && new != UNKNOWN) {
		if (nfd != -1)
			close(nfd);
		return tell_moved(w, it, dir, nfd == -1 ? NULL : &nst, item);
	}
	if (nfd != -1)
		close(nfd);
	return new == -1 ? -1 : 0;
}

int
rask_wtell_live(struct rask_watch *w, struct rask_watch_item *item)
{
	struct rask_todo_item *it;
	int i, r = 0;

	for (i = 0; i < RASK_WATCH_SLICE && r == 0; i++) {
		rask_todo_drop(w->cur);
		w->cur = it = rask_todo_first(w->todo, RASK_LANE_LIVE);
		if (it == NULL)
			break;
		rask_todo_take(w->todo, it);
		r = it->kind == RASK_TODO_MV ? tell_mv(w, it, item) :
		    tell_path(w, it, item);
	}
	return r;
}
