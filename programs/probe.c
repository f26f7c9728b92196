/* outward probe: a live look at a mail server's TLS. */
#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "programs/commands.h"
#include "programs/probe_answer.h"

enum { EXIT_UNKNOWN = 3, STEP_SECONDS = 10, SECONDS_MAX = 300, CONVERSATION_STEPS = 6, HELO_MAX = 255 };

struct options {
    struct survey_request request;
    struct resolver_options resolver;
    char helo[HELO_MAX + 1];
    bool json, purpose_given;
};

static void print_help(FILE *out)
{
    fputs("usage: outward probe [OPTION]... DOMAIN | HOST:PORT\n\n"
          "Look at the TLS of a domain's mail servers, or of one server, from here.  Nothing is sent and nobody logs "
          "in.\n"
          "Exit code: 0 yes, 1 no, 2 usage, 3 unknown.\n\n"
          "      --as mx|submission    what the server is there for (mx; submission for ports 465 and 587)\n"
          "      --implicit-tls        TLS from the first octet (port 465)\n"
          "      --mta-sts             get a domain's MTA-STS policy, and hold its mail servers against it\n"
          "      --brief               one conversation with each server, no trials of versions\n"
          "  -4, -6                    these addresses alone\n"
          "      --authorities FILE    trust these, not the system's (PEM)\n"
          "      --helo NAME           what to call ourselves (this host's name)\n"
          "      --timeout SECONDS     for each step (10)\n"
          "      --mx-port PORT        of a domain's mail servers (25)\n"
          "      --https-port PORT     of the server that has the policy (443)\n"
          "      --resolver ADDRESS[@PORT]   ask this name server, not the system's\n"
          "      --trust-anchor FILE   DNSSEC's root of trust, not the distribution's\n"
          "      --format text|json    how to answer\n"
          "  -h, --help                this text\n\n"
          "example: outward probe mail.example.org:587\n\n"
          "outward-probe(1) explains each remark.\n",
          out);
}

static int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse(const char *format, ...)
{
    va_list args;

    fputs("outward probe: ", stderr);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return COMMAND_USAGE;
}

enum {
    OPTION_AS = 256,
    OPTION_IMPLICIT,
    OPTION_BRIEF,
    OPTION_AUTHORITIES,
    OPTION_HELO,
    OPTION_TIMEOUT,
    OPTION_MX_PORT,
    OPTION_STS,
    OPTION_HTTPS_PORT,
    OPTION_RESOLVER,
    OPTION_ANCHOR,
    OPTION_FORMAT
};

static const struct option option_names[] = { { "as", required_argument, NULL, OPTION_AS },
                                              { "implicit-tls", no_argument, NULL, OPTION_IMPLICIT },
                                              { "brief", no_argument, NULL, OPTION_BRIEF },
                                              { "authorities", required_argument, NULL, OPTION_AUTHORITIES },
                                              { "helo", required_argument, NULL, OPTION_HELO },
                                              { "timeout", required_argument, NULL, OPTION_TIMEOUT },
                                              { "mx-port", required_argument, NULL, OPTION_MX_PORT },
                                              { "mta-sts", no_argument, NULL, OPTION_STS },
                                              { "https-port", required_argument, NULL, OPTION_HTTPS_PORT },
                                              { "resolver", required_argument, NULL, OPTION_RESOLVER },
                                              { "trust-anchor", required_argument, NULL, OPTION_ANCHOR },
                                              { "format", required_argument, NULL, OPTION_FORMAT },
                                              { "help", no_argument, NULL, 'h' },
                                              { NULL, 0, NULL, 0 } };

static int take_number(const char *option, uint64_t most, uint64_t *out)
{
    if (view_number(view_of(optarg), most, out) && *out > 0)
        return -1;
    return refuse("%s wants a number from 1 to %llu, not \"%s\"", option, (unsigned long long)most, optarg);
}

static int take_purpose(struct options *options)
{
    bool submission = strcmp(optarg, "submission") == 0;

    if (!submission && strcmp(optarg, "mx") != 0)
        return refuse("--as is mx or submission, not \"%s\"", optarg);
    options->request.purpose = submission ? PURPOSE_SUBMISSION : PURPOSE_EXCHANGE;
    options->purpose_given = true;
    return -1;
}

static int take_helo(struct options *options)
{
    struct target name;

    /* It goes into a command line: a host name or nothing. */
    if (!target_parse(view_of(optarg), &name) || name.port != 0)
        return refuse("--helo wants a host name, not \"%s\"", optarg);
    memcpy(options->helo, name.host, sizeof(options->helo));
    return -1;
}

