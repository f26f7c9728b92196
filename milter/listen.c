#include "milter/listen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
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

/* Nothing at the path, or a socket that nobody answers on: *stale says which.  Else -1. */
static int check_path(const char *path, bool *stale, struct error *error)
{
    struct sockaddr_un address = { .sun_family = AF_UNIX };
    struct stat status;

    *stale = false;
    memcpy(address.sun_path, path, strlen(path));
    if (lstat(path, &status) == -1)
        return errno == ENOENT ? 0 : error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    if (!S_ISSOCK(status.st_mode))
        return error_set(error, ERROR_SYSTEM, "%s: something that is no socket stands there", path);
    switch (is_answered(&address)) {
    case 1:
        return error_set(error, ERROR_SYSTEM, "%s: another process answers on it", path);
    case 0:
        *stale = true;
        return 0;
    default:
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    }
}

static const char *own_path(const struct listen_socket *own)
{
    return own->own_address + strlen("unix:");
}

const char *listen_address(const struct listen_settings *settings, const struct listen_socket *own)
{
    return listen_path(settings) == NULL ? settings->address.p : own->own_address;
}

/* A process of the same id may have died before its socket had its path. */
static int clear_own_path(const struct listen_socket *own, struct error *error)
{
    const char *path = own_path(own);
    bool stale;

    if (check_path(path, &stale, error) == -1)
        return -1;
    if (stale && unlink(path) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: %s", path, strerror(errno));
    return 0;
}

int listen_prepare(const struct listen_settings *settings, struct listen_socket *own, struct error *error)
{
    const size_t size = sizeof(((struct sockaddr_un *)0)->sun_path);
    const char *path = listen_path(settings);
    bool stale;
    int length;

    *own = (struct listen_socket){ .placed = false };
    if (path == NULL)
        return 0;
    length = snprintf(own->own_address, sizeof(own->own_address), "unix:%s.%ld", path, (long)getpid());
    if (length < 0 || (size_t)length - strlen("unix:") >= size)
        return error_set(error, ERROR_LIMIT,
                         "%s: longer than the %zu octets a socket's path may have, with \".%ld\" behind it", path,
                         size - 1, (long)getpid());
    if (check_path(path, &stale, error) == -1)
        return -1;
    return clear_own_path(own, error);
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

/* A sandbox may forbid even a change that changes nothing. */
static bool belongs_to(const char *path, uid_t uid, gid_t gid)
{
    struct stat status;

    return lstat(path, &status) == 0 && (uid == (uid_t)-1 || uid == status.st_uid) &&
           (gid == (gid_t)-1 || gid == status.st_gid);
}

/* Never through a symbolic link: the folder is its user's, and this may be root. */
static int set_rights(const struct listen_settings *settings, struct view default_owner, const char *path,
                      struct error *error)
{
    mode_t mode = settings->mode == 0 ? SOCKET_MODE_DEFAULT : settings->mode;
    uid_t uid;
    gid_t gid;

    if (find_ids(settings, default_owner, &uid, &gid, error) == -1)
        return -1;
    if (!belongs_to(path, uid, gid) && lchown(path, uid, gid) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: change its owner or group: %s", path, strerror(errno));
    if (fchmodat(AT_FDCWD, path, mode, AT_SYMLINK_NOFOLLOW) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: change its mode: %s", path, strerror(errno));
    return 0;
}

/* Another gate may have started since listen_prepare(): looked at again, right before. */
static int place(const char *path, struct listen_socket *own, struct error *error)
{
    struct stat status;
    bool stale;

    if (check_path(path, &stale, error) == -1)
        return -1;
    if (lstat(own_path(own), &status) == -1 || rename(own_path(own), path) == -1)
        return error_set(error, ERROR_SYSTEM, "%s: make it %s: %s", own_path(own), path, strerror(errno));
    own->placed = true;
    own->device = status.st_dev;
    own->inode = status.st_ino;
    return 0;
}

int listen_finish(const struct listen_settings *settings, struct view default_owner, struct listen_socket *own,
                  struct error *error)
{
    const char *path = listen_path(settings);

    if (path == NULL)
        return 0;
    if (set_rights(settings, default_owner, own_path(own), error) == 0 && place(path, own, error) == 0)
        return 0;
    unlink(own_path(own));
    return -1;
}

void listen_remove(const struct listen_settings *settings, struct listen_socket *own)
{
    const char *path = listen_path(settings);
    struct stat status;

    if (path != NULL && own->placed && lstat(path, &status) == 0 && status.st_dev == own->device &&
        status.st_ino == own->inode)
        unlink(path);
    own->placed = false;
}
