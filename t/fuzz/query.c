/*
 * What a client or an index sends on the index's socket, any bytes: a body
 * that is accepted is within its limits, and once it was written again,
 * reading and writing changes nothing more.
 */
#include <errno.h>
#include <string.h>

#include "../../lib/path.h"
#include "../../lib/query.h"
#include "check.h"

/* What is seen at a path: can it be used without another look? */
static void
legal_seen(const struct rask_seen *s)
{
	CHECK(s->kind < RASK_KINDS && s->mode <= 0777);
	CHECK(s->size <= INT64_MAX && s->target_len <= RASK_PATH_MAX);
	CHECK((s->target_len > 0) == (s->kind == RASK_KIND_LINK));
}

/* The same of a question. */
static void
legal(const struct rask_question *q)
{
	CHECK(q->stream > 0);
	switch (q->type) {
	case RASK_Q_GET:
		CHECK(rask_path_check(q->text, q->len) == 0);
		break;
	case RASK_Q_LINES:
		CHECK(q->len > 0 && q->text[q->len - 1] == '\n');
		break;
	case RASK_Q_MERGE:
		CHECK(q->n > 0);
		break;
	case RASK_Q_SUMS:
		CHECK(q->n > 0 && q->n <= RASK_SUMS_MAX);
		break;
	case RASK_Q_ITEMS:
		CHECK(q->n > 0 && q->n <= RASK_ITEMS_MAX);
		break;
	case RASK_Q_ENTRIES:
		CHECK(q->n > 0 && q->n <= RASK_PLACES_MAX);
		break;
	case RASK_Q_INSTALLED:
		CHECK(q->grant > 0);
		legal_seen(&q->seen);
		if (q->has_taken)
			legal_seen(&q->taken);
		break;
	default:
		break;
	}
}

/* Read the records of a reply. */
static void
records(struct rask_reply r)
{
	static struct rask_record rec;
	uint64_t at;
	int k;

	while ((k = rask_records_next(&r, &rec, &at)) == 1)
		;
	CHECK(k == 0 || errno == EPROTO || errno == ENOTSUP);
}

/* Read any body, and write the frame.  Returns: 0, or -1 if it is refused. */
static int
again(const struct rask_frame *f, struct rask_buf *out)
{
	static struct rask_question q;
	static struct rask_reply r;
	struct rask_ihello h;

	errno = 0;
	if (f->type == RASK_INDEX_HELLO) {
		if (rask_ihello_parse(&h, f) == 0)
			return rask_ihello_add(out, &h);
		CHECK(errno == EPROTO || errno == EPROTONOSUPPORT);
		return -1;
	}
	if (f->type < RASK_A_ENTRY) {
		if (rask_question_parse(&q, f) == 0) {
			legal(&q);
			return rask_question_add(out, &q);
		}
		CHECK(errno == EPROTO || errno == EINVAL ||
		    errno == ENAMETOOLONG);
		return -1;
	}
	if (rask_reply_parse(&r, f) == 0) {
		if (r.type == RASK_A_RECORDS)
			records(r);
		return rask_reply_add(out, &r);
	}
	CHECK(errno == EPROTO);
	return -1;
}

/* What was written once is written like that for ever. */
static void
fixpoint(const struct rask_frame *f)
{
	struct rask_buf a = { 0 }, b = { 0 };
	unsigned char *copy = malloc(f->len + (f->len == 0));
	struct rask_frame g = *f;

	/* In memory of just its size, so that reading past the end is seen. */
	CHECK(copy != NULL);
	g.body = memcpy(copy, f->body, f->len);
	if (again(&g, &a) == 0) {
		CHECK(rask_frame_parse(&g, rask_buf_head(&a)) == 0);
		CHECK(rask_buf_left(&a) == RASK_FRAME_HEAD + g.len);
		g.body = rask_buf_head(&a) + RASK_FRAME_HEAD;
		CHECK(g.type == f->type);
		CHECK(g.stream == f->stream || g.type == RASK_INDEX_HELLO);
		CHECK(again(&g, &b) == 0);
		CHECK(rask_buf_left(&a) == rask_buf_left(&b));
		CHECK(memcmp(rask_buf_head(&a), rask_buf_head(&b),
		    rask_buf_left(&a)) == 0);
	}
	free(copy);
	rask_buf_free(&a);
	rask_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rask_deframe *d = rask_deframe_new(NULL);
	struct rask_frame f;
	size_t n;
	int r = 0;

	CHECK(d != NULL);
	for (; len > 0 && r != -1; data += n, len -= n) {
		n = rask_deframe_put(d, data, len);
		CHECK(n > 0);
		while ((r = rask_deframe_next(d, &f)) == 1)
			if (f.type >= RASK_INDEX_HELLO)
				fixpoint(&f);
	}
	CHECK(r == 0 || errno == EPROTO);
	rask_deframe_free(d);
	return 0;
}
