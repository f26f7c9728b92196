/*
 * plural - a word in the number that it is said of: "1 gap", "2 gaps", "0 gaps"
 *
 * For what is said in English alone: logs, findings, answers of commands.  What
 * a report says in other languages, too, takes its words from a catalog by
 * number (shared/catalog.h).
 * Pure.
 */
#ifndef SHARED_PLURAL_H
#define SHARED_PLURAL_H

#include <stdint.h>

/* One of the two texts, whole: one where the number is 1, else many.  With its verb, where that changes: "gap is". */
const char *plural(uint64_t number, const char *one, const char *many) __attribute__((format_arg(2), format_arg(3)));

#endif
