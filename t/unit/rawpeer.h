#ifndef RAWPEER_H
#define RAWPEER_H

#include <sys/socket.h>

#include <stdbool.h>
#include <stddef.h>

#include "rawframes.h"

#define RAW_PATIENCE	10000	/* ms until what was waited for is missed */
#define RAW_STUCK	2000	/* ms until the other side takes no more */

/* Say what has failed, with errno, and exit. */
void raw_fail(const char *what) __attribute__((noreturn));

/* An address: a path with a slash, or a port of this machine. */
socklen_t raw_address(const char *s, struct sockaddr_storage *ss);
int raw_dial(const char *addr);

/* Send; what cannot be sent is not, and the reader will see why. */
void raw_send(int fd, const unsigned char *p, size_t n);

/* whole once for each of its bytes, cut there, or N times with some changed. */
void raw_torture(const char *addr, const struct rask_buf *whole, size_t times,
    bool cut);

/* n connections that say nothing, until stdin ends. */
void raw_crowd(const char *addr, unsigned n);

#endif
