/*
 * The roots' parents.  A root that is removed while somebody has it open, as
 * rask-send has, tells its watch nothing until that one closes it; its parent
 * is told at once.  A parent that cannot be watched is done without.
 */
#include <sys/inotify.h>
#include <sys/stat.h>

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "path.h"
#include "prog.h"

/* Is there still what was there at the start? */
static bool
stands(struct prog *p, unsigned i)
{
	struct stat st;

	return lstat(rask_watch_root(p->w, i), &st) == 0 &&
	    st.st_ino == p->roots[i];
}

/* Something was removed or renamed beside a root. */
static void
on_above(struct ev_loop *loop, ev_io *io, int revents)
{
	struct rask_watch_note n = { .what = RASK_WATCH_LOST };
	struct prog *p = io->data;
	char buf[4096];
	unsigned i;

	(void)loop;
	(void)revents;
	while (read(io->fd, buf, sizeof(buf)) > 0)
		;
	for (i = 0; i < p->n_roots; i++)
		if (!stands(p, i)) {
			n.root = rask_watch_root(p->w, i);
			stop(p, say_failure(&n));
			return;
		}
}

/* Watch the directory that a root is in. */
static void
watch_parent(int fd, const char *root)
{
	char dir[PATH_MAX];
	size_t n = rask_path_dirlen(root);

	if (n >= sizeof(dir))
		return;
	memcpy(dir, root, n);
	dir[n] = '\0';
	inotify_add_watch(fd, n == 0 ? "/" : dir, IN_DELETE | IN_MOVED_FROM |
	    IN_ONLYDIR | IN_MASK_ADD);
}

void
above_start(struct prog *p)
{
	struct stat st;
	unsigned i;
	int fd;

	if ((fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC)) == -1)
		return;
	for (i = 0; i < p->o->roots && i < ROOTS_MAX; i++) {
		if (lstat(rask_watch_root(p->w, i), &st) == -1)
			break;
		p->roots[i] = st.st_ino;
		p->n_roots++;
		watch_parent(fd, rask_watch_root(p->w, i));
	}
	ev_io_init(&p->above, on_above, fd, EV_READ);
	p->above.data = p;
	ev_io_start(p->loop, &p->above);
}
