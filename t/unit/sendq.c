/*
 * lib/sendq.h: the queue beside a model, which is a list of the frames in the
 * order of adding.  What goes next is the one that was begun, else the first
 * of the lowest class.
 */
#include <stdlib.h>
#include <string.h>

#include "../../lib/sendq.h"
#include "unit.h"

enum { FRAMES = 4000, STREAMS = 5, MOST = 600 };

/* What the model knows of a frame. */
struct frame {
	unsigned class;
	uint64_t stream;
	size_t head, content;		/* bytes */
	size_t sent;			/* of both */
	unsigned char *borrowed;	/* its content, until `done` */
	bool over;			/* written, or cancelled */
};

struct world {
	struct rask_sendq *q;
	struct frame f[FRAMES];
	size_t first, n;		/* the first not over; added so far */
	size_t done;			/* contents given back */
	uint64_t state, seed;
};

/* The byte at `at` of frame i. */
static unsigned char
byte_of(size_t i, size_t at)
{
	return (unsigned char)(i * 37 + at);
}

/* The queue gives a content back: nobody may read it now. */
static void
on_done(void *ctx, void *arg)
{
	struct world *w = ctx;
	struct frame *f = arg;

	CHECK_SEED(w->seed, f->borrowed != NULL);
	free(f->borrowed);
	f->borrowed = NULL;
	w->done++;
}

/* Add a frame: a head alone, with a copied or with a borrowed content. */
static void
add(struct world *w)
{
	size_t i = w->n++, kind = unit_below(&w->state, 3), at;
	struct frame *f = &w->f[i];
	struct rask_piece piece = { .ctx = w, .arg = f };
	unsigned char head[MOST], *content;

	f->class = (unsigned)unit_below(&w->state, RASK_CLASSES);
	f->stream = unit_below(&w->state, STREAMS);
	f->head = 1 + unit_below(&w->state, 40);
	f->content = kind == 0 ? 0 : 1 + unit_below(&w->state, MOST - 1);
	CHECK((content = malloc(MOST)) != NULL);
	for (at = 0; at < f->head; at++)
		head[at] = byte_of(i, at);
	for (at = 0; at < f->content; at++)
		content[at] = byte_of(i, f->head + at);
	piece.content = content;
	piece.n = f->content;
	if (kind == 2) {
		piece.done = on_done;
		f->borrowed = content;
	}
	CHECK(rask_sendq_add(w->q, f->class, f->stream, head, f->head,
	    kind == 0 ? NULL : &piece) == 0);
	if (kind != 2)
		free(content);
}

/* What goes next; NULL when nothing waits. */
static struct frame *
next(struct world *w)
{
	struct frame *best = NULL, *f;

	while (w->first < w->n && w->f[w->first].over)
		w->first++;
	for (f = w->f + w->first; f < w->f + w->n; f++) {
		if (f->over)
			continue;
		if (f->sent > 0)
			return f;
		if (best == NULL || f->class < best->class)
			best = f;
	}
	return best;
}

/* Compare n bytes that go out with what the model says. */
static void
goes_out(struct world *w, const unsigned char *p, size_t n)
{
	struct frame *f;
	size_t i;

	for (i = 0; i < n; i++) {
		CHECK_SEED(w->seed, (f = next(w)) != NULL);
		CHECK_SEED(w->seed, p[i] ==
		    byte_of((size_t)(f - w->f), f->sent));
		if (++f->sent == f->head + f->content)
			f->over = true;
	}
}

/* Write some of what the queue says is next. */
static void
write_some(struct world *w)
{
	int n = 2 + (int)unit_below(&w->state, 9), i, got;
	size_t max = 1 + unit_below(&w->state, 3 * MOST), bytes = 0, left, k;
	struct iovec iov[10];

	got = rask_sendq_next(w->q, iov, n, max);
	CHECK_SEED(w->seed, got <= n);
	CHECK_SEED(w->seed, (got > 0) == (rask_sendq_total(w->q) > 0));
	for (i = 0; i < got; i++) {
		CHECK_SEED(w->seed, iov[i].iov_len > 0);
		/* One frame may be begun below the limit, none above. */
		CHECK_SEED(w->seed, i < 2 || bytes < max + MOST);
		bytes += iov[i].iov_len;
	}
	left = unit_below(&w->state, 4) == 0 ? bytes :
	    unit_below(&w->state, bytes + 1);
	bytes = left;
	for (i = 0; left > 0; i++, left -= k) {
		k = left < iov[i].iov_len ? left : iov[i].iov_len;
		goes_out(w, iov[i].iov_base, k);
	}
	rask_sendq_wrote(w->q, bytes);
}

