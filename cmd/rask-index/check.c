/* rask-index check: is the store sound, and is the tree as it says? */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "check.h"
#include "diag.h"
#include "sums.h"
#include "tally.h"

/* Damage was told; anything else that went wrong ends it. */
static int
found(struct check *c, int status)
{
	if (status != EX_DATAERR)
		return status;
	c->damaged = true;
	return 0;
}

/* The file that says which node this is. */
static int
check_node(struct check *c)
{
	if (c->w.dir == -1 || node_read(c->w.dir, &c->w.node) == 0)
		return 0;
	return found(c, whole_damaged(c->who, "node"));
}

/* The state's blocks and the file of their sums. */
static int
check_state(struct check *c)
{
	uint64_t block = UINT64_MAX;

	if (c->w.st == NULL || c->w.dir == -1 ||
	    state_verify(c->w.st, c->w.dir, &block) == 0)
		return 0;
	if (errno == EBADMSG && block != UINT64_MAX)
		snprintf(c->w.where, sizeof(c->w.where),
		    "state at byte %" PRIu64, block * SUMS_BLOCK);
	else
		snprintf(c->w.where, sizeof(c->w.where),
		    "sums-%016" PRIx64, state_meta(c->w.st)->pos);
	return found(c, whole_damaged(c->who, c->w.where));
}

/* All records that there are, also those that the state has. */
static int
check_feed(struct check *c)
{
	struct whole *w = &c->w;
	struct rask_record r;
	struct seg_scan s;
	uint64_t at;
	int k;

	if (w->segs.n == 0)
		return 0;
	if (seg_scan_begin(&s, &w->segs, w->segs.v[0].head.start,
	    w->v.upto) == -1)
		return whole_damaged(c->who, "the feed");
	while ((k = seg_scan_next(&s, &r, &at)) == 1)
		c->records++;
	seg_scan_end(&s);
	if (k == 0)
		return 0;
	whole_place(w, s.pos);
	return found(c, whole_damaged(c->who, w->where));
}

/* One entry: sum it up. */
static int
count_one(void *ctx, const struct rask_entry *e)
{
	struct check *c = ctx;

	if (e->kind == RASK_KIND_GONE) {
		c->gone++;
		return 0;
	}
	c->live++;
	rask_sum_add(&c->root, rask_entry_item(e));
	return c->v->tree ? checktree_entry(c, e) : 0;
}

/*
 * What the state's digest and counts become by the records behind it, which is
 * what a server would go on with.
 */
static int
expect(struct check *c)
{
	struct whole *w = &c->w;
	struct tally t = { 0 };
	struct rask_record r;
	struct seg_scan s;
	uint64_t at;

	if (w->st != NULL) {
		t.live = state_meta(w->st)->live;
		t.gone = state_meta(w->st)->gone;
	}
	t.digest = w->st != NULL ? state_digest(w->st) : rask_digest_new(0);
	if (t.digest == NULL) {
		c->unknown = true;
		return found(c, whole_damaged(c->who, "the state's digest"));
	}
	if (seg_scan_begin(&s, &w->segs, w->v.pos, w->v.upto) == 0) {
		while (seg_scan_next(&s, &r, &at) == 1)
			tally_record(&t, &r);
		seg_scan_end(&s);
	}
	w->v.live = t.live;
	w->v.gone = t.gone;
	w->v.root = rask_digest_sum(t.digest, 0, 0);
	rask_digest_free(t.digest);
	return 0;
}

/* Are digest and counts those of the entries? */
static void
check_sums(struct check *c)
{
	const struct rask_view *v = &c->w.v;

	if (!rask_sum_equal(v->root, c->root)) {
		diag(LOG_ERR, "%s: the digest is not that of the entries",
		    c->who);
		c->damaged = true;
	}
	if (v->live != c->live || v->gone != c->gone) {
		diag(LOG_ERR, "%s: there are %" PRIu64 " entries and %" PRIu64
		    " tombstones, not %" PRIu64 " and %" PRIu64, c->who,
		    c->live, c->gone, v->live, v->gone);
		c->damaged = true;
	}
}

/* All of it.  Returns: 0, or an exit status. */
static int
check(struct check *c)
{
	int status;

	if ((status = check_node(c)) != 0 || (status = check_state(c)) != 0 ||
	    (status = check_feed(c)) != 0)
		return status;
	if (!c->w.served && (status = expect(c)) != 0)
		return status;
	if (c->v->tree && (status = checktree_open(c)) != 0)
		return status;
	c->w.strict = true;
	status = whole_each(&c->w, c->who, count_one, c);
	if (status == EX_DATAERR)
		return found(c, status);
	if (status != 0)
		return status;
	if (!c->unknown)
		check_sums(c);
	return c->v->tree ? checktree_rest(c) : 0;
}

/* Say what was found.  Returns: the exit status. */
static int
conclude(struct check *c, int status)
{
	if (status == 0)
		status = verb_print(&c->out);
	if (status != 0)
		return status;
	if (c->w.cut)
		diag(LOG_NOTICE, "%s: the last stop was unclean; what was "
		    "not durable then will be cut off", c->who);
	if (c->damaged)
		return 1;
	diag(LOG_NOTICE, "%s: sound: %" PRIu64 " entries, %" PRIu64
	    " tombstones, %" PRIu64 " records in the feed", c->who, c->live,
	    c->gone, c->records);
	return c->differing > 0 ? 1 : 0;
}

int
check_main(int argc, char **argv)
{
	static struct check c;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "tdC", 0, 0)) != 0)
		return status - 1;
	c.v = &v;
	c.who = v.dir != NULL ? v.dir : v.sock;
	look_init(&c.look);
	if (v.dir != NULL)
		status = found(&c, whole_dir(&c.w, v.dir));
	else if ((status = verb_open(&v)) == 0)
		status = found(&c, whole_view(&c.w, &v));
	else
		return status;
	if (status == 0 && !c.damaged)
		status = check(&c);
	status = conclude(&c, status);
	whole_close(&c.w);
	look_close(&c.look);
	rask_index_close(v.x);
	rask_buf_free(&c.out);
	free(c.places);
	return cli_done(status);
}
