#include "programs/command_line.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "policy/near.h"
#include "programs/commands.h"
#include "shared/view.h"

enum {
    FIRST_VALUE = 256, /* what getopt_long(3) gives for the first row's name; below it are letters */
    HELP_COLUMN = 29,
    HELP_WIDTH = 100
};

/* All rows of a command, and getopt's view of them. */
struct table {
    struct {
        struct option_row row;
        size_t at; /* of the group */
    } lines[OPTION_ROWS_MAX];
    size_t count;
    struct option names[OPTION_ROWS_MAX + 1];
    char letters[2 * OPTION_ROWS_MAX + 2];
};

static int print_help(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row, (void)value, (void)error;
    command_line_print_help(*(const struct command_line **)field, stdout);
    return OPTION_ANSWERED;
}

int option_version(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row, (void)value, (void)error;
    printf("%s " OUTWARD_VERSION "\n", (*(const struct command_line **)field)->name);
    return OPTION_ANSWERED;
}

/* Such options ask for the command, not for a field of its options. */
static bool asks_for_command(const struct option_row *row)
{
    return row->take == print_help || row->take == option_version;
}

static const struct option_row help_row = { "help", 'h', NULL, "this text", print_help, 0, 0, 0 };

/* ---- the table ---- */

static bool is_wanted(const struct option_group *group, const struct option_row *row)
{
    const char *const *name = group->only;

    while (name != NULL && *name != NULL && (row->name == NULL || strcmp(*name, row->name) != 0))
        name++;
    return name == NULL || *name != NULL;
}

static bool has_name(const struct table *table, const char *name)
{
    for (size_t i = 0; i < table->count; i++) {
        if (name != NULL && table->lines[i].row.name != NULL && strcmp(table->lines[i].row.name, name) == 0)
            return true;
    }
    return false;
}

static void add_row(struct table *table, const struct option_row *row, size_t at)
{
    if (has_name(table, row->name))
        return;
    assert(table->count < OPTION_ROWS_MAX);
    table->lines[table->count].row = *row;
    table->lines[table->count++].at = at;
}

static void fill_rows(struct table *table, const struct command_line *line)
{
    for (size_t i = 0; i < line->group_count; i++) {
        const struct option_group *group = &line->groups[i];

        for (size_t n = 0; n < group->count; n++) {
            if (is_wanted(group, &group->rows[n]))
                add_row(table, &group->rows[n], group->at);
        }
    }
    add_row(table, &help_row, 0);
}

/* A colon in front: getopt tells a missing value from an unknown option. */
static void fill_names(struct table *table)
{
    size_t name_count = 0;
    char *letter = table->letters;

    *letter++ = ':';
    for (size_t i = 0; i < table->count; i++) {
        const struct option_row *row = &table->lines[i].row;
        int takes = row->argument != NULL ? required_argument : no_argument;

        if (row->name != NULL)
            table->names[name_count++] = (struct option){ row->name, takes, NULL, FIRST_VALUE + (int)i };
        if (row->letter != '\0')
            *letter++ = row->letter;
        if (row->letter != '\0' && row->argument != NULL)
            *letter++ = ':';
    }
}

static size_t find_value(const struct table *table, int value)
{
    if (value >= FIRST_VALUE)
        return (size_t)(value - FIRST_VALUE);
    for (size_t i = 0; i < table->count; i++) {
        if (table->lines[i].row.letter == value)
            return i;
    }
    return table->count;
}

/* ---- refusals ---- */

static void __attribute__((format(printf, 2, 0)))
complain(const struct command_line *line, const char *format, va_list args)
{
    fprintf(stderr, "%s: ", line->name);
    (void)vfprintf(stderr, format, args);
    fputc('\n', stderr);
}

int command_line_refuse(const struct command_line *line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(line, format, args);
    va_end(args);
    return line->usage_code != 0 ? line->usage_code : COMMAND_USAGE;
}

int command_line_fail(const struct command_line *line, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain(line, format, args);
    va_end(args);
    return COMMAND_ERRORS;
}

int command_line_error(const struct command_line *line, const struct error *error)
{
    return error->kind == ERROR_USAGE ? command_line_refuse(line, "%s", error->text)
                                      : command_line_fail(line, "%s", error->text);
}

/* A long name that is not there, or that is short for several. */
static int refuse_name(const struct command_line *line, const struct table *table, const char *given)
{
    struct view name = view_of(given);
    struct near near;
    unsigned begins = 0;

    (void)view_skip(&name, VIEW("--"));
    name.n = strcspn(name.p, "=");
    near = near_begin(name);
    for (size_t i = 0; i < table->count; i++) {
        const char *known = table->lines[i].row.name;

        if (known == NULL)
            continue;
        begins += view_starts(view_of(known), name) ? 1 : 0;
        near_offer(&near, view_of(known));
    }
    if (begins > 1)
        return command_line_refuse(line, "\"--%.*s\" is short for several options; --help shows them", VIEW_ARG(name));
    if (near.best.n > 0)
        return command_line_refuse(line, "there is no option \"--%.*s\", did you mean \"--%.*s\"?", VIEW_ARG(name),
                                   VIEW_ARG(near.best));
    return command_line_refuse(line, "there is no option \"--%.*s\"; --help shows them", VIEW_ARG(name));
}

/* After getopt's '?' or ':'; given: what it looked at. */
static int refuse_option(const struct command_line *line, const struct table *table, int answer, const char *given)
{
    size_t index = find_value(table, optopt);

    if (answer == ':' && index < table->count)
        return command_line_refuse(line, "%s needs a value: %s", given, table->lines[index].row.argument);
    if (optopt == 0)
        return refuse_name(line, table, given);
    if (index < table->count)
        return command_line_refuse(line, "--%s takes no value", table->lines[index].row.name);
    return command_line_refuse(line, "there is no option \"-%c\"; --help shows them", optopt);
}

