/* The manual pages say what the tables say, word by word, and their example is a rule file. */
#include <stdio.h>

#include "policy/rules.h"
#include "policy/setting_help.h"
#include "tests/unit/policy/memory_files.h"
#include "tests/unit/unit.h"

static char page[65536];

static struct view read_page(const char *name)
{
    char path[512];
    FILE *file;
    size_t size;

    (void)snprintf(path, sizeof(path), TEST_DATA "/../../man/%s", name);
    file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    size = fread(page, 1, sizeof(page), file);
    (void)fclose(file);
    ck_assert_uint_lt(size, sizeof(page));
    return (struct view){ page, size };
}

/* A help text as a sentence of its own. */
static void add_sentence(struct buf *out, const char *help)
{
    buf_add_char(out, (char)(help[0] >= 'a' && help[0] <= 'z' ? help[0] - 'a' + 'A' : help[0]));
    buf_addf(out, "%s.\n", help + 1);
}

static void expect(struct view text, struct buf *item)
{
    ck_assert(!item->full);
    ck_assert_msg(view_find(text, buf_view(item)) >= 0, "missing: %.*s", VIEW_ARG(buf_view(item)));
}

/* How many lines start with this. */
static size_t count_lines(struct view text, struct view start)
{
    struct view line;
    size_t count = 0;

    while (view_cut(&text, VIEW("\n"), &line))
        count += view_starts(line, start);
    return count;
}

START_TEST(every_setting_stands_in_the_manual_as_in_its_table)
{
    struct view text = read_page("outward.conf.5");
    const struct setting_help *row;
    char item[1024];

    for (size_t i = 0; (row = setting_help(i)) != NULL; i++) {
        struct buf out = BUF(item);

        buf_addf(&out, "\n.It Ic %.*s", VIEW_ARG(row->words));
        if (row->arguments[0] != '\0')
            buf_addf(&out, " Ar \"%s\"", row->arguments);
        buf_add_char(&out, '\n');
        add_sentence(&out, row->text);
        if (row->initial[0] != '\0')
            buf_addf(&out, "Without it: %s.\n", row->initial);
        buf_addf(&out, "Read by: %s.\n", row->read_by);
        expect(text, &out);
    }
}
END_TEST

START_TEST(every_condition_and_action_stands_in_the_manual_as_in_its_table)
{
    struct view text = read_page("outward.conf.5");
    char item[1024];

    for (size_t i = 0; i < condition_count; i++) {
        const struct condition_row *row = &condition_table[i];
        const char *operand = operand_help(row->operand);
        struct buf out = BUF(item);

        buf_addf(&out, "\n.It Ic %.*s", VIEW_ARG(row->words));
        if (operand[0] != '\0')
            buf_addf(&out, " Ar %s", operand);
        buf_add_char(&out, '\n');
        add_sentence(&out, row->help);
        expect(text, &out);
    }
    for (size_t i = 0; i < ACTION_COUNT; i++) {
        struct buf out = BUF(item);

        buf_addf(&out, "\n.It Ic %.*s\n", VIEW_ARG(action_table[i].name));
        add_sentence(&out, action_table[i].help);
        expect(text, &out);
    }
}
END_TEST

START_TEST(the_manual_has_nothing_that_the_tables_have_not)
{
    struct view text = read_page("outward.conf.5");
    size_t settings = 0;

    while (setting_help(settings) != NULL)
        settings++;
    ck_assert_uint_eq(count_lines(text, VIEW(".It Ic ")), settings + condition_count + ACTION_COUNT);
    ck_assert_uint_eq(count_lines(text, VIEW(".It Cm ")), format_fault_count);
}
END_TEST

START_TEST(every_format_fault_stands_in_the_manual)
{
    struct view text = read_page("outward.conf.5");
    char item[512];

    for (size_t i = 0; i < format_fault_count; i++) {
        struct buf out = BUF(item);

        buf_addf(&out, "\n.It Cm %.*s\n", VIEW_ARG(format_fault_table[i].name));
        add_sentence(&out, format_fault_table[i].help);
        expect(text, &out);
    }
}
END_TEST

START_TEST(every_fact_is_an_option_of_explain)
{
    struct view text = read_page("outward-explain.1");
    char item[512];

    for (size_t i = 0; i < FACT_COUNT; i++) {
        struct buf out = BUF(item);

        buf_add(&out, VIEW("\n.It Fl \\-"));
        for (size_t n = 0; n < fact_table[i].key.n; n++)
            buf_add_char(&out, (char)(fact_table[i].key.p[n] == '_' ? '-' : fact_table[i].key.p[n]));
        buf_add(&out, VIEW(" Ar value\n"));
        add_sentence(&out, fact_table[i].help);
        expect(text, &out);
    }
}
END_TEST

START_TEST(the_example_is_a_rule_file_without_a_warning)
{
    struct view text = read_page("outward.conf.5"), example;
    char rules[4096], shown[2048];
    struct buf out = BUF(rules);
    struct faults faults;
    struct policy *policy;

    ck_assert(view_cut(&text, VIEW(".Bd -literal -offset indent\n"), &example));
    ck_assert(view_cut(&text, VIEW(".Ed\n"), &example));
    buf_add(&out, example);
    policy = parse_text(buf_text(&out), &faults);
    ck_assert_str_eq(faults_text(&faults, shown, sizeof(shown)), "");
    ck_assert_uint_eq(policy_rule_count(policy), 9);
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("manual");
    TCase *tests = tcase_create("manual");

    tcase_add_test(tests, every_setting_stands_in_the_manual_as_in_its_table);
    tcase_add_test(tests, every_condition_and_action_stands_in_the_manual_as_in_its_table);
    tcase_add_test(tests, the_manual_has_nothing_that_the_tables_have_not);
    tcase_add_test(tests, every_format_fault_stands_in_the_manual);
    tcase_add_test(tests, every_fact_is_an_option_of_explain);
    tcase_add_test(tests, the_example_is_a_rule_file_without_a_warning);
    suite_add_tcase(suite, tests);
    return suite;
}
