/*
 * zone - answers out of a table of text, as a name server would give them
 *
 * One record a line: "NAME TYPE DATA", with a blank between; "NAME TYPE !" is a server failure and "NAME TYPE ?" never
 * answers.  TXT: the rest of the line, cut into strings of 255.  A name that is on no line does not exist.
 */
#ifndef TESTS_UNIT_DNS_ZONE_H
#define TESTS_UNIT_DNS_ZONE_H

#include "dns/answers.h"

/* Answers what is pending; how much that was. */
size_t zone_answer(const char *zone, struct dns_answers *answers);

#endif
