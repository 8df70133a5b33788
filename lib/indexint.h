#ifndef INDEXINT_H
#define INDEXINT_H

#include "index.h"

/* The inside of lib/index.h, shared by index.c and indexopen.c. */
struct rask_index {
	int fd;				/* owned */
	bool eof;			/* nothing more will come */
	struct rask_ihello hello;	/* the index's */
	struct rask_slabs *pool;
	struct rask_deframe *in;
	struct rask_buf out;		/* questions to be sent */
	uint64_t last;			/* number given to a question */
	uint64_t bytes[2], frames[2];	/* sent, received */
	int fds[RASK_VIEW_MAX];		/* owned, in order of arrival */
	int n_fds;
	int timeout;			/* ms that a recvmsg(2) blocks; -1: not
					 * set; 0: for ever */
};

/* ms of a clock that only goes on. */
int64_t rask_index_now(void);

/*
 * The next frame that has come; words of a BYE go to why.
 * Returns: 1; 0: none yet; -1 with errno.
 */
int rask_index_frame(struct rask_index *x, struct rask_frame *f,
    char why[RASK_WHY_MAX + 1]);

/* Wait until something can go on, up to a moment (below 0: for ever), and do
 * that.  Returns: 0, or -1 with errno. */
int rask_index_wait(struct rask_index *x, int64_t until);

#endif
