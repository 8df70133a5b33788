/* rask-index diff: where two running indexes differ. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "diff.h"

/* Note a place that differs. */
static void
differ(void *ctx, uint64_t place)
{
	struct diff *d = ctx;
	uint64_t *v;

	if (d->n == d->cap) {
		d->cap = d->cap ? d->cap * 2 : 1024;
		v = reallocarray(d->places, d->cap, sizeof(*v));
		if (v == NULL) {
			d->full = true;
			return;
		}
		d->places = v;
	}
	d->places[d->n++] = place;
}

/* Ask both sides the same, and note which question it is. */
static int
ask_both(struct diff *d, uint32_t id)
{
	int i, status;

	for (i = 0; i < 2; i++) {
		if (rask_index_ask(d->side[i].x, &d->q) == -1)
			return verb_failed(d->side[i].sock, &d->r);
		d->side[i].ids[d->side[i].asked++ % DIFF_OPEN] = id;
		status = rask_index_pump(d->side[i].x);
		if (status == -1)
			return verb_failed(d->side[i].sock, &d->r);
	}
	return 0;
}

/* Hand the next answer of one side to the driver. */
static int
take_answer(struct diff *d, struct rask_descend *driver, int i)
{
	struct side *s = &d->side[i];
	uint32_t id;

	if (rask_index_reply(s->x, &d->r, WAIT_MS) == -1)
		return verb_failed(s->sock, &d->r);
	if (d->r.type == RASK_A_FAILED) {
		errno = d->r.error;
		return verb_failed(s->sock, &d->r);
	}
	/* One connection answers these in the order of asking. */
	id = s->ids[s->answered++ % DIFF_OPEN];
	if ((d->r.type == RASK_A_SUMS || d->r.type == RASK_A_ITEMS) &&
	    rask_descend_answer(driver, id, i, d->r.bytes, d->r.len) == 0)
		return 0;
	return verb_failed(s->sock, &d->r);
}

/* Find all places that differ.  Returns: 0, or an exit status. */
static int
descend(struct diff *d, struct rask_descend *driver)
{
	struct rask_buf body = { 0 };
	enum rask_descend_ask ask;
	uint32_t id;
	int i, status = 0;

	while (status == 0 && (ask = rask_descend_next(driver, &body,
	    &id)) != RASK_DESCEND_DONE) {
		if (ask == RASK_DESCEND_WAIT) {
			for (i = 0; i < 2 && status == 0; i++)
				status = take_answer(d, driver, i);
			continue;
		}
		if (ask == RASK_DESCEND_FAILED) {
			diag(LOG_ERR, "%s", strerror(errno));
			status = EX_OSERR;
			break;
		}
		d->q.type = ask == RASK_DESCEND_SUMS ? RASK_Q_SUMS :
		    RASK_Q_ITEMS;
		d->q.n = rask_nodes_read(rask_buf_head(&body),
		    rask_buf_left(&body), d->q.nodes, RASK_SUMS_MAX);
		rask_buf_take(&body, rask_buf_left(&body));
		status = ask_both(d, id);
	}
	rask_buf_free(&body);
	if (status == 0 && d->full) {
		diag(LOG_ERR, "%s", strerror(ENOMEM));
		status = EX_OSERR;
	}
	return status;
}

/* Ask a side for its root.  Returns: 0, or an exit status. */
static int
get_root(struct diff *d, int i)
{
	struct side *s = &d->side[i];

	d->q.type = RASK_Q_ROOT;
	d->q.root = d->side[0].root;
	d->q.count = d->side[0].count;
	if (rask_index_call(s->x, &d->q, &d->r, WAIT_MS) == -1)
		return verb_failed(s->sock, &d->r);
	s->root = d->r.root;
	s->count = d->r.count;
	return 0;
}

/* Compare.  Returns: 0 alike, 1 not, or another exit status. */
static int
compare(struct diff *d)
{
	struct rask_descend *driver;
	unsigned depth[2];
	int i, status = 0;

	for (i = 0; i < 2 && status == 0; i++)
		status = get_root(d, i);
	if (status != 0 ||
	    rask_sum_equal(d->side[0].root, d->side[1].root))
		return status;
	for (i = 0; i < 2; i++)
		depth[i] = rask_descend_depth(d->side[i].count);
	driver = rask_descend_new(depth[0] > depth[1] ? depth[0] : depth[1],
	    differ, d);
	if (driver == NULL) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	status = descend(d, driver);
	rask_descend_free(driver);
	if (status == 0)
		status = diff_print(d);
	return status == 0 && d->told > 0 ? 1 : status;
}

/* Tell what it took. */
static void
tell_traffic(const struct diff *d)
{
	uint64_t bytes[2], frames[2];

	/* What the two exchange is what one of them says and is told. */
	rask_index_traffic(d->side[1].x, bytes, frames);
	fprintf(stderr, "sent_bytes=%llu\nreceived_bytes=%llu\n"
	    "sent_frames=%llu\nreceived_frames=%llu\ndiffering=%llu\n",
	    (unsigned long long)bytes[0], (unsigned long long)bytes[1],
	    (unsigned long long)frames[0], (unsigned long long)frames[1],
	    (unsigned long long)d->told);
}

int
diff_main(int argc, char **argv)
{
	static struct diff d;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "jv", 1, 1)) != 0)
		return status - 1;
	if ((status = verb_open(&v)) != 0)
		return status;
	d.json = v.json;
	d.side[0].x = v.x;
	d.side[0].sock = v.sock;
	d.side[1].sock = v.args[0];
	if ((status = verb_connect(&d.side[1].x, v.args[0])) == 0)
		status = compare(&d);
	if (v.verbose && status <= 1)
		tell_traffic(&d);
	rask_index_close(d.side[0].x);
	rask_index_close(d.side[1].x);
	free(d.places);
	rask_buf_free(&d.out);
	return cli_done(status);
}
