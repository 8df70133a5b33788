/*
 * What a path is now.  A file is stable while it is read: its size, mtime and
 * ctime are the same before and after.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "lease.h"
#include "send.h"

#define TRIES	3	/* reads of a file that changes meanwhile */

/* Are these the same state of a file? */
static bool
same(const struct stat *a, const struct stat *b)
{
	return a->st_size == b->st_size &&
	    rask_ns(&a->st_mtim) == rask_ns(&b->st_mtim) &&
	    rask_ns(&a->st_ctim) == rask_ns(&b->st_ctim);
}

/* Note what fd says about itself. */
static void
describe(struct sighting *to, uint8_t type)
{
	to->msg.type = type;
	to->msg.mode = to->st.st_mode & 0777;
	to->msg.size = (uint64_t)to->st.st_size;
	to->msg.mtime = rask_ns(&to->st.st_mtim);
}

/* Read a small file whole. */
static enum sight
read_small(int fd, struct sighting *to)
{
	struct stat after;
	ssize_t n;
	int i;

	for (i = 0; i < TRIES; i++) {
		/* One byte more than there is says that there is no more. */
		n = pread(fd, to->content, (size_t)to->st.st_size + 1, 0);
		if (n == -1 || fstat(fd, &after) == -1)
			return SIGHT_ERROR;
		if (n == to->st.st_size && same(&to->st, &after)) {
			describe(to, RASK_PUT);
			return rask_sha(to->content, (size_t)n,
			    to->msg.hash) == -1 ? SIGHT_ERROR : SIGHT_SMALL;
		}
		to->st = after;
		if ((size_t)after.st_size > to->limit)
			break;
	}
	return SIGHT_CHANGING;
}

/* Not a thing that can be opened: a symlink perhaps. */
static enum sight
look_at_name(int root, const char *path, struct sighting *to)
{
	struct rask_tree t = { .root = root };
	struct rask_place pl;
	enum sight r = SIGHT_ERROR;
	ssize_t n;

	if (rask_place_open(&t, path, false, &pl) == -1) {
		to->why = "it is behind a symbolic link";
		return errno == ELOOP ? SIGHT_OTHER : SIGHT_ERROR;
	}
	n = -1;
	if (fstatat(pl.dir, pl.name, &to->st, AT_SYMLINK_NOFOLLOW) == 0)
		n = readlinkat(pl.dir, pl.name, to->msg.other,
		    sizeof(to->msg.other) - 1);
	if (n != -1) {
		to->msg.other[n] = '\0';
		describe(to, RASK_SYMLINK);
		to->msg.mode = 0;
		to->msg.size = 0;
		r = SIGHT_NAME;
	} else if (errno == EINVAL) {
		to->why = "it is a socket or a device";
		r = SIGHT_OTHER;
	}
	to->error = errno;
	rask_place_close(&pl);
	return r;
}

/* Something is open in fd: what is it? */
static enum sight
look_at(int fd, bool found, struct sighting *to)
{
	if (fstat(fd, &to->st) == -1)
		return SIGHT_ERROR;
	if (S_ISDIR(to->st.st_mode)) {
		describe(to, RASK_MKDIR);
		to->msg.size = 0;
		to->msg.mtime = 0;
		return SIGHT_NAME;
	}
	if (!S_ISREG(to->st.st_mode)) {
		to->why = "it is not a regular file";
		return SIGHT_OTHER;
	}
	if (found && rask_lease_fd(fd) == RASK_LEASE_BUSY)
		return SIGHT_BUSY;
	if ((uint64_t)to->st.st_size > to->limit) {
		describe(to, RASK_OPEN);
		return SIGHT_LARGE;
	}
	return read_small(fd, to);
}

enum sight
look(int root, const char *path, bool found, struct sighting *to)
{
	enum sight r;
	int fd;

	to->fd = -1;
	to->error = 0;
	to->msg.other[0] = '\0';
	strcpy(to->msg.path, path);
	fd = rask_beneath(root, path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK |
	    O_NOCTTY, 0);
	if (fd == -1) {
		to->error = errno;
		if (errno == ENOENT || errno == ENOTDIR)
			return SIGHT_GONE;
		if (errno == ELOOP || errno == ENXIO || errno == ENODEV)
			return look_at_name(root, path, to);
		to->why = "it is on another filesystem";
		return errno == EXDEV ? SIGHT_OTHER : SIGHT_ERROR;
	}
	r = look_at(fd, found, to);
	to->error = errno;
	if (r == SIGHT_LARGE)
		to->fd = fd;
	else
		close(fd);
	return r;
}
