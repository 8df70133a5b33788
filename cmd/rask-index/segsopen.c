/*
 * Opening the feed's segments, and what an unclean stop leaves of them.
 *
 * A power cut may take any part of what was not durable: the end of a segment,
 * a whole one, or only its head, while a later one is there.  What is behind
 * such a place is of no use, unless it says that the place was durable: then
 * it is damage.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "segs.h"

/* Returned for what is not here, but may be no damage. */
enum {
	TORN = 1,
	UNBORN			/* it has not even a head */
};

/* Is this the name of a segment? */
static int
is_segment(const struct dirent *e)
{
	return strncmp(e->d_name, "feed-", 5) == 0 &&
	    strlen(e->d_name) == 21 &&
	    strspn(e->d_name + 5, "0123456789abcdef") == 16;
}

/*
 * Read a head.
 * Returns: 0; TORN or UNBORN with EBADMSG if it was never written; -1 with
 *          errno.
 */
static int
read_head(int fd, struct rask_segment *head)
{
	static const unsigned char zeros[RASK_SEGMENT_HEAD];
	unsigned char b[RASK_SEGMENT_HEAD];
	ssize_t n;

	if ((n = pread(fd, b, sizeof(b), 0)) == -1)
		return -1;
	errno = EBADMSG;
	if (n != (ssize_t)sizeof(b))
		return UNBORN;
	if (memcmp(b, zeros, sizeof(b)) == 0)
		return TORN;
	if (rask_segment_read(head, b) == 0)
		return 0;
	if (errno == EINVAL)
		errno = EBADMSG;
	return -1;
}

/*
 * Take a descriptor as the next segment.  What it says of itself has to go on
 * where the one before ends.
 * Returns: as read_head(); TORN also if the one before ends too early.
 */
static int
add(struct segs *s, int fd)
{
	const struct seg *before = s->n == 0 ? NULL : &s->v[s->n - 1];
	struct seg *v, seg = { .fd = fd };
	struct stat st;
	int r;

	if ((r = read_head(fd, &seg.head)) != 0)
		return r;
	if (fstat(fd, &st) == -1)
		return -1;
	seg.end = seg.head.start + (uint64_t)st.st_size;
	errno = EBADMSG;
	if (s->n == SEGS_MAX || (before != NULL &&
	    (before->end > seg.head.start ||
	    before->head.epoch != seg.head.epoch)))
		return -1;
	if (before != NULL && before->end < seg.head.start)
		return TORN;
	if ((v = realloc(s->v, (s->n + 1) * sizeof(*v))) == NULL)
		return -1;
	s->v = v;
	s->v[s->n++] = seg;
	return 0;
}

