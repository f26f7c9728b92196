/* outward setup: hook the gate into this host's Postfix, or take it out again. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "audit/read_config.h"
#include "audit/setup.h"
#include "programs/command_line.h"
#include "programs/configuration.h"
#include "programs/foreign.h"

struct options {
    const char *path;         /* of the rule file; NULL: the default one, if it is there */
    char directory[PATH_MAX]; /* of main.cf */
    bool default_instance, apply, undo, json;
};

static const struct option_row rows[] = {
    OPTION_ROW_CONFIG(offsetof(struct options, path)),
    OPTION_ROW_POSTFIX_DIR(offsetof(struct options, directory)),
    { .name = "apply",
      .help = "save main.cf and master.cf, run the commands, postfix check, postfix reload",
      .take = option_flag,
      .at = offsetof(struct options, apply) },
    { .name = "undo",
      .help = "the commands that take the gate out again",
      .take = option_flag,
      .at = offsetof(struct options, undo) },
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
};

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
};

static const struct command_line command = {
    .name = "outward setup",
    .usage = "outward setup [OPTION]...",
    .about = "Print the commands that hook the gate into this host's Postfix, chosen for it.  A shell can run what is "
             "printed.",
    .exits = "0 fine, nothing to do included; 1 it cannot be done, or Postfix or the rule file cannot be read; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward setup --apply",
};

/* In single quotes, as a shell takes them literally. */
static void print_quoted(const char *text)
{
    struct view rest = view_of(text), part;

    putchar('\'');
    while (view_cut(&rest, VIEW("'"), &part)) {
        foreign_print(stdout, part);
        fputs("'\\''", stdout);
    }
    foreign_print(stdout, rest);
    putchar('\'');
}

static void print_command(const struct options *options, const char *program, const char *option)
{
    fputs(program, stdout);
    if (!options->default_instance) {
        fputs(" -c ", stdout);
        print_quoted(options->directory);
    }
    printf(" %s", option);
}

static void print_plan(const struct options *options, const struct setup_plan *plan)
{
    const char *why = "";

    for (size_t i = 0; i < plan->step_count; i++) {
        const struct setup_step *step = &plan->steps[i];

        if (strcmp(why, step->why) != 0)
            printf("# %s\n", step->why);
        why = step->why;
        print_command(options, "postconf", step->option);
        putchar(' ');
        print_quoted(step->argument);
        putchar('\n');
    }
    if (plan->step_count > 0) {
        print_command(options, "postfix", "check");
        putchar('\n');
        print_command(options, "postfix", "reload");
        putchar('\n');
    }
}

static void print_notes(const struct setup_plan *plan, const char *relay_networks)
{
    for (size_t i = 0; i < plan->note_count; i++) {
        fputs("# note: ", stdout);
        foreign_print(stdout, view_of(plan->notes[i]));
        putchar('\n');
    }
    if (relay_networks != NULL)
        printf("# note: in outward.conf, for the clients that Postfix lets relay without AUTH: %s\n", relay_networks);
}

/* What a shell would be given, as words. */
static json_t *step_json(const struct options *options, const struct setup_step *step)
{
    json_t *words = options->default_instance ? json_pack("[s, s, s]", "postconf", step->option, step->argument)
                                              : json_pack("[s, s, s, s, s]", "postconf", "-c", options->directory,
                                                          step->option, step->argument);

    return json_pack("{s:o, s:s}", "command", words, "why", step->why);
}

