/* What a look at a path means: a change, which one, or none. */
#include <errno.h>
#include <string.h>

#include "settle.h"

/* Are inode and ctime those that the entry remembers? */
static bool
same_sig(const struct rask_entry *e, const struct rask_seen *seen)
{
	return e->has_sig && e->ino == seen->ino && e->ctime == seen->ctime;
}

/* Decide about a symbolic link, whose content is its target. */
static enum rask_settle
settle_link(const struct rask_entry *e, const struct rask_seen *seen)
{
	if (e->mtime != seen->mtime || e->target_len != seen->target_len ||
	    memcmp(e->target, seen->target, e->target_len) != 0)
		return RASK_SETTLE_EDIT;
	return same_sig(e, seen) ? RASK_SETTLE_NONE : RASK_SETTLE_REFRESH;
}

/* Decide about a file. */
static enum rask_settle
settle_file(const struct rask_entry *e, const struct rask_seen *seen,
    const unsigned char *hash)
{
	bool same_ino = e->has_sig && e->ino == seen->ino;

	if (e->size != seen->size || e->mtime != seen->mtime)
		return RASK_SETTLE_EDIT;
	if (e->mode != seen->mode)
		return same_ino ? RASK_SETTLE_META : RASK_SETTLE_EDIT;
	if (same_sig(e, seen))
		return RASK_SETTLE_NONE;
	if (!e->has_hash)
		return same_ino || !e->has_sig ? RASK_SETTLE_REFRESH :
		    RASK_SETTLE_EDIT;
	if (hash == NULL)
		return RASK_SETTLE_HASH;
	return memcmp(e->hash, hash, RASK_SHA_LEN) == 0 ?
	    RASK_SETTLE_REFRESH : RASK_SETTLE_EDIT;
}

enum rask_settle
rask_settle(const struct rask_entry *e, const struct rask_seen *seen,
    bool found, const unsigned char *hash)
{
	if (seen->kind == RASK_KIND_GONE)
		return e == NULL || e->kind == RASK_KIND_GONE ?
		    RASK_SETTLE_NONE : RASK_SETTLE_DELETE;
	if (e == NULL)
		return found ? RASK_SETTLE_FOUND : RASK_SETTLE_EDIT;
	if (e->kind != seen->kind)
		return RASK_SETTLE_EDIT;
	switch (e->kind) {
	case RASK_KIND_DIR:
		return e->mode == seen->mode ? RASK_SETTLE_NONE :
		    RASK_SETTLE_META;
	case RASK_KIND_LINK:
		return settle_link(e, seen);
	default:
		return settle_file(e, seen, hash);
	}
}

/* The version of an edit of e, its ancestry shortened if it is full. */
static int
next_version(struct rask_version *out, const struct rask_entry *e,
    uint64_t node, uint64_t last, uint64_t now)
{
	struct rask_version v;

	if (rask_version_next(out, e == NULL ? NULL : &e->version, node, last,
	    now) == 0)
		return 0;
	if (errno != ENOSPC)
		return -1;
	v = e->version;
	rask_version_forget(&v);
	return rask_version_next(out, &v, node, last, now);
}

/* Take over what was seen, as an entry has it. */
static void
take_seen(struct rask_entry *out, const struct rask_seen *seen)
{
	bool file = seen->kind == RASK_KIND_FILE;
	bool link = seen->kind == RASK_KIND_LINK;

	out->kind = seen->kind;
	out->mode = link ? 0 : seen->mode;
	out->size = file ? seen->size : 0;
	out->mtime = file || link ? seen->mtime : 0;
	out->target = link ? seen->target : NULL;
	out->target_len = link ? seen->target_len : 0;
}

/* Take over inode and ctime. */
static void
take_sig(struct rask_entry *out, const struct rask_seen *seen)
{
	out->has_sig = true;
	out->ino = seen->ino;
	out->ctime = seen->ctime;
}

/* Take over the hash of a file's content; NULL is unknown. */
static void
take_hash(struct rask_entry *out, const unsigned char *hash)
{
	out->has_hash = hash != NULL && out->kind == RASK_KIND_FILE;
	if (out->has_hash)
		memcpy(out->hash, hash, RASK_SHA_LEN);
	else
		memset(out->hash, 0, RASK_SHA_LEN);
}

/* The entry that says the same, with another signature. */
static void
refresh(struct rask_entry *out, const struct rask_entry *e,
    const struct rask_seen *seen, const unsigned char *hash)
{
	*out = *e;
	take_sig(out, seen);
	if (!e->has_hash)
		take_hash(out, hash);
}

/* The tombstone of an entry, all but its version. */
static void
bury(struct rask_entry *out, const struct rask_entry *e)
{
	out->kind = RASK_KIND_GONE;
	out->has_sig = e->has_sig;
	out->has_hash = e->has_hash;
	out->mode = e->mode;
	out->size = e->size;
	out->mtime = e->mtime;
	out->ino = e->ino;
	out->ctime = e->ctime;
	out->target = NULL;
	out->target_len = 0;
	memcpy(out->hash, e->hash, RASK_SHA_LEN);
}

int
rask_settle_entry(struct rask_entry *out, enum rask_settle how,
    const char *path, size_t path_len, const struct rask_entry *e,
    const struct rask_seen *seen, const unsigned char *hash, uint64_t node,
    uint64_t last, uint64_t now)
{
	switch (how) {
	case RASK_SETTLE_REFRESH:
		refresh(out, e, seen, hash);
		break;
	case RASK_SETTLE_FOUND:
		take_seen(out, seen);
		rask_version_found(&out->version, out->mtime);
		break;
	case RASK_SETTLE_EDIT:
	case RASK_SETTLE_META:
	case RASK_SETTLE_DELETE:
		if (next_version(&out->version, e, node, last, now) == -1)
			return -1;
		if (how == RASK_SETTLE_DELETE)
			bury(out, e);
		else
			take_seen(out, seen);
		break;
	default:
		errno = EINVAL;
		return -1;
	}
	if (how == RASK_SETTLE_META && hash == NULL && e->has_hash)
		hash = e->hash;
	if (how != RASK_SETTLE_REFRESH && how != RASK_SETTLE_DELETE) {
		take_sig(out, seen);
		take_hash(out, hash);
	}
	if (how != RASK_SETTLE_REFRESH)
		out->seq = 0;
	out->path = path;
	out->path_len = (uint16_t)path_len;
	return 0;
}
