/* table - the private shape of struct tally; only tally/ includes it */
#ifndef TALLY_TABLE_H
#define TALLY_TABLE_H

#include "tally/rows.h"
#include "tally/tally.h"

enum { CELL_DIRECT, CELL_LMTP, CELL_SMARTHOST, CELLS_FIXED };

struct destination {
    uint32_t cell;
    uint32_t levels[PEER_LEVEL_COUNT], versions[VERSION_COUNT], failures[TLS_FAILURE_COUNT];
};

struct gmail_hour {
    uint32_t hour, count; /* hour: of 1970 */
};

/* Key: one octet of origin, then the domain. */
struct sender {
    uint32_t cell, gmail_cell; /* gmail_cell 0: nothing went to Gmail directly */
    uint64_t via_smarthost, gmail;
    struct gmail_hour *hours; /* in ascending order */
    uint32_t hour_count, hour_room;
};

/* Key: the sender's index in 4 octets, then the code. */
struct refusal {
    uint32_t sender;
    uint64_t count;
};

/* Leaks.  Key: the destination's domain, a NUL, the cause in one octet, then the sender's domain.
 * Hours.  Key: the hour of 1970 in 8 octets. */
struct cell_row {
    uint32_t cell;
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
    struct rows destinations, senders, refusals, leaks, hours, words[WORD_KINDS], submissions;
    struct {
        struct view text; /* in words[].keys */
        uint32_t row;
    } last_word[WORD_KINDS];
    int64_t last_hour; /* of 1970; -1: none */
    uint32_t last_hour_row;
    uint64_t internal, expired, dropped, downgrades;
    uint64_t unknown[UNKNOWN_REASON_COUNT];
    int64_t first, last;
};

/* Count in the hour of a sender.  False without memory or past TALLY_HOURS_MAX. */
bool sender_add_gmail(struct sender *sender, uint32_t hour, uint32_t count);

/* The cell of a row, made at need; UINT32_MAX without room. */
uint32_t tally_row_cell(struct tally *tally, uint32_t *cell, bool fresh);

#endif
