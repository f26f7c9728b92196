/*
 * expand - $name, ${name} and $(name) in an override, for versions whose postconf has no -P
 *
 * Conditional forms stay as they are: what they choose is not ours to guess.
 * Pure.
 */
#ifndef AUDIT_EXPAND_H
#define AUDIT_EXPAND_H

#include "audit/config.h"

enum { EXPAND_VALUE_MAX = 8192, EXPAND_DEPTH_MAX = 8 };

/* The service's overrides, each with its names expanded; a value that would pass EXPAND_VALUE_MAX stays. */
int expand_overrides(const struct postfix_config *config, struct service *service, struct error *error);

#endif
