#include "programs/log_options.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

#include "programs/commands.h"
#include "programs/configuration.h"
#include "programs/local_time.h"
#include "report/period.h"
#include "shared/file.h"

enum log_option {
    OPTION_CONFIG = LOG_OPTION_FIRST,
    OPTION_LOG,
    OPTION_SINCE,
    OPTION_UNTIL,
    OPTION_YEAR,
    OPTION_ZONE,
    OPTION_TLS_LOGGING,
    OPTION_FACTS,
    OPTION_INTERNAL,
    OPTION_SMARTHOST
};

const struct option log_option_table[LOG_OPTIONS] = {
    { "config", required_argument, NULL, OPTION_CONFIG },
    { "log", required_argument, NULL, OPTION_LOG },
    { "since", required_argument, NULL, OPTION_SINCE },
    { "until", required_argument, NULL, OPTION_UNTIL },
    { "year", required_argument, NULL, OPTION_YEAR },
    { "tz", required_argument, NULL, OPTION_ZONE },
    { "tls-logging", required_argument, NULL, OPTION_TLS_LOGGING },
    { "facts", required_argument, NULL, OPTION_FACTS },
    { "internal", required_argument, NULL, OPTION_INTERNAL },
    { "smarthost", required_argument, NULL, OPTION_SMARTHOST },
};

static const struct {
    const char *option, *help;
} helps[] = {
    { "--log FILE", "a mail log, plain or packed by gzip, zstd or xz; - is standard input;\n"
                    "                           may be given again, in any order" },
    { "--since TIME", "leave out what came before; 2025-11-21, \"2025-11-21 19:17\", yesterday, -7d" },
    { "--until TIME", "leave out what came after" },
    { "--year YEAR", "of the first line, where stamps have no year; else it is inferred" },
    { "--tz ZONE", "zone of stamps without one, and of what is shown; else this machine's" },
    { "--tls-logging on|off", "what smtp_tls_loglevel was, where the log cannot prove it" },
    { "--facts FILE", "what outward doctor --facts says the configuration proves, likewise" },
    { "--internal LIST", "networks and names of relays that are hosts of your own (loopback); none" },
    { "--smarthost LIST", "networks and names of relays that send on for you" },
    { "--config FILE", "settings and delivery rules (" DEFAULT_CONFIGURATION ", if it is there)" },
};

void log_options_print_help(FILE *out)
{
    for (size_t i = 0; i < sizeof(helps) / sizeof(helps[0]); i++)
        fprintf(out, "      %-20s %s\n", helps[i].option, helps[i].help);
}

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

static bool take_log(struct log_options *options, const char *command, const char *path)
{
    if (options->path_count == FEED_SOURCES_MAX) {
        fprintf(stderr, "outward %s: more than %d logs\n", command, FEED_SOURCES_MAX);
        return false;
    }
    options->paths[options->path_count++] = path;
    return true;
}

static bool take_year(struct log_options *options, const char *command, const char *value)
{
    uint64_t year;

    if (!view_number(view_of(value), 9999, &year) || year < 1970) {
        fprintf(stderr, "outward %s: --year is four digits, 1970 or later, not \"%s\"\n", command, value);
        return false;
    }
    options->year = (int)year;
    return true;
}

static bool take_zone(struct log_options *options, const char *command, const char *value)
{
    if (!local_time_set_zone(value)) {
        fprintf(stderr, "outward %s: --tz: there is no time zone \"%s\"\n", command, value);
        return false;
    }
    options->zone_given = true;
    return true;
}

static bool take_tls_logging(struct log_options *options, const char *command, const char *value)
{
    if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
        fprintf(stderr, "outward %s: --tls-logging is on or off, not \"%s\"\n", command, value);
        return false;
    }
    options->tls_logging = value[1] == 'n' ? TLS_LOGGING_ON : TLS_LOGGING_OFF;
    return true;
}

bool log_options_take(struct log_options *options, const char *command, int option, const char *value)
{
    switch ((enum log_option)option) {
    case OPTION_CONFIG:
        options->config = value;
        return true;
    case OPTION_LOG:
        return take_log(options, command, value);
    case OPTION_SINCE:
        options->since_text = value;
        return true;
    case OPTION_UNTIL:
        options->until_text = value;
        return true;
    case OPTION_YEAR:
        return take_year(options, command, value);
    case OPTION_ZONE:
        return take_zone(options, command, value);
    case OPTION_TLS_LOGGING:
        return take_tls_logging(options, command, value);
    case OPTION_FACTS:
        options->facts = value;
        return true;
    case OPTION_INTERNAL:
        options->internal = value;
        return true;
    case OPTION_SMARTHOST:
        options->smarthost = value;
        return true;
    }
    return false;
}

/* The file named by -c must be fine; the default one may be missing. */
static bool load_configuration(struct log_options *options, const char *command)
{
    options->faulty = !configuration_open(command, options->config, &options->policy);
    return !options->faulty;
}

