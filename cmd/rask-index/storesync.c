/* Making durable what was taken, off the loop. */
#include <sys/eventfd.h>

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "storeint.h"

#define COUNTER_BLOCK	(600 * UINT64_C(1000000))	/* us: 10 minutes */
#define SEQ_BLOCK	1000000
#define REST		10	/* ms between two syncs that nobody hurries */
#define RETRY_LEAST	500	/* ms after a failure */
#define RETRY_MOST	8000	/* ms after many of them */
#define CHUNK		(256 * 1024)

void
store_say(struct store *s, int prio, const char *fmt, ...)
{
	char text[STORE_WHY];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	s->o.say(s->o.ctx, prio, text);
}

/*
 * After a failed sync the kernel takes its pages for clean: what has to become
 * durable is written again, from what it still shows, before the next try.
 */
static int
rewrite(const struct sync_job *j, uint64_t start)
{
	uint64_t pos = j->from > start ? j->from : start;
	char name[SEG_NAME_LEN], *p = malloc(CHUNK);
	ssize_t n = 0;
	int fd;

	segs_name(name, start);
	fd = openat(j->s->dir, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd == -1 || p == NULL)
		n = -1;
	while (n != -1 && pos < j->to) {
		n = pread(fd, p, j->to - pos < CHUNK ? j->to - pos : CHUNK,
		    (off_t)(pos - start));
		if (n <= 0)
			break;
		n = pwrite(fd, p, (size_t)n, (off_t)(pos - start));
		if (n > 0)
			pos += (uint64_t)n;
	}
	free(p);
	if (fd != -1)
		close(fd);
	return n == -1 ? -1 : 0;
}

/* On the worker: the node's file first, since it reserves what was given. */
static void
run_sync(struct rask_job *job)
{
	struct sync_job *j = (struct sync_job *)job;
	bool dir;
	int i;

	j->error = 0;
	if (j->node_due && node_write(j->s->dir, &j->node) == -1)
		j->error = errno;
	for (i = 0; i < j->n; i++) {
		dir = j->starts[i] == UINT64_MAX;
		if (j->error == 0 && j->rewrite && !dir &&
		    rewrite(j, j->starts[i]) == -1)
			j->error = errno;
		if (j->error == 0 && (dir ? fsync(j->fds[i]) :
		    fdatasync(j->fds[i])) == -1)
			j->error = errno;
		close(j->fds[i]);
	}
}

/* On the worker: let others use the disk for a while. */
static void
run_pause(struct rask_job *job)
{
	struct pause_job *j = (struct pause_job *)job;
	struct pollfd p = { .fd = j->wake, .events = POLLIN };
	eventfd_t v;

	if (poll(&p, 1, j->ms) > 0)
		eventfd_read(j->wake, &v);
}

/* The pause is over. */
static void
done_pause(struct rask_job *job)
{
	struct pause_job *j = (struct pause_job *)job;

	j->busy = false;
	store_sync(j->s);
}

/* Begin a pause on a worker. */
static void
pause_for(struct store *s, struct pause_job *j, struct rask_work *w, int wake,
    int ms, void (*done)(struct rask_job *job))
{
	j->s = s;
	j->ms = ms;
	j->wake = wake;
	j->job = (struct rask_job){ .run = run_pause, .done = done };
	j->busy = true;
	rask_work_submit(w, &j->job);
}

/* Synced, or not. */
static void
done_sync(struct rask_job *job)
{
	struct sync_job *j = (struct sync_job *)job;
	struct store *s = j->s;

	j->busy = false;
	s->unsynced = j->error;
	if (j->error != 0) {
		j->rewrite = true;
		s->node_due |= j->node_due;
		store_failed(s, FAILED_SYNC, strerror(j->error));
		/* Who waits is not kept for as long as a disk may be full. */
		if (j->error == ENOSPC || j->error == EDQUOT)
			s->o.durable(s->o.ctx, s->durable_seq, j->error);
		return;
	}
	j->rewrite = false;
	store_works(s, FAILED_SYNC);
	s->feed.synced = j->to;
	s->durable_seq = j->seq;
	s->seq_safe = j->node.seq_ceiling;
	s->somebody = false;
	s->o.durable(s->o.ctx, j->seq, 0);
	store_checkpoint(s, false);
	if (!s->closing)
		pause_for(s, &s->pause, s->o.work, s->hurry, REST,
		    done_pause);
}

