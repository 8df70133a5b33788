/* Putting a rebuilt store in place. */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rebuild.h"

int
rebuild_waits(int dir)
{
	return faccessat(dir, REBUILD_READY, F_OK, 0) == 0;
}

/* Is it one of a store's own files? */
static bool
is_ours(const char *name)
{
	return strcmp(name, "node") == 0 || strcmp(name, "state") == 0 ||
	    strncmp(name, "sums-", 5) == 0 || strncmp(name, "feed-", 5) == 0;
}

/* Move all files of a store to another directory; the node's file first. */
static int
move_all(int from, int to)
{
	int e, fd = openat(from, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *ent;

	if (d == NULL)
		return -1;
	e = renameat(from, "node", to, "node") == -1 && errno != ENOENT ?
	    errno : 0;
	while (e == 0 && (errno = 0, ent = readdir(d)) != NULL)
		if (is_ours(ent->d_name) && renameat(from, ent->d_name, to,
		    ent->d_name) == -1 && errno != ENOENT)
			e = errno;
	closedir(d);
	if (e == 0 && (fsync(to) == -1 || fsync(from) == -1))
		e = errno;
	errno = e;
	return e == 0 ? 0 : -1;
}

/* Move the old files out of the way. */
static int
move_out(int dir)
{
	char name[40];
	int to, r;

	snprintf(name, sizeof(name), "damaged-%lld", (long long)time(NULL));
	if (mkdirat(dir, name, 0700) == -1 && errno != EEXIST)
		return -1;
	to = openat(dir, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to == -1)
		return -1;
	r = move_all(dir, to);
	close(to);
	return r;
}

/*
 * As long as the new node's file has not been moved in, what is in dir is old;
 * from then on all of that is out of the way.
 */
int
rebuild_move(int dir)
{
	int r = 0, from = openat(dir, REBUILD_READY,
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (from == -1)
		return -1;
	if (faccessat(from, "node", F_OK, 0) == 0)
		r = move_out(dir);
	if (r == 0)
		r = move_all(from, dir);
	if (r == 0 && unlinkat(from, "lock", 0) == -1 && errno != ENOENT)
		r = -1;
	close(from);
	if (r == 0)
		r = unlinkat(dir, REBUILD_READY, AT_REMOVEDIR);
	return r == 0 ? fsync(dir) : -1;
}

int
rebuild_clean(int dir)
{
	int fd = openat(dir, REBUILD_NEW, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fd == -1 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (d == NULL)
		return errno == ENOENT ? 0 : -1;
	while ((e = readdir(d)) != NULL)
		unlinkat(dirfd(d), e->d_name, 0);
	closedir(d);
	return unlinkat(dir, REBUILD_NEW, AT_REMOVEDIR);
}
