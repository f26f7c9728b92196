/*
 * foreign - text that others wrote, made fit for terminals and for JSON
 */
#ifndef PROGRAMS_FOREIGN_H
#define PROGRAMS_FOREIGN_H

#include <stdio.h>

#include <jansson.h>

#include "shared/view.h"

/* Print a text in the form of shared/printable.h. */
void foreign_print(FILE *out, struct view text);

/* A JSON string; octets that are no UTF-8 become U+FFFD.  NULL when out of memory. */
json_t *foreign_json(struct view text);

#endif
