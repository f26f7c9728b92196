/*
 * exposition - the ledger's meters and state in Prometheus' text format
 *
 * Version 0.0.4 of the format: HELP and TYPE once for each family, counters
 * named _total, times in seconds since 1970, sizes in octets.  One table makes
 * HELP and TYPE and is compared with man/outward-metrics.1.
 */
#ifndef METRICS_EXPOSITION_H
#define METRICS_EXPOSITION_H

#include <stdio.h>

#include "store/ledger.h"

struct metric_family {
    const char *name; /* "outward_deliveries_total" */
    const char *type; /* "counter", "gauge" */
    const char *help;
};
extern const struct metric_family metric_families[];
extern const size_t metric_family_count;

/* writer: whether a follower runs.  -1 with the reason; what was printed before is whole families. */
int exposition_print(FILE *out, struct ledger *ledger, bool writer, struct error *error);

#endif
