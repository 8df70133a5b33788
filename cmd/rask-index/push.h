#ifndef PUSH_H
#define PUSH_H

#include "verb.h"

/*
 * Lines from stdin to an index: they are read, gathered into questions, and
 * some of these are on their way at once.
 *
 * Always true: at most PUSH_OPEN questions are unanswered; lines are sent as
 * soon as no more of them are there to be read.
 */
#define PUSH_OPEN	16

struct push {
	struct verb *v;		/* borrowed */
	struct rask_buf in;	/* read, not yet sent */
	bool eof;		/* stdin has ended */
	unsigned open;		/* questions on their way */
	uint64_t sent;		/* lines */
	uint64_t first;		/* number of the first line just given out */
	uint64_t answered;	/* lines, or entries of MERGEs */
	uint64_t changes;	/* of these */
	uint64_t bad;		/* malformed ones, told */
	uint64_t seq;		/* the last that was told */
	struct rask_question q;
	struct rask_reply r;
};

/* Begin, with nothing sent. */
void push_init(struct push *p, struct verb *v);
/* Give the memory back. */
void push_free(struct push *p);

/*
 * Whole lines, at most `max` bytes of them; a longer one is told and passed
 * over.
 * Returns: 1 and the lines, which stand until the next call and count as sent;
 *          0 at the end; -1 - an exit status.
 * Blocks:  on stdin, when all questions are answered.
 */
int push_lines(struct push *p, size_t max, char **text, size_t *len);

/* Send p->q.  Returns: 0, or an exit status. */
int push_send(struct push *p);
/* Wait until no more than n questions are unanswered.  As push_send(). */
int push_wait(struct push *p, unsigned n);
/* Say that a line is wrong. */
void push_bad(struct push *p, uint64_t line, const char *why);
/* Wait until all is durable.  As push_send(). */
int push_sync(struct push *p);

#endif
