/*
 * Whatever stands in a rule file, its includes and lists: policy_parse() ends, tells each fault, and a policy that it
 * gives decides.  Octets behind a NUL are further files, named "1" to "9" as they come.
 */
#include <assert.h>
#include <string.h>

#include "policy/policy.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int read_piece(void *context, const char *name, size_t limit, struct view *text, struct error *error)
{
    struct view rest = *(const struct view *)context;
    int number = name[0] == '\0' ? '0' : name[strlen(name) - 1];

    for (int at = '0'; at <= number && at <= '9'; at++) {
        if (!view_cut(&rest, (struct view){ "", 1 }, text)) {
            *text = rest;
            rest.n = 0;
        }
    }
    return text->n > limit || number < '0' || number > '9' ? error_set(error, ERROR_LIMIT, "%s: none", name) : 0;
}

static int glob_pieces(void *context, const char *pattern, void (*found)(void *to, const char *name), void *to,
                       struct error *error)
{
    (void)context;
    (void)pattern;
    (void)error;
    found(to, "1");
    found(to, "2");
    return 0;
}

static void decide(const struct policy *policy, uint64_t choice)
{
    static const struct recipient to = { VIEW_INIT("gmail.com"), VIEW_INIT("smtp") };
    struct submission sub;
    struct decision decision;

    submission_init(&sub);
    for (size_t i = 0; i < FACT_COUNT; i++, choice = choice * 6364136223846793005U + 1) {
        if (choice >> 62 == 1)
            fact_set_absent(&sub, (enum fact_id)i);
        else if (choice >> 62 > 1)
            sub.facts[i] =
                (struct fact){ .state = FACT_KNOWN, .number = choice >> 60 & 15, .text = VIEW("a@b.example") };
    }
    sub.stage = (enum stage)(choice >> 40 & 3);
    decision = policy_evaluate(policy, &sub, (choice >> 32 & 1) != 0 ? &to : NULL);
    assert(decision.certain || decision.now.verdict == VERDICT_ACCEPT);
    assert(decision.direction == DIRECTION_OUTBOUND || decision.would.verdict == VERDICT_ACCEPT);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view whole = { (const char *)data, size };
    struct reader reader = { read_piece, glob_pieces, &whole };
    struct faults faults = { 0 };
    struct policy *policy = policy_parse("0", &reader, &faults);

    assert((policy == NULL) == (faults.errors > 0));
    assert(faults.count <= FAULTS_MAX);
    for (uint64_t i = 0; policy != NULL && i < 16; i++)
        decide(policy, view_hash(whole, i));
    policy_free(policy);
    return 0;
}