/* Open the segment of a name as the next one.  Returns: as add(). */
static int
open_one(struct segs *s, int dir, const char *name)
{
	char right[SEG_NAME_LEN];
	int fd, e, r;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return -1;
	if ((r = add(s, fd)) != 0) {
		e = errno;
		close(fd);
		errno = e;
		return r;
	}
	segs_name(right, s->v[s->n - 1].head.start);
	if (strcmp(name, right) != 0) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

/*
 * Does a MARK in the bytes of a segment from a position on say that what is
 * before `pos` is not all that was durable?
 */
static bool
mark_behind(const struct seg *seg, uint64_t from, uint64_t pos)
{
	size_t len = seg->end - from, at;
	unsigned char *p = malloc(len);
	struct rask_record r;
	bool proof = false;

	if (p == NULL || pread(seg->fd, p, len,
	    (off_t)(from - seg->head.start)) != (ssize_t)len) {
		free(p);
		return true;	/* not known: better not cut anything off */
	}
	for (at = 0; !proof && at + RASK_RECORD_HEAD <= len; at++)
		proof = p[at + 4] == RASK_RECORD_MARK &&
		    rask_record_read(&r, p + at, len - at, seg->head.epoch,
		    from + at) > 0 && r.durable > pos;
	free(p);
	return proof;
}

bool
segs_proves(const struct segs *s, uint64_t pos)
{
	const struct seg *seg;
	size_t i;

	for (i = 0; i < s->n; i++) {
		seg = &s->v[i];
		if (seg->end > pos && mark_behind(seg,
		    seg->head.start < pos ? pos : seg->head.start, pos))
			return true;
	}
	return false;
}

/* The same of a file that could not be added to s, for its end. */
static bool
orphan_proves(const struct segs *s, int dir, const char *name)
{
	struct seg seg = { .head = { .start = strtoull(name + 5, NULL, 16) } };
	const struct seg *end;
	struct stat st;
	bool proof = true;

	seg.fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (seg.fd == -1)
		return true;
	if (s->n > 0 && fstat(seg.fd, &st) == 0) {
		end = &s->v[s->n - 1];
		seg.head.epoch = end->head.epoch;
		seg.end = seg.head.start + (uint64_t)st.st_size;
		proof = seg.end > seg.head.start &&
		    mark_behind(&seg, seg.head.start, end->end);
	}
	close(seg.fd);
	return proof;
}

/*
 * Is all that is in n files, the first of them torn, of no use?  Without a
 * segment before them, only if there is but one.
 */
static bool
useless(const struct segs *s, int dir, struct dirent **list, int n)
{
	int i;

	if (s->n == 0)
		return n == 1;
	for (i = 0; i < n; i++)
		if (orphan_proves(s, dir, list[i]->d_name))
			return false;
	return true;
}

/*
 * Open all.  Without `whole` what is torn is left out; with it only a last one
 * that is not yet born.
 * Returns: 0; TORN, UNBORN; -1 with errno.
 */
static int
open_all(struct segs *s, int dir, char name[SEG_NAME_LEN], bool whole)
{
	struct dirent **list;
	int i, n, r = 0, e;

	*s = (struct segs){ 0 };
	name[0] = '\0';
	if ((n = scandirat(dir, ".", &list, is_segment, alphasort)) == -1)
		return -1;
	for (i = 0; i < n && r == 0; i++) {
		if ((r = open_one(s, dir, list[i]->d_name)) == 0)
			continue;
		e = errno;
		snprintf(name, SEG_NAME_LEN, "%.23s", list[i]->d_name);
		if (r != -1 && (whole ? r != UNBORN || i < n - 1 :
		    !useless(s, dir, list + i, n - i)))
			r = -1;
		errno = e;
	}
	e = errno;
	while (n > 0)
		free(list[--n]);
	free(list);
	if (r == -1)
		segs_close(s);
	errno = e;
	return r;
}

int
segs_open(struct segs *s, int dir, char name[SEG_NAME_LEN])
{
	return open_all(s, dir, name, true) == -1 ? -1 : 0;
}

int
segs_open_torn(struct segs *s, int dir, char name[SEG_NAME_LEN])
{
	int r = open_all(s, dir, name, false);

	return r > 0 ? 1 : r;
}

int
segs_drop(int dir, const char *name)
{
	struct dirent **list;
	int i, n, r = 0;

	if ((n = scandirat(dir, ".", &list, is_segment, alphasort)) == -1)
		return -1;
	for (i = n - 1; i >= 0; i--) {
		if (r == 0 && strcmp(list[i]->d_name, name) >= 0)
			r = unlinkat(dir, list[i]->d_name, 0);
		free(list[i]);
	}
	free(list);
	return r == 0 ? fsync(dir) : -1;
}

int
segs_adopt(struct segs *s, const int *fds, size_t n)
{
	size_t i;
	int e = 0;

	*s = (struct segs){ 0 };
	for (i = 0; i < n; i++) {
		if (e == 0 && add(s, fds[i]) == 0)
			continue;
		if (e == 0)
			e = errno;
		close(fds[i]);
	}
	if (e == 0)
		return 0;
	segs_close(s);
	errno = e;
	return -1;
}
