/* What the watcher notes and why it fails, in words. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

#include "diag.h"
#include "path.h"
#include "prog.h"

/* The path of a note, fit for a terminal; it stands until the next call. */
static const char *
place(const struct rask_watch_note *n, struct rask_buf *b)
{
	if (n->root == NULL)
		return "rask-watch";
	if (rask_line_escape(b, n->root) == -1 ||
	    (n->path != NULL && n->path[0] != '\0' &&
	    (rask_buf_str(b, "/") == -1 ||
	    rask_line_escape(b, n->path) == -1)) ||
	    rask_buf_add(b, "", 1) == -1)
		return n->root;
	return (const char *)rask_buf_head(b);
}

/* A limit of the kernel that is too low. */
static void
say_limit(int prio, const struct rask_watch_note *n, const char *what)
{
	if (n->value == 0) {
		diag(prio, "%s: %s is too low", what, n->limit);
		return;
	}
	diag(prio, "%s: %s is %" PRIu64 ", and should be %" PRIu64
	    " or more: sysctl -w %s=%" PRIu64, what, n->limit, n->value,
	    n->need, n->limit, n->need);
}

void
say_note(void *arg, const struct rask_watch_note *n)
{
	struct rask_buf b = { 0 };
	const char *at = place(n, &b);

	(void)arg;
	switch (n->what) {
	case RASK_WATCH_UNREAD:
		diag(LOG_WARNING, "%s: passed over: %s", at,
		    strerror(n->error));
		break;
	case RASK_WATCH_TOOLONG:
		diag(LOG_WARNING, "%s: passed over: its path is longer than "
		    "%d bytes", at, RASK_PATH_MAX);
		break;
	case RASK_WATCH_WRITTEN:
		diag(LOG_NOTICE, "%s: passed over: it is being written", at);
		break;
	case RASK_WATCH_LEFT:
		diag(LOG_NOTICE, "%s: moved out of the tree; the names below "
		    "it are not known%s", at, n->error == EPERM ?
		    " (to find them takes CAP_DAC_READ_SEARCH)" : "");
		break;
	case RASK_WATCH_OVERFLOW:
		say_limit(LOG_NOTICE, n, "events were lost, all is walked "
		    "again");
		break;
	case RASK_WATCH_FOLDED:
		diag(LOG_NOTICE, "too many changes waited to be told, and "
		    "deletes were forgotten; all is walked again");
		break;
	case RASK_WATCH_TANGLED:
		diag(LOG_NOTICE, "directories were renamed too fast to be "
		    "told; all is walked again");
		break;
	default:
		break;
	}
	rask_buf_free(&b);
}

int
say_failure(const struct rask_watch_note *n)
{
	struct rask_buf b = { 0 };
	const char *at = place(n, &b);
	int status = EX_UNAVAILABLE;

	switch (n->what) {
	case RASK_WATCH_WATCHES:
		say_limit(LOG_ERR, n, "the kernel gives no more watches");
		status = EX_CONFIG;
		break;
	case RASK_WATCH_INSTANCES:
		say_limit(LOG_ERR, n, "the kernel gives no inotify instance");
		status = EX_CONFIG;
		break;
	case RASK_WATCH_LOST:
		diag(LOG_ERR, "%s: removed, renamed or replaced; stopping", at);
		break;
	case RASK_WATCH_UNMOUNTED:
		diag(LOG_ERR, "%s: unmounted; stopping", at);
		break;
	default:
		diag(LOG_ERR, "%s: %s", at, strerror(n->error));
		status = n->error == EIO ? EX_IOERR : EX_OSERR;
	}
	rask_buf_free(&b);
	return status;
}
