#ifndef DIAG_H
#define DIAG_H

#include <stdint.h>
#include <syslog.h>

/*
 * What a program says on stderr: 'PROGRAM: MESSAGE', a line each, with an
 * '<N>' priority when stderr goes to the journal (JOURNAL_STREAM).  A message
 * that repeats the one before is counted and told at its 10th, 100th, ... time
 * and when another one comes.
 */

/* Say once, first thing in main, who speaks; name is kept. */
void diag_init(const char *name);

/* Leave out what is below this priority (LOG_NOTICE with -q, say). */
void diag_level(int prio);

/* Say something; prio is LOG_ERR, LOG_WARNING, LOG_NOTICE or LOG_INFO. */
void diag(int prio, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * A number with an optional K, M or G (powers of 1024) for an option.
 * Returns: 0, or -1 with EINVAL or ERANGE.
 */
int cli_number(const char *s, uint64_t max, uint64_t *n);

/*
 * The text after an option error: one line saying what, then the usage.
 * Returns: EX_USAGE, for main to return.
 */
int cli_misuse(const char *usage, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * What getopt_long(3) did not know: c is '?' or ':'.  Returns: EX_USAGE.
 */
int cli_bad_option(const char *usage, int c, char *const argv[]);

/*
 * The end of main: stdout is flushed and its errors count.
 * Returns: status, or EX_IOERR when stdout could not be written.
 */
int cli_done(int status);

#endif
