/*
 * rotated - the files beside a log that it was before: PATH.1, PATH-20270331, PATH.2.gz
 *
 * Left out: what is empty; what is being packed, whose plain file is still there;
 * what is packed by other than gzip, zstd and xz.
 * Reads the directory.
 */
#ifndef FOLLOW_ROTATED_H
#define FOLLOW_ROTATED_H

#include <sys/types.h>
#include <time.h>

#include "shared/view.h"

enum {
    ROTATED_MAX = 64, /* files beside one log that are looked at, the youngest */
    ROTATED_PATH_ROOM = 4096
};

struct rotated_file {
    char path[ROTATED_PATH_ROOM];
    struct timespec written;
    dev_t device;
    ino_t inode;
};

/* Oldest first, by the time they were written last; list is for free(3).  count is 0 also without memory. */
struct rotated_files {
    struct rotated_file *list;
    size_t count;
};
struct rotated_files rotated_find(const char *path);

/* A path's directory, and its name in it, which points into path. */
void rotated_split(const char *path, char folder[ROTATED_PATH_ROOM], const char **base);

#endif
