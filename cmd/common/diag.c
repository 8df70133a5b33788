/* Messages on stderr, and what all mains need for their options. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include "diag.h"

static struct {
	const char *name;	/* the program's */
	int level;		/* least important priority that is printed */
	int journal;		/* stderr goes there */
	char last[1024];	/* the latest message */
	unsigned long again;	/* how often it came since it was printed */
	unsigned long next;	/* count at which it is told */
} self = { "rask", LOG_INFO, 0, "", 0, 10 };

void
diag_init(const char *name)
{
	self.name = name;
	self.journal = getenv("JOURNAL_STREAM") != NULL && !isatty(2);
}

void
diag_level(int prio)
{
	self.level = prio;
}

/* A path may hold anything: leave nothing that forges or moves lines. */
static void
clean(char *s)
{
	for (; *s != '\0'; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			*s = '?';
}

/* Write one line at once, so that programs which share stderr do not mix. */
static void
emit(int prio, const char *msg)
{
	char line[1200];
	int n;

	n = self.journal ?
	    snprintf(line, sizeof(line), "<%d>%s: %s\n", prio, self.name, msg) :
	    snprintf(line, sizeof(line), "%s: %s\n", self.name, msg);
	if (n > 0 && write(2, line, (size_t)n) == -1)
		return;		/* there is nowhere left to say so */
}

void
diag(int prio, const char *fmt, ...)
{
	char msg[1024], more[64];
	va_list ap;

	if (prio > self.level)
		return;
	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	clean(msg);
	if (strcmp(msg, self.last) == 0) {
		if (++self.again < self.next)
			return;
		self.next *= 10;
	} else if (self.again > 0 && self.again != self.next / 10) {
		snprintf(more, sizeof(more), "the last message came %lu times",
		    self.again + 1);
		emit(prio, more);
	}
	if (strcmp(msg, self.last) != 0) {
		self.again = 0;
		self.next = 10;
		memcpy(self.last, msg, sizeof(msg));
		emit(prio, msg);
	} else {
		snprintf(more, sizeof(more), " (%lu times)", self.again);
		strncat(msg, more, sizeof(msg) - strlen(msg) - 1);
		emit(prio, msg);
	}
}

int
cli_number(const char *s, uint64_t max, uint64_t *n)
{
	const char *units = "KMG", *u;
	unsigned long long v;
	unsigned shift = 0;
	char *end;

	errno = 0;
	v = strtoull(s, &end, 10);
	if (*s < '0' || *s > '9') {
		errno = EINVAL;
		return -1;
	}
	if (*end != '\0' && (u = strchr(units, *end)) != NULL) {
		shift = 10 * (unsigned)(u - units + 1);
		end++;
	}
	if (*end != '\0') {
		errno = EINVAL;
		return -1;
	}
	if (errno != 0 || v > (max >> shift)) {
		errno = ERANGE;
		return -1;
	}
	*n = v << shift;
	return 0;
}

int
cli_misuse(const char *usage, const char *fmt, ...)
{
	char msg[512];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(msg, sizeof(msg), fmt, ap);
	va_end(ap);
	fprintf(stderr, "%s: %s\n%s", self.name, msg, usage);
	return EX_USAGE;
}

int
cli_bad_option(const char *usage, int c, char *const argv[])
{
	const char *what = c == ':' ? "needs a value" : "unknown option";

	if (optopt > 0 && optopt < 256)
		return cli_misuse(usage, "-%c: %s", optopt, what);
	return cli_misuse(usage, "%s: %s", argv[optind - 1], what);
}

int
cli_done(int status)
{
	if (fflush(stdout) != 0 && errno != EPIPE) {
		diag(LOG_ERR, "stdout: %s", strerror(errno));
		return EX_IOERR;
	}
	return status;
}
