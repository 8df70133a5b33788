/* The listening socket, and what is done for all connections. */
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "client.h"
#include "diag.h"
#include "link.h"
#include "msg.h"

#define RETRY_TIME	0.05	/* s until what has no room is tried */
#define PAUSE_TIME	1.	/* s without descriptors to give */

/* Send somebody away. */
static void
refuse(int fd, unsigned code, const char *why)
{
	struct rask_buf b = { 0 };
	ssize_t n = 0;

	if (rask_words_add(&b, RASK_BYE, 0, code, why) == 0)
		n = send(fd, rask_buf_head(&b), rask_buf_left(&b),
		    MSG_DONTWAIT | MSG_NOSIGNAL);
	(void)n;		/* there is no other way to tell */
	rask_buf_free(&b);
	close(fd);
}

/* Somebody connects. */
static void
on_accept(struct ev_loop *loop, ev_io *w, int revents)
{
	struct conns *cs = w->data;
	char who[64];
	int fd;

	(void)revents;
	fd = accept4(cs->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd == -1) {
		if (errno == EAGAIN || errno == EINTR ||
		    errno == ECONNABORTED)
			return;
		diag(LOG_WARNING, "%s: %s", cs->o.path, strerror(errno));
		ev_io_stop(loop, &cs->accept);
		ev_timer_again(loop, &cs->pause);
		return;
	}
	if (!peer_allowed(fd, &cs->o, who)) {
		diag(LOG_WARNING, "%s: refused %s", cs->o.path, who);
		refuse(fd, EX_NOPERM, "you may not connect");
	} else if (cs->n >= CLIENTS_MAX) {
		diag(LOG_WARNING, "%s: too many connections", cs->o.path);
		refuse(fd, EX_TEMPFAIL, "too many connections");
	} else if (client_new(cs, fd) == -1)
		refuse(fd, EX_TEMPFAIL, "out of memory");
}

/* There may be descriptors again. */
static void
on_pause(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct conns *cs = w->data;

	(void)revents;
	ev_timer_stop(loop, w);
	ev_io_start(loop, &cs->accept);
}

/* Somebody's HELLO is overdue. */
static void
on_hello(struct ev_loop *loop, ev_timer *w, int revents)
{
	struct conns *cs = w->data;
	struct client *c;

	(void)revents;
	TAILQ_FOREACH(c, &cs->due, due) {
		if (c->gone)
			continue;
		if (c->deadline > ev_now(loop))
			break;
		client_bye(c, EX_PROTOCOL, "no HELLO");
		client_flush(c);
	}
	if (c == NULL) {
		ev_timer_stop(loop, w);
		return;
	}
	w->repeat = c->deadline - ev_now(loop) + 0.001;
	ev_timer_again(loop, w);
}

/* What has no room is tried again. */
static void
on_retry(struct ev_loop *loop, ev_timer *w, int revents)
{
	(void)loop;
	(void)revents;
	conns_retry(w->data);
}

void
conns_retry(struct conns *cs)
{
	struct client *c, *next;

	for (c = LIST_FIRST(&cs->holders); c != NULL; c = next) {
		next = LIST_NEXT(c, holders);
		if (!c->gone)
			client_work(c);
	}
	if (LIST_EMPTY(&cs->holders))
		ev_timer_stop(cs->o.loop, &cs->retry);
}

void
conns_durable(struct conns *cs, uint64_t seq, int error)
{
	struct client *c, *next;

	for (c = LIST_FIRST(&cs->syncers); c != NULL; c = next) {
		next = LIST_NEXT(c, syncers);
		change_durable(c, seq, error);
	}
}

void
conns_changed(struct conns *cs)
{
	struct client *c, *next;

	cs->changed = false;
	for (c = LIST_FIRST(&cs->followers); c != NULL; c = next) {
		next = LIST_NEXT(c, followers);
		if (!c->gone)
			follow_wake(c);
	}
}

unsigned
conns_count(const struct conns *cs)
{
	return cs->n;
}

/* As many descriptors as the system allows. */
static void
raise_limit(void)
{
	struct rlimit rl;

	if (getrlimit(RLIMIT_NOFILE, &rl) == -1 || rl.rlim_cur == rl.rlim_max)
		return;
	rl.rlim_cur = rl.rlim_max;
	setrlimit(RLIMIT_NOFILE, &rl);
}

/* Bind and listen, for the owner alone, or for the group too. */
static int
listen_at(struct conns *cs)
{
	struct rask_sockaddr sa = { .len = sizeof(sa.a.un) };
	struct stat st;
	mode_t mask;

	if (strlen(cs->o.path) >= sizeof(sa.a.un.sun_path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	sa.a.un.sun_family = AF_UNIX;
	strcpy(sa.a.un.sun_path, cs->o.path);
	mask = umask(0177);
	cs->fd = rask_sock_listen(&sa);
	umask(mask);
	if (cs->fd == -1 || stat(cs->o.path, &st) == -1)
		return -1;
	cs->dev = st.st_dev;
	cs->ino = st.st_ino;
	if (cs->o.has_group &&
	    (chown(cs->o.path, (uid_t)-1, cs->o.group) == -1 ||
	    chmod(cs->o.path, 0660) == -1))
		return -1;
	return 0;
}

struct conns *
conns_new(const struct conns_opts *o)
{
	struct store_info i;
	struct conns *cs;
	int e;

	if ((cs = calloc(1, sizeof(*cs))) == NULL)
		return NULL;
	cs->o = *o;
	cs->fd = -1;
	store_info(o->store, &i);
	cs->node = i.node;
	cs->epoch = i.epoch;
	TAILQ_INIT(&cs->due);
	raise_limit();
	if (listen_at(cs) == -1) {
		e = errno;
		conns_free(cs, "");
		errno = e;
		return NULL;
	}
	ev_io_init(&cs->accept, on_accept, cs->fd, EV_READ);
	ev_timer_init(&cs->hello, on_hello, 0., 0.);
	ev_timer_init(&cs->pause, on_pause, 0., PAUSE_TIME);
	ev_timer_init(&cs->retry, on_retry, 0., RETRY_TIME);
	cs->accept.data = cs->hello.data = cs->pause.data = cs->retry.data =
	    cs;
	cs->start = ev_now(o->loop);
	ev_io_start(o->loop, &cs->accept);
	return cs;
}

void
conns_free(struct conns *cs, const char *why)
{
	struct client *c;
	struct stat st;

	if (cs == NULL)
		return;
	while ((c = LIST_FIRST(&cs->all)) != NULL) {
		if (!c->gone) {
			client_bye(c, EX_UNAVAILABLE, why);
			client_flush(c);
		}
		client_free(c);
	}
	if (cs->fd != -1) {
		ev_io_stop(cs->o.loop, &cs->accept);
		ev_timer_stop(cs->o.loop, &cs->hello);
		ev_timer_stop(cs->o.loop, &cs->pause);
		ev_timer_stop(cs->o.loop, &cs->retry);
		close(cs->fd);
		if (stat(cs->o.path, &st) == 0 && st.st_dev == cs->dev &&
		    st.st_ino == cs->ino)
			unlink(cs->o.path);
	}
	free(cs);
}
