/*
 * Making changes survive a power cut, in batches behind their visibility.  A
 * batch is begun SYNC_DELAY after its first change or when it is full; one
 * runs at a time, and syncing takes at most a tenth of the time.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "recv.h"

#define SYNC_DELAY	0.1	/* seconds */
#define SYNC_FULL	1000	/* changes */
#define SYNC_SHARE	9	/* times a sync's length between two */
#define HELD_DELAY	5.	/* seconds between looks at what is held */

static void start(struct conn *c);

/* An empty batch. */
static struct batch *
new_batch(struct conn *c)
{
	struct batch *b;

	if ((b = calloc(1, sizeof(*b))) != NULL)
		b->c = c;
	return b;
}

/* Forget the paths that would have been synced one by one. */
static void
drop_small(struct batch *b)
{
	unsigned i;

	for (i = 0; i < b->n_small; i++)
		free(b->small[i].path);
	b->n_small = 0;
}

/* Give a batch back; what it took out is left to the next cleaning. */
static void
free_batch(struct batch *b)
{
	struct rask_taken *k;

	if (b == NULL)
		return;
	drop_small(b);
	while ((k = b->taken) != NULL) {
		b->taken = k->next;
		free(k);
	}
	rask_acks_free(&b->acks);
	free(b);
}

/* Sync the directory that a path is in. */
static int
sync_dir(int root, const char *path)
{
	char dir[RASK_PATH_MAX + 1];
	size_t n = rask_path_dirlen(path);
	int fd, r;

	memcpy(dir, path, n);
	dir[n] = '\0';
	if (n == 0)
		return fsync(root);
	if ((fd = rask_beneath(root, dir, O_RDONLY | O_DIRECTORY, 0)) == -1)
		return errno == ENOENT || errno == ENOTDIR ||
		    errno == ELOOP ? 0 : -1;
	r = fsync(fd);
	close(fd);
	return r;
}

/*
 * Sync a file.  It is opened anew: a descriptor for writing that stayed open
 * would make everybody's leases say that a writer is at it.
 */
static int
sync_file(int root, const char *path)
{
	int fd, r;

	fd = rask_beneath(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK, 0);
	if (fd == -1)
		return -1;
	r = fsync(fd);	/* with mode and mtime, which may be all that's new */
	close(fd);
	return r;
}

/* Worker: sync a few files and their directories. */
static int
sync_small(struct batch *b)
{
	int root = b->c->tree.root;
	unsigned i;

	/* What has another name now is reached by syncing everything. */
	for (i = 0; i < b->n_small; i++)
		if (b->small[i].file &&
		    sync_file(root, b->small[i].path) == -1)
			return errno == EIO ? -1 : syncfs(root);
	for (i = 0; i < b->n_small; i++)
		if (sync_dir(root, b->small[i].path) == -1)
			return -1;
	return 0;
}

/* Worker: decide on what was taken out; what cannot be yet stays listed. */
static void
settle(struct batch *b)
{
	struct rask_taken *k, *next, *busy = NULL;
	int r;

	for (k = b->taken; k != NULL; k = next) {
		next = k->next;
		r = rask_taken_settle(&b->c->tree, k);
		if (r == 0) {
			k->next = busy;
			busy = k;
		} else if (r == 2)
			b->kept++;
	}
	b->taken = busy;
}

/* Worker: one batch. */
static void
run_batch(struct rask_job *job)
{
	struct batch *b = (struct batch *)job;
	int64_t from = conn_now();
	int r = 0;

	if (b->c->o->sync == SYNC_NONE)
		r = 0;
	else if (b->whole)
		r = syncfs(b->c->tree.root);
	else
		r = sync_small(b);
	b->error = r == -1 ? errno : 0;
	if (r == 0)
		settle(b);
	b->took = conn_now() - from;
}

/*
 * Tell the peer which changes are durable now.  If none is, it is to send them
 * all again, over a new connection.
 */
static void
ack_batch(struct conn *c, struct batch *b)
{
	char why[256];

	if (b->error != 0) {
		snprintf(why, sizeof(why), "%.128s: cannot sync: %s",
		    c->o->dir, strerror(b->error));
		conn_end(c, EX_IOERR, why);
		return;
	}
	if (b->kept > 0) {
		c->n_conflicts += b->kept;
		diag(LOG_WARNING, "%s: changed while it was replaced: %u kept "
		    "in .rask/conflicts", c->o->dir, b->kept);
	}
	if (c->o->sync == SYNC_EACH)
		rask_acks_send(&c->out, &b->acks, RASK_ACK_VISIBLE);
	if (c->o->sync != SYNC_NONE)
		rask_acks_send(&c->out, &b->acks, RASK_ACK_DURABLE);
}

