/* rask-index list and dump: all entries as change lines. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "entryline.h"
#include "path.h"
#include "verb.h"
#include "whole.h"

#define PIECE	(64 * 1024)	/* bytes of lines written at once */

/* What is being printed. */
struct listing {
	const char *prefix;	/* of the paths; "": all */
	size_t len;		/* bytes in it */
	bool gone;		/* tombstones too */
	bool json;
	uint64_t n;		/* entries printed */
	struct rask_buf out;
	struct entryline l;
};

/* Is an entry to be printed? */
static bool
wanted(const struct listing *l, const struct rask_entry *e)
{
	if (e->kind == RASK_KIND_GONE && !l->gone)
		return false;
	return l->len == 0 || (e->path_len >= l->len &&
	    memcmp(e->path, l->prefix, l->len) == 0 &&
	    (e->path_len == l->len || e->path[l->len] == '/'));
}

/* Print one entry.  Returns: 0, or an exit status. */
static int
print_one(void *ctx, const struct rask_entry *e)
{
	struct listing *l = ctx;

	if (!wanted(l, e))
		return 0;
	entryline_set(&l->l, e);
	if (entryline_add(&l->out, &l->l, l->json) == -1) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	l->n++;
	return rask_buf_left(&l->out) < PIECE ? 0 : verb_print(&l->out);
}

/* Print all of a store.  Returns: an exit status. */
static int
print_all(struct verb *v, struct listing *l)
{
	struct whole w;
	int status;

	if ((status = verb_open(v)) != 0)
		return status;
	if ((status = whole_view(&w, v)) == 0) {
		if (l->gone)
			printf("# rask-index dump format=1 node=%llx "
			    "seq=%llu\n", (unsigned long long)w.v.node,
			    (unsigned long long)w.v.seq);
		status = whole_each(&w, v->sock, print_one, l);
	}
	if (status == 0)
		status = verb_print(&l->out);
	if (status == 0 && l->gone)
		printf("# end entries=%llu\n", (unsigned long long)l->n);
	whole_close(&w);
	rask_index_close(v->x);
	rask_buf_free(&l->out);
	return cli_done(status);
}

int
list_main(int argc, char **argv)
{
	static struct listing l;
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "j", 0, 1)) != 0)
		return status - 1;
	l.json = v.json;
	l.prefix = v.n > 0 ? v.args[0] : "";
	l.len = strlen(l.prefix);
	while (l.len > 0 && l.prefix[l.len - 1] == '/')
		l.len--;
	if (l.len > 0 && rask_path_check(l.prefix, l.len) == -1)
		return cli_misuse(usage, "list: %s: not a path in a tree",
		    l.prefix);
	return print_all(&v, &l);
}

int
dump_main(int argc, char **argv)
{
	static struct listing l = { .prefix = "", .gone = true };
	struct verb v;
	int status;

	if ((status = verb_parse(&v, argc, argv, "", 0, 0)) != 0)
		return status - 1;
	return print_all(&v, &l);
}
