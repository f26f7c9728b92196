/*
 * draft - a listener while its block is read
 *
 * Private to policy/.
 */
#ifndef POLICY_DRAFT_H
#define POLICY_DRAFT_H

#include "policy/build.h"

struct listener_draft {
    struct listener listener;
    struct vector ports, addresses, names; /* of unsigned, struct address, struct view */
};

#endif
