/* outward tls-policy: lines for smtp_tls_policy_maps, from rules and from what deliveries proved. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audit/policy_map.h"
#include "audit/policy_write.h"
#include "audit/read_config.h"
#include "audit/words.h"
#include "programs/command_line.h"
#include "programs/ledger_report.h"
#include "programs/log_options.h"
#include "programs/tls_policy_answer.h"
#include "programs/tls_policy_evidence.h"
#include "shared/plural.h"

enum { LEARN_DAYS_MAX = 190, DELIVERIES_DEFAULT = 10, WINDOW_DAYS = 60, DAY_SECONDS = 86400 };

struct options {
    struct log_options log;
    unsigned learn_days, deliveries;
    const char *map, *withdraw, *restore, *postconf;
    char directory[PATH_MAX]; /* empty: Postfix's own */
    bool write, dry_run, json;
};

/* All that one run works on. */
struct run {
    const struct options *options;
    struct arena arena;
    struct postfix_config config;
    struct routes routes;
    char map[POLICY_PATH_MAX];
    struct policy_table table;
    struct policy_file before, others;
    bool others_left_out; /* more than POLICY_LINES_MAX, or no memory: then a line might stand twice */
    struct policy_evidence evidence;
    struct policy_plan plan;
};

/* ---- options ---- */

