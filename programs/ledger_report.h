/*
 * ledger_report - the ledger as a report reads it: the one place where commands find it
 */
#ifndef PROGRAMS_LEDGER_REPORT_H
#define PROGRAMS_LEDGER_REPORT_H

#include "policy/policy.h"
#include "report/report.h"
#include "store/bulk.h"
#include "store/totals.h"

#define DEFAULT_LEDGER "/var/lib/outward/ledger.db"

/* The ledger of a rule file; the default one where policy is NULL. */
const char *ledger_path_of(const struct policy *policy);

/*
 * Add a period (ms since 1970, until not part of it; INT64_MIN and INT64_MAX: open) to tally, and fill what of *report
 * the ledger knows: hosts, completeness, and the period where it was asked for.  *loaded holds the hosts' names; end it
 * with ledger_loaded_done(), also after false.  False with the reason in error.
 */
bool ledger_report_load(const char *path, int64_t since, int64_t until, struct tally *tally, struct report *report,
                        struct ledger_loaded *loaded, struct error *error);

/*
 * What the senders' assessment needs beside the counts: the flags of bulk senders, to be ended with bulk_flags_done()
 * also after false, and into tally the queue IDs of the latest deliveries that went wrong, where they are still kept.
 */
bool ledger_report_evidence(const char *path, int64_t since, int64_t until, struct tally *tally,
                            struct bulk_flags *flags, struct error *error);

#endif
