/* assessment - a tally's senders against the receivers' guidelines, with the list, settings and flags of this host */
#ifndef PROGRAMS_ASSESSMENT_H
#define PROGRAMS_ASSESSMENT_H

#include "guidelines/compliance.h"
#include "programs/sender_dns.h"
#include "shared/public_suffix.h"
#include "shared/settings.h"

struct assessment {
    struct public_suffix *list;
    struct compliance *compliance;
};

/*
 * settings NULL: none.  dns NULL: DNS is not asked; else it must outlive the result.  now: ms, the end of the current window.  flags: of the ledger, which must outlive the result.
 * False, with a line on stderr, when memory is out or there is no Public Suffix List.
 */
bool assessment_open(struct assessment *assessment, const struct tally *tally, const struct settings *settings,
                     const struct bulk_flag *flags, size_t flag_count, struct sender_dns *dns, int64_t now);
void assessment_close(struct assessment *assessment); /* a zeroed one is fine */

#endif
