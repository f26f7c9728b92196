/* outward guidelines: what DNS says of a domain that sends mail, against the receivers' guidelines. */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dns/lookup.h"
#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/guidelines_answer.h"
#include "programs/signature_log.h"
#include "shared/domain.h"

enum { EXIT_UNKNOWN = 3, SECONDS = 20, SECONDS_MAX = 300, LOOKUPS_EACH = 2, LOGS_MAX = 64 };

struct options {
    const char *path; /* of the rule file; NULL: the default one, if it is there */
    const char *postconf;
    char directory[PATH_MAX]; /* of main.cf; empty: Postfix's own */
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

/* Of the whole struct. */
static int take_selector(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;

    (void)row;
    if (options->selector_count == SENDER_SIGNATURES_MAX)
        return error_set(error, ERROR_USAGE, "at most %d selectors", SENDER_SIGNATURES_MAX);
    options->selectors[options->selector_count++] = value;
    return 0;
}

static int take_log(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;

    (void)row;
    if (options->log_count == LOGS_MAX)
        return error_set(error, ERROR_USAGE, "at most %d logs", LOGS_MAX);
    options->logs[options->log_count++] = value;
    return 0;
}

static const struct option_row rows[] = {
    { .name = "egress",
      .argument = "ADDRESS",
      .help = "that the mail leaves from; may be repeated (the rule file's, else Postfix's)",
      .take = option_egress,
      .at = offsetof(struct options, egress) },
    { .name = "selector",
      .argument = "NAME[@DOMAIN]",
      .help = "s= and d= of a DKIM-Signature field; may be repeated",
      .take = take_selector },
    { .name = "log",
      .argument = "FILE",
      .help = "a mail log: the selectors that OpenDKIM signed with; may be repeated",
      .take = take_log },
    { .name = "envelope",
      .argument = "DOMAIN",
      .help = "of the envelope sender, which SPF is about (DOMAIN)",
      .take = option_text,
      .at = offsetof(struct options, envelope) },
    { .name = "helo",
      .argument = "NAME",
      .help = "what Postfix calls itself, for SPF's %{h}",
      .take = option_text,
      .at = offsetof(struct options, helo) },
    OPTION_ROW_CONFIG(offsetof(struct options, path)),
    OPTION_ROW_POSTFIX_DIR(offsetof(struct options, directory)),
    OPTION_ROW_POSTCONF(offsetof(struct options, postconf)),
    { .name = "timeout",
      .argument = "SECONDS",
      .help = "for all (20)",
      .take = option_number,
      .at = offsetof(struct options, seconds),
      .least = 1,
      .most = SECONDS_MAX },
    OPTION_ROW_RESOLVER(offsetof(struct options, resolver.server)),
    OPTION_ROW_TRUST_ANCHOR(offsetof(struct options, resolver.anchor)),
    { .name = "no-dnssec",
      .help = "do not validate: for a resolver that drops signatures",
      .take = option_flag,
      .at = offsetof(struct options, resolver.unchecked) },
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward guidelines",
    .usage = "outward guidelines [OPTION]... DOMAIN",
    .about =
        "What DNS says of a domain that sends mail: SPF for the addresses it leaves from, DKIM keys, DMARC, the names\n"
        "of the addresses; judged by what Gmail asks of bulk senders.",
    .exits = "0 compliant; 1 needs work, or a file could not be read; 2 usage; 3 unknown",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward guidelines --egress 192.0.2.25 --selector s2026 example.com",
    .more = "outward-guidelines(1) explains each row.",
};

static int parse_options(int argc, char **argv, struct options *options)
{
    struct operands operands;
    int code = command_line_parse(&command, argc, argv, options, &operands);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (operands.count != 1)
        return command_line_refuse(&command, operands.count == 0 ? "which domain?" : "one domain at a time");
    options->domain = operands.list[0];
    return COMMAND_LINE_FINE;
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
            return command_line_refuse(&command, "--selector wants NAME or NAME@DOMAIN, not \"%s\"", text);
    }
    if (options->log_count > 0 && signature_log_read(&request->arena, options->logs, options->log_count,
                                                     request->question.domain, signatures, &error) == -1)
        return command_line_error(&command, &error);
    if (signatures->dropped > 0)
        fprintf(stderr, "outward guidelines: signatures of further selectors than the %d that are looked up: %zu\n",
                SENDER_SIGNATURES_MAX, signatures->dropped);
    request->question.signatures = signatures->rows;
    request->question.signature_count = signatures->count;
    return COMMAND_LINE_FINE;
}

static int make_request(const struct options *options, struct request *request)
{
    struct sender_question *question = &request->question;

    arena_init(&request->arena, 0);
    if (!take_name(&request->arena, view_of(options->domain), &question->domain))
        return command_line_refuse(&command, "\"%s\" is no domain", options->domain);
    question->envelope = question->domain;
    if (options->envelope != NULL && !take_name(&request->arena, view_of(options->envelope), &question->envelope))
        return command_line_refuse(&command, "--envelope wants a domain, not \"%s\"", options->envelope);
    if (options->helo != NULL && !take_name(&request->arena, view_of(options->helo), &question->helo))
        return command_line_refuse(&command, "--helo wants a host name, not \"%s\"", options->helo);
    return take_signatures(options, request);
}

/* The rule file's addresses.  False: a file was asked for, and it has faults. */
static bool read_rule_file(struct options *options)
{
    struct policy *policy;
    bool fine = configuration_open(&command, options->path, &policy);

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
    struct dns_findings findings;
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
        return command_line_fail(&command, "out of memory");
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
        code = lookups == NULL ? command_line_error(&command, &error) : command_line_fail(&command, "out of memory");
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

    if (code != COMMAND_LINE_FINE)
        return code;
    if (!read_rule_file(&options))
        return COMMAND_ERRORS;
    code = make_request(&options, &request);
    if (code == COMMAND_LINE_FINE) {
        if (options.egress.source == EGRESS_NOWHERE &&
            egress_of_postfix(options.postconf, options.directory[0] == '\0' ? NULL : options.directory,
                              &options.egress, &error) == -1)
            trouble = error.text;
        request.question.addresses = options.egress.list;
        request.question.address_count = options.egress.count;
        code = look(&options, &request, trouble);
    }
    arena_done(&request.arena);
    return code;
}
