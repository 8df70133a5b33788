/* Frames on their way out: four lists, and the frame that was begun. */
#include <stdlib.h>
#include <string.h>

#include "sendq.h"

struct entry {
	struct entry *next;		/* in its class */
	uint64_t stream;		/* whose it is */
	size_t len;			/* bytes of head, copies included */
	size_t sent;			/* bytes written of head and piece */
	struct rask_piece piece;	/* n is 0 when there is none */
	unsigned char head[];		/* len bytes */
};

struct rask_sendq {
	struct entry *first[RASK_CLASSES];	/* the next to go */
	struct entry **last[RASK_CLASSES];	/* where one is added */
	size_t bytes[RASK_CLASSES];		/* not yet written */
	int begun;	/* class whose first entry is half written, or -1 */
};

struct rask_sendq *
rask_sendq_new(void)
{
	struct rask_sendq *q;
	int c;

	if ((q = calloc(1, sizeof(*q))) == NULL)
		return NULL;
	for (c = 0; c < RASK_CLASSES; c++)
		q->last[c] = &q->first[c];
	q->begun = -1;
	return q;
}

/* End one entry that is in no list any more. */
static void
drop(struct entry *e)
{
	if (e->piece.done != NULL)
		e->piece.done(e->piece.ctx, e->piece.arg);
	free(e);
}

/* Take the first entry of a class out of its list. */
static struct entry *
shift(struct rask_sendq *q, int class)
{
	struct entry *e = q->first[class];

	if ((q->first[class] = e->next) == NULL)
		q->last[class] = &q->first[class];
	return e;
}

void
rask_sendq_free(struct rask_sendq *q)
{
	int c;

	if (q == NULL)
		return;
	for (c = 0; c < RASK_CLASSES; c++)
		while (q->first[c] != NULL)
			drop(shift(q, c));
	free(q);
}

int
rask_sendq_add(struct rask_sendq *q, unsigned class, uint64_t stream,
    const void *head, size_t len, const struct rask_piece *piece)
{
	struct entry *e;
	size_t copy = piece != NULL && piece->done == NULL ? piece->n : 0;

	if ((e = malloc(sizeof(*e) + len + copy)) == NULL)
		return -1;
	memset(e, 0, sizeof(*e));
	e->stream = stream;
	e->len = len + copy;
	memcpy(e->head, head, len);
	if (copy > 0)
		memcpy(e->head + len, piece->content, copy);
	else if (piece != NULL)
		e->piece = *piece;
	*q->last[class] = e;
	q->last[class] = &e->next;
	q->bytes[class] += e->len + e->piece.n;
	return 0;
}

unsigned
rask_sendq_cancel(struct rask_sendq *q, unsigned class, uint64_t stream,
    uint64_t *content)
{
	struct entry **p = &q->first[class], *e;
	unsigned n = 0;

	while ((e = *p) != NULL) {
		if (e->stream != stream || e->sent > 0) {
			p = &e->next;
			continue;
		}
		if ((*p = e->next) == NULL)
			q->last[class] = p;
		q->bytes[class] -= e->len + e->piece.n;
		*content += e->piece.n;
		n++;
		drop(e);
	}
	return n;
}

/* Add what is unsent of e to iov; returns the pieces used, at most 2. */
static int
unsent(const struct entry *e, struct iovec *iov, size_t *bytes)
{
	size_t done = e->sent;
	int n = 0;

	if (done < e->len) {
		iov[n].iov_base = (void *)(uintptr_t)(e->head + done);
		iov[n].iov_len = e->len - done;
		*bytes += iov[n++].iov_len;
		done = e->len;
	}
	done -= e->len;
	if (done < e->piece.n) {
		iov[n].iov_base = (void *)(uintptr_t)
		    ((const unsigned char *)e->piece.content + done);
		iov[n].iov_len = e->piece.n - done;
		*bytes += iov[n++].iov_len;
	}
	return n;
}

int
rask_sendq_next(struct rask_sendq *q, struct iovec *iov, int n, size_t max)
{
	struct entry *e;
	size_t bytes = 0;
	int c, used = 0;

	if (q->begun >= 0)
		used = unsent(q->first[q->begun], iov, &bytes);
	for (c = 0; c < RASK_CLASSES; c++) {
		e = q->first[c];
		if (c == q->begun)
			e = e->next;
		for (; e != NULL && used + 2 <= n && bytes < max; e = e->next)
			used += unsent(e, iov + used, &bytes);
		if (e != NULL)
			break;
	}
	return used;
}

void
rask_sendq_wrote(struct rask_sendq *q, size_t bytes)
{
	struct entry *e;
	size_t left;
	int c;

	while (bytes > 0) {
		for (c = q->begun; c < 0 || q->first[c] == NULL; )
			c++;
		e = q->first[c];
		left = e->len + e->piece.n - e->sent;
		if (bytes < left) {
			e->sent += bytes;
			q->bytes[c] -= bytes;
			q->begun = c;
			return;
		}
		bytes -= left;
		q->bytes[c] -= left;
		q->begun = -1;
		drop(shift(q, c));
	}
}

size_t
rask_sendq_bytes(const struct rask_sendq *q, unsigned class)
{
	return q->bytes[class];
}

size_t
rask_sendq_total(const struct rask_sendq *q)
{
	size_t n = 0;
	int c;

	for (c = 0; c < RASK_CLASSES; c++)
		n += q->bytes[c];
	return n;
}
