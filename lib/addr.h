#ifndef RASK_ADDR_H
#define RASK_ADDR_H

#include <sys/socket.h>
#include <sys/un.h>

#include <stdbool.h>
#include <stddef.h>

#include <netinet/in.h>

#define RASK_PORT	"7171"	/* the port where none is named */
#define RASK_ADDRS	16	/* addresses of one name that are tried */

/* An address as it was written, taken apart. */
struct rask_addr {
	char host[256];		/* name or number; "" means all, or loopback */
	char port[32];		/* number or name of a service */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
				/* of a Unix socket, or "" */
};

/* One address as the kernel wants it. */
struct rask_sockaddr {
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
		struct sockaddr_storage room;
	} a;
	socklen_t len;		/* bytes of a in use */
};

/*
 * Take apart "host", "host:port", "[v6]:port", "[v6]", ":port" or a path that
 * begins with "/" or ".".
 * Returns: 0, or -1 with EINVAL.
 */
int rask_addr_parse(struct rask_addr *a, const char *s);

/*
 * Find the addresses: to listen on when passive, else to connect to.
 * Returns: how many, at least 1; -1 with *why a constant phrase.
 * Blocks:  for as long as the system's resolver takes.
 */
int rask_addr_resolve(const struct rask_addr *a, bool passive,
    struct rask_sockaddr to[RASK_ADDRS], const char **why);

/* Write an address as text: "1.2.3.4:7171", "[::1]:7171", or a path. */
void rask_addr_print(const struct rask_sockaddr *sa, char *s, size_t n);

/* Is it this machine's loopback, or a Unix socket? */
bool rask_addr_local(const struct rask_sockaddr *sa);

/*
 * Does the address lie in "HOST" or "ADDR/BITS"?  A name is resolved.
 * Returns: 1 yes, 0 no, -1 with EINVAL for a rule that makes no sense.
 * Blocks:  on the resolver when the rule is a name.
 */
int rask_addr_match(const struct rask_sockaddr *sa, const char *rule);

#endif
