/* Large files: how they begin, and what ends or moves them. */
#include <sys/stat.h>

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "known.h"
#include "path.h"
#include "stream.h"
#include "wire.h"

#define LIVE_MAX	4	/* of class 2 at once */
#define BACK_MAX	2	/* of class 3 at once */

/*
 * The identity of a transfer: another connection that sends the same state of
 * the same file has the same one, by whatever name.
 */
static int
identify(const struct send *s, const struct stat *st,
    unsigned char id[RASK_ID_LEN])
{
	unsigned char b[RASK_ID_LEN + 32], sha[RASK_SHA_LEN], *p = b;

	memcpy(p, s->hello.root, RASK_ID_LEN);
	p = rask_wire_u64(p + RASK_ID_LEN, st->st_dev);
	p = rask_wire_u64(p, st->st_ino);
	p = rask_wire_u64(p, (uint64_t)st->st_size);
	p = rask_wire_u64(p, (uint64_t)rask_ns(&st->st_mtim));
	if (rask_sha(b, (size_t)(p - b), sha) == -1)
		return -1;
	memcpy(id, sha, RASK_ID_LEN);
	return 0;
}

/* Find a stream by its number. */
static struct stream *
find(struct send *s, uint64_t id)
{
	struct stream *st;

	for (st = s->streams; st != NULL; st = st->next)
		if (st->id == id && id != 0 && !st->over)
			return st;
	return NULL;
}

/* A stream for an open file, behind the others. */
static struct stream *
add(struct send *s, struct rask_todo_item *it, unsigned class, int fd,
    const struct stat *of, const unsigned char key[RASK_KEY_LEN])
{
	struct stream *st, **p;

	if ((st = calloc(1, sizeof(*st))) == NULL)
		return NULL;
	if ((st->mac = rask_mac_new(key)) == NULL) {
		free(st);
		return NULL;
	}
	memcpy(st->key, key, RASK_KEY_LEN);
	st->s = s;
	st->item = it;
	st->class = class;
	st->tree = it->tree;
	st->fd = fd;
	st->st = *of;
	st->size = (uint64_t)of->st_size;
	for (p = &s->streams; *p != NULL; p = &(*p)->next)
		;
	*p = st;
	s->n_streams[class]++;
	return st;
}

/* Begin to send: OPEN is queued. */
static int
begin(struct send *s, struct rask_todo_item *it, unsigned class,
    const struct sighting *si)
{
	struct rask_msg *m = &s->sighting->msg;
	struct stream *st;

	if (m != &si->msg)
		*m = si->msg;
	m->type = RASK_OPEN;
	m->class = (uint8_t)class;
	if (rask_random(m->hash, RASK_KEY_LEN) == -1 ||
	    identify(s, &si->st, m->id) == -1 ||
	    (st = add(s, it, class, si->fd, &si->st, m->hash)) == NULL)
		return -1;
	if (change_frame(s, m, it, NULL) == -1) {
		st->fd = -1;	/* the caller's again */
		stream_end(st);
		return -1;
	}
	st->id = m->stream;
	return 0;
}

/* The receiver has a file of this inode and size: is it the same? */
static int
verify(struct send *s, struct rask_todo_item *it, unsigned class,
    const struct sighting *si, const struct known *k)
{
	struct stream *st;

	if ((st = add(s, it, class, si->fd, &si->st, k->key)) == NULL)
		return -1;
	memcpy(st->tag, k->tag, RASK_TAG_LEN);
	st->base = k->mtime;
	st->from = st->size;
	st->verify = true;
	return 0;
}

/* Mode and mtime of a file that the receiver has with the mtime base. */
static int
send_meta(struct send *s, struct rask_todo_item *it, const struct stat *of,
    int64_t base)
{
	struct rask_msg *m = &s->sighting->msg;

	memset(m->hash, 0, sizeof(m->hash));
	strcpy(m->path, it->path);
	m->type = RASK_META;
	m->class = RASK_CLASS_LIVE;
	m->mode = of->st_mode & 0777;
	m->size = (uint64_t)of->st_size;
	m->mtime = rask_ns(&of->st_mtim);
	m->base = base;
	return change_frame(s, m, it, NULL);
}

