/*
 * reader PATH SIZE...
 *
 * Read a file, or all files of a directory, again and again until SIGTERM.
 * Each must have one of the sizes and be of one byte throughout: what is put
 * in place in one step never shows anything else.  Prints how often it read;
 * exit status 1 after a line that says what was seen.
 */
#include <sys/stat.h>

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t over;
static unsigned long reads;
static char *const *sizes;	/* of the command line */

static void
on_term(int signum)
{
	(void)signum;
	over = 1;
}

static void
complain(const char *path, const char *what, long long n)
{
	printf("%s: %s %lld\n", path, what, n);
	exit(1);
}

/* Is this one of the sizes? */
static int
allowed(long long size)
{
	int i;

	for (i = 0; sizes[i] != NULL; i++)
		if (atoll(sizes[i]) == size)
			return 1;
	return 0;
}

/* Read one file through one descriptor. */
static void
check(int dir, const char *path)
{
	static char buf[256 * 1024];
	struct stat st;
	long long at = 0;
	ssize_t n, i;
	char first = 0;
	int fd;

	if ((fd = openat(dir, path, O_RDONLY | O_NOFOLLOW)) == -1)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode)) {
		if (!allowed(st.st_size))
			complain(path, "size", st.st_size);
		while ((n = read(fd, buf, sizeof(buf))) > 0) {
			first = at == 0 ? buf[0] : first;
			for (i = 0; i < n; i++)
				if (buf[i] != first)
					complain(path, "a mix at", at + i);
			at += n;
		}
		if (at != st.st_size)
			complain(path, "ends at", at);
		reads++;
	}
	close(fd);
}

static void
check_all(const char *path)
{
	struct dirent *de;
	DIR *d;

	if ((d = opendir(path)) == NULL) {
		check(AT_FDCWD, path);
		return;
	}
	while ((de = readdir(d)) != NULL)
		if (de->d_name[0] != '.')
			check(dirfd(d), de->d_name);
	closedir(d);
}

int
main(int argc, char **argv)
{
	if (argc < 3)
		return 64;
	sizes = argv + 2;
	signal(SIGTERM, on_term);
	while (!over)
		check_all(argv[1]);
	printf("%lu\n", reads);
	return 0;
}
