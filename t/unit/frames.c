/*
 * lib/frame.h, msg.h and ack.h: the golden frames, each a file of hexadecimal
 * with blanks and '#' comments.  The first word of a bad one is the error that
 * it meets; EXTENDED is a good one from a later version, which is read, but
 * would be written otherwise.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/ack.h"
#include "../../lib/msg.h"
#include "unit.h"

#define SLABS	2	/* kept by the pools here */

struct vector {
	char name[256];			/* of its file */
	char word[32];			/* the first of its comment */
	unsigned char p[16 * 1024];	/* len bytes */
	size_t len;
};

/* Add the bytes of a line, up to its comment. */
static void
add_line(struct vector *v, const char *s)
{
	unsigned byte;

	for (; *s != '\0' && *s != '#'; s += 2) {
		s += strspn(s, " ");
		if (*s == '\0' || *s == '#')
			break;
		CHECK_FOR(v->name, sscanf(s, "%2x", &byte) == 1);
		CHECK_FOR(v->name, v->len < sizeof(v->p));
		v->p[v->len++] = (unsigned char)byte;
	}
}

/* Read the vector in a file of the directory frames. */
static void
read_vector(const char *name, struct vector *v)
{
	char path[sizeof(v->name) + 8], *line = NULL;
	size_t cap = 0;
	FILE *f;

	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(path, sizeof(path), "frames/%s", name);
	v->len = 0;
	f = unit_vectors(path);
	CHECK_FOR(name, unit_line(f, &line, &cap) > 2);
	CHECK_FOR(name, sscanf(line, "# %31[A-Z]", v->word) == 1);
	while (unit_line(f, &line, &cap) != -1)
		add_line(v, line);
	free(line);
	fclose(f);
}

/* Use every vector whose name begins like this; how many there are. */
static size_t
each(const char *prefix, void (*use)(const struct vector *v, void *arg),
    void *arg)
{
	const char *dir = getenv("RASK_VECTORS");
	static struct vector v;
	struct dirent **names;
	char path[4096];
	size_t count = 0;
	int i, n;

	snprintf(path, sizeof(path), "%s/frames", dir ? dir : "t/vectors");
	CHECK_FOR(path, (n = scandir(path, &names, NULL, alphasort)) > 0);
	for (i = 0; i < n; i++) {
		if (strncmp(names[i]->d_name, prefix, strlen(prefix)) == 0) {
			read_vector(names[i]->d_name, &v);
			use(&v, arg);
			count++;
		}
		free(names[i]);
	}
	free(names);
	return count;
}

/* A cutter and its pool. */
struct cutter {
	struct rask_slabs *pool;
	struct rask_deframe *d;
};

static void
begin(struct cutter *c)
{
	CHECK((c->pool = rask_slabs_new(RASK_SLAB_SIZE, SLABS)) != NULL);
	CHECK((c->d = rask_deframe_new(c->pool)) != NULL);
}

static void
end(struct cutter *c)
{
	rask_deframe_free(c->d);
	rask_slabs_free(c->pool);
}

/* Give the cutter what fits of n bytes; how many that is. */
static size_t
feed(struct cutter *c, const unsigned char *p, size_t n)
{
	n = rask_deframe_put(c->d, p, n);
	CHECK(n > 0);
	return n;
}

/* Encode a change again, with the content of a PUT. */
static void
change_again(const struct rask_msg *m, struct rask_buf *out)
{
	unsigned char head[RASK_MSG_ROOM];

	CHECK(rask_buf_add(out, head, rask_msg_write(head, m)) == 0);
	if (m->type == RASK_PUT)
		CHECK(rask_buf_add(out, m->content, (size_t)m->size) == 0);
}

/* Decode a slice or its end, and encode it again. */
static int
bulk_again(const struct rask_frame *f, struct rask_buf *out)
{
	unsigned char head[RASK_DATA_HEAD], tag[RASK_TAG_LEN];
	const unsigned char *content;
	uint64_t offset;
	size_t n;

	if (f->type == RASK_END)
		return rask_end_parse(f, tag) == -1 ? -1 :
		    rask_end_add(out, f->class, f->stream, tag);
	if (rask_data_parse(f, &offset, &content, &n) == -1)
		return -1;
	rask_data_write(head, f->class, f->stream, offset, n);
	CHECK(rask_buf_add(out, head, sizeof(head)) == 0);
	return rask_buf_add(out, content, n);
}

/* Decode acks, and encode them again. */
static int
acks_again(const struct rask_frame *f, struct rask_buf *out)
{
	struct rask_acks a = { 0 };
	enum rask_ack level;
	int r, e;

	if ((r = rask_acks_parse(&a, f, &level)) == 0)
		r = rask_acks_send(out, &a, level);
	e = errno;
	rask_acks_free(&a);
	errno = e;
	return r;
}

