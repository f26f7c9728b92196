/* outward probe: a live look at a mail server's TLS. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "programs/command_line.h"
#include "programs/probe_answer.h"

enum { EXIT_UNKNOWN = 3, STEP_SECONDS = 10, SECONDS_MAX = 300, CONVERSATION_STEPS = 6, HELO_MAX = 255 };

struct options {
    struct survey_request request;
    struct resolver_options resolver;
    char helo[HELO_MAX + 1];
    unsigned step_seconds;
    bool json, purpose_given;
};

static int take_purpose(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;
    bool submission = strcmp(value, "submission") == 0;

    if (!submission && strcmp(value, "mx") != 0)
        return error_set(error, ERROR_USAGE, "--%s is mx or submission, not \"%.100s\"", row->name, value);
    options->request.purpose = submission ? PURPOSE_SUBMISSION : PURPOSE_EXCHANGE;
    options->purpose_given = true;
    return 0;
}

static int take_no(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row, (void)value, (void)error;
    *(bool *)field = false;
    return 0;
}

static int take_helo(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;
    struct target name;

    /* It goes into a command line: a host name or nothing. */
    if (!target_parse(view_of(value), &name) || name.port != 0)
        return error_set(error, ERROR_USAGE, "--%s wants a host name, not \"%.100s\"", row->name, value);
    memcpy(options->helo, name.host, sizeof(options->helo));
    return 0;
}

static const struct option_row rows[] = {
    { .name = "as",
      .argument = "mx|submission",
      .help = "what the server is there for (mx; submission for ports 465 and 587)",
      .take = take_purpose },
    { .name = "implicit-tls",
      .help = "TLS from the first octet (port 465)",
      .take = option_flag,
      .at = offsetof(struct options, request.implicit) },
    { .name = "mta-sts",
      .help = "get a domain's MTA-STS policy, and hold its mail servers against it",
      .take = option_flag,
      .at = offsetof(struct options, request.fetch_policy) },
    { .name = "brief",
      .help = "one conversation with each server, no trials of versions",
      .take = option_flag,
      .at = offsetof(struct options, request.probe.brief) },
    { .letter = '4', .help = "IPv4 addresses alone", .take = take_no, .at = offsetof(struct options, request.ipv6) },
    { .letter = '6', .help = "IPv6 addresses alone", .take = take_no, .at = offsetof(struct options, request.ipv4) },
    { .name = "authorities",
      .argument = "FILE",
      .help = "trust these, not the system's (PEM)",
      .take = option_readable,
      .at = offsetof(struct options, request.probe.authorities) },
    { .name = "helo", .argument = "NAME", .help = "what to call ourselves (this host's name)", .take = take_helo },
    { .name = "timeout",
      .argument = "SECONDS",
      .help = "for each step (10)",
      .take = option_number,
      .at = offsetof(struct options, step_seconds),
      .least = 1,
      .most = SECONDS_MAX },
    { .name = "mx-port",
      .argument = "PORT",
      .help = "of a domain's mail servers (25)",
      .take = option_number,
      .at = offsetof(struct options, request.exchange_port),
      .least = 1,
      .most = UINT16_MAX },
    { .name = "https-port",
      .argument = "PORT",
      .help = "of the server that has the policy (443)",
      .take = option_number,
      .at = offsetof(struct options, request.https_port),
      .least = 1,
      .most = UINT16_MAX },
    OPTION_ROW_RESOLVER(offsetof(struct options, resolver.server)),
    OPTION_ROW_TRUST_ANCHOR(offsetof(struct options, resolver.anchor)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward probe",
    .usage = "outward probe [OPTION]... DOMAIN | HOST:PORT",
    .about =
        "Look at the TLS of a domain's mail servers, or of one server, from here.  Nothing is sent and nobody logs in.",
    .exits = "0 yes; 1 no, or a file could not be read; 2 usage; 3 unknown",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward probe mail.example.org:587",
    .more = "outward-probe(1) explains each remark.",
};

static int take_target(struct options *options, const char *text)
{
    struct survey_request *request = &options->request;
    struct target *target = &request->target;

    if (!target_parse(view_of(text), target))
        return command_line_refuse(&command, "\"%s\" is neither a domain nor HOST:PORT", text);
    if (!options->purpose_given && (target->port == 465 || target->port == 587))
        request->purpose = PURPOSE_SUBMISSION;
    if (target->port == 465)
        request->implicit = true;
    return COMMAND_LINE_FINE;
}

static void set_limits(struct options *options)
{
    unsigned step_ms = options->step_seconds * 1000;

    options->request.probe.limits = (struct talk_limits){ step_ms, step_ms * CONVERSATION_STEPS };
    options->resolver.timeout_ms = step_ms;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    struct operands operands;
    int code = command_line_parse(&command, argc, argv, options, &operands);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (operands.count != 1)
        return command_line_refuse(&command, operands.count == 0 ? "which domain or HOST:PORT?"
                                                                 : "one domain or HOST:PORT at a time");
    if (!options->request.ipv4 && !options->request.ipv6)
        return command_line_refuse(&command, "-4 and -6 leave no address");
    set_limits(options);
    return take_target(options, operands.list[0]);
}

static void show_progress(void *to, const char *host, const struct address *address)
{
    char storage[64];
    struct buf text = BUF(storage);

    (void)to;
    address_add(&text, address);
    fprintf(stderr, "asking %s [%s] ...\n", host, buf_text(&text));
}

static int answer(const struct options *options, const struct survey *survey)
{
    static const int codes[] = {
        [ANSWER_YES] = COMMAND_FINE, [ANSWER_NO] = COMMAND_ERRORS, [ANSWER_UNKNOWN] = EXIT_UNKNOWN
    };

    if (!options->json)
        probe_print_text(stdout, &options->request, survey);
    else if (probe_print_json(stdout, &options->request, survey) == -1)
        return command_line_fail(&command, "out of memory");
    return codes[survey->answer];
}

static int survey(struct options *options)
{
    struct arena arena;
    struct survey result;
    struct error error;
    int code;

    options->request.resolver = resolver_open(&options->resolver, &error);
    if (options->request.resolver == NULL)
        return command_line_error(&command, &error);
    arena_init(&arena, 0);
    if (survey_make(&arena, &options->request, &result) == -1)
        code = command_line_fail(&command, "out of memory");
    else
        code = answer(options, &result);
    arena_done(&arena);
    resolver_close(options->request.resolver);
    return code;
}

int command_probe(int argc, char **argv)
{
    struct options options = {
        .step_seconds = STEP_SECONDS,
        .request = { .ipv4 = true, .ipv6 = true, .exchange_port = 25, .https_port = 443, .now = (int64_t)time(NULL) }
    };
    int code;

    options.request.probe.helo = options.helo;
    if (gethostname(options.helo, sizeof(options.helo)) == -1 || options.helo[0] == '\0')
        memcpy(options.helo, "localhost", sizeof("localhost"));
    options.helo[HELO_MAX] = '\0';
    code = parse_options(argc, argv, &options);
    if (code != COMMAND_LINE_FINE)
        return code;
    if (isatty(STDERR_FILENO) == 1)
        options.request.progress = show_progress;
    (void)signal(SIGPIPE, SIG_IGN);
    return survey(&options);
}
