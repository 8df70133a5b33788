/*
 * rask-index rebuild -d DIR -C TREE: makes a store anew from what is sound in
 * DIR, and from the tree what is in neither.  Nothing is removed: the old
 * files are moved to DIR/damaged-TIME.
 */
#include <sys/file.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "look.h"
#include "node.h"
#include "rebuild.h"
#include "verb.h"
#include "verbs.h"
#include "walk.h"

#define BATCH	1000	/* changes in a commit */

/* The store tells nothing that somebody waits for. */
static void
on_durable(void *ctx, uint64_t seq, int error)
{
	(void)ctx;
	(void)seq;
	(void)error;
}

static void
on_say(void *ctx, int prio, const char *text)
{
	(void)ctx;
	diag(prio, "%s", text);
}

/* Write down what was taken, and wait while a checkpoint has to end. */
static int
commit(struct rebuild *b)
{
	b->taken = 0;
	if (store_commit(b->store) == -1)
		return -1;
	rask_work_reap(b->sync);
	while (!store_ready(b->store)) {
		rask_work_drain(b->slow);
		rask_work_drain(b->sync);
		if ((errno = store_stuck(b->store)) != 0)
			return -1;
	}
	return 0;
}

/* Put an entry into the new store if it is newer than what is there. */
static int
put(struct rebuild *b, const struct rask_entry *e,
    enum rask_record_type type, unsigned flags)
{
	static struct rask_record r;	/* large, and not needed twice */
	struct rask_entry before;
	struct rask_dot dot = rask_version_dot(&e->version);
	int order, n = store_find(b->store, e->path, e->path_len, &before,
	    b->buf);

	if (n == -1)
		return -1;
	if (dot.node != 0 && dot.counter > b->counter)
		b->counter = dot.counter;
	order = n == 1 ? rask_dot_cmp(rask_version_dot(&before.version), dot) :
	    -1;
	if (order > 0 || (order == 0 && type == RASK_RECORD_CHANGE))
		return 0;
	if (n == 0 && type == RASK_RECORD_DROP)
		return 0;
	r = (struct rask_record){ .type = type == RASK_RECORD_DROP ? type :
	    RASK_RECORD_CHANGE, .flags = flags, .entry = *e };
	if (store_take(b->store, &r, n == 1 ? &before : NULL) == -1)
		return -1;
	return ++b->taken < BATCH ? 0 : commit(b);
}

/* An entry of a page. */
static int
on_entry(void *ctx, const struct rask_entry *e)
{
	struct rebuild *b = ctx;

	if (e->seq > b->seq)
		b->seq = e->seq;
	b->kept++;
	return put(b, e, RASK_RECORD_CHANGE, 0);
}

/* A record of the feed. */
static int
on_record(void *ctx, const struct rask_record *r)
{
	struct rebuild *b = ctx;

	if (r->seq > b->seq)
		b->seq = r->seq;
	if (r->type != RASK_RECORD_CHANGE && r->type != RASK_RECORD_REFRESH &&
	    r->type != RASK_RECORD_DROP)
		return 0;
	b->kept++;
	return put(b, &r->entry, r->type, r->flags & RASK_RECORD_FOUND);
}

/* Take what the tree has and no entry tells of. */
static int
found(struct rebuild *b, struct look *l, const char *path)
{
	struct rask_entry e;
	struct rask_seen seen;
	size_t len = strlen(path);
	int n = store_find(b->store, path, len, &e, b->buf);

	if (n != 0 || look_at(l, path, &seen) != 1 ||
	    seen.kind == RASK_KIND_GONE)
		return n == -1 ? -1 : 0;
	if (rask_settle_entry(&e, RASK_SETTLE_FOUND, path, len, NULL, &seen,
	    NULL, 1, 0, 1) == -1)
		return -1;
	b->found++;
	return put(b, &e, RASK_RECORD_CHANGE, RASK_RECORD_FOUND);
}

