#ifndef NOTIFY_H
#define NOTIFY_H

/*
 * Tell the supervisor a state, such as "READY=1", if there is one that wants
 * to know.
 * From: sd_notify(3): a datagram to the socket that $NOTIFY_SOCKET names.
 */
void notify(const char *state);

#endif
