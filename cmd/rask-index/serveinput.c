/* The tree's change lines, from stdin into the store. */
#include <sys/stat.h>

#include <errno.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"
#include "serve.h"

#define PIECE	(32 * 1024)	/* bytes of lines taken at a time */
#define IN_MAX	(256 * 1024)	/* longer is no line */
#define AGAIN	0.05		/* s until what had no room is tried again */

/* Say what is wrong with a line. */
static void
tell_bad(struct serve *sv, const struct hints_result *res)
{
	if (res->bad == 0)
		return;
	diag(LOG_WARNING, "stdin: line %llu: %s",
	    (unsigned long long)(sv->lines + res->first_bad), res->why);
	if (res->bad > 1)
		diag(LOG_WARNING, "stdin: and %llu more like it",
		    (unsigned long long)(res->bad - 1));
	sv->bad += res->bad;
}

/* The lines have to wait: why, said once. */
static void
hold(struct serve *sv, int error)
{
	if (error != EAGAIN && error != EBUSY && error != sv->held_for) {
		diag(LOG_ERR, "%s: %s; changes wait", sv->o->dir,
		    strerror(error));
		sv->held_for = error;
	}
	sv->held = true;
	ev_timer_stop(sv->loop, &sv->again);
	ev_timer_set(&sv->again, AGAIN, 0.);
	ev_timer_start(sv->loop, &sv->again);
}

/* Bytes of whole lines that wait, about a piece. */
static size_t
whole(const struct serve *sv)
{
	const char *p = (const char *)rask_buf_head(&sv->in), *lf;
	size_t n = rask_buf_left(&sv->in);

	if (n == 0)
		return 0;
	lf = memrchr(p, '\n', n < PIECE ? n : PIECE);
	if (lf == NULL)
		lf = memchr(p, '\n', n);
	return lf == NULL ? 0 : (size_t)(lf - p) + 1;
}

/* What comes in is no text of lines. */
static void
too_long(struct serve *sv)
{
	diag(LOG_WARNING, "stdin: line %llu: too long",
	    (unsigned long long)sv->lines + 1);
	sv->bad++;
	rask_buf_take(&sv->in, rask_buf_left(&sv->in));
}

/*
 * All that stdin had to say was taken: end when it is done, too.  What has no
 * room waits as lines do; what cannot be done for another reason is found by
 * the next start's scan.
 */
static void
finish(struct serve *sv)
{
	bool more;
	int why;

	more = hints_pending(sv->hints, &why);
	if (more && (why == 0 || why == ENOSPC || why == EDQUOT)) {
		hold(sv, why == 0 ? EAGAIN : why);
		return;
	}
	if (more)
		diag(LOG_ERR, "%s: %s; not all that the lines asked for is "
		    "done", sv->o->dir, strerror(why));
	sv->done = !more;
	serve_end(sv, more ? EX_IOERR : sv->bad > 0 ? EX_DATAERR : EX_OK);
}

/* Take one piece of lines.  Returns: false if they have to wait. */
static bool
take_piece(struct serve *sv, size_t n)
{
	struct hints_result res = { 0 };

	if (hints_take(sv->hints, (char *)rask_buf_head(&sv->in), n, true,
	    &res) == -1) {
		hold(sv, errno);
		return false;
	}
	if (sv->held_for != 0)
		diag(LOG_NOTICE, "%s: changes are taken again", sv->o->dir);
	sv->held_for = 0;
	tell_bad(sv, &res);
	sv->lines += res.lines;
	rask_buf_take(&sv->in, n);
	return true;
}

/* Stdin is looked at as long as nothing waits. */
static void
arm(struct serve *sv)
{
	bool want = sv->reading && !sv->held && !sv->eof && !sv->ending;

	if (want && sv->file)
		ev_idle_start(sv->loop, &sv->in_file);
	else if (want)
		ev_io_start(sv->loop, &sv->in_io);
	else {
		ev_idle_stop(sv->loop, &sv->in_file);
		ev_io_stop(sv->loop, &sv->in_io);
	}
}

void
input_take(struct serve *sv)
{
	size_t n;

	sv->held = false;
	while ((n = whole(sv)) > 0)
		if (!take_piece(sv, n))
			break;
	if (rask_buf_left(&sv->in) > IN_MAX && n == 0)
		too_long(sv);
	serve_slices(sv);
	arm(sv);
	if (sv->eof && !sv->held)
		finish(sv);
}

/* Read a piece. */
static void
on_input(struct serve *sv)
{
	ssize_t n;
	void *p;

	if ((p = rask_buf_room(&sv->in, PIECE)) == NULL)
		return;
	n = read(STDIN_FILENO, p, PIECE);
	if (n == -1 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n == -1)
		diag(LOG_ERR, "stdin: %s", strerror(errno));
	if (n > 0)
		rask_buf_grew(&sv->in, (size_t)n);
	else
		sv->eof = true;
	if (sv->eof && rask_buf_left(&sv->in) > 0 &&
	    rask_buf_add(&sv->in, "\n", 1) == -1)
		diag(LOG_ERR, "stdin: %s", strerror(errno));
	input_take(sv);
}

/* Stdin is readable. */
static void
on_readable(struct ev_loop *loop, ev_io *w, int revents)
{
	(void)loop;
	(void)revents;
	on_input(w->data);
}

/* Stdin is a file, which always is. */
static void
on_file(struct ev_loop *loop, ev_idle *w, int revents)
{
	(void)loop;
	(void)revents;
	on_input(w->data);
}

/* Perhaps there is room now. */
static void
on_again(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct serve *sv = w->data;

	(void)loop;
	(void)revents;
	if (sv->held)
		input_take(sv);
}

void
input_begin(struct serve *sv)
{
	struct stat st;

	ev_timer_init(&sv->again, on_again, AGAIN, 0.);
	ev_idle_init(&sv->in_file, on_file);
	ev_io_init(&sv->in_io, on_readable, STDIN_FILENO, EV_READ);
	sv->again.data = sv->in_file.data = sv->in_io.data = sv;
	if (fstat(STDIN_FILENO, &st) == -1 || S_ISCHR(st.st_mode))
		return;		/* a terminal or /dev/null: until SIGTERM */
	sv->reading = true;
	sv->file = S_ISREG(st.st_mode);
	arm(sv);
}
