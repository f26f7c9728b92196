/*
 * judge - what the facts of a server mean, and the answer yes, no or unknown
 *
 * For an exchange the question is whether mail to it is encrypted; for a
 * submission service whether users' mail and passwords are safe on the way.
 * Pure; time is an argument.
 */
#ifndef AUDIT_JUDGE_H
#define AUDIT_JUDGE_H

#include "audit/probe.h"

enum answer { ANSWER_YES, ANSWER_NO, ANSWER_UNKNOWN };
const char *answer_name(enum answer answer); /* yes, no, unknown */

enum remark_weight {
    REMARK_NOTE,    /* worth knowing */
    REMARK_PROBLEM, /* to be mended; the answer stays */
    REMARK_DECIDES  /* makes the answer no or unknown */
};
const char *remark_weight_name(enum remark_weight weight); /* note, problem, decides */

enum { REMARKS_MAX = 32, REMARK_TEXT_MAX = 400 };

struct remark {
    const char *id; /* stable; in the manual page */
    enum remark_weight weight;
    char text[REMARK_TEXT_MAX]; /* foreign text may be in it */
};

struct judgement {
    enum answer answer;
    struct remark remarks[REMARKS_MAX];
    size_t count;
};

/* now: seconds since 1970. */
void judge_server(const struct server_facts *facts, int64_t now, struct judgement *out);

/* Of several servers: no if any is no, else unknown if any is unknown, else yes; none at all is unknown. */
enum answer judge_all(const enum answer *answers, size_t count);

/* Every remark there is, for the manual page and its test. */
size_t remark_kinds(void);
const char *remark_kind(size_t at);

#endif
