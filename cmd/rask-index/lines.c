/* Change lines are taken: each says which path to look at. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hints.h"

/* Take a root for the tree.  Returns: 0; -1 with errno, and it is as it was. */
static int
set_tree(struct hints *h, const char *tree)
{
	char *copy;
	int fd;

	fd = open(tree, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (copy = strdup(tree)) == NULL) {
		if (fd != -1)
			close(fd);
		return -1;
	}
	free(h->tree);
	h->tree = copy;
	look_close(&h->look);
	h->look.root = fd;
	store_set_tree(h->store, tree);
	return 0;
}

struct hints *
hints_new(struct store *s, struct rask_work *hasher, const char *tree)
{
	struct store_info info;
	struct hints *h;

	if ((h = calloc(1, sizeof(*h))) == NULL)
		return NULL;
	store_info(s, &info);
	h->store = s;
	h->hasher = hasher;
	h->node = info.node;
	h->fixed = tree != NULL;
	look_init(&h->look);
	if (waits_init(&h->waits) == -1 ||
	    (tree != NULL && set_tree(h, tree) == -1)) {
		int e = errno;

		hints_free(h);
		errno = e;
		return NULL;
	}
	store_moves(s, move_resume, h);
	return h;
}

void
hints_free(struct hints *h)
{
	if (h == NULL)
		return;
	h->ending = true;
	if (h->waits.hashing > 0)
		rask_work_drain(h->hasher);
	moves_free(&h->moves);
	waits_end(&h->waits);
	look_close(&h->look);
	rask_buf_free(&h->sweep.paths);
	rask_buf_free(&h->text);
	free(h->tree);
	free(h);
}

const char *
hints_tree(const struct hints *h)
{
	return h->tree;
}

int
hints_root(const struct hints *h)
{
	return h->look.root;
}

bool
hints_full(const struct hints *h)
{
	return h->waits.n >= WAITS_MAX || h->moves.n == MOVES_LIMIT ||
	    !store_ready(h->store);
}

/* A `tree` line; *why says what is wrong with it. */
static int
take_tree(struct hints *h, const struct rask_change *c, bool live,
    const char **why)
{
	if (!live || h->fixed)
		return 0;
	h->foreign = h->tree != NULL && strcmp(h->tree, c->path) != 0;
	if (h->foreign) {
		*why = "another tree";
	} else if (h->tree == NULL && set_tree(h, c->path) == -1) {
		*why = "no such tree";
	}
	return 0;
}

/* A directory has left the tree; the watcher cannot name what was in it. */
static int
take_left(struct hints *h, const char *escaped)
{
	struct rask_change c;
	const char *why;
	char line[4 * RASK_PATH_MAX + 8];
	int n;

	/* Its path is written as that of a change. */
	n = snprintf(line, sizeof(line), "del\t%s", escaped);
	if (n < 0 || (size_t)n >= sizeof(line) ||
	    rask_line_parse(line, (size_t)n, &c, &why) == -1)
		return 0;
	return moves_add(&h->moves, MOVE_LEFT, c.path, "") == NULL ? -1 : 0;
}

/* A remark of the watcher. */
static int
take_remark(struct hints *h, const char *text)
{
	if (strcmp(text, "overflow") == 0)
		sweep_overflow(h);
	else if (strcmp(text, "rescan done") == 0)
		sweep_rescanned(h);
	else if (strncmp(text, "left ", 5) == 0)
		return take_left(h, text + 5);
	return 0;
}

/* A change. */
static int
take_change(struct hints *h, const struct rask_change *c, bool live,
    const char **why)
{
	unsigned said = ((c->have & RASK_F_FOUND) != 0 ? LOOK_FOUND : 0) |
	    (c->op == RASK_OP_DEL || !live ? LOOK_GONE : 0);

	if (h->look.root == -1 || (live && h->foreign)) {
		*why = h->foreign ? "another tree" : "no tree known";
		return 0;
	}
	if (c->op == RASK_OP_MV) {
		if (waits_must(&h->waits, c->path) ||
		    waits_must(&h->waits, c->path2))
			return waits_mv(&h->waits, c->path, c->path2, live);
		return hints_mv(h, c->path, c->path2, live);
	}
	if (c->op != RASK_OP_PUT)
		look_changed(&h->look, c->path);
	if (waits_must(&h->waits, c->path)) {
		if (live && grant_echo(h, c))
			return 0;
		return waits_look(&h->waits, c->path, said);
	}
	return hints_look(h, c->path, said, live ? c : NULL);
}

/* One line, without its LF; a malformed one is told by *why. */
static int
take_line(struct hints *h, char *s, size_t len, bool live, const char **why)
{
	struct rask_change c;

	if (rask_line_parse(s, len, &c, why) == -1)
		return 0;
	*why = NULL;
	switch (c.op) {
	case RASK_OP_TREE:
		return take_tree(h, &c, live, why);
	case RASK_OP_REMARK:
		return live ? take_remark(h, c.path) : 0;
	default:
		return take_change(h, &c, live, why);
	}
}

/* All lines of the scratch copy. */
static int
take_all(struct hints *h, char *p, size_t len, bool live,
    struct hints_result *res)
{
	char *end = p + len, *lf;
	const char *why;

	for (; p < end; p = lf + 1) {
		if ((lf = memchr(p, '\n', (size_t)(end - p))) == NULL)
			lf = end;
		res->lines++;
		why = NULL;
		if (take_line(h, p, (size_t)(lf - p), live, &why) == -1)
			return -1;
		if (why == NULL)
			continue;
		if (res->bad++ == 0) {
			res->first_bad = res->lines;
			res->why = why;
		}
	}
	return 0;
}

/* Lines have to wait: EAGAIN, or the error for which that does not end. */
static int
must_wait(const struct hints *h)
{
	int why;

	hints_pending(h, &why);
	errno = why != 0 ? why : EAGAIN;
	return -1;
}

int
hints_take(struct hints *h, char *text, size_t len, bool live,
    struct hints_result *res)
{
	uint64_t before = h->changes;
	int r, e;

	memset(res, 0, sizeof(*res));
	if (hints_full(h))
		return must_wait(h);
	h->stalled = 0;
	rask_buf_take(&h->text, rask_buf_left(&h->text));
	if (rask_buf_add(&h->text, text, len) == -1 ||
	    rask_buf_add(&h->text, "", 1) == -1)
		return -1;
	r = take_all(h, (char *)rask_buf_head(&h->text), len, live, res);
	e = errno;
	look_forget(&h->look);
	/*
	 * Lines are hints: what was taken before one that could not be stays,
	 * and is no change when the same text comes again.
	 */
	if (hints_commit(h) == -1)
		return -1;
	res->changes = h->changes - before;
	errno = e;
	return r == -1 && (e == EBUSY || e == EAGAIN) ? must_wait(h) : r;
}
