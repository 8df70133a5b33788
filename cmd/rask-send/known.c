/* Large files that the receiver has. */
#include <stdlib.h>
#include <string.h>

#include "known.h"

/* The entry of a path, or NULL. */
static struct known *
entry(const struct send *s, unsigned tree, const char *path)
{
	unsigned i;

	for (i = 0; i < s->n_known; i++)
		if (s->known[i].path != NULL && s->known[i].tree == tree &&
		    strcmp(s->known[i].path, path) == 0)
			return &s->known[i];
	return NULL;
}

const struct known *
known_find(const struct send *s, unsigned tree, const char *path,
    const struct stat *st)
{
	const struct known *k = entry(s, tree, path);

	return k != NULL && k->ino == st->st_ino &&
	    k->size == (uint64_t)st->st_size ? k : NULL;
}

void
known_note(struct send *s, const struct stream *st, const char *path)
{
	struct known *k = entry(s, st->tree, path), *all;
	char *copy;

	if (k == NULL && s->n_known < KNOWN_MAX) {
		all = realloc(s->known, (s->n_known + 1) * sizeof(*all));
		if (all == NULL)
			return;
		s->known = all;
		k = &all[s->n_known++];
		k->path = NULL;
	} else if (k == NULL)
		k = &s->known[s->next_known++ % KNOWN_MAX];
	copy = strdup(path);
	free(k->path);
	k->path = copy;
	k->tree = st->tree;
	k->ino = st->st.st_ino;
	k->size = st->size;
	k->mtime = rask_ns(&st->st.st_mtim);
	memcpy(k->key, st->key, sizeof(k->key));
	memcpy(k->tag, st->tag, sizeof(k->tag));
}

void
known_forget(struct send *s, const struct rask_todo_item *it)
{
	struct known *k = entry(s, it->tree, it->path);

	if (k == NULL)
		return;
	free(k->path);
	k->path = NULL;
}

void
known_free(struct send *s)
{
	unsigned i;

	for (i = 0; i < s->n_known; i++)
		free(s->known[i].path);
	free(s->known);
}
