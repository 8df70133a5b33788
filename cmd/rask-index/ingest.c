/* rask-index ingest: change lines from stdin into a running index. */
#include <sysexits.h>

#include "diag.h"
#include "push.h"

int
ingest_main(int argc, char **argv)
{
	static struct push p;
	struct verb v;
	char *text;
	size_t len;
	int r, status;

	if ((status = verb_parse(&v, argc, argv, "D", 0, 0)) != 0)
		return status - 1;
	if ((status = verb_open(&v)) != 0)
		return status;
	push_init(&p, &v);
	while (status == 0 &&
	    (r = push_lines(&p, RASK_LINES_MAX, &text, &len)) != 0) {
		if (r < 0) {
			status = -1 - r;
			break;
		}
		p.q.type = RASK_Q_LINES;
		p.q.text = text;
		p.q.len = len;
		status = push_send(&p);
	}
	if (status == 0)
		status = v.durable ? push_sync(&p) : push_wait(&p, 0);
	if (status == 0 && p.bad > 0)
		status = EX_DATAERR;
	push_free(&p);
	rask_index_close(v.x);
	return cli_done(status);
}
