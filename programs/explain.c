/* outward explain: facts in, decision out, rule by rule and why. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "programs/commands.h"
#include "programs/configuration.h"
#include "programs/day.h"
#include "programs/explain_answer.h"
#include "shared/record.h"

enum { NAME_SIZE = 64, FIRST_FACT = 1000 }; /* getopt gives FIRST_FACT + the fact's id */

/* Options beside those of the facts. */
enum extra {
    OPTION_SENDER = FIRST_FACT + FACT_COUNT,
    OPTION_TO,
    OPTION_TRANSPORT,
    OPTION_STAGE,
    OPTION_TODAY,
    OPTION_RECORD,
    OPTION_FORMAT,
    OPTION_CONFIG,
    OPTION_HELP
};

static const struct extra_option {
    const char *name, *argument, *help;
    enum extra value;
} extra_options[] = {
    { "sender", "ADDRESS", "the same as --from, without brackets", OPTION_SENDER },
    { "to", "ADDRESS|DOMAIN", "the recipient; without one its facts are pending", OPTION_TO },
    { "transport", "NAME", "Postfix's transport for it", OPTION_TRANSPORT },
    { "stage", "STAGE", "connect, mail, rcpt, data, eoh, eom (default): what comes later is pending", OPTION_STAGE },
    { "today", "DATE", "for rules with until; without it today", OPTION_TODAY },
    { "record", "LINE", "a record of the gate instead of facts, as the log has it", OPTION_RECORD },
    { "format", "text|json", "how to answer", OPTION_FORMAT },
    { "config", "FILE", "the rule file", OPTION_CONFIG },
    { "help", NULL, "this text", OPTION_HELP },
};

enum { EXTRA_COUNT = sizeof(extra_options) / sizeof(extra_options[0]) };

struct request {
    const char *path, *record;
    bool json, given[FACT_COUNT];
    struct submission sub;
    enum stage stage;
    struct recipient to;
    char domain[DOMAIN_MAX + 1];
    bool has_to;
};

/* getopt's table: one row per fact, with - for _, then the extra ones. */
struct names {
    char text[FACT_COUNT][NAME_SIZE];
    struct option options[FACT_COUNT + EXTRA_COUNT + 1];
};

static void fill_names(struct names *names)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        struct view key = fact_table[i].key;

        for (size_t n = 0; n < key.n && n + 1 < NAME_SIZE; n++)
            names->text[i][n] = (char)(key.p[n] == '_' ? '-' : key.p[n]);
        names->options[i] = (struct option){ names->text[i], required_argument, NULL, (int)(FIRST_FACT + i) };
    }
    for (size_t i = 0; i < EXTRA_COUNT; i++) {
        const struct extra_option *extra = &extra_options[i];

        names->options[FACT_COUNT + i] =
            (struct option){ extra->name, extra->argument != NULL ? required_argument : no_argument, NULL,
                             (int)extra->value };
    }
}

static void print_help(const struct names *names)
{
    fputs("usage: outward explain [-c FILE] [FACT]... [--to ADDRESS] [--format text|json]\n"
          "       outward explain [-c FILE] --record LINE\n\n"
          "Say what the rules would do with a message, rule by rule, and why.\n"
          "Exit code: 0 answered; 1 the rule file has errors; 2 usage.\n\nfacts:\n",
          stdout);
    for (size_t i = 0; i < FACT_COUNT; i++)
        printf("  --%-18s %s\n", names->text[i], fact_table[i].help);
    fputs("\nWithout --local the message came by SMTP, without --tls in plaintext, without --auth\n"
          "and --login unauthenticated, without --client from no network.  All else is absent.\n\nothers:\n",
          stdout);
    for (size_t i = 0; i < EXTRA_COUNT; i++)
        printf("  --%-9s %-14s %s\n", extra_options[i].name,
               extra_options[i].argument != NULL ? extra_options[i].argument : "", extra_options[i].help);
    fputs("\nexample: outward explain --port 587 --tls TLSv1.2 --login alice --sender a@example.org --to gmail.com\n",
          stdout);
}

static int wrong(const char *option, const char *value, const char *wanted)
{
    fprintf(stderr, "outward explain: --%s \"%s\": expected %s\n", option, value, wanted);
    return COMMAND_USAGE;
}

static int set_fact(struct request *request, const struct fact_row *row, const char *name, const char *value)
{
    if (!fact_read(&request->sub, row, view_of(value)))
        return wrong(name, value, row->help);
    request->given[row->id] = true;
    return -1;
}

static int set_recipient(struct request *request, const char *value)
{
    struct view domain = view_find_char(view_of(value), '@') >= 0 ? domain_of_address(view_of(value)) : view_of(value);
    struct buf out = BUF(request->domain);

    if (!domain_normalize(domain, &out))
        return wrong("to", value, "an address or a domain");
    request->to.domain = buf_view(&out);
    request->has_to = true;
    return -1;
}

