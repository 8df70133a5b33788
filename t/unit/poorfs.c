/*
 * A library to be preloaded: the filesystem lacks what LACK names, with colons
 * between: tmpfile (O_TMPFILE), exchange and noreplace (of renameat2(2)).
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
lacks(const char *what)
{
	const char *s = getenv("LACK");

	return s != NULL && strstr(s, what) != NULL;
}

int
renameat2(int d, const char *p, int d2, const char *p2, unsigned flags)
{
	if (((flags & RENAME_EXCHANGE) != 0 && lacks("exchange")) ||
	    ((flags & RENAME_NOREPLACE) != 0 && lacks("noreplace"))) {
		errno = EINVAL;
		return -1;
	}
	return ((__typeof__(&renameat2))dlsym(RTLD_NEXT, "renameat2"))(d, p,
	    d2, p2, flags);
}

int
openat(int d, const char *p, int flags, ...)
{
	va_list ap;
	mode_t m;

	va_start(ap, flags);
	m = va_arg(ap, mode_t);
	va_end(ap);
	if ((flags & O_TMPFILE) == O_TMPFILE && lacks("tmpfile")) {
		errno = EOPNOTSUPP;
		return -1;
	}
	return ((__typeof__(&openat))dlsym(RTLD_NEXT, "openat"))(d, p, flags,
	    m);
}