/* Reserve more counters and seqs when half of what there is was given. */
static void
reserve(struct store *s)
{
	struct sync_job *j = &s->sync;

	if (s->counter + COUNTER_BLOCK / 2 > s->node.counter_ceiling) {
		s->node.counter_ceiling = s->counter + COUNTER_BLOCK;
		s->node_due = true;
	}
	if (s->feed.seq + SEQ_BLOCK / 2 > s->node.seq_ceiling) {
		s->node.seq_ceiling = s->feed.seq + SEQ_BLOCK;
		s->node_due = true;
	}
	j->node_due = s->node_due;
	j->node = s->node;
	s->node_due = false;
}

void
store_sync(struct store *s)
{
	struct sync_job *j = &s->sync;

	if (j->busy || s->no_sync)
		return;
	if (s->pause.busy) {
		if (s->somebody)
			eventfd_write(s->hurry, 1);
		return;
	}
	if (s->feed.written == s->feed.synced && !s->node_due)
		return;
	j->n = feed_dirty(&s->feed, j->fds, j->starts, SEGS_MAX + 1);
	if (j->n == -1) {
		store_failed(s, FAILED_SYNC, strerror(errno));
		return;
	}
	reserve(s);
	j->s = s;
	j->from = s->feed.synced;
	j->to = s->feed.written;
	j->seq = rask_buf_left(&s->feed.batch) > 0 ? s->seq_was : s->feed.seq;
	j->job = (struct rask_job){ .run = run_sync, .done = done_sync };
	j->busy = true;
	rask_work_submit(s->o.work, &j->job);
}

void
store_hurry(struct store *s)
{
	s->somebody = true;
	store_sync(s);
}

/* Try again what failed, and let others do so. */
static void
done_retry(struct rask_job *job)
{
	struct pause_job *j = (struct pause_job *)job;
	struct store *s = j->s;
	void (*ready)(void *ctx) = s->ready;

	j->busy = false;
	s->no_sync = s->no_ckpt = false;
	if (s->closing)
		return;
	store_sync(s);
	store_checkpoint(s, false);
	if (ready != NULL)
		ready(s->ready_ctx);
}

void
store_later(struct store *s)
{
	if (s->retry.busy || s->closing)
		return;
	s->retry_ms = s->retry_ms == 0 ? RETRY_LEAST : s->retry_ms * 2;
	if (s->retry_ms > RETRY_MOST)
		s->retry_ms = RETRY_MOST;
	pause_for(s, &s->retry, s->o.slow, s->end, s->retry_ms, done_retry);
}

void
store_failed(struct store *s, int which, const char *why)
{
	if (strcmp(s->told[which], why) != 0)
		store_say(s, LOG_ERR, "%s: %s: %s; trying again", s->o.dir,
		    which == FAILED_SYNC ? "sync" : "checkpoint", why);
	snprintf(s->told[which], sizeof(s->told[which]), "%s", why);
	if (which == FAILED_SYNC)
		s->no_sync = true;
	else
		s->no_ckpt = true;
	store_later(s);
}

void
store_works(struct store *s, int which)
{
	if (s->told[which][0] != '\0')
		store_say(s, LOG_NOTICE, "%s: %s: works again", s->o.dir,
		    which == FAILED_SYNC ? "sync" : "checkpoint");
	s->told[which][0] = '\0';
	if (s->told[!which][0] == '\0')
		s->retry_ms = 0;
}
