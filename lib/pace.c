/* Who moves bulk data. */
#include "pace.h"

#define LATELY		(200 * INT64_C(1000000))	/* ns */
#define QUICK	(50 * INT64_C(1000000))		/* ns for a slice */
#define CAREFUL	(100 * INT64_C(1000000))	/* ns after a slow one */

bool
rask_pace_inline(const struct rask_pace *p, int64_t now)
{
	return now >= p->busy && now >= p->slow;
}

void
rask_pace_live(struct rask_pace *p, int64_t now)
{
	p->busy = now + LATELY;
}

void
rask_pace_took(struct rask_pace *p, int64_t from, int64_t to)
{
	if (to - from > QUICK)
		p->slow = to + CAREFUL;
}
