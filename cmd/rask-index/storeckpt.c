/*
 * Checkpoints: a process of its own makes the next state beside the old one
 * (checkpoint.c); here it is started, and what it made is put in place.
 *
 * Always true: a state is renamed into place only when it was made to its end
 * and synced, and when the feed is durable up to the state's position.
 */
#include <sys/eventfd.h>
#include <sys/wait.h>

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>
#include <unistd.h>

#include "storeint.h"

#define DIR_FD	3	/* of the directory, in the checkpointer */

extern char **environ;

/* What an exit status of the checkpointer comes to: 0, or an errno. */
static int
error_of(int status)
{
	switch (status) {
	case EX_OK:
		return 0;
	case EX_CANTCREAT:
		return ENOSPC;
	case EX_DATAERR:
		return EBADMSG;
	case EX_IOERR:
		return EIO;
	default:
		return ECHILD;	/* that may not be so the next time */
	}
}

/* Wait for the checkpointer.  0, or an errno. */
static int
wait_for(struct ckpt_job *j, pid_t pid)
{
	int status;

	while (waitpid(pid, &status, 0) == -1)
		if (errno != EINTR)
			return errno;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status))
		snprintf(j->why, sizeof(j->why), "it ended with status %d",
		    WEXITSTATUS(status));
	else
		snprintf(j->why, sizeof(j->why), "it was killed by signal %d",
		    WTERMSIG(status));
	return WIFEXITED(status) ? error_of(WEXITSTATUS(status)) : ECHILD;
}

/* On the worker: run the checkpointer to its end. */
static int
fold(struct ckpt_job *j)
{
	char pos[24], upto[24], parent[24];
	char name[] = "rask-index", verb[] = "checkpoint";
	char *const argv[] = { name, verb, pos, upto, parent, NULL };
	posix_spawn_file_actions_t fa;
	pid_t pid;
	int e;

	snprintf(pos, sizeof(pos), "%llu", (unsigned long long)j->pos);
	snprintf(upto, sizeof(upto), "%llu", (unsigned long long)j->upto);
	snprintf(parent, sizeof(parent), "%ld", (long)getpid());
	if ((e = posix_spawn_file_actions_init(&fa)) != 0)
		return e;
	if ((e = posix_spawn_file_actions_adddup2(&fa, j->dir, DIR_FD)) == 0)
		e = posix_spawn(&pid, "/proc/self/exe", &fa, NULL, argv,
		    environ);
	posix_spawn_file_actions_destroy(&fa);
	return e != 0 ? e : wait_for(j, pid);
}

/* On the worker: put the new state in place, and load it. */
static int
put_in_place(struct ckpt_job *j)
{
	if (!j->placed &&
	    renameat(j->dir, "state.new", j->dir, "state") == -1)
		return errno;
	j->placed = true;	/* the rest may have to be tried again */
	if (fsync(j->dir) == -1)
		return errno;
	if (state_open(&j->state, j->dir, "state") == -1)
		return errno;
	if (state_meta(j->state)->pos != j->upto)
		return ENOENT;
	j->digest = state_digest(j->state);
	j->filter = state_filter(j->state);
	j->fd = openat(j->dir, "state", O_RDONLY | O_CLOEXEC);
	if (j->digest == NULL || j->filter == NULL || j->fd == -1)
		return errno;
	checkpoint_clean(j->dir, state_meta(j->state)->pos);
	return 0;
}

/* On the worker. */
static void
run(struct rask_job *job)
{
	struct ckpt_job *j = (struct ckpt_job *)job;

	j->why[0] = '\0';
	j->error = j->renamed ? put_in_place(j) : fold(j);
}

static void done(struct rask_job *job);

/* Submit one half of the job. */
static void
submit(struct store *s, bool renamed)
{
	struct ckpt_job *j = &s->ckpt;

	j->s = s;
	j->dir = s->dir;
	j->renamed = renamed;
	j->job = (struct rask_job){ .run = run, .done = done };
	j->busy = true;
	rask_work_submit(s->o.slow, &j->job);
}

/* The new state takes over from the old one and the frozen table. */
static void
swap(struct store *s)
{
	struct ckpt_job *j = &s->ckpt;
	struct rask_digest *was = s->digest;
	struct rask_sum a, b;

	if (rask_digest_bits(j->digest) != rask_digest_bits(s->since)) {
		store_say(s, LOG_CRIT, "state: made for another depth");
		abort();
	}
	rask_digest_merge(j->digest, s->since);
	a = rask_digest_sum(j->digest, 0, 0);
	b = rask_digest_sum(was, 0, 0);
	if (!rask_sum_equal(a, b))
		store_say(s, LOG_ERR, "state: its digest is not what the "
		    "changes make of it; run rask-index check");
	s->digest = j->digest;
	j->digest = NULL;
	rask_digest_free(was);
	rask_digest_free(s->since);
	s->since = NULL;
	rask_filter_free(s->filter);
	s->filter = j->filter;
	j->filter = NULL;
	state_close(s->state);
	s->state = j->state;
	j->state = NULL;
	s->meta = *state_meta(s->state);
	if (s->state_fd != -1)
		close(s->state_fd);
	s->state_fd = j->fd;
	j->fd = -1;
	rask_gather_free(s->frozen);
	s->frozen = NULL;
	s->checkpoints++;
	feed_trim(&s->feed, s->meta.pos);
}

