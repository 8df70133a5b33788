/* lib/line.h: change lines. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/line.h"
#include "unit.h"

/* Parse s, of len bytes, and add what comes out of it: a line or '! WHY'. */
static void
again(struct rask_buf *out, const char *s, size_t len)
{
	struct rask_change c;
	const char *why = NULL;
	char *copy;

	CHECK((copy = malloc(len + 1)) != NULL);
	memcpy(copy, s, len);
	if (rask_line_parse(copy, len, &c, &why) == 0) {
		CHECK_FOR(s, rask_line_format(out, &c) == 0);
	} else {
		CHECK_FOR(s, errno == EINVAL || errno == ENAMETOOLONG);
		CHECK_FOR(s, rask_buf_printf(out, "! %s\n", why) == 0);
	}
	free(copy);
}

/* Every line of NAME.in comes out as that line of NAME.out. */
static void
run_vector(const char *name)
{
	struct rask_buf got = { 0 };
	char path[256], *in = NULL, *want = NULL;
	size_t incap = 0, wantcap = 0;
	FILE *fin, *fout;
	long n, m;

	snprintf(path, sizeof(path), "lines/%s.in", name);
	fin = unit_vectors(path);
	snprintf(path, sizeof(path), "lines/%s.out", name);
	fout = unit_vectors(path);
	while ((n = unit_line(fin, &in, &incap)) != -1) {
		m = unit_line(fout, &want, &wantcap);
		CHECK_FOR(in, m != -1);
		again(&got, in, (size_t)n);
		want[m] = '\n';
		CHECK_FOR(in, rask_buf_left(&got) == (size_t)m + 1 &&
		    memcmp(rask_buf_head(&got), want, (size_t)m + 1) == 0);
		rask_buf_take(&got, rask_buf_left(&got));
	}
	CHECK(unit_line(fout, &want, &wantcap) == -1);
	rask_buf_free(&got);
	free(in);
	free(want);
	fclose(fin);
	fclose(fout);
}

static void
test_changes(void)
{
	run_vector("changes");
}

static void
test_fields(void)
{
	run_vector("fields");
}

static void
test_escapes(void)
{
	run_vector("escapes");
}

static void
test_remarks(void)
{
	run_vector("remarks");
}

static void
test_paths(void)
{
	run_vector("paths");
}

/* Parse a literal line into c, whose strings live in buf. */
static int
parse(const char *s, char *buf, struct rask_change *c)
{
	const char *why;

	strcpy(buf, s);
	return rask_line_parse(buf, strlen(buf), c, &why);
}

static void
test_members(void)
{
	struct rask_change c;
	char buf[256];

	CHECK(parse("mv\ta\\tb\tc\tsize=5\tmtime=-7\tmode=0640\tino=9\tfound=1"
	    "\tack=durable\tfrom=web1\tlag_us=3", buf, &c) == 0);
	CHECK(c.op == RASK_OP_MV);
	CHECK(strcmp(c.path, "a\tb") == 0 && strcmp(c.path2, "c") == 0);
	CHECK(c.size == 5 && c.mtime == -7 && c.mode == 0640 && c.ino == 9);
	CHECK(c.ack == RASK_ACK_DURABLE && c.lag_us == 3);
	CHECK(strcmp(c.from, "web1") == 0);
	CHECK(c.peer == NULL && c.hash == NULL && c.target == NULL);
	CHECK(c.have == (RASK_F_SIZE | RASK_F_MTIME | RASK_F_MODE |
	    RASK_F_INO | RASK_F_FOUND | RASK_F_ACK | RASK_F_LAG));
	CHECK(parse("# listening [::1]:80", buf, &c) == 0);
	CHECK(c.op == RASK_OP_REMARK);
	CHECK(strcmp(c.path, "listening [::1]:80") == 0);
	CHECK(parse("put\ta", buf, &c) == 0);
	CHECK(c.have == 0 && c.path2 == NULL);
}

static void
test_errno(void)
{
	struct rask_change c;
	const char *why;
	char buf[5000] = "put\t";

	memset(buf + 4, 'x', 300);
	CHECK(rask_line_parse(buf, 304, &c, &why) == -1);
	CHECK(errno == ENAMETOOLONG);
	CHECK(parse("put\t../a", buf, &c) == -1 && errno == EINVAL);
	CHECK(parse("put\ta\tsize=x", buf, &c) == -1 && errno == EINVAL);
	memset(buf, '/', sizeof(buf));
	memcpy(buf, "tree\t", 5);
	CHECK(rask_line_parse(buf, 5 + 4095, &c, &why) == 0);
	memset(buf, '/', sizeof(buf));
	memcpy(buf, "tree\t", 5);
	CHECK(rask_line_parse(buf, 5 + 4096, &c, &why) == -1);
	CHECK(errno == ENAMETOOLONG);
}

