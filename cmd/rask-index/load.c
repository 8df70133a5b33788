/* rask-index load: what dump printed, merged into a running index. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "entryline.h"
#include "push.h"

/* What is being loaded. */
struct load {
	struct push p;
	struct rask_buf entries;	/* that are not sent yet */
	bool open;		/* a dump has begun, and not ended */
	uint64_t n;		/* entries in it, malformed ones among them */
};

/* Send the entries gathered so far.  Returns: 0, or an exit status. */
static int
send_entries(struct load *l)
{
	struct push *p = &l->p;
	int status;

	if (rask_buf_left(&l->entries) == 0)
		return 0;
	p->q.type = RASK_Q_MERGE;
	p->q.text = (const char *)rask_buf_head(&l->entries);
	p->q.len = rask_buf_left(&l->entries);
	status = push_send(p);
	rask_buf_take(&l->entries, rask_buf_left(&l->entries));
	return status;
}

/* A remark: the first or the last line of a dump? */
static void
take_remark(struct load *l, const char *text, uint64_t number)
{
	unsigned long long n;

	if (strncmp(text, "rask-index dump ", 16) == 0) {
		if (l->open)
			push_bad(&l->p, number,
			    "the dump before this is cut off");
		l->open = true;
		l->n = 0;
	} else if (l->open && sscanf(text, "end entries=%llu", &n) == 1) {
		if (n != l->n)
			push_bad(&l->p, number, n > l->n ?
			    "entries are missing before this" :
			    "there are more entries before this");
		l->open = false;
	}
}

/* Add the entry of a line.  Returns: 0, or an exit status. */
static int
add_line(struct load *l, char *s, size_t len, uint64_t number)
{
	struct push *p = &l->p;
	static struct rask_change c;
	static struct rask_entry e;
	const char *why;

	l->n++;
	if (rask_line_parse(s, len, &c, &why) == -1) {
		push_bad(p, number, why);
		return 0;
	}
	if (c.op == RASK_OP_REMARK || c.op == RASK_OP_TREE) {
		l->n--;
		if (c.op == RASK_OP_REMARK)
			take_remark(l, c.path, number);
		return 0;
	}
	if (entryline_parse(&e, &c, &why) == -1) {
		push_bad(p, number, why);
		return 0;
	}
	if (rask_entries_add(&l->entries, &e) == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	if (rask_buf_left(&l->entries) + 2 + RASK_ENTRY_MAX > RASK_MERGE_MAX)
		return send_entries(l);
	return 0;
}

/* Merge all that stdin says.  Returns: 0, or an exit status. */
static int
load(struct load *l)
{
	char *text, *lf;
	uint64_t line;
	size_t len;
	int r, status = 0;

	while ((r = push_lines(&l->p, 4 * RASK_LINES_MAX, &text, &len)) == 1) {
		for (line = l->p.first; len > 0 && status == 0; line++) {
			lf = memchr(text, '\n', len);
			len -= (size_t)(lf - text) + 1;
			status = add_line(l, text, (size_t)(lf - text), line);
			text = lf + 1;
		}
		if (status == 0)
			status = send_entries(l);
		if (status != 0)
			return status;
	}
	if (r < 0 || (status = push_wait(&l->p, 0)) != 0)
		return r < 0 ? -1 - r : status;
	if (l->open)
		push_bad(&l->p, l->p.sent, "the dump is cut off behind this");
	return 0;
}

int
load_main(int argc, char **argv)
{
	static struct load l;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "D", 0, 0)) != 0)
		return status - 1;
	if ((status = verb_open(&v)) != 0)
		return status;
	push_init(&l.p, &v);
	status = load(&l);
	if (status == 0 && v.durable)
		status = push_sync(&l.p);
	if (status == 0 && l.p.bad > 0)
		status = EX_DATAERR;
	push_free(&l.p);
	rask_buf_free(&l.entries);
	rask_index_close(v.x);
	return cli_done(status);
}
