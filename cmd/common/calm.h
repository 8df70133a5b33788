#ifndef CALM_H
#define CALM_H

#include <ev.h>

/*
 * The default loop, kept from waking up by itself: without any periodic event
 * libev looks each minute whether the clock has been set; with one it lets the
 * kernel tell.  `never` stays in use as long as the loop.
 */
struct ev_loop *calm_loop(ev_periodic *never);

#endif
