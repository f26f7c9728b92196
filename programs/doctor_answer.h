/*
 * doctor_answer - what outward doctor prints, and the file of --facts
 */
#ifndef PROGRAMS_DOCTOR_ANSWER_H
#define PROGRAMS_DOCTOR_ANSWER_H

#include <stdio.h>

#include "audit/doctor.h"

/*
 * One diagnosis a paragraph, in their order; then how many instances were not looked at.  color: severities in colour
 * as well as in words.
 */
void doctor_print_text(FILE *out, const struct diagnoses *diagnoses, bool color);
int doctor_print_json(FILE *out, const struct diagnoses *diagnoses); /* -1 when out of memory */
void doctor_print_checks(FILE *out);                                 /* every check with its ID */

/* What the configuration proves per service, as JSON.  Replaces the file in one step; -1 with the reason. */
int doctor_write_facts(const char *path, const struct diagnoses *diagnoses, int64_t now, struct error *error);

#endif
