#ifndef PEER_H
#define PEER_H

#include "send.h"
#include "stream.h"

/* finder.c: the addresses of a name, without waiting for the resolver */
void finder_start(struct send *s);
/* The address tried last failed with this errno: try the next one. */
void finder_next(struct send *s, int e);
/* Forget the addresses; no job is on the way. */
void finder_free(struct send *s);

/* peer.c */
void peer_connect(struct send *s, const struct rask_sockaddr *to);

#endif
