/* Opening a tree for writing, and keeping its .rask in order. */
#include <sys/file.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "hash.h"
#include "lease.h"
#include "make.h"
#include "tree.h"

#define DAY	(24 * 60 * 60)	/* seconds that a partial one is kept */

/* Make and open a directory of ours. */
static int
own_dir(int dir, const char *name, mode_t mode)
{
	if (mkdirat(dir, name, mode) == -1 && errno != EEXIST)
		return -1;
	return openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
}

/*
 * Make this process's directory and lock it.  A cleaner may take it between
 * the two, so look whether it is still there once it is locked.
 */
static int
make_tmp(struct rask_tree *t)
{
	struct stat st;
	uint64_t r;
	int i;

	for (i = 0; i < 16; i++) {
		if (rask_random(&r, sizeof(r)) == -1)
			return -1;
		snprintf(t->tmpname, sizeof(t->tmpname), "w.%016llx",
		    (unsigned long long)r);
		if ((t->tmp = own_dir(t->parts, t->tmpname, 0700)) == -1) {
			if (errno != ENOENT)
				return -1;
			continue;	/* a cleaner was faster */
		}
		if (flock(t->tmp, LOCK_EX | LOCK_NB) == 0 &&
		    fstat(t->tmp, &st) == 0 && st.st_nlink > 0)
			return 0;
		close(t->tmp);
	}
	t->tmp = -1;
	errno = EAGAIN;
	return -1;
}

/* Find out what this filesystem can do, in our own directory. */
static void
probe(struct rask_tree *t)
{
	int fd, fd2;

	fd = openat(t->tmp, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, 0600);
	t->tmpfile = fd != -1 && rask_link_fd(fd, t->tmp, "probe") == 0;
	if (fd != -1)
		close(fd);
	fd = openat(t->tmp, "probe", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	fd2 = openat(t->tmp, "probe2", O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
	t->exchange = renameat2(t->tmp, "probe", t->tmp, "probe2",
	    RENAME_EXCHANGE) == 0;
	if (fd != -1)
		close(fd);
	if (fd2 != -1)
		close(fd2);
	unlinkat(t->tmp, "probe", 0);
	unlinkat(t->tmp, "probe2", 0);
}

int
rask_tree_open(struct rask_tree *t, const char *dir)
{
	memset(t, 0, sizeof(*t));
	t->meta = t->parts = t->tmp = -1;
	t->root = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (t->root == -1)
		return -1;
	if ((t->meta = own_dir(t->root, ".rask", 0755)) == -1 ||
	    (t->parts = own_dir(t->meta, "tmp", 0700)) == -1 ||
	    make_tmp(t) == -1) {
		rask_tree_close(t);
		return -1;
	}
	probe(t);
	return 0;
}

void
rask_tree_close(struct rask_tree *t)
{
	int e = errno;

	if (t->tmp != -1) {
		unlinkat(t->parts, t->tmpname, AT_REMOVEDIR);
		close(t->tmp);
	}
	if (t->parts != -1)
		close(t->parts);
	if (t->meta != -1)
		close(t->meta);
	if (t->root != -1)
		close(t->root);
	t->root = t->meta = t->parts = t->tmp = -1;
	errno = e;
}

void
rask_tree_name(struct rask_tree *t, char name[RASK_TMP_LEN])
{
	snprintf(name, RASK_TMP_LEN, "%llu", (unsigned long long)++t->names);
}

/*
 * A file that a dead process had taken out, or was making.  Taking out is a
 * rename, which sets the ctime alone: if the mtime is the same, somebody wrote
 * to it afterwards, and nobody else has that.
 */
static void
clean_file(const struct rask_tree *t, int dir, const char *name)
{
	struct stat st;

	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) == -1 ||
	    rask_lease_at(dir, name) == RASK_LEASE_BUSY)
		return;
	if (name[0] == RASK_TAKEN_MARK && (S_ISDIR(st.st_mode) ||
	    (S_ISREG(st.st_mode) &&
	    rask_ns(&st.st_mtim) == rask_ns(&st.st_ctim))))
		rask_keep(t, dir, name, "unnamed");
	else
		unlinkat(dir, name, 0);
}

/* Empty and remove a directory whose process is dead. */
static void
clean_dead(const struct rask_tree *t, const char *name)
{
	struct dirent *de;
	DIR *d = NULL;
	int fd;

	fd = openat(t->parts, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
	    O_CLOEXEC);
	if (fd == -1)
		return;
	if (flock(fd, LOCK_EX | LOCK_NB) == 0 && (d = fdopendir(fd)) != NULL) {
		while ((de = readdir(d)) != NULL)
			if (de->d_name[0] != '.')
				clean_file(t, fd, de->d_name);
		unlinkat(t->parts, name, AT_REMOVEDIR);
	}
	if (d != NULL)
		closedir(d);
	else
		close(fd);
}

/* Remove a partial transfer that is old and that nobody writes. */
static void
clean_part(int parts, const char *name)
{
	struct stat st;
	int fd;

	if ((fd = openat(parts, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC)) == -1)
		return;
	if (fstat(fd, &st) == 0 && time(NULL) - st.st_ctime > DAY &&
	    flock(fd, LOCK_EX | LOCK_NB) == 0)
		unlinkat(parts, name, 0);
	close(fd);
}

void
rask_tree_clean(struct rask_tree *t)
{
	struct dirent *de;
	DIR *d;
	int fd;

	fd = openat(t->parts, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd == -1 || (d = fdopendir(fd)) == NULL) {
		if (fd != -1)
			close(fd);
		return;
	}
	while ((de = readdir(d)) != NULL) {
		if (strncmp(de->d_name, "w.", 2) == 0 &&
		    strcmp(de->d_name, t->tmpname) != 0)
			clean_dead(t, de->d_name);
		else if (strncmp(de->d_name, "p.", 2) == 0)
			clean_part(t->parts, de->d_name);
	}
	closedir(d);
}
