/*
 * ixflip DIR EVERY FIRST CMD...: flip one bit after the other of the store in
 * DIR, those whose number is FIRST and each EVERY-th behind it, in all of its
 * files but lock and sock; run the command; flip it back.
 *
 * The command has to end with 1 and to name the file on stderr.  (A page is
 * `of the state'.)  What it does else is printed; the exit status is 1 then.
 *
 * ixflip FILE BIT: flip one bit.
 */
#include <sys/stat.h>
#include <sys/wait.h>

#include <dirent.h>
#include <err.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS	10	/* more is a hang */

/* Flip a bit of a file. */
static void
flip(int fd, uint64_t bit)
{
	unsigned char b;

	if (pread(fd, &b, 1, (off_t)(bit / 8)) != 1)
		err(2, "read");
	b ^= (unsigned char)(1 << bit % 8);
	if (pwrite(fd, &b, 1, (off_t)(bit / 8)) != 1)
		err(2, "write");
}

/* Run the command.  Returns: its status; what it said is in `said'. */
static int
run(char **cmd, char said[4096])
{
	size_t len = 0;
	ssize_t n;
	int p[2], status;
	pid_t pid;

	if (pipe(p) == -1 || (pid = fork()) == -1)
		err(2, "fork");
	if (pid == 0) {
		dup2(p[1], 2);
		close(p[0]);
		close(p[1]);
		alarm(SECONDS);
		execvp(cmd[0], cmd);
		_exit(127);
	}
	close(p[1]);
	while (len < 4095 && (n = read(p[0], said + len, 4095 - len)) > 0)
		len += (size_t)n;
	said[len] = '\0';
	close(p[0]);
	if (waitpid(pid, &status, 0) == -1)
		err(2, "wait");
	return WIFEXITED(status) ? WEXITSTATUS(status) :
	    128 + WTERMSIG(status);
}

/* Go through a file.  Returns: how many flips went wrong. */
static unsigned
go_through(const char *dir, const char *name, uint64_t every, uint64_t *skip,
    char **cmd)
{
	char path[4096], said[4096];
	unsigned bad = 0;
	struct stat st;
	uint64_t bit;
	int fd, status;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	if ((fd = open(path, O_RDWR)) == -1 || fstat(fd, &st) == -1)
		err(2, "%s", path);
	for (bit = *skip; bit < (uint64_t)st.st_size * 8; bit += every) {
		flip(fd, bit);
		status = run(cmd, said);
		flip(fd, bit);
		if (status == 1 && strstr(said, name) != NULL)
			continue;
		bad++;
		printf("%s: bit %llu of byte %llu: status %d: %s\n", name,
		    (unsigned long long)bit % 8, (unsigned long long)bit / 8,
		    status, said);
	}
	*skip = bit - (uint64_t)st.st_size * 8;
	close(fd);
	return bad;
}

/* The store's files but lock and sock. */
static int
is_ours(const struct dirent *e)
{
	return e->d_name[0] != '.' && strcmp(e->d_name, "lock") != 0 &&
	    strcmp(e->d_name, "sock") != 0;
}

int
main(int argc, char **argv)
{
	static struct dirent **list;	/* until the end */
	uint64_t skip;
	unsigned bad = 0;
	int fd, i, n;

	if (argc == 3) {
		if ((fd = open(argv[1], O_RDWR)) == -1)
			err(2, "%s", argv[1]);
		flip(fd, strtoull(argv[2], NULL, 10));
		return 0;
	}
	if (argc < 5)
		errx(64, "usage: ixflip DIR EVERY FIRST CMD... | FILE BIT");
	skip = strtoull(argv[3], NULL, 10);
	if ((n = scandir(argv[1], &list, is_ours, alphasort)) == -1)
		err(2, "%s", argv[1]);
	for (i = 0; i < n; i++)
		bad += go_through(argv[1], list[i]->d_name,
		    strtoull(argv[2], NULL, 10), &skip, argv + 4);
	return bad > 0;
}
