/*
 * configuration - the rule file as commands load it, and its faults as they show them
 */
#ifndef PROGRAMS_CONFIGURATION_H
#define PROGRAMS_CONFIGURATION_H

#include <stdio.h>

#include <jansson.h>

#include "policy/policy.h"
#include "programs/command_line.h"

/* Parse a file.  NULL after an error, which faults names.  policy_free() is the caller's. */
struct policy *configuration_load(const char *path, struct faults *faults);

/*
 * Parse the file a command was given, or the default one, whose absence is fine: *out is NULL then.
 * False after its faults were printed, under the command's name.  policy_free() is the caller's.
 */
bool configuration_open(const struct command_line *command, const char *path, struct policy **out);

/* Each shown fault on a line, and "... and N more". */
void configuration_print_faults(FILE *out, const struct faults *faults);

/* A list of objects: severity, file, line, column, text.  NULL when out of memory. */
json_t *configuration_json_faults(const struct faults *faults);

#endif
