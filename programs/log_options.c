#include "programs/log_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "programs/configuration.h"
#include "programs/local_time.h"
#include "report/period.h"
#include "shared/file.h"

int log_options_add(struct log_options *options, const char *path, struct error *error)
{
    if (options->path_count == FEED_SOURCES_MAX)
        return error_set(error, ERROR_USAGE, "more than %d logs", FEED_SOURCES_MAX);
    options->paths[options->path_count++] = path;
    return 0;
}

int log_option_take_log(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row;
    return log_options_add(field, value, error);
}

static int take_year(void *field, const struct option_row *row, const char *value, struct error *error)
{
    uint64_t year;

    if (!view_number(view_of(value), 9999, &year) || year < 1970)
        return error_set(error, ERROR_USAGE, "--%s is four digits, 1970 or later, not \"%.100s\"", row->name, value);
    *(int *)field = (int)year;
    return 0;
}

static int set_zone(struct log_options *options, const char *zone, struct error *error)
{
    if (!local_time_set_zone(zone))
        return error_set(error, ERROR_USAGE, "--tz: there is no time zone \"%.100s\"", zone);
    options->zone_given = true;
    return 0;
}

static int take_zone(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row;
    return set_zone(field, value, error);
}

static int take_tls_logging(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
        return error_set(error, ERROR_USAGE, "--%s is on or off, not \"%.100s\"", row->name, value);
    *(enum tls_logging *)field = value[1] == 'n' ? TLS_LOGGING_ON : TLS_LOGGING_OFF;
    return 0;
}

const struct option_row log_option_table[LOG_OPTIONS] = {
    { .name = "log",
      .argument = "FILE",
      .help = "a mail log, plain or packed by gzip, zstd or xz; - is standard input; may be given again, in any order",
      .take = log_option_take_log },
    { .name = "since",
      .argument = "TIME",
      .help = "leave out what came before; 2025-11-21, \"2025-11-21 19:17\", yesterday, -7d",
      .take = option_text,
      .at = offsetof(struct log_options, since_text) },
    { .name = "until",
      .argument = "TIME",
      .help = "leave out what came after",
      .take = option_text,
      .at = offsetof(struct log_options, until_text) },
    { .name = "year",
      .argument = "YEAR",
      .help = "of the first line, where stamps have no year; else it is inferred",
      .take = take_year,
      .at = offsetof(struct log_options, year) },
    { .name = "tz",
      .argument = "ZONE",
      .help = "zone of stamps without one, and of what is shown; else this machine's",
      .take = take_zone },
    { .name = "tls-logging",
      .argument = "on|off",
      .help = "what smtp_tls_loglevel was, where the log cannot prove it",
      .take = take_tls_logging,
      .at = offsetof(struct log_options, tls_logging) },
    { .name = "facts",
      .argument = "FILE",
      .help = "what outward doctor --facts says the configuration proves, likewise",
      .take = option_text,
      .at = offsetof(struct log_options, facts) },
    { .name = "internal",
      .argument = "LIST",
      .help = "networks and names of relays that are hosts of your own (loopback); none",
      .take = option_text,
      .at = offsetof(struct log_options, internal) },
    { .name = "smarthost",
      .argument = "LIST",
      .help = "networks and names of relays that send on for you",
      .take = option_text,
      .at = offsetof(struct log_options, smarthost) },
    OPTION_ROW_CONFIG_AS("settings and delivery rules (" DEFAULT_CONFIGURATION ", if it is there)",
                         offsetof(struct log_options, config)),
};

void log_options_init(struct log_options *options)
{
    memset(options, 0, sizeof(*options));
    options->since = INT64_MIN;
    options->until = INT64_MAX;
    options->now = (int64_t)time(NULL);
}

void log_options_done(struct log_options *options)
{
    policy_free(options->policy);
    writers_free(options->writers);
    arena_done(&options->arena);
}

static int find_moment(const struct log_options *options, const char *name, const char *text, struct period *out,
                       struct error *error)
{
    struct period_clock clock = { options->now, local_time_utc, local_time_offset, NULL };

    if (period_parse(view_of(text), &clock, out))
        return 0;
    return error_set(error, ERROR_USAGE,
                     "--%s: \"%.60s\" is no time; write 2025-11-21, \"2025-11-21 19:17\", yesterday or -7d", name,
                     text);
}

static int find_period(struct log_options *options, struct error *error)
{
    struct period named;

    if (options->since_text != NULL) {
        if (find_moment(options, "since", options->since_text, &named, error) == -1)
            return -1;
        options->since = named.begin * 1000;
    }
    if (options->until_text != NULL) {
        if (find_moment(options, "until", options->until_text, &named, error) == -1)
            return -1;
        options->until = named.end * 1000;
    }
    return options->since < options->until ? 0 : error_set(error, ERROR_USAGE, "--until lies before --since");
}

enum { RELAYS_MAX = 1024 /* of one option */ };

/* What one option names. */
struct relay_lists {
    struct network *networks;
    struct view *names;
    size_t network_count, name_count;
};

static int add_relay(struct arena *arena, const char *option, struct view word, struct relay_lists *lists,
                     struct error *error)
{
    struct view shown = view_slice(word, 0, 100), name;
    char storage[DOMAIN_MAX];
    struct buf buf = BUF(storage);
    enum network_fault fault;

