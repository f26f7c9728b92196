/* outward simulate: who would be hit by a rule file. */
#include <stdlib.h>
#include <string.h>

#include "follow/intake.h"
#include "programs/commands.h"
#include "programs/day.h"
#include "programs/log_choice.h"
#include "programs/simulate_answer.h"

enum { TOP_DEFAULT = 10 };

enum { OPTION_FORMAT = 1, OPTION_TOP, OPTION_TODAY };

struct options {
    struct log_options log;
    bool json;
    size_t top;
    unsigned today;
};

/* What the lines become. */
struct replay {
    const struct options *options;
    struct simulation *simulation;
    uint64_t assumed_ports;
};

static void print_help(void)
{
    fputs("usage: outward simulate [-c FILE] [--log FILE]... [OPTION]...\n\n"
          "Tell who would be hit if a rule file were enforced: which messages of a log its rules would\n"
          "reject, hold, tempfail or tag, by rule, sender, login, client and recipient domain.  The gate's\n"
          "records are judged again; messages without one are judged by Postfix's own lines, and what\n"
          "those do not say leaves a message undecided.\n"
          "Exit code: 0 answered; 1 the rule file has errors or a log could not be read; 2 usage.\n\n"
          "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ")\n"
          "      --log FILE           a mail log, plain or packed by gzip, zstd or xz; - is standard input;\n"
          "                           may be given again, in any order (those of the rule file, else\n"
          "                           " DEFAULT_LOG ", with what was rotated)\n"
          "      --since TIME         leave out what came before; 2025-11-21, \"2025-11-21 19:17\", yesterday, -7d\n"
          "      --until TIME         leave out what came after\n"
          "      --year YEAR          of the first line, where stamps have no year; else it is inferred\n"
          "      --tz ZONE            zone of stamps without one, and of what is shown; else this machine's\n"
          "      --today DATE         for rules with until; without it today\n"
          "      --top N              rows shown for each rule in text, 0 for all (10)\n"
          "      --format text|json   how to answer\n"
          "  -h, --help               this text\n\n"
          "example: outward simulate -c ./stricter.conf --log /var/log/mail.log.1 --log /var/log/mail.log\n",
          stdout);
}

static bool take_top(struct options *options, const char *value)
{
    uint64_t top;

    if (!view_number(view_of(value), UINT32_MAX, &top)) {
        fprintf(stderr, "outward simulate: --top is a number of rows, not \"%s\"\n", value);
        return false;
    }
    options->top = (size_t)top;
    return true;
}

static bool take_format(struct options *options, const char *value)
{
    options->json = strcmp(value, "json") == 0;
    if (options->json || strcmp(value, "text") == 0)
        return true;
    fprintf(stderr, "outward simulate: --format is text or json, not \"%s\"\n", value);
    return false;
}

static bool take_today(struct options *options, const char *value)
{
    if (day_parse(value, &options->today))
        return true;
    fprintf(stderr, "outward simulate: --today is a day such as 2027-03-31, not \"%s\"\n", value);
    return false;
}

/* False after a message. */
static bool take_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_FORMAT:
        return take_format(options, value);
    case OPTION_TOP:
        return take_top(options, value);
    case OPTION_TODAY:
        return take_today(options, value);
    case 'c':
        options->log.config = value;
        return true;
    default:
        return log_options_take(&options->log, "simulate", option, value);
    }
}

/* A missing or wrong rule file is an error of the file, anything else one of usage. */
static int finish_options(struct options *options)
{
    bool fine;

    if (options->log.config == NULL)
        options->log.config = DEFAULT_CONFIGURATION;
    fine = log_options_finish(&options->log, "simulate");
    if (options->log.policy == NULL)
        return COMMAND_ERRORS;
    if (!fine)
        return COMMAND_USAGE;
    fine = log_choice_rotated(&options->log);
    if (fine && options->log.path_count > 0)
        return -1;
    fprintf(stderr, fine ? "outward simulate: no log can be read; name one with --log FILE\n"
                         : "outward simulate: out of memory\n");
    return fine ? COMMAND_USAGE : COMMAND_ERRORS;
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option own[] = { { "config", required_argument, NULL, 'c' },
                                         { "format", required_argument, NULL, OPTION_FORMAT },
                                         { "top", required_argument, NULL, OPTION_TOP },
                                         { "today", required_argument, NULL, OPTION_TODAY },
                                         { "help", no_argument, NULL, 'h' } };
    /* Where mail went is not asked. */
    static const char *const wanted[] = { "log", "since", "until", "year", "tz", NULL };
    struct option names[sizeof(own) / sizeof(own[0]) + LOG_OPTIONS + 1] = { 0 };
    int option;

    memcpy(names, own, sizeof(own));
    log_choice_copy(wanted, names + sizeof(own) / sizeof(own[0]));
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option == '?' || !take_option(options, option, optarg))
            return COMMAND_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "outward simulate: unexpected \"%s\"; name logs with --log\n", argv[optind]);
        return COMMAND_USAGE;
    }
    return finish_options(options);
}

