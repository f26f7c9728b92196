/* samples - submissions as they come in, for rules to judge */
#ifndef TESTS_UNIT_POLICY_SAMPLES_H
#define TESTS_UNIT_POLICY_SAMPLES_H

#include "shared/submission.h"

/* Set a fact from its text as records have it; NULL makes it absent.  Fails the test when the text is not of its type. */
void set_fact(struct submission *sub, enum fact_id id, const char *text);

/* A good submission at end of message: port 587, TLS 1.2, alice by PLAIN, header facts known and good. */
struct submission good_submission(void);

/* The same at an earlier stage: what comes later is pending. */
struct submission at_stage(struct submission sub, enum stage stage);

/* Local mail at end of message. */
struct submission local_mail(void);

extern const struct recipient to_gmail, to_other; /* by smtp to gmail.com, example.net */

#endif
