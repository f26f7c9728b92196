#include "shared/daemon.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <bsd/unistd.h>
#include <systemd/sd-daemon.h>

#include "shared/view.h"

void daemon_begin(void)
{
    struct rlimit limit;

    umask(027);
    closefrom(STDERR_FILENO + 1);
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

int daemon_find_user(const char *name, uid_t *uid, gid_t *gid, struct error *error)
{
    const struct passwd *entry = getpwnam(name);

    if (entry == NULL)
        return error_set(error, ERROR_USAGE, "no user %s on this machine", name);
    *uid = entry->pw_uid;
    *gid = entry->pw_gid;
    return 0;
}

int daemon_find_group(const char *name, gid_t *gid, struct error *error)
{
    const struct group *entry = getgrnam(name);
    uint64_t number;

    if (entry != NULL)
        *gid = entry->gr_gid;
    else if (view_number(view_of(name), (gid_t)-1 - 1, &number))
        *gid = (gid_t)number;
    else
        return error_set(error, ERROR_USAGE, "no group %s on this machine", name);
    return 0;
}

int daemon_drop_to(const char *user, struct error *error)
{
    uid_t uid = (uid_t)-1;
    gid_t gid = (gid_t)-1;

    if (daemon_find_user(user, &uid, &gid, error) == -1)
        return -1;
    if (geteuid() == uid && getuid() == uid)
        return 0;
    if (geteuid() != 0)
        return error_set(error, ERROR_SYSTEM, "only root can become user %s", user);
    if (initgroups(user, gid) == -1 || setresgid(gid, gid, gid) == -1 || setresuid(uid, uid, uid) == -1)
        return error_set(error, ERROR_SYSTEM, "become user %s: %s", user, strerror(errno));
    /* The way back must be closed. */
    if (uid != 0 && setuid(0) != -1)
        return error_set(error, ERROR_SYSTEM, "become user %s: root's rights came back", user);
    return 0;
}

void daemon_notify(const char *state)
{
    sd_notify(0, state);
}

void daemon_notify_reloading(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
               (unsigned long long)now.tv_sec * 1000000 + (unsigned long long)now.tv_nsec / 1000);
}

uint64_t daemon_watchdog_interval(void)
{
    uint64_t interval;

    return sd_watchdog_enabled(0, &interval) > 0 ? interval / 2 : 0;
}
