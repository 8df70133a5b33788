/* The sum over what stands at a path. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "treeop.h"
#include "walk.h"

/* Add one entry, found as name in dir; st is of it. */
static int
add(unsigned char sum[RASK_SUM_LEN], const char *path, int dir,
    const char *name, const struct stat *st)
{
	struct rask_item item = { .path = path, .target = "" };
	char target[PATH_MAX];
	ssize_t n;

	item.mode = st->st_mode & 0777;
	if (S_ISREG(st->st_mode)) {
		item.kind = 'f';
		item.size = (uint64_t)st->st_size;
		item.mtime = rask_ns(&st->st_mtim);
	} else if (S_ISLNK(st->st_mode)) {
		n = readlinkat(dir, name, target, sizeof(target) - 1);
		if (n == -1)
			return -1;
		target[n] = '\0';
		item.kind = 'l';
		item.mode = 0;
		item.mtime = rask_ns(&st->st_mtim);
		item.target = target;
	} else if (S_ISDIR(st->st_mode))
		item.kind = 'd';
	else
		return 0;	/* not replicated */
	return rask_item_add(sum, &item);
}

/* The entries of a directory, with their paths relative to it. */
static int
add_below(int root, const char *path, unsigned char sum[RASK_SUM_LEN])
{
	struct rask_walk_entry e;
	struct rask_walk *w;
	const char *rel;
	size_t skip = strlen(path);
	int r;

	if ((w = rask_walk_open(root, path, RASK_WALK_STAT)) == NULL)
		return -1;
	while ((r = rask_walk_next(w, &e)) == 1) {
		if (e.error != 0 || e.mount) {
			errno = EAGAIN;
			r = -1;
			break;
		}
		rel = e.path + skip;
		if (*rel == '/')
			rel++;
		if (add(sum, rel, e.dir, e.name, &e.st) == -1) {
			r = -1;
			break;
		}
	}
	rask_walk_close(w);
	return r;
}

int
rask_subtree_sum(int root, const char *path, unsigned char sum[RASK_SUM_LEN])
{
	struct rask_tree t = { .root = root };
	struct rask_place pl;
	struct stat st;
	int r;

	memset(sum, 0, RASK_SUM_LEN);
	if (rask_place_open(&t, path, false, &pl) == -1)
		return -1;
	if ((r = fstatat(pl.dir, pl.name, &st, AT_SYMLINK_NOFOLLOW)) == 0)
		r = S_ISDIR(st.st_mode) ? add_below(root, path, sum) :
		    add(sum, "", pl.dir, pl.name, &st);
	rask_place_close(&pl);
	return r;
}
