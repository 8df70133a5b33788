/* Partial transfers: named by their identity, locked by their writer. */
#include <sys/file.h>
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "part.h"

#define PREFIX	"p."	/* and 32 digits */

/* Begin a new one, and name it if the name is free. */
static int
begin(struct rask_tree *t, const struct rask_place *pl, const char *name,
    struct rask_part *p)
{
	struct rask_made *m = &p->made;

	if (rask_make(t, pl, 0600, m) == -1)
		return -1;
	if (flock(m->fd, LOCK_EX | LOCK_NB) == -1)
		return 0;
	if (m->name[0] == '\0') {
		if (rask_link_fd(m->fd, t->parts, name) == -1)
			return 0;
	} else if (renameat2(m->dir, m->name, t->parts, name,
	    RENAME_NOREPLACE) == -1)
		return 0;
	m->dir = t->parts;
	snprintf(m->name, sizeof(m->name), "%s", name);
	return 0;
}

/* Is what was found under the name a file that this transfer can go on? */
static bool
usable(int fd, int parts, const char *name, uint64_t size, uint64_t *have)
{
	struct stat st, named;

	if (flock(fd, LOCK_EX | LOCK_NB) == -1 || fstat(fd, &st) == -1 ||
	    fstatat(parts, name, &named, AT_SYMLINK_NOFOLLOW) == -1)
		return false;
	*have = (uint64_t)st.st_size;
	return S_ISREG(st.st_mode) && st.st_ino == named.st_ino &&
	    st.st_nlink == 1 && *have <= size;
}

int
rask_part_open(struct rask_tree *t, const struct rask_place *pl,
    const unsigned char id[RASK_ID_LEN], uint64_t size, struct rask_part *p)
{
	char name[48] = PREFIX;
	int i, fd;

	for (i = 0; i < RASK_ID_LEN; i++)
		snprintf(name + 2 + 2 * i, 3, "%02x", id[i]);
	p->have = 0;
	fd = openat(t->parts, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK |
	    O_CLOEXEC);
	if (fd != -1 && usable(fd, t->parts, name, size, &p->have)) {
		p->made.fd = fd;
		p->made.dir = t->parts;
		snprintf(p->made.name, sizeof(p->made.name), "%s", name);
		return 0;
	}
	if (fd != -1)
		close(fd);
	p->have = 0;
	return begin(t, pl, name, p);
}

void
rask_part_close(struct rask_part *p, bool forget)
{
	/* Only under the name that its identity gives will it be found. */
	if (!forget && strncmp(p->made.name, PREFIX, sizeof(PREFIX) - 1) == 0)
		p->made.name[0] = '\0';
	rask_make_drop(&p->made);
}
