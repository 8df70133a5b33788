/*
 * rask-watch [-jlsq1] [-m MS] [-x GLOB]... DIR...
 *
 * Tells on stdout, a line each, what changes in directory trees; reads
 * nothing.  A file is told as soon as nobody writes to it any more; what is
 * not read in time is folded, never lost.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "prog.h"

#define EXCLUDES_MAX	256	/* -x options */

static const char usage[] =
"usage: rask-watch [-jlsq1hV] [-m MS] [-x GLOB]... DIR...\n"
"  -s, --scan          first what exists, then '# ready'\n"
"  -1, --once          stop after that\n"
"  -l, --fields        with size, times, mode and so on\n"
"  -j, --json          print JSON lines\n"
"  -m, --modified MS   also files still being written, at most every MS\n"
"  -x, --exclude GLOB  leave out names, or whole paths if it has a slash\n"
"  -q, --quiet         warnings and errors only on stderr\n"
"  -h, --help          print this text\n"
"  -V, --version       print the version\n";

static const struct option longs[] = {
	{ "scan", no_argument, NULL, 's' },
	{ "once", no_argument, NULL, '1' },
	{ "fields", no_argument, NULL, 'l' },
	{ "json", no_argument, NULL, 'j' },
	{ "modified", required_argument, NULL, 'm' },
	{ "exclude", required_argument, NULL, 'x' },
	{ "quiet", no_argument, NULL, 'q' },
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ NULL, 0, NULL, 0 }
};

/* Make the watcher that the options ask for.  Returns: an exit status. */
static int
watch(const struct opts *o, char *const *globs, int nglobs,
    char *const *dirs)
{
	struct rask_watch *w;
	unsigned flags = 0;
	int i, r = 0;

	flags |= o->scan ? RASK_WATCH_SCAN : 0;
	flags |= o->once ? RASK_WATCH_ONCE : 0;
	flags |= o->fields ? RASK_WATCH_FIELDS : 0;
	if ((w = rask_watch_new(flags, o->part, say_note, NULL)) == NULL) {
		diag(LOG_ERR, "%s", strerror(errno));
		return EX_OSERR;
	}
	for (i = 0; i < nglobs && r == 0; i++)
		if (rask_watch_exclude(w, globs[i]) == -1)
			r = cli_misuse(usage, "-x %s: not a name", globs[i]);
	for (; *dirs != NULL && r == 0; dirs++) {
		if (rask_watch_add(w, *dirs) == 0)
			continue;
		if (errno == EEXIST)
			r = cli_misuse(usage, "%s: in, or holds, another DIR",
			    *dirs);
		else {
			diag(LOG_ERR, "%s: %s", *dirs, strerror(errno));
			r = errno == EACCES ? EX_NOPERM : EX_NOINPUT;
		}
	}
	if (r == 0)
		r = run(o, w);
	rask_watch_free(w);
	return r;
}

int
main(int argc, char **argv)
{
	struct opts o = { 0 };
	char *globs[EXCLUDES_MAX];
	int c, nglobs = 0;
	uint64_t ms;

	diag_init("rask-watch");
	opterr = 0;
	while ((c = getopt_long(argc, argv, "+:s1ljm:x:qhV", longs,
	    NULL)) != -1) {
		switch (c) {
		case 's':
			o.scan = true;
			break;
		case '1':
			o.scan = o.once = true;
			break;
		case 'l':
			o.fields = true;
			break;
		case 'j':
			o.json = true;
			break;
		case 'm':
			if (cli_number(optarg, 86400000, &ms) == -1 || ms == 0)
				return cli_misuse(usage,
				    "-m %s: not a time in ms", optarg);
			o.part = (int64_t)ms * 1000000;
			break;
		case 'x':
			if (nglobs == EXCLUDES_MAX)
				return cli_misuse(usage, "too many -x");
			globs[nglobs++] = optarg;
			break;
		case 'q':
			diag_level(LOG_WARNING);
			break;
		case 'h':
			fputs(usage, stdout);
			return cli_done(EX_OK);
		case 'V':
			puts("rask-watch " RASK_VERSION);
			return cli_done(EX_OK);
		default:
			return cli_bad_option(usage, c, argv);
		}
	}
	if (optind == argc)
		return cli_misuse(usage, "which directory?");
	signal(SIGPIPE, SIG_IGN);
	o.roots = (unsigned)(argc - optind);
	return watch(&o, globs, nglobs, argv + optind);
}
