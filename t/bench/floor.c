/*
 * floor: the least program that could replicate a directory, the yardstick
 * of t/bench/run.
 *
 *	floor recv PORT DEST
 *	floor send HOST PORT SRC
 *
 * One process a side, one TCP connection, one file after another: what
 * inotify names as closed after writing or moved into SRC is read, sent with
 * a small header, written to DEST/.floor.tmp and renamed into place.  SRC is
 * flat.  No name is checked, nothing is hashed and nothing is remembered: a
 * lower bound of the work, and no program for anybody's data.
 *
 * The receiver listens on 127.0.0.1 (port 0: the kernel chooses), prints
 * "# listening ADDR:PORT" and ends with its one connection.
 */
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

/*
 * Over loopback into ext4, with a file of 2 GiB, read(2) and write(2) of
 * 1 MiB were at least as fast as sendfile(2) with any size, and 1.2 times as
 * fast as read(2) and write(2) of 256 KiB, 1.6 times as 64 KiB.
 */
#define BUFSIZE		(1024 * 1024)
#define TMPNAME		".floor.tmp"

/* What precedes each file; both ends are of one machine, hence no byte order */
struct head {
	uint64_t	size;		/* bytes of content */
	uint32_t	namelen;	/* bytes, 1 to NAME_MAX, no NUL */
	uint32_t	spare;		/* 0 */
};

/* The receiver's input: what was read and not taken is buf[pos, end) */
struct input {
	int	 fd;		/* the connection */
	char	*buf;		/* BUFSIZE bytes */
	size_t	 pos;		/* <= end */
	size_t	 end;		/* <= BUFSIZE */
};

static _Noreturn void
usage(void)
{
	fprintf(stderr, "usage: floor recv PORT DEST\n"
	    "       floor send HOST PORT SRC\n");
	exit(EX_USAGE);
}

/* A page-aligned buffer */
static char *
newbuf(void)
{
	void *p;

	if ((errno = posix_memalign(&p, 4096, BUFSIZE)) != 0)
		err(EX_OSERR, "buffer");
	return p;
}

/* Write all of it */
static void
writeall(int fd, const char *p, size_t n)
{
	ssize_t k;

	while (n > 0) {
		k = write(fd, p, n);
		if (k == -1)
			err(EX_IOERR, "write");
		p += k;
		n -= (size_t)k;
	}
}

/* Read more into an input that is empty; 0 at the end of the connection */
static int
fill(struct input *in)
{
	ssize_t k;

	k = read(in->fd, in->buf, BUFSIZE);
	if (k == -1)
		err(EX_IOERR, "read");
	in->pos = 0;
	in->end = (size_t)k;
	return k > 0;
}

/* Take n bytes out of the input; 0 when it ends before the first */
static int
take(struct input *in, void *p, size_t n)
{
	char *q = p;
	size_t k;

	while (n > 0) {
		if (in->pos == in->end && !fill(in)) {
			if (q != p)
				errx(EX_PROTOCOL, "connection broke");
			return 0;
		}
		k = in->end - in->pos;
		if (k > n)
			k = n;
		memcpy(q, in->buf + in->pos, k);
		in->pos += k;
		q += k;
		n -= k;
	}
	return 1;
}

/* Receive one file; 0 at the end of the connection */
static int
recvfile(struct input *in)
{
	struct head h;
	char name[NAME_MAX + 1];
	size_t k;
	int fd;

	if (!take(in, &h, sizeof(h)))
		return 0;
	if (h.namelen == 0 || h.namelen > NAME_MAX)
		errx(EX_PROTOCOL, "name of %u bytes", (unsigned)h.namelen);
	if (!take(in, name, h.namelen))
		errx(EX_PROTOCOL, "connection broke");
	name[h.namelen] = '\0';
	fd = open(TMPNAME, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd == -1)
		err(EX_CANTCREAT, TMPNAME);
	for (; h.size > 0; h.size -= k) {
		if (in->pos == in->end && !fill(in))
			errx(EX_PROTOCOL, "connection broke in %s", name);
		k = in->end - in->pos;
		if (k > h.size)
			k = (size_t)h.size;
		writeall(fd, in->buf + in->pos, k);
		in->pos += k;
	}
	if (close(fd) == -1 || rename(TMPNAME, name) == -1)
		err(EX_CANTCREAT, "%s", name);
	return 1;
}

