/* outward report: what left this machine, and how encrypted. */
#include "report/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs/assessment.h"
#include "programs/commands.h"
#include "programs/language.h"
#include "programs/ledger_report.h"
#include "programs/local_time.h"
#include "programs/report_logs.h"
#include "programs/report_mail.h"

enum { TOP_DEFAULT = 20 };

enum {
    OPTION_FORMAT = 1,
    OPTION_TOP,
    OPTION_OUTPUT,
    OPTION_VERBOSE,
    OPTION_SERIES,
    OPTION_THREADS,
    OPTION_LANGUAGE,
    OPTION_MAIL,
    OPTION_MAIL_FROM,
    OPTION_MAIL_SERVER,
    OPTION_MAIL_ALWAYS,
    OPTION_DNS,
    OPTION_EGRESS,
    OPTION_RESOLVER,
    OPTION_ANCHOR
};

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
    size_t top;
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

static void print_help(FILE *out)
{
    fputs("usage: outward report [--log FILE]... [OPTION]...\n\n"
          "Tell what left this machine, to which domains, and how encrypted: from Postfix's logs, or, without --log,\n"
          "from the ledger that outward-follow keeps.\n"
          "Exit code: 0 fine; 1 a log or file could not be read; 2 usage.\n\n"
          "      --format FORMAT      text, html, json or csv\n"
          "      --output FILE        write there instead of standard output\n"
          "      --top N              rows of each table in text and HTML, 0 for all (20)\n"
          "      --series hour|day    add the totals of each hour or day\n"
          "      --threads N          read logs of different hosts by so many threads at most (one a processor)\n"
          "      --lang LANGUAGE      of text and HTML: en or ja (LC_ALL, LC_MESSAGES or LANG)\n"
          "      --mail ADDRESS       send it as mail, text with the page attached, when there is something to say;\n"
          "                           with --output the message is written there and not sent\n"
          "      --mail-from ADDRESS  the sender (the address it goes to)\n"
          "      --mail-server HOST[:PORT]  take it there (127.0.0.1:25)\n"
          "      --mail-always        send it also when there is nothing to say\n"
          "      --dns                ask DNS about the senders, as outward guidelines does\n"
          "      --egress ADDRESS     that the mail leaves from; may be repeated (the rule file's, else Postfix's)\n"
          "      --resolver ADDRESS[@PORT], --trust-anchor FILE   for --dns\n"
          "  -v, --verbose            show lines that were not understood\n"
          "  -h, --help               this text\n",
          out);
    log_options_print_help(out);
    fputs("\nexample: outward report --log /var/log/mail.log.1 --log /var/log/mail.log --since yesterday\n", out);
}

static bool take_format(struct options *options, const char *value)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(formats[i].name, value) == 0) {
            options->format = (enum format)i;
            return true;
        }
    }
    fprintf(stderr, "outward report: --format is text, html, json or csv, not \"%s\"\n", value);
    return false;
}

static bool take_top(struct options *options, const char *value)
{
    uint64_t top;

    if (!view_number(view_of(value), UINT32_MAX, &top)) {
        fprintf(stderr, "outward report: --top is a number of rows, not \"%s\"\n", value);
        return false;
    }
    options->top = (size_t)top;
    return true;
}

static bool take_series(struct options *options, const char *value)
{
    if (strcmp(value, "hour") != 0 && strcmp(value, "day") != 0) {
        fprintf(stderr, "outward report: --series is hour or day, not \"%s\"\n", value);
        return false;
    }
    options->series = value[0] == 'h' ? SERIES_HOUR : SERIES_DAY;
    return true;
}

static bool take_egress(struct options *options, const char *value)
{
    struct address address;

    if (!address_parse(view_of(value), &address)) {
        fprintf(stderr, "outward report: --egress wants an address, not \"%s\"\n", value);
        return false;
    }
    options->egress.source = EGRESS_OPTION;
    egress_add(&options->egress, &address);
    return true;
}

static bool take_threads(struct options *options, const char *value)
{
    uint64_t threads;

    if (!view_number(view_of(value), UINT32_MAX, &threads) || threads == 0) {
        fprintf(stderr, "outward report: --threads is a number from 1, not \"%s\"\n", value);
        return false;
    }
    options->threads = (unsigned)threads;
    return true;
}

