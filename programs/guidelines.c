/* outward guidelines: what DNS says of a domain that sends mail, against the receivers' guidelines. */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/lookup.h"
#include "programs/commands.h"
#include "programs/configuration.h"
#include "programs/guidelines_answer.h"
#include "programs/signature_log.h"
#include "shared/domain.h"

enum { EXIT_UNKNOWN = 3, SECONDS = 20, SECONDS_MAX = 300, LOOKUPS_EACH = 2, LOGS_MAX = 64 };

struct options {
    const char *path; /* of the rule file; NULL: the default one, if it is there */
    const char *directory, *postconf;
    struct resolver_options resolver;
    unsigned seconds; /* for all */
    bool json;
    struct egress egress;
    const char *selectors[SENDER_SIGNATURES_MAX];
    size_t selector_count;
    const char *logs[LOGS_MAX];
    size_t log_count;
    const char *domain, *envelope, *helo;
};

/* The question, in texts of its own. */
struct request {
    struct arena arena;
    struct sender_question question;
    struct signature_log signatures;
};

static void print_help(FILE *out)
{
    fputs(
        "usage: outward guidelines [OPTION]... DOMAIN\n\n"
        "What DNS says of a domain that sends mail: SPF for the addresses it leaves from, DKIM keys, DMARC, the names\n"
        "of the addresses; judged by what Gmail asks of bulk senders.\n"
        "Exit code: 0 compliant, 1 needs work, 2 usage, 3 unknown.\n\n"
        "      --egress ADDRESS      that the mail leaves from; may be repeated (the rule file's, else Postfix's)\n"
        "      --selector NAME[@DOMAIN]    s= and d= of a DKIM-Signature field; may be repeated\n"
        "      --log FILE            a mail log: the selectors that OpenDKIM signed with; may be repeated\n"
        "      --envelope DOMAIN     of the envelope sender, which SPF is about (DOMAIN)\n"
        "      --helo NAME           what Postfix calls itself, for SPF's %{h}\n"
        "  -c, --config FILE         the rule file (" DEFAULT_CONFIGURATION ", if it is there)\n"
        "      --postfix-dir DIR     the folder of main.cf (Postfix's own)\n"
        "      --postconf FILE       the postconf command, where it is not in the usual places\n"
        "      --timeout SECONDS     for all (20)\n"
        "      --resolver ADDRESS[@PORT]   ask this name server, not the system's\n"
        "      --trust-anchor FILE   DNSSEC's root of trust, not the distribution's\n"
        "      --no-dnssec           do not validate: for a resolver that drops signatures\n"
        "      --format text|json    how to answer\n"
        "  -h, --help                this text\n\n"
        "example: outward guidelines --egress 192.0.2.25 --selector s2026 example.com\n\n"
        "outward-guidelines(1) explains each row.\n",
        out);
}

static int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse(const char *format, ...)
{
    va_list args;

    fputs("outward guidelines: ", stderr);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return COMMAND_USAGE;
}

enum {
    OPTION_EGRESS = 256,
    OPTION_SELECTOR,
    OPTION_LOG,
    OPTION_ENVELOPE,
    OPTION_HELO,
    OPTION_DIRECTORY,
    OPTION_POSTCONF,
    OPTION_TIMEOUT,
    OPTION_RESOLVER,
    OPTION_ANCHOR,
    OPTION_UNCHECKED,
    OPTION_FORMAT
};

static const struct option option_names[] = { { "egress", required_argument, NULL, OPTION_EGRESS },
                                              { "selector", required_argument, NULL, OPTION_SELECTOR },
                                              { "log", required_argument, NULL, OPTION_LOG },
                                              { "envelope", required_argument, NULL, OPTION_ENVELOPE },
                                              { "helo", required_argument, NULL, OPTION_HELO },
                                              { "config", required_argument, NULL, 'c' },
                                              { "postfix-dir", required_argument, NULL, OPTION_DIRECTORY },
                                              { "postconf", required_argument, NULL, OPTION_POSTCONF },
                                              { "timeout", required_argument, NULL, OPTION_TIMEOUT },
                                              { "resolver", required_argument, NULL, OPTION_RESOLVER },
                                              { "trust-anchor", required_argument, NULL, OPTION_ANCHOR },
                                              { "no-dnssec", no_argument, NULL, OPTION_UNCHECKED },
                                              { "format", required_argument, NULL, OPTION_FORMAT },
                                              { "help", no_argument, NULL, 'h' },
                                              { NULL, 0, NULL, 0 } };

