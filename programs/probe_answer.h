/*
 * probe_answer - what outward probe prints
 */
#ifndef PROGRAMS_PROBE_ANSWER_H
#define PROGRAMS_PROBE_ANSWER_H

#include <stdio.h>

#include "audit/survey.h"

/* What each server showed, and what that comes to; as text, and as one JSON object. */
void probe_print_text(FILE *out, const struct survey_request *request, const struct survey *survey);
int probe_print_json(FILE *out, const struct survey_request *request,
                     const struct survey *survey); /* -1: out of memory */

#endif
