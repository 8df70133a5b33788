/* What stands at a path of the tree. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "look.h"
#include "tree.h"

void
look_init(struct look *l)
{
	l->root = l->dir = -1;
	l->len = 0;
}

void
look_forget(struct look *l)
{
	if (l->dir != -1)
		close(l->dir);
	l->dir = -1;
}

void
look_close(struct look *l)
{
	look_forget(l);
	if (l->root != -1)
		close(l->root);
	l->root = -1;
}

void
look_changed(struct look *l, const char *path)
{
	size_t n;

	if (l->dir == -1)
		return;
	n = strlen(path);
	if (n <= l->len && memcmp(path, l->path, n) == 0 &&
	    (n == l->len || l->path[n] == '/'))
		look_forget(l);
}

/* The directory that a path is in; -1 with errno. */
static int
dir_of(struct look *l, const char *path)
{
	size_t n = rask_path_dirlen(path);

	if (n == 0)
		return l->root;
	if (l->dir != -1 && l->len == n && memcmp(l->path, path, n) == 0)
		return l->dir;
	look_forget(l);
	memcpy(l->path, path, n);
	l->path[n] = '\0';
	l->len = n;
	l->dir = rask_beneath(l->root, l->path, O_PATH | O_DIRECTORY, 0);
	return l->dir;
}

/* Does an error say that there is nothing? */
static bool
says_gone(int e)
{
	return e == ENOENT || e == ENOTDIR || e == ELOOP;
}

/* What errno says: gone, unknown, or a failure. */
static int
judge_error(struct rask_seen *seen)
{
	seen->kind = RASK_KIND_GONE;
	if (says_gone(errno))
		return 1;
	switch (errno) {
	case EACCES:
	case EPERM:
	case EXDEV:
	case ENAMETOOLONG:
		return 0;
	default:
		return -1;
	}
}

void
look_fill(struct rask_seen *seen, const struct stat *st)
{
	bool file = S_ISREG(st->st_mode), link = S_ISLNK(st->st_mode);

	seen->kind = file ? RASK_KIND_FILE : link ? RASK_KIND_LINK :
	    S_ISDIR(st->st_mode) ? RASK_KIND_DIR : RASK_KIND_GONE;
	seen->mode = link ? 0 : st->st_mode & 0777;
	seen->size = file ? (uint64_t)st->st_size : 0;
	seen->mtime = file || link ? rask_ns(&st->st_mtim) : 0;
	seen->ino = st->st_ino;
	seen->ctime = rask_ns(&st->st_ctim);
	seen->target = NULL;
	seen->target_len = 0;
}

int
look_at(struct look *l, const char *path, struct rask_seen *seen)
{
	const char *name = rask_path_base(path);
	struct stat st;
	ssize_t n;
	int dir;

	memset(seen, 0, sizeof(*seen));
	if ((dir = dir_of(l, path)) == -1 ||
	    fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return judge_error(seen);
	look_fill(seen, &st);
	if (seen->kind != RASK_KIND_LINK)
		return 1;
	n = readlinkat(dir, name, l->target, sizeof(l->target));
	if (n == -1 && errno == EINVAL)
		return 0;	/* another thing since; a line will come */
	if (n == -1)
		return judge_error(seen);
	if (n == 0 || n > RASK_PATH_MAX)
		return 0;
	seen->target = l->target;
	seen->target_len = (uint16_t)n;
	return 1;
}
