/* outward bulk: who counts as a bulk sender at Gmail, and since when; set or cleared by hand, with a reason. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/foreign.h"
#include "programs/ledger_report.h"
#include "programs/local_time.h"
#include "programs/wake.h"
#include "report/period.h"
#include "shared/public_suffix.h"
#include "shared/stamp.h"
#include "store/bulk.h"

struct options {
    const char *config, *domain, *reason;
    bool clear, json;
    int64_t now, since; /* ms; since 0: not given */
};

/* Of the whole struct. */
static int take_since(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct options *options = field;
    const struct period_clock clock = { .now = options->now / 1000,
                                        .utc = local_time_utc,
                                        .offset = local_time_offset };
    struct period period;

    (void)row;
    if (!period_parse(view_of(value), &clock, &period))
        return error_set(error, ERROR_USAGE, "--since is a time such as 2026-11-21, not \"%.100s\"", value);
    options->since = period.begin * 1000;
    if (options->since <= 0 || options->since > options->now)
        return error_set(error, ERROR_USAGE, "--since %.100s lies in the future", value);
    return 0;
}

static const struct option_row rows[] = {
    { .name = "since",
      .argument = "TIME",
      .help = "2026-11-21, \"2026-11-21 08:00\", with an offset or in local time",
      .take = take_since },
    { .name = "clear", .help = "it is none", .take = option_flag, .at = offsetof(struct options, clear) },
    { .name = "reason",
      .argument = "TEXT",
      .help = "why, for whoever reads it later; at most 200 octets",
      .take = option_text,
      .at = offsetof(struct options, reason) },
    OPTION_ROW_CONFIG(offsetof(struct options, config)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward bulk",
    .usage = "outward bulk [-c FILE] [--format text|json]\n"
             "outward bulk DOMAIN --since TIME --reason TEXT\n"
             "outward bulk DOMAIN --clear --reason TEXT",
    .about =
        "Who sends about 5,000 messages within 24 hours to Gmail is a bulk sender, for good.  The follower counts "
        "that\n"
        "and keeps it in the ledger; this lists it, sets it (the domain sends by other servers, too) or clears it.\n"
        "What was counted before it was cleared does not set it again; what is counted afterwards does.\n"
        "DOMAIN stands for all domains of the same owner: shop.example.com for example.com.",
    .exits = "0 fine; 1 the ledger could not be read or written; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward bulk example.com --since 2025-06-01 --reason \"newsletters by another provider\"",
};

static int check_options(const struct options *options)
{
    bool since = options->since != 0;

    if (options->domain == NULL)
        return since || options->clear || options->reason != NULL ? command_line_refuse(&command, "name the domain")
                                                                  : COMMAND_LINE_FINE;
    if (since == options->clear)
        return command_line_refuse(&command, "a domain needs either --since TIME or --clear");
    if (options->reason == NULL || options->reason[0] == '\0' || strlen(options->reason) > BULK_REASON_MAX)
        return command_line_refuse(&command, "give a --reason of at most %d octets", BULK_REASON_MAX);
    return COMMAND_LINE_FINE;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    struct operands operands;
    int code = command_line_parse(&command, argc, argv, options, &operands);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (operands.count > 1)
        return command_line_refuse(&command, "one domain at a time");
    options->domain = operands.count == 1 ? operands.list[0] : NULL;
    return check_options(options);
}

/* ---- the list ---- */

static json_t *flag_json(const struct bulk_flag *flag)
{
    char since[40];
    struct buf moment = BUF(since);

    stamp_rfc3339(&moment, flag->since, 0);
    return json_pack("{s:o, s:o, s:s, s:o}", "domain", foreign_json(flag->domain), "origin",
                     foreign_json(bulk_origin_name(flag->origin)), "since", buf_text(&moment), "reason",
                     foreign_json(flag->reason));
}

static int print_json(const struct bulk_flags *flags)
{
    json_t *list = json_array(), *answer;
    int result = 0;

    for (size_t i = 0; i < flags->count && result == 0; i++)
        result = json_array_append_new(list, flag_json(&flags->list[i]));
    answer = json_pack("{s:i, s:o}", "schema", 1, "bulk", list);
    if (answer == NULL || result == -1 || json_dumpf(answer, stdout, JSON_INDENT(2)) == -1)
        result = -1;
    json_decref(answer);
    putchar('\n');
    return result;
}

static void print_flag(const struct bulk_flag *flag)
{
    char since[40];
    struct buf moment = BUF(since);

    stamp_short(&moment, flag->since, local_time_offset(NULL, flag->since / 1000));
    printf("%-16s  %-8s  ", buf_text(&moment), bulk_origin_name(flag->origin).p);
    foreign_print(stdout, flag->domain);
    if (flag->reason.n > 0)
        fputs("  ", stdout);
    foreign_print(stdout, flag->reason);
    putchar('\n');
}

static int list_flags(const char *path, const struct options *options, struct error *error)
{
    struct bulk_flags flags;
    struct ledger *ledger;
    int result;

    if (ledger_open_readonly(path, &ledger, error) == -1)
        return -1;
    result = ledger_bulk_flags(ledger, &flags, error);
    ledger_close(ledger);
    if (result == 0 && options->json && print_json(&flags) == -1)
        result = error_set(error, ERROR_MEMORY, "out of memory");
    for (size_t i = 0; i < flags.count && result == 0 && !options->json; i++)
        print_flag(&flags.list[i]);
    if (result == 0 && flags.count == 0 && !options->json)
        puts("No bulk senders.");
    bulk_flags_done(&flags);
    return result;
}

/* ---- a change ---- */

/* The domain in its one spelling, and what of it is registered. */
static int find_domain(const char *text, struct buf *spelling, struct view *domain, struct error *error)
{
    struct public_suffix *list;

    if (!domain_normalize(view_of(text), spelling) || view_find_char(buf_view(spelling), '.') < 0)
        return error_set(error, ERROR_USAGE, "\"%.100s\" is no domain", text);
    list = public_suffix_open();
    if (list == NULL)
        return error_set(error, ERROR_SYSTEM, "no Public Suffix List can be read");
    *domain = public_suffix_registrable(list, buf_view(spelling));
    public_suffix_close(list);
    return domain->n > 0 ? 0 : error_set(error, ERROR_USAGE, "\"%.100s\" belongs to a registry, to no sender", text);
}

static int save(const char *path, const struct bulk_flag *flag, int64_t now, struct error *error)
{
    struct ledger *ledger;
    int result;

    if (ledger_open_beside(path, &ledger, error) == -1)
        return -1;
    result = ledger_save_bulk(ledger, flag, now, error);
    ledger_close(ledger);
    return result;
}

static int change(const char *path, struct view domain, const struct options *options, struct error *error)
{
    const struct bulk_flag flag = { .domain = domain,
                                    .origin = options->clear ? BULK_CLEARED : BULK_BY_HAND,
                                    .since = options->clear ? options->now : options->since,
                                    .reason = view_of(options->reason) };

    if (save(path, &flag, options->now, error) == -1)
        return -1;
    print_flag(&flag);
    wake_follower(path); /* it tells the gate, through the volume file */
    return 0;
}

int command_bulk(int argc, char **argv)
{
    struct options options = { .now = (int64_t)time(NULL) * 1000 };
    char spelling[DOMAIN_MAX + 1];
    struct buf text = BUF(spelling);
    struct view domain = { NULL, 0 };
    struct policy *policy;
    struct error error;
    int result, code = parse_options(argc, argv, &options);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (options.domain != NULL && find_domain(options.domain, &text, &domain, &error) == -1)
        return command_line_error(&command, &error);
    if (!configuration_open(&command, options.config, &policy))
        return COMMAND_ERRORS;
    result = options.domain == NULL ? list_flags(ledger_path_of(policy), &options, &error)
                                    : change(ledger_path_of(policy), domain, &options, &error);
    policy_free(policy);
    return result == -1 ? command_line_fail(&command, "%s", error.text) : COMMAND_FINE;
}