static int take_egress(struct options *options)
{
    struct address address;

    if (!address_parse(view_of(optarg), &address))
        return refuse("--egress wants an address, not \"%s\"", optarg);
    options->egress.source = EGRESS_OPTION;
    egress_add(&options->egress, &address);
    return options->egress.dropped == 0 ? -1 : refuse("at most %d addresses", SENDER_ADDRESSES_MAX);
}

static int take_selector(struct options *options)
{
    if (options->selector_count == SENDER_SIGNATURES_MAX)
        return refuse("at most %d selectors", SENDER_SIGNATURES_MAX);
    options->selectors[options->selector_count++] = optarg;
    return -1;
}

static int take_log(struct options *options)
{
    if (options->log_count == LOGS_MAX)
        return refuse("at most %d logs", LOGS_MAX);
    options->logs[options->log_count++] = optarg;
    return -1;
}

static int take_timeout(struct options *options)
{
    uint64_t seconds = 0;

    if (!view_number(view_of(optarg), SECONDS_MAX, &seconds) || seconds == 0)
        return refuse("--timeout wants a number from 1 to %d, not \"%s\"", SECONDS_MAX, optarg);
    options->seconds = (unsigned)seconds;
    return -1;
}

static int take_path(const char *option, const char **out)
{
    *out = optarg;
    return optarg[0] == '/' ? -1 : refuse("%s wants an absolute path, not \"%s\"", option, optarg);
}

static int take_format(struct options *options)
{
    options->json = strcmp(optarg, "json") == 0;
    return options->json || strcmp(optarg, "text") == 0 ? -1 : refuse("--format is text or json, not \"%s\"", optarg);
}

/* -1 to go on; else the exit code. */
static int take_option(int option, struct options *options)
{
    switch (option) {
    case OPTION_EGRESS:
        return take_egress(options);
    case OPTION_SELECTOR:
        return take_selector(options);
    case OPTION_LOG:
        return take_log(options);
    case OPTION_ENVELOPE:
        options->envelope = optarg;
        return -1;
    case OPTION_HELO:
        options->helo = optarg;
        return -1;
    case 'c':
        options->path = optarg;
        return -1;
    case OPTION_DIRECTORY:
        return take_path("--postfix-dir", &options->directory);
    case OPTION_POSTCONF:
        return take_path("--postconf", &options->postconf);
    case OPTION_TIMEOUT:
        return take_timeout(options);
    case OPTION_RESOLVER:
        options->resolver.server = optarg;
        return -1;
    case OPTION_ANCHOR:
        options->resolver.anchor = optarg;
        return access(optarg, R_OK) == 0 ? -1 : refuse("%s: cannot be read", optarg);
    case OPTION_UNCHECKED:
        options->resolver.unchecked = true;
        return -1;
    case OPTION_FORMAT:
        return take_format(options);
    case 'h':
        print_help(stdout);
        return COMMAND_FINE;
    default:
        return COMMAND_USAGE;
    }
}

static int parse_options(int argc, char **argv, struct options *options)
{
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", option_names, NULL)) != -1) {
        int code = take_option(option, options);

        if (code != -1)
            return code;
    }
    if (optind + 1 != argc)
        return refuse(optind == argc ? "which domain?" : "one domain at a time");
    options->domain = argv[optind];
    return -1;
}

/* ---- the question ---- */

/* A domain in its one spelling that DNS can be asked about. */
static bool take_name(struct arena *arena, struct view text, struct view *out)
{
    char storage[DOMAIN_MAX];
    struct buf name = BUF(storage);

    if (!domain_normalize(text, &name) || !dns_name_is_valid(buf_view(&name)))
        return false;
    *out = arena_copy(arena, buf_view(&name));
    return out->p != NULL;
}

/* "s1" or "s1@example.com". */
static bool take_signature(struct request *request, struct view text, struct signature *out)
{
    struct view domain = text, selector = text;

    if (!view_cut(&domain, VIEW("@"), &selector))
        domain = request->question.domain;
    return selector.n <= SENDER_SELECTOR_MAX && take_name(&request->arena, selector, &out->selector) &&
           take_name(&request->arena, domain, &out->domain);
}

/* Those that are named, then those that the logs show in use. */
static int take_signatures(const struct options *options, struct request *request)
{
    struct signature_log *signatures = &request->signatures;
    struct error error;

    for (; signatures->count < options->selector_count; signatures->count++) {
        const char *text = options->selectors[signatures->count];

        if (!take_signature(request, view_of(text), &signatures->rows[signatures->count]))
            return refuse("--selector wants NAME or NAME@DOMAIN, not \"%s\"", text);
    }
    if (options->log_count > 0 && signature_log_read(&request->arena, options->logs, options->log_count,
                                                     request->question.domain, signatures, &error) == -1)
        return refuse("%s", error.text);
    if (signatures->dropped > 0)
        fprintf(stderr, "outward guidelines: signatures of further selectors than the %d that are looked up: %zu\n",
                SENDER_SIGNATURES_MAX, signatures->dropped);
    request->question.signatures = signatures->rows;
    request->question.signature_count = signatures->count;
    return -1;
}

