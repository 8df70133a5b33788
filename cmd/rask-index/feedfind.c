/* Where in the feed something is, without reading all of it. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "feed.h"
#include "wire.h"

#define HOP	(256 * 1024)	/* bytes read at a time */

/*
 * Within a segment seqs go up by one with each change and move, so that it is
 * enough to count records, without their checks: whoever reads from the
 * position that comes of it makes those.
 */
struct hop {
	uint64_t after, since;	/* what is looked for */
	uint64_t seq;		/* of the record before */
	uint64_t pos;		/* of this record */
	uint64_t found;		/* or 0 */
};

/* Is this record the first one to be seen?  Its first 24 bytes are at p. */
static bool
is_it(struct hop *h, const unsigned char *p)
{
	struct rask_rd r = { p + RASK_RECORD_HEAD, p + RASK_RECORD_HEAD + 16,
	    false };
	uint64_t first = rask_rd_u64(&r);

	if (p[4] != RASK_RECORD_CHANGE && (p[4] != RASK_RECORD_MOVE ||
	    p[5] & RASK_RECORD_PART))
		return false;
	h->seq++;
	if (p[4] == RASK_RECORD_MOVE)	/* seq comes before the time */
		first = rask_rd_u64(&r);
	return h->seq > h->after && first >= h->since;
}

/*
 * Hop over the records that begin in n bytes at p.
 * Returns: bytes hopped over, those of the last record's rest included.
 */
static size_t
hop(struct hop *h, const unsigned char *p, size_t n)
{
	struct rask_rd r;
	size_t at = 0, len;

	while (at <= n && n - at >= RASK_RECORD_HEAD + 16) {
		r = (struct rask_rd){ p + at, p + n, false };
		len = RASK_RECORD_HEAD + rask_rd_u32(&r);
		if (is_it(h, p + at)) {
			h->found = h->pos;
			break;
		}
		at += len;
		h->pos += len;
	}
	return at;
}

/* Look for it in one segment. */
static void
look_in(const struct seg *seg, struct hop *h, unsigned char *buf)
{
	ssize_t n;

	h->pos = seg->head.start + RASK_SEGMENT_HEAD;
	h->seq = seg->head.after;
	while (h->found == 0 && h->pos < seg->end) {
		n = pread(seg->fd, buf, HOP,
		    (off_t)(h->pos - seg->head.start));
		if (n <= 0 || hop(h, buf, (size_t)n) == 0)
			return;
	}
}

uint64_t
feed_find(const struct feed *f, uint64_t after, uint64_t since, bool *lost)
{
	struct hop h = { .after = after, .since = since };
	unsigned char *buf;
	size_t i;

	*lost = f->segs.n == 0 ? after < f->seq :
	    after < f->segs.v[0].head.after &&
	    since < f->segs.v[0].head.time;
	if (f->segs.n == 0 || (buf = malloc(HOP)) == NULL)
		return f->segs.n == 0 ? f->written : f->segs.v[0].head.start;
	for (i = 0; i < f->segs.n && h.found == 0; i++) {
		/* the next one begins too early: this one is of no use */
		if (i + 1 < f->segs.n &&
		    (f->segs.v[i + 1].head.after < after ||
		    f->segs.v[i + 1].head.time < since))
			continue;
		look_in(&f->segs.v[i], &h, buf);
	}
	free(buf);
	return h.found != 0 ? h.found : f->written;
}
