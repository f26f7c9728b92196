/* json_guidelines - the members "guidelines", "forwarded" and "logins" of the JSON report.  Private to report/ */
#ifndef REPORT_JSON_GUIDELINES_H
#define REPORT_JSON_GUIDELINES_H

#include "report/json_out.h"
#include "report/report.h"

/* The members that man/outward-report.schema.json has for the guidelines: senders, forwarded mail, logins. */
void json_guidelines(struct json_out *json, const struct report *report);

#endif
