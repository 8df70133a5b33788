/*
 * Lines, any bytes between LFs: what parses is a legal change, its line has
 * nothing raw in it, and reading and writing that again changes nothing.
 */
#include <errno.h>
#include <string.h>

#include "../../lib/line.h"
#include "../../lib/path.h"
#include "check.h"

/* Parse a copy of len bytes at s, which *copy is to be freed of. */
static int
parse(const void *s, size_t len, struct rask_change *c, char **copy)
{
	const char *why = NULL;
	int r;

	CHECK((*copy = malloc(len + 1)) != NULL);
	memcpy(*copy, s, len);
	r = rask_line_parse(*copy, len, c, &why);
	CHECK(r == 0 || (why != NULL && *why != '\0'));
	CHECK(r == 0 || errno == EINVAL || errno == ENAMETOOLONG);
	return r;
}

/* Is the change one that its header allows? */
static void
legal(const struct rask_change *c)
{
	CHECK(c->op >= RASK_OP_PUT && c->op <= RASK_OP_REMARK);
	CHECK(c->path != NULL);
	if (c->op == RASK_OP_REMARK)
		return;
	CHECK((c->path2 != NULL) == (c->op == RASK_OP_MV));
	if (c->op == RASK_OP_TREE)
		CHECK(*c->path == '/' && strlen(c->path) <= RASK_PATH_MAX);
	else
		CHECK(rask_path_check(c->path, strlen(c->path)) == 0);
	if (c->op == RASK_OP_MV) {
		CHECK(rask_path_check(c->path2, strlen(c->path2)) == 0);
		CHECK(!rask_path_meet(c->path, c->path2));
	}
	CHECK(!(c->have & RASK_F_MODE) || c->mode <= 07777);
	CHECK(!(c->have & RASK_F_ACK) || c->ack == RASK_ACK_VISIBLE ||
	    c->ack == RASK_ACK_DURABLE);
}

/* Does the line end in its one LF, with TABs alone for controls? */
static void
clean(const struct rask_buf *b)
{
	const unsigned char *p = rask_buf_head(b);
	size_t i, n = rask_buf_left(b);

	CHECK(n > 0 && p[n - 1] == '\n');
	for (i = 0; i < n - 1 && *p != '#'; i++)
		CHECK((p[i] >= 0x20 && p[i] != 0x7f) || p[i] == '\t');
}

/* One line. */
static void
one(const uint8_t *s, size_t len)
{
	struct rask_change c, d;
	struct rask_buf a = { 0 }, b = { 0 };
	char *first, *second;

	if (parse(s, len, &c, &first) == 0) {
		legal(&c);
		CHECK(rask_line_format(&a, &c) == 0);
		clean(&a);
		CHECK(parse(rask_buf_head(&a), rask_buf_left(&a) - 1, &d,
		    &second) == 0);
		CHECK(c.op == d.op && c.have == d.have);
		CHECK(strcmp(c.path, d.path) == 0);
		CHECK(rask_line_format(&b, &d) == 0);
		CHECK(rask_buf_left(&a) == rask_buf_left(&b));
		CHECK(memcmp(rask_buf_head(&a), rask_buf_head(&b),
		    rask_buf_left(&a)) == 0);
		free(second);
	}
	free(first);
	rask_buf_free(&a);
	rask_buf_free(&b);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const uint8_t *lf;

	while ((lf = len ? memchr(data, '\n', len) : NULL) != NULL) {
		one(data, (size_t)(lf - data));
		len -= (size_t)(lf - data) + 1;
		data = lf + 1;
	}
	if (len > 0)
		one(data, len);
	return 0;
}
