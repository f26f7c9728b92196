/*
 * inspect - look at files that the configuration names, safely
 *
 * When we are root a file is opened with the rights of nobody(5) first; only
 * when that fails, and every folder and link on the way belongs to root and
 * can be changed by root alone, it is opened as root.  So nobody who owns a folder on the
 * way can make us open what they choose.  Devices, sockets and FIFOs are never opened.
 * Not pure.  Threads: one inspector belongs to one thread, and no other thread may run (rights are the process's).
 */
#ifndef AUDIT_INSPECT_H
#define AUDIT_INSPECT_H

#include <sys/stat.h>

#include "shared/arena.h"
#include "shared/error.h"

enum { INSPECT_FILE_MAX = 8 << 20 };

struct inspector {
    struct arena *arena;
};

enum inspect_result {
    INSPECT_FINE,
    INSPECT_ABSENT,    /* no such file */
    INSPECT_FORBIDDEN, /* we may not, or somebody else could have put it there */
    INSPECT_UNFIT      /* not a regular file, too large, unreadable */
};

/* The whole text.  error says why not. */
enum inspect_result inspect_read(struct inspector *inspector, struct view path, struct view *text, struct error *error);

/* What stat(2) says, of what a last symbolic link points to; nothing is opened. */
enum inspect_result inspect_stat(struct inspector *inspector, struct view path, struct stat *out);

/* Could this user read (or write) it, judged by the file's mode and owner alone?  groups: the user's gids. */
struct user_rights {
    uid_t uid;
    gid_t gid;
    gid_t groups[64];
    size_t group_count;
};
bool user_rights_of(const char *name, struct user_rights *out);
bool user_may(const struct user_rights *user, const struct stat *file, mode_t bit); /* 4 read, 2 write, 1 search */

/* May this user pass every folder on the way and then do this with the file?  True for what we cannot see ourselves. */
bool inspect_reachable(struct inspector *inspector, const struct user_rights *user, struct view path, mode_t bit);

/* Names in a folder but . and .., seen with nobody's rights; 0 where it cannot be read. */
size_t inspect_folder_count(struct inspector *inspector, struct view path);

#endif
