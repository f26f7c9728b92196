/*
 * audience - who hears what the live stream counts, beside the ledger: the alarm and the meters
 */
#ifndef KEEPER_AUDIENCE_H
#define KEEPER_AUDIENCE_H

#include "keeper/alarm.h"
#include "metrics/meter.h"

struct audience {
    struct ledger *ledger;
    struct alarm *alarm; /* NULL: no alert block */
    struct meter *meter;
};

/* For the stream; its context is a struct audience. */
extern const struct stream_observer audience_observer;

#endif
