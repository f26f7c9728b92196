/*
 * kept_relays - the relays of most mail as the ledger keeps them, and as follow/main_relay.h counts them
 *
 * Pure.
 */
#ifndef KEEPER_KEPT_RELAYS_H
#define KEEPER_KEPT_RELAYS_H

#include "follow/main_relay.h"
#include "store/relay.h"

/* The rows of what was counted, which are valid as long as *relays is; how many. */
size_t kept_relays_of(const struct main_relay *relays, struct relay_count rows[MAIN_RELAYS + 1]);

/* Add a row: a found() of ledger_relays().  context: struct main_relay. */
void kept_relays_add(void *context, const struct relay_count *row);

#endif
