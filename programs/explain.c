/* outward explain: facts in, decision out, rule by rule and why. */
#include <stdlib.h>
#include <string.h>

#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/day.h"
#include "programs/explain_answer.h"
#include "shared/plural.h"
#include "shared/record.h"

enum { NAME_SIZE = 64, CLIENT_SIZE = 80 };

struct request {
    const char *path, *record;
    bool json, given[FACT_COUNT];
    struct submission sub;
    enum stage stage;
    struct recipient to;
    char domain[DOMAIN_MAX + 1], client[CLIENT_SIZE]; /* what facts look at */
    bool has_to;
};

/* An address alone is a client without a name. */
static const char *complete_client(const char *value, char client[CLIENT_SIZE])
{
    struct address address;

    if (!address_parse(view_of(value), &address))
        return value;
    (void)snprintf(client, CLIENT_SIZE, "unknown[%s]", value);
    return client;
}

static int take_fact(void *field, const struct option_row *option, const char *value, struct error *error)
{
    struct request *request = field;
    char key[NAME_SIZE];
    const struct fact_row *row;

    (void)snprintf(key, sizeof(key), "%s", option->name);
    for (char *dash = key; (dash = strchr(dash, '-')) != NULL;)
        *dash = '_';
    row = fact_by_key(view_of(key));
    if (row->id == FACT_CLIENT)
        value = complete_client(value, request->client);
    if (!fact_read(&request->sub, row, view_of(value)))
        return error_set(error, ERROR_USAGE, "--%s \"%.60s\": expected %s", option->name, value, row->help);
    request->given[row->id] = true;
    return 0;
}

static int take_sender(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct request *request = field;

    (void)row, (void)error;
    fact_set_text(&request->sub, FACT_SENDER, view_of(value));
    request->given[FACT_SENDER] = true;
    return 0;
}

static int take_recipient(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct request *request = field;
    struct view domain = view_find_char(view_of(value), '@') >= 0 ? domain_of_address(view_of(value)) : view_of(value);
    struct buf out = BUF(request->domain);

    if (!domain_normalize(domain, &out))
        return error_set(error, ERROR_USAGE, "--%s is an address or a domain, not \"%.100s\"", row->name, value);
    request->to.domain = buf_view(&out);
    request->has_to = true;
    return 0;
}

static int take_transport(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row, (void)error;
    *(struct view *)field = view_of(value);
    return 0;
}

static int take_stage(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (stage_parse(view_of(value), field))
        return 0;
    return error_set(error, ERROR_USAGE, "--%s is connect, mail, rcpt, data, eoh or eom, not \"%.100s\"", row->name,
                     value);
}

static const struct option_row rows[] = {
    { .name = "sender", .argument = "ADDRESS", .help = "the same as --from, without brackets", .take = take_sender },
    { .name = "to",
      .argument = "ADDRESS|DOMAIN",
      .help = "the recipient; without one its facts are pending",
      .take = take_recipient },
    { .name = "transport",
      .argument = "NAME",
      .help = "Postfix's transport for it",
      .take = take_transport,
      .at = offsetof(struct request, to.transport) },
    { .name = "stage",
      .argument = "connect|mail|rcpt|data|eoh|eom",
      .help = "how far it came (eom): what comes later is pending",
      .take = take_stage,
      .at = offsetof(struct request, stage) },
    { .name = "today",
      .argument = "DATE",
      .help = "for rules with until; without it today",
      .take = option_day,
      .at = offsetof(struct request, sub.today) },
    { .name = "record",
      .argument = "LINE",
      .help = "a record of the gate instead of facts, as the log has it",
      .take = option_text,
      .at = offsetof(struct request, record) },
    OPTION_ROW_FORMAT(offsetof(struct request, json)),
    OPTION_ROW_CONFIG_NEEDED(offsetof(struct request, path)),
};

/* One row per fact, with - for _, then the others. */
struct fact_options {
    char names[FACT_COUNT][NAME_SIZE];
    struct option_row rows[FACT_COUNT];
};

static void fill_fact_options(struct fact_options *options)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        char *name = options->names[i];

        (void)snprintf(name, NAME_SIZE, "%.*s", VIEW_ARG(fact_table[i].key));
        for (char *low = name; (low = strchr(low, '_')) != NULL;)
            *low = '-';
        options->rows[i] =
            (struct option_row){ .name = name, .argument = "VALUE", .help = fact_table[i].help, .take = take_fact };
    }
}

static const struct command_line command = {
    .name = "outward explain",
    .usage = "outward explain [-c FILE] [FACT]... [--to ADDRESS] [--format text|json]\n"
             "outward explain [-c FILE] --record LINE",
    .about =
        "Say what the rules would do with a message, rule by rule, and why.  Most options are facts of the message.\n"
        "Without --local the message came by SMTP, without --tls in plaintext, without --auth and --login\n"
        "unauthenticated, without --client from no network.  All else is absent.",
    .exits = "0 answered; 1 the rule file has errors; 2 usage",
    .example = "outward explain --port 587 --tls TLSv1.2 --login alice --sender a@example.org --to gmail.com",
};

static int parse_options(int argc, char **argv, struct request *request)
{
    struct fact_options facts = { 0 };
    const struct option_group groups[] = { OPTION_GROUP(facts.rows, NULL, 0), OPTION_GROUP(rows, NULL, 0) };
    struct command_line line = command;

    fill_fact_options(&facts);
    line.groups = groups;
    line.group_count = sizeof(groups) / sizeof(groups[0]);
    return command_line_parse(&line, argc, argv, request, NULL);
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

    if (!record_parse(record_text(request->record), &scratch, &record))
        return command_line_refuse(&command, "--record is no record of the gate");
    record.sub.today = request->sub.today;
    if (record.to_count == 0)
        explain_answer(policy, &record.sub, NULL, answers);
    for (size_t i = 0; i < record.to_count; i++)
        explain_answer(policy, &record.sub, &record.to[i], answers);
    if (record.to_more > 0)
        fprintf(stderr, "outward explain: %u more recipient %s not in the record\n", record.to_more,
                plural(record.to_more, "domain is", "domains are"));
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
    if (code != COMMAND_LINE_FINE)
        return code;
    faults = calloc(1, sizeof(*faults));
    if (faults == NULL)
        return command_line_fail(&command, "out of memory");
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
