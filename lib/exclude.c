/* Names to be left out of a tree. */
#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "exclude.h"
#include "path.h"

struct pattern {
	struct pattern *next;	/* added before */
	bool whole;		/* matched with the path, not the name */
	char glob[];		/* without slashes at its ends */
};

struct rask_exclude {
	struct pattern *first;	/* the latest added */
};

struct rask_exclude *
rask_exclude_new(void)
{
	return calloc(1, sizeof(struct rask_exclude));
}

void
rask_exclude_free(struct rask_exclude *x)
{
	struct pattern *p;

	if (x == NULL)
		return;
	while ((p = x->first) != NULL) {
		x->first = p->next;
		free(p);
	}
	free(x);
}

int
rask_exclude_add(struct rask_exclude *x, const char *glob)
{
	struct pattern *p;
	size_t n = strlen(glob);
	bool whole;

	while (n > 0 && glob[n - 1] == '/')
		n--;
	whole = memchr(glob, '/', n) != NULL;
	for (; n > 0 && *glob == '/'; n--)
		glob++;
	if (n == 0) {
		errno = EINVAL;
		return -1;
	}
	if ((p = malloc(sizeof(*p) + n + 1)) == NULL)
		return -1;
	p->whole = whole;
	memcpy(p->glob, glob, n);
	p->glob[n] = '\0';
	p->next = x->first;
	x->first = p;
	return 0;
}

bool
rask_exclude_match(const struct rask_exclude *x, const char *path)
{
	const char *name = rask_path_base(path);
	const struct pattern *p;

	if (x == NULL)
		return false;
	for (p = x->first; p != NULL; p = p->next)
		if (fnmatch(p->glob, p->whole ? path : name,
		    p->whole ? FNM_PATHNAME : 0) == 0)
			return true;
	return false;
}