static int make_request(const struct options *options, struct request *request)
{
    struct sender_question *question = &request->question;

    arena_init(&request->arena, 0);
    if (!take_name(&request->arena, view_of(options->domain), &question->domain))
        return refuse("\"%s\" is no domain", options->domain);
    question->envelope = question->domain;
    if (options->envelope != NULL && !take_name(&request->arena, view_of(options->envelope), &question->envelope))
        return refuse("--envelope wants a domain, not \"%s\"", options->envelope);
    if (options->helo != NULL && !take_name(&request->arena, view_of(options->helo), &question->helo))
        return refuse("--helo wants a host name, not \"%s\"", options->helo);
    return take_signatures(options, request);
}

/* The rule file's addresses.  False: a file was asked for, and it has faults. */
static bool read_rule_file(struct options *options)
{
    struct policy *policy;
    bool fine = configuration_open("guidelines", options->path, &policy);

    if (policy != NULL && options->egress.source == EGRESS_NOWHERE)
        egress_of_settings(&policy_settings(policy)->guidelines, &options->egress);
    policy_free(policy);
    return fine || options->path == NULL;
}

/* ---- asking ---- */

/* Each round answers what the checks miss, until they miss nothing: an SPF record is a chain of questions. */
static void ask_all(struct lookups *lookups, struct dns_answers *answers, const struct request *request, int64_t until,
                    struct sender_facts *facts)
{
    do {
        sender_find(answers, &request->question, facts);
    } while (lookups_answer(lookups, answers, until) > 0);
}

static int answer(const struct options *options, const struct request *request, const struct sender_facts *facts,
                  const char *egress_trouble)
{
    static const int codes[] = { [COMPLIANCE_NO_DATA] = EXIT_UNKNOWN,
                                 [COMPLIANCE_COMPLIANT] = COMMAND_FINE,
                                 [COMPLIANCE_UNKNOWN] = EXIT_UNKNOWN,
                                 [COMPLIANCE_NEEDS_WORK] = COMMAND_ERRORS };
    static struct dns_findings findings;
    const struct guidelines_answer shown = {
        .question = &request->question,
        .facts = facts,
        .findings = &findings,
        .egress = &options->egress,
        .egress_trouble = egress_trouble,
        .validated = !options->resolver.unchecked && context_anchor(&options->resolver) != NULL,
    };

    dns_findings_of(&request->question, facts, &findings);
    if (!options->json)
        guidelines_print_text(stdout, &shown);
    else if (guidelines_print_json(stdout, &shown) == -1)
        return refuse("out of memory");
    return codes[guidelines_verdict(&findings)];
}

static int look(struct options *options, struct request *request, const char *egress_trouble)
{
    struct dns_answers *answers = malloc(sizeof(*answers));
    struct sender_facts *facts = malloc(sizeof(*facts));
    struct lookups *lookups;
    struct error error;
    int code;

    options->resolver.timeout_ms = options->seconds * 1000 / LOOKUPS_EACH;
    lookups = lookups_open(&options->resolver, &error);
    if (answers == NULL || facts == NULL || lookups == NULL) {
        code = refuse("%s", lookups == NULL ? error.text : "out of memory");
    } else {
        dns_answers_init(answers, &request->arena);
        ask_all(lookups, answers, request, lookups_now() + (int64_t)options->seconds * 1000, facts);
        code = answer(options, request, facts, egress_trouble);
    }
    lookups_close(lookups);
    free(facts);
    free(answers);
    return code;
}

int command_guidelines(int argc, char **argv)
{
    struct options options = { .seconds = SECONDS };
    struct request request = { .question = { .address_count = 0 } };
    struct error error;
    const char *trouble = NULL;
    int code = parse_options(argc, argv, &options);

    if (code != -1)
        return code;
    if (!read_rule_file(&options))
        return COMMAND_USAGE;
    code = make_request(&options, &request);
    if (code == -1) {
        if (options.egress.source == EGRESS_NOWHERE &&
            egress_of_postfix(options.postconf, options.directory, &options.egress, &error) == -1)
            trouble = error.text;
        request.question.addresses = options.egress.list;
        request.question.address_count = options.egress.count;
        code = look(&options, &request, trouble);
    }
    arena_done(&request.arena);
    return code;
}
