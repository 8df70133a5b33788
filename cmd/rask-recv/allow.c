/* Who may connect. */
#include <string.h>

#include "recv.h"

bool
allow_sane(const char *rule)
{
	struct rask_sockaddr any;
	struct rask_addr a;

	if (strchr(rule, '/') == NULL)
		return rask_addr_parse(&a, rule) == 0 && a.path[0] == '\0' &&
		    a.host[0] != '\0';
	memset(&any, 0, sizeof(any));
	any.a.in.sin_family = AF_INET;
	any.len = sizeof(any.a.in);
	return rask_addr_match(&any, rule) != -1;
}

bool
allow_check(const struct opts *o, const struct rask_sockaddr *sa)
{
	unsigned i;

	if (o->open || sa->a.any.sa_family == AF_UNIX ||
	    (o->n_allow == 0 && rask_addr_local(sa)))
		return true;
	for (i = 0; i < o->n_allow; i++)
		if (rask_addr_match(sa, o->allow[i]) == 1)
			return true;
	return false;
}
