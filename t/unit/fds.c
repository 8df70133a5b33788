/*
 * fds listen PORT|PATH CMD...	run CMD as systemd would a socket's service
 * fds pass FD CMD...		the same, but what is passed is this descriptor
 * fds modes FILE CMD...	run CMD, then note in FILE which of 0, 1 and 2
 *				are nonblocking; SIGTERM goes to CMD
 * fds notify PATH		be a supervisor: print one message
 */
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void
fail(const char *what)
{
	perror(what);
	exit(2);
}

/* Give fd to CMD as the first socket that systemd passes. */
static void
pass(int fd, char **cmd)
{
	char self[16];

	if (fd != 3 && dup2(fd, 3) == -1)
		fail("dup2");
	snprintf(self, sizeof(self), "%d", (int)getpid());
	setenv("LISTEN_PID", self, 1);
	setenv("LISTEN_FDS", "1", 1);
	execvp(cmd[0], cmd);
	fail(cmd[0]);
}

static int
unix_socket(const char *path, int type)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd;

	strncpy(un.sun_path, path, sizeof(un.sun_path) - 1);
	if ((fd = socket(AF_UNIX, type, 0)) == -1 ||
	    bind(fd, (void *)&un, sizeof(un)) == -1)
		fail(path);
	return fd;
}

static int
tcp_socket(const char *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	int fd;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	in.sin_port = htons((unsigned short)atoi(port));
	if ((fd = socket(AF_INET, SOCK_STREAM, 0)) == -1 ||
	    bind(fd, (void *)&in, sizeof(in)) == -1)
		fail(port);
	return fd;
}

static pid_t pid;	/* of the command */

static void
on_term(int signum)
{
	kill(pid, signum);
}

/* Run a command and look what it has left. */
static int
modes(const char *file, char **cmd)
{
	int i, st = 0;
	FILE *f;

	if ((pid = fork()) == 0) {
		execvp(cmd[0], cmd);
		fail(cmd[0]);
	}
	signal(SIGTERM, on_term);
	waitpid(pid, &st, 0);
	if ((f = fopen(file, "w")) == NULL)
		fail(file);
	for (i = 0; i < 3; i++)
		fprintf(f, "%d %s\n", i, fcntl(i, F_GETFL) & O_NONBLOCK ?
		    "nonblocking" : "blocking");
	fclose(f);
	return WIFEXITED(st) ? WEXITSTATUS(st) : 128 + WTERMSIG(st);
}

int
main(int argc, char **argv)
{
	char buf[256];
	ssize_t n;
	int fd;

	if (argc < 3)
		return 64;
	if (strcmp(argv[1], "modes") == 0)
		return modes(argv[2], argv + 3);
	if (strcmp(argv[1], "pass") == 0)
		pass(atoi(argv[2]), argv + 3);
	if (strcmp(argv[1], "listen") == 0) {
		fd = strchr(argv[2], '/') != NULL ?
		    unix_socket(argv[2], SOCK_STREAM) : tcp_socket(argv[2]);
		listen(fd, 16);
		pass(fd, argv + 3);
	}
	fd = unix_socket(argv[2], SOCK_DGRAM);
	if ((n = recv(fd, buf, sizeof(buf), 0)) == -1)
		fail("recv");
	printf("%.*s\n", (int)n, buf);
	return 0;
}