static bool find_moment(const struct log_options *options, const char *command, const char *name, const char *text,
                        struct period *out)
{
    struct period_clock clock = { options->now, local_time_utc, local_time_offset, NULL };

    if (period_parse(view_of(text), &clock, out))
        return true;
    fprintf(stderr, "outward %s: --%s: \"%s\" is no time; write 2025-11-21, \"2025-11-21 19:17\", yesterday or -7d\n",
            command, name, text);
    return false;
}

static bool find_period(struct log_options *options, const char *command)
{
    struct period named;

    if (options->since_text != NULL) {
        if (!find_moment(options, command, "since", options->since_text, &named))
            return false;
        options->since = named.begin * 1000;
    }
    if (options->until_text != NULL) {
        if (!find_moment(options, command, "until", options->until_text, &named))
            return false;
        options->until = named.end * 1000;
    }
    if (options->since < options->until)
        return true;
    fprintf(stderr, "outward %s: --until lies before --since\n", command);
    return false;
}

enum { RELAYS_MAX = 1024 };

/* "192.0.2.0/24,mx.example.com,.example.org" or "none" */
static bool make_sets(struct arena *arena, const char *command, const char *text, const struct network_set **networks,
                      const struct domain_set **names)
{
    struct network *list = arena_alloc(arena, RELAYS_MAX * sizeof(*list));
    struct view *domains = arena_alloc(arena, RELAYS_MAX * sizeof(*domains));
    size_t network_count = 0, name_count = 0;
    struct view rest = view_of(text), word;

    if (strcmp(text, "none") == 0)
        rest.n = 0;
    while (rest.n > 0 && list != NULL && domains != NULL) {
        char storage[DOMAIN_MAX];
        struct buf buf = BUF(storage);

        if (!view_cut(&rest, VIEW(","), &word)) {
            word = rest;
            rest.n = 0;
        }
        word = view_trim(word);
        if (network_count + name_count == RELAYS_MAX)
            break;
        if (network_parse(word, &list[network_count]) == NETWORK_FINE) {
            network_count++;
        } else if (domain_normalize(word, &buf)) {
            domains[name_count++] = arena_copy(arena, buf_view(&buf));
        } else {
            fprintf(stderr, "outward %s: \"%.*s\" is neither network nor name\n", command, VIEW_ARG(word));
            return false;
        }
    }
    *networks = network_count == 0 ? NULL : network_set_new(arena, list, network_count);
    *names = name_count == 0 ? NULL : domain_set_new(arena, domains, name_count);
    return (network_count == 0 || *networks != NULL) && (name_count == 0 || *names != NULL);
}

static bool find_relays(struct log_options *options, const char *command)
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
    return (internal == NULL ||
            make_sets(&options->arena, command, internal, &correlate->internal, &correlate->internal_names)) &&
           (options->smarthost == NULL || make_sets(&options->arena, command, options->smarthost,
                                                    &correlate->smarthosts, &correlate->smarthost_names));
}

/* The zone of the file, where no option names another. */
static bool find_zone(struct log_options *options, const char *command)
{
    struct view zone;

    if (options->zone_given || options->policy == NULL)
        return true;
    zone = policy_settings(options->policy)->follow.time_zone;
    return zone.n == 0 || take_zone(options, command, zone.p);
}

static bool read_facts(struct log_options *options, const char *command)
{
    struct files files;
    struct view text;
    struct error error;
    bool fine;

    if (options->facts == NULL)
        return true;
    files_init(&files);
    fine = files_read(&files, options->facts, PROMISES_FILE_MAX, &text, &error) == 0 &&
           promises_parse(&options->arena, options->facts, text, &options->promises, &error) == 0;
    files_done(&files);
    if (!fine)
        fprintf(stderr, "outward %s: %s\n", command, error.text);
    options->correlate.promises = &options->promises;
    return fine;
}

bool log_options_finish(struct log_options *options, const char *command)
{
    if (!load_configuration(options, command) || !find_zone(options, command) || !find_period(options, command) ||
        !find_relays(options, command) || !read_facts(options, command))
        return false;
    options->correlate.tls_logging = options->tls_logging;
    if (getrandom(&options->correlate.seed, sizeof(options->correlate.seed), 0) !=
        (ssize_t)sizeof(options->correlate.seed)) {
        perror("outward: getrandom");
        return false;
    }
    options->writers = writers_new(options->correlate.seed);
    if (options->writers == NULL)
        fprintf(stderr, "outward %s: out of memory\n", command);
    return options->writers != NULL;
}

struct prefix_settings log_options_prefix(const struct log_options *options)
{
    return (struct prefix_settings){
        .writers = options->writers, .utc = local_time_utc, .year = options->year, .newest = options->now
    };
}
