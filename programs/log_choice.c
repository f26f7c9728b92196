#include "programs/log_choice.h"

#include <string.h>
#include <unistd.h>

void log_choice_copy(const char *const *wanted, struct option *names)
{
    for (; *wanted != NULL; wanted++) {
        for (size_t i = 0; i < LOG_OPTIONS; i++) {
            if (strcmp(log_option_table[i].name, *wanted) == 0)
                *names++ = log_option_table[i];
        }
    }
}

static void add_log(struct log_options *log, const char *path)
{
    if (log->path_count < FEED_SOURCES_MAX && access(path, R_OK) == 0)
        log->paths[log->path_count++] = path;
}

void log_choice_default(struct log_options *log)
{
    const struct settings *settings = log->policy == NULL ? NULL : policy_settings(log->policy);

    if (log->path_count > 0)
        return;
    if (settings != NULL && settings->log == LOG_TARGET_FILE)
        add_log(log, settings->log_path.p);
    for (size_t i = 0; settings != NULL && i < settings->follow.file_count; i++)
        add_log(log, settings->follow.files[i].p);
    if (settings == NULL || settings->follow.file_count == 0)
        add_log(log, DEFAULT_LOG);
}
