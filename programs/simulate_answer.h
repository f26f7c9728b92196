/*
 * simulate_answer - what a simulation came to, as text or JSON
 */
#ifndef PROGRAMS_SIMULATE_ANSWER_H
#define PROGRAMS_SIMULATE_ANSWER_H

#include <stdio.h>

#include "policy/simulate.h"

struct simulate_answer {
    const struct simulation *simulation;
    const char *path;       /* of the rule file */
    enum mode mode;         /* that it says itself */
    uint64_t assumed_ports; /* messages of services without a known port, taken to be on port 25 */
    uint64_t unparsed;      /* lines that could not be read */
    uint64_t cut;           /* lines longer than any that is read whole */
    uint64_t names_refused; /* times that a name of Postfix's lines found no room; the simulation counts its own */
    uint64_t early;         /* messages told before the log was through with them, for want of room */
    size_t top;             /* rows of each rule in text; 0: all */
};

/* False: out of memory, with a message on standard error. */
bool simulate_text(const struct simulate_answer *answer, FILE *out);
bool simulate_json(const struct simulate_answer *answer, FILE *out);

#endif