static bool is_in_period(const struct replay *replay, int64_t time)
{
    return time >= replay->options->log.since && time < replay->options->log.until;
}

static void on_message(void *context, const struct intake_message *message)
{
    struct replay *replay = context;
    struct simulated simulated = { .time = message->time,
                                   .sub = &message->sub,
                                   .to = message->to,
                                   .to_count = message->to_count,
                                   .to_more = message->to_more,
                                   .tls_version_unknown = message->tls_version_unknown,
                                   .without_gate = true };

    if (!is_in_period(replay, message->time))
        return;
    replay->assumed_ports += message->assumed_port;
    simulation_add(replay->simulation, &simulated);
}

static void on_record(void *context, int64_t time, const struct record *record)
{
    struct replay *replay = context;

    if (is_in_period(replay, time))
        simulation_add_record(replay->simulation, time, record);
}

static int answer(const struct replay *replay, const struct intake *intake, const struct feed *feed)
{
    const struct options *options = replay->options;
    struct intake_counts counts = intake_counts(intake);
    struct simulate_answer simulated = { .simulation = replay->simulation,
                                         .path = options->log.config,
                                         .mode = policy_settings(options->log.policy)->mode,
                                         .assumed_ports = replay->assumed_ports,
                                         .unparsed = feed_counts(feed).strange + counts.strange,
                                         .early = counts.early + counts.lost,
                                         .top = options->top };
    bool fine = options->json ? simulate_json(&simulated, stdout) : simulate_text(&simulated, stdout);

    if (fine && fflush(stdout) == 0)
        return COMMAND_FINE;
    if (fine)
        perror("outward simulate: standard output");
    return COMMAND_ERRORS;
}

static int read_logs(struct replay *replay, struct intake *intake)
{
    const struct log_options *log = &replay->options->log;
    struct prefix_settings prefix = log_options_prefix(log);
    const struct log_line *line;
    struct feed *feed = NULL;
    struct error error;
    int result = feed_open(log->paths, log->path_count, &prefix, NULL, &feed, &error), code = COMMAND_ERRORS;

    while (result != -1 && (result = feed_next(feed, &line, &error)) == 1)
        intake_line(intake, line);
    if (result == -1) {
        fprintf(stderr, "outward simulate: %s\n", error.text);
    } else {
        intake_end(intake);
        code = answer(replay, intake, feed);
    }
    feed_close(feed);
    return code;
}

static int run(const struct options *options)
{
    struct replay replay = { .options = options };
    struct intake_sink sink = { on_message, on_record, &replay };
    struct intake *intake = intake_new(options->log.correlate.seed, &sink);
    int code = COMMAND_ERRORS;

    replay.simulation = simulation_new(options->log.policy, options->today, options->log.correlate.seed);
    if (intake == NULL || replay.simulation == NULL)
        fprintf(stderr, "outward simulate: out of memory\n");
    else
        code = read_logs(&replay, intake);
    simulation_free(replay.simulation);
    intake_free(intake);
    return code;
}

int command_simulate(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof(*options));
    int code;

    if (options == NULL) {
        fprintf(stderr, "outward simulate: out of memory\n");
        return COMMAND_ERRORS;
    }
    log_options_init(&options->log);
    options->top = TOP_DEFAULT;
    options->today = day_today();
    code = parse_options(argc, argv, options);
    if (code == -1)
        code = run(options);
    log_options_done(&options->log);
    free(options);
    return code;
}
