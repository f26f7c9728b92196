/* rules - a policy from a text, for tests that need one without files */
#ifndef TESTS_UNIT_MILTER_RULES_H
#define TESTS_UNIT_MILTER_RULES_H

#include "policy/policy.h"
#include "tests/unit/unit.h"

/* The reader's answer is the text that context points at, and no file. */
static int rules_read(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    (void)name;
    (void)limit;
    (void)error;
    *text = view_of(context);
    return 0;
}

/* There are no files to include. */
static int rules_glob(void *context, const char *pattern, void (*found)(void *to, const char *name), void *to,
                      struct error *error)
{
    (void)context;
    (void)found;
    (void)to;
    return error_set(error, ERROR_SYSTEM, "%s: no files here", pattern);
}

/* The policy of a rule file named "t" with this text; the test fails when it has an error. */
static inline struct policy *rules_policy(const char *text)
{
    static struct faults faults;
    struct reader reader = { .read = rules_read, .glob = rules_glob, .context = (void *)(uintptr_t)text };
    struct policy *policy;

    faults = (struct faults){ .count = 0 };
    policy = policy_parse("t", &reader, &faults);
    ck_assert_msg(policy != NULL, "%u: %s in: %s", faults.shown[0].line, faults.shown[0].text, text);
    return policy;
}

#endif
