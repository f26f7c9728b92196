/*
 * bulk_flag - since when a sender domain counts as a bulk sender at Gmail
 *
 * Once a bulk sender, always one: what was counted never clears it, only an operator does.
 */
#ifndef SHARED_BULK_FLAG_H
#define SHARED_BULK_FLAG_H

#include "shared/view.h"

enum { BULK_REASON_MAX = 200 /* octets */ };

enum bulk_origin { BULK_NO, BULK_COUNTED, BULK_BY_HAND, BULK_CLEARED, BULK_ORIGIN_COUNT };

struct bulk_flag {
    struct view domain; /* registrable, normalized */
    enum bulk_origin origin;
    int64_t since;      /* ms; of BULK_CLEARED: when; what was counted before does not set it again */
    struct view reason; /* as the operator gave it; empty when counted */
};

/* "counted", "by-hand": as JSON spells it. */
struct view bulk_origin_name(enum bulk_origin origin);

#endif
