/* Which of two entries of a path stands. */
#include <stdlib.h>
#include <string.h>

#include "entry.h"

/* An entry as rask_judge() looks at it. */
struct judged {
	struct rask_content content;	/* points into this, or the entry */
	unsigned char hash[RASK_SHA_LEN];	/* of a directory or target */
};

/*
 * What an entry is to the judge.  Where both hashes are known the sizes say
 * nothing more, so that the one order of hashes is left.
 */
static void
look_at(struct judged *j, const struct rask_entry *e,
    const struct rask_entry *other)
{
	j->content.version = &e->version;
	j->content.kind = e->kind;
	j->content.size = 0;
	j->content.hash = NULL;
	switch (e->kind) {
	case RASK_KIND_FILE:
		if (e->has_hash)
			j->content.hash = e->hash;
		if (!e->has_hash || !other->has_hash)
			j->content.size = e->size;
		break;
	case RASK_KIND_LINK:
		if (other->kind != RASK_KIND_LINK)
			break;
		/* Going on without would be another verdict. */
		if (rask_sha(e->target, e->target_len, j->hash) == -1)
			abort();
		j->content.hash = j->hash;
		break;
	case RASK_KIND_DIR:
		memset(j->hash, 0, sizeof(j->hash));
		j->content.hash = j->hash;
		break;
	default:
		break;
	}
}

struct rask_verdict
rask_entry_judge(const struct rask_entry *local,
    const struct rask_entry *incoming)
{
	struct rask_verdict v = { RASK_STANDS_INCOMING, RASK_LOSS_NONE };
	struct judged l, i;

	if (local == NULL)
		return v;
	look_at(&l, local, incoming);
	look_at(&i, incoming, local);
	return rask_judge(&l.content, &i.content);
}

/*
 * An order among entries that the judge takes for the same, or cannot tell
 * apart: a known hash goes before none, which keeps this in line with what
 * the judge says once both are known; the rest only has to be some order.
 */
static int
order(const struct rask_entry *a, const struct rask_entry *b)
{
	int c;

	if (a->has_hash != b->has_hash)
		return a->has_hash ? 1 : -1;
	if (a->has_hash && (c = memcmp(a->hash, b->hash, RASK_SHA_LEN)) != 0)
		return c;
	if (a->size != b->size)
		return a->size > b->size ? 1 : -1;
	if (a->mtime != b->mtime)
		return a->mtime > b->mtime ? 1 : -1;
	return (int)a->mode - (int)b->mode;
}

bool
rask_entry_merge(struct rask_entry *out, const struct rask_entry *local,
    const struct rask_entry *incoming)
{
	struct rask_verdict v = rask_entry_judge(local, incoming);

	switch (v.stands) {
	case RASK_STANDS_LOCAL:
		return false;
	case RASK_STANDS_INCOMING:
		*out = *incoming;
		return true;
	default:
		if (order(local, incoming) >= 0)
			return false;
	}
	*out = *incoming;
	if (v.stands == RASK_STANDS_UNSURE)
		return true;
	out->seq = local->seq;
	if (local->has_sig) {
		out->has_sig = true;
		out->ino = local->ino;
		out->ctime = local->ctime;
	}
	return true;
}
