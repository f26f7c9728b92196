/*
 * compliance - how a sender domain stands against the receivers' guidelines, row by row, with the evidence
 *
 * A sender is a registrable domain: everything counted for its subdomains adds
 * up.  Every row is drawn from what was counted (tally/), from DNS where
 * somebody asked it, and from nothing else; what cannot be known here says so.
 * Judged is mail that was submitted here.  Bounces are nobody's, and forwarded mail has a row of its own.
 * Pure: the Public Suffix List comes in as a function, DNS answers as values.
 * Threads: a struct compliance never changes; it looks into the tally, which must not change either.
 */
#ifndef GUIDELINES_COMPLIANCE_H
#define GUIDELINES_COMPLIANCE_H

#include "guidelines/finding.h"
#include "shared/bulk_flag.h"
#include "tally/volume.h"

enum {
    COMPLIANCE_SAMPLES = 3,     /* queue IDs shown with a row */
    COMPLIANCE_DETAIL_MAX = 512 /* octets of a row's detail: codes, a record; cut behind */
};

/* One requirement of one sender at one receiver. */
struct compliance_row {
    enum requirement requirement;
    enum finding finding;               /* its verdict, source and sentences: finding_table */
    bool asked;                         /* the receiver asks this of this sender: of all, or it is a bulk sender */
    uint64_t count, of;                 /* for the sentences */
    char detail[COMPLIANCE_DETAIL_MAX]; /* NUL-terminated */
    struct view queue_ids[COMPLIANCE_SAMPLES]; /* the latest first; in the tally */
    size_t queue_id_count;
};

struct compliance_sender {
    struct view domain;                            /* registrable, or the whole name where nothing of it is */
    struct volume_figures volumes[RECEIVER_COUNT]; /* by header From, where unknown by the envelope */
    struct volume_figures by_envelope, by_dkim;    /* of Gmail: quotas hang on these too */
    struct bulk_flag bulk;                         /* of Gmail */
};

struct compliance_input {
    const struct tally *tally; /* all stretches settled */
    int64_t now;               /* ms; the end of the current window: the time of the newest line */
    /* The registrable part of a normalized domain, a view into it or empty; public_suffix_registrable(). */
    struct view (*registrable)(void *context, struct view domain);
    void *registrable_context;
    const struct bulk_flag *flags; /* of the ledger; without one the tally alone tells */
    size_t flag_count;
    const struct view *transactional; /* sender domains whose mail nobody subscribes to */
    size_t transactional_count;
    /* DNS answers of a sender, by requirement; NULL, or returns NULL: not asked. */
    const struct dns_finding *(*dns)(void *context, struct view domain);
    void *dns_context;
};

struct compliance;

/* input is copied, what it points at must outlive the result.  NULL: out of memory. */
struct compliance *compliance_new(const struct compliance_input *input);
void compliance_free(struct compliance *compliance); /* NULL is fine */

/* Senders with submitted mail, the most recipients at Gmail first; NULL past the last. */
const struct compliance_sender *compliance_at(const struct compliance *compliance, size_t index);

/*
 * All rows of a sender at a receiver of profile_table, in the order of enum requirement, at most REQUIREMENT_COUNT;
 * how many there are.
 */
size_t compliance_rows(const struct compliance *compliance, const struct compliance_sender *sender,
                       enum receiver receiver, struct compliance_row *rows);

/* Is anything known of the sender at any receiver of profile_table?  Else all its rows say "no data". */
bool compliance_has_data(const struct compliance *compliance, const struct compliance_sender *sender);

/* Mail that was forwarded through here to Gmail, whoever sent it. */
struct compliance_row compliance_forwarded(const struct compliance *compliance);

/* Does any of the rows say more than "no data"? */
bool compliance_is_known(const struct compliance_row *rows, size_t count);

/* The worst verdict among rows that are asked of the sender and that can be known here. */
enum compliance_verdict compliance_worst(const struct compliance_row *rows, size_t count);

/* Append a row's sentence of evidence, and its next step, in English. */
void compliance_evidence(struct buf *out, enum receiver receiver, const struct compliance_row *row);
void compliance_next(struct buf *out, enum receiver receiver, const struct compliance_row *row);

#endif