void
stream_verified(struct stream *st)
{
	struct send *s = st->s;
	struct rask_todo_item *it = st->item;
	unsigned char tag[RASK_TAG_LEN];

	if (rask_mac_end(st->mac, tag) == 0 &&
	    rask_hash_differ(tag, st->tag, sizeof(tag)) == 0 &&
	    send_meta(s, it, &st->st, st->base) == 0) {
		known_note(s, st, it->path);
	} else {
		/* Unknown now, it is sent whole when its turn comes. */
		known_forget(s, it);
		rask_todo_back(s->todo, st->class == RASK_CLASS_BACK ?
		    RASK_LANE_BACK : RASK_LANE_BULK, it);
	}
	stream_end(st);
}

void
stream_open(struct send *s, struct rask_todo_item *it, unsigned class,
    struct sighting *si)
{
	const struct known *k;
	bool back = class == RASK_CLASS_BACK;
	int r;

	class = back ? RASK_CLASS_BACK : RASK_CLASS_BULK;
	if (stream_full(s, class)) {
		close(si->fd);
		rask_todo_defer(s->todo, back ? RASK_LANE_BACK :
		    RASK_LANE_BULK, it);
		return;
	}
	k = known_find(s, it->tree, it->path, &si->st);
	if (k == NULL)
		r = begin(s, it, class, si);
	else if (k->mtime != rask_ns(&si->st.st_mtim))
		r = verify(s, it, class, si, k);
	else if ((r = send_meta(s, it, &si->st, k->mtime)) == 0)
		close(si->fd);
	if (r == -1) {
		close(si->fd);
		later_add(s, it, 1., 10., false);
	}
}

bool
stream_full(const struct send *s, unsigned class)
{
	return s->n_streams[class] >=
	    (class == RASK_CLASS_BACK ? BACK_MAX : LIVE_MAX);
}

void
stream_skip(struct send *s, uint64_t id)
{
	struct stream *st;
	uint64_t content = 0;

	if ((st = find(s, id)) == NULL)
		return;
	rask_sendq_cancel(s->q, st->class, id, &content);
	s->window.sent -= content;
	stream_end(st);
}

void
stream_resume(struct send *s, uint64_t id, uint64_t offset)
{
	struct stream *st;

	if ((st = find(s, id)) != NULL && offset <= st->size &&
	    offset > st->from)
		st->from = offset;
}

void
stream_forget(struct send *s, uint64_t id, bool arrived)
{
	struct stream *st;

	if ((st = find(s, id)) == NULL)
		return;
	if (arrived && st->ended)
		known_note(s, st, st->item->path);
	stream_end(st);
}

/* Is what stands at the path the file that is being sent, unchanged? */
static bool
unchanged(const struct stream *st, const char *path)
{
	struct rask_tree t = { .root = root_fd(st->s, st->tree) };
	struct rask_place pl;
	struct stat now;
	int r;

	if (rask_place_open(&t, path, false, &pl) == -1)
		return false;
	r = fstatat(pl.dir, pl.name, &now, AT_SYMLINK_NOFOLLOW);
	rask_place_close(&pl);
	return r == 0 && now.st_ino == st->st.st_ino &&
	    now.st_size == st->st.st_size &&
	    rask_ns(&now.st_mtim) == rask_ns(&st->st.st_mtim) &&
	    rask_ns(&now.st_ctim) == rask_ns(&st->st.st_ctim);
}

bool
stream_overtaken(struct send *s, enum rask_op op, const char *path)
{
	struct stream *st, *next;
	struct rask_todo_item *it;
	enum rask_rel rel;

	for (st = s->streams; st != NULL; st = next) {
		next = st->next;
		if (st->over)
			continue;
		rel = rask_path_rel(path, st->item->path);
		if (rel == RASK_REL_APART || (op == RASK_OP_MKDIR &&
		    rel == RASK_REL_ABOVE))
			continue;
		if (op == RASK_OP_PUT && rel == RASK_REL_SAME &&
		    unchanged(st, path))
			return true;
		if ((it = stream_cancel(st)) != NULL)
			rask_todo_back(s->todo, it->lane, it);
	}
	return false;
}

void
stream_free_all(struct send *s)
{
	struct stream *st, *next;

	for (st = s->streams; st != NULL; st = next) {
		next = st->next;
		if (st->over)
			continue;
		if (st->verify)
			rask_todo_back(s->todo, st->item->lane, st->item);
		stream_end(st);
	}
}
