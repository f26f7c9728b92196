/* gathered - what a tally holds of each sender domain, chained.  Private to guidelines/ */
#ifndef GUIDELINES_GATHERED_H
#define GUIDELINES_GATHERED_H

#include "guidelines/compliance.h"
#include "shared/names.h"
#include "tally/tally.h"

/* Rows of the tally that belong to senders: chains of indexes plus 1, 0 ends one. */
enum chain { CHAIN_SENDERS, CHAIN_REFUSALS, CHAIN_FORMS, CHAIN_SAMPLES, CHAIN_VOLUMES, CHAIN_COUNT };

struct gathered_sender {
    struct compliance_sender shown; /* first: what others hold is a pointer to it */
    uint32_t heads[CHAIN_COUNT];
};

struct compliance {
    struct compliance_input input;
    struct names *names; /* registrable domains; the id is the place in list, plus 1 */
    struct gathered_sender *list;
    size_t count, room;
    uint32_t *next[CHAIN_COUNT];
    uint32_t *order; /* places in list, the most recipients at Gmail first */
};

/* Everything of a sender at one receiver. */
struct sender_sums {
    struct cell cell;   /* direct deliveries to Gmail; of others nothing is known by sender */
    uint64_t mail;      /* messages that the receiver took or refused, as far as known */
    uint64_t sent;      /* to Gmail, by smarthosts too */
    struct form form;   /* all messages */
    struct form judged; /* without those that are transactional: only messages and without_one_click */
};
void gathered_sums(const struct compliance *compliance, const struct gathered_sender *sender, enum receiver receiver,
                   struct sender_sums *out);

/* What a receiver said and how often, added up over the domains of a sender; most frequent first, then by name. */
enum { LABELS_MAX = 32 /* what is beyond is not named */ };
struct label_counts {
    struct view labels[LABELS_MAX];
    uint64_t counts[LABELS_MAX];
    size_t count;
};

/* Add to a label's count.  The view is kept, not copied.  A label for which LABELS_MAX leaves no room is left out. */
void label_counts_add(struct label_counts *sums, struct view label, uint64_t count);

/* Append what was added up, in its order, by gathered_add_label(); nothing where nothing was. */
void label_counts_say(const struct label_counts *sums, struct buf *detail);

/* How often a receiver refused for a requirement; the labels go to detail. */
uint64_t gathered_refusals(const struct compliance *compliance, const struct gathered_sender *sender,
                           enum receiver receiver, enum requirement requirement, struct buf *detail);

/* "gmail 4.7.29 x3": one more label of a list, whole or not at all. */
void gathered_add_label(struct buf *detail, struct view label, uint64_t count);

/* The latest queue IDs, at most COMPLIANCE_SAMPLES; refused: of what the receiver refused. */
size_t gathered_samples(const struct compliance *compliance, const struct gathered_sender *sender,
                        enum receiver receiver, enum requirement requirement, bool refused, struct view *ids);

#endif