/* False after a message. */
static bool take_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_FORMAT:
        return take_format(options, value);
    case OPTION_TOP:
        return take_top(options, value);
    case OPTION_OUTPUT:
        options->output = value;
        return true;
    case OPTION_SERIES:
        return take_series(options, value);
    case OPTION_THREADS:
        return take_threads(options, value);
    case OPTION_MAIL:
        options->mail.to = value;
        return true;
    case OPTION_MAIL_FROM:
        options->mail.from = value;
        return true;
    case OPTION_MAIL_SERVER:
        options->mail.server = value;
        return true;
    case OPTION_MAIL_ALWAYS:
        options->mail.always = true;
        return true;
    case OPTION_DNS:
        options->dns = true;
        return true;
    case OPTION_EGRESS:
        return take_egress(options, value);
    case OPTION_RESOLVER:
        options->resolver.server = value;
        return true;
    case OPTION_ANCHOR:
        options->resolver.anchor = value;
        return true;
    case OPTION_LANGUAGE:
        options->language_name = value;
        return true;
    case 'v':
        options->verbose = true;
        return true;
    case 'c':
        options->log.config = value;
        return true;
    default:
        return log_options_take(&options->log, "report", option, value);
    }
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option own[] = { { "format", required_argument, NULL, OPTION_FORMAT },
                                         { "top", required_argument, NULL, OPTION_TOP },
                                         { "output", required_argument, NULL, OPTION_OUTPUT },
                                         { "series", required_argument, NULL, OPTION_SERIES },
                                         { "threads", required_argument, NULL, OPTION_THREADS },
                                         { "lang", required_argument, NULL, OPTION_LANGUAGE },
                                         { "mail", required_argument, NULL, OPTION_MAIL },
                                         { "mail-from", required_argument, NULL, OPTION_MAIL_FROM },
                                         { "mail-server", required_argument, NULL, OPTION_MAIL_SERVER },
                                         { "mail-always", no_argument, NULL, OPTION_MAIL_ALWAYS },
                                         { "dns", no_argument, NULL, OPTION_DNS },
                                         { "egress", required_argument, NULL, OPTION_EGRESS },
                                         { "resolver", required_argument, NULL, OPTION_RESOLVER },
                                         { "trust-anchor", required_argument, NULL, OPTION_ANCHOR },
                                         { "verbose", no_argument, NULL, 'v' },
                                         { "help", no_argument, NULL, 'h' } };
    struct option names[sizeof(own) / sizeof(own[0]) + LOG_OPTIONS + 1] = { 0 };
    struct error error;
    int option;

    memcpy(names, own, sizeof(own));
    memcpy(names + sizeof(own) / sizeof(own[0]), log_option_table, sizeof(log_option_table));
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:vh", names, NULL)) != -1) {
        if (option == 'h') {
            print_help(stdout);
            return COMMAND_FINE;
        }
        if (option == '?' || !take_option(options, option, optarg))
            return COMMAND_USAGE;
    }
    for (; optind < argc; optind++) {
        if (!log_options_take(&options->log, "report", log_option_table[1].val, argv[optind]))
            return COMMAND_USAGE;
    }
    if (!language_init(&options->language, options->language_name, &error)) {
        fprintf(stderr, "outward report: --lang: %s\n", error.text);
        return COMMAND_USAGE;
    }
    if (report_mail_check(&options->mail, &error) == -1) {
        fprintf(stderr, "outward report: %s\n", error.text);
        return COMMAND_USAGE;
    }
    if (log_options_finish(&options->log, "report"))
        return -1;
    return options->log.faulty ? COMMAND_ERRORS : COMMAND_USAGE;
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
        .evicted = logs->evicted,
        .only_relay = logs->only_relay,
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

    if (options == NULL) {
        fprintf(stderr, "outward report: out of memory\n");
        return COMMAND_ERRORS;
    }
    log_options_init(&options->log);
    options->top = TOP_DEFAULT;
    code = parse_options(argc, argv, options);
    if (code == -1)
        code = options->log.path_count == 0 ? load_ledger(options) : read_logs(options);
    log_options_done(&options->log);
    language_done(&options->language);
    free(options);
    return code;
}
