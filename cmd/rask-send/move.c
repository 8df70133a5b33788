/*
 * Renames.  A rename travels without content: its frame carries the sum of
 * what the mover has, and a receiver that has the same at the old name renames
 * too.  If it has not, the entries go one by one.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "path.h"
#include "send.h"
#include "treeop.h"

/* A rename whose directory the worker sums up. */
struct move {
	struct rask_job job;		/* first */
	struct send *s;
	struct rask_todo_item *item;	/* owned */
	int root;			/* borrowed */
	unsigned char sum[RASK_SUM_LEN];
	int error;			/* errno, or 0 */
};

/* What stands at a path, if anything. */
static int
stat_path(int root, const char *path, struct stat *st)
{
	struct rask_tree t = { .root = root };
	struct rask_place pl;
	int r;

	if (rask_place_open(&t, path, false, &pl) == -1)
		return -1;
	r = fstatat(pl.dir, pl.name, st, AT_SYMLINK_NOFOLLOW);
	rask_place_close(&pl);
	return r;
}

/* Queue the frame. */
static void
send_frame(struct send *s, struct rask_todo_item *it,
    const unsigned char sum[RASK_SUM_LEN])
{
	struct rask_msg *m = &s->sighting->msg;

	m->type = RASK_MV;
	m->class = RASK_CLASS_LIVE;
	m->mode = 0;
	m->size = 0;
	m->mtime = 0;
	strcpy(m->path, it->path);
	strcpy(m->other, it->path2);
	memcpy(m->id, sum, RASK_SUM_LEN);
	if (change_frame(s, m, it, NULL) == -1)
		later_add(s, it, 1., 10., false);
}

/* Note one path, as a change seen now. */
static void
note(struct send *s, const struct rask_todo_item *it, enum rask_op op,
    const char *path)
{
	if (rask_todo_add(s->todo, RASK_LANE_LIVE, op, it->tree, path, NULL,
	    it->since) == -1) {
		diag(LOG_ERR, "%s: out of memory", path);
		s->failed++;
	}
}

/* The old names of a directory's entries, the deepest first. */
struct names {
	struct names *next;
	char path[];
};

/* Note the old name of what is at path below NEW. */
static struct names *
old_name(const struct rask_todo_item *it, const char *path,
    struct names *list)
{
	const char *rel = path + strlen(it->path2);
	size_t n = strlen(it->path), len = strlen(rel) + 1;
	struct names *e;

	if (n + len > RASK_PATH_MAX + 1 ||
	    (e = malloc(sizeof(*e) + n + len)) == NULL)
		return list;
	memcpy(e->path, it->path, n);
	memcpy(e->path + n, rel, len);
	e->next = list;
	return e;
}

void
move_entries(struct send *s, const struct rask_todo_item *it)
{
	struct names *list = NULL, *e;
	struct rask_walk_entry en;
	struct rask_walk *w;
	struct stat st;

	if (stat_path(root_fd(s, it->tree), it->path2, &st) == 0 &&
	    S_ISDIR(st.st_mode) && (w = rask_walk_open(root_fd(s, it->tree),
	    it->path2, 0)) != NULL) {
		while (rask_walk_next(w, &en) == 1) {
			if (en.error != 0 || en.mount)
				continue;
			note(s, it, en.type == DT_DIR ? RASK_OP_MKDIR :
			    RASK_OP_PUT, en.path);
			list = old_name(it, en.path, list);
		}
		rask_walk_close(w);
	} else {
		note(s, it, RASK_OP_PUT, it->path2);
		list = old_name(it, it->path2, list);
	}
	while ((e = list) != NULL) {
		list = e->next;
		note(s, it, RASK_OP_DEL, e->path);
		free(e);
	}
}

/* Worker: sum up. */
static void
run_move(struct rask_job *job)
{
	struct move *mv = (struct move *)job;

	mv->error = 0;
	if (rask_subtree_sum(mv->root, mv->item->path2, mv->sum) == -1)
		mv->error = errno;
}

/* Loop: the sum is there, or the directory changed meanwhile. */
static void
move_done(struct rask_job *job)
{
	struct move *mv = (struct move *)job;
	struct send *s = mv->s;

	s->move = NULL;
	if (s->state != STATE_READY)
		rask_todo_back(s->todo, RASK_LANE_LIVE, mv->item);
	else if (mv->error == 0)
		send_frame(s, mv->item, mv->sum);
	else {
		move_entries(s, mv->item);
		rask_todo_drop(mv->item);
	}
	free(mv);
}

void
move_send(struct send *s, struct rask_todo_item *it)
{
	int root = root_fd(s, it->tree);
	unsigned char sum[RASK_SUM_LEN];
	struct stat st;

	if (stat_path(root, it->path, &st) == 0 ||
	    stat_path(root, it->path2, &st) == -1) {
		/* It was undone, or went on: tell what is there now. */
		note(s, it, RASK_OP_DEL, it->path);
		note(s, it, RASK_OP_PUT, it->path);
		note(s, it, RASK_OP_PUT, it->path2);
		rask_todo_drop(it);
		return;
	}
	if (S_ISDIR(st.st_mode)) {
		if ((s->move = calloc(1, sizeof(*s->move))) == NULL) {
			later_add(s, it, 1., 10., false);
			return;
		}
		s->move->job.run = run_move;
		s->move->job.done = move_done;
		s->move->s = s;
		s->move->item = it;
		s->move->root = root;
		rask_work_submit(s->work, &s->move->job);
	} else if (rask_subtree_sum(root, it->path2, sum) == 0)
		send_frame(s, it, sum);
	else {
		move_entries(s, it);
		rask_todo_drop(it);
	}
}

bool
move_meets(const struct send *s, const struct rask_todo_item *it)
{
	const struct rask_todo_item *mv;

	if (s->move == NULL)
		return false;
	mv = s->move->item;
	return it->kind != RASK_TODO_PATH ||
	    rask_path_meet(it->path, mv->path) ||
	    rask_path_meet(it->path, mv->path2);
}
