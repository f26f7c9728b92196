/*
 * position - where the sources stand, kept in the transaction of what was counted up to there
 */
#ifndef STORE_POSITION_H
#define STORE_POSITION_H

#include "shared/position.h"
#include "store/ledger.h"

enum { POSITIONS_MAX = 4096 }; /* files known at once; those not seen for longest are forgotten */

/* Insert a position (id 0; the id is then set) or bring a kept one up to date.  Within a transaction. */
int ledger_save_position(struct ledger *ledger, struct position *position, struct error *error);

/* Calls found() for each, in the order they were first kept; its views are gone after the call. */
int ledger_positions(struct ledger *ledger, void (*found)(void *context, const struct position *position),
                     void *context, struct error *error);

/* Keep why a source cannot be read now; empty: it can.  Within a transaction.  -1 with the reason. */
int ledger_set_trouble(struct ledger *ledger, struct view source, struct view why, struct error *error);

/* What was kept so; empty where nothing was.  *why is a view as ledger_get_text() gives it.  -1 with the reason. */
int ledger_get_trouble(struct ledger *ledger, struct view source, struct view *why, struct error *error);

#endif
