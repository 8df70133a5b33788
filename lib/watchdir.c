/* The forest of watched directories. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "watchdir.h"

#define START	256	/* chains at first */

int
rask_wdirs_init(struct rask_wdirs *d)
{
	memset(d, 0, sizeof(*d));
	d->bywd = calloc(START, sizeof(*d->bywd));
	d->byname = calloc(START, sizeof(*d->byname));
	if (d->bywd == NULL || d->byname == NULL) {
		rask_wdirs_free(d);
		return -1;
	}
	d->size = START;
	return 0;
}

/* Free one node that nothing points to. */
static void
wdir_free(struct rask_wdir *n)
{
	free(n->handle);
	free(n->name);
	free(n);
}

void
rask_wdirs_free(struct rask_wdirs *d)
{
	struct rask_wdir *n, *next;
	size_t i;

	for (i = 0; i < d->size; i++)
		for (n = d->bywd[i]; n != NULL; n = next) {
			next = n->wnext;
			wdir_free(n);
		}
	free(d->bywd);
	free(d->byname);
	memset(d, 0, sizeof(*d));
}

/* FNV-1a over a name, started by its parent. */
static size_t
hash_name(const struct rask_wdir *up, const char *name)
{
	uint64_t h = 14695981039346656037u ^ (uint32_t)up->wd;

	for (; *name != '\0'; name++)
		h = (h ^ (unsigned char)*name) * 1099511628211u;
	return (size_t)(h ^ h >> 32);
}

/* The chain of a watch descriptor. */
static struct rask_wdir **
wd_chain(const struct rask_wdirs *d, int wd)
{
	return &d->bywd[(uint32_t)wd & (d->size - 1)];
}

/* The chain of a name in a directory. */
static struct rask_wdir **
name_chain(const struct rask_wdirs *d, const struct rask_wdir *up,
    const char *name)
{
	return &d->byname[hash_name(up, name) & (d->size - 1)];
}

/* Twice the chains; without memory they just get longer. */
static void
widen(struct rask_wdirs *d)
{
	struct rask_wdirs old = *d;
	struct rask_wdir *n, *next, **to;
	size_t i;

	d->size *= 2;
	d->bywd = calloc(d->size, sizeof(*d->bywd));
	d->byname = calloc(d->size, sizeof(*d->byname));
	if (d->bywd == NULL || d->byname == NULL) {
		free(d->bywd);
		free(d->byname);
		*d = old;
		return;
	}
	for (i = 0; i < old.size; i++)
		for (n = old.bywd[i]; n != NULL; n = next) {
			next = n->wnext;
			to = wd_chain(d, n->wd);
			n->wnext = *to;
			*to = n;
			if (n->up == NULL || n->detached)
				continue;
			to = name_chain(d, n->up, n->name);
			n->nnext = *to;
			*to = n;
		}
	free(old.bywd);
	free(old.byname);
}

/* Put a node into a list that begins at *head. */
static void
list_in(struct rask_wdir **head, struct rask_wdir *n)
{
	n->next = *head;
	n->prev = head;
	if (n->next != NULL)
		n->next->prev = &n->next;
	*head = n;
}

/* Take a node out of the list that it is in. */
static void
list_out(struct rask_wdir *n)
{
	*n->prev = n->next;
	if (n->next != NULL)
		n->next->prev = n->prev;
}

/* Make a node known to its parent. */
static void
attach(struct rask_wdirs *d, struct rask_wdir *n)
{
	struct rask_wdir **to = name_chain(d, n->up, n->name);

	n->nnext = *to;
	*to = n;
	list_in(&n->up->down, n);
}

/* Undo attach(), or take a detached node out of the list of these. */
static void
unattach(struct rask_wdirs *d, struct rask_wdir *n)
{
	struct rask_wdir **p;

	list_out(n);
	if (n->detached)
		return;
	for (p = name_chain(d, n->up, n->name); *p != n; p = &(*p)->nnext)
		;
	*p = n->nnext;
}

struct rask_wdir *
rask_wdirs_add(struct rask_wdirs *d, struct rask_wdir *up, const char *name,
    int wd, unsigned tree)
{
	struct rask_wdir *n, **to;

	if ((n = calloc(1, sizeof(*n))) == NULL ||
	    (n->name = strdup(name)) == NULL) {
		free(n);
		return NULL;
	}
	if (d->count >= d->size)
		widen(d);
	n->up = up;
	n->wd = wd;
	n->tree = tree;
	to = wd_chain(d, wd);
	n->wnext = *to;
	*to = n;
	d->count++;
	if (up != NULL)
		attach(d, n);
	return n;
}

