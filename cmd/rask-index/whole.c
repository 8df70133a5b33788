/* A store as it was at one moment. */
#include <sys/file.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "verb.h"
#include "whole.h"

int
whole_damaged(const char *who, const char *where)
{
	int e = errno;

	if (e == EBADMSG || e == EINVAL)
		diag(LOG_ERR, "%s: %s is damaged", who, where);
	else if (e == ENOTSUP)
		diag(LOG_ERR, "%s: %s is of a newer version", who, where);
	else
		diag(LOG_ERR, "%s: %s: %s", who, where, strerror(e));
	return e == EBADMSG || e == EINVAL || e == ENOTSUP ? EX_DATAERR :
	    EX_IOERR;
}

/* Nothing is open. */
static void
init(struct whole *w)
{
	memset(w, 0, sizeof(*w));
	w->dir = w->lock = -1;
}

/* Take over the descriptors of a view.  Returns: 0, or an exit status. */
static int
adopt(struct whole *w, const char *who, int *fds)
{
	int n = 0, r = 0;

	if (w->v.has_state && state_adopt(&w->st, fds[n++]) == -1)
		r = whole_damaged(who, "state");
	if (w->v.has_dir)
		w->dir = fds[n++];
	if (segs_adopt(&w->segs, fds + n, w->v.n) == -1 && r == 0)
		r = whole_damaged(who, "the feed");
	return r;
}

int
whole_view(struct whole *w, struct verb *v)
{
	static struct rask_question q = { .type = RASK_Q_VIEW };
	static struct rask_reply r;
	int fds[RASK_VIEW_MAX], status;

	init(w);
	if ((status = verb_call(v, &q, &r)) != 0)
		return status;
	if (rask_index_fds(v->x, &r, fds) == -1)
		return verb_failed(v->sock, &r);
	w->v = r.view;
	w->served = true;
	return adopt(w, v->sock, fds);
}

/* Be alone with a directory.  Returns: 0, or an exit status. */
static int
lock(struct whole *w, const char *dir)
{
	char pid[24] = "?";
	ssize_t n;

	w->dir = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->dir == -1) {
		diag(LOG_ERR, "%s: %s", dir, strerror(errno));
		return errno == EACCES ? EX_NOPERM : EX_NOINPUT;
	}
	w->lock = openat(w->dir, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (w->lock == -1 || flock(w->lock, LOCK_SH | LOCK_NB) == 0)
		return 0;
	n = pread(w->lock, pid, sizeof(pid) - 1, 0);
	pid[n > 0 ? n : 0] = '\0';
	pid[strcspn(pid, "\n")] = '\0';
	diag(LOG_ERR, "%s: in use by process %s; ask that, with -i", dir,
	    pid);
	return EX_TEMPFAIL;
}

/* Leave out what an unclean stop has left at the end of the feed. */
static int
find_end(struct whole *w)
{
	struct rask_record r;
	struct seg_scan c;
	uint64_t at;
	int k;

	if (seg_scan_begin(&c, &w->segs, w->v.pos, w->v.upto) == -1)
		return EX_OSERR;
	while ((k = seg_scan_next(&c, &r, &at)) == 1)
		;
	if (k == -1 && errno == EBADMSG && !w->node.clean &&
	    !segs_proves(&w->segs, c.pos)) {
		w->v.upto = c.pos;
		w->cut = true;
	}
	seg_scan_end(&c);
	return 0;
}