/* ---- parsing ---- */

static int take_option(const struct command_line *line, const struct table *table, int value, void *into)
{
    size_t index = find_value(table, value);
    const struct option_row *row = &table->lines[index].row;
    void *field = asks_for_command(row) ? (void *)&line : (void *)((char *)into + table->lines[index].at + row->at);
    struct error error = { ERROR_NONE, "" };
    int result = row->take(field, row, optarg, &error);

    if (result == OPTION_ANSWERED)
        return COMMAND_FINE;
    if (result == 0)
        return COMMAND_LINE_FINE;
    return command_line_error(line, &error);
}

int command_line_parse(const struct command_line *line, int argc, char **argv, void *into, struct operands *operands)
{
    struct table table = { .count = 0 };
    int value, code = COMMAND_LINE_FINE;

    fill_rows(&table, line);
    fill_names(&table);
    optind = 0; /* glibc: forget all of an earlier call */
    opterr = 0;
    while (code == COMMAND_LINE_FINE && (value = getopt_long(argc, argv, table.letters, table.names, NULL)) != -1)
        code = value == '?' || value == ':' ? refuse_option(line, &table, value, argv[optind - 1])
                                            : take_option(line, &table, value, into);
    if (code != COMMAND_LINE_FINE)
        return code;
    if (operands != NULL)
        *operands = (struct operands){ argv + optind, (size_t)(argc - optind) };
    else if (optind < argc)
        return command_line_refuse(line, "unexpected \"%s\"%s%s", argv[optind], line->instead != NULL ? "; " : "",
                                   line->instead != NULL ? line->instead : "");
    return COMMAND_LINE_FINE;
}

/* ---- help ---- */

/* From the column where it stands on; further lines begin at HELP_COLUMN. */
static void print_wrapped(const char *text, FILE *out)
{
    size_t column = HELP_COLUMN;

    while (*text != '\0') {
        size_t length = strcspn(text, " ");

        if (column > HELP_COLUMN && column + 1 + length > HELP_WIDTH) {
            fprintf(out, "\n%*s", HELP_COLUMN, "");
            column = HELP_COLUMN;
        } else if (column > HELP_COLUMN) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", (int)length, text);
        column += length;
        text += length + strspn(text + length, " ");
    }
    fputc('\n', out);
}

static void print_row(const struct option_row *row, FILE *out)
{
    int width = 0;

    width += row->letter != '\0' ? fprintf(out, "  -%c", row->letter) : fprintf(out, "    ");
    if (row->name != NULL)
        width += fprintf(out, row->letter != '\0' ? ", --%s" : "  --%s", row->name);
    if (row->argument != NULL)
        width += fprintf(out, " %s", row->argument);
    if (width + 1 >= HELP_COLUMN) {
        fputc('\n', out);
        width = 0;
    }
    fprintf(out, "%*s", HELP_COLUMN - width, "");
    print_wrapped(row->help, out);
}

static void print_usage(const char *usage, FILE *out)
{
    const char *before = "usage: ";

    while (*usage != '\0') {
        size_t length = strcspn(usage, "\n");

        fprintf(out, "%s%.*s\n", before, (int)length, usage);
        before = "       ";
        usage += length + (usage[length] == '\n' ? 1 : 0);
    }
}

void command_line_print_help(const struct command_line *line, FILE *out)
{
    struct table table = { .count = 0 };

    fill_rows(&table, line);
    print_usage(line->usage, out);
    fprintf(out, "\n%s\nExit code: %s.\n\n", line->about, line->exits);
    for (size_t i = 0; i < table.count; i++)
        print_row(&table.lines[i].row, out);
    fprintf(out, "\nexample: %s\n", line->example);
    if (line->print_more != NULL)
        line->print_more(out);
    if (line->more != NULL)
        fprintf(out, "\n%s\n", line->more);
}

/* ---- common kinds ---- */

int option_flag(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row, (void)value, (void)error;
    *(bool *)field = true;
    return 0;
}

int option_text(void *field, const struct option_row *row, const char *value, struct error *error)
{
    (void)row, (void)error;
    *(const char **)field = value;
    return 0;
}

int option_number(void *field, const struct option_row *row, const char *value, struct error *error)
{
    unsigned most = row->most != 0 ? row->most : UINT32_MAX;
    uint64_t number;

    if (!view_number(view_of(value), most, &number) || number < row->least)
        return error_set(error, ERROR_USAGE, "--%s is a number from %u to %u, not \"%.100s\"", row->name, row->least,
                         most, value);
    *(unsigned *)field = (unsigned)number;
    return 0;
}

int option_format(void *field, const struct option_row *row, const char *value, struct error *error)
{
    bool json = strcmp(value, "json") == 0;

    if (!json && strcmp(value, "text") != 0)
        return error_set(error, ERROR_USAGE, "--%s is text or json, not \"%.100s\"", row->name, value);
    *(bool *)field = json;
    return 0;
}

int option_program(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (value[0] != '/')
        return error_set(error, ERROR_USAGE, "--%s is an absolute path, not \"%.100s\"", row->name, value);
    *(const char **)field = value;
    return 0;
}

int option_directory(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (realpath(value, field) == NULL)
        return error_set(error, ERROR_SYSTEM, "--%s: %.150s: %s", row->name, value, strerror(errno));
    return 0;
}

int option_readable(void *field, const struct option_row *row, const char *value, struct error *error)
{
    if (access(value, R_OK) == -1)
        return error_set(error, ERROR_SYSTEM, "--%s: %.150s: %s", row->name, value, strerror(errno));
    *(const char **)field = value;
    return 0;
}
