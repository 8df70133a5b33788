/* Addresses as people write them, and as the kernel takes them. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addr.h"

/* Copy n bytes of s and end them; false if they do not fit. */
static bool
copy(char *to, size_t room, const char *s, size_t n)
{
	if (n >= room)
		return false;
	memcpy(to, s, n);
	to[n] = '\0';
	return true;
}

int
rask_addr_parse(struct rask_addr *a, const char *s)
{
	const char *end, *port = RASK_PORT;
	size_t n = strlen(s);

	memset(a, 0, sizeof(*a));
	if (s[0] == '/' || s[0] == '.') {
		if (copy(a->path, sizeof(a->path), s, n))
			return 0;
		goto bad;
	}
	if (s[0] == '[') {
		if ((end = strchr(++s, ']')) == NULL ||
		    (end[1] != '\0' && end[1] != ':'))
			goto bad;
		if (end[1] == ':')
			port = end + 2;
	} else if ((end = strrchr(s, ':')) == NULL) {
		end = s + n;
	} else if (strchr(s, ':') != end) {
		end = s + n;	/* a bare IPv6 number */
	} else
		port = end + 1;
	if (n == 0 || *port == '\0' ||
	    !copy(a->host, sizeof(a->host), s, (size_t)(end - s)) ||
	    !copy(a->port, sizeof(a->port), port, strlen(port)))
		goto bad;
	return 0;
bad:
	errno = EINVAL;
	return -1;
}

/* The address of a Unix socket. */
static int
resolve_unix(const struct rask_addr *a, struct rask_sockaddr *to)
{
	memset(to, 0, sizeof(*to));
	to->a.un.sun_family = AF_UNIX;
	memcpy(to->a.un.sun_path, a->path, sizeof(a->path));
	to->len = sizeof(to->a.un);
	return 1;
}

/* All addresses are one IPv6 socket that takes IPv4 too, if it exists. */
static int
family_of_all(void)
{
	int fd;

	if ((fd = socket(AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0)) == -1)
		return AF_INET;
	close(fd);
	return AF_INET6;
}

int
rask_addr_resolve(const struct rask_addr *a, bool passive,
    struct rask_sockaddr to[RASK_ADDRS], const char **why)
{
	struct addrinfo hints, *res, *ai;
	int e, n = 0;

	if (a->path[0] != '\0')
		return resolve_unix(a, to);
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_STREAM;
	hints.ai_flags = passive ? AI_PASSIVE : AI_ADDRCONFIG;
	if (passive && a->host[0] == '\0')
		hints.ai_family = family_of_all();
	e = getaddrinfo(a->host[0] ? a->host : NULL, a->port, &hints, &res);
	if (e == EAI_ADDRFAMILY || e == EAI_NONAME) {
		hints.ai_flags &= ~AI_ADDRCONFIG;
		e = getaddrinfo(a->host[0] ? a->host : NULL, a->port, &hints,
		    &res);
	}
	if (e != 0) {
		*why = gai_strerror(e);
		return -1;
	}
	for (ai = res; ai != NULL && n < RASK_ADDRS; ai = ai->ai_next) {
		if (ai->ai_addrlen > sizeof(to[n].a))
			continue;
		memset(&to[n], 0, sizeof(to[n]));
		memcpy(&to[n].a, ai->ai_addr, ai->ai_addrlen);
		to[n++].len = ai->ai_addrlen;
	}
	freeaddrinfo(res);
	if (n > 0)
		return n;
	*why = "no address";
	return -1;
}

void
rask_addr_print(const struct rask_sockaddr *sa, char *s, size_t n)
{
	char host[INET6_ADDRSTRLEN + 32], port[16];

	if (sa->a.any.sa_family == AF_UNIX) {
		snprintf(s, n, "%s", sa->len > sizeof(sa_family_t) &&
		    sa->a.un.sun_path[0] ? sa->a.un.sun_path : "(unix)");
		return;
	}
	if (getnameinfo(&sa->a.any, sa->len, host, sizeof(host), port,
	    sizeof(port), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
		snprintf(s, n, "(unknown)");
		return;
	}
	if (strncmp(host, "::ffff:", 7) == 0 && strchr(host, '.') != NULL)
		snprintf(s, n, "%s:%s", host + 7, port);
	else
		snprintf(s, n, strchr(host, ':') ? "[%s]:%s" : "%s:%s", host,
		    port);
}

/* The bytes of an address, an IPv4 one in IPv6 clothes undressed. */
static const unsigned char *
bytes_of(const struct sockaddr *sa, size_t *n)
{
	const struct sockaddr_in *in = (const void *)sa;
	const struct sockaddr_in6 *in6 = (const void *)sa;

	*n = 4;
	if (sa->sa_family == AF_INET)
		return (const unsigned char *)&in->sin_addr;
	if (sa->sa_family != AF_INET6) {
		*n = 0;
		return NULL;
	}
	if (IN6_IS_ADDR_V4MAPPED(&in6->sin6_addr))
		return in6->sin6_addr.s6_addr + 12;
	*n = 16;
	return in6->sin6_addr.s6_addr;
}

bool
rask_addr_local(const struct rask_sockaddr *sa)
{
	const unsigned char *b;
	size_t n;

	if (sa->a.any.sa_family == AF_UNIX)
		return true;
	b = bytes_of(&sa->a.any, &n);
	if (n == 4)
		return b[0] == 127;
	return n == 16 && IN6_IS_ADDR_LOOPBACK(&sa->a.in6.sin6_addr);
}

/* Do the first `bits` bits of two addresses agree? */
static bool
same_bits(const unsigned char *a, const unsigned char *b, unsigned bits)
{
	if (memcmp(a, b, bits / 8) != 0)
		return false;
	if (bits % 8 == 0)
		return true;
	return (a[bits / 8] ^ b[bits / 8]) >> (8 - bits % 8) == 0;
}

/* ADDR/BITS, taken apart. */
static int
match_net(const unsigned char *b, size_t n, const char *rule,
    const char *slash)
{
	unsigned char net[16];
	char host[64], *end;
	unsigned long bits;
	size_t len;

	bits = strtoul(slash + 1, &end, 10);
	if (*end != '\0' || end == slash + 1 || slash[1] == '-' ||
	    !copy(host, sizeof(host), rule, (size_t)(slash - rule)))
		goto bad;
	if (inet_pton(AF_INET, host, net) == 1)
		len = 4;
	else if (inet_pton(AF_INET6, host, net) == 1)
		len = 16;
	else
		goto bad;
	if (bits > len * 8)
		goto bad;
	return len == n && same_bits(b, net, (unsigned)bits);
bad:
	errno = EINVAL;
	return -1;
}

int
rask_addr_match(const struct rask_sockaddr *sa, const char *rule)
{
	struct rask_sockaddr to[RASK_ADDRS];
	struct rask_addr a;
	const unsigned char *b, *c;
	const char *slash = strchr(rule, '/'), *why;
	size_t n, len;
	int i, k;

	b = bytes_of(&sa->a.any, &n);
	if (slash != NULL)
		return match_net(b, n, rule, slash);
	if (rask_addr_parse(&a, rule) == -1 || a.path[0] != '\0' ||
	    a.host[0] == '\0') {
		errno = EINVAL;
		return -1;
	}
	if ((k = rask_addr_resolve(&a, false, to, &why)) == -1)
		return 0;
	for (i = 0; i < k; i++) {
		c = bytes_of(&to[i].a.any, &len);
		if (len == n && n > 0 && memcmp(b, c, n) == 0)
			return 1;
	}
	return 0;
}
