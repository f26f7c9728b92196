/* Whatever a stranger serves as record or policy: it is refused, or within its limits. */
#include <assert.h>

#include "audit/mta_sts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct view text = { (const char *)data, size }, id;
    struct sts_policy policy;

    if (sts_record(text, &id))
        assert(id.n > 0 && id.n <= STS_ID_MAX);
    if (sts_policy_parse(text, &policy) == NULL) {
        assert(policy.pattern_count <= STS_PATTERNS_MAX && policy.max_age <= STS_MAX_AGE);
        assert(policy.mode == STS_NONE || policy.pattern_count > 0);
        (void)sts_policy_names(&policy, text);
    }
    return 0;
}
