/* A set of paths, with a count at each of their ancestors. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "paths.h"

#define CHAINS	4096	/* a power of 2 */

struct node {
	struct node *next;	/* in its chain */
	uint64_t hash;		/* of path */
	void *owner;		/* of the one added last, borrowed */
	unsigned at;		/* how often this path was added */
	unsigned below;		/* how many were added below it */
	size_t len;		/* bytes of path */
	char path[];		/* not terminated */
};

struct paths {
	size_t n;		/* paths in it */
	struct node *chains[CHAINS];
};

/*
 * FNV-1a over the next component of a path that begins at *at: *at is its
 * end, and the return the hash of all before that.
 * From: Fowler, Noll and Vo, draft-eastlake-fnv.
 */
static uint64_t
component(const char *path, size_t *at, uint64_t hash)
{
	size_t i = *at;

	do
		hash = (hash ^ (unsigned char)path[i++]) * 0x100000001b3;
	while (path[i] != '\0' && path[i] != '/');
	*at = i;
	return hash;
}

#define HASH_BEGIN	0xcbf29ce484222325

/* The place in its chain of the node for len bytes of path. */
static struct node **
find(const struct paths *p, const char *path, size_t len, uint64_t hash)
{
	struct node **at;

	at = (struct node **)&p->chains[(hash ^ hash >> 32) & (CHAINS - 1)];
	while (*at != NULL && ((*at)->hash != hash || (*at)->len != len ||
	    memcmp((*at)->path, path, len) != 0))
		at = &(*at)->next;
	return at;
}

struct paths *
paths_new(void)
{
	return calloc(1, sizeof(struct paths));
}

void
paths_free(struct paths *p)
{
	struct node *n, *next;
	size_t i;

	for (i = 0; p != NULL && i < CHAINS; i++)
		for (n = p->chains[i]; n != NULL; n = next) {
			next = n->next;
			free(n);
		}
	free(p);
}

/* The node for len bytes of path, made if there is none; NULL: ENOMEM. */
static struct node *
have(struct paths *p, const char *path, size_t len, uint64_t hash)
{
	struct node **at = find(p, path, len, hash), *n;

	if ((n = *at) != NULL)
		return n;
	if ((n = calloc(1, sizeof(*n) + len)) == NULL)
		return NULL;
	n->hash = hash;
	n->len = len;
	memcpy(n->path, path, len);
	*at = n;
	return n;
}

/* Count the first `end` bytes of a path and what is above them down. */
static void
uncount(struct paths *p, const char *path, size_t end)
{
	uint64_t hash = HASH_BEGIN;
	struct node **at, *n;
	size_t i = 0;

	while (i < end) {
		hash = component(path, &i, hash);
		n = *(at = find(p, path, i, hash));
		if (path[i] == '\0')
			n->at--;
		else
			n->below--;
		if (n->at > 0 || n->below > 0)
			continue;
		*at = n->next;
		free(n);
	}
}

int
paths_add(struct paths *p, const char *path, void *owner)
{
	uint64_t hash = HASH_BEGIN;
	struct node *n;
	size_t i = 0, done = 0;

	do {
		hash = component(path, &i, hash);
		if ((n = have(p, path, i, hash)) == NULL) {
			uncount(p, path, done);
			return -1;
		}
		done = i;
		if (path[i] != '\0')
			n->below++;
	} while (path[i] != '\0');
	n->at++;
	n->owner = owner;
	p->n++;
	return 0;
}

void
paths_del(struct paths *p, const char *path)
{
	uncount(p, path, strlen(path));
	p->n--;
}

bool
paths_meet(const struct paths *p, const char *path)
{
	uint64_t hash = HASH_BEGIN;
	struct node *n;
	size_t i = 0;

	if (p->n == 0)
		return false;
	do {
		hash = component(path, &i, hash);
		n = *find(p, path, i, hash);
		if (n == NULL)
			return false;
		if (n->at > 0)
			return true;
	} while (path[i] != '\0');
	return true;
}

void *
paths_owner(const struct paths *p, const char *path)
{
	uint64_t hash = HASH_BEGIN;
	struct node *n;
	size_t i = 0;

	if (p->n == 0)
		return NULL;
	do
		hash = component(path, &i, hash);
	while (path[i] != '\0');
	n = *find(p, path, i, hash);
	return n != NULL && n->at > 0 ? n->owner : NULL;
}
