/*
 * rawpeer ADDR		speak to a receiver at a port or a Unix socket
 * rawpeer -e CMD	speak to a command
 * rawpeer -l ADDR [N]	be the receiver of N connections, one unless told
 * rawpeer -t ADDR	once for each byte of the script, ending before it
 * rawpeer -m N ADDR	N times, each with some bytes changed at random
 * rawpeer -x N ADDR	N connections at once that say nothing
 *
 * The script is on stdin: the lines of rawframes.h, and
 *
 *	wait TEXT	until a line that begins so has been printed, 10 s
 *	acked LEVEL N	until change N has been acked as visible or durable
 *	until FILE	wait until the file exists
 *	tell FILE	make it
 *	refuse_all CODE	refuse every PUT, as long as the other side is there
 *	reset		end the connection at once, with a reset
 *
 * What comes back is printed, a frame a line; at the end of the script the
 * sending side is shut and the rest read: then comes EOF, RESET or TIMEOUT.
 * STUCK says that the other side has not taken a byte for two seconds.  -t, -m
 * and -x print one line for all.  Exit status: 1 after a wait without end.
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "rawpeer.h"

#define LINES		1024	/* lines in a script */

static char *script[LINES];	/* its lines, owned */
static unsigned n_lines;
static struct rask_buf seen;	/* what was printed of this connection */
static struct rask_buf in;	/* received and not yet printed */

/* Print what has come as lines, and remember them. */
static void
print_all(void)
{
	char *line;
	size_t n, len;
	FILE *f;

	do {
		if ((f = open_memstream(&line, &len)) == NULL)
			raw_fail("open_memstream");
		n = raw_print(f, rask_buf_head(&in), rask_buf_left(&in));
		fclose(f);
		fputs(line, stdout);
		/* seen is a string: its NUL is written over. */
		seen.len -= seen.len > 0;
		rask_buf_add(&seen, line, len + 1);
		rask_buf_take(&in, n);
		free(line);
	} while (n > 0);
	fflush(stdout);
}

/* Read once.  1, 0 at the end, -1 when nothing came in time. */
static int
receive(int fd, int ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	if (poll(&pfd, 1, ms) <= 0)
		return -1;
	n = read(fd, rask_buf_room(&in, 65536), 65536);
	if (n <= 0) {
		errno = n == 0 ? 0 : errno;
		return 0;
	}
	rask_buf_grew(&in, (size_t)n);
	print_all();
	return 1;
}

/* Read until the end. */
static void
drain(int fd)
{
	int r;

	shutdown(fd, SHUT_WR);
	while ((r = receive(fd, RAW_PATIENCE)) == 1)
		;
	printf("%s\n", r == -1 ? "TIMEOUT" : errno == 0 ? "EOF" : "RESET");
	fflush(stdout);
}

/* Has a line that begins so been printed? */
static bool
has_seen(const char *text)
{
	const char *p = (char *)seen.p;
	size_t n = strlen(text);

	for (; p != NULL && *p != '\0'; p = strchr(p, '\n'), p += p != NULL)
		if (strncmp(p, text, n) == 0)
			return true;
	return false;
}

/* Was this change, 'visible 3', among those that were acked? */
static bool
has_acked(const char *change)
{
	size_t n = strcspn(change, " ");
	unsigned long long id = strtoull(change + n, NULL, 0), first, last;
	const char *p = (char *)seen.p;
	int at;

	while (p != NULL && (p = strstr(p, "ACK ")) != NULL) {
		p += 4;
		if (strncmp(p, change, n) != 0)
			continue;
		for (p += n; sscanf(p, " %llu-%llu%n", &first, &last, &at) ==
		    2; p += at)
			if (id >= first && id <= last)
				return true;
	}
	return false;
}

/* Wait until has(text). */
static void
wait_for(int fd, bool (*has)(const char *), const char *text)
{
	int r = 1;

	while (!has(text) && r == 1)
		r = receive(fd, RAW_PATIENCE);
	if (has(text))
		return;
	printf("%s\nno '%s'\n", r == 0 ? "EOF" : "TIMEOUT", text);
	exit(1);
}

/* Wait until a file exists. */
static void
wait_until(const char *file)
{
	int ms;

	for (ms = 0; access(file, F_OK) == -1; ms += 10)
		if (ms > 3 * RAW_PATIENCE || usleep(10000) == -1)
			exit(1);
}

