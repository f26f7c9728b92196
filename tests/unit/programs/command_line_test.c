/* The arguments of a program: taken, refused and explained by one table. */
#include "programs/command_line.h"

#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "programs/day.h"
#include "tests/unit/unit.h"

enum { ARGUMENTS_MAX = 16, TEXT_MAX = 4096 };

struct shared {
    const char *zone;
    const char *log;
};

struct options {
    bool brief, json;
    const char *config, *log;
    unsigned seconds, day, number;
    char directory[PATH_MAX];
    struct shared shared;
};

static const struct option_row rows[] = {
    { .name = "brief", .letter = 'b', .help = "say less", .take = option_flag, .at = offsetof(struct options, brief) },
    { .name = "timeout",
      .argument = "SECONDS",
      .help = "for all",
      .take = option_number,
      .at = offsetof(struct options, seconds),
      .least = 1,
      .most = 300 },
    { .name = "number", .argument = "N", .help = "any", .take = option_number, .at = offsetof(struct options, number) },
    { .name = "today", .argument = "DATE", .help = "a day", .take = option_day, .at = offsetof(struct options, day) },
    { .letter = '4', .help = "a letter alone", .take = option_flag, .at = offsetof(struct options, brief) },
    { .name = "log",
      .argument = "FILE",
      .help = "of our own",
      .take = option_text,
      .at = offsetof(struct options, log) },
    OPTION_ROW_VERSION,
    OPTION_ROW_CONFIG(offsetof(struct options, config)),
    OPTION_ROW_FORMAT(offsetof(struct options, json)),
    OPTION_ROW_POSTFIX_DIR(offsetof(struct options, directory)),
};

static const struct option_row shared_rows[] = {
    { .name = "tz", .argument = "ZONE", .help = "zone", .take = option_text, .at = offsetof(struct shared, zone) },
    { .name = "log", .argument = "FILE", .help = "shared", .take = option_text, .at = offsetof(struct shared, log) },
    { .name = "facts", .argument = "FILE", .help = "not wanted here", .take = option_text },
};

static const char *const shared_names[] = { "tz", "log", NULL };

static const struct option_group groups[] = {
    OPTION_GROUP(rows, NULL, 0),
    OPTION_GROUP(shared_rows, shared_names, offsetof(struct options, shared)),
};

static const struct command_line command = {
    .name = "outward try",
    .usage = "outward try [OPTION]...\noutward try FILE",
    .about = "Try it.",
    .exits = "0 fine; 2 usage",
    .groups = groups,
    .group_count = sizeof(groups) / sizeof(groups[0]),
    .example = "outward try --brief",
    .more = "More is said elsewhere.",
    .instead = "name it with -c",
};

/* What stood on standard output or standard error while the arguments were taken. */
struct run {
    struct options options;
    struct operands operands;
    char text[TEXT_MAX];
    int code;
};

static void try(struct run *run, const char *line, int stream, bool operands)
{
    static char words[512], name[] = "try";
    static char *argv[ARGUMENTS_MAX + 1]; /* the operands point into it */
    int argc = 1, saved = dup(stream), file = open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    ssize_t got;

    memset(run, 0, sizeof(*run));
    memset(argv, 0, sizeof(argv));
    argv[0] = name;
    ck_assert(saved != -1 && file != -1 && fflush(NULL) == 0 && dup2(file, stream) != -1);
    (void)snprintf(words, sizeof(words), "%s", line);
    for (char *word = strtok(words, " "); word != NULL; word = strtok(NULL, " ")) {
        ck_assert_int_lt(argc, ARGUMENTS_MAX);
        argv[argc++] = word;
    }
    run->code = command_line_parse(&command, argc, argv, &run->options, operands ? &run->operands : NULL);
    ck_assert(fflush(NULL) == 0 && dup2(saved, stream) != -1);
    got = pread(file, run->text, TEXT_MAX - 1, 0);
    ck_assert(got >= 0);
    run->text[got] = '\0';
    (void)close(saved);
    (void)close(file);
}

START_TEST(each_option_fills_the_field_of_its_row_and_what_is_none_is_an_operand)
{
    struct run run;

    try(&run, "one --timeout 20 -b --format=json -c a.conf --tz UTC two", STDERR_FILENO, true);
    ck_assert_int_eq(run.code, COMMAND_LINE_FINE);
    ck_assert_uint_eq(run.options.seconds, 20);
    ck_assert(run.options.brief && run.options.json);
    ck_assert_str_eq(run.options.config, "a.conf");
    ck_assert_str_eq(run.options.shared.zone, "UTC");
    ck_assert_uint_eq(run.operands.count, 2);
    ck_assert_str_eq(run.operands.list[0], "one");
    ck_assert_str_eq(run.operands.list[1], "two");
    ck_assert_str_eq(run.text, "");
}
END_TEST

