#include "programs/log_choice.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "follow/rotated.h"

static void add_log(struct log_options *log, const char *path)
{
    if (log->path_count < FEED_SOURCES_MAX && access(path, R_OK) == 0)
        log->paths[log->path_count++] = path;
}

/* Where logs lie, one after the other; NULL behind the last. */
static const char *default_path(const struct log_options *log, size_t index)
{
    const struct settings *settings = log->policy == NULL ? NULL : policy_settings(log->policy);
    size_t of_gate = settings != NULL && settings->log == LOG_TARGET_FILE ? 1 : 0;
    size_t followed = settings == NULL ? 0 : settings->follow.file_count;

    if (index < of_gate)
        return settings->log_path.p;
    if (followed == 0)
        return index == of_gate ? DEFAULT_LOG : NULL;
    return index < of_gate + followed ? settings->follow.files[index - of_gate].p : NULL;
}

void log_choice_default(struct log_options *log)
{
    if (log->path_count > 0)
        return;
    for (size_t i = 0; default_path(log, i) != NULL; i++)
        add_log(log, default_path(log, i));
}

static bool add_rotated(struct log_options *log, const char *path)
{
    struct rotated_files files = rotated_find(path);
    bool fine = files.list != NULL;

    for (size_t i = 0; i < files.count && fine; i++) {
        struct view kept = arena_copy(&log->arena, view_of(files.list[i].path));

        fine = kept.p != NULL;
        if (fine)
            add_log(log, kept.p);
    }
    free(files.list);
    return fine;
}

bool log_choice_rotated(struct log_options *log)
{
    if (log->path_count > 0)
        return true;
    log_choice_default(log);
    for (size_t i = 0; default_path(log, i) != NULL; i++) {
        if (!add_rotated(log, default_path(log, i)))
            return false;
    }
    return true;
}
