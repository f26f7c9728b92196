#include "programs/assessment.h"

#include <stdio.h>

static struct view registrable(void *context, struct view domain)
{
    return public_suffix_registrable(context, domain);
}

bool assessment_open(struct assessment *assessment, const struct tally *tally, const struct settings *settings,
                     const struct bulk_flag *flags, size_t flag_count, struct sender_dns *dns, int64_t now)
{
    struct compliance_input input = {
        .tally = tally, .now = now, .registrable = registrable, .flags = flags, .flag_count = flag_count
    };

    *assessment = (struct assessment){ .list = public_suffix_open() };
    if (assessment->list == NULL) {
        fprintf(stderr, "outward: no Public Suffix List can be read, or memory is out\n");
        return false;
    }
    input.registrable_context = assessment->list;
    if (dns != NULL) {
        input.dns = sender_dns_ask;
        input.dns_context = dns;
    }
    if (settings != NULL) {
        input.transactional = settings->guidelines.transactional_senders;
        input.transactional_count = settings->guidelines.transactional_count;
    }
    assessment->compliance = compliance_new(&input);
    if (assessment->compliance == NULL)
        fprintf(stderr, "outward: out of memory\n");
    return assessment->compliance != NULL;
}

void assessment_close(struct assessment *assessment)
{
    compliance_free(assessment->compliance);
    public_suffix_close(assessment->list);
    *assessment = (struct assessment){ .list = NULL };
}