/* Decode any frame, and encode it again.  Returns: 0, -1 if it is refused. */
static int
again(const struct rask_frame *f, struct rask_buf *out)
{
	static struct rask_msg m;
	char text[RASK_TEXT_MAX + 1];
	struct rask_hello h;
	uint64_t number;
	unsigned code;

	switch (f->type) {
	case RASK_HELLO:
		return rask_hello_parse(&h, f) == -1 ? -1 :
		    rask_hello_add(out, &h);
	case RASK_BYE:
	case RASK_REFUSE:
		return rask_words_parse(f, &code, text) == -1 ? -1 :
		    rask_words_add(out, f->type, f->stream, code, text);
	case RASK_DATA:
	case RASK_END:
		return bulk_again(f, out);
	case RASK_ACK:
		return acks_again(f, out);
	case RASK_ABORT:
	case RASK_SKIP:
	case RASK_RESUME:
	case RASK_WRITTEN:
		return rask_number_parse(f, &number) == -1 ? -1 :
		    rask_number_add(out, f->type, f->stream, number);
	}
	if (rask_msg_parse(&m, f) == -1)
		return -1;
	change_again(&m, out);
	return 0;
}

/* The frame of a vector, its body in memory of just that size. */
static struct rask_frame
only_frame(const struct vector *v)
{
	struct rask_frame f;

	CHECK_FOR(v->name, v->len >= RASK_FRAME_HEAD);
	CHECK_FOR(v->name, rask_frame_parse(&f, v->p) == 0);
	CHECK_FOR(v->name, f.len == v->len - RASK_FRAME_HEAD);
	CHECK((f.body = malloc(f.len + (f.len == 0))) != NULL);
	memcpy(f.body, v->p + RASK_FRAME_HEAD, f.len);
	return f;
}

static void
good(const struct vector *v, void *arg)
{
	struct rask_frame f = only_frame(v);
	struct rask_buf out = { 0 };
	bool *seen = arg;

	CHECK_FOR(v->name, again(&f, &out) == 0);
	if (strcmp(v->word, "EXTENDED") != 0) {
		CHECK_FOR(v->name, rask_buf_left(&out) == v->len);
		CHECK_FOR(v->name, memcmp(out.p, v->p, v->len) == 0);
	}
	seen[f.type] = true;
	rask_buf_free(&out);
	free(f.body);
}

static void
test_good(void)
{
	bool seen[256] = { false };
	int type;

	each("good-", good, seen);
	for (type = RASK_HELLO; type <= RASK_BYE; type++)
		CHECK(seen[type]);
	for (type = RASK_PUT; type <= RASK_META; type++)
		CHECK(seen[type]);
	for (type = RASK_ACK; type <= RASK_WRITTEN; type++)
		CHECK(seen[type]);
}

static void
bad(const struct vector *v, void *arg)
{
	struct rask_buf out = { 0 };
	struct rask_frame f;
	int want = strcmp(v->word, "EINVAL") == 0 ? EINVAL :
	    strcmp(v->word, "ENAMETOOLONG") == 0 ? ENAMETOOLONG :
	    strcmp(v->word, "EPROTONOSUPPORT") == 0 ? EPROTONOSUPPORT :
	    strcmp(v->word, "EPROTO") == 0 ? EPROTO : 0;

	(void)arg;
	CHECK_FOR(v->name, want != 0 && v->len >= RASK_FRAME_HEAD);
	errno = 0;
	if (rask_frame_parse(&f, v->p) == 0) {
		f = only_frame(v);
		CHECK_FOR(v->name, again(&f, &out) == -1);
		free(f.body);
	}
	CHECK_FOR(v->name, errno == want);
	rask_buf_free(&out);
}

static void
test_bad(void)
{
	CHECK(each("bad-", bad, NULL) > 50);
}

/* Add a vector to the stream of all. */
static void
join(const struct vector *v, void *arg)
{
	CHECK(rask_buf_add(arg, v->p, v->len) == 0);
}

/*
 * Take frames out of the cutter, which have to be what is in the stream next.
 * Returns: bytes of the stream that they were.
 */
static size_t
take_all(struct cutter *c, const unsigned char *want)
{
	unsigned char head[RASK_FRAME_HEAD];
	struct rask_frame f;
	size_t n = 0;
	int r;

	while ((r = rask_deframe_next(c->d, &f)) == 1) {
		rask_frame_head(head, &f);
		CHECK(memcmp(want + n, head, sizeof(head)) == 0);
		n += sizeof(head);
		CHECK(f.len == 0 || memcmp(want + n, f.body, f.len) == 0);
		n += f.len;
	}
	CHECK(r == 0);
	return n;
}

/* Cut a stream in pieces of at most these sizes, the last one repeated. */
static void
cut(const struct rask_buf *all, const size_t *size, size_t sizes)
{
	struct cutter c;
	size_t at = 0, out = 0, i = 0, left, n;

	begin(&c);
	while (at < all->len) {
		left = size[i < sizes ? i++ : sizes - 1];
		for (; left > 0 && at < all->len; left -= n, at += n) {
			n = feed(&c, all->p + at, left < all->len - at ?
			    left : all->len - at);
			out += take_all(&c, all->p + out);
		}
	}
	CHECK(out == all->len);
	end(&c);
}

static void
test_cut(void)
{
	struct rask_buf all = { 0 };
	size_t size[2] = { 0, SIZE_MAX }, one = 1;

	each("good-", join, &all);
	for (size[0] = 1; size[0] < all.len; size[0]++)
		cut(&all, size, 2);
	cut(&all, &one, 1);
	rask_buf_free(&all);
}

static const struct unit tests[] = {
	{ "every good frame is read, and written as it was", test_good },
	{ "every bad frame is refused with its error", test_bad },
	{ "a stream that is cut anywhere gives the same frames", test_cut },
};

UNIT_MAIN(tests)
