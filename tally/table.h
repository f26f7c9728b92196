/* table - the private shape of struct tally; only tally/ includes it */
#ifndef TALLY_TABLE_H
#define TALLY_TABLE_H

#include "shared/domain.h"
#include "tally/rows.h"
#include "tally/tally.h"

/* Octets of usual keys, which lie with their rows: as many as there is room for in lines of the cache the row begins. */
enum {
    KEY_DESTINATION = 24,
    KEY_SENDER = 32,
    KEY_REFUSALS = 24,
    KEY_VOLUME = 40,
    KEY_FORM = 40,
    KEY_SAMPLE = 32,
    KEY_LEAK = 72,
    KEY_HOUR = 8,
    KEY_WORD = 24,
    KEY_SUBMISSIONS = 96
};

/* What an encrypted delivery counts in stands first, in the two cache lines that rows_expect() fetches. */
struct destination {
    uint32_t levels[PEER_LEVEL_COUNT], versions[VERSION_COUNT];
    struct cell cell;
    uint32_t failures[TLS_FAILURE_COUNT];
};

/* Key: one octet of origin, then the domain. */
struct sender {
    uint64_t via_smarthost, gmail;
    uint32_t first_refusal, last_refusal; /* of its rows of refusals, by index + 1; 0: it has none */
    struct cell cell, gmail_cell;         /* gmail_cell: of what went to Gmail directly */
};

/* Key: the sender's index in 4 octets, then the label. */
struct refusals {
    uint32_t sender, next; /* next: of the same sender, by index + 1; 0: this is the last */
    uint64_t count;
};

enum { KEY_HEAD = 3, KEY_MAX = KEY_HEAD + DOMAIN_MAX }; /* octets of a key of volumes, forms and samples */

/* Key: by, receiver and origin in an octet each, then the name. */
struct volume {
    struct volume_series series;
};

enum { SAMPLE_ID_MAX = 23 }; /* octets: Postfix's long queue IDs have fewer than 20 */

/* Key: receiver, requirement, and origin with `refused`, in an octet each, then the domain. */
struct sample {
    /* The latest first, of one moment by name: the same ones whatever the order they come in. */
    struct sample_id {
        char text[SAMPLE_ID_MAX + 1]; /* NUL-terminated; empty: none */
        uint32_t stretch;             /* that settles whether it is one; 0: it is */
        int64_t time;                 /* ms */
    } ids[TALLY_SAMPLE_IDS];
};

/* Leaks.  Key: the destination's domain, a NUL, the cause in one octet, then the sender's domain.
 * Hours.  Key: the hour of 1970 in 8 octets. */
struct cell_row {
    struct cell cell;
};

struct word {
    uint64_t count;
};

/* Key: listener, login, client, tls and mechanism, with a NUL after each. */
struct submissions {
    uint64_t accepted, tagged, held, rejected, deferred, would;
    int64_t last;
};

struct tally {
    uint64_t seed;
    struct cells cells;
    struct cell totals[HOP_COUNT]; /* HOP_INTERNAL has none */
    struct rows destinations, senders, refusals, leaks, hours, words[WORD_KINDS], submissions;
    struct rows volumes, forms, samples;
    uint32_t buckets; /* in all volumes */
    struct {
        const struct record *record; /* the one that comes next; NULL: none is known */
        struct names_sought sought;
        bool full; /* it has no room in the key */
        char key[RECORD_MAX + 16];
    } submission;
    struct names_sought expected; /* the destination that comes next; name.p NULL: none is known */
    struct {
        const struct delivery *delivery; /* the one that comes next; NULL: none is known */
        enum receiver receiver;
        struct names_sought destination, sender;
        struct names_sought volume, volume_by_sender; /* name.p NULL: it counts in none */
        char sender_key[1 + DOMAIN_MAX], volume_key[KEY_MAX], volume_by_sender_key[KEY_MAX];
    } prepared;
    int64_t last_hour; /* of 1970; -1: none */
    uint32_t last_hour_row;
    uint64_t internal, expired, dropped, downgrades;
    uint64_t unknown[UNKNOWN_REASON_COUNT];
    int64_t first, last;
};

/* Count in a series; the key's own series is not looked at.  False: out of memory; past a limit it is dropped. */
bool tally_add_volume(struct tally *tally, const struct tally_volume *key, uint32_t quarter, uint32_t count);

/*
 * The first of tally_add_volume()'s steps, see rows_seek(): for a key whose name is no longer than a domain.  The key's
 * text goes to text, which must stay until the row is taken.
 */
struct names_sought tally_seek_volume(const struct tally *tally, const struct tally_volume *key, char text[KEY_MAX]);

/* The second: the row, made at need, while its last quarter is being fetched.  NULL: out of memory. */
struct volume *tally_take_volume(struct tally *tally, const struct names_sought *sought);

/* The third: count recipients in a quarter of an hour of the row.  False: out of memory. */
bool tally_count_volume(struct tally *tally, struct volume *row, uint32_t quarter, uint32_t count);

/* The series of a key; NULL without one. */
const struct volume_series *tally_find_volume(const struct tally *tally, const struct tally_volume *key);

/* Count refusals of a sender; an overlong label is "(other)".  False: out of memory. */
bool tally_add_refusal(struct tally *tally, struct sender *sender, struct view label, uint64_t count);

/* The row of a form, whose key is the receiver in three octets, then the domain; NULL without memory. */
struct form *tally_form_row(struct tally *tally, enum receiver receiver, struct view domain);

/* Keep a queue ID and its time; of what waits for its stretch too. */
void tally_add_sample(struct tally *tally, const struct tally_sample *key, struct view queue_id, int64_t time,
                      uint32_t stretch);
void tally_settle_samples(struct tally *tally, uint32_t stretch, bool proven);

#endif
