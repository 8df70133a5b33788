/* The directory nodes of a watcher and their watches. */
#include <sys/inotify.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "watchint.h"

#define MASK	(IN_CREATE | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB | \
	IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE | IN_DELETE_SELF | \
	IN_MOVE_SELF | IN_EXCL_UNLINK | IN_ONLYDIR | IN_DONT_FOLLOW)

#define HANDLE_MAX	64	/* bytes of a file handle that is kept */

/* End one watch. */
static void
unwatch(void *arg, int wd)
{
	struct rask_watch *w = arg;

	inotify_rm_watch(w->fd, wd);
	if (w->dir != -1 && w->dir_wd == wd) {
		close(w->dir);
		w->dir = -1;
	}
}

void
rask_wnode_drop(struct rask_watch *w, struct rask_wdir *n)
{
	rask_wdirs_drop(&w->dirs, n, unwatch, w);
}

void
rask_wnode_sweep(struct rask_watch *w)
{
	rask_wdirs_sweep(&w->dirs, w->round, unwatch, w);
}

/* The handle of an open directory, for when its path is lost; or NULL. */
static struct file_handle *
handle_of(int fd)
{
	union {
		struct file_handle h;
		char room[sizeof(struct file_handle) + HANDLE_MAX];
	} u;
	struct file_handle *h;
	int mount;

	u.h.handle_bytes = HANDLE_MAX;
	if (name_to_handle_at(fd, "", &u.h, &mount, AT_EMPTY_PATH) == -1 ||
	    (h = malloc(sizeof(*h) + u.h.handle_bytes)) == NULL)
		return NULL;
	memcpy(h, &u, sizeof(*h) + u.h.handle_bytes);
	return h;
}

int
rask_wnode_open(struct rask_watch *w, unsigned tree, struct file_handle *h)
{
	int fd, mount, e;

	if (h == NULL) {
		errno = EPERM;
		return -1;
	}
	if ((fd = rask_watch_rootfd(w, tree)) == -1 ||
	    (mount = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)) ==
	    -1)
		return -1;
	fd = open_by_handle_at(mount, h, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	e = errno;
	close(mount);
	errno = e;
	return fd;
}

struct file_handle *
rask_wnode_handle(const struct rask_wdir *n)
{
	struct file_handle *h;
	size_t size;

	if (n == NULL || n->handle == NULL)
		return NULL;
	size = sizeof(*h) + n->handle->handle_bytes;
	if ((h = malloc(size)) != NULL)
		memcpy(h, n->handle, size);
	return h;
}

/* Find out whether directories can be opened by their handles. */
static void
probe_handles(struct rask_watch *w, unsigned tree, int root)
{
	struct file_handle *h = handle_of(root);
	int fd;

	if (h == NULL)
		return;
	if ((fd = rask_wnode_open(w, tree, h)) != -1) {
		w->handles = true;
		close(fd);
	}
	free(h);
}

/* Add the node of a directory that is watched as wd. */
static int
add_node(struct rask_watch *w, unsigned tree, struct rask_wdir *up,
    const char *name, int wd, int fd)
{
	struct rask_wdir *n;

	if ((n = rask_wdirs_add(&w->dirs, up, name, wd, tree)) == NULL) {
		inotify_rm_watch(w->fd, wd);
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	}
	if (up == NULL) {
		w->trees[tree].top = n;
		probe_handles(w, tree, fd);
	}
	if (w->handles)
		n->handle = handle_of(fd);
	n->round = w->round;
	return RASK_WNODE_NEW;
}

/* A watched directory is found at another place than it was known at. */
static int
meet_elsewhere(struct rask_watch *w, struct rask_wdir *n,
    struct rask_wdir *up, const char *path)
{
	char old[RASK_PATH_MAX + 1];
	struct rask_wdir *have;

	for (have = up; have != NULL; have = have->up)
		if (have == n)
			return RASK_WNODE_NONE;	/* it moves as we look */
	if (rask_wdir_path(n, NULL, old) == 0 &&
	    rask_wleft_moved(w, n->tree, old, path, n) == -1)
		return -1;
	have = rask_wdirs_child(&w->dirs, up, rask_path_base(path));
	if (have != NULL)
		rask_wnode_drop(w, have);
	if (rask_wdirs_move(&w->dirs, n, up, rask_path_base(path)) == -1)
		return rask_watch_fail(w, RASK_WATCH_ERROR, NULL, ENOMEM);
	n->round = w->round;
	return RASK_WNODE_MOVED;
}

/* What a watch on path, or the lack of one, means for the nodes. */
static int
place(struct rask_watch *w, unsigned tree, const char *path, int fd, int wd)
{
	struct rask_wdir *n = rask_wdirs_wd(&w->dirs, wd), *up = NULL, *have;

	have = w->trees[tree].top;
	if (path[0] != '\0') {
		up = rask_watch_parent(w, tree, path);
		if (up == NULL) {
			/* Its parent has just moved, and takes it along. */
			if (n == NULL)
				inotify_rm_watch(w->fd, wd);
			return RASK_WNODE_NONE;
		}
		have = rask_wdirs_child(&w->dirs, up, rask_path_base(path));
	}
	if (n != NULL && n == have) {
		n->round = w->round;
		return RASK_WNODE_KNOWN;
	}
	if (n != NULL)
		return meet_elsewhere(w, n, up, path);
	if (have != NULL && up != NULL)
		rask_wnode_drop(w, have);
	return add_node(w, tree, up, rask_path_base(path), wd, fd);
}

/* Watch the directory that fd is open on.  Returns: wd, or -1 with errno. */
static int
watch(struct rask_watch *w, int fd)
{
	char proc[64];

	/* By descriptor, so that nobody can put another directory there. */
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d/.", fd);
	return inotify_add_watch(w->fd, proc, MASK);
}

/* A watched directory has come from another tree: it begins anew. */
static int
change_tree(struct rask_watch *w, struct rask_wdir *n, int fd)
{
	char old[RASK_PATH_MAX + 1];

	if (rask_wdir_path(n, NULL, old) == 0 &&
	    rask_wleft_other(w, n->tree, old, fd) == -1)
		return -1;
	rask_wnode_drop(w, n);
	return watch(w, fd);
}

int
rask_wnode_watch(struct rask_watch *w, unsigned tree, const char *path,
    int fd, int *wd)
{
	struct rask_wdir *n;

	if ((*wd = watch(w, fd)) != -1 &&
	    (n = rask_wdirs_wd(&w->dirs, *wd)) != NULL && path[0] != '\0') {
		if (n->up == NULL)
			return RASK_WNODE_NONE;		/* another root */
		if (n->tree != tree)
			*wd = change_tree(w, n, fd);
	}
	if (w->failed)
		return -1;
	if (*wd != -1)
		return place(w, tree, path, fd, *wd);
	if (errno == ENOSPC)
		return rask_watch_fail(w, RASK_WATCH_WATCHES, NULL, errno);
	if (errno == ENOMEM || path[0] == '\0')
		return rask_watch_fail(w, RASK_WATCH_ERROR,
		    w->trees[tree].root, errno);
	rask_watch_say(w, RASK_WATCH_UNREAD, tree, path, errno);
	return RASK_WNODE_NONE;
}
