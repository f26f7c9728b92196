/* outward simulate: who would be hit by a rule file. */
#include <stdlib.h>
#include <string.h>

#include "follow/intake.h"
#include "programs/command_line.h"
#include "programs/day.h"
#include "programs/log_choice.h"
#include "programs/simulate_answer.h"

enum { TOP_DEFAULT = 10 };

struct options {
    struct log_options log;
    bool json;
    unsigned top, today;
};

/* What the lines become. */
struct replay {
    const struct options *options;
    struct simulation *simulation;
    uint64_t assumed_ports;
};

/* Where mail went is not asked. */
static const char *const log_names[] = { "since", "until", "year", "tz", NULL };

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG_NEEDED(offsetof(struct options, log.config)),
    { .name = "log",
      .argument = "FILE",
      .help = "a mail log, plain or packed by gzip, zstd or xz; - is standard input; may be given again, in any order "
              "(those of the rule file, else " DEFAULT_LOG ", with what was rotated)",
      .take = log_option_take_log,
      .at = offsetof(struct options, log) },
    { .name = "today",
      .argument = "DATE",
      .help = "for rules with until; without it today",
      .take = option_day,
      .at = offsetof(struct options, today) },
    { .name = "top",
      .argument = "N",
      .help = "rows shown for each rule in text, 0 for all (10)",
      .take = option_number,
      .at = offsetof(struct options, top) },
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(log_option_table, log_names, offsetof(struct options, log)),
};

static const struct command_line command = {
    .name = "outward simulate",
    .usage = "outward simulate [-c FILE] [--log FILE]... [OPTION]...",
    .about = "Tell who would be hit if a rule file were enforced: which messages of a log its rules would\n"
             "reject, hold, tempfail or tag, by rule, sender, login, client and recipient domain.  The gate's\n"
             "records are judged again; messages without one are judged by Postfix's own lines, and what\n"
             "those do not say leaves a message undecided.",
    .exits = "0 answered; 1 the rule file has errors or a log could not be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward simulate -c ./stricter.conf --log /var/log/mail.log.1 --log /var/log/mail.log",
    .instead = "name logs with --log",
};

static int find_logs(struct options *options)
{
    if (!log_choice_rotated(&options->log))
        return command_line_fail(&command, "out of memory");
    return options->log.path_count > 0 ? COMMAND_LINE_FINE
                                       : command_line_fail(&command, "no log can be read; name one with --log FILE");
}

static int parse_options(int argc, char **argv, struct options *options)
{
    int code = command_line_parse(&command, argc, argv, options, NULL);

    /* There is nothing to simulate without one. */
    if (options->log.config == NULL)
        options->log.config = DEFAULT_CONFIGURATION;
    if (code == COMMAND_LINE_FINE)
        code = log_options_finish(&options->log, &command);
    return code == COMMAND_LINE_FINE ? find_logs(options) : code;
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
                                         .cut = feed_counts(feed).cut,
                                         .names_refused = counts.names_refused,
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
        (void)command_line_fail(&command, "%s", error.text);
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
        (void)command_line_fail(&command, "out of memory");
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

    if (options == NULL)
        return command_line_fail(&command, "out of memory");
    log_options_init(&options->log);
    options->top = TOP_DEFAULT;
    options->today = day_today();
    code = parse_options(argc, argv, options);
    if (code == COMMAND_LINE_FINE)
        code = run(options);
    log_options_done(&options->log);
    free(options);
    return code;
}
