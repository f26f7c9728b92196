/*
 * log_options - the options of all commands that read mail logs
 *
 * --log, --since, --until, --year, --tz, --tls-logging, --facts, --internal, --smarthost, -c: one table for the parser
 * of programs/command_line.h, of which a command takes all rows or some.
 */
#ifndef PROGRAMS_LOG_OPTIONS_H
#define PROGRAMS_LOG_OPTIONS_H

#include <stdio.h>

#include "follow/correlate.h"
#include "follow/feed.h"
#include "policy/policy.h"
#include "programs/command_line.h"

struct log_options {
    const char *paths[FEED_SOURCES_MAX];
    size_t path_count;
    int64_t since, until; /* ms since 1970, UTC; until is no longer part of it; INT64_MIN and MAX: open */
    int year;
    enum tls_logging tls_logging;
    const char *config, *facts, *internal, *smarthost, *since_text, *until_text;
    bool zone_given;
    int64_t now;              /* seconds since 1970 */
    struct policy *policy;    /* NULL without a file */
    struct arena arena;       /* holds the sets of --internal and --smarthost, and what --facts says */
    struct writers *writers;  /* of the logs' lines */
    struct promises promises; /* of --facts */
    struct correlate_settings correlate;
};

/* Defaults. */
void log_options_init(struct log_options *options);
void log_options_done(struct log_options *options);

enum { LOG_OPTIONS = 10 };

/* The rows; their struct is a struct log_options. */
extern const struct option_row log_option_table[LOG_OPTIONS];

/* --log, for commands with a row of their own for it: the field is the struct log_options. */
option_take log_option_take_log;

/* One more log.  -1 with error when there are too many. */
int log_options_add(struct log_options *options, const char *path, struct error *error);

/*
 * After the last option: load the file, work out the period and the sets.
 * COMMAND_LINE_FINE; else the exit code, after a message.
 */
int log_options_finish(struct log_options *options, const struct command_line *command);

/* What feed_open() needs. */
struct prefix_settings log_options_prefix(const struct log_options *options);

#endif
