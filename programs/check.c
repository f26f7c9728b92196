/* outward check: the rule file with all its errors and warnings. */
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "policy/rule_file.h"
#include "policy/setting_help.h"
#include "programs/commands.h"
#include "programs/configuration.h"
#include "programs/day.h"
#include "programs/foreign.h"

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

static void print_help(FILE *out)
{
    fputs("usage: outward check [-c FILE] [--format text|json]\n\n"
          "Find all errors and warnings of a rule file (" DEFAULT_CONFIGURATION ").\n"
          "Exit code: 0 fine, warnings included; 1 errors found; 2 usage.\n\n"
          "  -c, --config FILE        the file to check\n"
          "      --format text|json   how to answer\n"
          "      --today DATE         warn of rules that ended before this day; without it today\n"
          "  -h, --help               this text\n\n"
          "example: outward check -c ./outward.conf\n\n"
          "statements and settings:\n",
          out);
    print_settings(out);
    fputs("\nconditions of rules:\n", out);
    print_conditions(out);
    fputs("\noutward.conf(5) explains them all.\n", out);
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = { { "config", required_argument, NULL, 'c' },
                                           { "format", required_argument, NULL, 'f' },
                                           { "today", required_argument, NULL, 't' },
                                           { "help", no_argument, NULL, 'h' },
                                           { NULL, 0, NULL, 0 } };
    int option;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        switch (option) {
        case 'c':
            options->path = optarg;
            break;
        case 'f':
            options->json = strcmp(optarg, "json") == 0;
            if (!options->json && strcmp(optarg, "text") != 0) {
                fprintf(stderr, "outward check: --format is text or json, not \"%s\"\n", optarg);
                return COMMAND_USAGE;
            }
            break;
        case 't':
            if (!day_parse(optarg, &options->today)) {
                fprintf(stderr, "outward check: --today is a day such as 2027-03-31, not \"%s\"\n", optarg);
                return COMMAND_USAGE;
            }
            break;
        case 'h':
            print_help(stdout);
            return COMMAND_FINE;
        default:
            return COMMAND_USAGE;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "outward check: unexpected \"%s\", a file is named with -c\n", argv[optind]);
        return COMMAND_USAGE;
    }
    return -1;
}

static int print_json(const struct options *options, const struct policy *policy, const struct faults *faults)
{
    json_t *answer =
        json_pack("{s:i, s:o, s:b, s:I, s:I, s:I, s:o}", "schema", 1, "file", foreign_json(view_of(options->path)),
                  "fine", policy != NULL, "rules", (json_int_t)(policy != NULL ? policy_rule_count(policy) : 0),
                  "errors", (json_int_t)faults->errors, "warnings", (json_int_t)faults->warnings, "faults",
                  configuration_json_faults(faults));

    if (answer == NULL) {
        fprintf(stderr, "outward check: out of memory\n");
        return COMMAND_ERRORS;
    }
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
    printf("%s: fine, %zu rule%s\n", options->path, rules, rules == 1 ? "" : "s");
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
    int code = parse_options(argc, argv, &options);

    if (code != -1)
        return code;
    faults = calloc(1, sizeof(*faults));
    if (faults == NULL) {
        fprintf(stderr, "outward check: out of memory\n");
        return COMMAND_ERRORS;
    }
    policy = configuration_load(options.path, faults);
    if (policy != NULL)
        check_around(&options, policy, faults);
    code = options.json ? print_json(&options, policy, faults) : print_text(&options, policy, faults);
    policy_free(policy);
    free(faults);
    return code;
}
