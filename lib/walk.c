/* A walk through a directory tree, one open directory at a time. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "tree.h"
#include "walk.h"

/* A directory on the way from the start to the one being read. */
struct level {
	size_t names;		/* where its subdirectories begin in w->names */
	size_t next;		/* the first of them not yet entered */
	size_t len;		/* bytes of its path */
};

struct rask_walk {
	int root;		/* borrowed */
	unsigned flags;		/* RASK_WALK_ bits */
	int fd;			/* the directory yielded last or read, or -1 */
	bool begun;		/* the start has been yielded */
	struct level *levels;	/* from the start down */
	size_t depth;		/* levels in use */
	size_t room;		/* levels allocated */
	struct rask_buf names;	/* NUL-terminated, the deepest level's last */
	size_t pos, end;	/* of the unread entries in ents */
	char path[RASK_PATH_MAX + 1 + RASK_NAME_MAX + 1];
	_Alignas(struct dirent64) char ents[32 * 1024];
};

struct rask_walk *
rask_walk_open(int root, const char *path, unsigned flags)
{
	struct rask_walk *w;

	if ((w = malloc(sizeof(*w))) == NULL)
		return NULL;
	w->root = root;
	w->flags = flags;
	w->fd = -1;
	w->begun = false;
	w->levels = NULL;
	w->depth = w->room = 0;
	memset(&w->names, 0, sizeof(w->names));
	w->pos = w->end = 0;
	strcpy(w->path, path);
	return w;
}

/* End the reading of the current directory. */
static void
shut(struct rask_walk *w)
{
	if (w->fd != -1)
		close(w->fd);
	w->fd = -1;
	w->pos = w->end = 0;
}

void
rask_walk_close(struct rask_walk *w)
{
	if (w == NULL)
		return;
	shut(w);
	rask_buf_free(&w->names);
	free(w->levels);
	free(w);
}

/* Leave the deepest level. */
static void
pop(struct rask_walk *w)
{
	w->names.len = w->levels[--w->depth].names;
}

void
rask_walk_skip(struct rask_walk *w)
{
	if (w->fd == -1)
		return;
	shut(w);
	pop(w);
}

/* Make the directory in w->path, open as w->fd, the deepest level. */
static int
push(struct rask_walk *w)
{
	struct level *l;
	size_t n = w->room ? w->room * 2 : 16;

	if (w->depth == w->room) {
		if ((l = realloc(w->levels, n * sizeof(*l))) == NULL)
			return -1;
		w->levels = l;
		w->room = n;
	}
	l = &w->levels[w->depth++];
	l->names = l->next = w->names.len;
	l->len = strlen(w->path);
	return 0;
}

/* Start an entry whose path is in w->path. */
static void
begin(struct rask_walk *w, struct rask_walk_entry *e, unsigned char type)
{
	e->path = w->path;
	e->name = rask_path_base(w->path);
	e->dir = e->fd = -1;
	e->type = type;
	e->mount = false;
	e->error = 0;
}

/* Open the directory in w->path and yield it. */
static int
enter(struct rask_walk *w, struct rask_walk_entry *e)
{
	begin(w, e, DT_DIR);
	if (strlen(w->path) > RASK_PATH_MAX) {
		e->error = ENAMETOOLONG;
		return 1;
	}
	w->fd = rask_beneath(w->root, w->path[0] ? w->path : ".",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW, 0);
	if (w->fd == -1 && errno == EXDEV) {
		e->mount = true;
		return 1;
	}
	if (w->fd == -1 || ((w->flags & RASK_WALK_STAT) != 0 &&
	    fstat(w->fd, &e->st) == -1)) {
		e->error = errno;
		shut(w);
		return 1;
	}
	if (push(w) == -1) {
		shut(w);
		return -1;
	}
	e->fd = w->fd;
	return 1;
}

/* Put a name after the path of the deepest level. */
static void
join(struct rask_walk *w, const char *name)
{
	char *to = w->path + w->levels[w->depth - 1].len;

	if (to != w->path)
		*to++ = '/';
	strcpy(to, name);
}

/* The type that an inode's mode tells, as readdir(3) would say it. */
static unsigned char
type_of(mode_t mode)
{
	return (unsigned char)IFTODT(mode);
}

/*
 * One name of the directory being read: yield it, or note it for later.
 * Returns: 1 yielded, 0 not, -1.
 */
static int
visit(struct rask_walk *w, struct rask_walk_entry *e, const struct dirent64 *d)
{
	const char *name = d->d_name;
	bool stated = false;

	if (name[0] == '.' && (name[1] == '\0' ||
	    (name[1] == '.' && name[2] == '\0') ||
	    (w->levels[w->depth - 1].len == 0 && strcmp(name, ".rask") == 0 &&
	    (w->flags & RASK_WALK_ANY) == 0)))
		return 0;
	join(w, name);
	begin(w, e, d->d_type);
	e->dir = w->fd;
	if (d->d_type == DT_UNKNOWN || ((w->flags & RASK_WALK_STAT) != 0 &&
	    d->d_type != DT_DIR)) {
		stated = fstatat(w->fd, name, &e->st, AT_SYMLINK_NOFOLLOW) == 0;
		if (stated)
			e->type = type_of(e->st.st_mode);
		else
			e->error = errno;
	}
	if (e->type == DT_DIR)
		return rask_buf_add(&w->names, name, strlen(name) + 1);
	if ((w->flags & RASK_WALK_DIRS) != 0)
		return 0;
	if (strlen(w->path) > RASK_PATH_MAX)
		e->error = ENAMETOOLONG;
	return 1;
}

/* The next entry of the directory being read; 0 when it is at its end. */
static int
read_on(struct rask_walk *w, struct rask_walk_entry *e)
{
	struct dirent64 *d;
	ssize_t n;
	int r;

	for (;;) {
		while (w->pos < w->end) {
			d = (struct dirent64 *)(w->ents + w->pos);
			w->pos += d->d_reclen;
			if ((r = visit(w, e, d)) != 0)
				return r;
		}
		n = getdents64(w->fd, w->ents, sizeof(w->ents));
		w->pos = 0;
		w->end = n > 0 ? (size_t)n : 0;
		if (n > 0)
			continue;
		w->path[w->levels[w->depth - 1].len] = '\0';
		begin(w, e, DT_DIR);
		e->error = errno;
		shut(w);
		return n == 0 ? 0 : 1;
	}
}

int
rask_walk_next(struct rask_walk *w, struct rask_walk_entry *e)
{
	struct level *l;
	const char *name;
	int r;

	if (!w->begun) {
		w->begun = true;
		return enter(w, e);
	}
	if ((w->flags & RASK_WALK_FLAT) != 0 && w->depth > 1)
		rask_walk_skip(w);
	if (w->fd != -1 && (r = read_on(w, e)) != 0)
		return r;
	while (w->depth > 0) {
		l = &w->levels[w->depth - 1];
		if (l->next == w->names.len) {
			pop(w);
			continue;
		}
		name = (const char *)w->names.p + l->next;
		l->next += strlen(name) + 1;
		join(w, name);
		return enter(w, e);
	}
	return 0;
}
