/*
 * watch_answer - deliveries and decisions as `outward watch` shows them, one a line
 */
#ifndef PROGRAMS_WATCH_ANSWER_H
#define PROGRAMS_WATCH_ANSWER_H

#include <stdio.h>

#include "shared/delivery.h"
#include "shared/record.h"

enum watch_only { WATCH_ALL, WATCH_DELIVERIES, WATCH_DECISIONS, WATCH_PLAINTEXT, WATCH_TROUBLE };

/* The word behind --only; false without such a word. */
bool watch_only_parse(const char *word, enum watch_only *out);

struct watch_answer {
    FILE *out;
    bool json;
    enum watch_only only;
    struct view to, from; /* normalized domains that are shown, with what lies below them; empty: all */
    int64_t since;        /* ms; what is older is not shown */
};

/* Show it, if the options ask for such. */
void watch_delivery(const struct watch_answer *answer, const struct delivery *delivery);

/* What was shown as undecided under this number was plaintext, or stays unknown. */
void watch_verdict(const struct watch_answer *answer, uint32_t stretch, bool proven);
void watch_decision(const struct watch_answer *answer, int64_t time, struct view host, const struct record *record);

#endif
