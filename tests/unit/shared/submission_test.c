#include "shared/decision.h"
#include "shared/submission.h"
#include "tests/unit/unit.h"

static const struct {
    const char *key, *text;
    bool valid;
    const char *printed; /* NULL: as given */
} values[] = {
    { "local", "yes", true, NULL },
    { "local", "true", false, NULL },
    { "port", "587", true, NULL },
    { "port", "587x", false, NULL },
    { "address", "192.0.2.1", true, NULL },
    { "address", "mx", false, NULL },
    { "client", "client.example.com[203.0.113.5]", true, NULL },
    { "client", "unknown[2001:DB8::5]", true, "unknown[2001:db8::5]" },
    { "client", "203.0.113.5", false, NULL },
    { "client", "a[b[203.0.113.5]", true, NULL },
    { "tls", "TLSv1", true, NULL },
    { "tls", "TLSv1.3", true, NULL },
    { "tls", "TLSv1.4", true, NULL },
    { "tls", "SSLv3", true, NULL },
    { "tls", "none", true, NULL },
    { "tls", "proxied", true, NULL },
    { "tls", "TLSv2", false, NULL },
    { "tls", "TLSv1.", false, NULL },
    { "tls", "", false, NULL },
    { "auth", "PLAIN", true, NULL },
    { "auth", "none", true, NULL },
    { "from", "<>", true, NULL },
    { "from", "<\"a>b\"@example.org>", true, NULL },
    { "from", "a@example.org", false, NULL },
    { "from", "<", false, NULL },
    { "from", "<a@example.org", false, NULL },
    { "from", "a@example.org>", false, NULL },
    { "from", "", false, NULL },
    { "dkim", "example.com,example.org", true, NULL },
    { "volume", "18446744073709551616", false, NULL },
};

START_TEST(a_value_prints_as_it_was_read)
{
    const struct fact_row *row = fact_by_key(view_of(values[_i].key));
    struct submission sub;
    char storage[256];
    struct buf out = BUF(storage);

    submission_init(&sub);
    ck_assert_msg(fact_read(&sub, row, view_of(values[_i].text)) == values[_i].valid, "%s", values[_i].text);
    ck_assert_int_eq(sub.facts[row->id].state, values[_i].valid ? FACT_KNOWN : FACT_PENDING);
    fact_print(&out, row, &sub.facts[row->id]);
    if (values[_i].valid)
        ck_assert_view_eq(buf_view(&out), values[_i].printed == NULL ? values[_i].text : values[_i].printed);
    else
        ck_assert_uint_eq(out.len, 0);
}
END_TEST

START_TEST(nothing_is_no_path)
{
    struct submission sub;

    submission_init(&sub);
    ck_assert(!fact_read(&sub, fact_by_key(VIEW("from")), (struct view){ NULL, 0 }));
}
END_TEST

START_TEST(the_words_of_a_list_are_not_empty)
{
    struct view list = VIEW(",a,,bc,"), word;

    ck_assert(list_next(&list, &word));
    ck_assert_view_eq(word, "a");
    ck_assert(list_next(&list, &word));
    ck_assert_view_eq(word, "bc");
    ck_assert(!list_next(&list, &word));
}
END_TEST

static const struct {
    const char *from;
    bool cut;
    const char *domain;
} from_fields[] = {
    { "example.org", false, "example.org" }, { "example.org", true, "" },
    { "a.example,b.example", false, "" },    { "?", false, "" },
    { "example.org,?", false, "" },          { "", false, "" },
};

START_TEST(a_from_has_a_domain_where_it_has_one_alone)
{
    struct submission sub;

    submission_init(&sub);
    ck_assert_view_eq(submission_from_domain(&sub), "");
    fact_set_text(&sub, FACT_HEADER_FROM, view_of(from_fields[_i].from));
    sub.facts[FACT_HEADER_FROM].cut = from_fields[_i].cut;
    ck_assert_view_eq(submission_from_domain(&sub), from_fields[_i].domain);
    sub.facts[FACT_HEADER_FROM].state = FACT_ABSENT;
    ck_assert_view_eq(submission_from_domain(&sub), "");
}
END_TEST

