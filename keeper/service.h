/*
 * service - outward-follow as a whole: settings, ledger, sources, the loop and its end
 *
 * Sleeps until a source, a signal or the hour of upkeep wakes it; no polling.
 */
#ifndef KEEPER_SERVICE_H
#define KEEPER_SERVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    SERVICE_PAUSE_MS = 200,       /* from the first sign of new lines to reading them: they come in bunches */
    SERVICE_LOOK_SECONDS = 2,     /* between looks at sources that cannot be watched */
    SERVICE_RETRY_SECONDS = 5,    /* between attempts to write, while the disk is full */
    SERVICE_REVIEW_SECONDS = 60,  /* between looks for bulk senders, while something is counted */
    SERVICE_METRICS_SECONDS = 60, /* between attempts to answer for metrics */
    SERVICE_UPKEEP_SECONDS = 3600
};

struct service_options {
    const char *path; /* of the rule file */
    bool check_only;
    bool once;                /* read what there is, then end */
    const char *const *files; /* with once: these instead of the configured sources */
    size_t file_count;
    const char *facts;                              /* of `outward doctor --facts`; NULL: none */
    const char *journal_directory;                  /* NULL: this machine's journal */
    int64_t (*utc)(void *context, int64_t civil);   /* as in struct prefix_settings */
    int64_t (*offset)(void *context, int64_t time); /* seconds that local time is east of UTC */
    bool (*set_zone)(const char *name);             /* use a time zone; false: there is none of that name */
};

/* The exit code: 0, or 1 after a message. */
int service_run(const struct service_options *options);

#endif
