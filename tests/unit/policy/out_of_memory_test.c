/*
 * Every allocation of a parse fails in turn: the parse says so and gives nothing, and nothing leaks.
 */
#include "tests/unit/allocations.h"
#include "tests/unit/policy/memory_files.h"
#include "tests/unit/unit.h"

static const struct memory_file files[] = {
    { "/e/o.conf", "mode enforce\n"
                   "listener a { port 25 name \"b \\\" c\" }\n"
                   "certificate d { subject e issuer f }\n"
                   "network g { 192.0.2.0/24 }\n"
                   "domain h file list\n"
                   "login i { j }\n"
                   "include conf.d/*\n"
                   "submission { reject plaintext client network g to domain h login i certificate d \"550 5.7.1 x\"\n"
                   "  tag to domain { a.example .b.example }; accept mechanism { PLAIN LOGIN } listener a\n accept }\n"
                   "delivery { expect encrypted to domain h }\n"
                   "alert { on plaintext to domain h exec /x mail a@b.example }\n"
                   "follow { file /a internal { 127.0.0.1 .c.example } }\n"
                   "guidelines { egress { 192.0.2.1 } profile yahoo transactional { d.example } }\n" },
    { "/e/list", "k.example l.example\n" },
    { "/e/conf.d/1", "submission { hold header-from domain k.example }\n" },
    { NULL, NULL }
};

START_TEST(a_parse_without_memory_fails_and_says_so)
{
    struct reader reader = memory_reader(files);
    long allocations = 0;

    for (;; allocations++) {
        struct faults faults = { 0 };
        struct policy *policy;
        bool ran_out;

        allocations_fail(allocations, false);
        policy = policy_parse("/e/o.conf", &reader, &faults);
        ran_out = allocations_end();
        if (!ran_out) {
            ck_assert_ptr_nonnull(policy);
            ck_assert_uint_eq(policy_rule_count(policy), 5);
            policy_free(policy);
            break;
        }
        ck_assert_ptr_null(policy);
        ck_assert_uint_eq(faults.errors, 1);
        ck_assert_ptr_nonnull(strstr(faults.shown[0].text, "out of memory"));
    }
    ck_assert_int_gt(allocations, 5);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("out_of_memory");
    TCase *tests = tcase_create("out_of_memory");

    tcase_add_test(tests, a_parse_without_memory_fails_and_says_so);
    suite_add_tcase(suite, tests);
    return suite;
}
