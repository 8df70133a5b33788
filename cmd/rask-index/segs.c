/* The feed's segments, for reading. */
#include <sys/mman.h>
#include <errno.h>
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
