/* rask-index check -t: the tree against the store. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "tree.h"
#include "walk.h"

#define TREE_ROOM	(4 * 4096 + 8)	/* bytes of a line with it */
#define PIECE	(64 * 1024)	/* bytes of lines written at once */

/*
 * The root of the tree as the server knows it, or what is written down.
 * Returns: it, in `room`; "" for none.
 */
static const char *
tree_of(struct check *c, char room[TREE_ROOM])
{
	struct rask_change ch;
	const char *s, *why;
	size_t n;

	c->q.type = RASK_Q_STAT;
	if (c->v->x == NULL ||
	    rask_index_call(c->v->x, &c->q, &c->r, WAIT_MS) == -1 ||
	    c->r.len == 0 ||
	    (s = memmem(c->r.bytes, c->r.len, "\ntree=", 6)) == NULL)
		return c->w.node.tree;
	/* It is escaped as in a line, so a line it is. */
	n = (size_t)((const char *)c->r.bytes + c->r.len - (s + 6));
	n = strnlen(s + 6, n);
	if (memchr(s + 6, '\n', n) != NULL)
		n = (size_t)((const char *)memchr(s + 6, '\n', n) - (s + 6));
	if (n > TREE_ROOM - 8)
		return "";
	memcpy(room, "tree\t", 5);
	memcpy(room + 5, s + 6, n);
	return rask_line_parse(room, 5 + n, &ch, &why) == -1 ? "" : ch.path;
}

int
checktree_open(struct check *c)
{
	char room[TREE_ROOM];
	const char *root = c->v->root != NULL ? c->v->root :
	    tree_of(c, room);

	if (root[0] == '\0') {
		diag(LOG_ERR, "%s: no tree was told yet; -C says it", c->who);
		return EX_USAGE;
	}
	c->look.root = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (c->look.root != -1)
		return 0;
	diag(LOG_ERR, "%s: %s", root, strerror(errno));
	return EX_NOINPUT;
}

/* Print the line in c->l.  Returns: 0, or an exit status. */
static int
print(struct check *c, const char *reason)
{
	c->l.c.reason = reason;
	if (entryline_add(&c->out, &c->l, false) == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	c->differing++;
	return rask_buf_left(&c->out) < PIECE ? 0 : verb_print(&c->out);
}

/* Does the tree have what an entry says?  An unsure look says yes. */
static bool
same(const struct rask_entry *e, const struct rask_seen *s)
{
	if (e->kind != s->kind)
		return false;
	switch (e->kind) {
	case RASK_KIND_FILE:
		return e->size == s->size && e->mtime == s->mtime &&
		    e->mode == s->mode;
	case RASK_KIND_LINK:
		return e->mtime == s->mtime &&
		    e->target_len == s->target_len &&
		    memcmp(e->target, s->target, s->target_len) == 0;
	case RASK_KIND_DIR:
		return e->mode == s->mode;
	default:
		return true;
	}
}

/* What the server knows of a path now; NULL: nothing, or there is none. */
static const struct rask_entry *
ask_again(struct check *c, const char *path, size_t len)
{
	c->q.type = RASK_Q_GET;
	c->q.text = path;
	c->q.len = len;
	if (c->v->x == NULL ||
	    rask_index_call(c->v->x, &c->q, &c->r, WAIT_MS) == -1 ||
	    c->r.type != RASK_A_ENTRY || c->r.len == 0)
		return NULL;
	return &c->r.entry;
}

/* Note that the place of a live entry is known. */
static int
note_place(struct check *c, const struct rask_entry *e)
{
	uint64_t *v;

	if (c->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 4096;
		if ((v = reallocarray(c->places, c->cap,
		    sizeof(*v))) == NULL) {
			diag(LOG_ERR, "%s", strerror(errno));
			return EX_OSERR;
		}
		c->places = v;
	}
	c->places[c->n++] = rask_place(e->path, e->path_len);
	return 0;
}

int
checktree_entry(struct check *c, const struct rask_entry *e)
{
	char path[RASK_PATH_MAX + 1];
	const struct rask_entry *now;
	struct rask_seen seen;
	int k, status;

	if ((status = note_place(c, e)) != 0)
		return status;
	memcpy(path, e->path, e->path_len);
	path[e->path_len] = '\0';
	if ((k = look_at(&c->look, path, &seen)) == -1) {
		diag(LOG_WARNING, "%s: %s", path, strerror(errno));
		return 0;
	}
	if (k == 0 || same(e, &seen))
		return 0;
	/* It may have changed since the moment that is looked at. */
	if ((now = ask_again(c, path, e->path_len)) != NULL &&
	    same(now, &seen))
		return 0;
	entryline_set(&c->l, e);
	return print(c, seen.kind == RASK_KIND_GONE ? "missing" : "differs");
}

/* Order of places, for qsort(3) and bsearch(3). */
static int
by_place(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

/* One entry of the tree.  Returns: 0, or an exit status. */
static int
look_up(struct check *c, const struct rask_walk_entry *e)
{
	const struct rask_entry *now;
	size_t len = strlen(e->path);
	uint64_t place;

	if (e->error != 0) {
		if (e->error != ENOENT)
			diag(LOG_WARNING, "%s: %s", e->path,
			    strerror(e->error));
		return 0;
	}
	if (len == 0 || e->mount || (e->type != DT_REG &&
	    e->type != DT_LNK && e->type != DT_DIR))
		return 0;
	place = rask_place(e->path, len);
	if (c->n > 0 && bsearch(&place, c->places, c->n, sizeof(place),
	    by_place) != NULL)
		return 0;
	now = ask_again(c, e->path, len);
	if (now != NULL && now->kind != RASK_KIND_GONE)
		return 0;
	memset(&c->l.c, 0, sizeof(c->l.c));
	c->l.c.op = e->type == DT_REG ? RASK_OP_PUT : e->type == DT_LNK ?
	    RASK_OP_SYMLINK : RASK_OP_MKDIR;
	c->l.c.path = e->path;
	return print(c, "unknown");
}

int
checktree_rest(struct check *c)
{
	struct rask_walk_entry e;
	struct rask_walk *w;
	int k = 0, status = 0;

	if (c->n > 0)
		qsort(c->places, c->n, sizeof(*c->places), by_place);
	if ((w = rask_walk_open(c->look.root, "", 0)) == NULL) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	while (status == 0 && (k = rask_walk_next(w, &e)) == 1)
		status = look_up(c, &e);
	rask_walk_close(w);
	if (k == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	return status;
}
