/*
 * What a peer sends, any bytes: the frames that come out of them do not depend
 * on how they were cut, and a body that is accepted is within its limits, and
 * once it was written again, reading and writing changes nothing more.
 */
#include <errno.h>
#include <string.h>

#include "../../lib/ack.h"
#include "../../lib/msg.h"
#include "../../lib/path.h"
#include "check.h"

#define SLABS	2	/* kept by the pools here */

/* A change that was accepted: can it be used without another look? */
static void
legal(const struct rask_msg *m)
{
	CHECK(m->stream > 0 && m->mode <= 0777 && m->size <= INT64_MAX);
	CHECK(rask_path_check(m->path, strlen(m->path)) == 0);
	CHECK(strlen(m->other) < sizeof(m->other));
	if (m->type == RASK_MV) {
		CHECK(rask_path_check(m->other, strlen(m->other)) == 0);
		CHECK(!rask_path_meet(m->path, m->other));
	} else
		CHECK((m->other[0] != '\0') == (m->type == RASK_SYMLINK));
	CHECK((m->content != NULL) == (m->type == RASK_PUT));
	CHECK(m->type != RASK_PUT || m->size <= RASK_INLINE_MAX);
}

/* Read a change, and write it. */
static int
change(const struct rask_frame *f, struct rask_buf *out)
{
	static struct rask_msg m;
	unsigned char head[RASK_MSG_ROOM];
	size_t n;

	errno = 0;
	if (rask_msg_parse(&m, f) == -1) {
		CHECK(errno == EPROTO || errno == EINVAL ||
		    errno == ENAMETOOLONG);
		return -1;
	}
	legal(&m);
	n = rask_msg_write(head, &m);
	CHECK(n <= sizeof(head) && rask_buf_add(out, head, n) == 0);
	if (m.type != RASK_PUT)
		return 0;
	CHECK(m.content >= f->body &&
	    m.content + m.size == f->body + f->len);
	return rask_buf_add(out, m.content, (size_t)m.size);
}

/* Read acks, and write them. */
static int
acks(const struct rask_frame *f, struct rask_buf *out)
{
	struct rask_acks a = { 0 };
	enum rask_ack level;
	unsigned i;
	int r;

	if ((r = rask_acks_parse(&a, f, &level)) == 0) {
		CHECK(a.n > 0 && a.n <= RASK_ACKS_MAX);
		CHECK(level == RASK_ACK_VISIBLE || level == RASK_ACK_DURABLE);
		for (i = 0; i < a.n; i++)
			CHECK(a.r[i].first > 0 && a.r[i].first <= a.r[i].last);
		CHECK(rask_acks_send(out, &a, level) == 0);
	}
	rask_acks_free(&a);
	return r;
}

/* Read a HELLO, and write it. */
static int
hello(const struct rask_frame *f, struct rask_buf *out)
{
	struct rask_hello h;

	errno = 0;
	if (rask_hello_parse(&h, f) == -1) {
		CHECK(errno == EPROTO || errno == EPROTONOSUPPORT);
		return -1;
	}
	CHECK(h.min <= RASK_PROTO_MAX && h.max >= RASK_PROTO_MIN);
	return rask_hello_add(out, &h);
}

/* Read a slice, and write it. */
static int
slice(const struct rask_frame *f, struct rask_buf *out)
{
	unsigned char head[RASK_DATA_HEAD];
	const unsigned char *content;
	uint64_t offset;
	size_t n;

	if (rask_data_parse(f, &offset, &content, &n) == -1)
		return -1;
	CHECK(n > 0 && n <= RASK_SLICE_MAX && offset + n <= INT64_MAX);
	CHECK(content + n == f->body + f->len);
	rask_data_write(head, f->class, f->stream, offset, n);
	CHECK(rask_buf_add(out, head, sizeof(head)) == 0);
	return rask_buf_add(out, content, n);
}

