/* lib/rate.h: tokens and the window, in a time of our own. */
#include <errno.h>

#include "../../lib/frame.h"
#include "../../lib/rate.h"
#include "unit.h"

#define MS	INT64_C(1000000)	/* ns */
#define SECOND	INT64_C(1000000000)	/* ns */
#define KIB	UINT64_C(1024)
#define MIB	(1024 * KIB)

static void
test_unlimited(void)
{
	struct rask_rate r;
	int64_t now;

	rask_rate_init(&r, 0, 5);
	for (now = 5; now < 100; now++) {
		CHECK(rask_rate_wait(&r, SIZE_MAX, now) == 0);
		rask_rate_take(&r, RASK_SLICE_MAX);
	}
}

/*
 * Send pieces of n bytes for a while, each as soon as it may go; the bytes
 * that went.
 */
static uint64_t
send_for(struct rask_rate *r, size_t n, int64_t from, int64_t time)
{
	int64_t now = from, wait;
	uint64_t sent = 0;
	int idle = 0;

	while (now < from + time) {
		if ((wait = rask_rate_wait(r, n, now)) > 0) {
			CHECK(++idle < 3);	/* no wait is too short */
			now += wait;
			continue;
		}
		idle = 0;
		rask_rate_take(r, n);
		sent += n;
	}
	return sent;
}

static void
test_rate(void)
{
	static const uint64_t rates[] = { 1, 3, 1000, 64 * KIB, 100 * KIB,
	    3 * MIB, 1024 * MIB };
	static const size_t pieces[] = { 1, 1000, 64 * 1024, RASK_SLICE_MAX };
	struct rask_rate r;
	uint64_t sent, most, least, due;
	size_t i, k;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++)
		for (k = 0; k < sizeof(pieces) / sizeof(pieces[0]); k++) {
			if (rates[i] / pieces[k] > 1000000)
				continue;	/* just more of the same */
			due = rates[i] * 60;
			most = due + RASK_SLICE_MAX + pieces[k];
			least = due > pieces[k] ? due - pieces[k] : 0;
			rask_rate_init(&r, rates[i], 17);
			sent = send_for(&r, pieces[k], 17, 60 * SECOND);
			CHECK_SEED(rates[i], sent <= most);
			CHECK_SEED(rates[i], sent >= least);
		}
}

/* Tokens gather only so far, however long nothing is sent. */
static void
test_burst(void)
{
	struct rask_rate r;
	uint64_t sent = 0;

	rask_rate_init(&r, 10 * MIB, 0);
	CHECK(r.burst == RASK_SLICE_MAX);
	while (rask_rate_wait(&r, 1024, 3600 * SECOND) == 0) {
		rask_rate_take(&r, 1024);
		sent += 1024;
	}
	CHECK(sent == RASK_SLICE_MAX);
	rask_rate_init(&r, 1000, 0);
	CHECK(r.burst == 250);
}

static void
test_window(void)
{
	struct rask_window w;

	rask_window_init(&w, 1000, 5000, 0);
	CHECK(rask_window_open(&w, 1000));
	CHECK(!rask_window_open(&w, 1001));
	rask_window_sent(&w, 600);
	CHECK(rask_window_open(&w, 400) && !rask_window_open(&w, 401));
	CHECK(rask_window_written(&w, 100, -1, 1) == 0);
	CHECK(rask_window_open(&w, 500) && !rask_window_open(&w, 501));
	CHECK(rask_window_written(&w, 600, -1, 2) == 0);
	CHECK(rask_window_open(&w, 1000) && !rask_window_open(&w, 1001));
}

static void
test_lies(void)
{
	struct rask_window w;

	rask_window_init(&w, 1000, 1000, 0);
	rask_window_sent(&w, 500);
	CHECK(rask_window_written(&w, 400, 100, SECOND) == 0);
	errno = 0;
	CHECK(rask_window_written(&w, 399, 100, SECOND) == -1);
	CHECK(errno == EPROTO);
	errno = 0;
	CHECK(rask_window_written(&w, 501, 100, SECOND) == -1);
	CHECK(errno == EPROTO);
	CHECK(w.written == 400);
	CHECK(rask_window_written(&w, 400, 100, SECOND) == 0);
}

/*
 * A path of rate bytes/s and a round trip of rtt us, the window always full:
 * the window after ten seconds.
 */
static uint64_t
grown(uint64_t most, uint64_t rate, long rtt)
{
	struct rask_window w;
	int64_t now;
	uint64_t can;

	rask_window_init(&w, MIB, most, 0);
	for (now = 0; now < 10 * SECOND; now += MS) {
		while (rask_window_open(&w, 64 * KIB))
			rask_window_sent(&w, 64 * KIB);
		/* What is on the way is written a round trip later. */
		can = w.size * (uint64_t)MS / ((uint64_t)rtt * 1000 + 1);
		if (can > rate / 1000)
			can = rate / 1000;
		if (can > w.sent - w.written)
			can = w.sent - w.written;
		CHECK(rask_window_written(&w, w.written + can, rtt, now) == 0);
		CHECK(w.size >= MIB && w.size <= w.most);
	}
	return w.size;
}

static void
test_grows(void)
{
	/* 100 MiB/s over 1 ms have 0.1 MiB on the way: it stays. */
	CHECK(grown(16 * MIB, 100 * MIB, 1000) == MIB);
	/* Over 50 ms they have 5 MiB, and it grows to about twice that. */
	CHECK(grown(16 * MIB, 100 * MIB, 50000) > 5 * MIB);
	CHECK(grown(16 * MIB, 100 * MIB, 50000) < 12 * MIB);
	/* Never above what the receiver gives, nor below what it starts at. */
	CHECK(grown(2 * MIB, 100 * MIB, 50000) == 2 * MIB);
	CHECK(grown(0, 100 * MIB, 50000) == MIB);
	CHECK(grown(16 * MIB, 100 * MIB, 500000) == 16 * MIB);
}

/* Without a round trip, or when it was not the window that held us. */
static void
test_stays(void)
{
	struct rask_window w;
	int64_t now;

	rask_window_init(&w, MIB, 16 * MIB, 0);
	for (now = 0; now < 100 * MS; now += MS) {
		rask_window_sent(&w, MIB);
		CHECK(!rask_window_open(&w, 1));
		CHECK(rask_window_written(&w, w.sent, -1, now) == 0);
	}
	CHECK(w.size == MIB);
	rask_window_init(&w, MIB, 16 * MIB, 0);
	for (now = 0; now < SECOND; now += 50 * MS) {
		rask_window_sent(&w, MIB);
		CHECK(rask_window_written(&w, w.sent, 40000, now) == 0);
	}
	CHECK(w.size == MIB);
}

static const struct unit tests[] = {
	{ "without a rate nothing waits", test_unlimited },
	{ "a rate is kept, whatever the pieces, and used up", test_rate },
	{ "what was not used gathers to a slice at most", test_burst },
	{ "no more is on the way than the window", test_window },
	{ "a receiver cannot take back, nor write what was not sent",
	    test_lies },
	{ "the window grows to what the round trip needs, no further",
	    test_grows },
	{ "and only if it was the window that held us", test_stays },
};

UNIT_MAIN(tests)
