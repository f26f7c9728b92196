/*
 * foreign - text that others wrote, made fit for terminals and for JSON
 */
#ifndef PROGRAMS_FOREIGN_H
#define PROGRAMS_FOREIGN_H

#include <stdio.h>

#include <jansson.h>

#include "shared/view.h"

/*
 * Print UTF-8 text.  Control and C1 characters, bidi controls and octets that are no UTF-8 come out as '?':
 * whoever reads it must not be led to see something else.
 */
void foreign_print(FILE *out, struct view text);

/* A JSON string; octets that are no UTF-8 become U+FFFD.  NULL when out of memory. */
json_t *foreign_json(struct view text);

#endif
