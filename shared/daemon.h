/*
 * daemon - what both daemons do to their own process: limits, rights, the service manager
 *
 * Rights only shrink, in one visible place of each main: read files, open
 * sockets and stores, then daemon_drop_to().
 * Threads: all but daemon_notify() before the first thread is started.
 */
#ifndef SHARED_DAEMON_H
#define SHARED_DAEMON_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "shared/error.h"

/* umask 027, no inherited descriptors but 0 to 2, as many descriptors as the hard limit allows. */
void daemon_begin(void);

/*
 * The ids of a user or group; -1 with the reason when there is none of that name.  A group may be a number: another
 * container's groups have no names here.
 */
int daemon_find_user(const char *name, uid_t *uid, gid_t *gid, struct error *error);
int daemon_find_group(const char *name, gid_t *gid, struct error *error);

/*
 * Become that user with its groups, for good; nothing to do when that is who we are.
 * -1 with the reason: do not go on then.
 */
int daemon_drop_to(const char *user, struct error *error);

/* Tell the service manager (sd_notify(3)), "READY=1", "STOPPING=1"; nothing without one. */
void daemon_notify(const char *state);

/* "RELOADING=1" with the clock it must carry (Type=notify-reload). */
void daemon_notify_reloading(void);

/* How often the watchdog must hear of us, in microseconds: half of what it allows; 0 without one. */
uint64_t daemon_watchdog_interval(void);

#endif
