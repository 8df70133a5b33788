/* A library to be preloaded: time(2) is two days ahead. */
#include <time.h>

time_t
time(time_t *to)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	ts.tv_sec += 2 * 24 * 60 * 60;
	if (to != NULL)
		*to = ts.tv_sec;
	return ts.tv_sec;
}
