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

#define TRIES		16	/* against others who rename, too */
#define TIME_LEN	21	/* bytes of a dot and ns since the epoch */

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

/* Something at a path that is about to be taken out into t->tmp. */
static struct rask_taken *
note(struct rask_tree *t, const char *path, const struct stat *st)
{
	struct rask_taken *k;
	char number[RASK_TMP_LEN];
	size_t n = strlen(path) + 1;

	if ((k = malloc(sizeof(*k) + n)) == NULL)
		return NULL;
	k->next = NULL;
	rask_tree_name(t, number);
	snprintf(k->name, sizeof(k->name), "%c%.20s", RASK_TAKEN_MARK, number);
	rask_sig_of(&k->sig, st);
	memcpy(k->path, path, n);
	return k;
}

int
rask_rename_new(int dir, const char *name, const struct rask_place *pl)
{
	struct stat st;

	if (renameat2(dir, name, pl->dir, pl->name, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno != EINVAL)
		return -1;
	/* This filesystem cannot: look first. */
	if (fstatat(pl->dir, pl->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		errno = EEXIST;
		return -1;
	}
	return errno == ENOENT ? renameat(dir, name, pl->dir, pl->name) : -1;
}

int
rask_keep(const struct rask_tree *t, int dir, const char *name,
    const char *path)
{
	char kept[RASK_PATH_MAX + 64];
	struct rask_tree sub = *t;
	struct rask_place pl;
	struct timespec now;
	size_t n = strlen(path), most = rask_path_dirlen(path);
	int r;

	if (mkdirat(t->meta, "conflicts", 0700) == -1 && errno != EEXIST)
		return -1;
	sub.root = rask_beneath(t->meta, "conflicts", O_PATH | O_DIRECTORY, 0);
	if (sub.root == -1)
		return -1;
	clock_gettime(CLOCK_REALTIME, &now);
	/* A long name makes room for the time. */
	most += RASK_NAME_MAX - TIME_LEN;
	snprintf(kept, sizeof(kept), "%.*s.%llu", (int)(n < most ? n : most),
	    path, (unsigned long long)rask_ns(&now));
	if ((r = rask_place_open(&sub, kept, true, &pl)) == 0) {
		r = rask_rename_new(dir, name, &pl);
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
		r = rask_keep(t, t->tmp, k->name, k->path) == 0 ? 2 : -1;
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

void
rask_put_back(const struct rask_tree *t, const struct rask_place *pl,
    struct rask_taken **taken)
{
	int e = errno;

	if (rask_rename_new(t->tmp, (*taken)->name, pl) == -1)
		rask_keep(t, t->tmp, (*taken)->name, pl->path);
	free(*taken);
	*taken = NULL;
	errno = e;
}

int
rask_take_out(struct rask_tree *t, const struct rask_place *pl,
    struct rask_taken **taken)
{
	struct rask_sig sig;
	struct stat st;

	*taken = NULL;
	if (rask_place_look(pl, &st) == -1)
		return -1;
	if (S_ISDIR(st.st_mode)) {
		errno = EISDIR;
		return -1;
	}
	if ((*taken = note(t, pl->path, &st)) == NULL)
		return -1;
	if (renameat(pl->dir, pl->name, t->tmp, (*taken)->name) == -1) {
		free(*taken);
		*taken = NULL;
		return -1;
	}
	if (fstatat(t->tmp, (*taken)->name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		rask_sig_of(&sig, &st);
		if (rask_sig_same(&sig, &(*taken)->sig))
			return 0;
	}
	/* An edit slipped in: it had not been seen, so it stays. */
	rask_put_back(t, pl, taken);
	errno = EAGAIN;
	return -1;
}

/* Exchange name in dir with what is at pl; the latter moves to t->tmp. */
static int
exchange(struct rask_tree *t, int dir, const char *name,
    const struct rask_place *pl, const char *out)
{
	int e;

	if (!t->exchange) {
		/* Keep the old one by another name, then rename over it. */
		if (linkat(pl->dir, pl->name, t->tmp, out, 0) == -1 &&
		    errno != EPERM && errno != EOPNOTSUPP && errno != EMLINK)
			return -1;
		if (renameat(dir, name, pl->dir, pl->name) == 0)
			return 0;
		e = errno;
		unlinkat(t->tmp, out, 0);
	} else {
		if (renameat2(dir, name, pl->dir, pl->name,
		    RENAME_EXCHANGE) == -1)
			return -1;
		if (renameat(dir, name, t->tmp, out) == 0)
			return 0;
		e = errno;
		renameat2(dir, name, pl->dir, pl->name, RENAME_EXCHANGE);
	}
	errno = e;
	return -1;
}

/* Put something in the place of st, which is no directory. */
static int
replace(struct rask_tree *t, int dir, const char *name,
    const struct rask_place *pl, const struct stat *st,
    struct rask_taken **taken)
{
	if ((*taken = note(t, pl->path, st)) == NULL)
		return -1;
	if (exchange(t, dir, name, pl, (*taken)->name) == 0)
		return 0;
	free(*taken);
	*taken = NULL;
	return -1;
}

int
rask_put_in(struct rask_tree *t, int dir, const char *name,
    const struct rask_place *pl, struct rask_taken **taken)
{
	struct stat st;
	int i, r;

	*taken = NULL;
	/* What is there may come and go meanwhile. */
	for (i = 0; i < TRIES; i++) {
		if (rask_rename_new(dir, name, pl) == 0)
			return 0;
		if (errno != EEXIST)
			return -1;
		if ((r = rask_place_look(pl, &st)) == 0)
			r = S_ISDIR(st.st_mode) ? remove_empty(pl) :
			    replace(t, dir, name, pl, &st, taken);
		if (r == -1 && errno != ENOENT && errno != ENOTDIR)
			return -1;
		if (*taken != NULL)
			return 0;
	}
	errno = EAGAIN;
	return -1;
}
