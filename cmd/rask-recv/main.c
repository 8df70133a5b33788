/*
 * rask-recv [-jq] [-l ADDR]... [-a PEER]... [-T TREE] [-f none|batch|each] DIR
 * rask-recv --stdio [-q] [-T TREE] [-f none|batch|each] DIR
 *
 * Takes changes from rask-send and makes them below DIR, each in one step.
 * Reads frames from sockets, or from descriptor 0; writes the changes it made
 * as lines to stdout, but with --stdio acks go there.
 */
#include <sys/prctl.h>
#include <sys/stat.h>

#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "recv.h"

static const char usage[] =
"usage: rask-recv [-jqhV] [-l ADDR]... [-a PEER]... [-T TREE]\n"
"                 [-f none|batch|each] [--open] [--stdio] DIR\n"
"  -l, --listen ADDR   host:port, [v6]:port, :port (all addresses) or /path;\n"
"                      127.0.0.1:7171 unless told\n"
"  -a, --allow PEER    take changes from HOST or ADDR/BITS\n"
"      --open          take changes from anybody\n"
"      --stdio         the connection is stdin and stdout\n"
"  -T, --tree TREE     name of the tree, the same on both ends (rask)\n"
"  -f, --sync WHEN     sync installed files none, batch (unless told), each\n"
"  -j, --json          print applied changes as JSON\n"
"  -q, --quiet         print no applied changes\n"
"  -h, --help          print this text\n"
"  -V, --version       print the version\n";

enum { OPT_OPEN = 256, OPT_STDIO, OPT_ACCEPTED };

static const struct option longs[] = {
	{ "listen", required_argument, NULL, 'l' },
	{ "allow", required_argument, NULL, 'a' },
	{ "tree", required_argument, NULL, 'T' },
	{ "sync", required_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "open", no_argument, NULL, OPT_OPEN },
	{ "stdio", no_argument, NULL, OPT_STDIO },
	{ "accepted", no_argument, NULL, OPT_ACCEPTED },
	{ NULL, 0, NULL, 0 }
};

/* -f: when files are synced. */
static int
set_sync(struct opts *o, const char *word)
{
	static const char *const words[] = { "none", "batch", "each" };
	unsigned i;

	for (i = 0; i < 3; i++)
		if (strcmp(word, words[i]) == 0) {
			o->sync = (enum sync_mode)i;
			o->sync_word = words[i];
			return 0;
		}
	return -1;
}

/* An -a rule that makes no sense is an error now, not at a connection. */
static int
check_rules(const struct opts *o)
{
	unsigned i;

	for (i = 0; i < o->n_allow; i++)
		if (!allow_sane(o->allow[i]))
			return cli_misuse(usage, "-a %s: neither HOST nor "
			    "ADDR/BITS", o->allow[i]);
	return 0;
}

/* A standard descriptor that is closed would become something else's. */
static void
fill_standard(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	while (fd != -1 && fd <= 2);
	if (fd != -1)
		close(fd);
}

/* One option.  0, or an exit status plus one. */
static int
option(struct opts *o, int c)
{
	switch (c) {
	case 'l':
		if (o->n_listen == ADDRS_MAX)
			return 1 + cli_misuse(usage, "too many -l");
		o->listen[o->n_listen++] = optarg;
		return 0;
	case 'a':
		if (o->n_allow == RULES_MAX)
			return 1 + cli_misuse(usage, "too many -a");
		o->allow[o->n_allow++] = optarg;
		return 0;
	case 'T':
		if (optarg[0] == '\0' || strlen(optarg) > RASK_TREE_MAX)
			return 1 + cli_misuse(usage, "-T: 1 to %d bytes",
			    RASK_TREE_MAX);
		o->tree = optarg;
		return 0;
	case 'f':
		return set_sync(o, optarg) == 0 ? 0 : 1 + cli_misuse(usage,
		    "-f %s: none, batch or each", optarg);
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
		puts("rask-recv " RASK_VERSION);
		return 1;
	case OPT_OPEN:
		o->open = true;
		return 0;
	case OPT_STDIO:
		o->stdio = true;
		return 0;
	case OPT_ACCEPTED:
		o->accepted = true;
		return 0;
	}
	return 1 + EX_USAGE;
}

int
main(int argc, char **argv)
{
	struct opts o = { .tree = "rask", .sync = SYNC_BATCH,
	    .sync_word = "batch" };
	int c, r;

	fill_standard();
	diag_init("rask-recv");
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:l:a:T:f:jqhV", longs,
	    NULL)) != -1) {
		if (c == '?' || c == ':')
			return cli_bad_option(usage, c, argv);
		if ((r = option(&o, c)) != 0)
			return cli_done(r - 1);
	}
	if (argc - optind != 1)
		return cli_misuse(usage, optind == argc ?
		    "which directory?" : "one directory only");
	o.dir = argv[optind];
	if (o.stdio && (o.n_listen > 0 || o.n_allow > 0))
		return cli_misuse(usage, "--stdio takes no -l and no -a");
	if ((r = check_rules(&o)) != 0)
		return r;
	signal(SIGPIPE, SIG_IGN);
	umask(0);	/* the mode of a file is the sender's to say */
	if (o.accepted)		/* run as /proc/self/exe: mend the name */
		prctl(PR_SET_NAME, "rask-recv");
	if (o.accepted || o.stdio)
		return conn_run(&o);
	return listen_run(&o);
}
