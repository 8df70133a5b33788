/* The operations on names: links, directories, deletes, renames. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "treeop.h"
#include "walk.h"

/* Add what was taken out to the caller's list. */
static void
add_taken(struct rask_taken **list, struct rask_taken *k)
{
	if (k == NULL)
		return;
	k->next = *list;
	*list = k;
}

/* Is there a symlink with this target?  Then it gets the mtime. */
static bool
link_held(const struct rask_place *pl, const struct rask_msg *m)
{
	struct timespec ts[2] = { { 0, UTIME_OMIT },
	    rask_timespec(m->mtime) };
	char target[PATH_MAX];
	ssize_t n;

	n = readlinkat(pl->dir, pl->name, target, sizeof(target));
	if (n == -1 || (size_t)n != strlen(m->other) ||
	    memcmp(target, m->other, (size_t)n) != 0)
		return false;
	return utimensat(pl->dir, pl->name, ts, AT_SYMLINK_NOFOLLOW) == 0;
}

int
rask_op_symlink(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken)
{
	struct timespec ts[2] = { { 0, UTIME_OMIT },
	    rask_timespec(m->mtime) };
	struct rask_taken *k = NULL;
	char name[RASK_TMP_LEN];
	struct rask_place pl;
	int r;

	if (rask_place_open(t, m->path, true, &pl) == -1)
		return -1;
	*how = RASK_HELD;
	if (link_held(&pl, m)) {
		rask_place_close(&pl);
		return 0;
	}
	*how = RASK_MADE;
	rask_tree_name(t, name);
	if ((r = symlinkat(m->other, t->tmp, name)) == 0 &&
	    ((r = utimensat(t->tmp, name, ts, AT_SYMLINK_NOFOLLOW)) == -1 ||
	    (r = rask_put_in(t, t->tmp, name, &pl, &k)) == -1)) {
		int e = errno;

		unlinkat(t->tmp, name, 0);
		errno = e;
	}
	add_taken(taken, k);
	rask_place_close(&pl);
	return r;
}

/* Make a directory at pl; what is no directory there goes out first. */
static int
make_dir(struct rask_tree *t, const struct rask_place *pl, uint32_t mode,
    enum rask_outcome *how, struct rask_taken **k)
{
	struct stat st;

	*how = RASK_MADE;
	if (mkdirat(pl->dir, pl->name, mode) == 0)
		return 0;
	if (errno != EEXIST ||
	    fstatat(pl->dir, pl->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode)) {
		if (rask_take_out(t, pl, k) == -1)
			return -1;
		if (mkdirat(pl->dir, pl->name, mode) == 0)
			return 0;
		rask_put_back(t, pl, k);
		return -1;
	}
	if ((st.st_mode & 0777) == mode) {
		*how = RASK_HELD;
		return 0;
	}
	return rask_place_chmod(pl, &st, mode);
}

int
rask_op_mkdir(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken)
{
	struct rask_taken *k = NULL;
	struct rask_place pl;
	int r;

	if (rask_place_open(t, m->path, true, &pl) == -1)
		return -1;
	r = make_dir(t, &pl, m->mode, how, &k);
	add_taken(taken, k);
	rask_place_close(&pl);
	return r;
}

int
rask_op_del(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken)
{
	struct rask_taken *k = NULL;
	struct rask_place pl;
	int r;

	*how = RASK_HELD;
	if (rask_place_open(t, m->path, false, &pl) == -1)
		return errno == ENOENT || errno == ENOTDIR ||
		    errno == ELOOP ? 0 : -1;
	r = rask_take_out(t, &pl, &k);
	if (r == -1 && errno == EISDIR)
		r = unlinkat(pl.dir, pl.name, AT_REMOVEDIR);
	if (r == 0)
		*how = RASK_MADE;
	else if (errno == ENOENT)
		r = 0;
	else if (errno == EEXIST)
		errno = ENOTEMPTY;
	add_taken(taken, k);
	rask_place_close(&pl);
	return r;
}

/* Rename old to new where nothing is, or a file over a file. */
static int
move(struct rask_tree *t, const struct rask_place *old,
    const struct rask_place *new, struct rask_taken **k)
{
	struct stat st;

	int r;

	if (rask_place_look(old, &st) == -1)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return rask_put_in(t, old->dir, old->name, new, k);
	r = rask_rename_new(old->dir, old->name, new);
	if (r == -1 && errno == EEXIST)
		errno = ESTALE;
	return r;
}

int
rask_op_mv(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken)
{
	unsigned char sum[RASK_SUM_LEN];
	struct rask_place old, new;
	struct rask_taken *k = NULL;
	int r = -1;

	*how = RASK_MADE;
	if (rask_subtree_sum(t->root, m->path, sum) == -1 ||
	    memcmp(sum, m->id, sizeof(sum)) != 0 ||
	    rask_place_open(t, m->path, false, &old) == -1) {
		errno = ESTALE;
		return -1;
	}
	if (rask_place_open(t, m->other, true, &new) == 0) {
		r = move(t, &old, &new, &k);
		rask_place_close(&new);
	}
	add_taken(taken, k);
	rask_place_close(&old);
	return r;
}
