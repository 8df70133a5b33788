/* Lines from stdin to an index. */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "push.h"

#define PIECE	(64 * 1024)	/* bytes read at once */

void
push_init(struct push *p, struct verb *v)
{
	memset(p, 0, sizeof(*p));
	p->v = v;
}

void
push_free(struct push *p)
{
	rask_buf_free(&p->in);
}

void
push_bad(struct push *p, uint64_t line, const char *why)
{
	diag(LOG_WARNING, "line %llu: %s", (unsigned long long)line, why);
	p->bad++;
}

/* Take one answer.  Returns: 0, or an exit status. */
static int
take(struct push *p)
{
	struct rask_reply *r = &p->r;

	if (rask_index_reply(p->v->x, r, PATIENCE_MS) == -1)
		return verb_failed(p->v->sock, r);
	p->open--;
	if (r->type == RASK_A_FAILED) {
		errno = r->error;
		return verb_failed(p->v->sock, r);
	}
	if (r->bad > 0) {
		push_bad(p, p->answered + r->first_bad, r->why);
		if (r->bad > 1)
			diag(LOG_WARNING, "and %llu more like it",
			    (unsigned long long)(r->bad - 1));
	}
	p->answered += r->lines;
	p->changes += r->changes;
	p->seq = r->seq;
	return 0;
}

int
push_wait(struct push *p, unsigned n)
{
	int status = 0;

	while (status == 0 && p->open > n)
		status = take(p);
	return status;
}

int
push_send(struct push *p)
{
	int status;

	if ((status = push_wait(p, PUSH_OPEN - 1)) != 0)
		return status;
	if (rask_index_ask(p->v->x, &p->q) == -1 ||
	    rask_index_pump(p->v->x) == -1)
		return verb_failed(p->v->sock, &p->r);
	p->open++;
	return 0;
}

/* Is there something to be read from stdin, without waiting? */
static bool
ready(void)
{
	struct pollfd pfd = { .fd = STDIN_FILENO, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* Read more.  Returns: 0, or an exit status. */
static int
fill(struct push *p)
{
	ssize_t n;
	void *to;

	if ((to = rask_buf_room(&p->in, PIECE)) == NULL) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	do
		n = read(STDIN_FILENO, to, PIECE);
	while (n == -1 && errno == EINTR);
	if (n == -1) {
		diag(LOG_ERR, "stdin: %s", strerror(errno));
		return EX_IOERR;
	}
	rask_buf_grew(&p->in, (size_t)n);
	p->eof = n == 0;
	/* The last line may lack its LF. */
	n = (ssize_t)rask_buf_left(&p->in);
	if (p->eof && n > 0 && rask_buf_head(&p->in)[n - 1] != '\n' &&
	    rask_buf_add(&p->in, "\n", 1) == -1)
		return EX_OSERR;
	return 0;
}

/* Pass over a line that is too long.  Returns: 0, or an exit status. */
static int
pass_over(struct push *p)
{
	const unsigned char *lf;
	int status;

	/* What was sent before it is told before it. */
	if ((status = push_wait(p, 0)) != 0)
		return status;
	push_bad(p, p->sent + 1, "too long");
	while ((lf = memchr(rask_buf_head(&p->in), '\n',
	    rask_buf_left(&p->in))) == NULL && !p->eof) {
		rask_buf_take(&p->in, rask_buf_left(&p->in));
		if ((status = fill(p)) != 0)
			return status;
	}
	rask_buf_take(&p->in, lf == NULL ? rask_buf_left(&p->in) :
	    (size_t)(lf - rask_buf_head(&p->in)) + 1);
	p->sent++;
	p->answered++;
	return 0;
}

/* Whole lines in what was read, max bytes at most.  Returns: their bytes. */
static size_t
whole(const struct push *p, size_t max)
{
	const unsigned char *start = rask_buf_head(&p->in), *lf;
	size_t n = rask_buf_left(&p->in);

	if (n == 0)
		return 0;
	lf = memrchr(start, '\n', n < max ? n : max);
	return lf == NULL ? 0 : (size_t)(lf - start) + 1;
}

int
push_lines(struct push *p, size_t max, char **text, size_t *len)
{
	size_t n, i;
	int status = 0;

	while ((n = whole(p, max)) == 0 && status == 0) {
		if (rask_buf_left(&p->in) >= max)
			status = pass_over(p);
		else if (p->eof)
			return 0;
		else if (p->open > 0 && !ready())
			status = push_wait(p, 0);
		else
			status = fill(p);
	}
	if (status != 0)
		return -1 - status;
	*text = (char *)rask_buf_head(&p->in);
	*len = n;
	p->first = p->sent + 1;
	for (i = 0; i < n; i++)
		p->sent += (*text)[i] == '\n';
	rask_buf_take(&p->in, n);
	return 1;
}

int
push_sync(struct push *p)
{
	int status;

	if ((status = push_wait(p, 0)) != 0)
		return status;
	p->q.type = RASK_Q_SYNC;
	p->q.seq = 0;
	return rask_index_call(p->v->x, &p->q, &p->r, PATIENCE_MS) == 0 ? 0 :
	    verb_failed(p->v->sock, &p->r);
}