/* Loop: a batch is through. */
static void
batch_done(struct rask_job *job)
{
	struct batch *b = (struct batch *)job;
	struct conn *c = b->c;
	struct rask_taken **p;

	c->n_syncs++;
	ack_batch(c, b);
	for (p = &b->taken; *p != NULL; p = &(*p)->next)
		;
	*p = c->held;
	c->held = b->taken;
	b->taken = NULL;
	if (c->held != NULL && !ev_is_active(&c->held_timer)) {
		ev_timer_set(&c->held_timer, HELD_DELAY, 0.);
		ev_timer_start(c->loop, &c->held_timer);
	}
	c->sync_free = conn_now() + b->took * SYNC_SHARE;
	free_batch(b);
	c->job = NULL;
	start(c);
}

/* Seconds until the batch at hand may be synced. */
static double
wait_time(const struct conn *c)
{
	double wait = (double)(c->sync_free - conn_now()) / 1e9;
	double least = c->o->sync == SYNC_EACH ||
	    c->now->count >= SYNC_FULL ? 0. : SYNC_DELAY;

	if (c->o->sync == SYNC_EACH)
		return 0.;
	return wait > least ? wait : least;
}

/* Hand the batch at hand over, and begin another one. */
static void
hand_over(struct conn *c)
{
	struct batch *b = c->now, *next;

	if (b->count == 0 || c->job != NULL ||
	    (next = new_batch(c)) == NULL)
		return;
	b->job.run = run_batch;
	b->job.done = batch_done;
	c->now = next;
	c->job = b;
	rask_work_submit(c->syncer, &b->job);
}

/* Arrange for the batch at hand to be synced when its time comes. */
static void
start(struct conn *c)
{
	double wait;

	if (c->job != NULL || c->now->count == 0)
		return;
	wait = wait_time(c);
	ev_timer_stop(c->loop, &c->sync_timer);
	if (wait <= 0.) {
		hand_over(c);
		return;
	}
	ev_timer_set(&c->sync_timer, wait, 0.);
	ev_timer_start(c->loop, &c->sync_timer);
}

/* Its time has come. */
static void
on_sync_time(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	hand_over(w->data);
}

/* Look again at what a writer held. */
static void
on_held_time(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct conn *c = w->data;

	(void)loop;
	(void)revents;
	durable_add(c, 0, false, NULL, NULL, c->held);
	c->held = NULL;
}

int
durable_init(struct conn *c)
{
	if ((c->now = new_batch(c)) == NULL)
		return -1;
	ev_timer_init(&c->sync_timer, on_sync_time, SYNC_DELAY, 0.);
	ev_timer_init(&c->held_timer, on_held_time, HELD_DELAY, 0.);
	c->sync_timer.data = c->held_timer.data = c;
	return 0;
}

/* Remember a file and a directory to sync, or that all has to be. */
static void
add_small(struct batch *b, bool file, const char *path)
{
	char *copy = NULL;

	if (!b->whole && (b->n_small == SMALL_MAX ||
	    (copy = strdup(path)) == NULL)) {
		b->whole = true;
		drop_small(b);
	}
	if (b->whole)
		return;
	b->small[b->n_small].file = file;
	b->small[b->n_small++].path = copy;
}

void
durable_add(struct conn *c, uint64_t stream, bool file,
    const char *path, const char *path2, struct rask_taken *taken)
{
	struct batch *b = c->now;
	struct rask_taken **p;

	if (path != NULL)
		add_small(b, file, path);
	if (path2 != NULL)
		add_small(b, false, path2);
	for (p = &b->taken; *p != NULL; p = &(*p)->next)
		;
	*p = taken;
	if (stream != 0 && rask_acks_add(&b->acks, stream) == -1)
		diag(LOG_ERR, "out of memory for acks");
	b->count++;
	if (b->count == 1 || b->count == SYNC_FULL ||
	    c->o->sync == SYNC_EACH)
		start(c);
}

void
durable_finish(struct conn *c)
{
	if (c->now->count > 0 && c->tree_open) {
		rask_work_drain(c->syncer);
		hand_over(c);
	}
	rask_work_drain(c->syncer);
}

void
durable_free(struct conn *c)
{
	struct rask_taken *k;

	free_batch(c->now);
	while ((k = c->held) != NULL) {
		c->held = k->next;
		free(k);
	}
}
