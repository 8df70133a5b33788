/* The feed being written. */
#include <sys/stat.h>

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "store.h"
#include "wire.h"

#define RECORD_ALL	(RASK_RECORD_HEAD + RASK_RECORD_MAX)
#define SEGMENTS	16	/* about so many make the feed */
#define SEGMENT_MIN	(64 * 1024)
#define SEGMENT_MAX	(64 * 1024 * 1024)

/* Bytes after which a segment is not written to any more. */
static uint64_t
segment_size(const struct feed *f)
{
	uint64_t n = f->max / SEGMENTS, least = f->max / (SEGS_MANY / 2);

	n = n < SEGMENT_MIN ? SEGMENT_MIN : n > SEGMENT_MAX ? SEGMENT_MAX : n;
	return n < least ? least : n;
}

/* The segment that is written to, or NULL. */
static struct seg *
last(const struct feed *f)
{
	return f->segs.n == 0 ? NULL : &f->segs.v[f->segs.n - 1];
}

void
feed_init(struct feed *f, int dir, uint64_t pos)
{
	struct seg *seg = last(f);
	char name[SEG_NAME_LEN];

	f->dir = dir;
	f->fd = -1;
	f->written = seg == NULL ? pos : seg->end;
	f->synced = f->marked = pos;
	if (seg == NULL)
		return;
	segs_name(name, seg->head.start);
	f->fd = openat(dir, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
}

/* The last segment is as long as it will be. */
static void
finish(struct feed *f)
{
	struct seg *seg = last(f);

	if (f->fd == -1)
		return;
	/* gives back the room behind its end */
	if (ftruncate(f->fd, (off_t)(seg->end - seg->head.start)) == -1)
		errno = 0;
	close(f->fd);
	f->fd = -1;
}

void
feed_close(struct feed *f)
{
	finish(f);
	segs_close(&f->segs);
	rask_buf_free(&f->batch);
}

uint64_t
feed_bytes(const struct feed *f)
{
	return f->segs.n == 0 ? 0 : f->written - f->segs.v[0].head.start;
}

/* Make the file of a new segment, with its room, and write its head. */
static int
make_file(struct feed *f, const char *name, const struct rask_segment *s)
{
	unsigned char head[RASK_SEGMENT_HEAD];
	int fd, e;

	fd = openat(f->dir, name, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW, 0600);
	if (fd == -1)
		return -1;
	rask_segment_write(head, s);
	if (fallocate(fd, FALLOC_FL_KEEP_SIZE, 0,
	    (off_t)segment_size(f)) == -1 && errno != EOPNOTSUPP)
		goto fail;
	errno = ENOSPC;		/* what a short write means */
	if (pwrite(fd, head, sizeof(head), 0) == (ssize_t)sizeof(head))
		return fd;
fail:
	e = errno;
	unlinkat(f->dir, name, 0);
	close(fd);
	errno = e;
	return -1;
}

/* Begin a segment at `written`. */
static int
begin_segment(struct feed *f)
{
	struct seg *v, seg = { .head = { .epoch = f->epoch, .node = f->node,
	    .start = f->written, .after = f->seq, .time = store_now() } };
	char name[SEG_NAME_LEN];
	int fd, e;

	if (f->segs.n == SEGS_MAX) {
		errno = EBUSY;
		return -1;
	}
	v = realloc(f->segs.v, (f->segs.n + 1) * sizeof(*v));
	if (v == NULL)
		return -1;
	f->segs.v = v;
	segs_name(name, seg.head.start);
	if ((fd = make_file(f, name, &seg.head)) == -1)
		return -1;
	seg.fd = openat(f->dir, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (seg.fd == -1) {
		e = errno;
		unlinkat(f->dir, name, 0);
		close(fd);
		errno = e;
		return -1;
	}
	finish(f);
	f->fd = fd;
	f->written += RASK_SEGMENT_HEAD;
	seg.end = f->written;
	f->segs.v[f->segs.n++] = seg;
	return 0;
}

int
feed_begin(struct feed *f)
{
	finish(f);
	if (begin_segment(f) == -1)
		return -1;
	return fdatasync(f->fd) == 0 ? fsync(f->dir) : -1;
}

/* Add a record's bytes to the batch. */
static int
put(struct feed *f, const struct rask_record *r, uint64_t *pos)
{
	unsigned char *p = rask_buf_room(&f->batch, RECORD_ALL);

	if (p == NULL)
		return -1;
	*pos = f->written + rask_buf_left(&f->batch);
	rask_buf_grew(&f->batch, rask_record_write(p, r, f->epoch, *pos));
	return 0;
}

int
feed_add(struct feed *f, const struct rask_record *r, uint64_t *pos)
{
	struct rask_record mark = { .type = RASK_RECORD_MARK,
	    .durable = f->synced };
	struct seg *seg = last(f);

	if (rask_buf_left(&f->batch) == 0) {
		if ((f->fd == -1 || seg->end - seg->head.start >=
		    segment_size(f)) && begin_segment(f) == -1)
			return -1;
		if (f->synced > f->marked && put(f, &mark, pos) == -1)
			return -1;
	}
	return put(f, r, pos);
}

int
feed_write(struct feed *f)
{
	struct seg *seg = last(f);
	size_t done = 0, n = rask_buf_left(&f->batch);
	ssize_t r;

	/* else it might go on, as a record, behind what is written now */
	if (f->torn && ftruncate(f->fd,
	    (off_t)(seg->end - seg->head.start)) == -1)
		return -1;
	f->torn = false;
	while (done < n) {
		r = pwrite(f->fd, rask_buf_head(&f->batch) + done, n - done,
		    (off_t)(f->written - seg->head.start + done));
		if (r == -1 && errno == EINTR)
			continue;
		if (r == 0)
			errno = ENOSPC;
		if (r <= 0)
			return -1;
		done += (size_t)r;
	}
	rask_buf_take(&f->batch, n);
	f->written += n;
	f->marked = f->synced;
	if (seg != NULL)
		seg->end = f->written;
	return 0;
}

void
feed_drop(struct feed *f)
{
	struct seg *seg = last(f);
	int e = errno;

	rask_buf_take(&f->batch, rask_buf_left(&f->batch));
	f->torn = f->fd != -1 && ftruncate(f->fd,
	    (off_t)(seg->end - seg->head.start)) == -1;
	if (f->fd != -1 && !f->torn && fallocate(f->fd,
	    FALLOC_FL_KEEP_SIZE, 0, (off_t)segment_size(f)) == -1)
		errno = 0;
	errno = e;
}

ssize_t
feed_read(const struct feed *f, uint64_t pos, struct rask_record *r,
    unsigned char *buf)
{
	const unsigned char *p;
	size_t n = rask_buf_left(&f->batch);

	if (pos < f->written)
		return segs_read(&f->segs, pos, f->written, r, buf);
	if (pos - f->written >= n)
		return 0;
	p = rask_buf_head(&f->batch) + (pos - f->written);
	n -= pos - f->written;
	memcpy(buf, p, n < RECORD_ALL ? n : RECORD_ALL);
	return rask_record_read(r, buf, n < RECORD_ALL ? n : RECORD_ALL,
	    f->epoch, pos);
}

/* Take away the last segment, file and all. */
static int
remove_last(struct feed *f)
{
	char name[SEG_NAME_LEN];
	struct seg *seg = last(f);

	if (f->fd != -1) {
		close(f->fd);
		f->fd = -1;
	}
	segs_name(name, seg->head.start);
	if (unlinkat(f->dir, name, 0) == -1)
		return -1;
	close(seg->fd);
	f->segs.n--;
	return 0;
}

int
feed_cut(struct feed *f, uint64_t pos)
{
	char name[SEG_NAME_LEN];
	struct seg *seg;

	while ((seg = last(f)) != NULL && pos <= seg->head.start)
		if (remove_last(f) == -1 || fsync(f->dir) == -1)
			return -1;
	if (seg != NULL && f->fd == -1) {
		segs_name(name, seg->head.start);
		f->fd = openat(f->dir, name, O_WRONLY | O_CLOEXEC |
		    O_NOFOLLOW);
	}
	if (seg != NULL) {
		if (f->fd == -1 || ftruncate(f->fd,
		    (off_t)(pos - seg->head.start)) == -1 ||
		    fdatasync(f->fd) == -1)
			return -1;
		seg->end = pos;
	}
	/* what is left was read back, and is not durable by that */
	f->written = pos;
	return 0;
}

void
feed_trim(struct feed *f, uint64_t before)
{
	char name[SEG_NAME_LEN];
	size_t n = 0;

	while (n + 1 < f->segs.n && f->segs.v[n].end <= before &&
	    (f->segs.n - n > SEGS_MANY || f->written + segment_size(f) -
	    f->segs.v[n].head.start > f->max)) {
		segs_name(name, f->segs.v[n].head.start);
		if (unlinkat(f->dir, name, 0) == -1 && errno != ENOENT)
			break;
		close(f->segs.v[n].fd);
		n++;
	}
	f->segs.n -= n;
	memmove(f->segs.v, f->segs.v + n, f->segs.n * sizeof(*f->segs.v));
}

int
feed_dirty(const struct feed *f, int *fds, uint64_t *starts, int max)
{
	bool fresh = false;
	int n = 0;
	size_t i;

	for (i = 0; i < f->segs.n; i++) {
		if (f->segs.v[i].end <= f->synced)
			continue;
		fresh |= f->segs.v[i].head.start >= f->synced;
		if (n == max - 1 || (fds[n] = fcntl(f->segs.v[i].fd,
		    F_DUPFD_CLOEXEC, 0)) == -1)
			goto fail;
		starts[n++] = f->segs.v[i].head.start;
	}
	if (!fresh)
		return n;
	if ((fds[n] = fcntl(f->dir, F_DUPFD_CLOEXEC, 0)) == -1)
		goto fail;
	starts[n] = UINT64_MAX;
	return n + 1;
fail:
	while (n > 0)
		close(fds[--n]);
	return -1;
}
