/* Opening a store, with recovery, and closing it. */
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "rebuild.h"
#include "storeint.h"

/* Say why, and give the status. */
static int why_not(char why[STORE_WHY], int status, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static int
why_not(char why[STORE_WHY], int status, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, STORE_WHY, fmt, ap);
	va_end(ap);
	return status;
}

/* What a file's errno means: the exit status, and a reason. */
static int
bad_file(const struct store *s, char why[STORE_WHY], const char *name)
{
	int e = errno;

	if (e == ENOTSUP)
		return why_not(why, EX_DATAERR, "%s/%s: made by a newer "
		    "version of rask-index", s->o.dir, name);
	if (e == EBADMSG)
		return why_not(why, EX_DATAERR, "%s/%s: damaged; "
		    "rask-index rebuild makes it anew", s->o.dir, name);
	return why_not(why, EX_IOERR, "%s/%s: %s", s->o.dir, name,
	    strerror(e));
}

/* A directory that was made is there for good. */
static int
sync_parent(int dir)
{
	int up = openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int e, r;

	if (up == -1)
		return errno == EACCES ? 0 : -1;
	r = fsync(up);
	e = errno;
	close(up);
	errno = e;
	return r;
}

/* Open the directory, and be its only server. */
static int
take_dir(struct store *s, char why[STORE_WHY])
{
	char pid[24] = "?";
	ssize_t n;

	bool made = mkdir(s->o.dir, 0700) == 0;

	if (!made && errno != EEXIST)
		return why_not(why, EX_CANTCREAT, "%s: %s", s->o.dir,
		    strerror(errno));
	s->dir = open(s->o.dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir == -1 || (made && sync_parent(s->dir) == -1))
		return why_not(why, EX_NOINPUT, "%s: %s", s->o.dir,
		    strerror(errno));
	s->lock = openat(s->dir, "lock", O_RDWR | O_CREAT | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (s->lock == -1)
		return why_not(why, EX_CANTCREAT, "%s/lock: %s", s->o.dir,
		    strerror(errno));
	if (rebuild_waits(s->dir))
		return why_not(why, EX_DATAERR, "%s: rask-index rebuild was "
		    "interrupted; run it again", s->o.dir);
	if (flock(s->lock, LOCK_EX | LOCK_NB) == -1) {
		n = pread(s->lock, pid, sizeof(pid) - 1, 0);
		pid[n > 0 ? n : 0] = '\0';
		pid[strcspn(pid, "\n")] = '\0';
		return why_not(why, EX_TEMPFAIL, "%s: in use by process %s",
		    s->o.dir, pid);
	}
	n = snprintf(pid, sizeof(pid), "%ld\n", (long)getpid());
	if (ftruncate(s->lock, 0) == -1 ||
	    pwrite(s->lock, pid, (size_t)n, 0) != n)
		return why_not(why, EX_IOERR, "%s/lock: %s", s->o.dir,
		    strerror(errno));
	return 0;
}

/* A directory without a node is a new one, unless something else is there. */
static int
make_node(struct store *s, char why[STORE_WHY])
{
	char host[HOST_NAME_MAX + 1] = "localhost";

	if (faccessat(s->dir, "state", F_OK, 0) == 0 || s->feed.segs.n > 0) {
		errno = EBADMSG;
		return bad_file(s, why, "node");
	}
	if (node_make(&s->node) == -1)
		return why_not(why, EX_OSERR, "no random numbers: %s",
		    strerror(errno));
	gethostname(host, sizeof(host) - 1);
	snprintf(s->node.name, sizeof(s->node.name), "%s", host);
	return 0;
}

/* Who we are. */
static int
open_node(struct store *s, char why[STORE_WHY])
{
	int r;

	if (node_read(s->dir, &s->node) == -1) {
		if (errno != ENOENT)
			return bad_file(s, why, "node");
		if ((r = make_node(s, why)) != 0)
			return r;
	}
	if (s->o.name != NULL)
		snprintf(s->node.name, sizeof(s->node.name), "%s",
		    s->o.name);
	return 0;
}

/*
 * A store without a state is a young one: its feed begins at the beginning,
 * and it was never closed with anything in it.
 */
static bool
state_missed(const struct store *s)
{
	return s->feed.segs.n > 0 ? s->feed.segs.v[0].head.start > 0 :
	    s->node.clean && s->node.seq_ceiling > 0;
}

/* The state, or the lack of one. */
static int
open_state(struct store *s, char why[STORE_WHY])
{
	s->meta = (struct state_meta){ .node = s->node.id,
	    .epoch = s->node.epoch,
	    .digest_bits = state_digest_bits(0) };
	if (state_open(&s->state, s->dir, "state") == -1) {
		if (errno != ENOENT)
			return bad_file(s, why, "state");
		if (state_missed(s))
			return why_not(why, EX_DATAERR, "%s/state: missing; "
			    "rask-index rebuild makes it anew", s->o.dir);
		s->digest = rask_digest_new(s->meta.digest_bits);
		return s->digest != NULL ? 0 : why_not(why, EX_OSERR, "%s",
		    strerror(errno));
	}
	s->meta = *state_meta(s->state);
	s->digest = state_digest(s->state);
	s->filter = state_filter(s->state);
	s->state_fd = openat(s->dir, "state", O_RDONLY | O_CLOEXEC);
	if (s->digest == NULL || s->filter == NULL || s->state_fd == -1)
		return bad_file(s, why, "state");
	if (s->meta.node == s->node.id && s->meta.epoch == s->node.epoch)
		return 0;
	return why_not(why, EX_DATAERR, "%s/state: of another node than "
	    "%s/node", s->o.dir, s->o.dir);
}

/* Put a record that the state does not have into tables and digest. */
static int
replay(struct store *s, const struct rask_record *r, uint64_t pos)
{
	struct rask_record old;
	struct undo u;
	uint64_t was;

	s->replayed++;
	switch (r->type) {
	case RASK_RECORD_MARK:
		return 0;
	case RASK_RECORD_MOVE:
	case RASK_RECORD_MOVED:
		store_moves_read(s, r, pos);
		if (r->seq > s->feed.seq)
			s->feed.seq = r->seq;
		store_counter_used(s, r->dot.counter);
		return 0;
	default:
		break;
	}
	store_effect(r, 0, pos, &u);
	if (rask_gather_room(s->active, u.place) == -1 ||
	    store_locate(s, s->active, u.place, r->entry.path,
	    r->entry.path_len, &was, &old, s->buf) == -1)
		return -1;
	u.was = was;
	store_shift(s, &u, false);
	if (r->seq > s->feed.seq)
		s->feed.seq = r->seq;
	if (rask_version_dot(&r->entry.version).node == s->node.id)
		store_counter_used(s,
		    rask_version_dot(&r->entry.version).counter);
	return 0;
}

/*
 * Something at pos is no record.  After an unclean stop the feed may end in
 * what was never durable; anything else is damage.
 */
static int
bad_end(struct store *s, uint64_t pos, char why[STORE_WHY])
{
	char name[SEG_NAME_LEN];
	const struct seg *seg = segs_at(&s->feed.segs, pos);
	int e = errno;

	segs_name(name, seg == NULL ? pos : seg->head.start);
	errno = e;
	if (e != EBADMSG || s->node.clean || pos < s->meta.pos ||
	    segs_proves(&s->feed.segs, pos)) {
		errno = e;
		return bad_file(s, why, name);
	}
	store_say(s, LOG_WARNING, "%s/%s: %llu bytes that were not durable "
	    "at the stop are cut off", s->o.dir, name,
	    (unsigned long long)(s->feed.written - pos));
	if (feed_cut(&s->feed, pos) == -1)
		return bad_file(s, why, name);
	return 0;
}

/* Read back what is in the feed and not in the state. */
static int
recover(struct store *s, char why[STORE_WHY])
{
	struct seg_scan c;
	struct rask_record r;
	uint64_t at;
	int n, status = 0;
	size_t i;

	s->feed.seq = s->meta.seq;
	s->live = s->meta.live;
	s->gone = s->meta.gone;
	feed_init(&s->feed, s->dir, s->meta.pos);
	if (s->feed.segs.n > 0 &&
	    s->feed.segs.v[0].head.epoch != s->node.epoch)
		return why_not(why, EX_DATAERR, "%s/feed-*: of another node "
		    "than %s/node", s->o.dir, s->o.dir);
	if (s->feed.written < s->meta.pos ||
	    (s->feed.segs.n > 0 &&
	    s->feed.segs.v[0].head.start > s->meta.pos)) {
		errno = EBADMSG;
		return bad_file(s, why, "feed-*");
	}
	if (seg_scan_begin(&c, &s->feed.segs, s->meta.pos,
	    s->feed.written) == -1)
		return why_not(why, EX_OSERR, "%s", strerror(errno));
	while ((n = seg_scan_next(&c, &r, &at)) == 1)
		if (replay(s, &r, at) == -1)
			break;
	/* a leap may have nothing behind it */
	for (i = 0; i < s->feed.segs.n; i++)
		if (s->feed.segs.v[i].head.after > s->feed.seq)
			s->feed.seq = s->feed.segs.v[i].head.after;
	if (n == 1)
		status = why_not(why, EX_OSERR, "feed: %s", strerror(errno));
	else if (n == -1)
		status = bad_end(s, c.pos, why);
	seg_scan_end(&c);
	return status;
}

/*
 * Go on above the ceiling of seqs.  The feed tells of it from now on; if it
 * cannot, the next opening goes on above the ceiling again.
 */
static void
leap(struct store *s, unsigned char boot[16])
{
	if (s->node.seq_ceiling <= s->feed.seq)
		return;
	s->feed.seq = s->node.seq_ceiling;
	if (feed_begin(&s->feed) == -1)
		memset(boot, 0, 16);
}

/*
 * After an unclean stop of the machine, what was given but not durable may be
 * known elsewhere: go on above all that may have been given.
 */
static int
go_on(struct store *s, char why[STORE_WHY])
{
	unsigned char boot[16];

	s->feed.epoch = s->node.epoch;
	s->feed.node = s->node.id;
	node_boot(boot);
	if (s->node.clean || memcmp(boot, s->node.boot, 16) != 0) {
		/* after a clean stop the ceilings are what was given */
		store_counter_used(s, s->node.counter_ceiling);
		leap(s, boot);
	}
	s->durable_seq = s->meta.seq;
	memcpy(s->node.boot, boot, sizeof(boot));
	s->node.clean = false;
	s->node.counter_ceiling = store_now() > s->counter ? store_now() :
	    s->counter;
	s->node.counter_ceiling += 600 * UINT64_C(1000000);
	s->node.seq_ceiling = s->feed.seq + 1000000;
	if (node_write(s->dir, &s->node) == -1)
		return why_not(why, EX_IOERR, "%s/node: %s", s->o.dir,
		    strerror(errno));
	s->seq_safe = s->node.seq_ceiling;
	return 0;
}

/* Open the segments.  Some may be of no use; `torn` is the first of them. */
static int
open_feed(struct store *s, char torn[SEG_NAME_LEN], char why[STORE_WHY])
{
	int r;

	s->feed.max = s->o.feed_max;
	if ((r = segs_open_torn(&s->feed.segs, s->dir, torn)) == -1)
		return bad_file(s, why, torn);
	if (r == 0)
		torn[0] = '\0';
	return 0;
}

/* Remove those that an unclean stop left without what comes before them. */
static int
drop_torn(struct store *s, const char *torn, char why[STORE_WHY])
{
	if (torn[0] == '\0')
		return 0;
	if (s->node.clean) {
		errno = EBADMSG;
		return bad_file(s, why, torn);
	}
	store_say(s, LOG_WARNING, "%s/%s: what comes before it was not "
	    "durable at the stop; dropped, with all behind it", s->o.dir,
	    torn);
	return segs_drop(s->dir, torn) == 0 ? 0 : bad_file(s, why, torn);
}

/* Everything that may fail, in order. */
static int
open_all(struct store *s, char why[STORE_WHY])
{
	char torn[SEG_NAME_LEN];
	int r;

	s->active = rask_gather_new();
	s->hurry = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	s->end = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (s->active == NULL || s->hurry == -1 || s->end == -1)
		return why_not(why, EX_OSERR, "%s", strerror(errno));
	if ((r = take_dir(s, why)) != 0 ||
	    (r = open_feed(s, torn, why)) != 0 ||
	    (r = open_node(s, why)) != 0 ||
	    (r = drop_torn(s, torn, why)) != 0 ||
	    (r = open_state(s, why)) != 0)
		return r;
	checkpoint_clean(s->dir, s->meta.pos);
	if ((r = recover(s, why)) != 0 || (r = go_on(s, why)) != 0)
		return r;
	store_sync(s);
	store_checkpoint(s, false);
	return 0;
}

/* Give everything back. */
static void
free_all(struct store *s)
{
	feed_close(&s->feed);
	state_close(s->state);
	rask_filter_free(s->filter);
	rask_gather_free(s->active);
	rask_gather_free(s->frozen);
	rask_digest_free(s->digest);
	rask_digest_free(s->since);
	free(s->undo);
	if (s->state_fd != -1)
		close(s->state_fd);
	if (s->end != -1)
		close(s->end);
	if (s->hurry != -1)
		close(s->hurry);
	if (s->lock != -1)
		close(s->lock);
	if (s->dir != -1)
		close(s->dir);
	free(s);
}

int
store_open(struct store **out, const struct store_opts *o,
    char why[STORE_WHY])
{
	struct store *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return why_not(why, EX_OSERR, "%s", strerror(errno));
	s->o = *o;
	s->dir = s->lock = s->state_fd = s->hurry = s->end = -1;
	s->feed.fd = -1;
	s->ckpt.fd = -1;
	s->began = store_now();
	if ((r = open_all(s, why)) != 0) {
		free_all(s);
		return r;
	}
	*out = s;
	return 0;
}

int
store_close(struct store *s)
{
	int r = store_settle(s), e = errno;

	if (r == 0) {
		s->node.clean = true;
		s->node.counter_ceiling = s->counter;
		s->node.seq_ceiling = s->feed.seq;
		r = node_write(s->dir, &s->node);
		e = errno;
	}
	free_all(s);
	errno = e;
	return r;
}
