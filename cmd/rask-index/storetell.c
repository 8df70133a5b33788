/* What a store has to tell, and who follows it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storeint.h"
#include "wire.h"

#define READ_MAX	(1024 * 1024)	/* bytes of feed in one store_read() */

/* Bytes of memory that are ours alone; 0 if the kernel does not say. */
static uint64_t
memory(void)
{
	unsigned long all = 0, resident = 0, shared = 0;
	FILE *f = fopen("/proc/self/statm", "re");

	if (f == NULL)
		return 0;
	if (fscanf(f, "%lu %lu %lu", &all, &resident, &shared) != 3)
		resident = shared = 0;
	fclose(f);
	return (uint64_t)(resident - shared) *
	    (uint64_t)sysconf(_SC_PAGESIZE);
}

void
store_info(const struct store *s, struct store_info *i)
{
	struct stat st;

	*i = (struct store_info){ .node = s->node.id,
	    .epoch = s->node.epoch, .name = s->node.name,
	    .seq = s->feed.seq, .durable = s->durable_seq,
	    .unsynced = s->unsynced,
	    .live = s->live, .gone = s->gone,
	    .checkpoints = s->checkpoints, .folding = s->frozen != NULL,
	    .replayed = s->replayed,
	    .gathered = rask_gather_count(s->active) +
		(s->frozen == NULL ? 0 : rask_gather_count(s->frozen)),
	    .feed_bytes = feed_bytes(&s->feed),
	    .memory_bytes = memory(),
	    .root = rask_digest_sum(s->digest, 0, 0) };
	i->oldest = (s->feed.segs.n > 0 ? s->feed.segs.v[0].head.after :
	    s->feed.seq) + 1;
	if (s->state_fd != -1 && fstat(s->state_fd, &st) == 0)
		i->state_bytes = (uint64_t)st.st_size;
}

uint64_t
store_seq(const struct store *s)
{
	return s->feed.seq;
}

int
store_view(struct store *s, struct store_view *v)
{
	char name[64];
	size_t i;

	*v = (struct store_view){ .state = -1, .dir = s->dir,
	    .pos = s->meta.pos, .upto = s->feed.written,
	    .n = s->feed.segs.n };
	for (i = 0; i < s->feed.segs.n; i++)
		v->segs[i] = s->feed.segs.v[i].fd;
	if (s->state_fd == -1)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", s->state_fd);
	v->state = open(name, O_RDONLY | O_CLOEXEC);
	return v->state == -1 ? -1 : 0;
}

uint64_t
store_follow(struct store *s, uint64_t after, uint64_t since, bool *lost)
{
	return feed_find(&s->feed, after, since, lost);
}

/* May a subscriber see it? */
static bool
told(const struct rask_record *r)
{
	return (r->type == RASK_RECORD_CHANGE ||
	    r->type == RASK_RECORD_MOVE) && !(r->flags & RASK_RECORD_PART);
}

int
store_read(struct store *s, uint64_t *pos, struct rask_buf *out, size_t max)
{
	size_t start = rask_buf_left(out);
	uint64_t from = *pos;
	struct seg_scan c;
	struct rask_record r;
	unsigned char *p;
	uint64_t at;
	size_t n;
	int k = 0;

	if (*pos >= s->feed.written)
		return 0;
	if (seg_scan_begin(&c, &s->feed.segs, *pos, s->feed.written) == -1)
		return -1;
	while (rask_buf_left(out) - start < max && *pos - from < READ_MAX &&
	    (k = seg_scan_next(&c, &r, &at)) == 1) {
		n = (size_t)(c.pos - at);
		if (told(&r)) {
			if ((p = rask_buf_room(out, 8 + n)) == NULL) {
				k = -1;
				break;
			}
			memcpy(rask_wire_u64(p, at), c.buf + (at - c.from), n);
			rask_buf_grew(out, 8 + n);
		}
		*pos = c.pos;
	}
	seg_scan_end(&c);
	/* What was read before the error goes out before it. */
	return rask_buf_left(out) > start ? 1 : k;
}
