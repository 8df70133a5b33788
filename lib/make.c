/* Files in the making, and the one step that puts them in place. */
#include <sys/stat.h>
#include <sys/xattr.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "make.h"

#define ACL	"system.posix_acl_access"

int
rask_link_fd(int fd, int dir, const char *name)
{
	char proc[48];

	if (linkat(fd, "", dir, name, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != ENOENT && errno != EPERM && errno != EINVAL)
		return -1;
	/* Without the capability, by way of /proc. */
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, proc, dir, name, AT_SYMLINK_FOLLOW);
}

int
rask_make(struct rask_tree *t, const struct rask_place *pl, uint32_t mode,
    struct rask_made *m)
{
	m->name[0] = '\0';
	m->dir = t->tmp;
	if (t->tmpfile) {
		m->fd = openat(pl->dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC,
		    mode & 0777);
		if (m->fd != -1 || (errno != EOPNOTSUPP && errno != EISDIR))
			return m->fd == -1 ? -1 : 0;
	}
	rask_tree_name(t, m->name);
	m->fd = openat(t->tmp, m->name, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC,
	    mode & 0777);
	return m->fd == -1 ? -1 : 0;
}

void
rask_make_drop(struct rask_made *m)
{
	int e = errno;

	if (m->name[0] != '\0')
		unlinkat(m->dir, m->name, 0);
	m->name[0] = '\0';
	if (m->fd != -1)
		close(m->fd);
	m->fd = -1;
	errno = e;
}

/*
 * Copy owner, group and ACL of a file that is replaced, where permitted; what
 * is not permitted is left as the directory gave it.  The ACL is read by path,
 * since the old file may be unreadable to us.
 */
static void
copy_owner(int fd, const struct rask_place *pl, const struct stat *old,
    const struct stat *new)
{
	char path[64 + RASK_NAME_MAX], acl[1024];
	ssize_t n;
	int r = 0;

	if (old->st_uid != new->st_uid || old->st_gid != new->st_gid)
		r = fchown(fd, old->st_uid, old->st_gid);
	if (r == -1)
		r = fchown(fd, (uid_t)-1, old->st_gid);
	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", pl->dir, pl->name);
	if ((n = lgetxattr(path, ACL, acl, sizeof(acl))) > 0)
		r = fsetxattr(fd, ACL, acl, (size_t)n, 0);
	(void)r;
}

/* Give a made file the owner, mode and mtime that it is to have. */
static int
seal(int fd, const struct rask_place *pl, uint32_t mode, int64_t mtime)
{
	struct timespec ts[2] = { { 0, UTIME_OMIT }, rask_timespec(mtime) };
	struct stat old, st;

	if (fstat(fd, &st) == -1)
		return -1;
	mode &= 0777;
	if (fstatat(pl->dir, pl->name, &old, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISREG(old.st_mode)) {
		copy_owner(fd, pl, &old, &st);
		mode |= old.st_mode & 07000;
		if (fchmod(fd, mode) == -1)
			return -1;
	} else if ((st.st_mode & 0777) != mode &&
	    fchmod(fd, mode | (st.st_mode & 07000)) == -1)
		return -1;
	return futimens(fd, ts);
}

int
rask_make_place(struct rask_tree *t, struct rask_made *m,
    const struct rask_place *pl, uint32_t mode, int64_t mtime,
    struct rask_taken **taken)
{
	*taken = NULL;
	if (seal(m->fd, pl, mode, mtime) == -1)
		return -1;
	if (m->name[0] == '\0') {
		if (rask_link_fd(m->fd, pl->dir, pl->name) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
		rask_tree_name(t, m->name);
		if (rask_link_fd(m->fd, t->tmp, m->name) == -1) {
			m->name[0] = '\0';
			return -1;
		}
	}
	if (rask_put_in(t, m->dir, m->name, pl, taken) == -1)
		return -1;
	m->name[0] = '\0';
	return 0;
}
