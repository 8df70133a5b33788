/* A thread that does jobs, and tells through an eventfd(2). */
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include "work.h"

struct list {
	struct rask_job *first;
	struct rask_job **last;	/* where one is added */
};

struct rask_work {
	pthread_mutex_t lock;	/* over everything below */
	pthread_cond_t todo;	/* jobs came, or end was set */
	pthread_cond_t idle;	/* nothing is left to run */
	struct list in, out;	/* to run, to finish */
	unsigned busy;		/* jobs in `in` or running */
	bool end;		/* the thread is to end */
	bool background;	/* lower priority */
	pthread_t thread;
	int fd;			/* eventfd, owned */
};

/* Add a job to the end of a list. */
static void
add(struct list *l, struct rask_job *job)
{
	job->next = NULL;
	*l->last = job;
	l->last = &job->next;
}

/* Take a whole list. */
static struct rask_job *
take_all(struct list *l)
{
	struct rask_job *job = l->first;

	l->first = NULL;
	l->last = &l->first;
	return job;
}

/* The thread. */
static void *
work(void *arg)
{
	struct rask_work *w = arg;
	struct rask_job *job;
	const uint64_t one = 1;

	if (w->background)
		setpriority(PRIO_PROCESS, 0, 5);
	pthread_mutex_lock(&w->lock);
	for (;;) {
		while (w->in.first == NULL && !w->end)
			pthread_cond_wait(&w->todo, &w->lock);
		if ((job = w->in.first) == NULL)
			break;
		if ((w->in.first = job->next) == NULL)
			w->in.last = &w->in.first;
		pthread_mutex_unlock(&w->lock);
		job->run(job);
		pthread_mutex_lock(&w->lock);
		add(&w->out, job);
		if (--w->busy == 0)
			pthread_cond_signal(&w->idle);
		if (write(w->fd, &one, sizeof(one)) == -1)
			continue;	/* full, so it is readable already */
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* Start the thread with all signals left to the caller's. */
static int
start(struct rask_work *w)
{
	sigset_t all, old;
	int e;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &old);
	e = pthread_create(&w->thread, NULL, work, w);
	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return e;
}

struct rask_work *
rask_work_new(bool background)
{
	struct rask_work *w;
	int e;

	if ((w = calloc(1, sizeof(*w))) == NULL)
		return NULL;
	if ((w->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) == -1) {
		free(w);
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->todo, NULL);
	pthread_cond_init(&w->idle, NULL);
	w->in.last = &w->in.first;
	w->out.last = &w->out.first;
	w->background = background;
	if ((e = start(w)) != 0) {
		close(w->fd);
		free(w);
		errno = e;
		return NULL;
	}
	return w;
}

void
rask_work_free(struct rask_work *w)
{
	if (w == NULL)
		return;
	rask_work_drain(w);
	pthread_mutex_lock(&w->lock);
	w->end = true;
	pthread_cond_signal(&w->todo);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->idle);
	pthread_cond_destroy(&w->todo);
	pthread_mutex_destroy(&w->lock);
	close(w->fd);
	free(w);
}

int
rask_work_fd(const struct rask_work *w)
{
	return w->fd;
}

void
rask_work_submit(struct rask_work *w, struct rask_job *job)
{
	pthread_mutex_lock(&w->lock);
	add(&w->in, job);
	if (w->busy++ == 0)
		pthread_cond_signal(&w->todo);
	pthread_mutex_unlock(&w->lock);
}

void
rask_work_reap(struct rask_work *w)
{
	struct rask_job *job, *next;
	uint64_t n;

	if (read(w->fd, &n, sizeof(n)) == -1 && errno != EAGAIN)
		return;
	pthread_mutex_lock(&w->lock);
	job = take_all(&w->out);
	pthread_mutex_unlock(&w->lock);
	for (; job != NULL; job = next) {
		next = job->next;
		job->done(job);
	}
}

void
rask_work_drain(struct rask_work *w)
{
	pthread_mutex_lock(&w->lock);
	while (w->busy > 0)
		pthread_cond_wait(&w->idle, &w->lock);
	pthread_mutex_unlock(&w->lock);
	rask_work_reap(w);
}
