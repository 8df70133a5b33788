#ifndef RASK_RATE_H
#define RASK_RATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * How much bulk data may be sent now: a bucket of tokens for a rate that was
 * asked for, and a window of credit for what the receiver has not yet written.
 * Pure: times are given, in ns of any clock that does not go back.
 */
struct rask_rate {
	uint64_t rate;		/* bytes/s; 0: no limit */
	uint64_t burst;		/* most tokens that gather, bytes */
	double tokens;		/* bytes that may go now; may be below 0 */
	int64_t at;		/* ns, when tokens was right */
};

/* A full bucket of rate bytes/s, a slice or a quarter of a second deep. */
void rask_rate_init(struct rask_rate *r, uint64_t rate, int64_t now);

/* ns to wait until n bytes may go; 0: now. */
int64_t rask_rate_wait(struct rask_rate *r, size_t n, int64_t now);

/* n bytes went. */
void rask_rate_take(struct rask_rate *r, size_t n);

/*
 * The window: it begins at `least`, and only as the measured round trip needs
 * it, twice the bytes that are written in one, does it grow to `most`.
 */
struct rask_window {
	uint64_t least, most;	/* bytes */
	uint64_t size;		/* bytes that may be on the way */
	uint64_t sent;		/* bytes sent since the beginning */
	uint64_t written;	/* of these, reported as written */
	uint64_t mark;		/* `written` when the rate was last taken */
	int64_t marked;		/* ns, when that was */
	bool full;		/* it was the window that held us since */
};

/* Begin at least bytes, to grow to most. */
void rask_window_init(struct rask_window *w, uint64_t least, uint64_t most,
    int64_t now);

/* May n more bytes be sent?  No is remembered. */
bool rask_window_open(struct rask_window *w, size_t n);
/* n bytes were sent. */
void rask_window_sent(struct rask_window *w, size_t n);

/*
 * The peer reports `written` bytes in all; rtt is the least round trip in us,
 * or -1.  Returns: 0, or -1 with EPROTO for a number that cannot be.
 */
int rask_window_written(struct rask_window *w, uint64_t written, long rtt,
    int64_t now);

#endif