START_TEST(versions_compare_in_their_order)
{
    static const char *const order[] = {
        "none", "proxied", "SSLv2", "SSLv3", "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"
    };
    enum tls_version before, after;

    for (size_t i = 1; i < ROWS(order); i++) {
        ck_assert(tls_version_parse(view_of(order[i - 1]), &before));
        ck_assert(tls_version_parse(view_of(order[i]), &after));
        ck_assert_int_lt(before, after);
    }
    ck_assert_int_eq(after, TLS_1_3);
}
END_TEST

START_TEST(reaching_a_stage_decides_what_it_should_have_told)
{
    struct submission sub;

    submission_init(&sub);
    fact_set_text(&sub, FACT_LOGIN, VIEW("alice"));
    for (size_t i = 0; i < FACT_COUNT; i++)
        ck_assert_int_eq(sub.facts[i].state, i == FACT_LOGIN ? FACT_KNOWN : FACT_PENDING);
    submission_reach(&sub, (enum stage)_i);
    ck_assert_int_eq(sub.stage, _i);
    for (size_t i = 0; i < FACT_COUNT; i++) {
        enum fact_state want = (int)fact_table[i].stage <= _i ? FACT_ABSENT : FACT_PENDING;

        ck_assert_int_eq(sub.facts[i].state, i == FACT_LOGIN ? FACT_KNOWN : want);
    }
}
END_TEST

START_TEST(every_row_is_whole_and_its_words_its_own)
{
    for (size_t i = 0; i < FACT_COUNT; i++) {
        ck_assert_uint_eq(fact_table[i].id, i);
        ck_assert(fact_table[i].key.n > 0 && fact_table[i].help != NULL);
        ck_assert_ptr_eq(fact_by_key(fact_table[i].key), &fact_table[i]);
    }
    for (size_t i = 0; i < condition_count; i++) {
        ck_assert(condition_table[i].words.n > 0 && condition_table[i].help != NULL);
        for (size_t j = 0; j < i; j++)
            ck_assert(!view_eq(condition_table[i].words, condition_table[j].words));
    }
    for (size_t i = 0; i < format_fault_count; i++)
        ck_assert(format_fault_table[i].name.n > 0 && format_fault_table[i].help != NULL);
    ck_assert_ptr_null(fact_by_key(VIEW("nonsense")));
}
END_TEST

START_TEST(names_read_back_as_they_are_written)
{
    enum stage stage;
    enum verdict verdict;
    enum direction direction;
    enum mode mode;

    for (int i = 0; i < STAGE_COUNT; i++)
        ck_assert(stage_parse(stage_name((enum stage)i), &stage) && (int)stage == i);
    for (int i = 0; i < VERDICT_COUNT; i++)
        ck_assert(verdict_parse(verdict_name((enum verdict)i), &verdict) && (int)verdict == i);
    for (int i = 0; i <= DIRECTION_OUTBOUND; i++)
        ck_assert(direction_parse(direction_name((enum direction)i), &direction) && (int)direction == i);
    for (int i = 0; i <= MODE_ENFORCE; i++)
        ck_assert(mode_parse(mode_name((enum mode)i), &mode) && (int)mode == i);
    ck_assert(!verdict_parse(VIEW("Accept"), &verdict));
    ck_assert(!stage_parse(VIEW(""), &stage));
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("submission");
    TCase *tests = tcase_create("submission");

    tcase_add_loop_test(tests, a_value_prints_as_it_was_read, 0, ROWS(values));
    tcase_add_test(tests, nothing_is_no_path);
    tcase_add_test(tests, the_words_of_a_list_are_not_empty);
    tcase_add_loop_test(tests, a_from_has_a_domain_where_it_has_one_alone, 0, ROWS(from_fields));
    tcase_add_test(tests, versions_compare_in_their_order);
    tcase_add_loop_test(tests, reaching_a_stage_decides_what_it_should_have_told, 0, STAGE_COUNT);
    tcase_add_test(tests, every_row_is_whole_and_its_words_its_own);
    tcase_add_test(tests, names_read_back_as_they_are_written);
    suite_add_tcase(suite, tests);
    return suite;
}
