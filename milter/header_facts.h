/*
 * header_facts - what the rules and the record say of a message's header
 *
 * Fed field by field as they come, RFC 5322 with its obsolete forms; then
 * asked once for the facts.  The body is never seen.  Pure; the memory is the
 * message's arena.  One thread at a time.
 */
#ifndef MILTER_HEADER_FACTS_H
#define MILTER_HEADER_FACTS_H

#include "milter/mailbox.h"
#include "shared/public_suffix.h"
#include "shared/submission.h"

enum {
    HEADER_FROM_MAX = 8,           /* distinct domains of From addresses that are kept; further ones are unknown */
    HEADER_SIGNERS_MAX = 16,       /* distinct d= domains that are kept; signatures of further ones are as none */
    HEADER_OCTETS_MAX = 100 * 1024 /* header-too-large above it: Postfix's header_size_limit, for the whole header */
};

/* The fields that are looked at; see the table in header_facts.c. */
enum header_field {
    FIELD_FROM,
    FIELD_SENDER,
    FIELD_REPLY_TO,
    FIELD_TO,
    FIELD_CC,
    FIELD_BCC,
    FIELD_MESSAGE_ID,
    FIELD_IN_REPLY_TO,
    FIELD_REFERENCES,
    FIELD_SUBJECT,
    FIELD_DATE,
    FIELD_DKIM_SIGNATURE,
    FIELD_LIST_UNSUBSCRIBE,
    FIELD_LIST_UNSUBSCRIBE_POST,
    FIELD_TLS_REQUIRED,
    FIELD_COUNT
};

struct header_domain {
    struct view name; /* normalized, in the arena */
    struct header_domain *next;
};

/* Distinct domains in the header's order: most messages have one, or none. */
struct header_domains {
    struct header_domain *first;
    unsigned count;
    bool more; /* there were some that found no room */
};

struct header_facts {
    struct arena *arena;
    size_t octets;                 /* names and bodies so far */
    struct mailbox_list from;      /* of all From fields together; broken: one of them is */
    struct header_domains authors; /* of their addresses */
    struct header_domains signers; /* d= of the signatures */
    uint8_t counts[FIELD_COUNT];   /* how often each came, up to 255 */
    bool message_id_fine;
    bool unsubscribe_fine;      /* List-Unsubscribe has exactly one https URI */
    bool unsubscribe_post_fine; /* List-Unsubscribe-Post says One-Click */
    bool tls_required_no;
    bool out_of_memory; /* the facts are not whole */
};

/* Before the first field of a message.  Texts that are kept go into the arena. */
void header_facts_init(struct header_facts *facts, struct arena *arena);

/* One field as the milter protocol gives it: name without colon, body with its folding. */
void header_facts_add(struct header_facts *facts, struct view name, struct view body);

/*
 * Set the header's facts; the sender and login facts must be set already.
 * A From that cannot be read in one way leaves LIST_UNKNOWN in FACT_HEADER_FROM, and nothing agrees or is aligned.
 * False when memory was out: what depends on the header cannot be decided.
 */
bool header_facts_fill(const struct header_facts *facts, struct public_suffix *list, struct submission *sub);

#endif
