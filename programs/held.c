/* outward held: the mail on hold, by which rule, and how to release it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs/commands.h"
#include "programs/held_answer.h"
#include "programs/held_log.h"
#include "programs/log_choice.h"
#include "shared/child.h"

enum { OPTION_DIRECTORY = 1, OPTION_POSTQUEUE, OPTION_FORMAT };

struct options {
    struct log_options log;
    const char *directory, *postqueue; /* NULL: Postfix's own */
    char path[PATH_MAX];
    bool json;
};

static void print_help(void)
{
    fputs("usage: outward held [--postfix-dir DIR] [--log FILE]... [OPTION]...\n\n"
          "List the mail that is on hold: the rule by which the gate held it, from its record in the log,\n"
          "and the commands that release it.  Changes nothing.\n"
          "Exit code: 0 answered; 1 the queue or a log could not be read; 2 usage.\n\n"
          "      --postfix-dir DIR    the folder of main.cf (Postfix's own)\n"
          "      --postqueue FILE     the postqueue command, where it is not in the usual places\n"
          "      --log FILE           a mail log, or the gate's own, plain or packed; may be given again\n"
          "                           (those of the rule file, else " DEFAULT_LOG ")\n"
          "      --year YEAR          of the first line, where stamps have no year; else it is inferred\n"
          "      --tz ZONE            zone of stamps without one, and of what is shown; else this machine's\n"
          "  -c, --config FILE        the rule file (" DEFAULT_CONFIGURATION ", if it is there)\n"
          "      --format text|json   how to answer\n"
          "  -h, --help               this text\n\n"
          "example: outward held --log /var/log/mail.log\n",
          stdout);
}

static bool take_directory(struct options *options, const char *value)
{
    if (realpath(value, options->path) == NULL) {
        fprintf(stderr, "outward held: %s: %s\n", value, strerror(errno));
        return false;
    }
    options->directory = options->path;
    return true;
}

/* The child that runs it stands elsewhere. */
static bool take_program(struct options *options, const char *value)
{
    if (value[0] == '/') {
        options->postqueue = value;
        return true;
    }
    fprintf(stderr, "outward held: --postqueue is a whole path, not \"%s\"\n", value);
    return false;
}

static bool take_format(struct options *options, const char *value)
{
    options->json = strcmp(value, "json") == 0;
    if (options->json || strcmp(value, "text") == 0)
        return true;
    fprintf(stderr, "outward held: --format is text or json, not \"%s\"\n", value);
    return false;
}

/* False after a message. */
static bool take_option(struct options *options, int option, const char *value)
{
    switch (option) {
    case OPTION_DIRECTORY:
        return take_directory(options, value);
    case OPTION_POSTQUEUE:
        return take_program(options, value);
    case OPTION_FORMAT:
        return take_format(options, value);
    case 'c':
        options->log.config = value;
        return true;
    default:
        return log_options_take(&options->log, "held", option, value);
    }
}

/* -1 to go on; else the exit code. */
static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option own[] = { { "config", required_argument, NULL, 'c' },
                                         { "postfix-dir", required_argument, NULL, OPTION_DIRECTORY },
                                         { "postqueue", required_argument, NULL, OPTION_POSTQUEUE },
                                         { "format", required_argument, NULL, OPTION_FORMAT },
                                         { "help", no_argument, NULL, 'h' } };
    static const char *const wanted[] = { "log", "year", "tz", NULL };
    struct option names[sizeof(own) / sizeof(own[0]) + LOG_OPTIONS + 1] = { 0 };
    int option;

    memcpy(names, own, sizeof(own));
    log_choice_copy(wanted, names + sizeof(own) / sizeof(own[0]));
    optind = 1;
    while ((option = getopt_long(argc, argv, "c:h", names, NULL)) != -1) {
        if (option == 'h') {
            print_help();
            return COMMAND_FINE;
        }
        if (option == '?' || !take_option(options, option, optarg))
            return COMMAND_USAGE;
    }
    if (optind < argc) {
        fprintf(stderr, "outward held: unexpected \"%s\"\n", argv[optind]);
        return COMMAND_USAGE;
    }
    if (!log_options_finish(&options->log, "held"))
        return COMMAND_USAGE;
    log_choice_default(&options->log);
    return -1;
}

