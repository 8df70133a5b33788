/*
 * A library to be preloaded: it holds a call until a test says go.
 *
 *	SLOW_RENAME=exchange:FILE	renameat2(2) with RENAME_EXCHANGE
 *	SLOW_RENAME=out:FILE		renameat(2)
 *	SLOW_RENAME=chmod:FILE		chmod(2) and fchmodat(2)
 *
 * FILE.here is made when the call comes; it goes on when FILE.go exists, or
 * after 20 seconds.
 */
#include <sys/stat.h>

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Wait if it is this one that is to be held. */
static void
hold(const char *which)
{
	const char *s = getenv("SLOW_RENAME");
	char file[512];
	int i;

	if (s == NULL || strncmp(s, which, strlen(which)) != 0)
		return;
	snprintf(file, sizeof(file), "%s.here", s + strlen(which) + 1);
	close(open(file, O_WRONLY | O_CREAT, 0600));
	snprintf(file, sizeof(file), "%s.go", s + strlen(which) + 1);
	for (i = 0; i < 2000 && access(file, F_OK) == -1; i++)
		usleep(10000);
}

int
renameat2(int d, const char *p, int d2, const char *p2, unsigned flags)
{
	/* Not the one that only looks whether it works. */
	if (flags == RENAME_EXCHANGE && strcmp(p, "probe") != 0)
		hold("exchange");
	return ((__typeof__(&renameat2))dlsym(RTLD_NEXT, "renameat2"))(d, p,
	    d2, p2, flags);
}

int
renameat(int d, const char *p, int d2, const char *p2)
{
	hold("out");
	return ((__typeof__(&renameat))dlsym(RTLD_NEXT, "renameat"))(d, p, d2,
	    p2);
}

int
chmod(const char *p, mode_t mode)
{
	hold("chmod");
	return ((__typeof__(&chmod))dlsym(RTLD_NEXT, "chmod"))(p, mode);
}

int
fchmodat(int d, const char *p, mode_t mode, int flags)
{
	hold("chmod");
	return ((__typeof__(&fchmodat))dlsym(RTLD_NEXT, "fchmodat"))(d, p,
	    mode, flags);
}
