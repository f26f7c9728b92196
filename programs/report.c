/* outward report: what left this machine, and how encrypted. */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs/assessment.h"
#include "programs/command_line.h"
#include "programs/language.h"
#include "programs/ledger_report.h"
#include "programs/local_time.h"
#include "programs/report_logs.h"
#include "programs/report_mail.h"

enum { TOP_DEFAULT = 20 };

enum format { FORMAT_TEXT, FORMAT_HTML, FORMAT_JSON, FORMAT_CSV };

static const struct {
    const char *name;
    void (*write)(const struct report *report, FILE *out);
} formats[] = {
    [FORMAT_TEXT] = { "text", report_text },
    [FORMAT_HTML] = { "html", report_html },
    [FORMAT_JSON] = { "json", report_json },
    [FORMAT_CSV] = { "csv", report_csv },
};

struct options {
    struct log_options log;
    enum format format;
    const char *output;
    unsigned top;
    bool verbose;
    unsigned threads; /* 0: one for each processor */
    enum report_series series;
    const char *language_name; /* NULL: the environment's */
    struct language language;
    struct report_mail_options mail;
    bool dns; /* ask it about the senders */
    struct egress egress;
    struct resolver_options resolver;
};

static int take_format(void *field, const struct option_row *row, const char *value, struct error *error)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, value) == 0) {
            *(enum format *)field = (enum format)i;
            return 0;
        }
    }
    return error_set(error, ERROR_USAGE, "--%s is text, html, json or csv, not \"%.100s\"", row->name, value);
}

static int take_series(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (strcmp(value, "hour") != 0 && strcmp(value, "day") != 0)
        return error_set(error, ERROR_USAGE, "--%s is hour or day, not \"%.100s\"", row->name, value);
    *(enum report_series *)field = value[0] == 'h' ? SERIES_HOUR : SERIES_DAY;
    return 0;
}

static const struct option_row rows[] = {
    { .name = "format",
      .argument = "text|html|json|csv",
      .help = "how to answer",
      .take = take_format,
      .at = offsetof(struct options, format) },
    { .name = "output",
      .argument = "FILE",
      .help = "write there instead of standard output",
      .take = option_text,
      .at = offsetof(struct options, output) },
    { .name = "top",
      .argument = "N",
      .help = "rows of each table in text and HTML, 0 for all (20)",
      .take = option_number,
      .at = offsetof(struct options, top) },
    { .name = "series",
      .argument = "hour|day",
      .help = "add the totals of each hour or day",
      .take = take_series,
      .at = offsetof(struct options, series) },
    { .name = "threads",
      .argument = "N",
      .help = "read logs of different hosts by so many threads at most (one a processor)",
      .take = option_number,
      .at = offsetof(struct options, threads),
      .least = 1 },
    { .name = "lang",
      .argument = "LANGUAGE",
      .help = "of text and HTML: en or ja (LC_ALL, LC_MESSAGES or LANG)",
      .take = option_text,
      .at = offsetof(struct options, language_name) },
    { .name = "mail",
      .argument = "ADDRESS",
      .help = "send it as mail, text with the page attached, when there is something to say; with --output the message "
              "is written there and not sent",
      .take = option_text,
      .at = offsetof(struct options, mail.to) },
    { .name = "mail-from",
      .argument = "ADDRESS",
      .help = "the sender (the address it goes to)",
      .take = option_text,
      .at = offsetof(struct options, mail.from) },
    { .name = "mail-server",
      .argument = "HOST[:PORT]",
      .help = "take it there (127.0.0.1:25)",
      .take = option_text,
      .at = offsetof(struct options, mail.server) },
    { .name = "mail-always",
      .help = "send it also when there is nothing to say",
      .take = option_flag,
      .at = offsetof(struct options, mail.always) },
    { .name = "dns",
      .help = "ask DNS about the senders, as outward guidelines does",
      .take = option_flag,
      .at = offsetof(struct options, dns) },
    { .name = "egress",
      .argument = "ADDRESS",
      .help = "that the mail leaves from, for --dns; may be repeated (the rule file's, else Postfix's)",
      .take = option_egress,
      .at = offsetof(struct options, egress) },
    OPTION_ROW_RESOLVER(offsetof(struct options, resolver.server)),
    OPTION_ROW_TRUST_ANCHOR(offsetof(struct options, resolver.anchor)),
    { .name = "verbose",
      .letter = 'v',
      .help = "show lines that were not understood",
      .take = option_flag,
      .at = offsetof(struct options, verbose) },
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(log_option_table, NULL, offsetof(struct options, log)),
};