static const char *find_postqueue(void)
{
    static const char *const places[] = { "/usr/sbin/postqueue", "/usr/local/sbin/postqueue",
                                          "/opt/postfix/sbin/postqueue" };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        if (access(places[i], X_OK) == 0)
            return places[i];
    }
    return NULL;
}

/* postqueue(1) reaches the queue by its set-group-ID bit, which a child without rights cannot use. */
static int read_queue(const struct options *options, struct arena *arena, struct held_queue *queue, struct error *error)
{
    const char *program = options->postqueue != NULL ? options->postqueue : find_postqueue();
    const char *argv[] = { program, "-j", options->directory != NULL ? "-c" : NULL, options->directory, NULL };
    struct child_command command = { .argv = argv, .keep_rights = true };
    struct child_result result;

    if (program == NULL)
        return error_set(error, ERROR_SYSTEM, "no postqueue in /usr/sbin or /usr/local/sbin: is Postfix installed?");
    if (child_run(arena, &command, &result, error) == -1)
        return -1;
    if (result.status != 0)
        return error_set(error, ERROR_SYSTEM, "%s: exit code %d: %.*s", program, result.status,
                         VIEW_ARG(view_slice(view_trim(result.err), 0, 160)));
    if (!held_queue_read(arena, result.out, queue))
        return error_set(error, ERROR_MEMORY, "out of memory");
    return 0;
}

static int read_logs(const struct log_options *log, struct held_log *held, struct error *error)
{
    struct prefix_settings prefix = log_options_prefix(log);
    const struct log_line *line;
    struct feed *feed = NULL;
    int result = feed_open(log->paths, log->path_count, &prefix, NULL, &feed, error);

    while (result != -1 && (result = feed_next(feed, &line, error)) == 1) {
        if (!held_log_line(held, line))
            result = error_set(error, ERROR_MEMORY, "out of memory");
    }
    feed_close(feed);
    return result;
}

static int answer(const struct options *options, const struct held_queue *queue)
{
    struct held_answer answered = { .queue = queue,
                                    .directory = options->directory,
                                    .now = options->log.now,
                                    .logs_read = options->log.path_count > 0 };

    if (!options->json) {
        held_text(&answered, stdout);
    } else if (!held_json(&answered, stdout)) {
        fprintf(stderr, "outward held: out of memory\n");
        return COMMAND_ERRORS;
    }
    if (fflush(stdout) == 0)
        return COMMAND_FINE;
    perror("outward held: standard output");
    return COMMAND_ERRORS;
}

static int run(const struct options *options)
{
    struct arena arena = { 0 };
    struct held_queue queue = { 0 };
    struct held_log held;
    struct error error;
    int code = COMMAND_ERRORS;

    held_log_init(&held, &arena, &queue);
    if (read_queue(options, &arena, &queue, &error) == -1 ||
        (options->log.path_count > 0 && queue.count > 0 && read_logs(&options->log, &held, &error) == -1)) {
        fprintf(stderr, "outward held: %s\n", error.text);
    } else {
        held_log_end(&held);
        code = answer(options, &queue);
    }
    arena_done(&arena);
    return code;
}

int command_held(int argc, char **argv)
{
    struct options *options = calloc(1, sizeof(*options));
    int code;

    if (options == NULL) {
        fprintf(stderr, "outward held: out of memory\n");
        return COMMAND_ERRORS;
    }
    log_options_init(&options->log);
    code = parse_options(argc, argv, options);
    if (code == -1)
        code = run(options);
    log_options_done(&options->log);
    free(options);
    return code;
}
