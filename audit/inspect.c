#include "audit/inspect.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINKS_MAX = 16, PATH_TEXT_MAX = 1024 };

/* Walks a path from the root, through links, and stops at the first step that others could bend. */
struct walk {
    char rest[PATH_TEXT_MAX]; /* still to go, without a leading slash */
    char done[PATH_TEXT_MAX]; /* "" for "/" */
    unsigned links;
};

static bool only_root_changes(const struct stat *file)
{
    return file->st_uid == 0 && (file->st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

static bool cut_step(struct walk *walk, char *step, size_t room)
{
    char *start = walk->rest + strspn(walk->rest, "/");
    size_t length = strcspn(start, "/");

    if (length == 0 || length >= room)
        return false;
    memcpy(step, start, length);
    step[length] = '\0';
    memmove(walk->rest, start + length, strlen(start + length) + 1);
    return true;
}

/* Put a link's target in front of what is left. */
static bool follow(struct walk *walk, const char *path)
{
    char target[PATH_TEXT_MAX], joined[PATH_TEXT_MAX];
    ssize_t length = readlink(path, target, sizeof(target) - 1);

    if (length <= 0 || ++walk->links > LINKS_MAX)
        return false;
    target[length] = '\0';
    if (snprintf(joined, sizeof(joined), "%s/%s", target, walk->rest) >= (int)sizeof(joined))
        return false;
    if (target[0] == '/')
        walk->done[0] = '\0';
    memcpy(walk->rest, joined, sizeof(joined));
    return true;
}

static void go_up(struct walk *walk)
{
    char *slash = strrchr(walk->done, '/');

    if (slash != NULL)
        *slash = '\0';
}

/* In /tmp and its like others may add, but not replace what is root's. */
static bool is_shared_folder(const char *path)
{
    struct stat found;

    return lstat(path[0] == '\0' ? "/" : path, &found) == -1 || !only_root_changes(&found);
}

static bool is_root_folder(const struct stat *found)
{
    return only_root_changes(found) || (found->st_uid == 0 && (found->st_mode & S_ISVTX) != 0);
}

/* One step; false when it cannot be trusted or does not exist. */
static bool take_step(struct walk *walk, const char *step)
{
    char path[PATH_TEXT_MAX];
    bool last = walk->rest[strspn(walk->rest, "/")] == '\0';
    struct stat found;

    if (strcmp(step, ".") == 0)
        return true;
    if (strcmp(step, "..") == 0) {
        go_up(walk);
        return true;
    }
    if (snprintf(path, sizeof(path), "%s/%s", walk->done, step) >= (int)sizeof(path) || lstat(path, &found) == -1)
        return false;
    /* What root keeps in a folder of its own may belong to a service: its file, never its links or folders. */
    if (found.st_uid != 0 && (!last || !S_ISREG(found.st_mode) || is_shared_folder(walk->done)))
        return false;
    if (S_ISLNK(found.st_mode))
        return follow(walk, path);
    if (S_ISDIR(found.st_mode) && !is_root_folder(&found))
        return false;
    memcpy(walk->done, path, sizeof(path));
    return last || S_ISDIR(found.st_mode);
}

/* Can only root have decided what this path leads to? */
static bool is_roots_path(const char *path)
{
    struct walk walk = { .links = 0 };
    char step[NAME_MAX + 1];

    if (path[0] != '/' || strlen(path) >= sizeof(walk.rest))
        return false;
    memcpy(walk.rest, path, strlen(path) + 1);
    while (cut_step(&walk, step, sizeof(step))) {
        if (!take_step(&walk, step))
            return false;
    }
    return walk.rest[strspn(walk.rest, "/")] == '\0';
}

/* NGROUPS_MAX is 65,536: a root shell has a handful. */
enum { SAVED_GROUPS_MAX = 256 };

struct saved_rights {
    uid_t uid;
    gid_t gid;
    gid_t groups[SAVED_GROUPS_MAX];
    int group_count;
};

/* False: still who we were. */
static bool lower_rights(struct saved_rights *saved)
{
    const struct passwd *nobody = getpwnam("nobody");

    saved->uid = geteuid();
    saved->gid = getegid();
    saved->group_count = getgroups(SAVED_GROUPS_MAX, saved->groups);
    if (nobody == NULL || saved->group_count == -1 || setgroups(0, NULL) == -1)
        return false;
    if (setegid(nobody->pw_gid) == 0 && seteuid(nobody->pw_uid) == 0)
        return true;
    abort(); /* half changed: nothing sane can follow */
}

static void raise_rights(const struct saved_rights *saved)
{
    if (seteuid(saved->uid) == -1 || setegid(saved->gid) == -1 ||
        setgroups((size_t)saved->group_count, saved->groups) == -1)
        abort();
}

static int open_file(const char *path)
{
    struct saved_rights saved;
    int fd, failure;

    if (geteuid() != 0)
        return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (!lower_rights(&saved)) {
        errno = EACCES;
        return -1;
    }
    fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    failure = errno;
    raise_rights(&saved);
    if (fd == -1 && failure == EACCES && is_roots_path(path))
        return open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    errno = failure;
    return fd;
}

static enum inspect_result result_of(int failure)
{
    if (failure == ENOENT || failure == ENOTDIR)
        return INSPECT_ABSENT;
    return failure == EACCES || failure == EPERM ? INSPECT_FORBIDDEN : INSPECT_UNFIT;
}

static enum inspect_result read_all(struct inspector *inspector, int fd, const char *path, struct view *text,
                                    struct error *error)
{
    struct stat found;
    size_t used = 0;
    char *storage;

    if (fstat(fd, &found) == -1 || !S_ISREG(found.st_mode)) {
        error_set(error, ERROR_SYSTEM, "%s: not a regular file", path);
        return INSPECT_UNFIT;
    }
    if (found.st_size > INSPECT_FILE_MAX ||
        (storage = arena_alloc(inspector->arena, (size_t)found.st_size + 1)) == NULL) {
        error_set(error, ERROR_LIMIT, "%s: too large to look at", path);
        return INSPECT_UNFIT;
    }
    while (used < (size_t)found.st_size) {
        ssize_t got = read(fd, storage + used, (size_t)found.st_size - used);

        if (got == -1 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        used += (size_t)got;
    }
    *text = (struct view){ storage, used };
    return INSPECT_FINE;
}

static bool path_text(struct view path, char *out)
{
    if (path.n == 0 || path.n >= PATH_TEXT_MAX || path.p[0] != '/')
        return false;
    memcpy(out, path.p, path.n);
    out[path.n] = '\0';
    return true;
}

enum inspect_result inspect_read(struct inspector *inspector, struct view path, struct view *text, struct error *error)
{
    char name[PATH_TEXT_MAX];
    enum inspect_result result;
    int fd;

    if (!path_text(path, name)) {
        error_set(error, ERROR_USAGE, "%.*s: not an absolute path", VIEW_ARG(path));
        return INSPECT_UNFIT;
    }
    fd = open_file(name);
    if (fd == -1) {
        result = result_of(errno);
        error_set(error, ERROR_SYSTEM, "%s: %s", name, strerror(errno));
        return result;
    }
    result = read_all(inspector, fd, name, text, error);
    (void)close(fd);
    return result;
}

enum inspect_result inspect_stat(struct inspector *inspector, struct view path, struct stat *out)
{
    char name[PATH_TEXT_MAX];

    (void)inspector;
    if (!path_text(path, name))
        return INSPECT_UNFIT;
    return stat(name, out) == 0 ? INSPECT_FINE : result_of(errno);
}

bool user_rights_of(const char *name, struct user_rights *out)
{
    const struct passwd *user = getpwnam(name);
    int count = sizeof(out->groups) / sizeof(out->groups[0]);

    if (user == NULL)
        return false;
    out->uid = user->pw_uid;
    out->gid = user->pw_gid;
    if (getgrouplist(name, user->pw_gid, out->groups, &count) == -1)
        count = sizeof(out->groups) / sizeof(out->groups[0]);
    out->group_count = (size_t)count;
    return true;
}

static bool in_group(const struct user_rights *user, gid_t group)
{
    if (user->gid == group)
        return true;
    for (size_t i = 0; i < user->group_count; i++) {
        if (user->groups[i] == group)
            return true;
    }
    return false;
}

bool user_may(const struct user_rights *user, const struct stat *file, mode_t bit)
{
    if (user->uid == 0)
        return true;
    if (user->uid == file->st_uid)
        return (file->st_mode >> 6 & bit) != 0;
    if (in_group(user, file->st_gid))
        return (file->st_mode >> 3 & bit) != 0;
    return (file->st_mode & bit) != 0;
}

bool inspect_reachable(struct inspector *inspector, const struct user_rights *user, struct view path, mode_t bit)
{
    struct stat found;

    for (size_t at = 1; at < path.n; at++) {
        if (path.p[at] != '/')
            continue;
        if (inspect_stat(inspector, view_slice(path, 0, at), &found) != INSPECT_FINE)
            return true;
        if (!user_may(user, &found, 1))
            return false;
    }
    return inspect_stat(inspector, path, &found) != INSPECT_FINE || user_may(user, &found, bit);
}

static size_t count_names(const char *path)
{
    DIR *folder = opendir(path);
    size_t count = 0;

    if (folder == NULL)
        return 0;
    for (const struct dirent *entry; (entry = readdir(folder)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    (void)closedir(folder);
    return count;
}

size_t inspect_folder_count(struct inspector *inspector, struct view path)
{
    char name[PATH_TEXT_MAX];
    struct saved_rights saved;
    size_t count;

    (void)inspector;
    if (!path_text(path, name))
        return 0;
    if (geteuid() != 0)
        return count_names(name);
    if (!lower_rights(&saved))
        return 0;
    count = count_names(name);
    raise_rights(&saved);
    return count;
}