static const struct command_line command = {
    .name = "outward report",
    .usage = "outward report [--log FILE]... [OPTION]...",
    .about =
        "Tell what left this machine, to which domains, and how encrypted: from Postfix's logs, or, without --log,\n"
        "from the ledger that outward-follow keeps.",
    .exits = "0 fine; 1 a log or file could not be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward report --log /var/log/mail.log.1 --log /var/log/mail.log --since yesterday",
};

static int add_logs(struct log_options *log, const struct operands *operands)
{
    struct error error;

    for (size_t i = 0; i < operands->count; i++) {
        if (log_options_add(log, operands->list[i], &error) == -1)
            return command_line_error(&command, &error);
    }
    return COMMAND_LINE_FINE;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    struct operands operands;
    struct error error;
    int code = command_line_parse(&command, argc, argv, options, &operands);

    if (code == COMMAND_LINE_FINE)
        code = add_logs(&options->log, &operands);
    if (code != COMMAND_LINE_FINE)
        return code;
    if (!language_init(&options->language, options->language_name, &error))
        return command_line_refuse(&command, "--lang: %s", error.text);
    if (report_mail_check(&options->mail, &error) == -1)
        return command_line_refuse(&command, "%s", error.text);
    return log_options_finish(&options->log, &command);
}

static FILE *open_output(const char *path)
{
    FILE *out = path == NULL || strcmp(path, "-") == 0 ? stdout : fopen(path, "we");

    if (out == NULL)
        fprintf(stderr, "outward report: %s: %s\n", path, strerror(errno));
    return out;
}

static int close_output(FILE *out, const char *path)
{
    bool failed = ferror(out) != 0;

    failed |= (out == stdout ? fflush(out) : fclose(out)) != 0;
    if (failed)
        fprintf(stderr, "outward report: %s: %s\n", out == stdout ? "standard output" : path, strerror(errno));
    return failed ? COMMAND_ERRORS : COMMAND_FINE;
}

static bool is_coloured(const struct options *options)
{
    return options->output == NULL && options->mail.to == NULL && isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL;
}

static int write_out(const struct options *options, const struct report *report)
{
    FILE *out = open_output(options->output);

    if (out == NULL)
        return COMMAND_ERRORS;
    formats[options->format].write(report, out);
    return close_output(out, options->output);
}

static int write_mail(const struct options *options, const struct report *report, struct error *error)
{
    FILE *out = open_output(options->output);
    int result;

    if (out == NULL)
        return COMMAND_ERRORS;
    result = report_mail_write(&options->mail, report, options->log.now, out, error);
    return close_output(out, options->output) == COMMAND_FINE && result == 0 ? COMMAND_FINE : COMMAND_ERRORS;
}

static int mail_out(const struct options *options, const struct report *report)
{
    struct error error = { 0 };
    int code = COMMAND_FINE;

    if (!options->mail.always && !report_has_news(report))
        printf("outward report: nothing to say, so no mail; --mail-always sends it all the same\n");
    else if (options->output != NULL)
        code = write_mail(options, report, &error);
    else if (report_mail_send(&options->mail, report, options->log.now, &error) == -1)
        code = COMMAND_ERRORS;
    if (error.kind != ERROR_NONE)
        fprintf(stderr, "outward report: %s\n", error.text);
    return code;
}

static int give_out(const struct options *options, const struct report *report)
{
    return options->mail.to == NULL ? write_out(options, report) : mail_out(options, report);
}

/* NULL where DNS is not to be asked.  False after a message. */
static bool open_dns(const struct options *options, const struct settings *settings, struct egress *egress,
                     struct sender_dns **out)
{
    struct error error;

    *out = NULL;
    if (!options->dns)
        return true;
    *egress = options->egress;
    if (egress->source == EGRESS_NOWHERE && settings != NULL)
        egress_of_settings(&settings->guidelines, egress);
    /* Without Postfix here the addresses are unknown, and the rows say so. */
    if (egress->source == EGRESS_NOWHERE)
        (void)egress_of_postfix(NULL, NULL, egress, &error);
    *out = sender_dns_open(&options->resolver, egress, &error);
    if (*out == NULL)
        fprintf(stderr, "outward report: %s\n", error.text);
    return *out != NULL;
}

