#include "follow/rotated.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void rotated_split(const char *path, char folder[ROTATED_PATH_ROOM], const char **base)
{
    const char *slash = strrchr(path, '/');

    *base = slash == NULL ? path : slash + 1;
    if (slash == NULL)
        snprintf(folder, ROTATED_PATH_ROOM, ".");
    else
        snprintf(folder, ROTATED_PATH_ROOM, "%.*s", slash == path ? 1 : (int)(slash - path), path);
}

/* ---- which they are ---- */

/* "mail.log.1", "mail.log-20270331.gz" beside "mail.log" */
static bool is_rotated_name(const char *name, const char *base)
{
    size_t length = strlen(base);

    return strncmp(name, base, length) == 0 && (name[length] == '.' || name[length] == '-');
}

static bool ends_with(const char *name, const char *end)
{
    size_t length = strlen(name), of_end = strlen(end);

    return length > of_end && strcmp(name + length - of_end, end) == 0;
}

/* Packers remove what they packed once all of it is written: until then the plain file is the one to read. */
static bool is_being_packed(const char *path)
{
    static const char *const ends[] = { ".gz", ".zst", ".xz" };
    char plain[ROTATED_PATH_ROOM];
    struct stat ignored;

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        if (ends_with(path, ends[i]) &&
            snprintf(plain, sizeof(plain), "%.*s", (int)(strlen(path) - strlen(ends[i])), path) < ROTATED_PATH_ROOM)
            return lstat(plain, &ignored) == 0;
    }
    return false;
}

/* Packed in a way that cannot be read here, which is no text either. */
static bool is_foreign(const char *name)
{
    static const char *const ends[] = { ".bz2", ".lz4", ".lzma", ".lzo", ".Z", ".zip" };
    size_t i = 0;

    while (i < sizeof(ends) / sizeof(ends[0]) && !ends_with(name, ends[i]))
        i++;
    return i < sizeof(ends) / sizeof(ends[0]);
}

/* ---- the youngest of them ---- */

static bool is_younger(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec != b->tv_sec ? a->tv_sec > b->tv_sec : a->tv_nsec > b->tv_nsec;
}

static int by_age(const void *a, const void *b)
{
    const struct rotated_file *one = a, *other = b;

    return is_younger(&one->written, &other->written) - is_younger(&other->written, &one->written);
}

/* The oldest one makes room when there are too many. */
static struct rotated_file *place_for(struct rotated_files *files, const struct timespec *written)
{
    struct rotated_file *oldest = &files->list[0];

    if (files->count < ROTATED_MAX)
        return &files->list[files->count++];
    for (size_t i = 1; i < files->count; i++) {
        if (is_younger(&oldest->written, &files->list[i].written))
            oldest = &files->list[i];
    }
    return is_younger(written, &oldest->written) ? oldest : NULL;
}

static void add_file(struct rotated_files *files, const char *path)
{
    struct rotated_file *place;
    struct stat stat_of_path;

    if (stat(path, &stat_of_path) == -1 || !S_ISREG(stat_of_path.st_mode) || stat_of_path.st_size == 0)
        return;
    place = place_for(files, &stat_of_path.st_mtim);
    if (place == NULL)
        return;
    snprintf(place->path, sizeof(place->path), "%s", path);
    place->written = stat_of_path.st_mtim;
    place->device = stat_of_path.st_dev;
    place->inode = stat_of_path.st_ino;
}

static void list_folder(DIR *listing, const char *folder, const char *base, struct rotated_files *files)
{
    char path[ROTATED_PATH_ROOM * 2];

    files->count = 0;
    for (const struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (is_rotated_name(entry->d_name, base) && !is_foreign(entry->d_name) &&
            snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) < ROTATED_PATH_ROOM && !is_being_packed(path))
            add_file(files, path);
    }
}

/* A name that moves while a directory is read may be missed: then it is read again. */
static void list_until_still(DIR *listing, const char *folder, const char *base, struct rotated_files *files)
{
    enum { READS_MAX = 5 };
    struct stat before = { 0 }, after = { 0 };

    for (int reads = 0; reads < READS_MAX; reads++) {
        (void)fstat(dirfd(listing), &before);
        rewinddir(listing);
        list_folder(listing, folder, base, files);
        (void)fstat(dirfd(listing), &after);
        if (before.st_mtim.tv_sec == after.st_mtim.tv_sec && before.st_mtim.tv_nsec == after.st_mtim.tv_nsec)
            break;
    }
}

struct rotated_files rotated_find(const char *path)
{
    struct rotated_files files = { calloc(ROTATED_MAX, sizeof(*files.list)), 0 };
    char folder[ROTATED_PATH_ROOM];
    const char *base;
    DIR *listing;

    rotated_split(path, folder, &base);
    listing = files.list == NULL ? NULL : opendir(folder);
    if (listing == NULL)
        return files;
    list_until_still(listing, folder, base, &files);
    closedir(listing);
    qsort(files.list, files.count, sizeof(*files.list), by_age);
    return files;
}
