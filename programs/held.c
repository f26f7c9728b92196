/* outward held: the mail on hold, by which rule, and how to release it. */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs/command_line.h"
#include "programs/held_answer.h"
#include "programs/held_log.h"
#include "programs/log_choice.h"
#include "shared/child.h"

struct options {
    struct log_options log;
    char directory[PATH_MAX]; /* of main.cf; empty: Postfix's own */
    const char *postqueue;    /* NULL: where it usually is */
    bool json;
};

static const char *const log_names[] = { "year", "tz", NULL };

static const struct option_row rows[] = {
    OPTION_ROW_POSTFIX_DIR(offsetof(struct options, directory)),
    { .name = "postqueue",
      .argument = "FILE",
      .help = "the postqueue command, where it is not in the usual places",
      .take = option_program,
      .at = offsetof(struct options, postqueue) },
    OPTION_ROW_LOG("a mail log, or the gate's own, plain or packed", offsetof(struct options, log)),
    OPTION_ROW_CONFIG(offsetof(struct options, log.config)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(log_option_table, log_names, offsetof(struct options, log)),
};

static const struct command_line command = {
    .name = "outward held",
    .usage = "outward held [--postfix-dir DIR] [--log FILE]... [OPTION]...",
    .about = "List the mail that is on hold: the rule by which the gate held it, from its record in the log,\n"
             "and the commands that release it.  Changes nothing.",
    .exits = "0 answered; 1 the queue or a log could not be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward held --log /var/log/mail.log",
};

static int parse_options(int argc, char **argv, struct options *options)
{
    int code = command_line_parse(&command, argc, argv, options, NULL);

    if (code == COMMAND_LINE_FINE)
        code = log_options_finish(&options->log, &command);
    if (code == COMMAND_LINE_FINE)
        log_choice_default(&options->log);
    return code;
}

static const char *directory_of(const struct options *options)
{
    return options->directory[0] == '\0' ? NULL : options->directory;
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
    const char *argv[] = { program, "-j", directory_of(options) != NULL ? "-c" : NULL, directory_of(options), NULL };
    struct child_command listing = { .argv = argv, .keep_rights = true };
    struct child_result result;

    if (program == NULL)
        return error_set(error, ERROR_SYSTEM, "no postqueue in /usr/sbin or /usr/local/sbin: is Postfix installed?");
    if (child_run(arena, &listing, &result, error) == -1)
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
                                    .directory = directory_of(options),
                                    .now = options->log.now,
                                    .logs_read = options->log.path_count > 0 };

    if (!options->json) {
        held_text(&answered, stdout);
    } else if (!held_json(&answered, stdout)) {
        return command_line_fail(&command, "out of memory");
    }
    if (fflush(stdout) == 0)
        return COMMAND_FINE;
    return command_line_fail(&command, "standard output: %s", strerror(errno));
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
        (void)command_line_fail(&command, "%s", error.text);
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

    if (options == NULL)
        return command_line_fail(&command, "out of memory");
    log_options_init(&options->log);
    code = parse_options(argc, argv, options);
    if (code == COMMAND_LINE_FINE)
        code = run(options);
    log_options_done(&options->log);
    free(options);
    return code;
}
