/* The paths behind the places where two indexes differ. */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "diff.h"

/* Ask a side for a part of the places, until all of them are answered. */
static int
fetch(struct diff *d, int i, size_t from, size_t n)
{
	struct side *s = &d->side[i];
	size_t k;

	rask_buf_take(&s->got, rask_buf_left(&s->got));
	for (s->done = 0; s->done < n; s->done += (size_t)d->r.n) {
		d->q.type = RASK_Q_ENTRIES;
		d->q.n = (int)(n - s->done);
		for (k = 0; k < n - s->done; k++)
			d->q.places[k] = d->places[from + s->done + k];
		if (rask_index_call(s->x, &d->q, &d->r, WAIT_MS) == -1)
			return verb_failed(s->sock, &d->r);
		errno = EPROTO;
		if (d->r.type != RASK_A_ENTRIES || d->r.n > d->q.n)
			return verb_failed(s->sock, &d->r);
		if (rask_buf_add(&s->got, d->r.bytes, d->r.len) == -1)
			return verb_failed(s->sock, &d->r);
	}
	return 0;
}

/* Find a path among the entries of a side. */
static bool
find(const struct side *s, const struct rask_entry *want,
    struct rask_entry *e)
{
	const unsigned char *p = rask_buf_head(&s->got);
	size_t len = rask_buf_left(&s->got);

	while (rask_entries_next(&p, &len, e) == 1)
		if (e->path_len == want->path_len &&
		    memcmp(e->path, want->path, e->path_len) == 0)
			return true;
	return false;
}

/* Print one that differs.  Returns: 0, or an exit status. */
static int
print_one(struct diff *d, const struct rask_entry *e, bool local,
    const char *reason)
{
	entryline_set(&d->l, e);
	d->l.c.have &= ~(unsigned)(RASK_F_SEQ | RASK_F_INO | RASK_F_CTIME);
	d->l.c.from = local ? "local" : "remote";
	d->l.c.reason = reason;
	if (entryline_add(&d->out, &d->l, d->json) == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	d->told++;
	return verb_print(&d->out);
}

/* Compare what both sides have at a path. */
static int
judge(struct diff *d, const struct rask_entry *mine,
    const struct rask_entry *theirs)
{
	struct rask_verdict v;
	int order;

	if (rask_sum_equal(rask_entry_item(mine), rask_entry_item(theirs)))
		return 0;
	v = rask_entry_judge(mine, theirs);
	order = rask_dot_cmp(rask_version_dot(&mine->version),
	    rask_version_dot(&theirs->version));
	return v.stands == RASK_STANDS_INCOMING ?
	    print_one(d, theirs, false, order < 0 ? "newer" : "differs") :
	    print_one(d, mine, true, order > 0 ? "newer" : "differs");
}

/* Print the paths of one side; of those on both, only for side 0. */
static int
print_side(struct diff *d, int i)
{
	static struct rask_entry e, other;
	const unsigned char *p = rask_buf_head(&d->side[i].got);
	size_t len = rask_buf_left(&d->side[i].got);
	int k, status = 0;

	while (status == 0 && (k = rask_entries_next(&p, &len, &e)) == 1) {
		if (find(&d->side[1 - i], &e, &other))
			status = i == 0 ? judge(d, &e, &other) : 0;
		else if (e.kind != RASK_KIND_GONE)
			status = print_one(d, &e, i == 0, "missing");
	}
	return status;
}

int
diff_print(struct diff *d)
{
	size_t from, n;
	int i, status = 0;

	for (from = 0; from < d->n && status == 0; from += n) {
		n = d->n - from < DIFF_PLACES ? d->n - from : DIFF_PLACES;
		for (i = 0; i < 2 && status == 0; i++)
			status = fetch(d, i, from, n);
		for (i = 0; i < 2 && status == 0; i++)
			status = print_side(d, i);
	}
	for (i = 0; i < 2; i++)
		rask_buf_free(&d->side[i].got);
	return status;
}
