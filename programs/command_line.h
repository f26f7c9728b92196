/*
 * command_line - the arguments of a program: one table that is parsed, refused and explained
 *
 * A command has one row per option, in groups that commands share (those of logs); from these rows come the parser, what
 * it says of a wrong argument, and --help, and a test holds the man page against them.  -h and --help come by
 * themselves.  Options may stand behind operands and be shortened, as getopt_long(3) has it, which this rests on; so one
 * thread at a time.
 */
#ifndef PROGRAMS_COMMAND_LINE_H
#define PROGRAMS_COMMAND_LINE_H

#include <stdio.h>

#include "programs/commands.h"
#include "shared/error.h"

enum {
    OPTION_ROWS_MAX = 64,   /* of a command, all groups together */
    COMMAND_LINE_FINE = -1, /* go on: no exit code */
    OPTION_ANSWERED = 1     /* an option that was the whole question, such as --version */
};

struct option_row;

/*
 * Take one option.  field is the struct of the row's group, moved on by row->at; value is NULL for an option that takes
 * none and lives as long as argv.  0; OPTION_ANSWERED when it answered, and the program ends with 0; or -1 with error:
 * ERROR_USAGE when the value is wrong, any other kind when it could not be had (a file that cannot be read).
 */
typedef int option_take(void *field, const struct option_row *row, const char *value, struct error *error);

struct option_row {
    const char *name;     /* without its --; NULL: a letter alone */
    char letter;          /* '\0': a name alone */
    const char *argument; /* what help calls it, such as FILE; NULL: takes none */
    const char *help;     /* one sentence without its dot; wrapped when shown */
    option_take *take;
    size_t at;            /* offset of the field in the group's struct */
    unsigned least, most; /* of option_number() */
};

/* Fields of common kinds, to be the `take` of a row. */
option_take option_flag;      /* bool: true */
option_take option_text;      /* const char *: the value */
option_take option_number;    /* unsigned: from least to most of the row, most 0 meaning UINT32_MAX */
option_take option_format;    /* bool: true for json, false for text */
option_take option_program;   /* const char *: an absolute path, as the child that runs it stands elsewhere */
option_take option_directory; /* char[PATH_MAX]: where it really is; it must be there */
option_take option_readable;  /* const char *: a file that can be read */
option_take option_version;   /* no field: prints the command's name and version, which is the answer */

/* Rows that most commands have. */
#define OPTION_ROW_CONFIG_AS(what, field_at)                                                                           \
    {                                                                                                                  \
        .name = "config", .letter = 'c', .argument = "FILE", .help = (what), .take = option_text, .at = (field_at)     \
    }
#define OPTION_ROW_CONFIG(field_at)                                                                                    \
    OPTION_ROW_CONFIG_AS("the rule file (" DEFAULT_CONFIGURATION ", if it is there)", field_at)
#define OPTION_ROW_CONFIG_NEEDED(field_at) OPTION_ROW_CONFIG_AS("the rule file (" DEFAULT_CONFIGURATION ")", field_at)
#define OPTION_ROW_CHECK_ONLY(field_at)                                                                                \
    {                                                                                                                  \
        .letter = 'n', .help = "check the file and exit: 0 when it can be used, 1 when not", .take = option_flag,      \
        .at = (field_at)                                                                                               \
    }
#define OPTION_ROW_VERSION                                                                                             \
    {                                                                                                                  \
        .name = "version", .help = "print the version", .take = option_version                                         \
    }
#define OPTION_ROW_FORMAT(field_at)                                                                                    \
    {                                                                                                                  \
        .name = "format", .argument = "text|json", .help = "how to answer", .take = option_format, .at = (field_at)    \
    }
#define OPTION_ROW_POSTFIX_DIR(field_at)                                                                               \
    {                                                                                                                  \
        .name = "postfix-dir", .argument = "DIR", .help = "the folder of main.cf (Postfix's own)",                     \
        .take = option_directory, .at = (field_at)                                                                     \
    }
#define OPTION_ROW_POSTCONF(field_at)                                                                                  \
    {                                                                                                                  \
        .name = "postconf", .argument = "FILE", .help = "the postconf command, where it is not in the usual places",   \
        .take = option_program, .at = (field_at)                                                                       \
    }
#define OPTION_ROW_RESOLVER(field_at)                                                                                  \
    {                                                                                                                  \
        .name = "resolver", .argument = "ADDRESS[@PORT]", .help = "ask this name server, not the system's",            \
        .take = option_text, .at = (field_at)                                                                          \
    }
#define OPTION_ROW_TRUST_ANCHOR(field_at)                                                                              \
    {                                                                                                                  \
        .name = "trust-anchor", .argument = "FILE", .help = "DNSSEC's root of trust, not the distribution's",          \
        .take = option_readable, .at = (field_at)                                                                      \
    }

struct option_group {
    const struct option_row *rows;
    size_t count;
    const char *const *only; /* names of the rows that count, NULL behind the last; NULL: all */
    size_t at;               /* offset of the group's struct in the struct that is filled */
};

/* A group of all rows of a table, or of those of these names. */
#define OPTION_GROUP(table, names, struct_at)                                                                          \
    {                                                                                                                  \
        .rows = (table), .count = sizeof(table) / sizeof((table)[0]), .only = (names), .at = (struct_at)               \
    }

struct command_line {
    const char *name;                  /* in front of messages: "outward probe" */
    const char *usage;                 /* lines of the synopsis, '\n' between them */
    const char *about;                 /* what it does, broken into lines; no '\n' at its end */
    const char *exits;                 /* "0 fine; 1 ...": one line */
    const struct option_group *groups; /* of two rows of one name the first counts */
    size_t group_count;
    const char *example;           /* one command */
    const char *more;              /* where more is said, or NULL */
    void (*print_more)(FILE *out); /* or NULL: between example and more */
    const char *instead;           /* said when an operand is not wanted: "a file is named with -c"; or NULL */
    int usage_code;                /* exit code for a wrong command line; 0: COMMAND_USAGE */
};

/* What is no option, in its order; the texts are argv's. */
struct operands {
    char **list;
    size_t count;
};

/*
 * Fill the struct at `into` from the arguments, argv[0] being the command's name.
 * operands  NULL: none is wanted.
 * Return    COMMAND_LINE_FINE; else the exit code, after help on standard output or one message on standard error.
 */
int command_line_parse(const struct command_line *line, int argc, char **argv, void *into, struct operands *operands);

/* What --help prints. */
void command_line_print_help(const struct command_line *line, FILE *out);

/* "NAME: " and the message as a line on standard error; returns line->usage_code, or COMMAND_USAGE. */
int command_line_refuse(const struct command_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The same for what could not be done, whatever the arguments: returns COMMAND_ERRORS. */
int command_line_fail(const struct command_line *line, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* An error as its kind has it: what is wrong with the arguments is refused, all else could not be done. */
int command_line_error(const struct command_line *line, const struct error *error);

#endif
