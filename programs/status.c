/* outward status: is the follower alive, how far has it come, and what did the last day bring. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/ledger_report.h"
#include "programs/status_answer.h"
#include "programs/status_journal.h"
#include "shared/civil.h"
#include "shared/plural.h"
#include "store/position.h"
#include "store/upkeep.h"

enum {
    BEHIND_WARNING = 60, /* seconds that written lines may wait to be counted */
    BEHIND_CRITICAL = 600
};

struct options {
    const char *config, *directory; /* of journal files; NULL: this machine's */
    bool json, check;
};

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG(offsetof(struct options, config)),
    { .name = "journal-directory",
      .argument = "DIR",
      .help = "journal files of another place",
      .take = option_text,
      .at = offsetof(struct options, directory) },
    { .name = "check",
      .help = "read the whole ledger: is it undamaged, do its numbers add up",
      .take = option_flag,
      .at = offsetof(struct options, check) },
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward status",
    .usage = "outward status [-c FILE] [--check] [--format text|json]",
    .about = "Is the follower alive, how far has it come, what did the last 24 hours bring: one line as monitoring\n"
             "systems take it, then the rest.",
    .exits = "0 OK; 1 warning; 2 critical; 3 unknown, or usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward status --check",
    .usage_code = STATUS_UNKNOWN, /* as monitoring systems have it */
};

/* False after a finding.  Without the default file the defaults hold. */
static bool load(const struct options *options, struct policy **policy, struct status_answer *answer)
{
    const char *path = options->config != NULL ? options->config : DEFAULT_CONFIGURATION;
    struct faults *faults;

    *policy = NULL;
    if (options->config == NULL && access(path, F_OK) == -1)
        return true;
    faults = calloc(1, sizeof(*faults));
    *policy = faults == NULL ? NULL : configuration_load(path, faults);
    if (*policy == NULL)
        status_find(answer, STATUS_UNKNOWN, "%s cannot be used: %s", path,
                    faults == NULL || faults->count == 0 ? "out of memory" : faults->shown[0].text);
    free(faults);
    return *policy != NULL;
}

/* ---- the follower ---- */

static void find_writer(const char *path, struct status_answer *answer)
{
    pid_t writer = ledger_writer(path);

    if (writer == 0)
        status_find(answer, STATUS_CRITICAL, "no outward-follow keeps %s", path);
    else
        status_find(answer, STATUS_OK, "outward-follow runs as process %ld", (long)writer);
}

struct file_place {
    struct view source;
    struct position position;
    bool found;
};

/* The one that was read last. */
static void take_position(void *context, const struct position *position)
{
    struct file_place *place = context;

    if (!view_eq(position->source, place->source) || (place->found && position->seen < place->position.seen))
        return;
    place->position = *position;
    place->position.source = place->source;
    place->found = true;
}

/* How far the follower is behind its sources. */
struct arrears {
    int64_t octets, seconds; /* of all files; of the source that waits longest */
};

static void find_wait(struct view source, int64_t waited, struct arrears *arrears, struct status_answer *answer)
{
    if (waited > arrears->seconds)
        arrears->seconds = waited;
    if (waited > BEHIND_WARNING)
        status_find(answer, waited > BEHIND_CRITICAL ? STATUS_CRITICAL : STATUS_WARNING,
                    "%.*s: lines wait to be counted, for %lld %s", VIEW_ARG(source), (long long)waited,
                    plural((uint64_t)waited, "second", "seconds"));
}

/* Octets of a configured file that are not counted yet; and for how long. */
static void find_rest(const struct file_place *place, const struct stat *file, struct arrears *arrears,
                      struct status_answer *answer)
{
    bool same = place->found && (uint64_t)file->st_ino == place->position.inode;
    int64_t rest = (int64_t)file->st_size - (same ? place->position.offset : 0);
    int64_t since = place->found ? place->position.seen : 0;
    int64_t waited =
        (int64_t)file->st_mtime > since ? (int64_t)time(NULL) - (int64_t)file->st_mtime : (int64_t)time(NULL) - since;

    if (rest <= 0)
        return;
    arrears->octets += rest;
    find_wait(place->source, waited, arrears, answer);
}