/* What was done stands in saved: the stamp of the copies; empty: nothing. */
static int print_json(const struct options *options, const struct setup_plan *plan, const char *relay_networks,
                      const char *saved)
{
    json_t *steps = json_array(), *notes = json_array(), *all;
    int printed;

    for (size_t i = 0; i < plan->step_count; i++)
        (void)json_array_append_new(steps, step_json(options, &plan->steps[i]));
    for (size_t i = 0; i < plan->note_count; i++)
        (void)json_array_append_new(notes, foreign_json(view_of(plan->notes[i])));
    all = json_pack("{s:i, s:b, s:b, s:o, s:o, s:s?, s:s?}", "schema", 1, "undo", options->undo, "possible",
                    !plan->impossible, "steps", steps, "notes", notes, "relay_networks", relay_networks, "saved",
                    saved[0] == '\0' ? NULL : saved);
    printed = all == NULL ? -1 : json_dumpf(all, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(all);
    return printed;
}

static bool program_path(const struct postfix_config *config, const char *name, char *out, size_t room)
{
    struct view directory = config_value(config, NULL, VIEW("command_directory"));

    return snprintf(out, room, "%.*s/%s", VIEW_ARG(directory), name) < (int)room;
}

static int apply(struct arena *arena, struct options *options, const struct postfix_config *config,
                 const struct setup_plan *plan, struct buf *saved)
{
    char postconf[PATH_MAX], postfix[PATH_MAX];
    struct setup_run how = { options->directory, postconf, postfix, options->default_instance };
    struct error error;

    if (options->default_instance)
        (void)snprintf(options->directory, sizeof(options->directory), "%.*s", VIEW_ARG(config->directory));
    if (!program_path(config, "postconf", postconf, sizeof(postconf)) ||
        !program_path(config, "postfix", postfix, sizeof(postfix)))
        return command_line_fail(&command, "command_directory is too long");
    if (setup_apply(arena, &how, plan, (int64_t)time(NULL), saved, &error) == -1)
        return command_line_fail(&command, "%s", error.text);
    if (!options->json)
        printf("Done.  The files as they were: %s/main.cf.%s and master.cf.%s\n", options->directory, buf_text(saved),
               saved->p);
    return COMMAND_FINE;
}

static int carry_out(struct arena *arena, struct options *options, const struct settings *settings,
                     const struct postfix_config *config, const struct setup_plan *plan, struct buf *saved)
{
    struct inspector inspector = { arena };
    bool enforcing = settings != NULL && settings->mode == MODE_ENFORCE;

    if (plan->impossible)
        return command_line_fail(&command, "the gate cannot be hooked in like this; see the notes");
    if (plan->step_count == 0 && !options->json)
        puts(options->undo ? "# Nothing to do: the gate is not hooked in." : "# Nothing to do: the gate is hooked in.");
    if (plan->step_count == 0 || !options->apply)
        return COMMAND_FINE;
    if (!options->undo && enforcing && setup_gate_is_down(&inspector, settings))
        return command_line_fail(&command,
                                 "the gate is not running and the rules are enforced: start outward-milter first");
    (void)fflush(stdout);
    return apply(arena, options, config, plan, saved);
}

/* Text shows the plan before it is run; JSON is one answer, with what was done. */
static int show_and_carry_out(struct arena *arena, struct options *options, const struct settings *settings,
                              const struct postfix_config *config, const struct setup_plan *plan)
{
    const char *relay_networks = options->undo ? NULL : setup_relay_networks(arena, config, settings);
    char storage[64];
    struct buf saved = BUF(storage);
    int code;

    if (!options->json) {
        print_plan(options, plan);
        print_notes(plan, relay_networks);
    }
    code = carry_out(arena, options, settings, config, plan, &saved);
    if (options->json && print_json(options, plan, relay_networks, buf_text(&saved)) == -1)
        return command_line_fail(&command, "out of memory");
    return code;
}

static int set_up(struct options *options, const struct settings *settings)
{
    const char *directory = options->default_instance ? NULL : options->directory;
    struct arena arena;
    struct postfix_config config;
    struct setup_plan plan;
    struct error error;
    int code;

    arena_init(&arena, 0);
    if (read_postfix_config(&arena, NULL, directory, &config, &error) == -1 ||
        setup_plan_make(&arena, &config, settings, options->undo, &plan, &error) == -1)
        code = command_line_fail(&command, "%s", error.text);
    else
        code = show_and_carry_out(&arena, options, settings, &config, &plan);
    arena_done(&arena);
    return code;
}

int command_setup(int argc, char **argv)
{
    struct options options = { .path = NULL };
    struct policy *policy;
    int code = command_line_parse(&command, argc, argv, &options, NULL);

    if (code != COMMAND_LINE_FINE)
        return code;
    options.default_instance = options.directory[0] == '\0';
    if (!configuration_open(&command, options.path, &policy))
        return COMMAND_ERRORS;
    code = set_up(&options, policy == NULL ? NULL : policy_settings(policy));
    policy_free(policy);
    return code;
}