int
whole_dir(struct whole *w, const char *dir)
{
	char name[SEG_NAME_LEN];
	int r, status;

	init(w);
	if ((status = lock(w, dir)) != 0)
		return status;
	if (node_read(w->dir, &w->node) == -1)
		return whole_damaged(dir, "node");
	if (state_open(&w->st, w->dir, "state") == -1 && errno != ENOENT)
		return whole_damaged(dir, "state");
	if ((r = segs_open_torn(&w->segs, w->dir, name)) == -1 ||
	    (r == 1 && w->node.clean))
		return whole_damaged(dir, name);
	w->cut = r == 1;
	if (w->segs.n > 0 && w->segs.v[0].head.epoch != w->node.epoch) {
		errno = EBADMSG;
		return whole_damaged(dir, "feed (of another node)");
	}
	if (w->segs.n > 0) {
		w->v.pos = w->segs.v[0].head.start;
		w->v.upto = w->segs.v[w->segs.n - 1].end;
	}
	if (w->st == NULL && w->v.pos > 0) {
		errno = EBADMSG;	/* part of the feed is only there */
		return whole_damaged(dir, "state (missing)");
	}
	if (w->st != NULL)
		w->v.pos = state_meta(w->st)->pos;
	if (w->v.upto < w->v.pos) {
		errno = EBADMSG;
		return whole_damaged(dir, "the feed's end");
	}
	return find_end(w);
}

void
whole_close(struct whole *w)
{
	fold_free(w->f);
	state_close(w->st);
	segs_close(&w->segs);
	if (w->lock != -1)
		close(w->lock);
	if (w->dir != -1)
		close(w->dir);
}

void
whole_place(struct whole *w, uint64_t pos)
{
	const struct seg *s = segs_at(&w->segs, pos);
	char name[SEG_NAME_LEN];

	segs_name(name, s == NULL ? pos : s->head.start);
	snprintf(w->where, sizeof(w->where), "%s at byte %" PRIu64, name,
	    s == NULL ? 0 : pos - s->head.start);
}

/* Begin to read.  Returns: 0, or an exit status. */
static int
begin(struct whole *w, const char *who)
{
	uint64_t at = 0;

	if (w->f != NULL)
		return 0;
	w->f = fold_new(w->st, &w->segs, w->v.pos, w->v.upto, NULL,
	    NULL, &at);
	if (w->f == NULL) {
		whole_place(w, at);
		return whole_damaged(who, w->where);
	}
	w->bits = w->st != NULL ? state_meta(w->st)->bits :
	    state_bits(w->v.upto / 128, 0);
	return 0;
}

/* Call fn for the entries of a page.  Returns: as whole_each(). */
static int
each_in(struct whole *w, const char *who, struct rask_page *pg,
    int (*fn)(void *ctx, const struct rask_entry *e), void *ctx)
{
	static struct rask_entry e;
	const unsigned char *p;
	size_t len;
	int r;

	while (rask_page_next(pg, &p, &len)) {
		if (rask_entry_decode(&e, p, len) == -1) {
			snprintf(w->where, sizeof(w->where),
			    "page %" PRIu32 " of the state", pg->number);
			return whole_damaged(who, w->where);
		}
		if ((r = fn(ctx, &e)) != 0)
			return r;
	}
	return 0;
}

int
whole_each(struct whole *w, const char *who,
    int (*fn)(void *ctx, const struct rask_entry *e), void *ctx)
{
	const unsigned char *page;
	struct rask_page pg;
	uint32_t number;
	uint64_t at;
	size_t len;
	bool fresh;
	int k, r;

	if ((r = begin(w, who)) != 0)
		return r;
	while ((k = fold_next(w->f, w->bits, &page, &len, &number,
	    &fresh)) == 1) {
		if (rask_page_open(&pg, page, len, number, w->bits) == -1 ||
		    (w->strict && rask_page_check(&pg) == -1)) {
			snprintf(w->where, sizeof(w->where),
			    "page %" PRIu32 " of the state", number);
			return whole_damaged(who, w->where);
		}
		if ((r = each_in(w, who, &pg, fn, ctx)) != 0)
			return r;
	}
	if (k == 0)
		return 0;
	if (fold_fault(w->f, &at))
		snprintf(w->where, sizeof(w->where),
		    "page %" PRIu64 " of the state", at);
	else
		whole_place(w, at);
	return whole_damaged(who, w->where);
}
