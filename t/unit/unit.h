#ifndef UNIT_H
#define UNIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/*
 * A unit test program is a table of tests and unit_main():
 *
 *	PROG		run all, each in a process; print those that fail
 *	PROG list	print the titles, numbered from 1
 *	PROG N		run the N-th in this process
 *
 * Exit status: 0, or 1 after a failure, whose place and expression are on
 * stderr.
 */
struct unit {
	const char *title;	/* a sentence of the specification */
	void (*run)(void);	/* returns only if it holds */
};

int unit_main(int argc, char **argv, const struct unit *tests, size_t n);

#define UNIT_MAIN(tests) \
int \
main(int argc, char **argv) \
{ \
	return unit_main(argc, argv, tests, sizeof(tests) / sizeof(tests[0])); \
}

/* End the test unless e holds. */
#define CHECK(e) \
	((e) ? (void)0 : unit_fail(__FILE__, __LINE__, #e, NULL))

/* The same, naming the input or the seed that broke it. */
#define CHECK_FOR(what, e) \
	((e) ? (void)0 : unit_fail(__FILE__, __LINE__, #e, what))
#define CHECK_SEED(seed, e) \
	((e) ? (void)0 : unit_fail_seed(__FILE__, __LINE__, #e, seed))

void unit_fail(const char *file, int line, const char *expr, const char *what)
    __attribute__((noreturn));
void unit_fail_seed(const char *file, int line, const char *expr,
    uint64_t seed) __attribute__((noreturn));

/* The next number of a sequence that its seed determines (splitmix64). */
uint64_t unit_random(uint64_t *state);

/* The next number below n, which is at least 1. */
size_t unit_below(uint64_t *state, size_t n);

/* Open a golden vector; its directory is $RASK_VECTORS or t/vectors. */
FILE *unit_vectors(const char *name);

/*
 * Read a line without its LF, any bytes and a NUL, into *line (as getline(3)
 * does).  Returns: its bytes, or -1 at the end.
 */
long unit_line(FILE *f, char **line, size_t *cap);

#endif
