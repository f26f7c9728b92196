#include "milter/listen.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "shared/daemon.h"

const char *listen_path(const struct listen_settings *settings)
{
    struct view path = settings->address;

    return view_skip(&path, VIEW("unix:")) || view_skip(&path, VIEW("local:")) ? path.p : NULL;
}

/* 1: somebody answers.  0: nobody does.  -1: it cannot be told. */
static int is_answered(const struct sockaddr_un *address)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int result, reason;

    if (fd == -1)
        return -1;
    result = connect(fd, (const struct sockaddr *)address, sizeof(*address));
    reason = errno;
    close(fd);
    if (result == 0 || reason == EAGAIN || reason == EINPROGRESS)
        return 1;
    errno = reason;
    return reason == ECONNREFUSED || reason == ENOENT ? 0 : -1;
}

static int remove_stale(const char *path, const struct sockaddr_un *address, struct error *error)
{
    switch (is_answered(address)) {
    case 1:
        return error_set(error, ERROR_SYSTEM, "%s: another process answers on it", path);
    case 0:
        if (unlink(path) == 0 || errno == ENOENT)
            return 0;
        break;
    default:
        break;
    }
    return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
}

int listen_prepare(const struct listen_settings *settings, struct error *error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    const char *path = listen_path(settings);
    struct stat status;

    if (path == NULL)
        return 0;
    if (strlen(path) >= sizeof(address.sun_path))
        return error_set(error, ERROR_LIMIT, "%s: longer than the %zu octets a socket's path may have", path,
                         sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path));
    if (lstat(path, &status) == -1)
        return errno == ENOENT ? 0 : error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_SYSTEM, "%s: something that is no socket stands there", path);
    return remove_stale(path, &address, error);
}

static int find_ids(const struct listen_settings *settings, struct view default_owner, uid_t *uid, gid_t *gid,
                    struct error *error)
{
    struct view owner = settings->owner.n > 0 ? settings->owner : default_owner;
    gid_t unused;

    *uid = (uid_t)-1;
    *gid = (gid_t)-1;
    if (owner.n > 0 && daemon_find_user(owner.p, uid, &unused, error) == -1)
        return -1;
    return settings->group.n > 0 ? daemon_find_group(settings->group.p, gid, error) : 0;
}

int listen_finish(const struct listen_settings *settings, struct view default_owner, struct error *error)
{
    const char *path = listen_path(settings);
    mode_t mask, mode = settings->mode;
    uid_t uid;
    gid_t gid;

    if (path == NULL)
        return 0;
    if (find_ids(settings, default_owner, &uid, &gid, error) == -1)
        return -1;
    if (mode == 0) {
        mask = umask(0);
        umask(mask);
        mode = 0777 & ~mask;
    }
    if (lchown(path, uid, gid) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: change its owner or group: %s", path, strerror(errno));
    if (chmod(path, mode) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: change its mode: %s", path, strerror(errno));
    return 0;
}

void listen_remove(const struct listen_settings *settings)
{
    const char *path = listen_path(settings);

    if (path != NULL)
        unlink(path);
}
