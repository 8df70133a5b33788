#ifndef RASK_WORK_H
#define RASK_WORK_H

#include <stdbool.h>

/*
 * A thread that does jobs in their order, so that the caller's loop never
 * waits for a disk or a long computation.
 *
 * Always true: a job is run once, off the caller's thread, and then finished
 * once, on the caller's thread, in the order of submission.  The caller
 * neither touches nor frees a job between the two.
 */
struct rask_work;

struct rask_job {
	void (*run)(struct rask_job *job);	/* on the worker */
	void (*done)(struct rask_job *job);	/* on the caller's thread */
	struct rask_job *next;			/* the queue's own */
};

/*
 * Start a thread.  A `background` one yields to whoever else wants the
 * processor.  Returns: the worker, or NULL with errno.
 */
struct rask_work *rask_work_new(bool background);

/*
 * Run what was submitted, finish it, and end the thread.
 * Blocks:  until the jobs at hand have run.
 */
void rask_work_free(struct rask_work *w);

/* Readable when jobs wait to be finished. */
int rask_work_fd(const struct rask_work *w);

/* Hand a job over.  Never fails, never blocks. */
void rask_work_submit(struct rask_work *w, struct rask_job *job);

/* Finish the jobs that have run: call their `done`. */
void rask_work_reap(struct rask_work *w);

/* Wait until every job has run, and finish them all. */
void rask_work_drain(struct rask_work *w);

#endif
