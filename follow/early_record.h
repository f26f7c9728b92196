/*
 * early_record - records of the gate that came before their message began
 *
 * A log of the gate's own has fractions of seconds, a traditional mail log has none: merged by time, a record may
 * come before the line of smtpd(8) or pickup(8) that begins its message.  What it told waits here for that line.
 * Bounded: the oldest goes.
 * Pure.
 */
#ifndef FOLLOW_EARLY_RECORD_H
#define FOLLOW_EARLY_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/delivery.h"

enum { EARLY_RECORDS_MAX = 512 };

struct early_record {
    uint64_t message; /* message_hash(); 0: none */
    int64_t time;     /* ms since 1970, UTC */
    enum origin origin;
    uint32_t header_from, signers; /* names of the messages; 0: not told */
};

struct early_records {
    struct early_record list[EARLY_RECORDS_MAX];
    size_t next;
    int64_t latest; /* of all so far; nothing younger need be looked for */
};

/* Keep a copy; past EARLY_RECORDS_MAX the oldest goes.  A zeroed struct early_records is empty. */
void early_records_add(struct early_records *records, const struct early_record *record);

/* The oldest of a message that is not older than `since`, and then it is gone; false without one. */
bool early_records_take(struct early_records *records, uint64_t message, int64_t since, struct early_record *out);

#endif