/* A change with any bytes in its strings and any numbers. */
static void
draw(uint64_t *seed, struct rask_change *c, char text[4][40])
{
	size_t i, j, n;

	memset(c, 0, sizeof(*c));
	for (i = 0; i < 4; i++) {
		n = 1 + unit_below(seed, 38);
		for (j = 0; j < n; j++)
			do
				text[i][j] = (char)unit_random(seed);
			while (text[i][j] == '\0' || text[i][j] == '/');
		text[i][n] = '\0';
	}
	text[0][0] = 'a';
	text[1][0] = 'b';
	c->op = (enum rask_op)(1 + unit_below(seed, RASK_OP_MV));
	c->path = text[0];
	c->path2 = c->op == RASK_OP_MV ? text[1] : NULL;
	c->target = unit_random(seed) & 1 ? text[2] : NULL;
	c->from = unit_random(seed) & 1 ? text[3] : NULL;
	c->have = (unsigned)unit_random(seed) & (2 * RASK_F_ACK - 1);
	c->size = unit_random(seed) >> unit_below(seed, 64);
	c->mtime = (int64_t)unit_random(seed) >> unit_below(seed, 63);
	c->ctime = (int64_t)unit_random(seed) >> unit_below(seed, 63);
	c->ino = unit_random(seed);
	c->seq = unit_random(seed);
	c->lag_us = unit_random(seed);
	c->mode = (uint32_t)unit_random(seed) & 07777;
	c->ack = unit_random(seed) & 1 ? RASK_ACK_VISIBLE : RASK_ACK_DURABLE;
}

/* Are two strings equal, or both NULL? */
static bool
same(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static void
test_round_trip(void)
{
	struct rask_change c, d;
	struct rask_buf b = { 0 };
	const char *why;
	char text[4][40];
	uint64_t seed = 1, from;
	size_t n;
	int i;

	for (i = 0; i < 50000; i++) {
		from = seed;
		draw(&seed, &c, text);
		CHECK(rask_line_format(&b, &c) == 0);
		n = rask_buf_left(&b) - 1;
		CHECK_SEED(from, memchr(rask_buf_head(&b), '\n', n) == NULL);
		CHECK_SEED(from, rask_line_parse((char *)rask_buf_head(&b), n,
		    &d, &why) == 0);
		CHECK_SEED(from, d.op == c.op && d.have == c.have);
		CHECK_SEED(from, same(c.path, d.path) &&
		    same(c.path2, d.path2) && same(c.target, d.target) &&
		    same(c.from, d.from));
		CHECK_SEED(from, !(c.have & RASK_F_SIZE) || c.size == d.size);
		CHECK_SEED(from, !(c.have & RASK_F_MTIME) ||
		    c.mtime == d.mtime);
		CHECK_SEED(from, !(c.have & RASK_F_MODE) || c.mode == d.mode);
		CHECK_SEED(from, !(c.have & RASK_F_ACK) || c.ack == d.ack);
		rask_buf_take(&b, n + 1);
	}
	rask_buf_free(&b);
}

static void
test_incomplete(void)
{
	struct rask_change c = { .op = RASK_OP_MV, .path = "a" };
	struct rask_buf b = { 0 };

	CHECK(rask_line_format(&b, &c) == -1 && errno == EINVAL);
	c.op = RASK_OP_PUT;
	c.path = NULL;
	CHECK(rask_line_format(&b, &c) == -1 && errno == EINVAL);
	c.op = 0;
	c.path = "a";
	CHECK(rask_line_format(&b, &c) == -1 && errno == EINVAL);
	CHECK(rask_buf_left(&b) == 0);
	rask_buf_free(&b);
}

static void
test_words(void)
{
	struct rask_buf b = { 0 };

	CHECK(strcmp(rask_op_name(RASK_OP_PUT), "put") == 0);
	CHECK(strcmp(rask_op_name(RASK_OP_TREE), "tree") == 0);
	CHECK(rask_op_name(RASK_OP_REMARK) == NULL);
	CHECK(rask_op_name(0) == NULL);
	CHECK(rask_line_escape(&b, "a\tb\\\x01") == 0);
	CHECK(rask_buf_left(&b) == 10);
	CHECK(memcmp(rask_buf_head(&b), "a\\tb\\\\\\x01", 10) == 0);
	rask_buf_free(&b);
}

static const struct unit tests[] = {
	{ "an operation has its paths, and no other is known", test_changes },
	{ "known fields are checked, unknown ones passed over", test_fields },
	{ "any byte of a name has one escape, and bad ones are refused",
	    test_escapes },
	{ "what begins with '#' is a remark", test_remarks },
	{ "a path that is not legal in a tree is named as such", test_paths },
	{ "what a line says is in the members", test_members },
	{ "a line that is too long is told from one that is wrong",
	    test_errno },
	{ "what is written is read as it was", test_round_trip },
	{ "a change without its paths is not written", test_incomplete },
	{ "operations have words", test_words },
};

UNIT_MAIN(tests)
