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
    HEADER_SIGNERS_MAX = 16,       /* distinct d= domains that are kept */
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

/* A domain that signed: most messages have one of them, or none. */
struct header_signer {
    struct view domain; /* normalized, in the arena */
    struct header_signer *next;
};

struct header_facts {
    struct arena *arena;
    size_t octets;          /* names and bodies so far */
    struct {                /* of the last From */
        struct view domain; /* normalized, in the arena */
        unsigned count;
        bool broken, address_in_name, encoded_address;
    } from;
    struct header_signer *signers; /* distinct d= domains in the header's order, at most HEADER_SIGNERS_MAX */
    unsigned signer_count;
    uint8_t counts[FIELD_COUNT]; /* how often each came, up to 255 */
    bool message_id_fine;
    bool unsubscribe_fine;      /* List-Unsubscribe has exactly one https URI */
    bool unsubscribe_post_fine; /* List-Unsubscribe-Post says One-Click */
    bool tls_required_no;
    bool out_of_room; /* more signers than are kept, or no memory: the facts are not whole */
};

void header_facts_init(struct header_facts *facts, struct arena *arena);

/* One field as the milter protocol gives it: name without colon, body with its folding. */
void header_facts_add(struct header_facts *facts, struct view name, struct view body);

/*
 * Set the header's facts; the sender and login facts must be set already.
 * Without exactly one readable From address its domain is absent, and nothing agrees or is aligned.
 * False when they are not whole (see out_of_room): what depends on them cannot be decided.
 */
bool header_facts_fill(const struct header_facts *facts, struct public_suffix *list, struct submission *sub);

#endif