static int set_extra(struct request *request, enum extra option, const char *value)
{
    switch (option) {
    case OPTION_SENDER:
        fact_set_text(&request->sub, FACT_SENDER, view_of(value));
        request->given[FACT_SENDER] = true;
        return -1;
    case OPTION_TO:
        return set_recipient(request, value);
    case OPTION_TRANSPORT:
        request->to.transport = view_of(value);
        return -1;
    case OPTION_STAGE:
        return stage_parse(view_of(value), &request->stage) ? -1 : wrong("stage", value, extra_options[3].help);
    case OPTION_TODAY:
        return day_parse(value, &request->sub.today) ? -1 : wrong("today", value, "a day such as 2027-03-31");
    case OPTION_RECORD:
        request->record = value;
        return -1;
    case OPTION_FORMAT:
        request->json = strcmp(value, "json") == 0;
        return request->json || strcmp(value, "text") == 0 ? -1 : wrong("format", value, "text or json");
    case OPTION_CONFIG:
        request->path = value;
        return -1;
    case OPTION_HELP:
        break;
    }
    return COMMAND_FINE;
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct request *request)
{
    struct names names = { 0 };
    int option, code = -1;

    fill_names(&names);
    optind = 1;
    while (code == -1 && (option = getopt_long(argc, argv, "c:h", names.options, NULL)) != -1) {
        if (option == '?')
            return COMMAND_USAGE;
        if (option == 'h' || option == OPTION_HELP) {
            print_help(&names);
            return COMMAND_FINE;
        }
        if (option == 'c')
            request->path = optarg;
        else if (option < OPTION_SENDER)
            code = set_fact(request, &fact_table[option - FIRST_FACT], names.text[option - FIRST_FACT], optarg);
        else
            code = set_extra(request, (enum extra)option, optarg);
    }
    if (code == -1 && optind < argc) {
        fprintf(stderr, "outward explain: unexpected \"%s\"\n", argv[optind]);
        return COMMAND_USAGE;
    }
    return code;
}

/* A whole log line is fine: the record starts behind the program's tag. */
static struct view record_text(const char *line)
{
    static const struct view tag = VIEW_INIT("outward-milter[");
    struct view text = view_of(line), before;

    if (view_cut(&text, tag, &before) && view_cut(&text, VIEW("]: "), &before))
        return view_trim(text);
    return view_trim(view_of(line));
}

/* What a plain SMTP client without TLS and AUTH shows, where nothing else was said. */
static void complete_facts(struct request *request, const struct policy *policy)
{
    struct submission *sub = &request->sub;
    bool local = sub->facts[FACT_LOCAL].number != 0, *given = request->given;
    const struct address *address = given[FACT_LISTEN_ADDRESS] ? &sub->facts[FACT_LISTEN_ADDRESS].address : NULL;
    const struct listener *listener =
        policy_listener(policy, (unsigned)sub->facts[FACT_PORT].number, address, VIEW(""));

    if (!given[FACT_LOCAL])
        fact_set_flag(sub, FACT_LOCAL, false);
    if (!local && !given[FACT_TLS])
        fact_set_number(sub, FACT_TLS, listener != NULL && listener->tls_by_proxy ? TLS_PROXIED : TLS_NONE);
    if (!local && !given[FACT_MECHANISM])
        fact_set_text(sub, FACT_MECHANISM, given[FACT_LOGIN] ? VIEW("PLAIN") : VIEW(""));
    if (!local && !given[FACT_LISTENER] && listener != NULL)
        fact_set_text(sub, FACT_LISTENER, listener->name);
    if (local && !given[FACT_CLIENT])
        (void)fact_read(sub, &fact_table[FACT_CLIENT], VIEW("localhost[127.0.0.1]"));
    submission_reach(sub, request->stage);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        if (fact_table[i].stage > request->stage)
            sub->facts[i] = (struct fact){ .state = FACT_PENDING };
    }
}

static int explain_record(const struct policy *policy, const struct request *request, json_t *answers)
{
    char text[RECORD_MAX];
    struct buf scratch = BUF(text);
    struct record record;

    if (!record_parse(record_text(request->record), &scratch, &record)) {
        fprintf(stderr, "outward explain: --record is no record of the gate\n");
        return COMMAND_USAGE;
    }
    record.sub.today = request->sub.today;
    if (record.to_count == 0)
        explain_answer(policy, &record.sub, NULL, answers);
    for (size_t i = 0; i < record.to_count; i++)
        explain_answer(policy, &record.sub, &record.to[i], answers);
    if (record.to_more > 0)
        fprintf(stderr, "outward explain: %u more recipient domains are not in the record\n", record.to_more);
    return COMMAND_FINE;
}

static int explain(const struct policy *policy, struct request *request, json_t *answers)
{
    if (request->record != NULL)
        return explain_record(policy, request, answers);
    complete_facts(request, policy);
    explain_answer(policy, &request->sub, request->has_to ? &request->to : NULL, answers);
    return COMMAND_FINE;
}

static int explain_as_json(const struct policy *policy, struct request *request)
{
    json_t *answers = json_array(), *all;
    int code = explain(policy, request, answers);

    all = json_pack("{s:i, s:o}", "schema", 1, "answers", answers);
    if (code == COMMAND_FINE && all != NULL) {
        (void)json_dumpf(all, stdout, JSON_INDENT(2));
        putchar('\n');
    }
    json_decref(all);
    return code;
}

int command_explain(int argc, char **argv)
{
    struct request request = { .path = DEFAULT_CONFIGURATION, .stage = STAGE_MESSAGE };
    struct faults *faults;
    struct policy *policy;
    int code;

    submission_init(&request.sub);
    request.sub.today = day_today();
    code = parse_options(argc, argv, &request);
    if (code != -1)
        return code;
    faults = calloc(1, sizeof(*faults));
    if (faults == NULL) {
        fprintf(stderr, "outward explain: out of memory\n");
        return COMMAND_ERRORS;
    }
    policy = configuration_load(request.path, faults);
    if (policy == NULL)
        configuration_print_faults(stderr, faults);
    free(faults);
    if (policy == NULL)
        return COMMAND_ERRORS;
    code = request.json ? explain_as_json(policy, &request) : explain(policy, &request, NULL);
    policy_free(policy);
    return code;
}
