/*
 * lib/query.h: the golden frames of the index's socket, written as those in
 * t/vectors/frames are: the first word of a bad one is the error that it
 * meets; EXTENDED is a good one that would be written otherwise.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/query.h"
#include "unit.h"

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

/* Read a vector. */
static void
read_vector(const char *name, struct vector *v)
{
	char path[sizeof(v->name) + 8], *line = NULL;
	size_t cap = 0;
	FILE *f;

	snprintf(v->name, sizeof(v->name), "%s", name);
	snprintf(path, sizeof(path), "index/%s", name);
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

	snprintf(path, sizeof(path), "%s/index", dir ? dir : "t/vectors");
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

/* Decode a frame, and encode it again.  Returns: 0, -1 if it is refused. */
static int
again(const struct rask_frame *f, struct rask_buf *out)
{
	static struct rask_question q;
	static struct rask_reply r;
	struct rask_ihello h;

	if (f->type == RASK_INDEX_HELLO)
		return rask_ihello_parse(&h, f) == -1 ? -1 :
		    rask_ihello_add(out, &h);
	if (f->type < RASK_A_ENTRY)
		return rask_question_parse(&q, f) == -1 ? -1 :
		    rask_question_add(out, &q);
	return rask_reply_parse(&r, f) == -1 ? -1 : rask_reply_add(out, &r);
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

/* What is good is written as it was read. */
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
	for (type = RASK_INDEX_HELLO; type <= RASK_Q_GAVEUP; type++)
		CHECK(seen[type]);
	for (type = RASK_A_ENTRY; type <= RASK_A_FAILED; type++)
		CHECK(seen[type]);
}

/* What is bad is refused with the error that it says. */
static void
bad(const struct vector *v, void *arg)
{
	struct rask_buf out = { 0 };
	struct rask_frame f;
	int want = strcmp(v->word, "EINVAL") == 0 ? EINVAL :
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
	CHECK(each("bad-", bad, NULL) > 40);
}

/* Cutting a good one anywhere is no frame, and no more. */
static void
cut(const struct vector *v, void *arg)
{
	struct rask_frame f = only_frame(v);
	struct rask_buf out = { 0 };
	uint32_t len = f.len;

	(void)arg;
	for (f.len = 0; f.len < len; f.len++) {
		again(&f, &out);
		rask_buf_take(&out, rask_buf_left(&out));
	}
	rask_buf_free(&out);
	free(f.body);
}

static void
test_cut(void)
{
	each("good-", cut, NULL);
}

static void
test_small(void)
{
	static unsigned char body[RASK_SMALL_MAX + 1];
	struct rask_deframe *d = rask_deframe_new(NULL);
	unsigned char head[RASK_FRAME_HEAD];
	struct rask_frame f = { .len = RASK_SMALL_MAX, .type = RASK_Q_LINES,
	    .stream = 1 };
	size_t n = 0;

	CHECK(d != NULL);
	memset(body, '\n', sizeof(body));
	rask_frame_head(head, &f);
	CHECK(rask_deframe_put(d, head, sizeof(head)) == sizeof(head));
	while (n < RASK_SMALL_MAX)
		n += rask_deframe_put(d, body + n, RASK_SMALL_MAX - n);
	CHECK(rask_deframe_next(d, &f) == 1 && f.len == RASK_SMALL_MAX);
	f.len = RASK_SMALL_MAX + 1;
	f.type = RASK_A_RECORDS;
	rask_frame_head(head, &f);
	CHECK(rask_deframe_put(d, head, sizeof(head)) == sizeof(head));
	CHECK(rask_deframe_next(d, &f) == -1 && errno == EPROTO);
	rask_deframe_free(d);
}

static void
test_piecewise(void)
{
	static struct rask_reply r = { .type = RASK_A_ENTRIES, .stream = 3,
	    .n = 1 };
	struct rask_frame f = { .type = RASK_Q_STAT, .stream = 1 };
	struct rask_buf out = { 0 };
	size_t at, before;

	CHECK(rask_buf_add(&out, "xyz", 3) == 0);
	rask_buf_take(&out, 1);
	CHECK(rask_reply_begin(&out, &r, &at) == 0);
	r.n = 2;
	CHECK(rask_reply_end(&out, &r, at) == 0);
	CHECK(rask_frame_parse(&f, rask_buf_head(&out) + at) == 0);
	CHECK(f.len == 2 && f.stream == 3 && f.type == RASK_A_ENTRIES);
	f.body = rask_buf_head(&out) + at + RASK_FRAME_HEAD;
	CHECK(rask_reply_parse(&r, &f) == 0 && r.n == 2);
	before = rask_buf_left(&out);
	f.type = RASK_Q_STAT;
	CHECK(rask_frame_begin(&out, &at) == 0);
	CHECK(rask_buf_room(&out, 65) != NULL);
	memset(out.p + out.len, 0, 65);
	rask_buf_grew(&out, 65);
	CHECK(rask_frame_end(&out, at, f) == -1 && errno == EMSGSIZE);
	CHECK(rask_buf_left(&out) == before);
	rask_buf_free(&out);
}

static const struct unit tests[] = {
	{ "golden frames are read, and written like that again", test_good },
	{ "what breaks the rules is refused for the reason it says",
	    test_bad },
	{ "a frame that is cut is read no further than it goes", test_cut },
	{ "without a pool a body above 32 KiB breaks the rules", test_small },
	{ "a frame made piece by piece is whole, or not there",
	    test_piecewise }
};

UNIT_MAIN(tests)
