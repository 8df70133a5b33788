/* Slices of large files: written and checked, here or by the worker. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bulk.h"

/* A slice to be written, or a prefix to be read again for the check. */
struct slice {
	struct rask_job job;	/* first */
	struct stream *s;
	void *slab;		/* owned; NULL: read what is there */
	const unsigned char *p;	/* in the slab */
	uint64_t at;		/* offset in the file */
	size_t n;		/* bytes */
	size_t count;		/* bytes of credit that it gives back */
};

/* Worker: check again what an earlier connection wrote. */
static int
check_prefix(struct stream *s, uint64_t n)
{
	unsigned char *buf;
	uint64_t at = 0;
	ssize_t r = 0;

	if ((buf = malloc(RASK_SLICE_MAX)) == NULL)
		return ENOMEM;
	while (at < n) {
		r = pread(s->part.made.fd, buf, n - at < RASK_SLICE_MAX ?
		    (size_t)(n - at) : RASK_SLICE_MAX, (off_t)at);
		if (r <= 0 || rask_mac_add(s->mac, buf, (size_t)r) == -1)
			break;
		at += (uint64_t)r;
	}
	free(buf);
	return at == n ? 0 : r == 0 ? EIO : errno;
}

int
slice_write(struct stream *s, const unsigned char *p, uint64_t at, size_t n)
{
	size_t done = 0;
	ssize_t w;

	while (done < n) {
		w = pwrite(s->part.made.fd, p + done, n - done,
		    (off_t)(at + done));
		if (w == -1) {
			s->error = errno;
			return -1;
		}
		done += (size_t)w;
	}
	if (rask_mac_add(s->mac, p, n) == 0)
		return 0;
	s->error = errno;
	return -1;
}

/* Worker: one slice. */
static void
run_slice(struct rask_job *job)
{
	struct slice *sl = (struct slice *)job;

	if (sl->s->error != 0)
		return;
	if (sl->slab == NULL)
		sl->s->error = check_prefix(sl->s, sl->n);
	else
		slice_write(sl->s, sl->p, sl->at, sl->n);
}

/* Loop: one slice is through. */
static void
slice_done(struct rask_job *job)
{
	struct slice *sl = (struct slice *)job;
	struct stream *s = sl->s;

	s->c->written += sl->count;
	s->c->waiting -= sl->count;
	s->c->slices--;
	rask_slab_put(s->c->slabs, sl->slab);
	free(sl);
	s->jobs--;
	bulk_settle(s);
}

int
slice_submit(struct stream *s, void *slab, const unsigned char *p, uint64_t at,
    size_t n, size_t count)
{
	struct slice *sl;

	if ((sl = calloc(1, sizeof(*sl))) == NULL)
		return -1;
	sl->job.run = run_slice;
	sl->job.done = slice_done;
	sl->s = s;
	sl->slab = slab;
	sl->p = p;
	sl->at = at;
	sl->n = n;
	sl->count = count;
	s->jobs++;
	s->c->waiting += count;
	s->c->slices++;
	rask_work_submit(s->c->disk, &sl->job);
	return 0;
}
