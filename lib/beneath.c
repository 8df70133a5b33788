/* Finding places in a tree without ever leaving it. */
#include <sys/syscall.h>
#include <sys/utsname.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/openat2.h>

#include "hash.h"
#include "tree.h"

#define TRIES	16	/* against renames that race with a look-up */

int
rask_beneath(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how;
	long fd;
	int i;

	memset(&how, 0, sizeof(how));
	how.flags = (unsigned)(flags | O_CLOEXEC);
	if ((flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE)
		how.mode = mode;
	how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS |
	    RESOLVE_NO_MAGICLINKS | RESOLVE_NO_XDEV;
	for (i = 0; i < TRIES; i++) {
		fd = syscall(SYS_openat2, dir, path, &how, sizeof(how));
		if (fd != -1 || (errno != EAGAIN && errno != EINTR))
			break;
	}
	return (int)fd;
}

/* Make the directories on the way to dir, each below the one before. */
static int
make_way(int root, char *dir)
{
	char *s = dir, *end;
	int fd = root, next;

	while (s != NULL) {
		if ((end = strchr(s, '/')) != NULL)
			*end++ = '\0';
		next = -1;
		if (mkdirat(fd, s, 0755) == 0 || errno == EEXIST)
			next = rask_beneath(fd, s, O_PATH | O_DIRECTORY, 0);
		if (fd != root)
			close(fd);
		if ((fd = next) == -1)
			break;
		s = end;
	}
	return fd;
}

int
rask_place_open(const struct rask_tree *t, const char *path, bool make,
    struct rask_place *pl)
{
	char dir[RASK_PATH_MAX + 1];
	size_t n = rask_path_dirlen(path);

	pl->path = path;
	pl->name = rask_path_base(path);
	pl->own = n > 0;
	pl->dir = t->root;
	if (n == 0)
		return 0;
	memcpy(dir, path, n);
	dir[n] = '\0';
	pl->dir = rask_beneath(t->root, dir, O_PATH | O_DIRECTORY, 0);
	if (pl->dir == -1 && errno == ENOENT && make)
		pl->dir = make_way(t->root, dir);
	return pl->dir == -1 ? -1 : 0;
}

void
rask_place_close(struct rask_place *pl)
{
	int e = errno;

	if (pl->own && pl->dir != -1)
		close(pl->dir);
	pl->dir = -1;
	errno = e;
}

int
rask_place_chmod(const struct rask_place *pl, const struct stat *st,
    uint32_t mode)
{
	struct stat now;
	char proc[48];
	int fd, e, r = -1;

	fd = openat(pl->dir, pl->name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd == -1)
		return -1;
	if (fstat(fd, &now) == 0) {
		/* The one way to the very inode of such a descriptor. */
		snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
		errno = EAGAIN;
		if (now.st_ino == st->st_ino && now.st_dev == st->st_dev)
			r = chmod(proc, mode | (now.st_mode & 07000));
	}
	e = errno;
	close(fd);
	errno = e;
	return r;
}

int
rask_tree_identity(int dir, unsigned char id[RASK_ID_LEN])
{
	char s[512], machine[64] = "";
	unsigned char sha[RASK_SHA_LEN];
	struct utsname un;
	struct stat st;
	ssize_t n;
	int fd;

	if (fstat(dir, &st) == -1 || uname(&un) == -1)
		return -1;
	if ((fd = open("/etc/machine-id", O_RDONLY | O_CLOEXEC)) != -1) {
		n = read(fd, machine, sizeof(machine) - 1);
		machine[n > 0 ? n : 0] = '\0';
		close(fd);
	}
	snprintf(s, sizeof(s), "%s/%s/%llx/%llx", machine, un.nodename,
	    (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	if (rask_sha(s, strlen(s), sha) == -1)
		return -1;
	memcpy(id, sha, RASK_ID_LEN);
	return 0;
}

int64_t
rask_ns(const struct timespec *ts)
{
	int64_t ns;

	/* Filesystems know times beyond the year 2262. */
	if (__builtin_mul_overflow((int64_t)ts->tv_sec, 1000000000, &ns) ||
	    __builtin_add_overflow(ns, ts->tv_nsec, &ns))
		return ts->tv_sec < 0 ? INT64_MIN : INT64_MAX;
	return ns;
}

struct timespec
rask_timespec(int64_t ns)
{
	struct timespec ts;

	ts.tv_sec = ns / 1000000000;
	ts.tv_nsec = ns % 1000000000;
	if (ts.tv_nsec < 0) {
		ts.tv_nsec += 1000000000;
		ts.tv_sec--;
	}
	return ts;
}
