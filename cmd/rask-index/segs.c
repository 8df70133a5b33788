/* The feed's segments, for reading. */
#include <sys/mman.h>
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "segs.h"

#define SCAN_BUF	(256 * 1024)	/* one read of a scan */
#define RECORD_ALL	(RASK_RECORD_HEAD + RASK_RECORD_MAX)

void
segs_name(char name[SEG_NAME_LEN], uint64_t start)
{
	snprintf(name, SEG_NAME_LEN, "feed-%016llx",
	    (unsigned long long)start);
}

/* Is this the name of a segment? */
static int
is_segment(const struct dirent *e)
{
	return strncmp(e->d_name, "feed-", 5) == 0 &&
	    strlen(e->d_name) == 21 &&
	    strspn(e->d_name + 5, "0123456789abcdef") == 16;
}

/*
 * Take a descriptor as the next segment.  What it says of itself has to go on
 * where the one before ends.
 */
static int
add(struct segs *s, int fd)
{
	unsigned char head[RASK_SEGMENT_HEAD];
	struct seg *v, seg = { .fd = fd };
	struct stat st;
	ssize_t n;

	if (s->n == SEGS_MAX) {
		errno = EBADMSG;
		return -1;
	}
	if (fstat(fd, &st) == -1 ||
	    (n = pread(fd, head, sizeof(head), 0)) == -1)
		return -1;
	if (n != (ssize_t)sizeof(head)) {
		errno = EBADMSG;
		return -1;
	}
	if (rask_segment_read(&seg.head, head) == -1) {
		if (errno == EINVAL)
			errno = EBADMSG;
		return -1;
	}
	seg.end = seg.head.start + (uint64_t)st.st_size;
	if (s->n > 0 && (s->v[s->n - 1].end != seg.head.start ||
	    s->v[s->n - 1].head.epoch != seg.head.epoch)) {
		errno = EBADMSG;
		return -1;
	}
	if ((v = realloc(s->v, (s->n + 1) * sizeof(*v))) == NULL)
		return -1;
	s->v = v;
	s->v[s->n++] = seg;
	return 0;
}

/* A segment whose head never became whole was never written to. */
static int
unborn(int fd)
{
	struct stat st;

	return fstat(fd, &st) == 0 && st.st_size < RASK_SEGMENT_HEAD;
}

/* Open the segment of a name as the next one; last: there is none behind. */
static int
open_one(struct segs *s, int dir, const char *name, bool last)
{
	char right[SEG_NAME_LEN];
	int fd, e;

	if ((fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) == -1)
		return -1;
	if (last && unborn(fd)) {
		close(fd);
		return 0;
	}
	if (add(s, fd) == -1) {
		e = errno;
		close(fd);
		errno = e;
		return -1;
	}
	segs_name(right, s->v[s->n - 1].head.start);
	if (strcmp(name, right) != 0) {
		errno = EBADMSG;
		return -1;
	}
	return 0;
}

int
segs_open(struct segs *s, int dir, char name[SEG_NAME_LEN])
{
	struct dirent **list;
	int i, n, e = 0;

	*s = (struct segs){ 0 };
	name[0] = '\0';
	if ((n = scandirat(dir, ".", &list, is_segment, alphasort)) == -1)
		return -1;
	for (i = 0; i < n; i++) {
		if (e == 0 && open_one(s, dir, list[i]->d_name,
		    i == n - 1) == -1) {
			e = errno;
			snprintf(name, SEG_NAME_LEN, "%.23s", list[i]->d_name);
		}
		free(list[i]);
	}
	free(list);
	if (e == 0)
		return 0;
	segs_close(s);
	errno = e;
	return -1;
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

int
segs_map(struct segs *s)
{
	struct seg *seg;
	void *p;

	for (seg = s->v; seg < s->v + s->n; seg++) {
		if (seg->map != NULL)
			continue;
		p = mmap(NULL, (size_t)(seg->end - seg->head.start),
		    PROT_READ, MAP_SHARED, seg->fd, 0);
		if (p == MAP_FAILED)
			return -1;
		seg->map = p;
	}
	return 0;
}

void
segs_close(struct segs *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].map != NULL)
			munmap((void *)s->v[i].map, (size_t)(s->v[i].end -
			    s->v[i].head.start));
		close(s->v[i].fd);
	}
	free(s->v);
	*s = (struct segs){ 0 };
}

