/*
 * rask-send [-jq] [-C DIR] [-T TREE] [-e CMD] [-t SECS] [-r BYTES/S] [HOST]
 *
 * Reads change lines on stdin and makes a peer the same; writes what the peer
 * acknowledged as lines to stdout.
 *
 * What a line names is looked at when its turn comes, so nothing is sent that
 * was not in the tree, and a path that changed a hundred times goes once.  A
 * change is forgotten only when the peer has it for good.
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include "diag.h"
#include "known.h"
#include "notify.h"
#include "peer.h"
#include "send.h"

static const char usage[] =
"usage: rask-send [-jqhV] [-C DIR] [-T TREE] [-t SECS] [-r BYTES/S] HOST\n"
"       rask-send [-jqhV] [-C DIR] [-T TREE] [-t SECS] [-r BYTES/S] -e CMD\n"
"  -C, --directory DIR   what the paths are relative to\n"
"  -T, --tree TREE       name of the tree, the same on both ends (rask)\n"
"  -e, --command CMD     speak with rask-recv --stdio, run by this command\n"
"  -t, --timeout SECS    after the end of input, give up when nothing moved\n"
"                        for so long (30)\n"
"  -r, --rate BYTES/S    limit for large files and backlog; K, M, G\n"
"  -j, --json            print acknowledged changes as JSON\n"
"  -q, --quiet           print no acknowledged changes\n"
"  -h, --help            print this text\n"
"  -V, --version         print the version\n"
"HOST is host:port, [v6]:port, :port or /path; the port is 7171 unless told\n";

static const struct option longs[] = {
	{ "directory", required_argument, NULL, 'C' },
	{ "tree", required_argument, NULL, 'T' },
	{ "command", required_argument, NULL, 'e' },
	{ "timeout", required_argument, NULL, 't' },
	{ "rate", required_argument, NULL, 'r' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* An option with a number. */
static int
option_number(struct opts *o, int c)
{
	uint64_t n;

	if (cli_number(optarg, UINT64_C(1) << 60, &n) == -1 ||
	    (c == 'r' && n == 0))
		return 1 + cli_misuse(usage, "-%c %s: not a number", c,
		    optarg);
	if (c == 'r')
		o->rate = n;
	else
		o->patience = (double)n;
	return 0;
}

/* One option.  0, or an exit status plus one. */
static int
option(struct opts *o, int c)
{
	switch (c) {
	case 'C':
		o->dir = optarg;
		return 0;
	case 'T':
		if (optarg[0] == '\0' || strlen(optarg) > RASK_TREE_MAX)
			return 1 + cli_misuse(usage, "-T: 1 to %d bytes",
			    RASK_TREE_MAX);
		o->tree = optarg;
		return 0;
	case 'e':
		o->command = optarg;
		return 0;
	case 't':
	case 'r':
		return option_number(o, c);
	case 'j':
		o->json = true;
		return 0;
	case 'q':
		o->quiet = true;
		return 0;
	case 'h':
		fputs(usage, stdout);
		return 1;
	case 'V':
		puts("rask-send " RASK_VERSION);
		return 1;
	}
	return 1 + EX_USAGE;
}

/* HOST or -e. */
static int
operands(struct opts *o, int argc, char **argv)
{
	struct rask_addr a;

	if (argc > 1)
		return cli_misuse(usage, "one host only");
	if ((argc == 1) == (o->command != NULL))
		return cli_misuse(usage, argc == 0 ? "which host?" :
		    "a host or -e, not both");
	o->who = o->command != NULL ? o->command : (o->host = argv[0]);
	if (o->host != NULL && rask_addr_parse(&a, o->host) == -1)
		return cli_misuse(usage, "%s: not an address", o->host);
	return 0;
}

int
main(int argc, char **argv)
{
	struct opts o = { .tree = "rask", .patience = 30. };
	struct send *s;
	int c, r;

	diag_init("rask-send");
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:C:T:e:t:r:jqhV", longs,
	    NULL)) != -1) {
		if (c == '?' || c == ':')
			return cli_bad_option(usage, c, argv);
		if ((r = option(&o, c)) != 0)
			return cli_done(r - 1);
	}
	if ((r = operands(&o, argc - optind, argv + optind)) != 0)
		return r;
	signal(SIGPIPE, SIG_IGN);
	if ((s = send_new(&o)) == NULL)
		return EX_OSERR;
	notify("READY=1");
	r = send_run(s);
	send_free(s);
	return r;
}
