/*
 * tally - the totals: what was delivered, to whom, for whom, and how encrypted
 *
 * Batch reports, the live ledger, alerts and metrics all work on this one
 * structure.  Tallies of several hosts or hours add up by tally_merge().
 *
 * What is counted: recipients of sent and bounced, attempts of deferred lines of
 * smtp(8).  lmtp(8) and smarthosts have totals of their own, hops within our own
 * hosts are one number.  In every cell, once all stretches are settled:
 * sent = encrypted + plaintext + unknown.
 * Pure: no clock, time comes with the deliveries.  One thread at a time.
 */
#ifndef TALLY_TALLY_H
#define TALLY_TALLY_H

#include "shared/receiver.h"
#include "shared/record.h"
#include "shared/requirement.h"
#include "tally/cells.h"
#include "tally/form.h"
#include "tally/volume.h"

enum {
    TALLY_DESTINATIONS_MAX = 1048576, /* further domains are counted together as "(other)" */
    TALLY_SENDERS_MAX = 65536,        /* sender domains x origins, likewise */
    TALLY_HOURS_MAX = 24 * 400,       /* of the time series; later ones are only in the totals */
    TALLY_LEAKS_MAX = 4096,           /* rows of what left in plaintext, likewise */
    TALLY_SUBMISSIONS_MAX = 65536,    /* rows of who submits how, likewise */
    TALLY_REFUSALS_MAX = 16384,       /* senders x codes, likewise */
    TALLY_VOLUMES_MAX = 131072,       /* series of recipients by the quarter of an hour, likewise */
    TALLY_BUCKETS_MAX = 8388608,      /* quarters in all of them; further ones are counted in tally_dropped() */
    TALLY_FORMS_MAX = 65536,          /* header From domains x receivers, likewise shared by "(other)" */
    TALLY_SAMPLES_MAX = 4096,         /* domains x requirements of which queue IDs are kept; others have none */
    TALLY_SAMPLE_IDS = 3,             /* queue IDs kept of each: the latest */
    TALLY_SIGNERS_MAX = 4,            /* d= domains of a message that are counted */
    TALLY_WORDS_MAX = 1024            /* distinct ciphers and key exchanges, likewise */
};

enum tally_version {
    VERSION_SSL_3,
    VERSION_TLS_1_0,
    VERSION_TLS_1_1,
    VERSION_TLS_1_2,
    VERSION_TLS_1_3,
    VERSION_OTHER,
    VERSION_COUNT
};
/* "TLSv1.3" as Postfix's log spells it; "other". */
struct view tally_version_name(enum tally_version version);

struct tally;

/* seed: see shared/hash.h.  NULL: out of memory. */
struct tally *tally_new(uint64_t seed);
void tally_free(struct tally *tally);

/* The seed it was given, for further tables of the names it holds: they are strangers' too. */
uint64_t tally_seed(const struct tally *tally);

/*
 * A delivery to this domain is counted next, its domain these very octets: let the memory fetch its row meanwhile.  They
 * must stay as they are until then, or until another one is expected.
 */
void tally_expect(struct tally *tally, struct view domain);

/*
 * This delivery is counted next, at this very place, and its domain, sender, relay, hop, origin and status are what they
 * will be: let the memory fetch what else it needs.
 */
void tally_prepare(struct tally *tally, const struct delivery *delivery);

/* Count one delivery.  What no memory or limit leaves room for is in the totals and counted in tally_dropped(). */
void tally_add(struct tally *tally, const struct delivery *delivery);

/* The undecided deliveries of a stretch were plaintext (proven), or stay unknown. */
void tally_settle(struct tally *tally, uint32_t stretch, bool proven);

/* A message ran out of time in the queue. */
void tally_expired(struct tally *tally, int64_t time, struct view sender_domain);

/* Somebody with a login submitted a message to so many recipients. */
void tally_submitted(struct tally *tally, int64_t time, struct view login, unsigned recipients);

/* This record is counted next, as it is: let the memory fetch its row meanwhile. */
void tally_expect_record(struct tally *tally, const struct record *record);

/* The gate judged a submission. */
void tally_record(struct tally *tally, int64_t time, const struct record *record);

/* Add all of from, in which nothing waits any more, to into.  False: out of memory, into is then incomplete. */
bool tally_merge(struct tally *into, const struct tally *from);

/* Totals of direct deliveries, lmtp and smarthosts, by hop. */
const struct cell *tally_totals(const struct tally *tally, enum hop hop);
uint64_t tally_internal(const struct tally *tally);
uint64_t tally_expirations(const struct tally *tally);
uint64_t tally_dropped(const struct tally *tally);
uint64_t tally_unknown(const struct tally *tally, enum unknown_reason reason); /* direct sent messages */
uint64_t tally_downgrades(const struct tally *tally); /* direct, sent with less than the level in force */

/* First and last time of anything counted, ms; 0 without any. */
int64_t tally_first(const struct tally *tally);
int64_t tally_last(const struct tally *tally);