/* What the follower, who may read less than whoever asks, said of it last. */
static void find_trouble(struct ledger *ledger, struct view source, struct status_answer *answer)
{
    struct view why;
    struct error error;

    if (ledger_get_trouble(ledger, source, &why, &error) == -1)
        status_find(answer, STATUS_UNKNOWN, "%s", error.text);
    else if (why.n > 0)
        status_find(answer, STATUS_WARNING, "outward-follow: %.*s", VIEW_ARG(why));
}

static bool find_file(struct ledger *ledger, struct view path, struct arrears *arrears, struct status_answer *answer)
{
    struct file_place place = { .source = path };
    struct error error;
    struct stat file;

    if (ledger_positions(ledger, take_position, &place, &error) == -1) {
        status_find(answer, STATUS_UNKNOWN, "%s", error.text);
        return false;
    }
    find_trouble(ledger, path, answer);
    if (stat(path.p, &file) == 0)
        find_rest(&place, &file, arrears, answer);
    else
        status_find(answer, STATUS_WARNING, "%.*s: %s", VIEW_ARG(path), strerror(errno));
    return true;
}

static bool find_places(const struct options *options, struct ledger *ledger, const struct policy *policy,
                        struct status_answer *answer)
{
    const struct follow_settings *follow = policy == NULL ? NULL : &policy_settings(policy)->follow;
    struct arrears arrears = { 0, 0 };

    for (size_t i = 0; follow != NULL && i < follow->file_count; i++) {
        if (!find_file(ledger, follow->files[i], &arrears, answer))
            return false;
    }
    if (follow == NULL || follow->journal || follow->file_count == 0)
        find_trouble(ledger, VIEW("journal"), answer);
    if (follow == NULL || follow->journal || follow->file_count == 0)
        find_wait(VIEW("journal"), status_journal_waits(ledger, options->directory, policy, (int64_t)time(NULL)),
                  &arrears, answer);
    status_figure(answer, "behind", "B", arrears.octets);
    status_limited_figure(answer,
                          &(struct status_figure){ "waiting", "s", arrears.seconds, BEHIND_WARNING, BEHIND_CRITICAL });
    return true;
}

static void find_times(struct ledger *ledger, struct status_answer *answer)
{
    int64_t written = 0;
    struct error error;

    if (ledger_get(ledger, LEDGER_WRITTEN, &written, &error) == -1)
        status_find(answer, STATUS_UNKNOWN, "%s", error.text);
    else if (written == 0)
        status_find(answer, STATUS_WARNING, "nothing was counted yet");
    else
        status_figure(answer, "age", "s", (int64_t)time(NULL) - written / 1000);
}

/* ---- the last day ---- */

static uint64_t count_violations(const struct policy *policy, const struct tally *tally)
{
    const struct settings *settings = policy == NULL ? NULL : policy_settings(policy);
    struct violations *violations;
    struct violation row;
    uint64_t count = 0;

    if (settings == NULL || settings->delivery_rule_count == 0)
        return 0;
    violations = violations_new(settings->delivery_rules, settings->delivery_rule_count, 1);
    if (violations == NULL)
        return 0;
    violations_add_tally(violations, tally);
    for (size_t i = 0; violation_at(violations, i, &row); i++)
        count += row.rule != NULL && row.rule->require ? row.count : 0;
    violations_free(violations);
    return count;
}

static void judge_day(const struct policy *policy, const struct tally *tally, const struct completeness *completeness,
                      struct status_answer *answer)
{
    const struct cell *cell = tally_totals(tally, HOP_DIRECT);
    uint64_t violations = count_violations(policy, tally);