static int
receive(const char *port, const char *dest)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct input in = { .buf = newbuf() };
	socklen_t len = sizeof(sin);
	int l, one = 1;

	if (chdir(dest) == -1)
		err(EX_NOINPUT, "%s", dest);
	sin.sin_port = htons((uint16_t)atoi(port));
	sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if ((l = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1 ||
	    setsockopt(l, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == -1 ||
	    bind(l, (struct sockaddr *)&sin, sizeof(sin)) == -1 ||
	    listen(l, 1) == -1 ||
	    getsockname(l, (struct sockaddr *)&sin, &len) == -1)
		err(EX_UNAVAILABLE, "port %s", port);
	printf("# listening 127.0.0.1:%d\n", ntohs(sin.sin_port));
	if (fflush(stdout) == EOF)
		err(EX_IOERR, "stdout");
	if ((in.fd = accept(l, NULL, NULL)) == -1)
		err(EX_UNAVAILABLE, "accept");
	while (recvfile(&in))
		continue;
	free(in.buf);
	return 0;
}

/* Connect to the receiver */
static int
dial(const char *host, const char *port)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *ai;
	int e, s, one = 1;

	if ((e = getaddrinfo(host, port, &hints, &ai)) != 0)
		errx(EX_NOHOST, "%s: %s", host, gai_strerror(e));
	s = socket(ai->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (s == -1 || connect(s, ai->ai_addr, ai->ai_addrlen) == -1 ||
	    setsockopt(s, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == -1)
		err(EX_UNAVAILABLE, "%s:%s", host, port);
	freeaddrinfo(ai);
	return s;
}

/* Send one file, a small one in a single write(2); what is gone is skipped */
static void
sendfile1(int s, const char *name, char *buf)
{
	struct head h = { .namelen = (uint32_t)strlen(name) };
	struct stat st;
	size_t used = sizeof(h) + h.namelen, want;
	ssize_t k;
	int fd;

	if ((fd = open(name, O_RDONLY | O_CLOEXEC)) == -1)
		return;
	if (fstat(fd, &st) == -1)
		err(EX_IOERR, "%s", name);
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return;
	}
	h.size = (uint64_t)st.st_size;
	memcpy(buf, &h, sizeof(h));
	memcpy(buf + sizeof(h), name, h.namelen);
	do {
		want = BUFSIZE - used;
		if (want > h.size)
			want = (size_t)h.size;
		k = want > 0 ? read(fd, buf + used, want) : 0;
		if (k == -1 || (k == 0 && want > 0))
			errx(EX_IOERR, "%s: cannot be read, or shrank", name);
		writeall(s, buf, used + (size_t)k);
		h.size -= (uint64_t)k;
		used = 0;
	} while (h.size > 0);
	close(fd);
}

static int
send_all(const char *host, const char *port, const char *src)
{
	_Alignas(struct inotify_event) char ev[65536];
	const struct inotify_event *e;
	char *buf = newbuf(), *p;
	ssize_t n;
	int in, s;

	if (chdir(src) == -1)
		err(EX_NOINPUT, "%s", src);
	if ((in = inotify_init1(IN_CLOEXEC)) == -1 ||
	    inotify_add_watch(in, ".", IN_CLOSE_WRITE | IN_MOVED_TO) == -1)
		err(EX_OSERR, "inotify");
	s = dial(host, port);
	while ((n = read(in, ev, sizeof(ev))) > 0)
		for (p = ev; p < ev + n; p += sizeof(*e) + e->len) {
			e = (const struct inotify_event *)(void *)p;
			if (e->mask & IN_Q_OVERFLOW)
				errx(EX_SOFTWARE, "events were lost");
			if (e->len > 0)
				sendfile1(s, e->name, buf);
		}
	err(EX_IOERR, "inotify");
}

int
main(int argc, char **argv)
{
	if (signal(SIGPIPE, SIG_IGN) == SIG_ERR)
		err(EX_OSERR, "signal");
	if (argc == 4 && strcmp(argv[1], "recv") == 0)
		return receive(argv[2], argv[3]);
	if (argc == 5 && strcmp(argv[1], "send") == 0)
		return send_all(argv[2], argv[3], argv[4]);
	usage();
}
