/* rask-index serve: its options. */
#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <signal.h>
#include <stdio.h>
#include <sysexits.h>

#include "diag.h"
#include "serve.h"
#include "verb.h"
#include "verbs.h"

#define FEED_MAX	(UINT64_C(512) << 20)
#define FEED_MIN	(UINT64_C(1) << 20)
#define GATHER_MAX	2000000

enum { OPT_FEED = 256, OPT_GATHER };

static const struct option longs[] = {
	{ "dir", required_argument, NULL, 'd' },
	{ "index", required_argument, NULL, 'i' },
	{ "name", required_argument, NULL, 'n' },
	{ "tree", required_argument, NULL, 'C' },
	{ "group", required_argument, NULL, 'g' },
	{ "feed", required_argument, NULL, OPT_FEED },
	{ "gather", required_argument, NULL, OPT_GATHER },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* -g */
static int
set_group(struct serve_opts *o, const char *name)
{
	const struct group *g = getgrnam(name);

	if (g == NULL)
		return cli_misuse(usage, "-g %s: no such group", name);
	o->has_group = true;
	o->group = g->gr_gid;
	return 0;
}

/* A long option with a number. */
static int
set_number(const char *name, uint64_t least, uint64_t *n)
{
	if (cli_number(optarg, UINT64_C(1) << 50, n) == 0 && *n >= least)
		return 0;
	return cli_misuse(usage, "--%s %s: not a number from %llu on", name,
	    optarg, (unsigned long long)least);
}

int
serve_main(int argc, char **argv)
{
	struct serve_opts o = { .feed_max = FEED_MAX,
	    .gather_max = GATHER_MAX };
	int c, r = 0;

	while (r == 0 && (c = getopt_long(argc, argv, "+:d:i:n:C:g:hV",
	    longs, NULL)) != -1) {
		switch (c) {
		case 'd':
			o.dir = optarg;
			break;
		case 'i':
			o.sock = optarg;
			break;
		case 'n':
			o.name = optarg;
			break;
		case 'C':
			o.tree = optarg;
			break;
		case 'g':
			r = set_group(&o, optarg);
			break;
		case OPT_FEED:
			r = set_number("feed", FEED_MIN, &o.feed_max);
			break;
		case OPT_GATHER:
			r = set_number("gather", 1, &o.gather_max);
			break;
		case 'h':
			fputs(usage, stdout);
			return cli_done(EX_OK);
		case 'V':
			puts("rask-index " RASK_VERSION);
			return cli_done(EX_OK);
		default:
			return cli_bad_option(usage, c, argv);
		}
	}
	if (r != 0)
		return r;
	if (o.dir == NULL || optind != argc)
		return cli_misuse(usage, o.dir == NULL ?
		    "-d: which directory?" : "%s: what is this?",
		    argv[optind]);
	signal(SIGPIPE, SIG_IGN);
	return cli_done(serve(&o));
}
