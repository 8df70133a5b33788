/* Renames that have been seen, and where they have brought a path. */
#include <stdlib.h>
#include <string.h>

#include "watchmoves.h"

/* FNV-1a over tree and path. */
static uint32_t
hash_of(unsigned tree, const char *path)
{
	uint32_t h = 2166136261u ^ tree;

	for (; *path != '\0'; path++)
		h = (h ^ (unsigned char)*path) * 16777619u;
	return h;
}

int
rask_moves_add(struct rask_moves *m, unsigned tree, const char *from,
    const char *to, bool dir)
{
	size_t n = strlen(from) + 1, n2 = strlen(to) + 1;
	struct rask_move *v;

	if ((v = malloc(sizeof(*v) + n + n2)) == NULL)
		return -1;
	v->next = NULL;
	v->tree = tree;
	v->dir = dir;
	v->apart = false;
	v->hash = hash_of(tree, from);
	memcpy(v->from, from, n);
	memcpy(v->from + n, to, n2);
	v->to = v->from + n;
	if (m->first == NULL)
		m->first = v;
	else
		m->last->next = v;
	m->last = v;
	if (m->wait == NULL)
		m->wait = v;
	m->count++;
	m->dirs += dir;
	return 0;
}

bool
rask_moves_told(struct rask_moves *m, unsigned tree, const char *from,
    const char *to, bool *dir, bool *apart)
{
	struct rask_move *v;

	for (v = m->wait; v != NULL; v = v->next)
		if (v->tree == tree && strcmp(v->from, from) == 0 &&
		    strcmp(v->to, to) == 0) {
			m->wait = v->next;
			m->dirs -= v->dir;
			*dir = v->dir;
			*apart = v->apart;
			return true;
		}
	return false;
}

void
rask_moves_part(struct rask_moves *m, unsigned tree, const char *path,
    bool same)
{
	struct rask_move *v;
	enum rask_rel rel;

	for (v = m->wait; v != NULL; v = v->next) {
		if (v->tree != tree || v->apart)
			continue;
		rel = rask_path_rel(v->to, path);
		v->apart = rel == RASK_REL_ABOVE ||
		    (same && rel == RASK_REL_SAME);
	}
}

bool
rask_moves_map(const struct rask_moves *m, bool all, unsigned tree,
    const char *path, char to[RASK_PATH_MAX + 1])
{
	const struct rask_move *v = all ? m->first : m->wait;
	uint32_t h = hash_of(tree, path);
	enum rask_rel rel;
	size_t n, rest;

	if (v == NULL)
		return false;
	strcpy(to, path);
	for (; v != NULL; v = v->next) {
		/* Comparing the hashes settles it for a file's rename. */
		if (v->tree != tree || (!v->dir && v->hash != h))
			continue;
		rel = rask_path_rel(v->from, to);
		if (rel != RASK_REL_SAME && rel != RASK_REL_ABOVE)
			continue;
		n = strlen(v->to);
		rest = strlen(to + strlen(v->from));
		if (n + rest > RASK_PATH_MAX)
			return false;
		memmove(to + n, to + strlen(v->from), rest + 1);
		memcpy(to, v->to, n);
		h = hash_of(tree, to);
	}
	return strcmp(path, to) != 0;
}

void
rask_moves_clear(struct rask_moves *m)
{
	struct rask_move *v;

	while ((v = m->first) != NULL) {
		m->first = v->next;
		free(v);
	}
	memset(m, 0, sizeof(*m));
}