struct rask_wdir *
rask_wdirs_wd(const struct rask_wdirs *d, int wd)
{
	struct rask_wdir *n;

	for (n = *wd_chain(d, wd); n != NULL && n->wd != wd; n = n->wnext)
		;
	return n;
}

struct rask_wdir *
rask_wdirs_child(const struct rask_wdirs *d, const struct rask_wdir *up,
    const char *name)
{
	struct rask_wdir *n;

	for (n = *name_chain(d, up, name); n != NULL; n = n->nnext)
		if (n->up == up && strcmp(n->name, name) == 0)
			break;
	return n;
}

struct rask_wdir *
rask_wdirs_find(const struct rask_wdirs *d, struct rask_wdir *top,
    const char *path)
{
	char name[RASK_NAME_MAX + 1];
	size_t n;

	while (top != NULL && *path != '\0') {
		n = strcspn(path, "/");
		if (n > RASK_NAME_MAX)
			return NULL;
		memcpy(name, path, n);
		name[n] = '\0';
		top = rask_wdirs_child(d, top, name);
		path += path[n] == '/' ? n + 1 : n;
	}
	return top;
}

void
rask_wdirs_detach(struct rask_wdirs *d, struct rask_wdir *n)
{
	if (n->detached)
		return;
	unattach(d, n);
	n->detached = true;
	list_in(&d->detached, n);
}

int
rask_wdirs_move(struct rask_wdirs *d, struct rask_wdir *n,
    struct rask_wdir *up, const char *name)
{
	char *s;

	if ((s = strdup(name)) == NULL)
		return -1;
	unattach(d, n);
	free(n->name);
	n->name = s;
	n->up = up;
	n->detached = n->left = n->unseen = false;
	attach(d, n);
	return 0;
}

/* Give the detached children of a node that goes to its parent. */
static void
inherit(struct rask_wdirs *d, const struct rask_wdir *n)
{
	struct rask_wdir *o;
	char *s;

	for (o = d->detached; o != NULL; o = o->next) {
		if (o->up != n || n->up == NULL)
			continue;
		if (asprintf(&s, "%s/%s", n->name, o->name) != -1) {
			free(o->name);
			o->name = s;
		}
		o->up = n->up;
	}
}

void
rask_wdirs_drop(struct rask_wdirs *d, struct rask_wdir *n,
    void (*fn)(void *arg, int wd), void *arg)
{
	struct rask_wdir *stop = n->up, *up, **p;
	bool whole = false;

	/* From the deepest first child upwards, one at a time. */
	while (!whole) {
		while (n->down != NULL)
			n = n->down;
		up = n->up;
		whole = up == stop;
		if (up != NULL)
			unattach(d, n);
		inherit(d, n);
		for (p = wd_chain(d, n->wd); *p != n; p = &(*p)->wnext)
			;
		*p = n->wnext;
		d->count--;
		if (fn != NULL)
			fn(arg, n->wd);
		wdir_free(n);
		n = up;
	}
}

void
rask_wdirs_sweep(struct rask_wdirs *d, uint32_t round,
    void (*fn)(void *arg, int wd), void *arg)
{
	struct rask_wdir *n;
	size_t i;

	for (i = 0; i < d->size; i++)
		for (n = d->bywd[i]; n != NULL; )
			if (n->round != round &&
			    rask_wdir_detached(d, n) == NULL) {
				rask_wdirs_drop(d, n, fn, arg);
				n = d->bywd[i];
			} else
				n = n->wnext;
}

struct rask_wdir *
rask_wdir_detached(const struct rask_wdirs *d, struct rask_wdir *n)
{
	if (d->detached == NULL)
		return NULL;
	while (n != NULL && !n->detached)
		n = n->up;
	return n;
}

int
rask_wdir_path(const struct rask_wdir *n, const char *name,
    char path[RASK_PATH_MAX + 1])
{
	char tmp[RASK_PATH_MAX + 1], *to = tmp + sizeof(tmp) - 1;
	const char *s = name;
	size_t len;

	*to = '\0';
	if (s == NULL) {
		s = n->name;
		n = n->up;
	}
	for (; s != NULL; s = n->name, n = n->up) {
		len = strlen(s);
		if (len + (*to != '\0') > (size_t)(to - tmp)) {
			path[0] = '\0';
			errno = ENAMETOOLONG;
			return -1;
		}
		if (len > 0 && *to != '\0')
			*--to = '/';
		to -= len;
		memcpy(to, s, len);
		if (n == NULL)
			break;
	}
	memcpy(path, to, (size_t)(tmp + sizeof(tmp) - to));
	return 0;
}