    if (violations > 0)
        status_find(answer, STATUS_WARNING, "%llu %s of the last 24 hours %s a `require` rule",
                    (unsigned long long)violations, plural(violations, "message", "messages"),
                    plural(violations, "violates", "violate"));
    if (completeness->gaps > 0)
        status_find(answer, STATUS_WARNING, "%llu %s in the logs of the last 24 hours",
                    (unsigned long long)completeness->gaps, plural(completeness->gaps, "gap", "gaps"));
    if (cell->unknown > 0)
        status_find(answer, STATUS_WARNING,
                    "the encryption of %llu %s of the last 24 hours is not proven; it is where smtp_tls_loglevel = 1",
                    (unsigned long long)cell->unknown, plural(cell->unknown, "message", "messages"));
    status_find(answer, STATUS_OK, "last 24 hours: sent %llu, encrypted %llu, plaintext %llu, unknown %llu",
                (unsigned long long)cell->sent, (unsigned long long)cell->encrypted,
                (unsigned long long)cell->plaintext, (unsigned long long)cell->unknown);
    status_figure(answer, "sent", "", (int64_t)cell->sent);
    status_figure(answer, "plaintext", "", (int64_t)cell->plaintext);
    status_figure(answer, "unknown", "", (int64_t)cell->unknown);
    status_figure(answer, "violations", "", (int64_t)violations);
    status_figure(answer, "gaps", "", (int64_t)completeness->gaps);
    status_figure(answer, "unparsed", "", (int64_t)completeness->unparsed);
    status_figure(answer, "cut", "", (int64_t)completeness->cut);
    status_figure(answer, "evicted", "", (int64_t)completeness->evicted);
    status_figure(answer, "names_refused", "", (int64_t)completeness->names_refused);
}

static void find_day(struct ledger *ledger, const struct policy *policy, struct status_answer *answer)
{
    struct ledger_period period = { (int64_t)time(NULL) * 1000 - DAY_MS, 0 };
    struct tally *tally = tally_new(1);
    struct ledger_loaded loaded = { .host_count = 0 };
    struct error error;

    if (tally == NULL)
        status_find(answer, STATUS_UNKNOWN, "out of memory");
    else if (ledger_load(ledger, period, tally, &loaded, &error) == -1)
        status_find(answer, STATUS_UNKNOWN, "%s", error.text);
    else
        judge_day(policy, tally, &loaded.completeness, answer);
    ledger_loaded_done(&loaded);
    tally_free(tally);
}

/* ---- the file ---- */

static void find_size(struct ledger *ledger, struct status_answer *answer)
{
    struct ledger_size size;
    struct error error;

    if (ledger_size(ledger, &size, &error) == -1)
        status_find(answer, STATUS_UNKNOWN, "%s", error.text);
    else
        status_figure(answer, "size", "B", size.file + size.log);
}

static void find_damage(struct ledger *ledger, struct status_answer *answer)
{
    struct error error;
    int result = ledger_verify(ledger, &error);

    if (result == 0)
        status_find(answer, STATUS_OK, "%s is whole, its numbers add up", ledger_path(ledger));
    else
        status_find(answer, result == 1 ? STATUS_CRITICAL : STATUS_UNKNOWN, "%s", error.text);
}

static void look(const struct options *options, const struct policy *policy, struct status_answer *answer)
{
    const char *path = ledger_path_of(policy);
    struct ledger *ledger;
    struct error error;

    find_writer(path, answer);
    if (ledger_open_readonly(path, &ledger, &error) == -1) {
        status_find(answer, error.kind == ERROR_SYNTAX ? STATUS_CRITICAL : STATUS_UNKNOWN, "%s", error.text);
        return;
    }
    if (find_places(options, ledger, policy, answer)) {
        find_times(ledger, answer);
        find_day(ledger, policy, answer);
        find_size(ledger, answer);
    }
    if (options->check)
        find_damage(ledger, answer);
    ledger_close(ledger);
}

int command_status(int argc, char **argv)
{
    struct options options = { .config = NULL };
    struct status_answer *answer;
    struct policy *policy = NULL;
    int code = command_line_parse(&command, argc, argv, &options, NULL);

    if (code != COMMAND_LINE_FINE)
        return code;
    answer = calloc(1, sizeof(*answer));
    if (answer == NULL) {
        fputs("OUTWARD UNKNOWN - out of memory\n", stdout);
        return STATUS_UNKNOWN;
    }
    if (load(&options, &policy, answer))
        look(&options, policy, answer);
    if (!options.json)
        status_print_text(answer, stdout);
    else if (!status_print_json(answer, stdout))
        fputs("OUTWARD UNKNOWN - out of memory\n", stdout);
    code = (int)status_level(answer);
    policy_free(policy);
    free(answer);
    return code;
}
