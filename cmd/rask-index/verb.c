/* What the verbs that are clients have in common. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "verb.h"

#define CONNECT_MS	10000	/* for HELLO */

enum { OPT_SINCE = 'S' };

static const struct option longs[] = {
	{ "index", required_argument, NULL, 'i' },
	{ "dir", required_argument, NULL, 'd' },
	{ "tree", required_argument, NULL, 'C' },
	{ "durable", no_argument, NULL, 'D' },
	{ "follow", no_argument, NULL, 'f' },
	{ "after", required_argument, NULL, 's' },
	{ "since", required_argument, NULL, OPT_SINCE },
	{ "compare", no_argument, NULL, 't' },
	{ "json", no_argument, NULL, 'j' },
	{ "verbose", no_argument, NULL, 'v' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* An option with a number.  0, or an exit status plus one. */
static int
number(int c, uint64_t max, uint64_t *n)
{
	if (cli_number(optarg, max, n) == 0)
		return 0;
	return 1 + cli_misuse(usage, c == OPT_SINCE ?
	    "--since %s: not a number" : "-s %s: not a number", optarg);
}

/* Take one option.  0, or an exit status plus one. */
static int
option(struct verb *v, int c)
{
	switch (c) {
	case 'i':
		v->sock = optarg;
		return 0;
	case 'd':
		v->dir = optarg;
		return 0;
	case 'C':
		v->root = optarg;
		return 0;
	case 'D':
		v->durable = true;
		return 0;
	case 'f':
		v->follow = true;
		return 0;
	case 't':
		v->tree = true;
		return 0;
	case 'j':
		v->json = true;
		return 0;
	case 'v':
		v->verbose = true;
		return 0;
	case 's':
		return number(c, UINT64_MAX, &v->after);
	case OPT_SINCE:
		v->has_since = true;
		return number(c, INT64_MAX / 1000000, &v->since);
	case 'h':
		fputs(usage, stdout);
		return 1;
	default:
		puts("rask-index " RASK_VERSION);
		return 1;
	}
}

int
verb_parse(struct verb *v, int argc, char **argv, const char *letters,
    int min, int max)
{
	int c, r;

	memset(v, 0, sizeof(*v));
	v->name = argv[0];
	v->sock = getenv("RASK_INDEX");
	opterr = 0;
	optind = 1;
	while ((c = getopt_long(argc, argv, "+:i:d:C:Dfs:tjvhV", longs,
	    NULL)) != -1) {
		if (c == '?' || c == ':')
			return 1 + cli_bad_option(usage, c, argv);
		if (strchr("ihV", c) == NULL && strchr(letters, c) == NULL)
			return 1 + cli_misuse(usage, "%s has no %s%c", v->name,
			    c == OPT_SINCE ? "--since, nor -" : "-", c);
		if ((r = option(v, c)) != 0)
			return 1 + cli_done(r - 1);
	}
	v->args = argv + optind;
	v->n = argc - optind;
	if (v->n < min)
		return 1 + cli_misuse(usage, "%s: what?", v->name);
	if (v->n > max)
		return 1 + cli_misuse(usage, "%s: too much", v->name);
	return 0;
}

int
verb_failed(const char *sock, const struct rask_reply *r)
{
	int e = errno;

	switch (e) {
	case ECONNRESET:
		diag(LOG_ERR, "%s: the index has ended", sock);
		return EX_UNAVAILABLE;
	case ECONNABORTED:
		diag(LOG_ERR, "%s: the index says: %s", sock, r->why);
		return EX_UNAVAILABLE;
	case ETIMEDOUT:
		diag(LOG_ERR, "%s: no answer in time", sock);
		return EX_TEMPFAIL;
	case EPROTO:
		diag(LOG_ERR, "%s: that was no answer", sock);
		return EX_PROTOCOL;
	}
	diag(LOG_ERR, "%s: %s", sock, r->why[0] != '\0' ? r->why :
	    strerror(e));
	return e == EAGAIN ? EX_TEMPFAIL : e == EBADMSG || e == ENOTSUP ||
	    e == EINVAL || e == ENAMETOOLONG ? EX_DATAERR : EX_IOERR;
}

int
verb_connect(struct rask_index **x, const char *sock)
{
	char why[RASK_WHY_MAX + 1];
	int e;

	*x = rask_index_open(sock, "rask-index", CONNECT_MS, why);
	if (*x != NULL)
		return 0;
	e = errno;
	switch (e) {
	case ENOENT:
	case ECONNREFUSED:
		diag(LOG_ERR, "%s: no index is running there", sock);
		return EX_UNAVAILABLE;
	case ECONNABORTED:
		diag(LOG_ERR, "%s: the index says: %s", sock, why);
		return EX_NOPERM;
	case EPROTO:
		diag(LOG_ERR, "%s: this is no index", sock);
		return EX_PROTOCOL;
	case EPROTONOSUPPORT:
		diag(LOG_ERR, "%s: an index of another version", sock);
		return EX_PROTOCOL;
	}
	diag(LOG_ERR, "%s: %s", sock, strerror(e));
	return e == EACCES || e == EPERM ? EX_NOPERM : e == ETIMEDOUT ?
	    EX_TEMPFAIL : EX_UNAVAILABLE;
}

int
verb_open(struct verb *v)
{
	if (v->sock == NULL || v->sock[0] == '\0')
		return cli_misuse(usage, "which index?  (-i, or RASK_INDEX)");
	return verb_connect(&v->x, v->sock);
}

int
verb_call(struct verb *v, struct rask_question *q, struct rask_reply *r)
{
	return rask_index_call(v->x, q, r, WAIT_MS) == 0 ? 0 :
	    verb_failed(v->sock, r);
}

int
verb_unwritten(void)
{
	if (errno != EPIPE)
		diag(LOG_ERR, "stdout: %s", strerror(errno));
	return EX_IOERR;
}

int
verb_print(struct rask_buf *lines)
{
	size_t n = rask_buf_left(lines);

	if (n > 0 && fwrite(rask_buf_head(lines), 1, n, stdout) != n)
		return verb_unwritten();
	rask_buf_take(lines, n);
	return 0;
}
