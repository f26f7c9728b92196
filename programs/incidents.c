/* outward incidents: what alerts were about, and what somebody says to them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "alert/notice.h"
#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/foreign.h"
#include "programs/ledger_report.h"
#include "programs/local_time.h"
#include "programs/wake.h"
#include "report/period.h"
#include "shared/plural.h"
#include "shared/stamp.h"
#include "store/incident.h"

enum { LIMIT_DEFAULT = 50, LIMIT_MAX = 100000, SHOWN_SHARES = 3 };

struct options {
    const char *config;
    bool json, all;
    unsigned limit;
    int64_t until; /* ms; 0: not given */
};

static int take_until(void *field, const struct option_row *row, const char *value, struct error *error)
{
    const struct period_clock clock = { .now = time(NULL), .utc = local_time_utc, .offset = local_time_offset };
    struct period period;

    if (!period_parse(view_of(value), &clock, &period))
        return error_set(error, ERROR_USAGE, "--%s is a time such as \"2026-12-01 08:00\", not \"%.100s\"", row->name,
                         value);
    /* A time of day is meant to the minute, a day to its end. */
    *(int64_t *)field = (period.end - period.begin > 60 ? period.end : period.begin) * 1000;
    return 0;
}

static const struct option_row rows[] = {
    { .name = "all", .help = "those that are over, too", .take = option_flag, .at = offsetof(struct options, all) },
    { .name = "limit",
      .argument = "N",
      .help = "at most so many (50)",
      .take = option_number,
      .at = offsetof(struct options, limit),
      .least = 1,
      .most = LIMIT_MAX },
    { .name = "until",
      .argument = "TIME",
      .help = "2026-12-01, \"2026-12-01 08:00\", today (its end), with an offset or in local time",
      .take = take_until,
      .at = offsetof(struct options, until) },
    OPTION_ROW_CONFIG(offsetof(struct options, config)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward incidents",
    .usage = "outward incidents [-c FILE] [--all] [--limit N] [--format text|json]\n"
             "outward incidents acknowledge REFERENCE...\n"
             "outward incidents silence REFERENCE... --until TIME",
    .about = "List the incidents of `alert { }` that are open, or all that are kept, the newest first.\n"
             "acknowledge: somebody knows; no reminders any more, but its end is told.\n"
             "silence: nothing is told of it before TIME.",
    .exits = "0 fine; 1 the ledger could not be read or written; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward incidents silence outward-17 --until today",
};

/* ---- the list ---- */

/* In one word, the first that fits. */
static const char *state_of(const struct incident *incident, int64_t now)
{
    if (incident->history)
        return "history";
    if (incident->ended != 0)
        return "recovered";
    if (incident->silenced_until > now)
        return "silenced";
    return incident->acknowledged ? "acknowledged" : "open";
}

struct list {
    bool json, failed;
    int64_t now; /* ms */
    json_t *incidents;
    unsigned count;
};

static json_t *shares(const struct incident *incident)
{
    json_t *list = json_array();

    for (size_t i = 0; i < incident->share_count; i++)
        json_array_append_new(list, json_pack("{s:o, s:I}", "name", foreign_json(view_of(incident->shares[i].name)),
                                              "count", (json_int_t)incident->shares[i].count));
    return list;
}

static void add_json(struct list *list, const struct incident *incident)
{
    char reference[40], condition[40];

    snprintf(reference, sizeof(reference), "outward-%llu", (unsigned long long)incident->number);
    snprintf(condition, sizeof(condition), "%.*s", VIEW_ARG(alert_condition_name(incident->kind)));
    if (json_array_append_new(list->incidents,
                              json_pack("{s:s, s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:I, s:i, s:o, s:I, s:b}",
                                        "reference", reference, "state", state_of(incident, list->now), "condition",
                                        condition, "subject", foreign_json(view_of(incident->subject)), "opened",
                                        notice_stamp(incident->opened), "last", notice_stamp(incident->last), "ended",
                                        notice_stamp(incident->ended), "silenced_until",
                                        notice_stamp(incident->silenced_until), "count", (json_int_t)incident->count,
                                        "notices", (int)incident->notices, "shares", shares(incident), "others",
                                        (json_int_t)incident->others, "everywhere", incident->everywhere)) == -1)
        list->failed = true;
}

static void print_time(const char *label, int64_t millis)
{
    char text[40];
    struct buf out = BUF(text);

    stamp_short(&out, millis, local_time_offset(NULL, millis / 1000));
    printf("%s%s", label, buf_text(&out));
}

static void print_incident(const struct list *list, const struct incident *incident)
{
    printf("outward-%-6llu %-12s %s", (unsigned long long)incident->number, state_of(incident, list->now),
           alert_condition_table[incident->kind].help);
    if (incident->subject[0] != '\0') {
        fputs(", ", stdout);
        foreign_print(stdout, view_of(incident->subject));
    }
    print_time("\n    ", incident->opened);
    print_time(" to ", incident->last);
    printf(", %llu %s", (unsigned long long)incident->count, plural(incident->count, "event", "events"));
    for (size_t i = 0; i < incident->share_count && i < SHOWN_SHARES; i++) {
        fputs(i == 0 ? ": " : ", ", stdout);
        foreign_print(stdout, view_of(incident->shares[i].name));
        printf(" %llu", (unsigned long long)incident->shares[i].count);
    }
    if (incident->share_count > SHOWN_SHARES)
        fputs(", ...", stdout);
    putchar('\n');
}

static void on_incident(void *context, const struct incident *incident)
{
    struct list *list = context;

    list->count++;
    if (list->json)
        add_json(list, incident);
    else
        print_incident(list, incident);
}

static int print_json(const struct list *list)
{
    json_t *answer = json_pack("{s:i, s:O}", "schema", 1, "incidents", list->incidents);
    int result = answer == NULL || list->failed ? -1 : json_dumpf(answer, stdout, JSON_INDENT(2));

    json_decref(answer);
    putchar('\n');
    return result;
}

static int list_incidents(const char *path, const struct options *options, struct error *error)
{
    struct list list = { .json = options->json, .now = (int64_t)time(NULL) * 1000, .incidents = json_array() };
    struct ledger *ledger;
    int result;

    if (ledger_open_readonly(path, &ledger, error) == -1) {
        json_decref(list.incidents);
        return -1;
    }
    result = ledger_incidents(ledger, !options->all, (uint32_t)options->limit, on_incident, &list, error);
    ledger_close(ledger);
    if (result == 0 && list.json && print_json(&list) == -1)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    if (result == 0 && !list.json && list.count == 0)
        puts(options->all ? "No incidents." : "No open incidents.");
    json_decref(list.incidents);
    return result;
}

/* ---- what somebody says ---- */

static bool is_reference(const char *text)
{
    struct view rest = view_of(text);
    uint64_t number;

    return view_skip(&rest, VIEW("outward-")) && view_number(rest, INT64_MAX, &number) && number > 0;
}

static int request(const char *path, const char *verb, char **references, const struct options *options,
                   struct error *error)
{
    char argument[32] = "";

    if (options->until != 0)
        snprintf(argument, sizeof(argument), "%lld", (long long)options->until);
    for (; *references != NULL; references++) {
        const struct request wanted = { view_of(verb), view_of(*references), view_of(argument) };

        if (ledger_request(path, &wanted, error) == -1)
            return -1;
    }
    wake_follower(path); /* it looks for requests when it is told to */
    return 0;
}

/* operands: the verb, and the references. */
static int check_request(const struct operands *operands, const struct options *options)
{
    const char *verb = operands->list[0];
    bool silence = strcmp(verb, "silence") == 0;

    if (!silence && strcmp(verb, "acknowledge") != 0)
        return command_line_refuse(&command, "acknowledge or silence, not \"%s\"", verb);
    if (operands->count == 1 || silence != (options->until != 0))
        return command_line_refuse(&command, "%s takes references%s", verb,
                                   silence ? " and --until TIME" : ", such as outward-17");
    for (size_t i = 1; i < operands->count; i++) {
        if (!is_reference(operands->list[i]))
            return command_line_refuse(&command, "\"%s\" is no reference such as outward-17", operands->list[i]);
    }
    return COMMAND_LINE_FINE;
}

int command_incidents(int argc, char **argv)
{
    struct options options = { .limit = LIMIT_DEFAULT };
    struct operands operands;
    int result, code = command_line_parse(&command, argc, argv, &options, &operands);
    struct policy *policy;
    struct error error;
    const char *path;

    if (code == COMMAND_LINE_FINE && operands.count > 0)
        code = check_request(&operands, &options);
    if (code != COMMAND_LINE_FINE)
        return code;
    if (!configuration_open(&command, options.config, &policy))
        return COMMAND_ERRORS;
    path = ledger_path_of(policy);
    result = operands.count > 0 ? request(path, operands.list[0], operands.list + 1, &options, &error)
                                : list_incidents(path, &options, &error);
    policy_free(policy);
    return result == -1 ? command_line_fail(&command, "%s", error.text) : COMMAND_FINE;
}
