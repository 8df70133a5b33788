/* The harness of the unit tests. */
#include <sys/wait.h>

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

void
unit_fail(const char *file, int line, const char *expr, const char *what)
{
	fprintf(stderr, "%s:%d: %s", file, line, expr);
	if (what != NULL)
		fprintf(stderr, ", with '%s'", what);
	fputc('\n', stderr);
	exit(1);
}

void
unit_fail_seed(const char *file, int line, const char *expr, uint64_t seed)
{
	char what[40];

	snprintf(what, sizeof(what), "seed %" PRIu64, seed);
	unit_fail(file, line, expr, what);
}

uint64_t
unit_random(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

size_t
unit_below(uint64_t *state, size_t n)
{
	return (size_t)(unit_random(state) % n);
}

FILE *
unit_vectors(const char *name)
{
	const char *dir = getenv("RASK_VECTORS");
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir ? dir : "t/vectors", name);
	if ((f = fopen(path, "r")) == NULL)
		unit_fail(__FILE__, __LINE__, "fopen", path);
	return f;
}

long
unit_line(FILE *f, char **line, size_t *cap)
{
	ssize_t n = getline(line, cap, f);

	if (n > 0 && (*line)[n - 1] == '\n')
		(*line)[--n] = '\0';
	return n;
}

/* Run one test in a process of its own, so that a crash ends only that. */
static bool
holds(const struct unit *u)
{
	int status;
	pid_t pid;

	fflush(NULL);
	if ((pid = fork()) == -1)
		return false;
	if (pid == 0) {
		u->run();
		exit(0);
	}
	if (waitpid(pid, &status, 0) == -1)
		return false;
	if (WIFSIGNALED(status))
		printf("crashed, signal %d: %s\n", WTERMSIG(status), u->title);
	else if (WEXITSTATUS(status) != 0)
		printf("does not hold: %s\n", u->title);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int
unit_main(int argc, char **argv, const struct unit *tests, size_t n)
{
	size_t i, bad = 0;

	if (argc == 1) {
		for (i = 0; i < n; i++)
			bad += !holds(&tests[i]);
		printf("%zu of %zu hold\n", n - bad, n);
		return bad > 0;
	}
	if (strcmp(argv[1], "list") == 0) {
		for (i = 0; i < n; i++)
			printf("%zu\t%s\n", i + 1, tests[i].title);
		return 0;
	}
	i = strtoul(argv[1], NULL, 10);
	if (i < 1 || i > n) {
		fprintf(stderr, "usage: %s [list | 1..%zu]\n", argv[0], n);
		return 64;
	}
	tests[i - 1].run();
	return 0;
}
