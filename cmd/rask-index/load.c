/* rask-index load: what dump printed, merged into a running index. */
#include <errno.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "entryline.h"
#include "push.h"

/* Send the entries gathered so far.  Returns: 0, or an exit status. */
static int
send_entries(struct push *p, struct rask_buf *entries)
{
	int status;

	if (rask_buf_left(entries) == 0)
		return 0;
	p->q.type = RASK_Q_MERGE;
	p->q.text = (const char *)rask_buf_head(entries);
	p->q.len = rask_buf_left(entries);
	status = push_send(p);
	rask_buf_take(entries, rask_buf_left(entries));
	return status;
}

/* Add the entry of a line.  Returns: 0, or an exit status. */
static int
add_line(struct push *p, char *s, size_t len, uint64_t number,
    struct rask_buf *entries)
{
	static struct rask_change c;
	static struct rask_entry e;
	const char *why;

	if (rask_line_parse(s, len, &c, &why) == -1) {
		push_bad(p, number, why);
		return 0;
	}
	if (c.op == RASK_OP_REMARK || c.op == RASK_OP_TREE)
		return 0;
	if (entryline_parse(&e, &c, &why) == -1) {
		push_bad(p, number, why);
		return 0;
	}
	if (rask_entries_add(entries, &e) == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	if (rask_buf_left(entries) + 2 + RASK_ENTRY_MAX > RASK_MERGE_MAX)
		return send_entries(p, entries);
	return 0;
}

/* Merge all that stdin says.  Returns: 0, or an exit status. */
static int
load(struct push *p, struct rask_buf *entries)
{
	char *text, *lf;
	uint64_t line;
	size_t len;
	int r, status = 0;

	while ((r = push_lines(p, 4 * RASK_LINES_MAX, &text, &len)) == 1) {
		for (line = p->first; len > 0 && status == 0; line++) {
			lf = memchr(text, '\n', len);
			len -= (size_t)(lf - text) + 1;
			status = add_line(p, text, (size_t)(lf - text), line,
			    entries);
			text = lf + 1;
		}
		if (status == 0)
			status = send_entries(p, entries);
		if (status != 0)
			return status;
	}
	return r < 0 ? -1 - r : push_wait(p, 0);
}

int
load_main(int argc, char **argv)
{
	static struct push p;
	struct rask_buf entries = { 0 };
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "D", 0, 0)) != 0)
		return status - 1;
	if ((status = verb_open(&v)) != 0)
		return status;
	push_init(&p, &v);
	status = load(&p, &entries);
	if (status == 0 && v.durable)
		status = push_sync(&p);
	if (status == 0 && p.bad > 0)
		status = EX_DATAERR;
	push_free(&p);
	rask_buf_free(&entries);
	rask_index_close(v.x);
	return cli_done(status);
}
