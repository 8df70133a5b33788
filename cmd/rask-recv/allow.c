/* Who may connect. */
#include "recv.h"

int
allow_check(const struct opts *o, const struct rask_sockaddr *sa)
{
	unsigned i;
	int r, worst = 0;

	if (o->open || (o->n_allow == 0 && rask_addr_local(sa)))
		return 1;
	for (i = 0; i < o->n_allow; i++) {
		if ((r = rask_addr_match(sa, o->allow[i])) == 1)
			return 1;
		if (r == -1)
			worst = -1;
	}
	return sa->a.any.sa_family == AF_UNIX ? 1 : worst;
}