static int take_timeout(struct options *options)
{
    uint64_t seconds = 0;
    int code = take_number("--timeout", SECONDS_MAX, &seconds);

    options->request.probe.limits.step_ms = (unsigned)seconds * 1000;
    options->request.probe.limits.whole_ms = (unsigned)seconds * 1000 * CONVERSATION_STEPS;
    options->resolver.timeout_ms = (unsigned)seconds * 1000;
    return code;
}

static int take_port(const char *option, unsigned *out)
{
    uint64_t port = 0;
    int code = take_number(option, 65535, &port);

    *out = (unsigned)port;
    return code;
}

/* -1 to go on; else the exit code. */
static int take_option(int option, struct options *options)
{
    struct survey_request *request = &options->request;

    switch (option) {
    case OPTION_AS:
        return take_purpose(options);
    case OPTION_IMPLICIT:
        request->implicit = true;
        return -1;
    case OPTION_BRIEF:
        request->probe.brief = true;
        return -1;
    case '4':
        request->ipv6 = false;
        return -1;
    case '6':
        request->ipv4 = false;
        return -1;
    case OPTION_AUTHORITIES:
        request->probe.authorities = optarg;
        return access(optarg, R_OK) == 0 ? -1 : refuse("%s: cannot be read", optarg);
    case OPTION_HELO:
        return take_helo(options);
    case OPTION_TIMEOUT:
        return take_timeout(options);
    case OPTION_MX_PORT:
        return take_port("--mx-port", &request->exchange_port);
    case OPTION_STS:
        request->fetch_policy = true;
        return -1;
    case OPTION_HTTPS_PORT:
        return take_port("--https-port", &request->https_port);
    case OPTION_RESOLVER:
        options->resolver.server = optarg;
        return -1;
    case OPTION_ANCHOR:
        options->resolver.anchor = optarg;
        return -1;
    case OPTION_FORMAT:
        options->json = strcmp(optarg, "json") == 0;
        return options->json || strcmp(optarg, "text") == 0 ? -1
                                                            : refuse("--format is text or json, not \"%s\"", optarg);
    case 'h':
        print_help(stdout);
        return COMMAND_FINE;
    default:
        return COMMAND_USAGE;
    }
}

static int take_target(struct options *options, const char *text)
{
    struct survey_request *request = &options->request;
    struct target *target = &request->target;

    if (!target_parse(view_of(text), target))
        return refuse("\"%s\" is neither a domain nor HOST:PORT", text);
    if (!options->purpose_given && (target->port == 465 || target->port == 587))
        request->purpose = PURPOSE_SUBMISSION;
    if (target->port == 465)
        request->implicit = true;
    return -1;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "46h", option_names, NULL)) != -1) {
        int code = take_option(option, options);

        if (code != -1)
            return code;
    }
    if (optind + 1 != argc)
        return refuse(optind == argc ? "which domain or HOST:PORT?" : "one domain or HOST:PORT at a time");
    if (!options->request.ipv4 && !options->request.ipv6)
        return refuse("-4 and -6 leave no address");
    return take_target(options, argv[optind]);
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
        return refuse("out of memory");
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
        return refuse("%s", error.text);
    arena_init(&arena, 0);
    if (survey_make(&arena, &options->request, &result) == -1)
        code = refuse("out of memory");
    else
        code = answer(options, &result);
    arena_done(&arena);
    resolver_close(options->request.resolver);
    return code;
}

int command_probe(int argc, char **argv)
{
    struct options options = {
        .request = { .ipv4 = true, .ipv6 = true, .exchange_port = 25, .https_port = 443, .now = (int64_t)time(NULL) }
    };
    int code;

    options.request.probe.limits =
        (struct talk_limits){ STEP_SECONDS * 1000, STEP_SECONDS * CONVERSATION_STEPS * 1000 };
    options.resolver.timeout_ms = STEP_SECONDS * 1000;
    options.request.probe.helo = options.helo;
    if (gethostname(options.helo, sizeof(options.helo)) == -1 || options.helo[0] == '\0')
        memcpy(options.helo, "localhost", sizeof("localhost"));
    options.helo[HELO_MAX] = '\0';
    code = parse_options(argc, argv, &options);
    if (code != -1)
        return code;
    if (isatty(STDERR_FILENO) == 1)
        options.request.progress = show_progress;
    (void)signal(SIGPIPE, SIG_IGN);
    return survey(&options);
}
