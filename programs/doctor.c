/* outward doctor: what is wrong for TLS in this host's Postfix. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/doctor_answer.h"
#include "programs/doctor_evidence.h"

struct options {
    const char *path; /* of the rule file; NULL: the default one, if it is there */
    const char *facts;
    char directory[PATH_MAX];
    bool json;
    struct doctor_request request;
};

/* "a,b" into the rows of a selection. */
static int select_checks(const struct option_row *row, struct view list, struct view *rows, size_t *count,
                         struct error *error)
{
    struct view id;

    while (view_next(&list, ',', &id)) {
        if (!doctor_has_check(id) || *count == DOCTOR_SELECTION_MAX)
            return error_set(error, ERROR_USAGE, "--%s: there is no check \"%.*s\"; --list shows them", row->name,
                             VIEW_ARG(view_slice(id, 0, 100)));
        rows[(*count)++] = id;
    }
    return 0;
}

static int take_only(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct selection *selection = field;

    return select_checks(row, view_of(value), selection->only, &selection->only_count, error);
}

static int take_ignore(void *field, const struct option_row *row, const char *value, struct error *error)
{
    struct selection *selection = field;

    return select_checks(row, view_of(value), selection->ignore, &selection->ignore_count, error);
}

static int list_checks(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)field, (void)row, (void)value, (void)error;
    doctor_print_checks(stdout);
    return OPTION_ANSWERED;
}

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG(offsetof(struct options, path)),
    OPTION_ROW_POSTFIX_DIR(offsetof(struct options, directory)),
    { .name = "only",
      .argument = "ID[,ID...]",
      .help = "these checks alone",
      .take = take_only,
      .at = offsetof(struct options, request.selection) },
    { .name = "ignore",
      .argument = "ID[,ID...]",
      .help = "not these checks",
      .take = take_ignore,
      .at = offsetof(struct options, request.selection) },
    { .name = "list", .help = "show all checks with their IDs", .take = list_checks },
    { .name = "facts",
      .argument = "FILE",
      .help = "write what the configuration proves about deliveries, as JSON",
      .take = option_text,
      .at = offsetof(struct options, facts) },
    OPTION_ROW_POSTCONF(offsetof(struct options, request.postconf)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward doctor",
    .usage = "outward doctor [OPTION]...",
    .about = "Find what is wrong for TLS in this host's Postfix, and the command that mends it.  Changes nothing.",
    .exits =
        "0 nothing above notice; 1 errors found, or Postfix or the rule file cannot be read; 2 usage; 3 warnings found",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward doctor --ignore outbound-opportunistic",
    .more = "outward-doctor(1) explains each check.",
};

/* The rule file if there is one.  False: one was asked for, and it has faults. */
static bool load_policy(const struct options *options, struct policy **policy)
{
    return configuration_open(&command, options->path, policy) || options->path == NULL;
}

static int answer(const struct options *options, const struct diagnoses *diagnoses)
{
    struct error error;

    if (options->facts != NULL && doctor_write_facts(options->facts, diagnoses, options->request.now, &error) == -1)
        return command_line_fail(&command, "%s", error.text);
    if (!options->json)
        doctor_print_text(stdout, diagnoses, isatty(STDOUT_FILENO) == 1);
    else if (doctor_print_json(stdout, diagnoses) == -1)
        return command_line_fail(&command, "out of memory");
    return doctor_exit_status(diagnoses);
}

static int examine(struct options *options)
{
    struct diagnoses *diagnoses = calloc(1, sizeof(*diagnoses));
    struct arena arena;
    struct error error = { ERROR_MEMORY, "out of memory" };
    int code;

    arena_init(&arena, 0);
    if (diagnoses == NULL || doctor_examine(&arena, &options->request, diagnoses, &error) == -1)
        code = command_line_fail(&command, "%s", error.text);
    else
        code = answer(options, diagnoses);
    arena_done(&arena);
    free(diagnoses);
    return code;
}

int command_doctor(int argc, char **argv)
{
    struct options options = { .path = NULL };
    struct doctor_evidence evidence;
    struct policy *policy;
    int code = command_line_parse(&command, argc, argv, &options, NULL);

    if (code != COMMAND_LINE_FINE)
        return code;
    if (!load_policy(&options, &policy))
        return COMMAND_ERRORS;
    if (options.directory[0] != '\0')
        options.request.directory = options.directory;
    options.request.settings = policy == NULL ? NULL : policy_settings(policy);
    options.request.now = (int64_t)time(NULL);
    doctor_evidence_init(&evidence, policy, options.request.now);
    /* The usual ledger is the usual Postfix's; a rule file says which is its own. */
    if (policy != NULL || options.request.directory == NULL)
        options.request.evidence = &evidence.source;
    code = examine(&options);
    doctor_evidence_done(&evidence);
    policy_free(policy);
    return code;
}
