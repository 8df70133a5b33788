/* Who may connect. */
#include <sys/socket.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "client.h"

#define GROUPS_MAX	65536	/* a process has no more */

/* Is a group among the peer's others? */
static bool
in_groups(int fd, gid_t want)
{
	socklen_t len = 0;
	gid_t *groups;
	bool found = false;
	size_t i;

	/* With no room it says how much is needed. */
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, NULL, &len) == 0 ||
	    len == 0 || len > GROUPS_MAX * sizeof(gid_t) ||
	    (groups = malloc(len)) == NULL)
		return false;
	if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) == 0)
		for (i = 0; i < len / sizeof(gid_t); i++)
			found |= groups[i] == want;
	free(groups);
	return found;
}

bool
peer_allowed(int fd, const struct conns_opts *o, char who[64])
{
	struct ucred uc;
	socklen_t len = sizeof(uc);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &uc, &len) == -1) {
		snprintf(who, 64, "a peer without credentials");
		return false;
	}
	snprintf(who, 64, "process %ld of user %lu", (long)uc.pid,
	    (unsigned long)uc.uid);
	return uc.uid == 0 || uc.uid == geteuid() ||
	    (o->has_group && (uc.gid == o->group ||
	    in_groups(fd, o->group)));
}