/* Walk through the tree. */
static int
from_tree(struct rebuild *b)
{
	struct rask_walk_entry e;
	struct rask_walk *w;
	struct look l;
	int n = -1;

	look_init(&l);
	l.root = open(b->tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (l.root == -1 || (w = rask_walk_open(l.root, "", 0)) == NULL) {
		look_close(&l);
		return -1;
	}
	while ((n = rask_walk_next(w, &e)) == 1) {
		if (e.error != 0)
			diag(LOG_WARNING, "%s/%s: %s", b->tree, e.path,
			    strerror(e.error));
		else if (e.path[0] != '\0' && !e.mount &&
		    rask_path_check(e.path, strlen(e.path)) == 0 &&
		    found(b, &l, e.path) == -1)
			break;
	}
	rask_walk_close(w);
	look_close(&l);
	return n == 0 ? 0 : -1;
}

/* Which files are segments? */
static int
is_segment(const struct dirent *e)
{
	return strncmp(e->d_name, "feed-", 5) == 0;
}

/* Take what is sound in the old files. */
static int
from_files(struct rebuild *b, const struct node *old)
{
	struct salvage s = { .entry = on_entry, .record = on_record,
	    .ctx = b, .epoch = old->epoch };
	struct dirent **list;
	int i, n, r = salvage_state(&s, b->dir, "state");

	if ((n = scandirat(b->dir, ".", &list, is_segment, alphasort)) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (r == 0)
			r = salvage_feed(&s, b->dir, list[i]->d_name);
		free(list[i]);
	}
	free(list);
	diag(LOG_NOTICE, "%s: %llu pages and %llu records are sound, "
	    "%llu bytes of the feed are not", b->path,
	    (unsigned long long)s.pages, (unsigned long long)s.records,
	    (unsigned long long)s.lost);
	return r;
}

/*
 * The new store's node: the same id if it is known, and another epoch, since
 * no position in the old feed means anything in the new one.
 */
static int
make_node(struct rebuild *b, int dir, struct node *old)
{
	struct node node;

	if (node_read(b->dir, old) == -1) {
		diag(LOG_WARNING, "%s/node: %s; this is a new node now",
		    b->path, strerror(errno));
		*old = (struct node){ 0 };
	}
	if (node_make(&node) == -1)
		return -1;
	if (old->id != 0) {
		node.id = old->id;
		node.counter_ceiling = old->counter_ceiling;
		node.seq_ceiling = old->seq_ceiling;
		memcpy(node.name, old->name, sizeof(node.name));
	}
	snprintf(node.tree, sizeof(node.tree), "%s", b->tree);
	node.clean = false;	/* go on above both ceilings */
	return node_write(dir, &node);
}

/* Open an empty store beside the old one. */
static int
open_new(struct rebuild *b, struct node *old, char why[STORE_WHY])
{
	char path[4096];
	struct store_opts o = { .dir = path, .feed_max = UINT64_C(512) << 20,
	    .gather_max = 2000000, .work = b->sync, .slow = b->slow,
	    .durable = on_durable, .say = on_say };
	int fd, r;

	snprintf(path, sizeof(path), "%s/%s", b->path, REBUILD_NEW);
	if (rebuild_clean(b->dir) == -1 ||
	    mkdirat(b->dir, REBUILD_NEW, 0700) == -1 ||
	    (fd = openat(b->dir, REBUILD_NEW, O_RDONLY | O_DIRECTORY |
	    O_CLOEXEC)) == -1) {
		snprintf(why, STORE_WHY, "%.400s: %s", path, strerror(errno));
		return EX_CANTCREAT;
	}
	r = make_node(b, fd, old);
	close(fd);
	if (r == 0)
		return store_open(&b->store, &o, why);
	snprintf(why, STORE_WHY, "%.400s/node: %s", path, strerror(errno));
	return EX_IOERR;
}

/* Make the new store.  Returns: an exit status that was told. */
static int
make(struct rebuild *b)
{
	char why[STORE_WHY];
	struct node old;
	int r = open_new(b, &old, why);

	if (r != 0) {
		diag(LOG_ERR, "%s", why);
		return r;
	}
	r = from_files(b, &old);
	if (r == 0)
		r = from_tree(b);
	if (r == 0)
		r = commit(b);
	if (r == 0)
		store_counter_used(b->store, b->counter);
	if (r == -1)
		diag(LOG_ERR, "%s: %s", b->path, strerror(errno));
	if (store_close(b->store) == -1 && r == 0) {
		diag(LOG_ERR, "%s: %s", b->path, strerror(errno));
		r = -1;
	}
	/* it has to have that name before the old files lose theirs */
	if (r == 0 && (renameat(b->dir, REBUILD_NEW, b->dir,
	    REBUILD_READY) == -1 || fsync(b->dir) == -1)) {
		diag(LOG_ERR, "%s/%s: %s", b->path, REBUILD_READY,
		    strerror(errno));
		r = -1;
	}
	return r == 0 ? EX_OK : EX_IOERR;
}

/* Rebuild, unless somebody serves it.  Returns: an exit status. */
static int
rebuild(struct rebuild *b)
{
	int lock, status = 0;

	b->dir = open(b->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (b->dir == -1) {
		diag(LOG_ERR, "%s: %s", b->path, strerror(errno));
		return EX_NOINPUT;
	}
	lock = openat(b->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (lock == -1 || flock(lock, LOCK_EX | LOCK_NB) == -1) {
		diag(LOG_ERR, "%s: %s", b->path, errno == EWOULDBLOCK ?
		    "in use by a server" : strerror(errno));
		return errno == EWOULDBLOCK ? EX_TEMPFAIL : EX_IOERR;
	}
	if (!rebuild_waits(b->dir))
		status = make(b);
	if (status == 0 && rebuild_move(b->dir) == -1) {
		diag(LOG_ERR, "%s: %s", b->path, strerror(errno));
		status = EX_IOERR;
	}
	if (status == 0)
		diag(LOG_NOTICE, "%s: rebuilt of %llu entries from its files "
		    "and %llu from the tree; the old files are in damaged-*",
		    b->path, (unsigned long long)b->kept,
		    (unsigned long long)b->found);
	return status;
}

int
rebuild_main(int argc, char **argv)
{
	struct rebuild b = { .dir = -1 };
	struct verb v = { 0 };
	struct stat st;
	int r;

	if ((r = verb_parse(&v, argc, argv, "dC", 0, 0)) != 0)
		return r - 1;
	if (v.dir == NULL || v.root == NULL)
		return cli_misuse(usage, "rebuild: %s", v.dir == NULL ?
		    "-d: which directory?" : "-C: which tree?");
	if (stat(v.root, &st) == -1 || !S_ISDIR(st.st_mode)) {
		diag(LOG_ERR, "%s: %s", v.root, strerror(errno != 0 ? errno :
		    ENOTDIR));
		return EX_NOINPUT;
	}
	b.path = v.dir;
	b.tree = v.root;
	b.sync = rask_work_new(false);
	b.slow = rask_work_new(false);
	r = b.sync == NULL || b.slow == NULL ? EX_OSERR : rebuild(&b);
	rask_work_free(b.slow);
	rask_work_free(b.sync);
	return cli_done(r);
}