struct seg *
segs_at(const struct segs *s, uint64_t pos)
{
	size_t lo = 0, hi = s->n, mid;

	while (lo < hi) {
		mid = lo + (hi - lo) / 2;
		if (pos >= s->v[mid].end)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo == s->n || pos < s->v[lo].head.start)
		return NULL;
	return &s->v[lo];
}

/* Read up to n bytes at a position, all from one segment. */
static ssize_t
read_at(const struct seg *seg, uint64_t pos, void *buf, size_t n)
{
	size_t done = 0;
	ssize_t r;

	if (n > seg->end - pos)
		n = seg->end - pos;
	while (done < n) {
		r = pread(seg->fd, (char *)buf + done, n - done,
		    (off_t)(pos - seg->head.start + done));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == -1)
			return -1;
		if (r == 0)
			break;
		done += (size_t)r;
	}
	return (ssize_t)done;
}

/* Where the record at or behind a position is: heads are passed over. */
static struct seg *
find(const struct segs *s, uint64_t *pos)
{
	struct seg *seg = segs_at(s, *pos);

	if (seg != NULL && *pos == seg->head.start)
		*pos += RASK_SEGMENT_HEAD;
	if (seg != NULL && *pos == seg->end && seg + 1 < s->v + s->n)
		return find(s, pos);
	return seg;
}

ssize_t
segs_read(const struct segs *s, uint64_t pos, uint64_t end,
    struct rask_record *r, unsigned char *buf)
{
	size_t want = 512;
	struct seg *seg;
	ssize_t n, len;

	if (pos >= end)
		return 0;
	if ((seg = segs_at(s, pos)) == NULL) {
		errno = ENOENT;
		return -1;
	}
	for (;;) {
		if ((n = read_at(seg, pos, buf, want)) == -1)
			return -1;
		len = rask_record_read(r, buf, (size_t)n, seg->head.epoch,
		    pos);
		if (len > 0)
			return len;
		if (len == 0 && want < RECORD_ALL && (size_t)n == want) {
			want = RECORD_ALL;
			continue;
		}
		if (len == 0 || errno == EINVAL)
			errno = EBADMSG;
		return -1;
	}
}

int
seg_scan_begin(struct seg_scan *c, const struct segs *s, uint64_t pos,
    uint64_t end)
{
	*c = (struct seg_scan){ .segs = s, .pos = pos, .end = end };
	return (c->buf = malloc(SCAN_BUF)) == NULL ? -1 : 0;
}

/* Have the bytes from c->pos on in the buffer: a record, or all there are. */
static int
fill(struct seg_scan *c, const struct seg *seg)
{
	ssize_t n;

	if (c->pos >= c->from && c->pos + RECORD_ALL <= c->from + c->len)
		return 0;
	if (c->pos >= c->from && c->from + c->len == seg->end)
		return 0;
	if ((n = read_at(seg, c->pos, c->buf, SCAN_BUF)) == -1)
		return -1;
	c->from = c->pos;
	c->len = (size_t)n;
	return 0;
}

int
seg_scan_next(struct seg_scan *c, struct rask_record *r, uint64_t *at)
{
	struct seg *seg;
	ssize_t n;

	if (c->pos >= c->end)
		return 0;
	if ((seg = find(c->segs, &c->pos)) == NULL) {
		/* behind the last one is the end; else something is gone */
		if (c->segs->n > 0 &&
		    c->pos == c->segs->v[c->segs->n - 1].end)
			return 0;
		errno = ENOENT;
		return -1;
	}
	if (c->pos >= c->end)
		return 0;
	if (seg->map != NULL)
		n = rask_record_read(r, seg->map + (c->pos -
		    seg->head.start), seg->end - c->pos, seg->head.epoch,
		    c->pos);
	else if (fill(c, seg) == -1)
		return -1;
	else
		n = rask_record_read(r, c->buf + (c->pos - c->from),
		    c->len - (c->pos - c->from), seg->head.epoch, c->pos);
	if (n <= 0) {
		if (n == 0 || errno == EINVAL)
			errno = EBADMSG;
		return -1;
	}
	*at = c->pos;
	c->pos += (uint64_t)n;
	return 1;
}

void
seg_scan_end(struct seg_scan *c)
{
	free(c->buf);
	c->buf = NULL;
}
