/* What the kernel allows a watcher, and how well it keeps time. */
#include <sys/statfs.h>
#include <sys/utsname.h>

#include <linux/magic.h>

#include <inttypes.h>
#include <stdio.h>

#include "watchint.h"

#ifndef XFS_SUPER_MAGIC
#define XFS_SUPER_MAGIC	0x58465342	/* the header does not have it */
#endif

/* The number in a file of /proc/sys; 0 if there is none. */
static uint64_t
sysctl(const char *file)
{
	uint64_t n = 0;
	FILE *f;

	if ((f = fopen(file, "re")) == NULL)
		return 0;
	if (fscanf(f, "%" SCNu64, &n) != 1)
		n = 0;
	fclose(f);
	return n;
}

/* Directories of all trees, as far as they can be read. */
static uint64_t
count_dirs(struct rask_watch *w)
{
	struct rask_walk_entry e;
	struct rask_walk *walk;
	uint64_t n = 0;
	unsigned i;
	int fd;

	for (i = 0; i < w->ntrees; i++) {
		if ((fd = rask_watch_rootfd(w, i)) == -1 ||
		    (walk = rask_walk_open(fd, "", RASK_WALK_DIRS)) == NULL)
			continue;
		while (rask_walk_next(walk, &e) == 1) {
			if (rask_watch_hidden(w, e.path))
				rask_walk_skip(walk);
			else if (e.fd != -1)
				n++;
		}
		rask_walk_close(walk);
	}
	return n;
}

/* Set a limit that is global, or the user namespace's if that is lower. */
static void
lower(struct rask_watch_note *n, const char *global, const char *gfile,
    const char *space, const char *sfile)
{
	uint64_t mine = sysctl(sfile);

	n->limit = global;
	n->value = sysctl(gfile);
	if (mine > 0 && mine < n->value) {
		n->limit = space;
		n->value = mine;
	}
}

void
rask_wlimit(struct rask_watch *w, struct rask_watch_note *n)
{
	uint64_t dirs;

	switch (n->what) {
	case RASK_WATCH_WATCHES:
		lower(n, "fs.inotify.max_user_watches",
		    "/proc/sys/fs/inotify/max_user_watches",
		    "user.max_inotify_watches",
		    "/proc/sys/user/max_inotify_watches");
		/* Others of this user have what we have not. */
		dirs = count_dirs(w);
		n->need = n->value;
		if (dirs > w->dirs.count)
			n->need += dirs - w->dirs.count;
		break;
	case RASK_WATCH_INSTANCES:
		lower(n, "fs.inotify.max_user_instances",
		    "/proc/sys/fs/inotify/max_user_instances",
		    "user.max_inotify_instances",
		    "/proc/sys/user/max_inotify_instances");
		n->need = n->value * 2;
		break;
	default:
		n->limit = "fs.inotify.max_queued_events";
		n->value = sysctl("/proc/sys/fs/inotify/max_queued_events");
		n->need = n->value * 4;
	}
}

bool
rask_wlimit_exact(int fd)
{
	unsigned major = 0, minor = 0;
	struct utsname un;
	struct statfs fs;

	/* Multigrain timestamps came with Linux 6.13, for these four. */
	if (uname(&un) == -1 ||
	    sscanf(un.release, "%u.%u", &major, &minor) != 2 || major < 6 ||
	    (major == 6 && minor < 13) || fstatfs(fd, &fs) == -1)
		return false;
	return fs.f_type == EXT4_SUPER_MAGIC || fs.f_type == XFS_SUPER_MAGIC ||
	    fs.f_type == BTRFS_SUPER_MAGIC || fs.f_type == TMPFS_MAGIC;
}