/* With how the senders stand against the receivers' guidelines.  flags: of the ledger, NULL without any. */
static int write_assessed(const struct options *options, struct report *report, const struct bulk_flag *flags,
                          size_t flag_count)
{
    const struct settings *settings = options->log.policy == NULL ? NULL : policy_settings(options->log.policy);
    struct assessment assessment;
    struct egress egress;
    struct sender_dns *dns;
    int code = COMMAND_ERRORS;

    if (!open_dns(options, settings, &egress, &dns))
        return COMMAND_ERRORS;
    if (assessment_open(&assessment, report->tally, settings, flags, flag_count, dns, report->until)) {
        report->compliance = assessment.compliance;
        code = give_out(options, report);
    }
    assessment_close(&assessment);
    sender_dns_close(dns);
    return code;
}

static int write_report(const struct options *options, const struct report_logs *logs)
{
    struct report report = {
        .tally = logs->tally,
        .violations = logs->violations,
        .from = options->log.since != INT64_MIN ? options->log.since : tally_first(logs->tally),
        .until = options->log.until != INT64_MAX ? options->log.until : tally_last(logs->tally),
        .hosts = logs->hosts,
        .host_count = logs->host_count,
        .lines = logs->lines,
        .unparsed = logs->unparsed,
        .gaps = logs->gaps,
        .duplicates = logs->duplicates,
        .cut = logs->cut,
        .evicted = logs->evicted,
        .names_refused = logs->names_refused,
        .main_relay = logs->main_relay,
        .samples = logs->samples,
        .sample_count = logs->sample_count,
        .top = options->top,
        .series = options->series,
        .catalog = options->language.catalog,
        .colour = is_coloured(options),
        .offset = local_time_offset,
    };

    return write_assessed(options, &report, NULL, 0);
}

static int read_logs(const struct options *options)
{
    struct report_logs_options logs_options = { &options->log, options->verbose, options->threads };
    struct report_logs *logs;
    int code;

    if (report_logs_read(&logs_options, &logs) == -1)
        return COMMAND_ERRORS;
    code = write_report(options, logs);
    report_logs_free(logs);
    return code;
}

/* Without a log: what outward-follow counted. */
static int read_ledger(const struct options *options, struct tally *tally, struct violations *violations)
{
    struct report report = { .tally = tally,
                             .violations = violations,
                             .top = options->top,
                             .series = options->series,
                             .catalog = options->language.catalog,
                             .colour = is_coloured(options),
                             .offset = local_time_offset };
    const char *path = ledger_path_of(options->log.policy);
    struct bulk_flags flags = { .count = 0 };
    struct ledger_loaded loaded;
    struct error error;
    int code = COMMAND_ERRORS;

    if (ledger_report_load(path, options->log.since, options->log.until, tally, &report, &loaded, &error) &&
        ledger_report_evidence(path, options->log.since, options->log.until, tally, &flags, &error)) {
        if (violations != NULL)
            violations_add_tally(violations, tally);
        code = write_assessed(options, &report, flags.list, flags.count);
    } else {
        fprintf(stderr,
                "outward report: %s\n"
                "outward report: outward-follow keeps a ledger; without one, name a log with --log FILE\n",
                error.text);
    }
    bulk_flags_done(&flags);
    ledger_loaded_done(&loaded);
    return code;
}

static int load_ledger(const struct options *options)
{
    const struct settings *settings = options->log.policy == NULL ? NULL : policy_settings(options->log.policy);
    uint64_t seed = options->log.correlate.seed;
    struct tally *tally = tally_new(seed);
    struct violations *violations = NULL;
    bool wanted = settings != NULL && settings->delivery_rule_count > 0;
    int code = COMMAND_ERRORS;

    if (wanted)
        violations = violations_new(settings->delivery_rules, settings->delivery_rule_count, seed);
    if (tally == NULL || (wanted && violations == NULL))
        fprintf(stderr, "outward report: out of memory\n");
    else
        code = read_ledger(options, tally, violations);
    violations_free(violations);
    tally_free(tally);
    return code;
}

int command_report(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof(*options));
    int code;

    if (options == NULL)
        return command_line_fail(&command, "out of memory");
    log_options_init(&options->log);
    options->top = TOP_DEFAULT;
    code = parse_options(argc, argv, options);
    if (code == COMMAND_LINE_FINE)
        code = options->log.path_count == 0 ? load_ledger(options) : read_logs(options);
    log_options_done(&options->log);
    language_done(&options->language);
    free(options);
    return code;
}
