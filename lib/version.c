/* Versions: what went into a content, and which of two contents stands. */
#include <errno.h>
#include <string.h>

#include "hash.h"
#include "version.h"

int
rask_dot_cmp(struct rask_dot a, struct rask_dot b)
{
	if (a.counter != b.counter)
		return a.counter < b.counter ? -1 : 1;
	if (a.node != b.node)
		return a.node < b.node ? -1 : 1;
	return 0;
}

struct rask_dot
rask_version_dot(const struct rask_version *v)
{
	struct rask_dot top = v->v[0];
	size_t i;

	for (i = 1; i < v->n; i++)
		if (v->v[i].counter > top.counter)
			top = v->v[i];
	return top;
}

bool
rask_version_covers(const struct rask_version *v, struct rask_dot d)
{
	size_t i;

	for (i = 0; i < v->n && v->v[i].node < d.node; i++)
		;
	if (i == v->n || v->v[i].node != d.node)
		return false;
	return d.node == 0 ? v->v[i].counter == d.counter :
	    v->v[i].counter >= d.counter;
}

void
rask_version_found(struct rask_version *out, int64_t mtime)
{
	out->n = 1;
	out->v[0].node = 0;
	out->v[0].counter = mtime < 1000 ? 1 : (uint64_t)mtime / 1000;
}

/* Put d in its place among n < RASK_VERSION_MAX elements, or over its own. */
static void
put_dot(struct rask_version *v, struct rask_dot d)
{
	size_t i;

	for (i = 0; i < v->n && v->v[i].node < d.node; i++)
		;
	if (i == v->n || v->v[i].node != d.node) {
		memmove(v->v + i + 1, v->v + i, (v->n - i) * sizeof(d));
		v->n++;
	}
	v->v[i] = d;
}

/* Is there an element for this node? */
static bool
has_node(const struct rask_version *v, uint64_t node)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		if (v->v[i].node == node)
			return true;
	return false;
}

int
rask_version_next(struct rask_version *out,
    const struct rask_version *replaced, uint64_t node, uint64_t last,
    uint64_t now)
{
	struct rask_dot d = { last, node };

	if (replaced != NULL && rask_version_dot(replaced).counter > last)
		d.counter = rask_version_dot(replaced).counter;
	if (d.counter >= RASK_COUNTER_MAX || now > RASK_COUNTER_MAX) {
		errno = EOVERFLOW;
		return -1;
	}
	if (++d.counter < now)
		d.counter = now;
	if (replaced == NULL) {
		out->n = 0;
	} else {
		if (replaced->n == RASK_VERSION_MAX &&
		    !has_node(replaced, node)) {
			errno = ENOSPC;
			return -1;
		}
		if (out != replaced)
			*out = *replaced;
	}
	put_dot(out, d);
	return 0;
}

int
rask_version_join(struct rask_version *out, const struct rask_version *a,
    const struct rask_version *b)
{
	struct rask_version sum = { 0 };
	const struct rask_dot *p = a->v, *q = b->v;
	const struct rask_dot *pend = p + a->n, *qend = q + b->n;
	struct rask_dot d;

	while (p < pend || q < qend) {
		if (q == qend || (p < pend && p->node < q->node))
			d = *p++;
		else if (p == pend || q->node < p->node)
			d = *q++;
		else {
			d = p->counter > q->counter ? *p : *q;
			p++;
			q++;
		}
		if (sum.n == RASK_VERSION_MAX) {
			errno = ENOSPC;
			return -1;
		}
		sum.v[sum.n++] = d;
	}
	*out = sum;
	return 0;
}

void
rask_version_forget(struct rask_version *v)
{
	size_t i, low = 0;

	for (i = 1; i < v->n; i++)
		if (v->v[i].counter < v->v[low].counter)
			low = i;
	v->n--;
	memmove(v->v + low, v->v + low + 1, (v->n - low) * sizeof(v->v[0]));
}

/* Are two contents equal?  1 yes, 0 no, -1 cannot be told. */
static int
alike(const struct rask_content *a, const struct rask_content *b)
{
	if (a->kind != b->kind || a->size != b->size)
		return 0;
	if (a->kind == 0)
		return 1;
	if (a->hash == NULL || b->hash == NULL)
		return -1;
	return memcmp(a->hash, b->hash, RASK_SHA_LEN) == 0;
}

/* Judge two contents with one dot, which nobody can have seen. */
static struct rask_verdict
judge_twins(const struct rask_content *l, const struct rask_content *i)
{
	struct rask_verdict v = { RASK_STANDS_BOTH, RASK_LOSS_NONE };
	int above;

	if (alike(l, i) != 0)
		return v;
	if (l->kind != i->kind) {
		above = l->kind > i->kind ? 1 : -1;
	} else if (l->hash == NULL || i->hash == NULL) {
		v.stands = RASK_STANDS_UNSURE;
		v.loss = RASK_LOSS_KEEP;
		return v;
	} else {
		above = memcmp(l->hash, i->hash, RASK_SHA_LEN);
	}
	v.stands = above > 0 ? RASK_STANDS_LOCAL : RASK_STANDS_INCOMING;
	if ((above > 0 ? i : l)->kind != 0)
		v.loss = RASK_LOSS_KEEP;
	return v;
}

struct rask_verdict
rask_judge(const struct rask_content *local,
    const struct rask_content *incoming)
{
	const struct rask_content *win = local, *lose = incoming;
	struct rask_verdict v = { RASK_STANDS_LOCAL, RASK_LOSS_KEEP };
	struct rask_dot d;
	int order;

	order = rask_dot_cmp(rask_version_dot(local->version),
	    rask_version_dot(incoming->version));
	if (order == 0)
		return judge_twins(local, incoming);
	if (order < 0) {
		v.stands = RASK_STANDS_INCOMING;
		win = incoming;
		lose = local;
	}
	d = rask_version_dot(lose->version);
	if (lose->kind == 0 || rask_version_covers(win->version, d) ||
	    alike(win, lose) == 1)
		v.loss = RASK_LOSS_NONE;
	else if (win->kind == 0 && d.node != 0)
		v.loss = RASK_LOSS_REISSUE;
	return v;
}
