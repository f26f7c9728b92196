/* networks - addresses as mynetworks writes them.  Pure. */
#ifndef AUDIT_NETWORKS_H
#define AUDIT_NETWORKS_H

#include "shared/network.h"

/* "192.0.2.0/24", "[2001:db8::]/32", "[::ffff:127.0.0.0]/104".  False for a table, a file, an exclusion, or nonsense. */
bool postfix_network(struct view word, struct network *out);

/* Everything in inner lies in outer. */
bool network_covers(const struct network *outer, const struct network *inner);

#endif
