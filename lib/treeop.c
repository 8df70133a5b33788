/* The operations on a tree. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "treeop.h"

/* Set mode and mtime of what fd is, where they differ; 1 if they did. */
static int
set_meta(int fd, const struct stat *st, uint32_t mode, int64_t mtime)
{
	struct timespec ts[2] = { { 0, UTIME_OMIT }, rask_timespec(mtime) };
	int r = 0;

	if ((st->st_mode & 0777) != mode) {
		if (fchmod(fd, mode | (st->st_mode & 07000)) == -1)
			return -1;
		r = 1;
	}
	if (rask_ns(&st->st_mtim) != mtime) {
		if (futimens(fd, ts) == -1)
			return -1;
		r = 1;
	}
	return r;
}

/* Does fd hold exactly these n bytes? */
static bool
same_content(int fd, const unsigned char *content, size_t n)
{
	unsigned char buf[16 * 1024];
	size_t at = 0;
	ssize_t r;

	while (at < n) {
		r = pread(fd, buf, sizeof(buf), (off_t)at);
		if (r <= 0 || (size_t)r > n - at ||
		    memcmp(buf, content + at, (size_t)r) != 0)
			return false;
		at += (size_t)r;
	}
	return pread(fd, buf, 1, (off_t)n) == 0;
}

/*
 * Is this content here already?  Then only mode and mtime are set.
 * 1: yes; 0: no, put it in place; -1: neither can be.
 */
static int
put_held(const struct rask_place *pl, const struct rask_msg *m,
    enum rask_outcome *how)
{
	struct stat st;
	int fd, r = 0;

	if (fstatat(pl->dir, pl->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != m->size)
		return 0;
	fd = openat(pl->dir, pl->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd == -1)
		return 0;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    same_content(fd, m->content, (size_t)m->size)) {
		r = set_meta(fd, &st, m->mode, m->mtime);
		*how = r == 1 ? RASK_MADE : RASK_HELD;
		r = r == -1 ? 0 : 1;
	}
	close(fd);
	return r;
}

/* Write all of a small content. */
static int
write_all(int fd, const unsigned char *p, size_t n)
{
	ssize_t w;

	while (n > 0) {
		if ((w = write(fd, p, n)) == -1)
			return -1;
		p += w;
		n -= (size_t)w;
	}
	return 0;
}

int
rask_op_put(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how, struct rask_taken **taken)
{
	struct rask_taken *k = NULL;
	struct rask_place pl;
	struct rask_made made;
	int r;

	*how = RASK_MADE;
	if (rask_place_open(t, m->path, true, &pl) == -1)
		return -1;
	if ((r = put_held(&pl, m, how)) != 0)
		goto out;
	if ((r = rask_make(t, &pl, m->mode, &made)) == -1)
		goto out;
	if ((r = write_all(made.fd, m->content, (size_t)m->size)) == -1 ||
	    (r = rask_make_place(t, &made, &pl, m->mode, m->mtime, &k)) == -1)
		rask_make_drop(&made);
	else
		close(made.fd);
out:
	if (k != NULL) {
		k->next = *taken;
		*taken = k;
	}
	rask_place_close(&pl);
	return r == -1 ? -1 : 0;
}

int
rask_op_holds(const struct rask_place *pl, const struct rask_msg *m)
{
	struct stat st;

	if (fstatat(pl->dir, pl->name, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -1;
	if (!S_ISREG(st.st_mode) || (uint64_t)st.st_size != m->size ||
	    rask_ns(&st.st_mtim) != m->mtime)
		return 0;
	if ((st.st_mode & 0777) != m->mode &&
	    rask_place_chmod(pl, &st, m->mode) == -1)
		return -1;
	return 1;
}

int
rask_op_meta(struct rask_tree *t, const struct rask_msg *m,
    enum rask_outcome *how)
{
	struct rask_place pl;
	struct stat st;
	int fd, r;

	if (rask_place_open(t, m->path, false, &pl) == -1)
		goto stale;
	fd = openat(pl.dir, pl.name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	rask_place_close(&pl);
	if (fd == -1)
		goto stale;
	if (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode) ||
	    (uint64_t)st.st_size != m->size ||
	    (rask_ns(&st.st_mtim) != m->base &&
	    rask_ns(&st.st_mtim) != m->mtime)) {
		close(fd);
		goto stale;
	}
	r = set_meta(fd, &st, m->mode, m->mtime);
	*how = r == 1 ? RASK_MADE : RASK_HELD;
	close(fd);
	return r == -1 ? -1 : 0;
stale:
	errno = ESTALE;
	return -1;
}
