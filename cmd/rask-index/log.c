/* rask-index log: the feed as change lines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>

#include "diag.h"
#include "entryline.h"
#include "verb.h"

/* us since the epoch. */
static uint64_t
now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000 + (uint64_t)ts.tv_nsec / 1000;
}

/* Print the records of a reply, at once.  Returns: 0, or an exit status. */
static int
print_records(const struct verb *v, struct rask_reply *r,
    struct rask_buf *out)
{
	static struct rask_record rec;
	static struct entryline l;
	uint64_t at;
	int k, status;

	while ((k = rask_records_next(r, &rec, &at)) == 1) {
		if (!entryline_record(&l, &rec))
			continue;
		if (entryline_add(out, &l, v->json) == -1) {
			diag(LOG_ERR, "%s", strerror(errno));
			return EX_OSERR;
		}
	}
	if ((status = verb_print(out)) != 0)
		return status;
	if (fflush(stdout) != 0)
		return verb_unwritten();
	return k == 0 ? 0 : verb_failed(v->sock, r);
}

/* Say, once, that there is less than was asked for. */
static void
tell_lost(const struct verb *v, bool *told)
{
	if (!*told && (v->after > 0 || v->has_since))
		diag(LOG_WARNING, "%s: the feed does not reach back so far",
		    v->sock);
	*told = true;
}

/* Take replies until the end, or for ever. */
static int
follow(const struct verb *v, struct rask_reply *r, struct rask_buf *out)
{
	bool told = false;
	int status = 0;

	for (;;) {
		if (rask_index_reply(v->x, r,
		    v->follow ? -1 : WAIT_MS) == -1)
			return verb_failed(v->sock, r);
		if (r->type == RASK_A_FAILED) {
			errno = r->error;
			return verb_failed(v->sock, r);
		}
		if (r->lost)
			tell_lost(v, &told);
		if (r->type == RASK_A_RECORDS)
			status = print_records(v, r, out);
		if (r->type != RASK_A_RECORDS || status != 0)
			return status;
	}
}

int
log_main(int argc, char **argv)
{
	static struct rask_question q = { .type = RASK_Q_FOLLOW };
	static struct rask_reply r;
	struct rask_buf out = { 0 };
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "fjsS", 0, 0)) != 0)
		return status - 1;
	q.seq = v.after;
	q.live = v.follow;
	if (v.has_since && now() > v.since * 1000000)
		q.since = now() - v.since * 1000000;
	if ((status = verb_open(&v)) == 0) {
		if (rask_index_ask(v.x, &q) == -1)
			status = verb_failed(v.sock, &r);
		else
			status = follow(&v, &r, &out);
	}
	rask_index_close(v.x);
	rask_buf_free(&out);
	return cli_done(status);
}
