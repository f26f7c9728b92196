/* outward check: the rule file with all its errors and warnings. */
#include <stdlib.h>
#include <string.h>

#include "policy/rule_file.h"
#include "policy/setting_help.h"
#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/day.h"
#include "programs/foreign.h"
#include "shared/plural.h"

struct options {
    const char *path;
    unsigned today; /* 20270331 */
    bool json;
};

static void print_settings(FILE *out)
{
    const struct setting_help *row;

    for (size_t i = 0; (row = setting_help(i)) != NULL; i++) {
        struct view block = setting_block_name(row->block);

        fprintf(out, "  %.*s%s%.*s %s\n        %s", VIEW_ARG(block), block.n > 0 ? ": " : "", VIEW_ARG(row->words),
                row->arguments, row->text);
        fprintf(out, row->initial[0] != '\0' ? " (without it: %s)\n" : "\n", row->initial);
    }
}

static void print_conditions(FILE *out)
{
    for (size_t i = 0; i < condition_count; i++) {
        const struct condition_row *row = &condition_table[i];

        fprintf(out, "  %.*s %s\n        %s\n", VIEW_ARG(row->words), operand_help(row->operand), row->help);
    }
}

static void print_more(FILE *out)
{
    fputs("\nstatements and settings:\n", out);
    print_settings(out);
    fputs("\nconditions of rules:\n", out);
    print_conditions(out);
}

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG_AS("the file to check (" DEFAULT_CONFIGURATION ")", offsetof(struct options, path)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
    { .name = "today",
      .argument = "DATE",
      .help = "warn of rules that ended before this day; without it today",
      .take = option_day,
      .at = offsetof(struct options, today) },
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward check",
    .usage = "outward check [-c FILE] [--format text|json]",
    .about = "Find all errors and warnings of a rule file (" DEFAULT_CONFIGURATION ").",
    .exits = "0 fine, warnings included; 1 errors found; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward check -c ./outward.conf",
    .print_more = print_more,
    .more = "outward.conf(5) explains them all.",
    .instead = "a file is named with -c",
};

static int print_json(const struct options *options, const struct policy *policy, const struct faults *faults)
{
    json_t *answer =
        json_pack("{s:i, s:o, s:b, s:I, s:I, s:I, s:o}", "schema", 1, "file", foreign_json(view_of(options->path)),
                  "fine", policy != NULL, "rules", (json_int_t)(policy != NULL ? policy_rule_count(policy) : 0),
                  "errors", (json_int_t)faults->errors, "warnings", (json_int_t)faults->warnings, "faults",
                  configuration_json_faults(faults));

    if (answer == NULL)
        return command_line_fail(&command, "out of memory");
    (void)json_dumpf(answer, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(answer);
    return policy != NULL ? COMMAND_FINE : COMMAND_ERRORS;
}

static int print_text(const struct options *options, const struct policy *policy, const struct faults *faults)
{
    size_t rules;

    configuration_print_faults(stderr, faults);
    if (policy == NULL)
        return COMMAND_ERRORS;
    rules = policy_rule_count(policy);
    printf("%s: fine, %zu %s\n", options->path, rules, plural(rules, "rule", "rules"));
    return COMMAND_FINE;
}

/* What the file alone does not tell: the day, and who reads it. */
static void check_around(const struct options *options, const struct policy *policy, struct faults *faults)
{
    policy_check_dates(policy, options->today, faults);
    rule_file_check_user(options->path, policy, faults);
}

int command_check(int argc, char **argv)
{
    struct options options = { .path = DEFAULT_CONFIGURATION, .today = day_today() };
    struct faults *faults;
    struct policy *policy;
    int code = command_line_parse(&command, argc, argv, &options, NULL);

    if (code != COMMAND_LINE_FINE)
        return code;
    faults = calloc(1, sizeof(*faults));
    if (faults == NULL)
        return command_line_fail(&command, "out of memory");
    policy = configuration_load(options.path, faults);
    if (policy != NULL)
        check_around(&options, policy, faults);
    code = options.json ? print_json(&options, policy, faults) : print_text(&options, policy, faults);
    policy_free(policy);
    free(faults);
    return code;
}
