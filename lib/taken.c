/* What was taken out of a tree, and what becomes of it. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lease.h"
#include "make.h"

void
rask_sig_of(struct rask_sig *sig, const struct stat *st)
{
	sig->ino = st->st_ino;
	sig->size = (uint64_t)st->st_size;
	sig->mtime = rask_ns(&st->st_mtim);
	sig->ctime = rask_ns(&st->st_ctim);
	sig->mode = st->st_mode;
}

bool
rask_sig_same(const struct rask_sig *a, const struct rask_sig *b)
{
	return a->ino == b->ino && a->size == b->size &&
	    a->mtime == b->mtime && (a->mode & S_IFMT) == (b->mode & S_IFMT);
}

/* Note that what stands in t->tmp under name came from a path. */
static struct rask_taken *
note(const char *name, const char *path, const struct stat *st)
{
	struct rask_taken *k;
	size_t n = strlen(path) + 1;

	if ((k = malloc(sizeof(*k) + n)) == NULL)
		return NULL;
	k->next = NULL;
	snprintf(k->name, sizeof(k->name), "%s", name);
	rask_sig_of(&k->sig, st);
	memcpy(k->path, path, n);
	return k;
}

/* Keep what is in t->tmp below .rask/conflicts, under its old path. */
static int
keep(const struct rask_tree *t, const struct rask_taken *k)
{
	char path[RASK_PATH_MAX + 64];
	struct rask_tree sub = *t;
	struct rask_place pl;
	struct timespec now;
	int r;

	if (mkdirat(t->meta, "conflicts", 0700) == -1 && errno != EEXIST)
		return -1;
	sub.root = rask_beneath(t->meta, "conflicts", O_PATH | O_DIRECTORY, 0);
	if (sub.root == -1)
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	snprintf(path, sizeof(path), "%s.%llu", k->path,
	    (unsigned long long)rask_ns(&now));
	if ((r = rask_place_open(&sub, path, true, &pl)) == 0) {
		r = renameat2(t->tmp, k->name, pl.dir, pl.name,
		    RENAME_NOREPLACE);
		if (r == -1 && errno == EINVAL)
			r = renameat(t->tmp, k->name, pl.dir, pl.name);
		rask_place_close(&pl);
	}
	close(sub.root);
	return r;
}

int
rask_taken_settle(const struct rask_tree *t, struct rask_taken *k)
{
	struct rask_sig now;
	struct stat st;
	int r = 1;

	if (fstatat(t->tmp, k->name, &st, AT_SYMLINK_NOFOLLOW) == -1) {
		free(k);
		return 1;
	}
	if (S_ISREG(st.st_mode) &&
	    rask_lease_at(t->tmp, k->name) == RASK_LEASE_BUSY)
		return 0;
	rask_sig_of(&now, &st);
	if (rask_sig_same(&now, &k->sig))
		r = unlinkat(t->tmp, k->name, 0) == 0 ? 1 : -1;
	else
		r = keep(t, k) == 0 ? 2 : -1;
	free(k);
	return r;
}

/* Is there a directory at pl, and can it go because it is empty? */
static int
remove_empty(const struct rask_place *pl)
{
	if (unlinkat(pl->dir, pl->name, AT_REMOVEDIR) == 0)
		return 0;
	if (errno == ENOTEMPTY || errno == EEXIST)
		errno = EISDIR;
	return -1;
}

int
rask_place_look(const struct rask_place *pl, struct stat *st)
{
	if (fstatat(pl->dir, pl->name, st, AT_SYMLINK_NOFOLLOW) == -1)
		return -1;
	if (S_ISREG(st->st_mode) &&
	    rask_lease_at(pl->dir, pl->name) == RASK_LEASE_BUSY) {
		errno = EBUSY;
		return -1;
	}
	return 0;
}

int
rask_take_out(struct rask_tree *t, const struct rask_place *pl,
    struct rask_taken **taken)
{
	char name[RASK_TMP_LEN];
	struct stat st, out;

	*taken = NULL;
	if (rask_place_look(pl, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	rask_tree_name(t, name);
	if ((*taken = note(name, pl->path, &st)) == NULL)
		return -1;
	if (renameat(pl->dir, pl->name, t->tmp, name) == -1)
		goto fail;
	if (fstatat(t->tmp, name, &out, AT_SYMLINK_NOFOLLOW) == 0 &&
	    out.st_ino == st.st_ino &&
	    rask_ns(&out.st_mtim) == rask_ns(&st.st_mtim) &&
	    out.st_size == st.st_size)
		return 0;
	/* An edit slipped in: it had not been seen, so it stays. */
	if (renameat2(t->tmp, name, pl->dir, pl->name, RENAME_NOREPLACE) ==
	    -1 && errno != EEXIST)
		renameat(t->tmp, name, pl->dir, pl->name);
	errno = EAGAIN;
fail:
	free(*taken);
	*taken = NULL;
	return -1;
}

/* Exchange name in dir with what is at pl; the latter moves to t->tmp. */
static int
exchange(struct rask_tree *t, int dir, const char *name,
    const struct rask_place *pl, const char *out)
{
	if (t->exchange) {
		if (renameat2(dir, name, pl->dir, pl->name,
		    RENAME_EXCHANGE) == -1)
			return -1;
		return renameat(dir, name, t->tmp, out);
	}
	/* Keep the old one by another name, then rename over it. */
	if (linkat(pl->dir, pl->name, t->tmp, out, 0) == -1 &&
	    errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
		return -1;
	return renameat(dir, name, pl->dir, pl->name);
}

int
rask_put_in(struct rask_tree *t, int dir, const char *name,
    const struct rask_place *pl, struct rask_taken **taken)
{
	char out[RASK_TMP_LEN];
	struct stat st;

	*taken = NULL;
	if (renameat2(dir, name, pl->dir, pl->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EEXIST && errno != EINVAL)
		return -1;
	if (rask_place_look(pl, &st) == -1)
		return errno == ENOENT ?
		    renameat(dir, name, pl->dir, pl->name) : -1;
	if (S_ISDIR(st.st_mode))
		return remove_empty(pl) == 0 ?
		    renameat(dir, name, pl->dir, pl->name) : -1;
	rask_tree_name(t, out);
	if ((*taken = note(out, pl->path, &st)) == NULL)
		return -1;
	if (exchange(t, dir, name, pl, out) == 0)
		return 0;
	free(*taken);
	*taken = NULL;
	return -1;
}
