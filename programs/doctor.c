/* outward doctor: what is wrong for TLS in this host's Postfix. */
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "programs/commands.h"
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

static void print_help(FILE *out)
{
    fputs("usage: outward doctor [OPTION]...\n\n"
          "Find what is wrong for TLS in this host's Postfix, and the command that mends it.  Changes nothing.\n"
          "Exit code: 0 nothing above notice; 1 errors found; 2 usage, or Postfix cannot be read; 3 warnings found.\n\n"
          "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ", if it is there)\n"
          "      --postfix-dir DIR    the folder of main.cf (Postfix's own)\n"
          "      --only ID[,ID]...    these checks alone\n"
          "      --ignore ID[,ID]...  not these checks\n"
          "      --list               show all checks with their IDs\n"
          "      --facts FILE         write what the configuration proves about deliveries, as JSON\n"
          "      --postconf FILE      the postconf command, where it is not in the usual places\n"
          "      --format text|json   how to answer\n"
          "  -h, --help               this text\n\n"
          "example: outward doctor --ignore outbound-opportunistic\n\n"
          "outward-doctor(1) explains each check.\n",
          out);
}

static int refuse(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int refuse(const char *format, ...)
{
    va_list args;

    fputs("outward doctor: ", stderr);
    va_start(args, format);
    (void)vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    return COMMAND_USAGE;
}

/* "a,b" into the selection; -1 when done well, else the exit code. */
static int select_checks(const char *option, struct view list, struct view *rows, size_t *count)
{
    while (list.n > 0) {
        struct view id;

        if (!view_cut(&list, VIEW(","), &id)) {
            id = list;
            list = view_slice(list, list.n, list.n);
        }
        if (!doctor_has_check(id) || *count == DOCTOR_SELECTION_MAX) {
            fprintf(stderr, "outward doctor: %s: there is no check \"%.*s\"; --list shows them\n", option,
                    VIEW_ARG(id));
            return COMMAND_USAGE;
        }
        rows[(*count)++] = id;
    }
    return -1;
}

static int set_directory(struct options *options, const char *name)
{
    if (realpath(name, options->directory) == NULL) {
        fprintf(stderr, "outward doctor: %s: %s\n", name, strerror(errno));
        return COMMAND_USAGE;
    }
    options->request.directory = options->directory;
    return -1;
}

enum { OPTION_DIRECTORY = 256, OPTION_ONLY, OPTION_IGNORE, OPTION_LIST, OPTION_FACTS, OPTION_POSTCONF, OPTION_FORMAT };

static const struct option option_names[] = { { "config", required_argument, NULL, 'c' },
                                              { "postfix-dir", required_argument, NULL, OPTION_DIRECTORY },
                                              { "only", required_argument, NULL, OPTION_ONLY },
                                              { "ignore", required_argument, NULL, OPTION_IGNORE },
                                              { "list", no_argument, NULL, OPTION_LIST },
                                              { "facts", required_argument, NULL, OPTION_FACTS },
                                              { "postconf", required_argument, NULL, OPTION_POSTCONF },
                                              { "format", required_argument, NULL, OPTION_FORMAT },
                                              { "help", no_argument, NULL, 'h' },
                                              { NULL, 0, NULL, 0 } };

/* -1 to go on; else the exit code. */
static int take_option(int option, struct options *options)
{
    struct selection *selection = &options->request.selection;

    switch (option) {
    case 'c':
        options->path = optarg;
        return -1;
    case OPTION_DIRECTORY:
        return set_directory(options, optarg);
    case OPTION_ONLY:
        return select_checks("--only", view_of(optarg), selection->only, &selection->only_count);
    case OPTION_IGNORE:
        return select_checks("--ignore", view_of(optarg), selection->ignore, &selection->ignore_count);
    case OPTION_LIST:
        doctor_print_checks(stdout);
        return COMMAND_FINE;
    case OPTION_FACTS:
        options->facts = optarg;
        return -1;
    case OPTION_POSTCONF:
        options->request.postconf = optarg;
        return optarg[0] == '/' ? -1 : refuse("--postconf wants an absolute path, not \"%s\"", optarg);
    case OPTION_FORMAT:
        options->json = strcmp(optarg, "json") == 0;
        return options->json || strcmp(optarg, "text") == 0 ? -1
                                                            : refuse("--format is text or json, not \"%s\"", optarg);
    case 'h':
        print_help(stdout);
        return COMMAND_FINE;
    default:
        return COMMAND_USAGE;
    }
}

static int parse_options(int argc, char **argv, struct options *options)
{
    int option, code;

    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", option_names, NULL)) != -1) {
        code = take_option(option, options);
        if (code != -1)
            return code;
    }
    return optind < argc ? refuse("unexpected \"%s\"", argv[optind]) : -1;
}

/* The rule file if there is one.  False: one was asked for, and it has faults. */
static bool load_policy(const struct options *options, struct policy **policy)
{
    return configuration_open("doctor", options->path, policy) || options->path == NULL;
}

static int answer(const struct options *options, const struct diagnoses *diagnoses)
{
    struct error error;

    if (options->facts != NULL && doctor_write_facts(options->facts, diagnoses, options->request.now, &error) == -1)
        return refuse("%s", error.text);
    if (!options->json)
        doctor_print_text(stdout, diagnoses, isatty(STDOUT_FILENO) == 1);
    else if (doctor_print_json(stdout, diagnoses) == -1)
        return refuse("%s", "out of memory");
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
        code = refuse("%s", error.text);
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
    int code = parse_options(argc, argv, &options);

    if (code != -1)
        return code;
    if (!load_policy(&options, &policy))
        return COMMAND_USAGE;
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
