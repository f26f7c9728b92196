/* One policy, many threads, as in the gate; ThreadSanitizer watches where it is built in. */
#include <pthread.h>

#include "tests/unit/policy/memory_files.h"
#include "tests/unit/policy/samples.h"
#include "tests/unit/unit.h"

enum { THREADS = 8, ROUNDS = 500 };

static struct policy *policy;

/* Each thread has mail of its own: even ones encrypted, odd ones in plaintext.  NULL when all went right. */
static void *judge(void *number)
{
    bool plaintext = *(const unsigned *)number % 2 == 1;
    struct submission sub;

    submission_init(&sub);
    submission_reach(&sub, STAGE_MESSAGE);
    fact_set_text(&sub, FACT_LISTENER, VIEW("submission"));
    fact_set_number(&sub, FACT_TLS, plaintext ? TLS_NONE : TLS_1_3);
    fact_set_text(&sub, FACT_SENDER, VIEW("a@B\303\274cher.example"));
    for (int i = 0; i < ROUNDS; i++) {
        struct decision decision = policy_evaluate(policy, &sub, i % 2 == 0 ? &to_gmail : &to_other);

        if (decision.now.verdict != (plaintext ? VERDICT_REJECT : VERDICT_HOLD))
            return number;
    }
    return NULL;
}

START_TEST(threads_share_a_policy_and_not_their_mail)
{
    pthread_t threads[THREADS];
    unsigned numbers[THREADS];
    void *wrong = NULL;

    policy = parse_fine("mode enforce\nsubmission {\n tag to domain { gmail.com a.example }\n reject plaintext\n"
                        " hold sender domain b\303\274cher.example\n accept\n}");
    for (unsigned i = 0; i < THREADS; i++) {
        numbers[i] = i;
        ck_assert_int_eq(pthread_create(&threads[i], NULL, judge, &numbers[i]), 0);
    }
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
    policy_free(policy);
}
END_TEST

Suite *make_suite(void)
{
    Suite *suite = suite_create("threads");
    TCase *tests = tcase_create("threads");

    tcase_add_test(tests, threads_share_a_policy_and_not_their_mail);
    suite_add_tcase(suite, tests);
    return suite;
}