/* Read a code and a text, and write them. */
static int
words(const struct rask_frame *f, struct rask_buf *out)
{
	char text[RASK_TEXT_MAX + 1];
	unsigned code;
	size_t i;

	if (rask_words_parse(f, &code, text) == -1)
		return -1;
	CHECK(strlen(text) <= RASK_TEXT_MAX && code <= 0xffff);
	for (i = 0; text[i] != '\0'; i++)
		CHECK((unsigned char)text[i] >= 0x20 && text[i] != 0x7f);
	return rask_words_add(out, f->type, f->stream, code, text);
}

/* Read any body, and write the frame.  Returns: 0, or -1 if it is refused. */
static int
again(const struct rask_frame *f, struct rask_buf *out)
{
	unsigned char tag[RASK_TAG_LEN];
	uint64_t number;

	switch (f->type) {
	case RASK_HELLO:
		return hello(f, out);
	case RASK_BYE:
	case RASK_REFUSE:
		return words(f, out);
	case RASK_ACK:
		return acks(f, out);
	case RASK_DATA:
		return slice(f, out);
	case RASK_END:
		return rask_end_parse(f, tag) == -1 ? -1 :
		    rask_end_add(out, f->class, f->stream, tag);
	case RASK_ABORT:
	case RASK_SKIP:
	case RASK_RESUME:
	case RASK_WRITTEN:
		return rask_number_parse(f, &number) == -1 ? -1 :
		    rask_number_add(out, f->type, f->stream, number);
	}
	return change(f, out);
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
		CHECK(again(&g, &b) == 0);
		CHECK(rask_buf_left(&a) == rask_buf_left(&b));
		CHECK(memcmp(rask_buf_head(&a), rask_buf_head(&b),
		    rask_buf_left(&a)) == 0);
	}
	free(copy);
	rask_buf_free(&a);
	rask_buf_free(&b);
}

/*
 * Cut the bytes, at most `step` of them at once, and add all frames to out.
 * Returns: 0, or -1 when the stream breaks the rules.
 */
static int
cut(const uint8_t *data, size_t len, size_t step, struct rask_buf *out,
    void (*use)(const struct rask_frame *f))
{
	struct rask_slabs *pool = rask_slabs_new(RASK_SLAB_SIZE, SLABS);
	struct rask_deframe *d = rask_deframe_new(pool);
	unsigned char head[RASK_FRAME_HEAD];
	struct rask_frame f;
	size_t n;
	int r = 0;

	CHECK(d != NULL);
	for (; len > 0 && r != -1; data += n, len -= n) {
		n = rask_deframe_put(d, data, step < len ? step : len);
		CHECK(n > 0);
		while ((r = rask_deframe_next(d, &f)) == 1) {
			rask_frame_head(head, &f);
			CHECK(rask_buf_add(out, head, sizeof(head)) == 0);
			CHECK(rask_buf_add(out, f.body, f.len) == 0);
			if (use != NULL)
				use(&f);
		}
	}
	CHECK(r == 0 || errno == EPROTO);
	rask_deframe_free(d);
	rask_slabs_free(pool);
	return r;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct rask_buf a = { 0 }, b = { 0 };

	/* Once in the largest steps, once in steps that the input says. */
	CHECK(cut(data, len, SIZE_MAX, &a, fixpoint) ==
	    cut(data, len, len > 0 ? 1 + data[len - 1] : 1, &b, NULL));
	CHECK(rask_buf_left(&a) <= len);
	CHECK(rask_buf_left(&a) == rask_buf_left(&b));
	CHECK(rask_buf_left(&a) == 0 || (memcmp(rask_buf_head(&a), data,
	    rask_buf_left(&a)) == 0 && memcmp(rask_buf_head(&a),
	    rask_buf_head(&b), rask_buf_left(&a)) == 0));
	rask_buf_free(&a);
	rask_buf_free(&b);
	return 0;
}