    if (lists->network_count + lists->name_count == RELAYS_MAX)
        return error_set(error, ERROR_LIMIT, "--%s: more than %d networks and names", option, RELAYS_MAX);
    fault = network_parse(word, &lists->networks[lists->network_count]);
    if (fault == NETWORK_FINE) {
        lists->network_count++;
        return 0;
    }
    if (fault != NETWORK_NO_ADDRESS)
        return error_set(error, ERROR_USAGE, "--%s: \"%.*s\": %s", option, VIEW_ARG(shown), network_fault_text(fault));
    name = domain_normalize(word, &buf) ? buf_view(&buf) : VIEW("");
    view_skip(&name, VIEW("."));
    if (!domain_is_plain(name))
        return error_set(error, ERROR_USAGE, "--%s: \"%.*s\" is neither network nor name", option, VIEW_ARG(shown));
    lists->names[lists->name_count++] = arena_copy(arena, buf_view(&buf));
    return 0;
}

/* "192.0.2.0/24,mx.example.com,.example.org" or "none" */
static int make_sets(struct arena *arena, const char *option, const char *text, const struct network_set **networks,
                     const struct domain_set **names, struct error *error)
{
    struct relay_lists lists = { .networks = arena_alloc(arena, RELAYS_MAX * sizeof(*lists.networks)),
                                 .names = arena_alloc(arena, RELAYS_MAX * sizeof(*lists.names)) };
    struct view rest = view_of(text), word;

    if (strcmp(text, "none") == 0)
        rest.n = 0;
    while (lists.networks != NULL && lists.names != NULL && view_next(&rest, ',', &word)) {
        if (add_relay(arena, option, view_trim(word), &lists, error) == -1)
            return -1;
    }
    *networks = lists.network_count == 0 ? NULL : network_set_new(arena, lists.networks, lists.network_count);
    *names = lists.name_count == 0 ? NULL : domain_set_new(arena, lists.names, lists.name_count);
    if (lists.networks == NULL || lists.names == NULL || (lists.network_count > 0 && *networks == NULL) ||
        (lists.name_count > 0 && *names == NULL))
        return error_set(error, ERROR_MEMORY, "out of memory");
    return 0;
}

static int find_relays(struct log_options *options, struct error *error)
{
    const struct follow_settings *follow = options->policy == NULL ? NULL : &policy_settings(options->policy)->follow;
    struct correlate_settings *correlate = &options->correlate;
    const char *internal = options->internal != NULL ? options->internal : follow == NULL ? "127.0.0.0/8,::1" : NULL;

    if (follow != NULL) {
        correlate->internal = follow->internal;
        correlate->internal_names = follow->internal_names;
        correlate->smarthosts = follow->smarthosts;
        correlate->smarthost_names = follow->smarthost_names;
    }
    if (internal != NULL &&
        make_sets(&options->arena, "internal", internal, &correlate->internal, &correlate->internal_names, error) == -1)
        return -1;
    return options->smarthost == NULL ? 0
                                      : make_sets(&options->arena, "smarthost", options->smarthost,
                                                  &correlate->smarthosts, &correlate->smarthost_names, error);
}

/* The zone of the file, where no option names another. */
static int find_zone(struct log_options *options, struct error *error)
{
    struct view zone;

    if (options->zone_given || options->policy == NULL)
        return 0;
    zone = policy_settings(options->policy)->follow.time_zone;
    return zone.n == 0 ? 0 : set_zone(options, zone.p, error);
}

static int read_facts(struct log_options *options, struct error *error)
{
    struct files files;
    struct view text;
    int result;

    if (options->facts == NULL)
        return 0;
    files_init(&files);
    result = files_read(&files, options->facts, PROMISES_FILE_MAX, &text, error);
    if (result == 0)
        result = promises_parse(&options->arena, options->facts, text, &options->promises, error);
    files_done(&files);
    options->correlate.promises = &options->promises;
    return result;
}

static int open_writers(struct log_options *options, struct error *error)
{
    uint64_t *seed = &options->correlate.seed;

    if (getrandom(seed, sizeof(*seed), 0) != (ssize_t)sizeof(*seed))
        return error_set(error, ERROR_SYSTEM, "getrandom: %s", strerror(errno));
    options->writers = writers_new(*seed);
    return options->writers != NULL ? 0 : error_set(error, ERROR_MEMORY, "out of memory");
}

int log_options_finish(struct log_options *options, const struct command_line *command)
{
    struct error error;

    /* The file named by -c must be fine; the default one may be missing. */
    if (!configuration_open(command, options->config, &options->policy))
        return COMMAND_ERRORS;
    options->correlate.tls_logging = options->tls_logging;
    if (find_zone(options, &error) == -1 || find_period(options, &error) == -1 || find_relays(options, &error) == -1 ||
        read_facts(options, &error) == -1 || open_writers(options, &error) == -1)
        return command_line_error(command, &error);
    return COMMAND_LINE_FINE;
}

struct prefix_settings log_options_prefix(const struct log_options *options)
{
    return (struct prefix_settings){
        .writers = options->writers, .utc = local_time_utc, .year = options->year, .newest = options->now
    };
}