static const struct option_row rows[] = {
    { .name = "learn",
      .argument = "DAYS",
      .help = "next hops that were encrypted without exception for so many days",
      .take = option_number,
      .at = offsetof(struct options, learn_days),
      .least = 1,
      .most = LEARN_DAYS_MAX },
    { .name = "deliveries",
      .argument = "N",
      .help = "and whose mail was at least so much in that time (10)",
      .take = option_number,
      .at = offsetof(struct options, deliveries),
      .least = 1 },
    { .name = "dry-run",
      .help = "tell whose mail these lines would have deferred in the last 30 days",
      .take = option_flag,
      .at = offsetof(struct options, dry_run) },
    { .name = "write", .help = "write the table", .take = option_flag, .at = offsetof(struct options, write) },
    { .name = "map",
      .argument = "TYPE:PATH",
      .help = "the table: texthash, cdb or lmdb (texthash:outward_tls_policy beside main.cf)",
      .take = option_text,
      .at = offsetof(struct options, map) },
    { .name = "withdraw",
      .argument = "NEXTHOP",
      .help = "take a line out of the table; it is not learned again",
      .take = option_text,
      .at = offsetof(struct options, withdraw) },
    { .name = "restore",
      .argument = "NEXTHOP",
      .help = "put a withdrawn line back",
      .take = option_text,
      .at = offsetof(struct options, restore) },
    OPTION_ROW_POSTFIX_DIR(offsetof(struct options, directory)),
    OPTION_ROW_POSTCONF(offsetof(struct options, postconf)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(log_option_table, NULL, offsetof(struct options, log)),
};

static const struct command_line command = {
    .name = "outward tls-policy",
    .usage = "outward tls-policy [OPTION]...\n"
             "outward tls-policy --withdraw NEXTHOP | --restore NEXTHOP [--map TYPE:PATH]",
    .about = "Print lines for Postfix's smtp_tls_policy_maps: from the file's `require` rules, and from what was "
             "proven to be\n"
             "encrypted.  Lines that the table has already stay until they are withdrawn.\n"
             "Without --log the evidence is the ledger's.",
    .exits = "0 fine; 1 a line keeps mail waiting, or it could not be done; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward tls-policy --learn 30 --dry-run",
};

static int parse_options(int argc, char **argv, struct options *options)
{
    int code = command_line_parse(&command, argc, argv, options, NULL);
    bool changes = options->withdraw != NULL || options->restore != NULL;

    if (code != COMMAND_LINE_FINE)
        return code;
    if ((options->withdraw != NULL && options->restore != NULL) ||
        (changes && (options->learn_days > 0 || options->dry_run || options->write)))
        return command_line_refuse(&command, "--withdraw and --restore stand alone");
    if (options->write && options->dry_run)
        return command_line_refuse(&command, "--write and --dry-run exclude each other");
    return log_options_finish(&options->log, &command);
}

/* ---- Postfix and the table ---- */

static const char *directory_of(const struct options *options)
{
    return options->directory[0] == '\0' ? NULL : options->directory;
}

/* The table's name: --map, or its usual place. */
static bool find_table(struct run *run, struct error *error)
{
    struct buf name = BUF(run->map);

    if (run->options->map != NULL)
        buf_add(&name, view_of(run->options->map));
    else
        buf_addf(&name, "texthash:%.*s/outward_tls_policy", VIEW_ARG(run->config.directory));
    (void)buf_text(&name);
    if (name.full) {
        error_set(error, ERROR_LIMIT, "the table's name is too long");
        return false;
    }
    return policy_table_parse(view_of(run->map), &run->table, error) == 0;
}

static void keep_other(void *to, const struct policy_entry *entry)
{
    struct run *run = to;
    struct policy_line line = { .key = entry->key, .value = entry->level, .comment = entry->map };

    if (!view_eq(entry->map, view_of(run->map)) && policy_file_add(&run->arena, &run->others, &line) == NULL)
        run->others_left_out = true;
}

static bool read_postfix(struct run *run, struct error *error)
{
    const struct correlate_settings *correlate = &run->options->log.correlate;
    struct own_hosts own = { correlate->internal, correlate->internal_names };
    struct inspector inspector = { &run->arena };

    if (read_postfix_config(&run->arena, run->options->postconf, directory_of(run->options), &run->config, error) == -1)
        return false;
    if (routes_read(&run->arena, &inspector, &run->config, &own, &run->routes) == -1) {
        error_set(error, ERROR_MEMORY, "out of memory");
        return false;
    }
    if (!find_table(run, error))
        return false;
    policy_maps_visit(&inspector, config_value(&run->config, NULL, VIEW("smtp_tls_policy_maps")),
                      &(struct policy_map_visitor){ .to = run, .entry = keep_other });
    if (run->others_left_out)
        error_set(error, ERROR_LIMIT, "smtp_tls_policy_maps has more than %d entries, or memory ran out",
                  POLICY_LINES_MAX);
    return !run->others_left_out;
}

static bool read_table(struct run *run, struct error *error)
{
    struct view text;

    return policy_table_read(&run->arena, &run->table, &text, error) == 0 &&
           policy_file_parse(&run->arena, run->table.path, text, &run->before, error) == 0;
}

static bool write_table(struct run *run, const struct policy_file *file, struct error *error)
{
    struct view text = policy_file_text(&run->arena, file),
                folder = config_value(&run->config, NULL, VIEW("command_directory"));
    char postmap[PATH_MAX];

    if (text.p == NULL) {
        error_set(error, ERROR_MEMORY, "%s: out of memory", run->table.path);
        return false;
    }
    (void)snprintf(postmap, sizeof(postmap), "%.*s/postmap", VIEW_ARG(folder));
    return policy_table_write(&run->arena, &run->table, text, postmap, directory_of(run->options), error) == 0;
}

static bool table_in_use(const struct run *run)
{
    struct view maps = config_value(&run->config, NULL, VIEW("smtp_tls_policy_maps")), map;

    while (words_next(&maps, &map)) {
        if (view_eq(map, view_of(run->map)))
            return true;
    }
    return false;
}

/* ---- what was asked ---- */

static int answer(struct run *run)
{
    const struct options *options = run->options;
    struct policy_answer said = { .plan = &run->plan,
                                  .routes = &run->routes,
                                  .recent = options->dry_run ? run->evidence.recent : NULL,
                                  .table = view_of(run->map),
                                  .directory = directory_of(options),
                                  .written = options->write,
                                  .in_use = table_in_use(run),
                                  .maps = config_value(&run->config, NULL, VIEW("smtp_tls_policy_maps")) };
    int code = COMMAND_FINE;

    for (size_t i = 0; i < run->plan.note_count; i++) {
        if (run->plan.notes[i].severity == FINDING_ERROR)
            code = COMMAND_ERRORS;
    }
    if (!options->json)
        policy_print_text(stdout, &said);
    else if (policy_print_json(stdout, &said) == -1)
        return command_line_fail(&command, "out of memory");
    return fflush(stdout) == 0 ? code : command_line_fail(&command, "standard output: %s", strerror(errno));
}

/* What the evidence does not hold, though it was there. */
static void tell_left_out(const struct run *run, uint32_t days)
{
    const struct policy_evidence *evidence = &run->evidence;

    if (evidence->late > 0)
        fprintf(stderr, "outward tls-policy: %llu %s outside of the last %u %s, or of the period, %s left out\n",
                (unsigned long long)evidence->late, plural(evidence->late, "delivery", "deliveries"), days,
                plural(days, "day", "days"), plural(evidence->late, "was", "were"));
    if (hop_history_dropped(evidence->history) > 0)
        fprintf(stderr, "outward tls-policy: more than %d next hops: the rest was left out %llu %s\n", HOPS_MAX,
                (unsigned long long)hop_history_dropped(evidence->history),
                plural(hop_history_dropped(evidence->history), "time", "times"));
}

/* Rules need no evidence; what is learned and who would have waited does. */
static bool read_evidence(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    struct evidence_question question = { .log = &options->log,
                                          .ledger = ledger_path_of(options->log.policy),
                                          .seed = options->log.correlate.seed,
                                          .routes = &run->routes,
                                          .today = (uint32_t)(options->log.now / DAY_SECONDS),
                                          .days = 2 * options->learn_days > WINDOW_DAYS ? 2 * options->learn_days
                                                                                        : WINDOW_DAYS };

    if (policy_evidence_read(&question, &run->evidence, error)) {
        tell_left_out(run, question.days);
        return true;
    }
    if (options->learn_days > 0 || options->dry_run || options->log.path_count > 0 || run->evidence.history == NULL)
        return false;
    fprintf(stderr, "outward tls-policy: without evidence, from rules alone: %s\n", error->text);
    return true;
}

static bool make_plan(struct run *run, struct error *error)
{
    const struct options *options = run->options;
    const struct settings *settings = options->log.policy == NULL ? NULL : policy_settings(options->log.policy);
    struct policy_question question = { .config = &run->config,
                                        .routes = &run->routes,
                                        .history = run->evidence.history,
                                        .before = &run->before,
                                        .others = &run->others,
                                        .learn_days = options->learn_days,
                                        .learn_deliveries = options->deliveries,
                                        .today = (uint32_t)(options->log.now / DAY_SECONDS) };

    if (settings != NULL) {
        question.rules = settings->delivery_rules;
        question.rule_count = settings->delivery_rule_count;
    }
    return policy_plan_make(&run->arena, &question, &run->plan, error) == 0;
}

static int plan_and_answer(struct run *run, struct error *error)
{
    bool fine = read_evidence(run, error) && make_plan(run, error) &&
                (!run->options->write || write_table(run, &run->plan.after, error));

    return fine ? answer(run) : command_line_fail(&command, "%s", error->text);
}

/* --withdraw and --restore: the operator's word alone, no evidence is asked. */
static int mark(struct run *run, const char *hop, bool withdrawn, struct error *error)
{
    struct policy_line *line = policy_file_find(&run->before, view_of(hop));

    if (line == NULL)
        return command_line_fail(&command, "%s: there is no line for \"%s\"", run->map, hop);
    if (line->withdrawn == withdrawn) {
        printf("Nothing to do: %s is %s.\n", hop, withdrawn ? "withdrawn" : "in force");
        return COMMAND_FINE;
    }
    line->withdrawn = withdrawn;
    if (!write_table(run, &run->before, error))
        return command_line_fail(&command, "%s", error->text);
    printf("%s: %s %s.\n", run->map, hop, withdrawn ? "is withdrawn" : "is in force again");
    if (view_eq(run->table.type, VIEW("texthash")))
        puts("    postfix reload");
    return COMMAND_FINE;
}

static int work(struct run *run)
{
    const struct options *options = run->options;
    bool changes = options->write || options->withdraw != NULL || options->restore != NULL;
    struct error error = { ERROR_NONE, "" };
    int lock = -1, code;

    if (!read_postfix(run, &error))
        return command_line_error(&command, &error);
    if ((changes && (lock = policy_table_lock(&run->table, &error)) == -1) || !read_table(run, &error))
        code = command_line_fail(&command, "%s", error.text);
    else if (options->withdraw != NULL)
        code = mark(run, options->withdraw, true, &error);
    else if (options->restore != NULL)
        code = mark(run, options->restore, false, &error);
    else
        code = plan_and_answer(run, &error);
    if (lock != -1)
        (void)close(lock);
    return code;
}

static int run_once(const struct options *options)
{
    struct run *run = calloc(1, sizeof(*run));
    int code;

    if (run == NULL)
        return command_line_fail(&command, "out of memory");
    run->options = options;
    arena_init(&run->arena, 0);
    code = work(run);
    policy_evidence_done(&run->evidence);
    arena_done(&run->arena);
    free(run);
    return code;
}

int command_tls_policy(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof(*options));
    int code;

    if (options == NULL)
        return command_line_fail(&command, "out of memory");
    log_options_init(&options->log);
    options->deliveries = DELIVERIES_DEFAULT;
    code = parse_options(argc, argv, options);
    if (code == COMMAND_LINE_FINE)
        code = run_once(options);
    log_options_done(&options->log);
    free(options);
    return code;
}