/* Cancel a stream of a class. */
static void
cancel(struct world *w)
{
	unsigned class = (unsigned)unit_below(&w->state, RASK_CLASSES);
	uint64_t stream = unit_below(&w->state, STREAMS);
	uint64_t content = 7, want = 7;
	unsigned n = 0;
	size_t i;

	for (i = w->first; i < w->n; i++) {
		if (w->f[i].over || w->f[i].sent > 0 ||
		    w->f[i].class != class || w->f[i].stream != stream)
			continue;
		w->f[i].over = true;
		n++;
		if (w->f[i].borrowed != NULL)
			want += w->f[i].content;
	}
	CHECK_SEED(w->seed, rask_sendq_cancel(w->q, class, stream,
	    &content) == n);
	CHECK_SEED(w->seed, content == want);
}

/* Are the bytes counted, and the contents given back that are over? */
static void
counts(const struct world *w)
{
	size_t bytes[RASK_CLASSES] = { 0 }, total = 0, i;
	unsigned c;

	for (i = w->first; i < w->n; i++) {
		CHECK_SEED(w->seed, !w->f[i].over ||
		    w->f[i].borrowed == NULL);
		if (!w->f[i].over)
			bytes[w->f[i].class] += w->f[i].head +
			    w->f[i].content - w->f[i].sent;
	}
	for (c = 0; c < RASK_CLASSES; c++) {
		CHECK_SEED(w->seed, rask_sendq_bytes(w->q, c) == bytes[c]);
		total += bytes[c];
	}
	CHECK_SEED(w->seed, rask_sendq_total(w->q) == total);
}

/* Add, write and cancel at random. */
static void
live(struct world *w, uint64_t seed)
{
	size_t step;

	memset(w, 0, sizeof(*w));
	w->state = w->seed = seed;
	CHECK((w->q = rask_sendq_new()) != NULL);
	for (step = 0; w->n < FRAMES && step < 3 * FRAMES; step++) {
		switch (unit_below(&w->state, 20)) {
		case 0:
			cancel(w);
			break;
		case 1: case 2: case 3: case 4: case 5: case 6: case 7:
			write_some(w);
			break;
		default:
			/* Now and then the queue becomes empty. */
			if (step % 400 < 300)
				add(w);
			else
				write_some(w);
		}
		counts(w);
	}
}

static void
test_model(void)
{
	static struct world w;
	uint64_t seed;

	for (seed = 1; seed <= 10; seed++) {
		live(&w, seed);
		while (rask_sendq_total(w.q) > 0)
			write_some(&w);
		counts(&w);
		CHECK(next(&w) == NULL);
		rask_sendq_free(w.q);
	}
}

static void
test_free(void)
{
	static struct world w;
	size_t i;

	live(&w, 99);
	for (i = 0; i < 50 && w.n < FRAMES; i++)
		add(&w);
	CHECK(rask_sendq_total(w.q) > 0);
	rask_sendq_free(w.q);
	for (i = 0; i < w.n; i++)
		CHECK(w.f[i].borrowed == NULL);
	rask_sendq_free(NULL);
}

/* A small frame behind a large one that was begun, before all others. */
static void
test_overtakes(void)
{
	struct rask_sendq *q = rask_sendq_new();
	static const char big[1000] = { 0 };
	struct iovec iov[8];

	CHECK(q != NULL);
	CHECK(rask_sendq_add(q, 2, 1, big, sizeof(big), NULL) == 0);
	CHECK(rask_sendq_add(q, 2, 2, big, sizeof(big), NULL) == 0);
	CHECK(rask_sendq_next(q, iov, 8, 100) == 1);
	rask_sendq_wrote(q, 10);
	CHECK(rask_sendq_add(q, 1, 3, "live", 4, NULL) == 0);
	CHECK(rask_sendq_add(q, 0, 4, "ack", 3, NULL) == 0);
	CHECK(rask_sendq_next(q, iov, 8, 10000) == 4);
	CHECK(iov[0].iov_len == 990);
	CHECK(iov[1].iov_len == 3 && memcmp(iov[1].iov_base, "ack", 3) == 0);
	CHECK(iov[2].iov_len == 4 && memcmp(iov[2].iov_base, "live", 4) == 0);
	CHECK(iov[3].iov_len == 1000);
	rask_sendq_free(q);
}

static const struct unit tests[] = {
	{ "an instruction waits for the frame that was begun, no longer",
	    test_overtakes },
	{ "classes are strict, what is begun ends, bytes are counted",
	    test_model },
	{ "whatever waits at the end is given back", test_free },
};

UNIT_MAIN(tests)
