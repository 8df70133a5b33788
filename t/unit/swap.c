/*
 * swap A B
 *
 * Exchange two names again and again until SIGTERM; prints how often.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t over;

static void
on_term(int signum)
{
	(void)signum;
	over = 1;
}

int
main(int argc, char **argv)
{
	unsigned long n = 0;

	if (argc != 3)
		return 64;
	signal(SIGTERM, on_term);
	/* An even number, so that both are where they were. */
	while (!over || n % 2 != 0) {
		if (renameat2(AT_FDCWD, argv[1], AT_FDCWD, argv[2],
		    RENAME_EXCHANGE) == -1) {
			perror(argv[1]);
			return 1;
		}
		n++;
	}
	printf("%lu\n", n);
	return 0;
}
