/* Recovering what is in the feed and not in the state. */
#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <syslog.h>

#include "storeint.h"

/* Put a record that the state does not have into tables and digest. */
static int
replay(struct store *s, const struct rask_record *r, uint64_t pos)
{
	struct rask_record old;
	struct undo u;
	uint64_t was;

	s->replayed++;
	switch (r->type) {
	case RASK_RECORD_MARK:
		return 0;
	case RASK_RECORD_MOVE:
	case RASK_RECORD_MOVED:
		store_moves_read(s, r, pos);
		if (r->seq > s->feed.seq)
			s->feed.seq = r->seq;
		store_counter_used(s, r->dot.counter);
		return 0;
	default:
		break;
	}
	store_effect(r, 0, pos, &u);
	if (rask_gather_room(s->active, u.place) == -1 ||
	    store_locate(s, s->active, u.place, r->entry.path,
	    r->entry.path_len, &was, &old, s->buf) == -1)
		return -1;
	u.was = was;
	store_shift(s, &u, false);
	if (r->seq > s->feed.seq)
		s->feed.seq = r->seq;
	if (rask_version_dot(&r->entry.version).node == s->node.id)
		store_counter_used(s,
		    rask_version_dot(&r->entry.version).counter);
	return 0;
}

/*
 * Something at pos is no record.  After an unclean stop the feed may end in
 * what was never durable; anything else is damage.
 */
static int
bad_end(struct store *s, uint64_t pos, char why[STORE_WHY])
{
	char name[SEG_NAME_LEN];
	const struct seg *seg = segs_at(&s->feed.segs, pos);
	int e = errno;

	segs_name(name, seg == NULL ? pos : seg->head.start);
	errno = e;
	if (e != EBADMSG || s->node.clean || pos < s->meta.pos ||
	    segs_proves(&s->feed.segs, pos)) {
		errno = e;
		return bad_file(s, why, name);
	}
	store_say(s, LOG_WARNING, "%s/%s: %llu bytes that were not durable "
	    "at the stop are cut off", s->o.dir, name,
	    (unsigned long long)(s->feed.written - pos));
	if (feed_cut(&s->feed, pos) == -1)
		return bad_file(s, why, name);
	return 0;
}

int
store_recover(struct store *s, char why[STORE_WHY])
{
	struct seg_scan c;
	struct rask_record r;
	uint64_t at;
	int n, status = 0;
	size_t i;

	s->feed.seq = s->meta.seq;
	s->live = s->meta.live;
	s->gone = s->meta.gone;
	feed_init(&s->feed, s->dir, s->meta.pos);
	if (s->feed.segs.n > 0 &&
	    s->feed.segs.v[0].head.epoch != s->node.epoch)
		return why_not(why, EX_DATAERR, "%s/feed-*: of another node "
		    "than %s/node", s->o.dir, s->o.dir);
	if (s->feed.written < s->meta.pos ||
	    (s->feed.segs.n > 0 &&
	    s->feed.segs.v[0].head.start > s->meta.pos)) {
		errno = EBADMSG;
		return bad_file(s, why, "feed-*");
	}
	if (seg_scan_begin(&c, &s->feed.segs, s->meta.pos,
	    s->feed.written) == -1)
		return why_not(why, EX_OSERR, "%s", strerror(errno));
	while ((n = seg_scan_next(&c, &r, &at)) == 1)
		if (replay(s, &r, at) == -1)
			break;
	/* a leap may have nothing behind it */
	for (i = 0; i < s->feed.segs.n; i++)
		if (s->feed.segs.v[i].head.after > s->feed.seq)
			s->feed.seq = s->feed.segs.v[i].head.after;
	if (n == 1)
		status = why_not(why, EX_OSERR, "feed: %s", strerror(errno));
	else if (n == -1)
		status = bad_end(s, c.pos, why);
	seg_scan_end(&c);
	return status;
}

/*
 * Go on above the ceiling of seqs.  The feed tells of it from now on; if it
 * cannot, the next opening goes on above the ceiling again.
 */
static void
leap(struct store *s, unsigned char boot[16])
{
	if (s->node.seq_ceiling <= s->feed.seq)
		return;
	s->feed.seq = s->node.seq_ceiling;
	if (feed_begin(&s->feed) == -1)
		memset(boot, 0, 16);
}

int
store_go_on(struct store *s, char why[STORE_WHY])
{
	unsigned char boot[16];

	s->feed.epoch = s->node.epoch;
	s->feed.node = s->node.id;
	node_boot(boot);
	if (s->node.clean || memcmp(boot, s->node.boot, 16) != 0) {
		/* after a clean stop the ceilings are what was given */
		store_counter_used(s, s->node.counter_ceiling);
		leap(s, boot);
	}
	s->durable_seq = s->meta.seq;
	memcpy(s->node.boot, boot, sizeof(boot));
	s->node.clean = false;
	s->node.counter_ceiling = store_now() > s->counter ? store_now() :
	    s->counter;
	s->node.counter_ceiling += 600 * UINT64_C(1000000);
	s->node.seq_ceiling = s->feed.seq + 1000000;
	if (node_write(s->dir, &s->node) == -1)
		return why_not(why, EX_IOERR, "%s/node: %s", s->o.dir,
		    strerror(errno));
	s->seq_safe = s->node.seq_ceiling;
	return 0;
}
