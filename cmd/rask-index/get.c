/* rask-index get, stat and digest: one question, one answer. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "entryline.h"
#include "path.h"
#include "verb.h"

/* Ask one question of an index.  Returns: 0, or an exit status. */
static int
ask(struct verb *v, struct rask_question *q, struct rask_reply *r)
{
	int status;

	if ((status = verb_open(v)) == 0)
		status = verb_call(v, q, r);
	return status;
}

/* Print what is known of a path.  Returns: an exit status. */
static int
print_entry(const struct verb *v, const struct rask_reply *r)
{
	static struct entryline l;
	struct rask_buf out = { 0 };
	int status = 1;

	if (r->len == 0)
		return 1;
	entryline_set(&l, &r->entry);
	if (entryline_add(&out, &l, v->json) == 0 &&
	    (status = verb_print(&out)) == 0 &&
	    r->entry.kind == RASK_KIND_GONE)
		status = 1;
	rask_buf_free(&out);
	return status;
}

int
get_main(int argc, char **argv)
{
	static struct rask_question q = { .type = RASK_Q_GET };
	static struct rask_reply r;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "j", 1, 1)) != 0)
		return status - 1;
	q.text = v.args[0];
	q.len = strlen(q.text);
	if (rask_path_check(q.text, q.len) == -1)
		return cli_misuse(usage, "get: %s: not a path in a tree",
		    q.text);
	if ((status = ask(&v, &q, &r)) == 0)
		status = print_entry(&v, &r);
	rask_index_close(v.x);
	return cli_done(status);
}

int
stat_main(int argc, char **argv)
{
	static struct rask_question q = { .type = RASK_Q_STAT };
	static struct rask_reply r;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "", 0, 0)) != 0)
		return status - 1;
	if ((status = ask(&v, &q, &r)) == 0)
		fwrite(r.bytes, 1, r.len, stdout);
	rask_index_close(v.x);
	return cli_done(status);
}

int
digest_main(int argc, char **argv)
{
	static struct rask_question q = { .type = RASK_Q_ROOT };
	static struct rask_reply r;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "", 0, 0)) != 0)
		return status - 1;
	if ((status = ask(&v, &q, &r)) == 0)
		printf("root=%016llx%016llx\ncount=%llu\n",
		    (unsigned long long)r.root.hi,
		    (unsigned long long)r.root.lo,
		    (unsigned long long)r.count);
	rask_index_close(v.x);
	return cli_done(status);
}
