/*
 * rask-index VERB ...
 *
 * serve keeps a node's memory: it takes change lines on stdin and serves a
 * Unix socket; the other verbs are its clients.  Each verb is a file of its
 * own.
 */
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "verb.h"
#include "verbs.h"

const char usage[] =
"usage: rask-index serve [-hV] [-i SOCK] [-n NAME] [-g GROUP] [-C TREE]\n"
"                        [--feed BYTES] [--gather N] -d DIR\n"
"       rask-index ingest [-DhV] [-i SOCK]\n"
"       rask-index log [-fjhV] [-i SOCK] [-s SEQ] [--since SECS]\n"
"       rask-index get [-jhV] [-i SOCK] PATH\n"
"       rask-index list [-jhV] [-i SOCK] [PREFIX]\n"
"       rask-index stat [-hV] [-i SOCK]\n"
"       rask-index digest [-hV] [-i SOCK]\n"
"       rask-index check [-thV] [-i SOCK] [-d DIR] [-C TREE]\n"
"       rask-index diff [-jvhV] [-i SOCK] OTHER\n"
"       rask-index dump [-hV] [-i SOCK]\n"
"       rask-index load [-DhV] [-i SOCK]\n"
"       rask-index rebuild [-hV] -d DIR -C TREE\n"
"  -i, --index SOCK      the index's socket ($RASK_INDEX); serve: DIR/sock\n"
"  -d, --dir DIR         where the index is\n"
"  -C, --tree TREE       root of the tree\n"
"  -n, --name NAME       of the node (the host's)\n"
"  -g, --group GROUP     may connect, too\n"
"      --feed BYTES      keep so much of the feed; K, M, G\n"
"      --gather N        changed paths until a checkpoint\n"
"  -D, --durable         return when all is on the disk\n"
"  -f, --follow          go on with what is yet to come\n"
"  -s, --after SEQ       begin behind this change\n"
"      --since SECS      begin so long ago\n"
"  -t, --compare         hold it against the tree, too\n"
"  -j, --json            print JSON lines\n"
"  -v, --verbose         tell on stderr what was exchanged\n"
"  -h, --help            print this text\n"
"  -V, --version         print the version\n";

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
} verbs[] = {
	{ "serve", serve_main },
	{ "ingest", ingest_main },
	{ "log", log_main },
	{ "get", get_main },
	{ "list", list_main },
	{ "stat", stat_main },
	{ "digest", digest_main },
	{ "check", check_main },
	{ "diff", diff_main },
	{ "dump", dump_main },
	{ "load", load_main },
	{ "rebuild", rebuild_main },
	{ "checkpoint", checkpointer_main }	/* run by serve */
};

int
main(int argc, char **argv)
{
	size_t i;

	diag_init("rask-index");
	if (argc < 2)
		return cli_misuse(usage, "which verb?");
	if (strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "--help") == 0) {
		fputs(usage, stdout);
		return cli_done(EX_OK);
	}
	if (strcmp(argv[1], "-V") == 0 || strcmp(argv[1], "--version") == 0) {
		puts("rask-index " RASK_VERSION);
		return cli_done(EX_OK);
	}
	for (i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (strcmp(argv[1], verbs[i].name) == 0)
			return verbs[i].run(argc - 1, argv + 1);
	return cli_misuse(usage, "%s: %s", argv[1], argv[1][0] == '-' ?
	    "unknown option" : "no such verb");
}