/* Rows are asked by index, from 0, in the order they came; false past the last. */
struct tally_destination {
    struct view domain;
    const struct cell *cell;
    const uint32_t *levels;   /* [PEER_LEVEL_COUNT], sent and encrypted */
    const uint32_t *versions; /* [VERSION_COUNT], likewise */
    const uint32_t *failures; /* [TLS_FAILURE_COUNT], attempts; handshake also where it fell back */
    bool downgraded;          /* TLS worked there before, and the last message sent went in plaintext */
};
bool tally_destination(const struct tally *tally, size_t index, struct tally_destination *out);

struct tally_sender {
    struct view domain; /* of the header From where the gate told it, else of the envelope; "<>", or empty: unknown */
    enum origin origin;
    const struct cell *cell;       /* direct deliveries */
    const struct cell *gmail_cell; /* of these, what went to Gmail */
    uint64_t via_smarthost;        /* sent */
    uint64_t gmail;                /* recipients at Gmail, direct or by smarthost */
};
/* One sender domain by one origin. */
bool tally_sender(const struct tally *tally, size_t index, struct tally_sender *out);

/*
 * The most recipients at Gmail within 24 hours of one row of tally_sender(), and when 5,000 were reached; 0: never.
 * The rule of the 5,000 itself goes by the registrable domain: guidelines/compliance.h adds these up.
 */
struct gmail_peak {
    uint64_t recipients;
    int64_t bulk_since; /* ms */
};
struct gmail_peak tally_gmail_peak(const struct tally *tally, size_t index);

/* Refusals of one sender, by index from 0: "gmail 4.7.29", a label of shared/refusal.h, and how often. */
bool tally_refusal(const struct tally *tally, size_t sender, size_t index, struct view *label, uint64_t *count);

/* All refusals, by index from 0, with the index of their sender; "(other)" of nobody is left out. */
struct tally_refusal_row {
    size_t sender;
    struct view label;
    uint64_t count;
};
bool tally_refusal_row(const struct tally *tally, size_t index, struct tally_refusal_row *out);

/*
 * Recipients by the quarter of an hour: what was sent, at large receivers; of logins what was submitted.
 * Domains are whole names: who wants registrable ones adds series up.
 */
enum volume_by {
    VOLUME_BY_FROM,           /* the header From, by the gate's record */
    VOLUME_BY_SENDER_INSTEAD, /* the envelope sender, where no record told the header From */
    VOLUME_BY_SENDER,         /* the envelope sender; of submitted mail to Gmail only, as the next */
    VOLUME_BY_SIGNER,         /* d= of a DKIM signature, by the gate's record */
    VOLUME_BY_LOGIN,          /* whoever submitted; no receiver, no origin */
    VOLUME_BY_COUNT
};
struct tally_volume {
    enum volume_by by;
    enum receiver receiver;
    enum origin origin;
    struct view name; /* a domain, "<>", a login, "(other)" */
    const struct volume_series *series;
};
bool tally_volume(const struct tally *tally, size_t index, struct tally_volume *out);

/* What the gate saw in the headers of accepted submissions, by header From and receiver; counts are messages. */
struct tally_form {
    enum receiver receiver; /* RECEIVER_OTHER: to nobody of the others */
    struct view domain;     /* of the header From; empty where there was not exactly one */
    const struct form *counts;
};
bool tally_form(const struct tally *tally, size_t index, struct tally_form *out);

/* The latest queue IDs of what a requirement was violated by; only of Gmail, Yahoo and Microsoft. */
struct tally_sample {
    enum receiver receiver;
    enum requirement requirement;
    enum origin origin;
    bool refused;       /* the receiver said so; else the log or the gate's record shows it */
    struct view domain; /* as in struct tally_sender, or tally_form */
    struct view queue_ids[TALLY_SAMPLE_IDS];
    int64_t times[TALLY_SAMPLE_IDS]; /* ms */
    size_t count;
};
bool tally_sample(const struct tally *tally, size_t index, struct tally_sample *out);

/* What left in plaintext: rows without plaintext in their cell were not, after all. */
struct tally_leak {
    struct view domain, sender; /* sender may be empty: unknown */
    enum plaintext_cause cause;
    const struct cell *cell;
};
bool tally_leak(const struct tally *tally, size_t index, struct tally_leak *out);

/* One hour: milliseconds of its begin, UTC. */
bool tally_hour(const struct tally *tally, size_t index, int64_t *begin, const struct cell **cell);

/* Sent and encrypted messages by cipher or key exchange. */
enum tally_word { WORD_CIPHER, WORD_KEY_EXCHANGE, WORD_KINDS };
bool tally_word(const struct tally *tally, enum tally_word kind, size_t index, struct view *word, uint64_t *count);

struct tally_submission {
    struct view listener, login, client, tls, mechanism;        /* "none" where there is none, as the record says it */
    uint64_t accepted, tagged, held, rejected, deferred, would; /* messages */
    int64_t last;
};
/* Those who submit in one way. */
bool tally_submission(const struct tally *tally, size_t index, struct tally_submission *out);

#endif
