/*
 * log_options - the options of all commands that read mail logs
 *
 * --log, --since, --until, --year, --tz, --tls-logging, --facts, --internal, --smarthost,
 * -c: one table, parsed, checked and explained here.
 */
#ifndef PROGRAMS_LOG_OPTIONS_H
#define PROGRAMS_LOG_OPTIONS_H

#include <getopt.h>
#include <stdio.h>

#include "follow/correlate.h"
#include "follow/feed.h"
#include "policy/policy.h"

enum { LOG_OPTION_FIRST = 1000, LOG_OPTIONS = 10 }; /* values of struct option, and how many there are */

struct log_options {
    const char *paths[FEED_SOURCES_MAX];
    size_t path_count;
    int64_t since, until; /* ms since 1970, UTC; until is no longer part of it; INT64_MIN and MAX: open */
    int year;
    enum tls_logging tls_logging;
    const char *config, *facts, *internal, *smarthost, *since_text, *until_text;
    bool zone_given;
    int64_t now;              /* seconds since 1970 */
    bool faulty;              /* after log_options_finish() failed: the file was at fault, not the options */
    struct policy *policy;    /* NULL without a file */
    struct arena arena;       /* holds the sets of --internal and --smarthost, and what --facts says */
    struct writers *writers;  /* of the logs' lines */
    struct promises promises; /* of --facts */
    struct correlate_settings correlate;
};

/* Defaults, for the command of this name (for messages). */
void log_options_init(struct log_options *options);
void log_options_done(struct log_options *options);

/* The rows for getopt_long(3), without an end row. */
extern const struct option log_option_table[LOG_OPTIONS];
void log_options_print_help(FILE *out);

/* Take one option that getopt_long(3) found.  False with a message on standard error. */
bool log_options_take(struct log_options *options, const char *command, int option, const char *value);

/* After the last option: load the file, work out the period and the sets.  False with a message. */
bool log_options_finish(struct log_options *options, const char *command);

/* What feed_open() needs. */
struct prefix_settings log_options_prefix(const struct log_options *options);

#endif