START_TEST(an_option_may_be_shortened_and_of_two_rows_of_a_name_the_first_counts)
{
    struct run run;

    try(&run, "--ti 7 --log x --today 2027-03-31 --postfix-dir /tmp/..", STDERR_FILENO, false);
    ck_assert_int_eq(run.code, COMMAND_LINE_FINE);
    ck_assert_uint_eq(run.options.seconds, 7);
    ck_assert_uint_eq(run.options.day, 20270331);
    ck_assert_str_eq(run.options.log, "x");
    ck_assert_ptr_null(run.options.shared.log);
    ck_assert_str_eq(run.options.directory, "/");
}
END_TEST

static const struct {
    const char *line, *said;
    int code;
} refusals[] = {
    { "--timeuot 3", "outward try: there is no option \"--timeuot\", did you mean \"--timeout\"?\n", 2 },
    { "--xyzzy", "outward try: there is no option \"--xyzzy\"; --help shows them\n", 2 },
    { "--xyzzy=3", "outward try: there is no option \"--xyzzy\"; --help shows them\n", 2 },
    { "--facts f", "outward try: there is no option \"--facts\"; --help shows them\n", 2 },
    { "--t 3", "outward try: \"--t\" is short for several options; --help shows them\n", 2 },
    { "-9", "outward try: there is no option \"-9\"; --help shows them\n", 2 },
    { "-b9", "outward try: there is no option \"-9\"; --help shows them\n", 2 },
    { "--timeout", "outward try: --timeout needs a value: SECONDS\n", 2 },
    { "-c", "outward try: -c needs a value: FILE\n", 2 },
    { "--brief=3", "outward try: --brief takes no value\n", 2 },
    { "--timeout 0", "outward try: --timeout is a number from 1 to 300, not \"0\"\n", 2 },
    { "--timeout 301", "outward try: --timeout is a number from 1 to 300, not \"301\"\n", 2 },
    { "--number 4294967296", "outward try: --number is a number from 0 to 4294967295, not \"4294967296\"\n", 2 },
    { "--number -1", "outward try: --number is a number from 0 to 4294967295, not \"-1\"\n", 2 },
    { "--today 2027-02-30", "outward try: --today is a day such as 2027-03-31, not \"2027-02-30\"\n", 2 },
    { "--format xml", "outward try: --format is text or json, not \"xml\"\n", 2 },
    { "--postfix-dir /nonexistent", "outward try: --postfix-dir: /nonexistent: No such file or directory\n", 1 },
    { "surplus", "outward try: unexpected \"surplus\"; name it with -c\n", 2 },
};

START_TEST(what_is_wrong_is_told_in_one_line_and_by_the_exit_code)
{
    struct run run;

    try(&run, refusals[_i].line, STDERR_FILENO, false);
    ck_assert_str_eq(run.text, refusals[_i].said);
    ck_assert_int_eq(run.code, refusals[_i].code);
}
END_TEST

START_TEST(an_option_that_is_the_whole_question_ends_the_program_well)
{
    struct run run;

    try(&run, "--version --timeout x", STDOUT_FILENO, false);
    ck_assert_int_eq(run.code, COMMAND_FINE);
    ck_assert_str_eq(run.text, "outward try " OUTWARD_VERSION "\n");
}
END_TEST

START_TEST(help_has_every_row_once)
{
    static const char help[] =
        "usage: outward try [OPTION]...\n"
        "       outward try FILE\n\n"
        "Try it.\n"
        "Exit code: 0 fine; 2 usage.\n\n"
        "  -b, --brief                say less\n"
        "      --timeout SECONDS      for all\n"
        "      --number N             any\n"
        "      --today DATE           a day\n"
        "  -4                         a letter alone\n"
        "      --log FILE             of our own\n"
        "      --version              print the version\n"
        "  -c, --config FILE          the rule file (/etc/outward/outward.conf, if it is there)\n"
        "      --format text|json     how to answer\n"
        "      --postfix-dir DIR      the folder of main.cf (Postfix's own)\n"
        "      --tz ZONE              zone\n"
        "  -h, --help                 this text\n\n"
        "example: outward try --brief\n\n"
        "More is said elsewhere.\n";
    struct run run;

    try(&run, "-h", STDOUT_FILENO, false);
    ck_assert_int_eq(run.code, COMMAND_FINE);
    ck_assert_str_eq(run.text, help);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("command_line");
    TCase *tests = tcase_create("command_line");

    tcase_add_test(tests, each_option_fills_the_field_of_its_row_and_what_is_none_is_an_operand);
    tcase_add_test(tests, an_option_may_be_shortened_and_of_two_rows_of_a_name_the_first_counts);
    tcase_add_loop_test(tests, what_is_wrong_is_told_in_one_line_and_by_the_exit_code, 0, ROWS(refusals));
    tcase_add_test(tests, an_option_that_is_the_whole_question_ends_the_program_well);
    tcase_add_test(tests, help_has_every_row_once);
    suite_add_tcase(suite, tests);
    return suite;
}