/* Is it likely that what failed so will fail again? */
static bool
lasts(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EIO ||
	    error == EROFS || error == EBADMSG;
}

/* Half of it is done, or it failed. */
static void
done(struct rask_job *job)
{
	struct ckpt_job *j = (struct ckpt_job *)job;
	struct store *s = j->s;

	j->busy = false;
	s->stuck = lasts(j->error) ? j->error : 0;
	if (j->error != 0) {
		state_close(j->state);
		j->state = NULL;
		rask_digest_free(j->digest);
		j->digest = NULL;
		rask_filter_free(j->filter);
		j->filter = NULL;
		if (j->fd != -1)
			close(j->fd);
		j->fd = -1;
		/* what was made is gone: it is made again */
		if (j->renamed && !j->placed && j->error == ENOENT)
			s->folded = false;
		store_failed(s, FAILED_CKPT, j->why[0] != '\0' ? j->why :
		    strerror(j->error));
		return;
	}
	if (!j->renamed) {
		s->folded = true;
		store_checkpoint(s, false);
		return;
	}
	s->folded = j->placed = false;
	store_works(s, FAILED_CKPT);
	swap(s);
	if (s->ready != NULL && !s->closing)
		s->ready(s->ready_ctx);
}

/* Write down the moves that are not over, behind what will be folded. */
static int
keep_moves(struct store *s)
{
	struct moves was = s->moves;

	if (store_moves_again(s) == 0 && feed_write(&s->feed) == 0)
		return 0;
	store_failed(s, FAILED_CKPT, strerror(errno));
	feed_drop(&s->feed);
	s->moves = was;
	return -1;
}

/* From here on changes gather in a new table. */
static int
freeze(struct store *s)
{
	unsigned bits = state_bits(s->live + s->gone, s->meta.bits);
	struct rask_gather *next = rask_gather_new();
	uint64_t upto;

	s->since = rask_digest_new(state_digest_bits(bits));
	if (next == NULL || s->since == NULL) {
		rask_gather_free(next);
		rask_digest_free(s->since);
		s->since = NULL;
		return -1;
	}
	upto = s->feed.written;
	if (s->moves.n > 0 && keep_moves(s) == -1) {
		rask_gather_free(next);
		rask_digest_free(s->since);
		s->since = NULL;
		return -1;
	}
	s->frozen = s->active;
	s->active = next;
	s->frozen_to = upto;
	s->ckpt.pos = s->meta.pos;
	s->ckpt.upto = upto;
	return 0;
}

void
store_checkpoint(struct store *s, bool now)
{
	if (s->ckpt.busy || s->no_ckpt)
		return;
	if (s->frozen == NULL) {
		now = now || rask_gather_count(s->active) >= s->o.gather_max ||
		    store_ahead(s) >= s->o.feed_max / 2 ||
		    s->feed.segs.n > SEGS_MANY;
		if (!now || store_ahead(s) == 0 || freeze(s) == -1)
			return;
	}
	if (!s->folded)
		submit(s, false);
	else if (s->feed.synced >= s->frozen_to)
		submit(s, true);
	else
		store_hurry(s);
}

/* Wait for what the workers do. */
static void
drain(struct store *s)
{
	while (s->sync.busy || s->pause.busy || s->retry.busy ||
	    s->ckpt.busy) {
		eventfd_write(s->hurry, 1);
		eventfd_write(s->end, 1);
		rask_work_drain(s->o.work);
		rask_work_drain(s->o.slow);
	}
}

int
store_settle(struct store *s)
{
	uint64_t upto;
	int tries;

	s->closing = true;
	drain(s);
	upto = s->feed.written;
	for (tries = 0; tries < 8 && s->meta.pos < upto; tries++) {
		s->no_sync = s->no_ckpt = false;
		store_sync(s);
		store_checkpoint(s, true);
		drain(s);
		if (s->no_sync || s->no_ckpt)
			break;
	}
	store_sync(s);
	drain(s);
	if (s->meta.pos >= upto && s->feed.synced == s->feed.written)
		return 0;
	errno = s->ckpt.error != 0 ? s->ckpt.error : EIO;
	return -1;
}
