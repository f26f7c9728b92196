/* completeness - how whole the counts of a report are: one row for each number, for JSON, page and schema */
#ifndef REPORT_COMPLETENESS_H
#define REPORT_COMPLETENESS_H

#include "report/report.h"

struct completeness_row {
    struct view name;  /* in JSON and man/outward-report.schema.json */
    const char *title; /* on the page; a message of the catalog */
    uint64_t (*count)(const struct report *report);
};

extern const struct completeness_row completeness_table[];
extern const size_t completeness_count;

#endif
