/*
 * mta_sts - what a domain demands of who sends to it: RFC 8461
 *
 * Pure; what is fetched and looked up comes in as octets of strangers.
 */
#ifndef AUDIT_MTA_STS_H
#define AUDIT_MTA_STS_H

#include "shared/domain.h"

enum {
    STS_POLICY_MAX = 65536, /* octets of a policy: RFC 8461 section 3.3 leaves it to us */
    STS_PATTERNS_MAX = 64,
    STS_ID_MAX = 32,
    STS_MAX_AGE = 31557600 /* seconds; RFC 8461 section 3.2 */
};

enum sts_mode { STS_NONE, STS_TESTING, STS_ENFORCE };
const char *sts_mode_name(enum sts_mode mode); /* none, testing, enforce */

struct sts_policy {
    enum sts_mode mode;
    uint32_t max_age;                       /* seconds */
    struct view patterns[STS_PATTERNS_MAX]; /* "mx.example.com", "*.example.net", as written; views into the text */
    size_t pattern_count;
};

/* A TXT record of _mta-sts.DOMAIN: "v=STSv1; id=20260101T000000;".  False: it is none, or it has no fitting id. */
bool sts_record(struct view text, struct view *id);

/* The text of /.well-known/mta-sts.txt.  NULL, or what is wrong with it. */
const char *sts_policy_parse(struct view text, struct sts_policy *out);

/* Is this mail server one of the policy's?  "*." stands for exactly one label (section 4.1). */
bool sts_policy_names(const struct sts_policy *policy, struct view host);

#endif