/* Refuse every PUT that comes. */
static void
refuse_all(int fd, const char *code)
{
	struct rask_buf out = { NULL, 0, 0, 0 };
	unsigned long long id, last = 0;
	const char *p;
	char line[64];

	do
		for (p = (char *)seen.p; p != NULL &&
		    (p = strstr(p, "PUT ")) != NULL; p += 4) {
			id = strtoull(p + 4, NULL, 0);
			snprintf(line, sizeof(line), "refuse %llu %s again",
			    id, code);
			if (id > last && raw_add(&out, line) == 0)
				last = id;
		}
	while (raw_send(fd, out.p, out.len), rask_buf_free(&out),
	    receive(fd, RAW_PATIENCE) == 1);
}

/* End a connection so that its other side gets a reset. */
static void
reset(int fd)
{
	struct linger none = { 1, 0 };

	setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof(none));
	close(fd);
}

/* One line of the script; false: the connection is over. */
static bool
act(int fd, const char *l)
{
	struct rask_buf out = { NULL, 0, 0, 0 };

	if (strncmp(l, "wait ", 5) == 0)
		wait_for(fd, has_seen, l + 5);
	else if (strncmp(l, "acked ", 6) == 0)
		wait_for(fd, has_acked, l + 6);
	else if (strncmp(l, "until ", 6) == 0)
		wait_until(l + 6);
	else if (strncmp(l, "tell ", 5) == 0)
		close(creat(l + 5, 0600));
	else if (strncmp(l, "refuse_all ", 11) == 0)
		refuse_all(fd, l + 11);
	else if (strcmp(l, "reset") == 0) {
		reset(fd);
		return false;
	} else if (raw_add(&out, l) == -1) {
		fprintf(stderr, "rawpeer: what is '%s'?\n", l);
		exit(64);
	}
	raw_send(fd, out.p, out.len);
	rask_buf_free(&out);
	return true;
}

/* One connection as the script says. */
static void
play(int fd)
{
	unsigned i;

	rask_buf_free(&in);
	rask_buf_free(&seen);
	for (i = 0; i < n_lines; i++)
		if (!act(fd, script[i]))
			return;
	drain(fd);
	close(fd);
}

/* The same connection, but broken, again and again. */
static void
many(const char *addr, size_t times, bool cut)
{
	struct rask_buf whole = { NULL, 0, 0, 0 };
	unsigned i;

	for (i = 0; i < n_lines; i++)
		if (raw_add(&whole, script[i]) == -1)
			exit(64);
	raw_torture(addr, &whole, times, cut);
	rask_buf_free(&whole);
}

/* Be the receiver. */
static void
serve(const char *addr, int times)
{
	struct sockaddr_storage ss;
	socklen_t len = raw_address(addr, &ss);
	int fd, c;

	if ((fd = socket(ss.ss_family, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (void *)&ss, len) == -1 || listen(fd, 8) == -1)
		raw_fail(addr);
	printf("# listening\n");
	fflush(stdout);
	while (times-- > 0) {
		if ((c = accept(fd, NULL, NULL)) == -1)
			raw_fail("accept");
		printf("# accepted\n");
		play(c);
	}
	close(fd);
}

/* Speak to a command, and tell how it ended. */
static void
command(const char *cmd)
{
	int pair[2], st;
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1 ||
	    (pid = fork()) == -1)
		raw_fail("fork");
	if (pid == 0) {
		dup2(pair[1], 0);
		dup2(pair[1], 1);
		execl("/bin/sh", "sh", "-c", cmd, (char *)NULL);
		_exit(127);
	}
	close(pair[1]);
	play(pair[0]);
	waitpid(pid, &st, 0);
	if (WIFEXITED(st))
		printf("exit %d\n", WEXITSTATUS(st));
	else
		printf("signal %d\n", WTERMSIG(st));
}

int
main(int argc, char **argv)
{
	const char *mode = argc > 2 && argv[1][0] == '-' ? argv[1] : "";
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	if (argc < 2)
		return 64;
	srand((unsigned)time(NULL) ^ (unsigned)getpid() << 12);
	signal(SIGPIPE, SIG_IGN);
	while (strcmp(mode, "-x") != 0 && n_lines < LINES &&
	    (n = getline(&line, &cap, stdin)) > 0) {
		line[strcspn(line, "\n")] = '\0';
		script[n_lines++] = strdup(line);
	}
	if (strcmp(mode, "-e") == 0)
		command(argv[2]);
	else if (strcmp(mode, "-l") == 0)
		serve(argv[2], argc > 3 ? atoi(argv[3]) : 1);
	else if (strcmp(mode, "-t") == 0)
		many(argv[2], 0, true);
	else if (strcmp(mode, "-m") == 0)
		many(argv[3], strtoul(argv[2], NULL, 0), false);
	else if (strcmp(mode, "-x") == 0)
		raw_crowd(argv[3], (unsigned)atoi(argv[2]));
	else
		play(raw_dial(argv[1]));
	free(line);
	return 0;
}
